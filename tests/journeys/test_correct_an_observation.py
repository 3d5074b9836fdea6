"""A nurse corrects an observation, strikes one out, or records why a due check cannot be done."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from followup.models import MonitoringSlot, Observation, RedFlag
from patients.models import ChartEvent
from tests import cast
from tests.bedside import an_episode_hours_ago, filled_in, local_minute, opened, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def episode(site):
    return an_episode_hours_ago(2.0, cast.a_patient(site))


@pytest.fixture
def wrong(episode) -> Observation:
    """The nurse mistyped the power of the right ankle, and so raised an alarm."""
    given_at = episode.time_zero + timedelta(minutes=40)
    return cast.log(
        episode,
        minutes=45.5,
        doses=[{"drug": "MORPHINE", "dose": "2 mg", "route": "IV", "given_at": given_at}],
        **cast.a_routine_set(
            pain_at_rest=Decimal("3.5"),
            temperature_celsius=Decimal("36.8"),
            neurology=cast.NORMAL_QUICK_NEUROLOGY | {"motor_L4_R": "3", "last_void_at": given_at.isoformat()},
            note="Walked to the window.",
        ),
    ).observation


def url(name: str, observation: Observation) -> str:
    return reverse(name, args=[observation.public_id])


def words_of(page) -> str:
    text = page.content.decode().split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_form_comes_filled_with_what_was_stored_and_sent_back_unchanged_stores_the_same(client, nurse, wrong):
    address = url("correct_observation", wrong)
    form = opened(client, address)
    assert (form["respiration_rate"], form["temperature"], form["pain_at_rest"]) == ("16", "36.8", ["3.5"])
    assert (form["motor_L4_R"], form["supplemental_oxygen"], form["dose_1_drug"]) == (["3"], ["no"], "MORPHINE")
    assert save(client, address, form, correction_reason="seen again").status_code == 302
    new = Observation.objects.get(supersedes=wrong)
    same = [field.name for field in Observation._meta.concrete_fields if field.name not in {
        "id", "public_id", "recorded_at", "form_token", "supersedes", "correction_reason", "undecided",
    }]  # fmt: skip
    old = Observation.objects.get(pk=wrong.pk)
    assert {name: getattr(new, name) for name in same} == {name: getattr(old, name) for name in same}
    dose = new.doses.get()
    assert (dose.drug, dose.dose, dose.route) == ("MORPHINE", "2 mg", "IV")
    assert dose.given_at == wrong.doses.get().given_at


def test_a_correction_is_a_new_row_with_a_reason_and_both_stay_readable(client, nurse, wrong):
    address = url("correct_observation", wrong)
    shown = words_of(client.get(address))
    assert "stays readable" in shown
    form = opened(client, address)
    page = client.post(
        address, form | {"motor_L4_R": "5", "correction_reason": "Left and right were swapped."}, follow=True
    )
    new = Observation.objects.get(supersedes=wrong)
    assert new.neurology["motor_L4_R"] == "5"
    assert Observation.objects.get(pk=wrong.pk).neurology["motor_L4_R"] == "3"
    text = words_of(page)
    assert "This corrects an earlier version: “Left and right were swapped.”" in text
    assert "No longer supported by current values: N1 New leg weakness" in text
    assert url("observation", wrong) in page.content.decode()
    assert RedFlag.objects.get(rule_code="N1").state == "OPEN", "only a person closes a flag"
    old_page = client.get(url("observation", wrong))
    assert "This version no longer counts: it was corrected" in words_of(old_page)
    assert url("observation", new) in old_page.content.decode()
    assert url("correct_observation", wrong) not in old_page.content.decode()
    assert ChartEvent.objects.get(verb="CORRECTED_OBSERVATION").reason == "Left and right were swapped."


def test_a_correction_without_a_reason_is_refused_beside_the_reason(client, nurse, wrong):
    address = url("correct_observation", wrong)
    refused = save(client, address, opened(client, address), motor_L4_R="5", correction_reason="  ")
    assert refused.status_code == 422
    assert "Say in a few words why it is corrected" in words_of(refused)
    assert filled_in(refused)["motor_L4_R"] == ["5"]
    assert Observation.objects.count() == 1


def test_a_correction_that_raises_an_alarm_says_how_late_it_was(client, nurse, episode):
    quiet = cast.log(episode, minutes=30, **cast.a_routine_set()).observation
    address = url("correct_observation", quiet)
    page = client.post(
        address,
        opened(client, address) | {"numbness": "yes", "motor_S1_L": "2", "correction_reason": "missed"},
        follow=True,
    )
    assert "EMERGENT" in words_of(page)
    assert re.search(r"The alarm came (89|90) min after the measurement", words_of(page))


def test_of_two_who_correct_the_same_row_the_second_is_told_and_keeps_what_was_typed(client, nurse, site, wrong):
    address = url("correct_observation", wrong)
    mine = opened(client, address) | {"motor_L4_R": "4", "correction_reason": "mine"}
    other = Client()
    other.force_login(cast.a_nurse(site, "Nurse Two"))
    theirs = opened(other, address) | {"motor_L4_R": "5", "correction_reason": "theirs"}
    assert other.post(address, theirs).status_code == 302
    refused = client.post(address, mine)
    assert refused.status_code == 422
    assert "Somebody has corrected this observation in the meantime" in words_of(refused)
    assert filled_in(refused)["motor_L4_R"] == ["4"]
    assert [row.correction_reason for row in Observation.objects.filter(supersedes=wrong)] == ["theirs"]


def test_a_double_tap_corrects_once(client, nurse, wrong):
    address = url("correct_observation", wrong)
    form = opened(client, address) | {"motor_L4_R": "5", "correction_reason": "swapped"}
    assert client.post(address, form).url == client.post(address, form).url
    assert Observation.objects.count() == 2


def test_what_no_longer_counts_cannot_be_corrected_again(client, nurse, wrong):
    address = url("correct_observation", wrong)
    client.post(address, opened(client, address) | {"correction_reason": "seen again"})
    turned_away = client.get(address, follow=True)
    assert turned_away.redirect_chain == [(url("observation", wrong), 302)]
    assert "no longer counts" in words_of(turned_away)


def test_the_time_of_a_correction_is_checked_like_any_other(client, nurse, episode, wrong):
    address = url("correct_observation", wrong)
    late = local_minute(episode, datetime.now(UTC) + timedelta(hours=1))
    refused = save(client, address, opened(client, address), effective_at=late, correction_reason="x")
    assert (refused.status_code, "This time lies in the future." in words_of(refused)) == (422, True)
    assert Observation.objects.count() == 1


def test_an_observation_entered_in_error_is_struck_out_with_a_reason(client, nurse, wrong):
    address = url("mark_entered_in_error", wrong)
    form = filled_in_token(client.get(address))
    refused = client.post(address, form | {"reason": ""})
    assert (refused.status_code, Observation.objects.count()) == (422, 1)
    page = client.post(address, form | {"reason": "It was the patient in bed 11."}, follow=True)
    note = Observation.objects.get(entered_in_error=True)
    assert (note.supersedes, note.correction_reason) == (wrong, "It was the patient in bed 11.")
    assert "This strikes out an observation that was entered in error" in words_of(page)
    assert "No longer supported by current values: N1" in words_of(page)
    assert "struck out" in words_of(client.get(url("observation", wrong)))
    assert not Observation.objects.current().exists()
    assert client.post(address, form | {"reason": "It was the patient in bed 11."}).url == url("observation", note)
    assert Observation.objects.count() == 2


def filled_in_token(page) -> dict:
    return {"form_token": re.search(r'name="form_token" value="([^"]+)"', page.content.decode()).group(1)}


@pytest.mark.parametrize("because", ["ASLEEP", "REFUSED", "OFF_WARD", "TRANSFERRED"])
def test_a_due_check_that_cannot_be_done_is_recorded_with_its_reason(client, nurse, episode, because):
    slot = episode.monitoring_slots.order_by("due_at").first()
    address = reverse("waive_slot", args=[slot.pk])
    page = client.get(address)
    assert not re.search(r"<input[^>]*\schecked", page.content.decode()), "no reason is chosen beforehand"
    form = filled_in_token(page)
    assert client.post(address, form).status_code == 422
    assert client.post(address, form | {"because": "DISCHARGED"}).status_code == 422
    assert client.post(address, form | {"because": because}).url == reverse("chart", args=[episode.public_id])
    slot.refresh_from_db()
    assert (slot.state, slot.waived_because, slot.closed_by) == ("WAIVED", because, nurse)


def test_a_check_that_is_no_longer_due_cannot_be_waived(client, nurse, episode):
    slot = episode.monitoring_slots.order_by("due_at").first()
    address = reverse("waive_slot", args=[slot.pk])
    form = filled_in_token(client.get(address))
    cast.log(episode, minutes=1, **cast.a_routine_set(neurology=dict(cast.NORMAL_FULL_NEUROLOGY)))
    page = client.post(address, form | {"because": "ASLEEP"}, follow=True)
    assert "This check is no longer due: it is done." in words_of(page)
    slot.refresh_from_db()
    assert (slot.state, slot.waived_because) == (MonitoringSlot.State.DONE, "")
    assert "no longer due" in words_of(client.get(address))
