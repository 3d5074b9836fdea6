"""Pain on a line of 100 mm, and the doses that were given for it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from followup.models import MedicationDose, Observation
from tests import cast
from tests.bedside import an_episode_hours_ago, beside, filled_in, local_minute, log_url, opened, save, sent
from tests.reading import read, words

pytestmark = pytest.mark.django_db

NOT_SAVED = 422


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def episode(site, nurse):
    return an_episode_hours_ago(2.0, cast.a_patient(site))


def stored() -> Observation:
    return Observation.objects.get()


def the_tick(page) -> str:
    return unescape(re.search(r'name="confirmed" value="([^"]+)"', page.content.decode()).group(1))


# --- pain on a line of 100 mm ----------------------------------------------------------------------------------------


def test_millimetres_are_stored_as_tenths_with_their_scale_and_shown_as_both(client, nurse, episode):
    assert sent(client, episode, pain_scale="VAS_MM", pain_at_rest_mm="35", pain_on_movement_mm="70").status_code == 302
    row = stored()
    assert (row.pain_at_rest, row.pain_on_movement, row.pain_scale) == (Decimal("3.5"), Decimal(7), "VAS_MM")
    shown = words(read(client, nurse, "observation", row.public_id))
    assert "at rest 3.5 (35 mm) · on movement 7 (70 mm) · Line of 100 mm (VAS)" in shown


def test_millimetres_without_the_scale_choose_it(client, episode):
    assert sent(client, episode, pain_at_rest_mm="0").status_code == 302
    assert (stored().pain_at_rest, stored().pain_on_movement, stored().pain_scale) == (Decimal(0), None, "VAS_MM")


def test_millimetres_and_a_score_of_one_pain_are_refused(client, episode):
    page = sent(client, episode, pain_at_rest="4", pain_at_rest_mm="35")
    assert (page.status_code, "not both" in beside(page, "pain_at_rest_mm")) == (NOT_SAVED, True)


@pytest.mark.parametrize("typed", [{"pain_scale": "VAS_MM"}, {"pain_on_movement_mm": "60"}])
def test_one_observation_has_one_scale(client, episode, typed):
    page = sent(client, episode, pain_at_rest="4", **typed)
    assert (page.status_code, "in millimetres" in beside(page, "pain_at_rest")) == (NOT_SAVED, True)


@pytest.mark.parametrize("scale", ["PAINAD", "VERBAL"])
def test_millimetres_on_a_scale_of_words_or_behaviour_are_refused(client, episode, scale):
    page = sent(client, episode, pain_scale=scale, pain_at_rest_mm="35")
    assert (page.status_code, bool(beside(page, "pain_scale"))) == (NOT_SAVED, True)


def test_observed_behaviour_is_scored_by_the_buttons(client, episode):
    assert sent(client, episode, pain_scale="PAINAD", pain_at_rest="6").status_code == 302
    assert (stored().pain_at_rest, stored().pain_scale) == (Decimal(6), "PAINAD")


def test_the_scale_alone_says_nothing(client, episode):
    assert sent(client, episode, pain_scale="VAS_MM", note="Could not point.").status_code == 302
    assert stored().pain_scale == ""


def test_a_correction_shows_the_millimetres_that_were_typed(client, episode):
    sent(client, episode, pain_at_rest_mm="35")
    address = reverse("correct_observation", args=[stored().public_id])
    form = opened(client, address)
    assert (form["pain_scale"], form["pain_at_rest_mm"], form["pain_at_rest"]) == ("VAS_MM", "35", [""])
    assert save(client, address, form, pain_at_rest_mm="45", correction_reason="misread").status_code == 302
    assert Observation.objects.get(supersedes__isnull=False).pain_at_rest == Decimal("4.5")


# --- doses -----------------------------------------------------------------------------------------------------------


def dose(episode, words: str, drug: str = "OXYCODONE", route: str = "PO") -> dict:
    given = local_minute(episode, datetime.now(UTC) - timedelta(minutes=20))
    return {"dose_1_drug": drug, "dose_1_dose": words, "dose_1_route": route, "dose_1_given_at": given}


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [
        ("5 mg", "5", "MG"),
        ("2.5mg", "2.5", "MG"),
        ("0,5 mg", "0.5", "MG"),
        ("1 g", "1", "GRAM"),
        ("25 µg/h", "25", "MICROGRAM_PER_HOUR"),
    ],
)
def test_a_dose_is_kept_as_written_and_as_a_number(client, episode, words, amount, unit):
    assert sent(client, episode, **dose(episode, words)).status_code == 302
    kept = MedicationDose.objects.get()
    assert (kept.dose, kept.amount, kept.unit) == (words, Decimal(amount), unit)


@pytest.mark.parametrize("words", ["5", "1,000 mg", "5-10 mg", "2 x 5 mg", "5 mg/5 mL", "0 mg", "½"])
def test_what_may_be_misread_is_refused_with_an_example(client, episode, words):
    page = sent(client, episode, **dose(episode, words))
    assert page.status_code == NOT_SAVED
    assert "5 mg, 2.5 mg" in beside(page, "dose_1_dose")
    assert unescape(filled_in(page)["dose_1_dose"]) == words


@pytest.mark.parametrize("words", ["1 tablet", "1 patch", "20 drops", "5 mL", ""])
def test_an_opioid_without_an_amount_is_asked_about_once_and_then_kept_in_words(client, episode, words):
    page = sent(client, episode, **dose(episode, words))
    assert page.status_code == NOT_SAVED
    assert "the day's opioid dose cannot be computed" in beside(page, "dose_1_dose")
    assert save(client, log_url(episode), filled_in(page), confirmed=the_tick(page)).status_code == 302
    kept = MedicationDose.objects.get()
    assert (kept.dose, kept.amount, kept.unit) == (words, None, "")


def test_of_paracetamol_nobody_asks_for_the_amount(client, episode):
    assert sent(client, episode, **dose(episode, "1 tablet", drug="PARACETAMOL")).status_code == 302


def test_a_correction_shows_an_imported_amount_as_it_would_be_typed(client, nurse, episode):
    given = {"drug": "FENTANYL", "dose": "", "amount": Decimal("12.500"), "unit": "MICROGRAM_PER_HOUR", "route": "TD"}
    row = cast.log(episode, minutes=30, doses=[given | {"given_at": episode.time_zero}], note="patch").observation
    address = reverse("correct_observation", args=[row.public_id])
    form = opened(client, address)
    assert form["dose_1_dose"] == "12.5 µg/h"
    assert save(client, address, form, correction_reason="seen again").status_code == 302
    kept = MedicationDose.objects.get(observation__supersedes=row)
    assert (kept.amount, kept.unit) == (Decimal("12.5"), "MICROGRAM_PER_HOUR")
