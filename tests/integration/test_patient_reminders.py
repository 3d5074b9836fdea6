"""Reminders to patients: queued once when due, sent once, and withheld with the reason when the world has changed."""

import uuid
from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.services import patient_reminders
from followup.services.contacts import close_contact, move_contact
from followup.services.discharge import end_monitoring
from followup.services.outbox import LEASE, send_due
from followup.services.outgoing_mail import mark_bounced
from followup.services.patient_reminders import note_bounce, queue_patient_reminders, unsubscribe
from followup.services.reminders_of_contact import remind_from_the_start
from kyphotrack.staff.models import Site
from patients.models import EmailConsent
from patients.services import change_patient_details
from tests import cast

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DETAILS = {
    "medical_record_number": "MRN-0001", "family_name": "Example", "given_name": "Pat", "birth_date": cast.date(1948, 5, 17),
    "gender": "female", "email": "pat@patients.example", "phone": "+49 30 5550199", "time_zone": "",
}  # fmt: skip


@pytest.fixture
def episode(site, nurse):
    """A same-day patient who agreed to e-mail."""
    patient = cast.a_patient(site)
    change_patient_details(
        patient=patient, details=DETAILS, email_consent=True, reason="agreed", by=nurse, now=cast.T0 - HOUR
    )
    return cast.an_episode(patient, disposition="SAME_DAY")


def contact(episode, code="FU4") -> FollowUpContact:
    return FollowUpContact.objects.get(procedure=episode, code=code)


def only(episode, code):
    """The other contacts ask for nothing."""
    FollowUpContact.objects.filter(procedure=episode).exclude(code=code).update(next_reminder_at=None)
    return contact(episode, code)


def deliver(now):
    return send_due(queue=OutgoingEmail.Queue.MAIL, clock=lambda: now)


def run(now):
    """What the timetable does: queue what is due, send it."""
    queue_patient_reminders(now=now)
    return deliver(now)


def ledger(code="FU4"):
    rows = OutgoingEmail.objects.filter(contact__code=code).order_by("pk")
    return [(row.occurrence, row.state, row.withheld_because) for row in rows]


def test_a_visit_is_reminded_of_three_times_and_each_time_once(episode, smtp_server):
    visit = only(episode, "FU4")
    for moment in (visit.due_at - DAY, visit.due_at, visit.due_at + DAY):
        assert run(moment - timedelta(seconds=1)).sent == 0
        assert run(moment).sent == 1
        assert run(moment).sent == run(moment + HOUR).sent == 0
    assert [mail["To"] for mail in smtp_server.messages] == ["pat@patients.example"] * 3
    assert ledger() == [(0, "SENT", ""), (1, "SENT", ""), (2, "SENT", "")]
    assert contact(episode).state == "INVITED"
    assert contact(episode).next_reminder_at is None


def test_the_mail_says_when_in_the_patients_zone_and_brings_an_entry_for_the_calendar(episode, smtp_server):
    visit = only(episode, "FU4")
    run(visit.due_at - DAY)
    (mail,) = smtp_server.messages
    assert mail["Subject"] == "A reminder"
    text = mail.get_body(("plain",)).get_content()
    assert "Tuesday 24 March 2026 at 10:00" in text  # 09:00 UTC
    assert "+49 30 5550100" in text and "112" in text
    (entry,) = mail.iter_attachments()
    assert entry.get_content_type() == "text/calendar"
    calendar = entry.get_content()
    calendar = calendar.decode() if isinstance(calendar, bytes) else calendar
    assert "DTSTART:20260324T090000Z" in calendar and "SUMMARY:Appointment" in calendar
    assert f"UID:{visit.public_id}@" in calendar and "SEQUENCE:0" in calendar
    assert "Example" not in calendar and "MRN" not in calendar


def test_a_site_may_leave_the_calendar_entry_out(episode, smtp_server):
    Site.objects.update(sends_calendar_entries=False)
    run(only(episode, "FU4").due_at - DAY)
    assert not list(smtp_server.messages[0].iter_attachments())


