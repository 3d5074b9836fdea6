"""A neurological check that nobody did (N10): flag, ladder and mail at once; a late entry takes the support away."""

from datetime import timedelta

import pytest
from django.urls import reverse

from followup.models import Escalation, FlagEvidence, MonitoringSlot, MonitoringStatus, OutgoingEmail, RedFlag
from followup.services.missed_checks import mark_missed_slots
from followup.services.observations import correct_observation, mark_entered_in_error
from followup.services.red_flags import close_flag
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_physician, a_routine_set, a_site, an_episode, log
from tests.reading import read, words

pytestmark = pytest.mark.django_db
FULL_SET = a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"voided": True})


@pytest.fixture
def episode():
    site = a_site()
    a_physician(site)
    return an_episode(a_patient(site))


def at(episode, minutes):
    return episode.time_zero + timedelta(minutes=minutes)


def n10(episode) -> RedFlag:
    return RedFlag.objects.get(procedure=episode, rule_code="N10")


def supported(episode) -> dict[float, bool]:
    """Minutes after T0 at which the check was due, and whether it still counts as not done."""
    return {
        (one.missed_check.due_at - episode.time_zero).total_seconds() / 60: one.supported
        for one in FlagEvidence.objects.filter(flag__procedure=episode, flag__rule_code="N10")
    }


def test_a_missed_check_has_its_flag_ladder_and_mail_at_once(episode):
    log(episode, minutes=0, **FULL_SET)
    assert mark_missed_slots(now=at(episode, 30)) == 1
    flag = n10(episode)
    assert (flag.severity, flag.state, flag.raised_at) == ("AMBER", "OPEN", at(episode, 30))
    (evidence,) = flag.evidence.all()
    assert evidence.observation is None
    assert evidence.missed_check.due_at == evidence.measured_at == at(episode, 15)
    assert Escalation.objects.live().filter(red_flag=flag).count() == 1
    status = MonitoringStatus.objects.get(procedure=episode)
    assert (status.open_flags, status.next_due_at) == (1, at(episode, 30))


def test_a_charge_nurse_on_duty_is_mailed(episode):
    from kyphotrack.staff.models import Duty, DutyRole

    Duty.objects.create(
        site=episode.patient.site, user=a_nurse(episode.patient.site), role=DutyRole.CHARGE_NURSE,
        starts_at=episode.time_zero - timedelta(days=1),
    )  # fmt: skip
    mark_missed_slots(now=at(episode, 15))
    assert OutgoingEmail.objects.filter(escalation_step__escalation__red_flag=n10(episode)).exists()


@pytest.mark.parametrize(("minutes", "missed"), [(29.9, 0), (30, 1), (30.1, 1)])
def test_missed_below_on_and_above_the_next_due_time(episode, minutes, missed):
    log(episode, minutes=0, **FULL_SET)
    assert mark_missed_slots(now=at(episode, minutes)) == missed


def test_more_missed_checks_join_the_open_flag_and_the_job_may_run_twice(episode):
    log(episode, minutes=0, **FULL_SET)
    for minutes in (30, 30, 45, 60, 60):
        mark_missed_slots(now=at(episode, minutes))
    assert supported(episode) == {15: True, 30: True, 45: True}
    assert RedFlag.objects.filter(rule_code="N10").count() == Escalation.objects.count() == 1


def test_a_late_entry_that_was_measured_in_time_takes_the_support_away_in_the_same_save(episode):
    log(episode, minutes=0, **FULL_SET)
    mark_missed_slots(now=at(episode, 30))
    log(episode, minutes=16, typed_after=20, **FULL_SET)
    assert supported(episode) == {15: False}
    flag = n10(episode)
    assert flag.state == "OPEN", "only a person closes it"
    assert flag.unsupported_since == at(episode, 36)
    assert episode.monitoring_slots.get(due_at=at(episode, 15)).state == "DONE"


def test_a_late_entry_measured_too_late_or_with_half_a_set_changes_nothing(episode):
    log(episode, minutes=0, **FULL_SET)
    mark_missed_slots(now=at(episode, 30))
    log(episode, minutes=21, typed_after=15, **FULL_SET)
    log(episode, minutes=16, typed_after=25, pain_at_rest=2)
    assert supported(episode) == {15: True}


def test_a_check_that_was_missed_and_reviewed_raises_nothing_new_and_the_next_one_does(episode):
    log(episode, minutes=0, **FULL_SET)
    mark_missed_slots(now=at(episode, 30))
    close_flag(flag=n10(episode), outcome="HANDLED", reason="Examined now.", by=a_nurse(a_site()), now=at(episode, 31))
    log(episode, minutes=32, **FULL_SET)
    assert RedFlag.objects.filter(rule_code="N10").count() == 1
    mark_missed_slots(now=at(episode, 60))
    assert RedFlag.objects.filter(rule_code="N10").count() == 2


def test_a_set_that_is_struck_out_leaves_the_check_to_be_done(episode):
    saved = log(episode, minutes=0, **FULL_SET)
    mark_entered_in_error(
        observation=saved.observation, reason="Another patient", by=a_nurse(a_site()), now=at(episode, 10),
        form_token=saved.observation.public_id,
    )  # fmt: skip
    arrival = episode.monitoring_slots.get(due_at=episode.time_zero)
    assert (arrival.state, arrival.observation) == ("OPEN", None)
    mark_missed_slots(now=at(episode, 15))
    assert supported(episode) == {0: True}


