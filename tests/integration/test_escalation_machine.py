"""Ladders as a machine: whatever people, clocks and crashes do, and in whatever order, nothing open falls silent.

What must hold is worked out here from the clinical rows alone, and never by the queries of the program.
ESCALATION_RUNS and ESCALATION_STEPS make it longer.
"""

import os
import uuid
from datetime import timedelta

import pytest
from django.core.mail import get_connection
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from followup.escalation_ladder import Ladder, LadderKey, Rung, default_ladder, ladder_from_json
from followup.models import Escalation, EscalationNote, EscalationStep, ImagingTask, OutgoingEmail, RedFlag
from followup.models.monitoring_status import DANGER
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services import imaging_tasks, outbox, red_flags
from followup.services.escalations import NothingToNote, climb_due_ladders, take_note
from followup.services.imaging_tasks import IllegalHop
from followup.services.site_ladders import store_ladder
from kyphotrack.staff import services as rota
from kyphotrack.staff.models import Duty, DutyRole, Role, User
from tests import cast
from tests.ledger import unexplained

RUNS = int(os.environ.get("ESCALATION_RUNS", "40"))
STEPS = int(os.environ.get("ESCALATION_STEPS", "30"))
CHASED = ("EMERGENT", "URGENT", "AMBER")
OVER = ("completed", "cancelled")
# Longer than any wait of any ladder here, any target, and the clock of a scan.
LONGEST = timedelta(hours=25)

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}
FINDINGS = {
    "amber pain": {"pain_on_movement": 7, "pain_at_rest": 2},
    "warm wound": {"wound_warmth": True},
    "sick": {"respiration_rate": 22, "spo2_percent": 93, "pulse_per_minute": 95},
    "very sick": {"respiration_rate": 26, "spo2_percent": 90, "pulse_per_minute": 132},
    "weak leg": {"neurology": WEAK_LEG},
    "no bowel control": {"neurology": {**cast.NORMAL_FULL_NEUROLOGY, "bowel": "NEW_INCONTINENCE"}},
    "short of breath": {"dyspnoea": True, "spo2_percent": 91},
    "nothing": {},
}  # fmt: skip
HOPS = (
    (imaging_tasks.order_imaging, {"modality": "MRI_AND_CT", "region": "T11–L3", "appointment_at": None, "comment": ""}),
    (imaging_tasks.record_imaging_performed, {"comment": ""}),
    (imaging_tasks.record_imaging_report, {"result": "EXPECTED", "comment": ""}),
    (imaging_tasks.decide_imaging_task, {"decision": "OBSERVE", "outcome": "RULED_OUT", "reason": "Looked at"}),
)  # fmt: skip
pick = st.integers(0, 1000)


def a_staffed_site():
    site = cast.a_site()
    return site, [
        cast.a_physician(site),
        cast.a_physician(site, "Physician Two", on_call=False),
        cast.a_nurse(site),
        cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One"),
    ]


