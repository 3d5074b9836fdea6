"""The outbox as a machine: whatever patients, senders and mail servers do, and in whatever order, no reminder is lost.

None is doubled beyond the one window that is documented (a sender that dies after the server's 250), none goes out in
quiet hours, and none after a death or a withdrawal. OUTBOX_RUNS and OUTBOX_STEPS make it longer.
"""

import os
from collections import Counter
from datetime import time, timedelta

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

from followup.contact_states import WAITING
from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.services import contacts, outbox, outgoing_mail, patient_reminders
from followup.services.contact_answers import record_contact_answers
from followup.services.reminder_letters import NO_CONSENT, UNREACHABLE
from followup.visit_plan import QuietHours, out_of_quiet_hours
from patients.models import EmailConsent
from patients.services import change_patient_details, record_death
from tests import cast
from tests.integration.test_patient_reminders import DETAILS
from tests.ledger import unexplained

RUNS = int(os.environ.get("OUTBOX_RUNS", "25"))
STEPS = int(os.environ.get("OUTBOX_STEPS", "25"))
HOUR = timedelta(hours=1)
NIGHT = QuietHours(time(20), time(8))
QUEUE = OutgoingEmail.Queue.MAIL
State = OutgoingEmail.State


class OutboxMachine(RuleBasedStateMachine):
    smtp_server = None

    @initialize()
    def a_patient_at_home(self):
        self.undo = transaction.atomic()
        self.undo._from_testcase = True  # the sender wants to be in no transaction; this one is only rolled back
        self.undo.__enter__()
        self.smtp_server.forget()
        self.site, self.nurse = cast.a_site(), cast.a_nurse(cast.a_site())
        self.site.quiet_from, self.site.quiet_until = NIGHT.start, NIGHT.until
        self.site.save()
        self.patient = cast.a_patient(self.site)
        change_patient_details(
            patient=self.patient, details=DETAILS, email_consent=True, reason="x", by=self.nurse, now=cast.T0
        )
        self.episode = cast.an_episode(self.patient, disposition="SAME_DAY")
        # Day 4: the contacts at 24 h and 48 h are over, and stand for no more than noise here.
        FollowUpContact.objects.filter(code__in=["FU1", "FU2"]).update(next_reminder_at=None)
        self.now = cast.T0 + timedelta(days=4)
        self.crashes_after_the_250: Counter[str] = Counter()
        self.may_not_be_written_to_since = None
        self.arrived: Counter[str] = Counter()

    def teardown(self):
        if not hasattr(self, "undo"):
            return
        try:
            self.smtp_server.refuse.clear()
            for _hour in range(30 * 8):
                self.time_passes(3)
                self.the_timetable_runs()
            self.nothing_is_lost()
            assert unexplained() == []
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    # --- what happens -------------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([0.02, 0.3, 3, 12, 30, 80]))
    def time_passes(self, hours):
        self.now += hours * HOUR

    @rule()
    def the_timetable_runs(self):
        contacts.raise_missed_contacts(now=self.now)
        patient_reminders.queue_patient_reminders(now=self.now)
        outbox.send_due(queue=QUEUE, clock=lambda: self.now)
        self._note_arrivals()

    @rule()
    def reminders_are_queued_and_no_sender_runs(self):
        patient_reminders.queue_patient_reminders(now=self.now)

    @rule(after_the_250=st.booleans())
    def a_sender_dies(self, after_the_250):
        """With its first message in hand, before or after the server took it."""
        claimed = outbox._claim(queue=QUEUE, now=self.now, limit=10)
        if not (claimed and after_the_250):
            return
        row = claimed[0]
        if outbox.why_withheld(row, self.now) or outbox.not_before(row, self.now) > self.now:
            return
        with get_connection() as server:
            refused = row.patient and self.smtp_server.refuse
            if not refused:
                outbox._message(row, server).send()
                self.crashes_after_the_250[row.key] += 1
        self._note_arrivals()

    @rule(reply=st.sampled_from(["", "451 try later", "550 no such user"]))
    def the_mail_server_changes_its_mind(self, reply):
        self.smtp_server.refuse = {DETAILS["email"]: reply} if reply else {}

    @rule(code=st.sampled_from(["FU3", "FU4", "FU5"]))
    def a_contact_is_answered(self, code):
        contact = self._contact(code)
        if contact.state in WAITING and self.now >= contact.window_opens_at:
            record_contact_answers(
                contact=contact, answers={"effective_at": self.now, "pain_at_rest": 2, "pain_scale": "NRS"}, doses=[],
                source="PHONE", by=self.nurse, now=self.now, form_token=cast.uuid.uuid4(),
            )  # fmt: skip

    @rule(code=st.sampled_from(["FU3", "FU4", "FU5"]), hours=st.integers(1, 96))
    def a_contact_is_moved(self, code, hours):
        contact = self._contact(code)
        due_at = max(self.now, contact.due_at) + hours * HOUR
        if contact.state in WAITING and contact.window_opens_at <= due_at < contact.window_closes_at:
            contacts.move_contact(
                contact=contact, due_at=due_at, reason="x", seen=contact.events.count(), by=self.nurse, now=self.now
            )

    @rule(code=st.sampled_from(["FU3", "FU4", "FU5"]))
    def a_contact_is_closed(self, code):
        contact = self._contact(code)
        if contact.state in WAITING:
            contacts.close_contact(
                contact=contact, because="DECLINED", seen=contact.events.count(), by=self.nurse, now=self.now
            )

    @rule(how=st.sampled_from(["died", "unsubscribed", "withdrawn by the nurse"]))
    @precondition(lambda self: self.may_not_be_written_to_since is None)
    def the_patient_may_not_be_written_to_any_more(self, how):
        if how == "died":
            record_death(patient=self.patient, reason="x", by=self.nurse, now=self.now)
        elif how == "unsubscribed":
            patient_reminders.unsubscribe(consent=EmailConsent.objects.get(), now=self.now)
        else:
            change_patient_details(
                patient=self.patient, details=DETAILS, email_consent=False, reason="x", by=self.nurse, now=self.now
            )
        self.may_not_be_written_to_since = self.now

    @rule(verb=st.sampled_from([outgoing_mail.retry_email, outgoing_mail.withhold_email, outgoing_mail.mark_bounced]))
    def an_operator_handles_the_newest_mail(self, verb):
        email = OutgoingEmail.objects.order_by("-pk").first()
        more = {
            outgoing_mail.retry_email: {"by": self.nurse, "now": self.now},
            outgoing_mail.withhold_email: {"reason": "x", "by": self.nurse, "now": self.now},
            outgoing_mail.mark_bounced: {"by": self.nurse, "now": self.now},
        }[verb]  # fmt: skip
        # A mail that may have arrived is not sent a second time by hand here: that is what a person may do, and means.
        if email and not (verb is outgoing_mail.retry_email and self.arrived[self._opaque(email)]):
            try:
                verb(email=email, **more)
            except outgoing_mail.NotPossible:
                pass

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def each_arrived_once_but_for_the_documented_window(self):
        for row in OutgoingEmail.objects.filter(patient__isnull=False):
            times = self.arrived[self._opaque(row)]
            assert times <= 1 + min(1, self.crashes_after_the_250[row.key]), (row.key, times)
            if times > 1:
                assert row.possibly_sent_twice, row.key
            if row.state == State.SENT:
                assert times >= 1, row.key
            if row.state == State.WITHHELD:
                assert row.withheld_because, row.key

    def nothing_is_lost(self):
        """Weeks later, with every clock running: each reminder has an end, and where none arrived somebody phones."""
        for row in OutgoingEmail.objects.filter(patient__isnull=False).select_related("contact"):
            assert row.state in (State.SENT, State.WITHHELD, State.DEAD), row.key
            no_email = row.withheld_because in (NO_CONSENT, UNREACHABLE)
            if row.state == State.DEAD or no_email:
                assert CallTask.objects.filter(contact=row.contact).exists(), row.key
        for contact in FollowUpContact.objects.filter(code__in=["FU3", "FU4"]):
            assert contact.state not in WAITING or self.may_not_be_written_to_since, contact.code
            told = OutgoingEmail.objects.filter(contact=contact)
            never_due = not told and contact.state in ("CLOSED", "ANSWERED", "REACHED")
            # The machinery stood still for the whole window: what was missed in silence is a call.
            phoned = CallTask.objects.filter(contact=contact)
            assert told or never_due or phoned or self.may_not_be_written_to_since, contact.code

    # --- words for the rules ------------------------------------------------------------------------------------------

    def _contact(self, code) -> FollowUpContact:
        return FollowUpContact.objects.select_related("procedure").get(procedure=self.episode, code=code)

    def _note_arrivals(self):
        for mail in self.smtp_server.messages:
            self.arrived[mail["X-Message-Key"]] += 1
            if mail["To"] == DETAILS["email"]:
                assert out_of_quiet_hours(self.now, self.patient.zone, NIGHT) == self.now, "in quiet hours"
                since = self.may_not_be_written_to_since
                assert since is None, "after the end of consent or life"
        self.smtp_server.messages.clear()

    @staticmethod
    def _opaque(row) -> str:
        return row.message_id.strip("<>").partition("@")[0]


@pytest.mark.django_db
def test_whatever_happens_no_reminder_is_lost_and_none_doubled(smtp_server):
    OutboxMachine.smtp_server = smtp_server
    cast.a_nurse(cast.a_site())  # accounts take long to make: once for all runs
    run_state_machine_as_test(
        OutboxMachine,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