def test_it_may_be_unsubscribed_with_one_click_and_an_alarm_may_not(episode, smtp_server):
    run(only(episode, "FU4").due_at - DAY)
    (mail,) = smtp_server.messages
    consent = EmailConsent.objects.get()
    assert mail["List-Unsubscribe"].endswith(f"/mail/unsubscribe/{consent.public_id}/>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    cast.log(episode, minutes=30, **cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    send_due(queue=OutgoingEmail.Queue.URGENT, clock=lambda: cast.T0 + timedelta(minutes=31))
    assert all("List-Unsubscribe" not in one for one in smtp_server.messages[1:])
    assert len(smtp_server.messages) > 1


def test_a_form_is_asked_for_without_a_date(episode, smtp_server):
    asked = only(episode, "FU3")
    run(asked.due_at - DAY)
    (mail,) = smtp_server.messages
    assert mail["Subject"] == "Your form is ready"
    assert not list(mail.iter_attachments())


def test_who_is_asked_at_the_bedside_gets_no_mail(site, nurse):
    episode = cast.an_episode(cast.a_patient(site, "MRN-9"), disposition="STAY_48H")
    modes = dict(FollowUpContact.objects.filter(procedure=episode).values_list("code", "next_reminder_at"))
    assert modes["FU1"] is modes["FU2"] is None and modes["FU3"]


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("answered", "the contact is answered"),
        ("moved", "the contact was moved"),
        ("closed", "the contact is closed"),
        ("died", "the patient died"),
        ("unsubscribed", "the patient has not agreed to e-mail"),
        ("withdrawn by a nurse", "the patient has not agreed to e-mail"),
        ("bounced", "the address turned out to be unreachable"),
    ],
)
def test_a_queued_reminder_follows_the_world(episode, nurse, smtp_server, change, because):
    visit = only(episode, "FU1" if change == "answered" else "FU4")
    now = visit.due_at - DAY if change != "answered" else visit.due_at - 2 * HOUR
    now = max(now, cast.T0 + HOUR)
    queue_patient_reminders(now=now)
    assert [state for _number, state, _why in ledger(visit.code)] == ["QUEUED"]
    seen = visit.events.count()
    if change == "answered":
        cast.log(episode, minutes=(now - cast.T0) / timedelta(minutes=1), pain_at_rest=Decimal(2))
    elif change == "moved":
        move_contact(contact=visit, due_at=visit.due_at + DAY, reason="x", seen=seen, by=nurse, now=now)
    elif change == "closed":
        close_contact(contact=visit, because="DECLINED", seen=seen, by=nurse, now=now)
    elif change == "died":
        end_monitoring(procedure=episode, ending="DECEASED", reason="x", by=nurse, now=now)
    elif change == "unsubscribed":
        unsubscribe(consent=EmailConsent.objects.get(), now=now)
    elif change == "withdrawn by a nurse":
        patient_reminders.change_patient_details(
            patient=episode.patient, details=DETAILS, email_consent=False, reason="x", by=nurse, now=now
        )
    else:
        note_bounce(consent=EmailConsent.objects.get(), by=None, now=now)
    # In the transaction of the change itself, before any sender looks.
    assert ledger(visit.code)[0][1:] == ("WITHHELD", because)
    assert deliver(now).sent == 0
    assert smtp_server.messages == []
    assert CallTask.objects.filter(done_at__isnull=True).count() == (
        change not in ("answered", "moved", "closed", "died")
    )


def test_what_changed_where_no_queue_was_looked_at_is_seen_before_sending(episode, nurse, smtp_server):
    visit = only(episode, "FU4")
    queue_patient_reminders(now=visit.due_at - DAY)
    change_patient_details(
        patient=episode.patient, details=DETAILS, email_consent=False, reason="x", by=nurse, now=visit.due_at - DAY
    )
    assert deliver(visit.due_at - DAY).withheld == 1
    assert ledger() == [(0, "WITHHELD", "the patient has not agreed to e-mail")]
    assert smtp_server.messages == []
    # FU8 for one is missed without a call: it must not end without mail and without a call.
    assert CallTask.objects.get().kind == "NO_EMAIL"


def test_a_moved_visit_is_reminded_of_anew_with_a_higher_sequence(episode, nurse, smtp_server):
    visit = only(episode, "FU4")
    run(visit.due_at - DAY)
    later = visit.due_at + 2 * DAY
    move_contact(contact=visit, due_at=later, reason="x", seen=1, by=nurse, now=visit.due_at - HOUR)
    assert contact(episode).state == "PLANNED"
    assert run(later - DAY).sent == 1
    first, second = (next(mail.iter_attachments()).get_content() for mail in smtp_server.messages)
    as_text = [one.decode() if isinstance(one, bytes) else one for one in (first, second)]
    assert ["SEQUENCE:0" in as_text[0], "SEQUENCE:1" in as_text[1]] == [True, True]


def test_without_consent_somebody_phones(site, nurse):
    episode = cast.an_episode(cast.a_patient(site, "MRN-2"), disposition="SAME_DAY")
    visit = only(episode, "FU4")
    queue_patient_reminders(now=visit.due_at - DAY)
    assert ledger() == [(0, "WITHHELD", "the patient has not agreed to e-mail")]
    call = CallTask.objects.get()
    assert (call.kind, call.due_at) == ("NO_EMAIL", visit.due_at)
    queue_patient_reminders(now=visit.due_at)
    assert CallTask.objects.count() == 1


def test_after_a_long_stop_the_newest_alone_is_sent_and_a_day_late_somebody_phones(episode, smtp_server):
    visit = only(episode, "FU4")
    assert run(visit.due_at + HOUR).sent == 1
    assert ledger() == [(0, "WITHHELD", "a later reminder takes its place"), (1, "SENT", "")]
    other = contact(episode, "FU6")
    FollowUpContact.objects.filter(pk=other.pk).update(next_reminder_at=other.due_at - DAY)
    assert run(other.due_at + 3 * DAY).sent == 0
    assert [state for _number, state, _why in ledger("FU6")] == ["WITHHELD"] * 3
    assert ledger("FU6")[-1][2] == "it would come too late"
    assert CallTask.objects.get(contact=other).kind == "EMAIL_TOO_LATE"


