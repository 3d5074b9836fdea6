"""The imaging task from request to decision, the ladder that chases it, and the closing of its flags."""

from datetime import timedelta
from decimal import Decimal

import pytest

from followup.models import Escalation, EscalationStep, ImagingTask, MonitoringStatus, OutgoingEmail, RedFlag
from followup.services.escalations import climb_due_ladders
from followup.services.imaging_tasks import (
    IllegalHop,
    acknowledge_imaging_task,
    cancel_imaging_task,
    decide_imaging_task,
    order_imaging,
    record_imaging_performed,
    record_imaging_report,
)
from followup.services.red_flags import FlagNotOpen, acknowledge_flag, close_flag
from tests.cast import NORMAL_FULL_NEUROLOGY, a_patient, a_physician, a_routine_set, a_site, an_episode, log

pytestmark = pytest.mark.django_db


@pytest.fixture
def physician():
    return a_physician(a_site())


@pytest.fixture
def task(physician):
    episode = an_episode(a_patient(a_site()))
    saved = log(episode, minutes=30, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    return saved.imaging_tasks[0]


def test_the_whole_loop_each_hop_with_person_and_time(task, physician):
    now = task.requested_at
    hops = (
        (acknowledge_imaging_task, {"comment": "Coming"}),
        (order_imaging, {"modality": "MRI_AND_CT", "region": "T11–L3", "appointment_at": None, "comment": ""}),
        (record_imaging_performed, {"comment": ""}),
        (record_imaging_report, {"result": "LEAK_COMPRESSING", "comment": "Cement in the canal at L1"}),
        (decide_imaging_task, {"decision": "DECOMPRESSION", "outcome": "CONFIRMED", "reason": "Surgery tonight"}),
    )
    for minutes, (hop, words) in enumerate(hops, start=5):
        task = hop(task=task, by=physician, now=now + timedelta(minutes=minutes), **words)
    assert (task.state, task.result, task.decision) == ("completed", "LEAK_COMPRESSING", "DECOMPRESSION")
    assert [hop.to_state for hop in task.hops.order_by("at", "pk")] == [
        "requested", "received", "accepted", "in-progress", "reported", "completed",
    ]  # fmt: skip
    assert all(hop.by == physician for hop in task.hops.exclude(to_state="requested"))
    flag = RedFlag.objects.get()
    assert (flag.state, flag.outcome, flag.closing_reason, flag.closed_by) == (
        "CLOSED", "CONFIRMED", "Surgery tonight", physician,
    )  # fmt: skip
    assert MonitoringStatus.objects.get().danger == 9


def test_acknowledging_stops_the_ladder_and_starts_the_clock_of_the_order(task, physician):
    acknowledge_imaging_task(task=task, comment="Coming", by=physician, now=task.requested_at)
    first, second = Escalation.objects.order_by("pk")
    assert (first.hop, first.next_due_at, first.stopped_because) == ("ACKNOWLEDGE", None, "acknowledged")
    assert RedFlag.objects.get().state == "ACKNOWLEDGED"
    target = task.requested_at + timedelta(minutes=15)
    assert (second.hop, second.target_at, second.next_due_at, second.steps_taken) == ("ORDER", target, target, 0)
    assert climb_due_ladders(now=target - timedelta(seconds=1)) == 0


def test_a_hop_from_the_wrong_state_is_refused_and_names_who_was_quicker(task, physician):
    acknowledge_imaging_task(task=task, comment="", by=physician, now=task.requested_at)
    with pytest.raises(IllegalHop, match="Physician One"):
        acknowledge_imaging_task(task=task, comment="", by=physician, now=task.requested_at)
    with pytest.raises(IllegalHop):
        record_imaging_report(task=task, result="EXPECTED", comment="", by=physician, now=task.requested_at)


def test_cancelling_needs_a_reason_and_leaves_the_flags_chased(task, physician):
    with pytest.raises(ValueError, match="why"):
        cancel_imaging_task(task=task, reason=" ", by=physician, now=task.requested_at)
    cancel_imaging_task(task=task, reason="Scanned elsewhere", by=physician, now=task.requested_at)
    assert RedFlag.objects.open().count() == 1
    assert Escalation.objects.live().get().red_flag == RedFlag.objects.get()


def test_nobody_answers_the_ladder_climbs_and_repeats_its_last_step(task):
    steps = []
    for minutes in (14, 15, 30, 45, 60):
        climb_due_ladders(now=task.requested_at + timedelta(minutes=minutes))
        steps.append(EscalationStep.objects.count())
    assert steps == [2, 3, 4, 5, 6]
    roles = list(EscalationStep.objects.order_by("number").values_list("role", flat=True))
    assert roles == [
        "ON_CALL_PHYSICIAN", "CHARGE_NURSE", "BACKUP_PHYSICIAN", "SERVICE_LEAD", "SERVICE_LEAD", "SERVICE_LEAD",
    ]  # fmt: skip
    assert Escalation.objects.live().get().next_due_at == task.requested_at + timedelta(minutes=75)


def test_after_a_standstill_each_role_gets_one_message_not_the_whole_backlog(task):
    before = OutgoingEmail.objects.count()
    climb_due_ladders(now=task.requested_at + timedelta(hours=6))
    roles = EscalationStep.objects.order_by("number").values_list("role", flat=True)
    assert list(roles)[2:] == ["BACKUP_PHYSICIAN", "SERVICE_LEAD"]
    assert OutgoingEmail.objects.count() - before <= 2 * 2
    assert climb_due_ladders(now=task.requested_at + timedelta(hours=6, seconds=1)) == 0


def test_climbing_twice_at_once_writes_one_step(task):
    now = task.requested_at + timedelta(minutes=15)
    climb_due_ladders(now=now)
    climb_due_ladders(now=now)
    assert EscalationStep.objects.filter(number=2).count() == 1


def test_a_flag_without_a_scan_is_chased_itself_until_acknowledged(physician):
    episode = an_episode(a_patient(a_site()))
    saved = log(episode, minutes=15, **a_routine_set(respiration_rate=22, spo2_percent=94, temperature_celsius=Decimal("38.5"),
                                                     pulse_per_minute=95))  # fmt: skip
    flag = next(flag for flag in saved.raised if flag.rule_code == "V2")
    assert flag.imaging_task is None
    assert Escalation.objects.live().filter(red_flag=flag).exists()
    acknowledge_flag(flag=flag, comment="Seen", by=physician, now=flag.raised_at)
    live = Escalation.objects.live().get(red_flag=flag)
    # URGENT: it is closed within the time in which a scan would be done.
    assert (live.hop, live.next_due_at) == ("CLOSE", flag.raised_at + timedelta(hours=6))


def test_a_flag_closes_once_and_only_with_a_reason(task, physician):
    flag = RedFlag.objects.get()
    with pytest.raises(ValueError, match="why"):
        close_flag(flag=flag, outcome="RULED_OUT", reason="", by=physician, now=flag.raised_at)
    close_flag(flag=flag, outcome="RULED_OUT", reason="Examined", by=physician, now=flag.raised_at)
    with pytest.raises(FlagNotOpen, match="Physician One"):
        close_flag(flag=flag, outcome="RULED_OUT", reason="Again", by=physician, now=flag.raised_at)


def test_a_task_that_worsens_after_it_was_ordered_must_be_acknowledged_again(task, physician):
    order_imaging(
        task=task, modality="MRI_AND_CT", region="T11–L3", appointment_at=None, comment="", by=physician,
        now=task.requested_at,
    )  # fmt: skip
    episode = task.procedure
    log(episode, minutes=40, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"bowel": "NEW_INCONTINENCE"}))
    task = ImagingTask.objects.get()
    assert (task.state, task.acknowledged_at) == ("accepted", None)
    assert Escalation.objects.live().filter(imaging_task=task).exists()
    acknowledge_imaging_task(task=task, comment="Seen", by=physician, now=task.requested_at + timedelta(minutes=20))
    live = Escalation.objects.live().get()
    assert (live.hop, live.target_at) == ("PERFORM", task.due_at)
    assert ImagingTask.objects.get().state == "accepted"


def test_a_second_report_after_worsening_does_not_overwrite_the_first(task, physician):
    facts = {"task": task, "by": physician, "now": task.requested_at}
    order_imaging(modality="MRI_AND_CT", region="T11–L3", appointment_at=None, comment="", **facts)
    record_imaging_performed(comment="", **facts)
    record_imaging_report(result="LEAK_COMPRESSING", comment="", **facts)
    log(task.procedure, minutes=40, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"bowel": "NEW_INCONTINENCE"}))
    with pytest.raises(IllegalHop):
        record_imaging_report(result="EXPECTED", comment="", **facts)
    assert ImagingTask.objects.get().result == "LEAK_COMPRESSING"