def test_a_set_that_is_struck_out_is_not_missed_where_another_one_was_complete(episode):
    wrong = log(episode, minutes=0, **FULL_SET)
    right = log(episode, minutes=1, **FULL_SET)
    mark_entered_in_error(
        observation=wrong.observation, reason="Another patient", by=a_nurse(a_site()), now=at(episode, 10),
        form_token=wrong.observation.public_id,
    )  # fmt: skip
    arrival = episode.monitoring_slots.get(due_at=episode.time_zero)
    assert (arrival.state, arrival.observation) == ("DONE", right.observation)


def test_a_correction_that_is_complete_keeps_the_check_done(episode):
    wrong = log(episode, minutes=0, **FULL_SET)
    corrected = correct_observation(
        observation=wrong.observation, answers={"effective_at": episode.time_zero} | FULL_SET | {"pulse_per_minute": 80},
        doses=[], reason="Typed wrong", by=a_nurse(a_site()), now=at(episode, 10),
        form_token=wrong.observation.public_id,
    )  # fmt: skip
    arrival = episode.monitoring_slots.get(due_at=episode.time_zero)
    assert (arrival.state, arrival.observation) == ("DONE", corrected.observation)


def test_a_short_check_asked_for_by_a_rule_is_overdue_missed_and_seen(client, episode):
    """The quick check was abnormal, and the full exam within 15 minutes was not done."""
    for minutes in (0, 15, 30, 45):
        log(episode, minutes=minutes, typed_after=0, **FULL_SET)
    log(episode, minutes=46, typed_after=0, neurology={"numbness": True})
    recheck = episode.monitoring_slots.get(asked_for_by="NQ")
    assert (recheck.due_at, recheck.grace_ends_at) == (at(episode, 61), at(episode, 66))
    assert recheck not in MonitoringSlot.objects.overdue(at(episode, 66))
    assert recheck in MonitoringSlot.objects.overdue(at(episode, 66.1))
    log(episode, minutes=60, typed_after=0, **FULL_SET | {"neurology": {}})

    mark_missed_slots(now=at(episode, 90))

    recheck.refresh_from_db()
    assert recheck.state == "MISSED"
    assert supported(episode)[61] is True
    shown = words(read(client, a_nurse(episode.patient.site), "chart", episode.public_id))
    assert "Check missed (neurology, asked for by NQ)" in shown
    log(episode, minutes=64, typed_after=40, **FULL_SET)
    assert supported(episode)[61] is False


def test_missed_vital_signs_of_the_news2_interval_are_no_missed_neurology(episode):
    sick = FULL_SET | {"respiration_rate": 22, "spo2_percent": 93, "supplemental_oxygen": True}
    log(episode, minutes=840, typed_after=0, **sick)
    MonitoringSlot.objects.open().filter(procedure=episode, due_at__lt=at(episode, 840)).update(
        state="WAIVED", waived_because="ASLEEP"
    )
    mark_missed_slots(now=at(episode, 1080))
    assert episode.monitoring_slots.get(origin="NEWS2").state == "MISSED"
    assert not RedFlag.objects.filter(rule_code="N10").exists()


def test_a_run_is_bounded_and_takes_the_longest_overdue_first(episode):
    others = [
        an_episode(a_patient(a_site(), f"MRN-1{number}"), time_zero=at(episode, -5 - number)) for number in range(3)
    ]
    now = at(episode, 25)
    assert mark_missed_slots(now=now, limit=2) == 4, "two checks of each"
    missed = set(MonitoringSlot.objects.filter(state="MISSED").values_list("procedure_id", flat=True))
    assert missed == {others[2].pk, others[1].pk}
    while mark_missed_slots(now=now, limit=2):
        pass
    assert MonitoringSlot.objects.filter(state="MISSED").count() == 7


def test_the_pages_say_which_check_was_not_done(client, episode):
    log(episode, minutes=0, **FULL_SET)
    mark_missed_slots(now=at(episode, 30))
    nurse = a_nurse(episode.patient.site)
    due = f"{at(episode, 15).astimezone(episode.patient.site.zone):%-d %b %H:%M}"
    assert f"Check due {due} was not done" in words(read(client, nurse, "flag", n10(episode).public_id))
    assert f"The check due {due} was not done." in words(read(client, nurse, "chart", episode.public_id))
    # A save that finds it first, for instance when the timetable stood still.
    FlagEvidence.objects.filter(flag=n10(episode)).update(raised_at=at(episode, 31))
    saved = log(episode, minutes=30, **FULL_SET)
    shown = words(read(client, nurse, "observation", saved.observation.public_id))
    assert f"The check due {due} was not done." in shown
    assert "min after the measurement" not in shown
    for page in ("board", "worklist", "patient_list"):
        assert client.get(reverse(page)).status_code == 200


def test_a_flag_whose_check_turned_out_done_says_so(client, episode):
    log(episode, minutes=0, **FULL_SET)
    mark_missed_slots(now=at(episode, 30))
    log(episode, minutes=16, typed_after=20, **FULL_SET)
    shown = words(read(client, a_nurse(episode.patient.site), "flag", n10(episode).public_id))
    assert "it was done in time, and entered late" in shown
    assert "no longer supported" in shown
