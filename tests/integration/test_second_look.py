"""Impossible numbers are refused with their range, alarming ones asked about once, and no unit is converted in silence."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from followup.models import Observation
from tests import cast
from tests.bedside import an_episode_hours_ago, beside, filled_in, log_url, opened, save, sent

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


# --- limits and units ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "low", "high", "unit"),
    [
        ("weight_kilograms", "20", "350", "kg"),
        ("haemoglobin_grams_per_decilitre", "2", "25", "g/dL"),
        ("inspired_oxygen_percent", "21", "100", "%"),
        ("pain_at_rest_mm", "0", "100", "mm"),
        ("pain_on_movement_mm", "0", "100", "mm"),
    ],
)
def test_a_number_beyond_its_limits_is_refused_with_the_range_and_on_them_it_is_kept(
    client, episode, field, low, high, unit
):
    oxygen = {"supplemental_oxygen": "yes", "oxygen_device": "mask"} if field == "inspired_oxygen_percent" else {}
    for wrong in (str(int(low) - 1), str(int(high) + 1)):
        page = sent(client, episode, **{field: wrong}, **oxygen)
        assert page.status_code == NOT_SAVED
        assert f"Possible is {low} to {high} {unit}." in beside(page, field)
        assert filled_in(page)[field] == wrong
    for edge in (low, high):
        page = sent(client, episode, **{field: edge}, **oxygen)
        assert beside(page, field) == "" or "Please confirm" in beside(page, field), (
            "a leap in weight is only asked about"
        )


@pytest.mark.parametrize(
    ("field", "typed", "hint"),
    [
        ("haemoglobin_grams_per_decilitre", "124", "Did you mean g/L? 124 g/L is 12.4 g/dL."),
        ("weight_kilograms", "400", "Did you mean lb? 400 lb is 181.4 kg."),
    ],
)
def test_another_unit_is_hinted_at_and_never_converted(client, episode, field, typed, hint):
    page = sent(client, episode, **{field: typed})
    assert (page.status_code, hint in beside(page, field)) == (NOT_SAVED, True)
    assert not Observation.objects.exists()


def test_more_than_room_air_with_oxygen_answered_no_is_refused(client, episode):
    page = sent(client, episode, supplemental_oxygen="no", inspired_oxygen_percent="28")
    assert (page.status_code, "oxygen is answered with no" in beside(page, "supplemental_oxygen")) == (NOT_SAVED, True)
    assert sent(client, episode, supplemental_oxygen="no", inspired_oxygen_percent="21").status_code == 302


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("24.9", "C", "Possible is"), ("45.1", "C", "Possible is"), ("76.9", "C", "Possible is"), ("77", "C", "77 °F?"),
        ("113", "C", "113 °F?"), ("113.1", "C", "Possible is"), ("25", "F", "25 °C?"), ("45", "F", "45 °C?"),
        ("24.9", "F", "Possible is"), ("45.1", "F", "Possible is"), ("76.9", "F", "Possible is"),
        ("113.1", "F", "Possible is"), ("25.0", "C", "Please confirm"), ("45.0", "C", "Please confirm"),
        ("77", "F", "Please confirm"), ("113", "F", "Please confirm"), ("34.0", "C", ""), ("41.0", "C", ""),
        ("93.2", "F", ""), ("105.8", "F", ""),
    ],
)  # fmt: skip
def test_every_edge_of_the_two_scales_of_temperature(client, episode, value, unit, said):
    page = sent(client, episode, temperature=value, temperature_unit=unit)
    assert page.status_code == (NOT_SAVED if said else 302)
    assert said in (beside(page, "temperature") if said else "")


@pytest.mark.parametrize(
    ("field", "low", "high"), [("respiration_rate", 6, 40), ("spo2_percent", 80, 100), ("pulse_per_minute", 35, 180)]
)
def test_the_edge_of_the_usual_is_taken_and_one_further_is_asked_about(client, episode, field, low, high):
    for usual in (low, high):
        assert sent(client, episode, **{field: str(usual)}).status_code == 302
    for alarming in (low - 1, *([high + 1] if high < 100 or high > 100 else [])):
        assert f"Please confirm {alarming}" in beside(sent(client, episode, **{field: str(alarming)}), field)


# --- weight: a second look -------------------------------------------------------------------------------------------


def weighed(site, kilograms: str, height: str | None = None):
    baseline = cast.a_baseline(
        effective_at=datetime.now(UTC) - timedelta(hours=5), weight_kilograms=Decimal(kilograms),
        height_centimetres=Decimal(height) if height else None,
    )  # fmt: skip
    return an_episode_hours_ago(2.0, cast.a_patient(site), baseline=baseline)


@pytest.mark.parametrize(("typed", "asked"), [("72.1", False), ("72", True), ("87.9", False), ("88", True)])
def test_a_tenth_more_or_less_than_the_last_weight_is_asked_about_once(client, site, nurse, typed, asked):
    episode = weighed(site, "80")
    page = sent(client, episode, weight_kilograms=typed)
    assert (page.status_code == NOT_SAVED) is asked
    if asked:
        assert "it was 80.0 kg on" in beside(page, "weight_kilograms")
        assert save(client, log_url(episode), filled_in(page), confirmed=the_tick(page)).status_code == 302
    assert stored().weight_kilograms == Decimal(typed)


def test_the_newest_weight_counts_and_not_that_of_the_row_being_corrected(client, site, nurse):
    episode = weighed(site, "80")
    first = cast.log(episode, minutes=30, weight_kilograms=Decimal("71.0")).observation
    assert sent(client, episode, weight_kilograms="71.5").status_code == 302
    address = reverse("correct_observation", args=[first.public_id])
    page = save(client, address, opened(client, address), weight_kilograms="50", correction_reason="mistyped")
    assert "it was 71.5 kg on" in beside(page, "weight_kilograms")


def test_pounds_typed_as_kilograms_are_hinted_at(client, site, nurse):
    page = sent(client, weighed(site, "70"), weight_kilograms="155")
    assert "155 lb would be 70.3 kg" in beside(page, "weight_kilograms")
    assert "lb" not in beside(sent(client, weighed_again(site), weight_kilograms="90"), "weight_kilograms")


def weighed_again(site):
    return an_episode_hours_ago(
        2.0, cast.a_patient(site, "MRN-0002", "Other"),
        baseline=cast.a_baseline(effective_at=datetime.now(UTC) - timedelta(hours=5), weight_kilograms=Decimal(70)),
    )  # fmt: skip


@pytest.mark.parametrize(("typed", "asked"), [("48", False), ("47.9", True), ("240", False), ("240.1", True)])
def test_a_build_that_hardly_exists_is_asked_about(client, site, nurse, typed, asked):
    """With a height of 200 cm a body mass index of 12 is 48 kg, and 60 is 240 kg."""
    episode = an_episode_hours_ago(
        2.0, cast.a_patient(site),
        baseline=cast.a_baseline(effective_at=datetime.now(UTC) - timedelta(hours=5), height_centimetres=Decimal(200)),
    )  # fmt: skip
    page = sent(client, episode, weight_kilograms=typed)
    assert ("body mass index" in beside(page, "weight_kilograms")) is asked