class EscalationMachine(RuleBasedStateMachine):
    @initialize(finding=st.sampled_from(sorted(FINDINGS)))
    def a_ward(self, finding):
        self.undo = transaction.atomic()
        self.undo._from_testcase = True  # the sender wants to be in no transaction; this one is only rolled back
        self.undo.__enter__()
        self.site, self.people = a_staffed_site()
        self.episode = cast.an_episode(cast.a_patient(self.site))
        self.now = self.episode.time_zero + timedelta(hours=1)
        self.worst: dict = {}
        self.ladders: dict = {}
        self.measure(finding)

    def teardown(self):
        if not hasattr(self, "undo"):
            return
        try:
            self.nothing_is_silent()
            self.check()
            assert unexplained() == []
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(finding=st.sampled_from(sorted(FINDINGS)))
    def measure(self, finding):
        minutes = (self.now - self.episode.time_zero) / timedelta(minutes=1)
        cast.log(
            self.episode, minutes=minutes, typed_after=0, by=self.people[2], **cast.a_routine_set(**FINDINGS[finding])
        )

    @rule(which=pick, person=pick)
    @precondition(lambda self: self.live().filter(hop="ACKNOWLEDGE").exists())
    def acknowledge(self, which, person):
        tasks = ImagingTask.objects.exclude(state__in=OVER).filter(acknowledged_at=None)
        flags = RedFlag.objects.filter(state="OPEN", severity__in=CHASED)
        item = self.one_of([*tasks, *flags], which)
        if isinstance(item, ImagingTask):
            imaging_tasks.acknowledge_imaging_task(task=item, comment="", by=self.person(person), now=self.now)
        elif item:
            red_flags.acknowledge_flag(flag=item, comment="", by=self.person(person), now=self.now)

    @rule(which=pick, hop=st.integers(0, 3), person=pick)
    @precondition(lambda self: self.has_open_task())
    def any_hop(self, which, hop, person):
        task = self.one_of(ImagingTask.objects.exclude(state__in=OVER), which)
        if task:
            self.hop(task, *HOPS[hop], person)

    @rule(which=pick, person=pick)
    @precondition(lambda self: self.has_open_task())
    def next_hop(self, which, person):
        task = self.one_of(ImagingTask.objects.exclude(state__in=OVER), which)
        if task:
            number = {"accepted": 1, "in-progress": 2, "reported": 3}.get(task.state, 0)
            self.hop(task, *HOPS[number], person)

    @rule(which=pick, person=pick)
    @precondition(lambda self: self.has_open_task())
    def cancel(self, which, person):
        task = self.one_of(ImagingTask.objects.exclude(state__in=OVER), which)
        if task:
            self.hop(task, imaging_tasks.cancel_imaging_task, {"reason": "Scanned elsewhere"}, person)

    def hop(self, task, move, words, person):
        try:
            move(task=task, **words, by=self.person(person), now=self.now)
        except IllegalHop:
            return  # not from this state

    @rule(which=pick, person=pick)
    @precondition(lambda self: RedFlag.objects.exclude(state="CLOSED").exists())
    def close(self, which, person):
        flag = self.one_of(RedFlag.objects.exclude(state="CLOSED"), which)
        if flag:
            red_flags.close_flag(
                flag=flag, outcome="RULED_OUT", reason="Examined", by=self.person(person), now=self.now
            )

    @rule(which=pick, people=st.sets(st.integers(0, 3), min_size=1))
    @precondition(lambda self: self.overdue().exists())
    def note_that_it_was_seen(self, which, people):
        escalation = self.one_of(self.overdue(), which)
        for person in people:
            subject = escalation.imaging_task or escalation.red_flag
            take_note(subject=subject, by=self.person(person), now=self.now)

    @rule(which=pick, person=pick)
    @precondition(lambda self: self.live().filter(hop="ACKNOWLEDGE").exists())
    def note_too_early(self, which, person):
        escalation = self.one_of(self.live().filter(hop="ACKNOWLEDGE"), which)
        if escalation:
            with pytest.raises(NothingToNote):
                subject = escalation.imaging_task or escalation.red_flag
                take_note(subject=subject, by=self.person(person), now=self.now)

    # --- who is there -------------------------------------------------------------------------------------------------

    @rule(person=pick)
    def leave_or_come_back(self, person):
        user = User.objects.get(pk=self.person(person).pk)
        user.is_active = not user.is_active
        user.save(update_fields=["is_active"])

    @rule(person=pick, role=st.sampled_from(list(DutyRole)), hours=st.integers(1, 48))
    def go_on_call(self, person, role, hours):
        user = User.objects.get(pk=self.person(person).pk)
        if user.is_active:
            rota.add_duty(
                site=self.site, user=user, role=role, kind="SWAP", starts_at=self.now, by=user, now=self.now,
                ends_at=self.now + timedelta(hours=hours), form_token=uuid.uuid4(),
            )  # fmt: skip

    @rule(which=pick)
    def end_a_duty(self, which):
        duty = self.one_of(Duty.objects.at(self.now), which)
        if duty:
            rota.end_duty(duty=duty, by=self.people[3], now=self.now)

    @rule(key=st.sampled_from(list(LadderKey)), minutes=st.integers(1, 5), person=st.none() | pick)
    def change_a_ladder(self, key, minutes, person):
        step = timedelta(minutes=minutes)
        named = None if person is None else self.person(person).pk
        ladder = Ladder((Rung("SERVICE_LEAD", timedelta()), Rung("CHARGE_NURSE", step, person=named)), step)
        stored = self.site.ladders.filter(key=key).order_by("-number").first()
        store_ladder(
            site=self.site, key=key, ladder=ladder, replaces=stored.number if stored else 0, reason="x",
            ruleset=DEFAULT_RULESET, by=self.people[3], now=self.now, form_token=uuid.uuid4(),
        )  # fmt: skip

    # --- time, sweeps, mail -------------------------------------------------------------------------------------------

    @rule(seconds=st.integers(1, 3600) | st.integers(3600, 3 * 86400), sweep=st.booleans())
    def later(self, seconds, sweep):
        self.now += timedelta(seconds=seconds)
        if sweep:
            climb_due_ladders(now=self.now)

    @rule()
    @precondition(lambda self: self.live().exists())
    def the_next_call_falls_due(self):
        self.now = max(self.now, min(one.next_due_at for one in self.live()))
        climb_due_ladders(now=self.now)

    @rule(times=st.integers(1, 3))
    def sweep(self, times):
        before = EscalationStep.objects.count()
        climb_due_ladders(now=self.now)
        after_one = EscalationStep.objects.count()
        for _again in range(times - 1):
            assert climb_due_ladders(now=self.now) == 0
        assert EscalationStep.objects.count() == after_one >= before
        assert not self.live().filter(next_due_at__lte=self.now).exists()

    @rule()
    def send(self):
        outbox.send_due(queue="URGENT", clock=lambda: self.now)

    @rule(after_acceptance=st.booleans())
    @precondition(lambda self: OutgoingEmail.objects.sendable(self.now).exists())
    def the_sender_dies(self, after_acceptance):
        """It claimed a row and perhaps handed it over; nobody wrote down what became of it."""
        for row in outbox._claim(queue="URGENT", now=self.now, limit=1):
            if after_acceptance and not outbox.why_withheld(row, self.now):
                outbox._message(row, get_connection()).send()
        self.now += outbox.LEASE + timedelta(seconds=1)

    @rule()
    def nothing_is_silent(self):
        """From any state: with nobody acting, every live ladder takes a step within its longest wait."""
        taken = {one.pk: one.steps_taken for one in self.live()}
        self.now += LONGEST
        climb_due_ladders(now=self.now)
        for one in self.live():
            assert one.steps_taken > taken[one.pk], (one.hop, one.key)
            self.somebody_was_told(one)

    def somebody_was_told(self, escalation):
        """By its last step, or everyone who is there has noted that they have seen it."""
        noted = set(escalation.notes.values_list("by", flat=True))
        there = set(
            User.objects.filter(is_active=True, pk__in=[one.pk for one in self.people]).values_list("pk", flat=True)
        )
        told = escalation.steps.filter(taken_at=self.now, emails__isnull=False).exists()
        assert told == bool(there - noted), (there, noted)
        assert (escalation.nobody_left_since is not None) == (not told and bool(noted))

    # --- what must hold after every step ------------------------------------------------------------------------------

    @invariant()
    def check(self):
        if not hasattr(self, "episode"):
            return
        self.everything_open_has_a_next_step()
        self.nothing_closed_is_called_about()
        self.one_open_task_a_region_and_one_open_flag_a_rule()
        self.steps_rise()
        self.no_mail_after_a_note_or_the_hop()
        self.severity_never_falls()
        self.a_running_ladder_stays_as_it_was()

    def everything_open_has_a_next_step(self):
        live = list(self.live())
        of_task = {one.imaging_task_id: one for one in live if one.imaging_task_id}
        of_flag = {one.red_flag_id: one for one in live if one.red_flag_id}
        assert len(of_task) + len(of_flag) == len(live)
        hop_of_state = {
            "requested": "ORDER", "received": "ORDER", "accepted": "PERFORM", "in-progress": "REPORT", "reported": "DECIDE",
        }  # fmt: skip
        open_tasks = {task.pk: task for task in ImagingTask.objects.all() if task.state not in OVER}
        for task in open_tasks.values():
            one = of_task[task.pk]
            assert one.next_due_at
            assert one.hop == ("ACKNOWLEDGE" if task.acknowledged_at is None else hop_of_state[task.state])
            if one.hop == "PERFORM":
                assert one.target_at == task.due_at
        for flag in RedFlag.objects.all():
            if flag.state != "CLOSED" and flag.severity in CHASED and flag.imaging_task_id not in open_tasks:
                one = of_flag[flag.pk]
                assert one.next_due_at
                assert one.hop == ("ACKNOWLEDGE" if flag.state == "OPEN" else "CLOSE")

    def nothing_closed_is_called_about(self):
        for one in self.live():
            if one.imaging_task:
                assert one.imaging_task.state not in OVER
            else:
                assert one.red_flag.state != "CLOSED"

    def one_open_task_a_region_and_one_open_flag_a_rule(self):
        tasks = [(one.body_region, one.modality_class) for one in ImagingTask.objects.exclude(state__in=OVER)]
        flags = [one.rule_code for one in RedFlag.objects.exclude(state="CLOSED")]
        assert len(tasks) == len(set(tasks))
        assert len(flags) == len(set(flags))

    def steps_rise(self):
        last: dict = {}
        for escalation, number in EscalationStep.objects.order_by("pk").values_list("escalation", "number"):
            assert number > last.get(escalation, -1)
            last[escalation] = number

    def no_mail_after_a_note_or_the_hop(self):
        notes = {(one.escalation_id, one.by_id): one.at for one in EscalationNote.objects.all()}
        for mail in OutgoingEmail.objects.select_related("escalation_step__escalation"):
            escalation = mail.escalation_step.escalation
            noted_at = notes.get((escalation.pk, mail.recipient_id))
            for moment in filter(None, (mail.created_at, mail.sent_at)):
                assert noted_at is None or moment <= noted_at
                assert escalation.stopped_at is None or moment <= escalation.stopped_at

    def severity_never_falls(self):
        for one in [*RedFlag.objects.exclude(state="CLOSED"), *ImagingTask.objects.exclude(state__in=OVER)]:
            key = (type(one), one.pk)
            assert DANGER[one.severity] <= self.worst.get(key, 99)
            self.worst[key] = DANGER[one.severity]

    def a_running_ladder_stays_as_it_was(self):
        for one in Escalation.objects.all():
            if one.pk not in self.ladders:
                self.is_that_of_the_site(one)
            kept = (one.ladder, one.hop, one.key, one.started_at, one.target_at)
            assert self.ladders.setdefault(one.pk, kept) == kept

    def is_that_of_the_site(self, started):
        """`started` in this very step."""
        own = self.site.ladders.filter(key=started.key).order_by("-number").first()
        wanted = own.content if own else default_ladder(LadderKey(started.key), DEFAULT_RULESET)
        assert ladder_from_json(started.ladder).rungs == wanted.rungs

    # --- words for the rules ------------------------------------------------------------------------------------------

    def live(self):
        return Escalation.objects.filter(stopped_at=None).select_related("imaging_task", "red_flag").order_by("pk")

    def overdue(self):
        return self.live().exclude(hop="ACKNOWLEDGE").filter(steps_taken__gt=0)

    def has_open_task(self) -> bool:
        return ImagingTask.objects.exclude(state__in=OVER).exists()

    def person(self, number) -> User:
        return self.people[number % len(self.people)]

    def one_of(self, rows, number):
        rows = list(rows)
        return rows[number % len(rows)] if rows else None


@pytest.mark.django_db
def test_whatever_happens_nothing_open_falls_silent(smtp_server):
    a_staffed_site()  # accounts take long to make: once for all runs
    run_state_machine_as_test(
        EscalationMachine,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
