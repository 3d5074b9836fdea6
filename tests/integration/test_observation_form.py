"""What the observation form refuses, asks about and accepts. Nothing typed is ever lost, and nothing is a server error."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from followup.models import Observation
from tests import cast
from tests.bedside import ROUTINE, an_episode_hours_ago, beside, filled_in, log_url, save, sent

pytestmark = pytest.mark.django_db

HUGE = "9" * 5000
NOT_SAVED = 422
NUMBERS = (
    "respiration_rate",
    "pulse_per_minute",
    "temperature",
    "oxygen_flow_litres_per_minute",
    "post_void_residual_ml",
)


@pytest.fixture
def episode(client):
    episode = an_episode_hours_ago(2.0)
    client.force_login(cast.a_nurse(episode.patient.site))
    return episode


def stored() -> Observation:
    return Observation.objects.get()


LIMITS = {
    "respiration_rate": (0, 80, "/min"), "spo2_percent": (40, 100, "%"), "systolic_mmhg": (30, 320, "mmHg"),
    "diastolic_mmhg": (10, 200, "mmHg"), "pulse_per_minute": (0, 300, "/min"),
}  # fmt: skip


@pytest.mark.parametrize("side", ["below", "above"])
def test_an_impossible_value_is_refused_beside_its_field_with_the_range(client, episode, side):
    typed = {field: str(low - 1 if side == "below" else high + 1) for field, (low, high, _unit) in LIMITS.items()}
    page = sent(client, episode, **typed)
    assert page.status_code == NOT_SAVED
    for field, (low, high, unit) in LIMITS.items():
        assert f"Possible is {low} to {high} {unit}." in beside(page, field)
        assert filled_in(page)[field] == typed[field]
    assert not Observation.objects.exists()


@pytest.mark.parametrize("value", ["1e9", "🫀", "NaN", "Infinity", HUGE, "3,6,8", "--", "1\x00"])
def test_what_is_no_number_is_refused_beside_its_field_and_stays(client, episode, value):
    page = sent(client, episode, **dict.fromkeys(NUMBERS, value), supplemental_oxygen="yes", oxygen_device="mask")
    assert page.status_code == NOT_SAVED
    again = filled_in(page)
    for field in NUMBERS:
        assert beside(page, field), field
        assert unescape(again[field]) == value, field
    assert not Observation.objects.exists()


def test_half_an_emoji_from_a_broken_client_is_refused_beside_its_field(client, episode):
    body = "respiration_rate=%ED%A0%BD&effective_at=2026-01-01T10:00"
    page = client.post(log_url(episode), body, content_type="application/x-www-form-urlencoded")
    assert (page.status_code, bool(beside(page, "respiration_rate"))) == (NOT_SAVED, True)
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "asked"),
    [
        ("pulse_per_minute", "181", "181 /min"),
        ("pulse_per_minute", "34", "34 /min"),
        ("respiration_rate", "41", "41 /min"),
        ("respiration_rate", "5", "5 /min"),
        ("spo2_percent", "79", "79 %"),
        ("temperature", "33.9", "33.9 °C"),
        ("temperature", "41.1", "41.1 °C"),
    ],
)
def test_an_alarming_value_is_asked_about_once_beside_its_field_and_then_taken(client, episode, field, value, asked):
    page = sent(client, episode, **{field: value, "note": "as seen"})
    assert page.status_code == NOT_SAVED
    assert beside(page, field).endswith(f"Please confirm {asked}.")
    again = filled_in(page)
    assert (again[field], again["note"]) == (value, "as seen")
    box = re.search(r'name="confirmed" value="([^"]+)"', page.content.decode()).group(1)
    assert save(client, log_url(episode), again, confirmed=unescape(box)).status_code == 302
    column = "temperature_celsius" if field == "temperature" else field
    assert getattr(stored(), column) == Decimal(value)


def test_confirming_one_value_does_not_confirm_another_that_is_typed_instead(client, episode):
    page = sent(client, episode, pulse_per_minute="282", confirmed="pulse_per_minute=181 /min")
    assert page.status_code == NOT_SAVED
    assert "Please confirm 282 /min" in beside(page, "pulse_per_minute")
    assert not Observation.objects.exists()


def test_a_confirmed_value_stays_confirmed_while_another_field_is_mended(client, episode):
    page = sent(client, episode, pulse_per_minute="181", systolic_mmhg="999", confirmed="pulse_per_minute=181 /min")
    assert (page.status_code, beside(page, "pulse_per_minute")) == (NOT_SAVED, "")
    assert filled_in(page)["confirmed"] == ["pulse_per_minute=181 /min"]
    assert save(client, log_url(episode), filled_in(page), systolic_mmhg="99").status_code == 302


@pytest.mark.parametrize("value", ["178", "40", "180", "35"])
def test_a_value_at_the_edge_of_the_usual_is_not_asked_about(client, episode, value):
    assert sent(client, episode, pulse_per_minute=value).status_code == 302


def test_a_diastolic_that_is_not_below_the_systolic_is_refused(client, episode):
    for diastolic in ("120", "121"):
        page = sent(client, episode, systolic_mmhg="120", diastolic_mmhg=diastolic)
        assert "must be below the systolic" in beside(page, "diastolic_mmhg")
    assert sent(client, episode, systolic_mmhg="120", diastolic_mmhg="119").status_code == 302


@pytest.mark.parametrize(("value", "unit", "hint"), [("98.6", "C", "°F"), ("37", "F", "°C")])
def test_a_temperature_in_the_other_unit_is_refused_with_a_hint_and_never_converted(client, episode, value, unit, hint):
    page = sent(client, episode, temperature=value, temperature_unit=unit)
    assert page.status_code == NOT_SAVED
    assert f"Did you mean {value} {hint}?" in beside(page, "temperature")
    assert filled_in(page)["temperature_unit"] == [unit]
    assert not Observation.objects.exists()


@pytest.mark.parametrize(("fahrenheit", "celsius"), [("100.4", "38.0"), ("98.6", "37.0"), ("102.4", "39.1")])
def test_fahrenheit_can_be_typed(client, episode, fahrenheit, celsius):
    assert sent(client, episode, temperature=fahrenheit, temperature_unit="F").status_code == 302
    assert stored().temperature_celsius == Decimal(celsius)


def test_an_empty_form_is_refused_with_one_sentence(client, episode):
    page = sent(client, episode)
    assert page.status_code == NOT_SAVED
    assert page.content.decode().count("Nothing was entered, so nothing was saved.") == 1
    assert not Observation.objects.exists()


def test_a_note_alone_is_worth_saving(client, episode):
    assert sent(client, episode, note="Sleeps well 😴").status_code == 302
    assert (stored().note, stored().consciousness, stored().pulse_per_minute) == ("Sleeps well 😴", "", None)


def test_what_was_not_asked_is_stored_as_unknown(client, episode):
    assert sent(client, episode, pulse_per_minute="72").status_code == 302
    row = stored()
    assert (row.supplemental_oxygen, row.new_pain_site, row.dyspnoea, row.neurology) == (None, None, None, {})
    assert (row.pain_scale, row.news2_total) == ("", None)


@pytest.mark.parametrize("value", ["x" * 2001, "with a NUL \x00 in it"])
def test_a_note_that_cannot_be_stored_is_refused_beside_it_and_stays(client, episode, value):
    page = sent(client, episode, **ROUTINE, note=value)
    assert (page.status_code, bool(beside(page, "note"))) == (NOT_SAVED, True)
    assert filled_in(page)["note"] == value


def test_ten_megabytes_are_answered_with_a_page_that_says_so(client, episode):
    page = sent(client, episode, note="x" * 10_000_000)
    assert page.status_code == 400
    assert "Nothing was saved" in page.content.decode()


def test_an_answer_that_the_form_does_not_offer_is_refused(client, episode):
    not_offered = {
        "consciousness": "Z", "pain_at_rest": "11", "pain_on_movement": "-1", "motor_L4_R": "6", "sensory_S3_L": "FUZZY",
        "pain_sites": ["MOON"], "voiding": "🚽", "dose_1_drug": "GIN", "new_pain_site": "maybe", "puncture_site": "WET",
    }  # fmt: skip
    page = sent(client, episode, **not_offered, pain_limited=["motor_X"])
    assert page.status_code == NOT_SAVED
    assert [field for field in not_offered if not beside(page, field)] == []
    assert not Observation.objects.exists()


def test_a_half_filled_dose_is_asked_about_beside_what_is_missing(client, episode):
    page = sent(client, episode, **ROUTINE, dose_2_dose="5 mg")
    assert page.status_code == NOT_SAVED
    assert [beside(page, f"dose_2_{part}").lstrip("⚠ ") for part in ("drug", "route", "given_at")] == [
        "Which drug?", "By which route?", "Given when?",
    ]  # fmt: skip
    assert filled_in(page)["dose_2_dose"] == "5 mg"


def test_limited_by_pain_needs_a_power(client, episode):
    page = sent(client, episode, pain_limited=["motor_L4_R"])
    assert "no power is entered" in beside(page, "motor_L4_R")
    assert sent(client, episode, pain_limited=["motor_L4_R"], motor_L4_R="4").status_code == 302
    assert stored().neurology == {"motor_L4_R": "4", "pain_limited": ["motor_L4_R"]}


def test_oxygen_without_a_device_is_asked_about_once(client, episode):
    page = sent(client, episode, supplemental_oxygen="yes")
    assert "Please confirm oxygen without a device" in beside(page, "oxygen_device")
    assert sent(client, episode, supplemental_oxygen="no").status_code == 302


def test_a_flow_with_oxygen_answered_no_is_refused(client, episode):
    page = sent(client, episode, supplemental_oxygen="no", oxygen_flow_litres_per_minute="2")
    assert (page.status_code, bool(beside(page, "supplemental_oxygen"))) == (NOT_SAVED, True)


def test_a_wrong_field_in_a_folded_part_opens_it(client, episode):
    page = sent(client, episode, **ROUTINE, post_void_residual_ml="3000")
    folded = re.search(r"<details([^>]*)>\s*<summary>Bladder and bowel", page.content.decode()).group(1)
    assert "open" in folded
    assert "Possible is 0 to 2000 mL." in beside(page, "post_void_residual_ml")


@pytest.mark.parametrize("token", ["", "nonsense", "🎫", "a" * 20_000, "W10:1vX:abc"])
def test_a_damaged_token_saves_nothing_and_the_page_comes_back_ready_to_save(client, episode, token):
    page = sent(client, episode, **ROUTINE, form_token=token)
    assert (page.status_code, Observation.objects.count()) == (NOT_SAVED, 0)
    assert save(client, log_url(episode), filled_in(page)).status_code == 302


def test_addresses_that_name_nothing_are_not_found(client, episode):
    for address in (
        "/episodes/00000000-0000-4000-8000-000000000000/observations/new/",
        "/observations/00000000-0000-4000-8000-000000000000/",
        "/observations/00000000-0000-4000-8000-000000000000/correct/",
        "/observations/00000000-0000-4000-8000-000000000000/entered-in-error/",
        "/slots/99999999999999999999999999/waive/",
        "/slots/0/waive/",
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address, ROUTINE).status_code in (404, 405), address


def test_the_form_needs_the_same_few_statements_however_long_the_history(
    client, episode, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(40) as queries:
            client.get(log_url(episode))
        return len(queries)

    cast.log(episode, minutes=1, **cast.a_routine_set())
    few = count()
    for minute in (15, 30, 45, 60, 90, 100):
        cast.log(episode, minutes=minute, **cast.a_routine_set())
    assert count() == few


def test_the_result_page_needs_the_same_few_statements_whatever_it_raised(
    client, episode, django_assert_max_num_queries
):
    def count(observation) -> int:
        with django_assert_max_num_queries(60) as queries:
            client.get(reverse("observation", args=[observation.public_id]))
        return len(queries)

    one_finding = cast.log(episode, minutes=1, **cast.a_routine_set(sudden_onset=True)).observation
    loud = cast.log(
        episode,
        minutes=30,
        **cast.a_routine_set(
            pain_on_movement=Decimal(10), sudden_onset=True, neurology={"motor_L4_R": "1"}, dyspnoea=True
        ),
    ).observation
    assert loud.flag_evidence.count() >= 4
    assert count(loud) == count(one_finding)
