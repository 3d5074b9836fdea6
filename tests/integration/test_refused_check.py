"""A patient refuses a check: the protocol stays, and the same check is offered again at the NEWS2 interval."""

from datetime import timedelta

import pytest

from followup.services.slots import waive_slot
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_routine_set, a_site, an_episode, log

pytestmark = pytest.mark.django_db
FULL_SET = a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"voided": True})
# NEWS2 6: hourly.
SICK = FULL_SET | {"respiration_rate": 22, "spo2_percent": 93, "supplemental_oxygen": True}


@pytest.fixture
def episode():
    return an_episode(a_patient(a_site()))


def at(episode, minutes):
    return episode.time_zero + timedelta(minutes=minutes)


def refuse(episode, slot, minutes, because="REFUSED"):
    return waive_slot(slot=slot, because=because, by=a_nurse(episode.patient.site), now=at(episode, minutes))


def protocol_slot(episode, minutes):
    return episode.monitoring_slots.get(due_at=at(episode, minutes), origin="PROTOCOL")


def offered_again(episode):
    return episode.monitoring_slots.filter(phase="refused").order_by("due_at")


def test_a_refused_set_of_a_sick_patient_comes_again_after_the_news2_interval(episode):
    log(episode, minutes=560, **SICK)
    refuse(episode, protocol_slot(episode, 600), 601)
    (again,) = offered_again(episode)
    assert (again.due_at, again.neuro, again.only, again.origin, again.asked_for_by) == (
        at(episode, 661), "FULL", "", "RULE", "REFUSAL",
    )  # fmt: skip
    assert protocol_slot(episode, 840).state == "OPEN", "the protocol stays"
    log(episode, minutes=660, **FULL_SET)
    again.refresh_from_db()
    assert again.state == "DONE"


def test_nothing_is_added_where_the_next_set_is_due_by_then(episode):
    log(episode, minutes=560, **FULL_SET)  # NEWS2 0: 12-hourly
    refuse(episode, protocol_slot(episode, 600), 601)
    assert not offered_again(episode).exists()


@pytest.mark.parametrize(("minutes", "added"), [(119, 1), (120, 0), (121, 0)])
def test_below_on_and_above_the_distance_of_the_next_set(episode, minutes, added):
    """Hourly by NEWS2; the next set of the protocol is due at 180."""
    log(episode, minutes=100, **SICK)
    refuse(episode, protocol_slot(episode, 120), minutes)
    assert offered_again(episode).count() == added


def test_vital_signs_that_are_refused_again_and_again_come_again_and_again(episode):
    log(episode, minutes=620, **SICK)
    vitals = episode.monitoring_slots.get(origin="NEWS2")
    refuse(episode, vitals, 681)
    refuse(episode, offered_again(episode).get(), 742)
    assert [slot.due_at for slot in offered_again(episode)] == [at(episode, 741), at(episode, 802)]
    assert {(slot.only, slot.origin, slot.asked_for_by) for slot in offered_again(episode)} == {
        ("VITALS", "NEWS2", "NEWS2")
    }


def test_any_other_reason_and_a_patient_without_vital_signs_keep_the_protocol_alone(episode):
    refuse(episode, protocol_slot(episode, 15), 16)
    log(episode, minutes=560, **SICK)
    for because, minutes in (("ASLEEP", 600), ("OFF_WARD", 840), ("TRANSFERRED", 1080)):
        refuse(episode, protocol_slot(episode, minutes), 601, because=because)
    assert not offered_again(episode).exists()