def test_a_mail_server_that_is_down_for_a_day_leads_to_a_call(episode, smtp_server, settings):
    visit = only(episode, "FU4")
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert run(visit.due_at).failed == 1
    settings.EMAIL_PORT = port
    assert deliver(visit.due_at + DAY).withheld == 1
    assert smtp_server.messages == []
    assert CallTask.objects.get().kind == "EMAIL_TOO_LATE"


def test_in_quiet_hours_nothing_is_queued_and_nothing_that_waits_is_sent(episode, smtp_server, settings):
    Site.objects.update(quiet_from=time(20), quiet_until=time(8))
    visit = only(episode, "FU4")
    evening = cast.datetime(2026, 3, 23, 19, 30, tzinfo=episode.patient.zone)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert run(evening).failed == 1
    settings.EMAIL_PORT = port
    night, morning = evening + HOUR, cast.datetime(2026, 3, 24, 8, tzinfo=episode.patient.zone)
    assert deliver(night).postponed == 1
    assert (OutgoingEmail.objects.get().due_at, OutgoingEmail.objects.get().attempts) == (morning, 0)
    assert deliver(morning - timedelta(seconds=1)).handled == 0
    assert deliver(morning).sent == 1
    assert visit.due_at > morning


def test_a_refused_address_leads_to_a_call_and_holds_up_nobody(episode, site, nurse, smtp_server):
    other = cast.a_patient(site, "MRN-3")
    details = DETAILS | {"medical_record_number": "MRN-3", "email": "other@patients.example"}
    change_patient_details(patient=other, details=details, email_consent=True, reason="x", by=nurse, now=cast.T0 - HOUR)
    second = cast.an_episode(other, disposition="SAME_DAY")
    only(second, "FU4")
    visit = only(episode, "FU4")
    smtp_server.refuse["pat@patients.example"] = "550 no such user"
    report = run(visit.due_at - DAY)
    assert (report.sent, report.dead) == (1, 1)
    assert [mail["To"] for mail in smtp_server.messages] == ["other@patients.example"]
    call = CallTask.objects.get()
    assert (call.kind, call.contact) == ("EMAIL_FAILED", visit)


def test_a_reminder_whose_sender_died_is_sent_once_more_and_no_further(episode, smtp_server):
    visit = only(episode, "FU4")
    now = visit.due_at - DAY
    queue_patient_reminders(now=now)
    claimed = {"state": "CLAIMED", "claimed_until": now - LEASE}
    OutgoingEmail.objects.update(**claimed, attempts=1, fence=1)
    assert deliver(now).sent == 1
    assert OutgoingEmail.objects.get().possibly_sent_twice
    OutgoingEmail.objects.update(**claimed, sent_at=None)
    assert deliver(now).handled == 0
    assert (OutgoingEmail.objects.get().state, CallTask.objects.get().kind) == ("DEAD", "EMAIL_FAILED")
    assert len(smtp_server.messages) == 1


def test_mail_to_an_old_address_that_comes_back_late_says_nothing_of_the_new_one(episode, nurse, smtp_server):
    visit = only(episode, "FU4")
    run(visit.due_at - DAY)
    details = DETAILS | {"email": "new@patients.example"}
    change_patient_details(
        patient=episode.patient, details=details, email_consent=True, reason="x", by=nurse, now=visit.due_at - HOUR
    )
    mark_bounced(email=OutgoingEmail.objects.get(), by=None, now=visit.due_at)
    assert EmailConsent.objects.get(withdrawn_at__isnull=True).bounced_at is None


def test_a_run_takes_as_many_statements_for_eight_contacts_as_for_one(episode):
    counts = []
    for codes in (["FU4"], [f"FU{n}" for n in range(1, 9)]):
        OutgoingEmail.objects.all().delete()
        for one in FollowUpContact.objects.filter(procedure=episode):
            remind_from_the_start(one, episode.patient)
            one.state = "PLANNED"
            one.next_reminder_at = cast.T0 if one.code in codes else None
            one.save()
        with CaptureQueriesContext(connection) as queries:
            queue_patient_reminders(now=contact(episode).due_at)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 3  # calls that are opened on the way


def test_reminders_of_a_contact_go_on_where_a_new_address_was_agreed_to(episode, nurse, smtp_server):
    visit = only(episode, "FU4")
    run(visit.due_at - DAY)
    note_bounce(consent=EmailConsent.objects.get(), by=None, now=visit.due_at - HOUR)
    details = DETAILS | {"email": "new@patients.example"}
    change_patient_details(
        patient=episode.patient, details=details, email_consent=True, reason="x", by=nurse, now=visit.due_at - HOUR
    )
    assert run(visit.due_at).sent == 1
    assert smtp_server.messages[-1]["To"] == "new@patients.example"
    assert uuid.UUID(str(EmailConsent.objects.last().public_id))
