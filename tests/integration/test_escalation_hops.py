"""Every hop of an open item is chased: its clock, whom it calls, who is spared, and what happens when nobody is there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.models import Escalation, EscalationStep, OutgoingEmail
from followup.services import outbox, watchdog
from followup.services.escalations import NothingToNote, climb_due_ladders, take_note
from followup.services.imaging_tasks import (
    acknowledge_imaging_task,
    cancel_imaging_task,
    decide_imaging_task,
    order_imaging,
    record_imaging_performed,
    record_imaging_report,
)
from followup.services.red_flags import acknowledge_flag, close_flag
from kyphotrack.staff.models import Duty, DutyRole, Role, User
from kyphotrack.staff.selectors import on_call, people_on_duty
from tests import cast

pytestmark = pytest.mark.django_db
WEAK = cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
ORDERED = {"modality": "MRI_AND_CT", "region": "T11–L3", "appointment_at": None, "comment": ""}
AMBER = cast.a_routine_set(wound_warmth=True)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def people(site):
    nurse = cast.a_nurse(site)
    Duty.objects.create(site=site, user=nurse, role=DutyRole.CHARGE_NURSE, starts_at=cast.T0 - timedelta(days=1))
    return {
        "on call": cast.a_physician(site),
        "other": cast.a_physician(site, "Physician Two", on_call=False),
        "nurse": nurse,
        "lead": cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One"),
    }


@pytest.fixture
def task(site, people):
    return cast.log(cast.an_episode(cast.a_patient(site)), minutes=30, **WEAK).imaging_tasks[0]


@pytest.fixture
def late_order(task, people):
    """Acknowledged, and nobody ordered the scan within the 15 minutes that it had."""
    acknowledge_imaging_task(task=task, comment="", by=people["on call"], now=task.requested_at)
    climb_due_ladders(now=task.requested_at + minutes(15))
    return task


def live() -> Escalation:
    return Escalation.objects.live().get()


def told(escalation: Escalation) -> list[str]:
    mails = OutgoingEmail.objects.filter(escalation_step__escalation=escalation)
    return sorted(mails.values_list("recipient__full_name", flat=True))


def amber_flag(site, minutes_after=300):
    saved = cast.log(cast.an_episode(cast.a_patient(site)), minutes=minutes_after, **AMBER)
    return next(flag for flag in saved.raised if flag.rule_code == "I3")


# --- each hop has its clock -------------------------------------------------------------------------------------------


def test_each_hop_stops_the_clock_and_starts_that_of_the_next(task, people):
    at, by = task.requested_at, people["on call"]
    seen = [(live().hop, live().target_at - at)]
    hops = (
        (acknowledge_imaging_task, {"comment": ""}),
        (order_imaging, ORDERED),
        (record_imaging_performed, {"comment": ""}),
        (record_imaging_report, {"result": "EXPECTED", "comment": ""}),
    )
    for number, (hop, words) in enumerate(hops, start=1):
        hop(task=task, by=by, now=at + minutes(number), **words)
        seen.append((live().hop, live().target_at - at))
    assert seen == [
        ("ACKNOWLEDGE", minutes(15)), ("ORDER", minutes(1 + 15)), ("PERFORM", timedelta(hours=4)),
        ("REPORT", minutes(3 + 60)), ("DECIDE", minutes(4 + 60)),
    ]  # fmt: skip
    assert EscalationStep.objects.exclude(escalation__hop="ACKNOWLEDGE").count() == 0
    decide_imaging_task(task=task, decision="OBSERVE", outcome="RULED_OUT", reason="Seen", by=by, now=at + minutes(5))
    assert not Escalation.objects.live().exists()


@pytest.mark.parametrize("hops_made", [1, 2, 3, 4])
def test_passing_the_target_of_any_hop_climbs_again_from_the_first_rung(task, people, hops_made):
    by, at = people["on call"], task.requested_at
    hops = (
        (acknowledge_imaging_task, {"comment": ""}), (order_imaging, ORDERED), (record_imaging_performed, {"comment": ""}),
        (record_imaging_report, {"result": "EXPECTED", "comment": ""}),
    )  # fmt: skip
    for hop, words in hops[:hops_made]:
        hop(task=task, by=by, now=at, **words)
    target = live().target_at
    assert climb_due_ladders(now=target - timedelta(seconds=1)) == 0
    roles = []
    for later in (0, 15, 30, 45):
        climb_due_ladders(now=target + minutes(later))
        roles.append(list(live().steps.filter(taken_at=target + minutes(later)).values_list("role", flat=True)))
    assert roles == [["ON_CALL_PHYSICIAN", "CHARGE_NURSE"], ["BACKUP_PHYSICIAN"], ["SERVICE_LEAD"], ["SERVICE_LEAD"]]


def test_a_scan_ordered_after_its_time_calls_at_once_and_not_the_whole_ladder(task, people):
    acknowledge_imaging_task(task=task, comment="", by=people["on call"], now=task.requested_at)
    late = task.due_at + timedelta(hours=2)
    order_imaging(task=task, by=people["on call"], now=late, **ORDERED)
    assert list(live().steps.values_list("role", flat=True)) == ["ON_CALL_PHYSICIAN", "CHARGE_NURSE"]
    assert live().next_due_at == late + minutes(15)


def test_worsening_starts_again_with_the_acknowledgement_whatever_was_noted(late_order, people):
    take_note(subject=late_order, by=people["on call"], now=late_order.requested_at + minutes(16))
    before = live()
    cast.log(late_order.procedure, minutes=50, neurology={**cast.NORMAL_FULL_NEUROLOGY, "bowel": "NEW_INCONTINENCE"})
    again = live()
    assert (again.hop, again.steps_taken) == ("ACKNOWLEDGE", 2)
    before.refresh_from_db()
    assert before.stopped_because == "restarted by a graver finding"
    assert told(again) == ["Nurse One", "Physician One"]


def test_a_red_flag_without_a_scan_is_chased_until_it_is_closed(site, people):
    saved = cast.log(cast.an_episode(cast.a_patient(site)), minutes=15, **cast.a_routine_set(
        respiration_rate=22, spo2_percent=94, temperature_celsius=Decimal("38.5"), pulse_per_minute=95))  # fmt: skip
    flag = next(one for one in saved.raised if one.rule_code == "V2")
    acknowledge_flag(flag=flag, comment="", by=people["on call"], now=flag.raised_at)
    mine = Escalation.objects.live().get(red_flag=flag)
    assert (mine.hop, mine.target_at) == ("CLOSE", flag.raised_at + timedelta(hours=6))
    climb_due_ladders(now=mine.target_at)
    assert told(mine) == ["Physician One"]
    close_flag(flag=flag, outcome="HANDLED", reason="x", by=people["on call"], now=mine.target_at + minutes(1))
    assert not Escalation.objects.live().filter(red_flag=flag).exists()


def test_an_amber_flag_that_was_taken_and_forgotten_calls_the_nurse_in_charge_again_and_no_faster(site, people):
    flag = amber_flag(site)
    acknowledge_flag(flag=flag, comment="", by=people["nurse"], now=flag.raised_at)
    mine = Escalation.objects.live().get(red_flag=flag)
    assert (mine.hop, mine.target_at - flag.raised_at) == ("CLOSE", minutes(60))
    for hours in (1, 2, 3):
        climb_due_ladders(now=flag.raised_at + timedelta(hours=hours))
    steps = mine.steps.order_by("number").values_list("role", "due_at")
    assert list(steps) == [
        ("CHARGE_NURSE", flag.raised_at + timedelta(hours=1)), ("ON_CALL_PHYSICIAN", flag.raised_at + timedelta(hours=2)),
        ("ON_CALL_PHYSICIAN", flag.raised_at + timedelta(hours=3)),
    ]  # fmt: skip


def test_flags_of_a_cancelled_scan_are_chased_for_what_they_wait_for(task, people):
    cancel_imaging_task(task=task, reason="Elsewhere", by=people["on call"], now=task.requested_at)
    assert (live().red_flag, live().hop) == (task.red_flags.get(), "CLOSE")


# --- who is spared ----------------------------------------------------------------------------------------------------


def test_who_has_seen_it_gets_no_more_mail_of_this_hop_and_the_ladder_goes_on(late_order, people):
    at = late_order.requested_at
    take_note(subject=late_order, by=people["on call"], now=at + minutes(16))
    Duty.objects.create(site=cast.a_site(), user=people["on call"], role=DutyRole.BACKUP_PHYSICIAN, starts_at=at)
    before = OutgoingEmail.objects.filter(recipient=people["on call"]).count()
    climb_due_ladders(now=at + minutes(30))  # the backup, who is the same person
    assert OutgoingEmail.objects.filter(recipient=people["on call"]).count() == before
    assert told(live()) == ["Lead One", "Nurse One", "Physician One", "Physician Two"]


def test_the_next_hop_mails_them_again(late_order, people):
    at = late_order.requested_at
    take_note(subject=late_order, by=people["on call"], now=at + minutes(16))
    order_imaging(task=late_order, by=people["on call"], now=at + minutes(17), **ORDERED)
    climb_due_ladders(now=late_order.due_at)
    assert "Physician One" in told(live())


def test_a_mail_that_was_queued_before_the_note_is_withheld(late_order, people, smtp_server):
    at = late_order.requested_at
    take_note(subject=late_order, by=people["on call"], now=at + minutes(15))
    outbox.send_due(queue="URGENT", clock=lambda: at + minutes(16))
    mine = OutgoingEmail.objects.get(recipient=people["on call"], escalation_step__escalation=live())
    assert (mine.state, mine.withheld_because) == ("WITHHELD", "the recipient noted that they have seen it")
    assert [mail["To"] for mail in smtp_server.messages] == [people["nurse"].email]
    assert (
        "It was acknowledged, and its next step is overdue"
        in smtp_server.messages[0].get_body(("plain",)).get_content()
    )


def test_when_all_have_seen_it_and_nobody_acts_the_steps_go_on_and_the_watchdog_says_so(late_order, people):
    at = late_order.requested_at
    for person in people.values():
        take_note(subject=late_order, by=person, now=at + minutes(20))
    mails = OutgoingEmail.objects.count()
    climb_due_ladders(now=at + minutes(30))
    assert (live().steps_taken, OutgoingEmail.objects.count()) == (3, mails)
    assert live().nobody_left_since == at + minutes(30)
    assert watchdog.all_told_none_acted().count() == 1
    climb_due_ladders(now=at + minutes(45))
    assert live().nobody_left_since == at + minutes(30)
    order_imaging(task=late_order, by=people["on call"], now=at + minutes(50), **ORDERED)
    assert watchdog.all_told_none_acted().count() == 0


def test_somebody_new_on_the_ward_is_told_after_all(late_order, people):
    at = late_order.requested_at
    for person in people.values():
        take_note(subject=late_order, by=person, now=at + minutes(20))
    climb_due_ladders(now=at + minutes(30))
    cast.a_physician(cast.a_site(), "Physician New", on_call=False)
    climb_due_ladders(now=at + minutes(45))
    assert live().nobody_left_since is None
    assert "Physician New" in told(live())


def test_an_item_that_nobody_has_taken_is_acknowledged_and_not_noted(task, people):
    with pytest.raises(NothingToNote):
        take_note(subject=task, by=people["on call"], now=task.requested_at)
    acknowledge_imaging_task(task=task, comment="", by=people["on call"], now=task.requested_at)
    with pytest.raises(NothingToNote):  # nobody was called about the order yet
        take_note(subject=task, by=people["on call"], now=task.requested_at)


def test_noting_twice_is_one_note(late_order, people):
    first = take_note(subject=late_order, by=people["lead"], now=late_order.requested_at + minutes(16))
    again = take_note(subject=late_order, by=people["lead"], now=late_order.requested_at + minutes(18))
    assert (first.pk, first.at) == (again.pk, again.at)


# --- who is there -----------------------------------------------------------------------------------------------------


def test_nobody_on_call_everyone_of_the_role_and_the_lead_are_told(site, people):
    Duty.objects.all().update(ends_at=cast.T0)
    at = cast.T0 + minutes(30)
    assert [user.full_name for user in people_on_duty(site=site, role="ON_CALL_PHYSICIAN", now=at)] == [
        "Physician One", "Physician Two", "Lead One",
    ]  # fmt: skip
    assert [user.full_name for user in people_on_duty(site=site, role="CHARGE_NURSE", now=at)] == [
        "Nurse One",
        "Lead One",
    ]


def test_who_left_is_not_on_call(site, people):
    User.objects.filter(pk=people["on call"].pk).update(is_active=False)
    found = people_on_duty(site=site, role="ON_CALL_PHYSICIAN", now=cast.T0)
    assert [user.full_name for user in found] == ["Physician Two", "Lead One"]


def test_who_lost_the_role_at_the_site_is_not_on_call_there(site, people):
    people["on call"].memberships.all()._raw_delete("default")
    assert people["on call"] not in people_on_duty(site=site, role="ON_CALL_PHYSICIAN", now=cast.T0)


def test_where_neither_role_nor_lead_is_left_whoever_treats_patients_is_told(site):
    nurse = cast.a_nurse(site)
    assert people_on_duty(site=site, role="ON_CALL_PHYSICIAN", now=cast.T0) == [nurse]


def test_nobody_at_all_is_the_watchdogs(task, people):
    User.objects.update(is_active=False)
    Escalation.objects.all().update(started_at=task.requested_at)
    acknowledge_imaging_task(task=task, comment="", by=people["on call"], now=task.requested_at)
    before = task.requested_at + minutes(14)
    assert watchdog.told_nobody(before).count() == 0  # its first step has not fallen due
    climb_due_ladders(now=task.requested_at + minutes(15))
    assert watchdog.told_nobody(task.requested_at + minutes(17)).count() == 1
    assert watchdog.all_told_none_acted().count() == 0


def test_one_person_in_two_roles_gets_one_mail_a_moment(site, people):
    Duty.objects.filter(user=people["nurse"]).update(user=people["on call"])
    cast.log(cast.an_episode(cast.a_patient(site)), minutes=30, **WEAK)
    assert told(live()) == ["Physician One"]


def test_the_rota_costs_three_statements_whatever_the_roles(site, people):
    for roles in (["SERVICE_LEAD"], list(DutyRole)):
        with CaptureQueriesContext(connection) as queries:
            on_call(site=site, roles=roles, now=cast.T0)
        assert len(queries) == 3
