"""How the names and values of findings read. Every name that a rule may use has words of its own."""

from zoneinfo import ZoneInfo

import pytest

from followup.models import Observation
from followup.selectors.labels import label_of, values_of, words_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("respiration_rate", "respiration rate"),
        ("spo2_percent", "SpO₂"),
        ("haemoglobin_grams_per_decilitre", "haemoglobin"),
        ("wound_redness_over_2_cm", "redness over 2 cm"),
        ("rigors", "shaking chills"),
        ("motor_L4_R", "ankle dorsiflexion, right (L4)"),
        ("post_void_residual_ml", "urine left after voiding"),
        ("baseline_pain_at_rest", "pain at rest before the procedure"),
        ("pain_sites", "where it hurts"),
        ("something_new", "something new"),
    ],
)
def test_a_name_reads_as_its_label_without_the_unit(name, label):
    assert label_of(name) == label


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("respiration_rate", 24, "24 /min"),
        ("temperature_celsius", "38.50", "38.5 °C"),
        ("haemoglobin_grams_per_decilitre", "10.0", "10 g/dL"),
        ("pain_at_rest", "6.5", "6.5 of 10"),
        ("baseline_pain_at_rest", 0, "0 of 10"),
        ("post_void_residual_ml", 450, "450 mL"),
        ("news2", "at least 7", "at least 7"),
        ("news2", 0, "0"),
        ("motor_L4_R", "3", "3 against gravity"),
        ("pain_sites", ["RIB_LEFT", "TREATED_LEVEL"], "ribs left, treated level"),
        ("pain_characters", ["PLEURITIC"], "Worse on breathing in"),
        ("drug", "MORPHINE", "Morphine"),
        ("pain_limited", ["motor_L4_R"], "ankle dorsiflexion, right (L4)"),
        ("consciousness", "C", "New confusion"),
        ("rule", "PX1", "PX1"),
        ("supplemental_oxygen", False, "no"),
        ("spo2_percent", None, "not known"),
        ("pain_sites", [], "not known"),
        ("given_at", "2026-03-10T23:30:00+00:00", "11 Mar 00:30"),
    ],
)
def test_a_value_reads_in_words_with_its_unit_and_in_the_zone_of_the_site(name, value, read):
    assert words_of(name, value, BERLIN) == read


def test_of_a_score_the_parts_that_add_to_it_are_named():
    found = values_of({"news2": 5, "parts": {"respiration_rate": 3, "spo2_percent": 2, "pulse_per_minute": 0}}, BERLIN)
    assert [(value.label, value.words) for value in found] == [
        ("NEWS2", "5"), ("respiration rate", "3 points"), ("SpO₂", "2 points"),
    ]  # fmt: skip


def test_no_answer_of_an_observation_is_called_by_its_column():
    """A column without a verbose name reads as its words anyway; one with an underscore would be a machine's name."""
    assert [field.name for field in Observation._meta.fields if "_" in label_of(field.name)] == []
