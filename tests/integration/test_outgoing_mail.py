"""The operator's page of e-mail rows, what a mail service reports as come back, and the patient's way out."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.models import CallTask, FollowUpContact, OutgoingEmail
from followup.services import outbox
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.outbox import send_due
from followup.services.outgoing_mail import withhold_email
from followup.services.patient_reminders import queue_patient_reminders
from kyphotrack.staff.models import Role
from patients.models import ChartEvent, EmailConsent
from patients.services import record_death
from tests import cast
from tests.integration.test_patient_reminders import DETAILS, HOUR, change_patient_details

pytestmark = pytest.mark.django_db
SECRET = "a secret of the test"


@pytest.fixture
def reminder(site, nurse, smtp_server):
    """A reminder that was sent."""
    patient = cast.a_patient(site)
    change_patient_details(
        patient=patient, details=DETAILS, email_consent=True, reason="x", by=nurse, now=cast.T0 - HOUR
    )
    episode = cast.an_episode(patient, disposition="SAME_DAY")
    FollowUpContact.objects.exclude(code="FU4").update(next_reminder_at=None)
    now = FollowUpContact.objects.get(procedure=episode, code="FU4").due_at - timedelta(days=1)
    queue_patient_reminders(now=now)
    send_due(queue=OutgoingEmail.Queue.MAIL, clock=lambda: now)
    return OutgoingEmail.objects.get()


@pytest.fixture
def operator(site, client):
    user = cast.a_member(site, Role.ADMINISTRATOR, "Admin One")
    client.force_login(user)
    return client


def test_the_list_shows_no_person(operator, reminder):
    for state in ("sent", "waiting", "given-up", "withheld", "nonsense", ""):
        page = operator.get(reverse("mail_list"), {"state": state, "page": "x"}).content.decode()
        assert not [mark for mark in ("Example", "MRN", "pat@patients.example") if mark in page]
    assert "Reminder of an appointment" in operator.get(reverse("mail_list"), {"state": "sent"}).content.decode()


def test_a_given_up_mail_is_tried_again_and_the_world_is_looked_at_first(operator, reminder):
    OutgoingEmail.objects.update(state="DEAD", sent_at=None, attempts=5)
    operator.post(reverse("handle_mail", args=[reminder.pk, "retry"]))
    reminder.refresh_from_db()
    assert (reminder.state, reminder.attempts) == ("QUEUED", 0)


def test_withholding_needs_a_reason(operator, reminder):
    OutgoingEmail.objects.update(state="QUEUED", sent_at=None)
    operator.post(reverse("handle_mail", args=[reminder.pk, "withhold"]), {"reason": " "})
    reminder.refresh_from_db()
    assert reminder.state == "QUEUED"
    operator.post(reverse("handle_mail", args=[reminder.pk, "withhold"]), {"reason": "Wrong person"})
    reminder.refresh_from_db()
    assert (reminder.state, reminder.withheld_because) == ("WITHHELD", "Wrong person")
    withheld = reminder.events.get()
    assert (withheld.what, withheld.reason, withheld.state_before) == ("WITHHELD", "Wrong person", "QUEUED")
    assert withheld.by.full_name == "Admin One"
    assert "Withheld" in operator.get(reverse("mail_list"), {"state": "withheld"}).content.decode()


@pytest.mark.parametrize(
    ("world", "kind"),
    [
        ("as it was", "EMAIL_WITHHELD"),
        ("given up", "EMAIL_FAILED"),
        ("a day late", "EMAIL_TOO_LATE"),
        ("no consent", "NO_EMAIL"),
        ("contact closed", None),
        ("patient died", None),
    ],
)
def test_who_withholds_a_reminder_that_was_right_has_the_patient_phoned(reminder, nurse, world, kind):
    """As in every other way in which a reminder does not arrive, unless there is nothing to remind of any more."""
    OutgoingEmail.objects.update(state="QUEUED")
    contact, now = reminder.contact, reminder.due_at
    if world == "given up":
        give_up = {"row": claimed(reminder), "error": "550 no such user", "now": now}
        outbox._give_up(**give_up)
    elif world == "a day late":
        now = contact.due_at + timedelta(days=2)
    elif world == "no consent":
        EmailConsent.objects.update(withdrawn_at=now)
    elif world == "contact closed":
        FollowUpContact.objects.filter(pk=contact.pk).update(state="CLOSED", closed_because="DECLINED")
    elif world == "patient died":
        record_death(patient=reminder.patient, reason="x", by=nurse, now=now)
    withhold_email(email=reminder, reason="Wrong person", by=nurse, now=now)
    reminder.refresh_from_db()
    assert reminder.state == "WITHHELD"
    assert list(CallTask.objects.filter(contact=contact).values_list("kind", flat=True)) == ([kind] if kind else [])


def claimed(row):
    OutgoingEmail.objects.filter(pk=row.pk).update(state="CLAIMED")
    row.refresh_from_db()
    return row


def test_what_came_back_still_says_when_it_was_sent_and_so_does_what_is_tried_again(operator, reminder):
    sent_at = reminder.sent_at
    operator.post(reverse("handle_mail", args=[reminder.pk, "bounced"]))
    reminder.refresh_from_db()
    assert (reminder.state, reminder.sent_at) == ("DEAD", sent_at)
    operator.post(reverse("handle_mail", args=[reminder.pk, "retry"]))
    OutgoingEmail.objects.update(state="SENT", sent_at=sent_at + timedelta(days=3))
    events = list(reminder.events.order_by("pk").values_list("what", "state_before", "sent_at_before", "error_before"))
    assert events == [("CAME_BACK", "SENT", sent_at, ""), ("RETRIED", "DEAD", sent_at, "came back")]
    assert sent_at.strftime("%H:%M:%S") in operator.get(reverse("mail_list"), {"state": "sent"}).content.decode()


def test_a_sent_mail_is_neither_tried_again_nor_withheld(operator, reminder):
    for verb in ("retry", "withhold"):
        operator.post(reverse("handle_mail", args=[reminder.pk, verb]), {"reason": "x"})
        reminder.refresh_from_db()
        assert reminder.state == "SENT"


def test_an_unknown_verb_is_not_found(operator, reminder):
    assert operator.post(reverse("handle_mail", args=[reminder.pk, "destroy"])).status_code == 404


def test_what_came_back_by_hand_leads_to_a_call_once(operator, reminder):
    for _twice in range(2):
        operator.post(reverse("handle_mail", args=[reminder.pk, "bounced"]))
    reminder.refresh_from_db()
    assert reminder.state == "DEAD"
    assert EmailConsent.objects.get().bounced_at
    assert CallTask.objects.get().kind == "EMAIL_FAILED"
    assert ChartEvent.objects.filter(reason="E-mail to the patient came back.").count() == 1


def test_an_alarm_that_did_not_arrive_stands_on_the_worklist_until_the_item_is_taken(
    client, site, physician, smtp_server
):
    smtp_server.refuse[physician.email] = "550 no such user"
    weak = cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}
    saved = cast.log(cast.an_episode(), minutes=30, **cast.a_routine_set(neurology=weak))
    send_due(queue=OutgoingEmail.Queue.URGENT, clock=lambda: saved.observation.recorded_at)
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    shown = client.get(reverse("worklist")).content.decode()
    assert f"Phone {physician.full_name}" in shown
    assert reverse("imaging_task", args=[saved.imaging_tasks[0].public_id]) in shown
    client.force_login(cast.a_member(cast.a_site("South unit"), Role.COORDINATOR, "Coordinator South"))
    assert "Phone " not in client.get(reverse("worklist")).content.decode()
    acknowledge_imaging_task(task=saved.imaging_tasks[0], comment="", by=physician, now=saved.observation.recorded_at)
    client.force_login(physician)
    assert f"Phone {physician.full_name}" not in client.get(reverse("worklist")).content.decode()


# --- reported by a mail service --------------------------------------------------------------------------------------


def report(said, *, secret=SECRET, client=None, signature=None):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    signed = signature or "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    sender = client or Client(enforce_csrf_checks=True)
    return sender.post(reverse("bounces"), body, content_type="application/json", headers={"X-Signature": signed})


def test_without_a_secret_there_is_no_door(reminder, settings):
    settings.MAIL_WEBHOOK_SECRET = ""
    assert report({"message_id": reminder.message_id, "kind": "hard"}, secret="").status_code == 404


def test_a_hard_bounce_ends_mail_to_the_address_and_a_soft_one_does_not(reminder, settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    assert report({"message_id": reminder.message_id, "kind": "soft"}).status_code == 200
    assert EmailConsent.objects.get().bounced_at is None
    for _twice in range(2):
        assert report({"message_id": reminder.message_id, "kind": "hard"}).status_code == 200
    assert EmailConsent.objects.get().bounced_at
    assert CallTask.objects.count() == 1


def test_a_message_that_nobody_sent_gets_the_same_answer(reminder, settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    known = report({"message_id": reminder.message_id, "kind": "hard"})
    unknown = report({"message_id": "<nobody@example.org>", "kind": "hard"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("signature", ["sha256=", "sha256=00", "\u00e9", "sha256=" + "0" * 64])
def test_a_wrong_signature_changes_nothing(reminder, settings, signature):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    said = {"message_id": reminder.message_id, "kind": "hard"}
    assert report(said, signature=signature.encode("utf-8").decode("latin-1")).status_code == 403
    assert EmailConsent.objects.get().bounced_at is None


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"{", b'"x"', b"\xff", {"message_id": "x"}, {"message_id": "x", "kind": "odd"}, b"[1]"]
)
def test_nonsense_is_refused_in_words(reminder, settings, said):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    answer = report(said)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_body_without_end_is_refused(reminder, settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    assert report(b"x" * 30_000).status_code == 403


# --- the patient's way out -------------------------------------------------------------------------------------------


def test_reading_the_link_changes_nothing_and_one_post_ends_it(reminder):
    consent = EmailConsent.objects.get()
    page, anybody = reverse("unsubscribe", args=[consent.public_id]), Client(enforce_csrf_checks=True)
    for _scanner in range(3):
        answer = anybody.get(page)
        assert answer.status_code == 200 and b"<form" in answer.content
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    for _twice in range(2):
        assert anybody.post(page, {"List-Unsubscribe": "One-Click"}).status_code == 200
    consent.refresh_from_db()
    assert consent.withdrawn_at
    assert CallTask.objects.get().kind == "NO_EMAIL"
    assert ChartEvent.objects.filter(reason__startswith="Unsubscribed", by=None).count() == 1


def test_a_link_that_nobody_was_sent_looks_the_same(reminder):
    consent, anybody = EmailConsent.objects.get(), Client()
    made_up = reverse("unsubscribe", args=["00000000-0000-4000-8000-000000000000"])
    for method in (anybody.get, anybody.post):
        assert method(made_up).content == method(reverse("unsubscribe", args=[consent.public_id])).content


def test_the_page_names_nobody_and_is_not_kept(reminder):
    answer = Client().get(reverse("unsubscribe", args=[EmailConsent.objects.get().public_id]))
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "no-referrer"
    assert not [word for word in (b"Kypho", b"Example", b"MRN", b"spine") if word in answer.content]
