"""What was said in English, in the language of the page."""

from datetime import timedelta

import pytest
from django.utils.translation import gettext_lazy, override

from followup.selectors.measured_summary import Line
from followup.templatetags.clinical_display import ago, due_words, score
from kyphotrack.language import known, mid_sentence, said, stored
from tests.cast import T0


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Worklist", "Arbeitsliste"),
        # a sentence of a rule, with its values and the words among them
        (
            "Pain at rest is 4.5, after it had come down to 1.",
            "Schmerz in Ruhe ist 4,5, nachdem er auf 1 gesunken war.",
        ),
        (
            "Weaker than before the procedure: great-toe extension, right (L5) 5 → 3; the patient says so.",
            "Schwächer als vor dem Eingriff: Großzehenhebung, rechts (L5) 5 → 3; nach Angabe des Patienten.",
        ),
        ("N3 Saddle numbness", "N3 Reithosentaubheit"),
        ("anal tone reduced", "Analtonus vermindert"),
        ("was due 12:40", "war fällig 12:40"),
        ("▼ 5 from lowest", "▼ 5 seit dem Tiefstwert"),
        ("9 May 2026 08:30", "9. Mai 2026 08:30"),
        ("38.4", "38,4"),
        ("2026-03-10", "2026-03-10"),
        ("10.3.2026", "10.3.2026"),
        ("Nothing of this is known to it", "Nothing of this is known to it"),
    ],
)
def test_said_in_german(english, german):
    with override("de"):
        assert said(english) == german
    with override("en-gb"):
        assert said(english) == english


def test_words_of_a_person_are_translated_only_where_they_are_the_program_s_own():
    with override("de"):
        assert known("Facts were added; nothing recorded before was changed.").startswith("Angaben wurden ergänzt")
        assert known("Fall at home; pain at rest.") == "Fall at home; pain at rest."


def test_a_label_within_a_sentence_keeps_the_capital_of_a_noun_only():
    with override("de"):
        assert mid_sentence("Angefordert") == "angefordert"
        assert mid_sentence("Selbstauskunft") == "Selbstauskunft"
    with override("en-gb"):
        assert mid_sentence("On the Ward") == "on the ward"


def test_what_is_stored_is_english():
    with override("de"):
        assert str(gettext_lazy("Requested")) == "Angefordert"
        assert stored(gettext_lazy("Requested")) == "Requested"


def test_markup_stays_markup_and_text_stays_text():
    from django.utils.safestring import SafeString

    with override("de"):
        assert isinstance(said(SafeString("Worklist")), SafeString)
        assert not isinstance(said("Worklist"), SafeString)


@pytest.mark.parametrize(
    ("minutes", "german", "past"),
    [(12, "in 12 min", "vor 12 min"), (185, "in 3 h 5 min", "vor 3 h 5 min"), (4320, "in 3 Tagen", "vor 3 Tagen")],
)
def test_clocks_in_german(minutes, german, past):
    span = timedelta(minutes=minutes)
    with override("de"):
        assert due_words(T0 + span, T0) == german
        assert f">{past}<" in ago(T0 - span, T0)
        assert due_words(T0 - timedelta(days=3), T0) == "3 Tage überfällig"


def test_a_score_in_german():
    from decimal import Decimal

    with override("de"):
        assert score(Decimal("4.5")) == "4,5"
        assert score(Decimal("4.0")) == "4"


def test_a_persons_own_words_on_the_chart_are_the_same_in_every_language():
    with override("de"):
        note = Line("Note", "", typed="Heparin 5.000 IE at 12.30, not the left leg")
        assert note.shown == "Heparin 5.000 IE at 12.30, not the left leg"
        assert Line("MRI safety", "MR conditional", typed="Model 5.2").shown.endswith(": Model 5.2")
