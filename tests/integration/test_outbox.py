"""The outbox against a real SMTP server: sent once, withheld when no longer right, tried again by the class of the reply."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.urls import resolve

from followup.models import Escalation, EscalationStep, OutgoingEmail
from followup.services import outbox
from followup.services.escalations import climb_due_ladders
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.outbox import LEASE, MOST_ATTEMPTS, send_due
from followup.services.red_flags import close_flag
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_physician, a_routine_set, a_site, an_episode, log
from tests.running_parts import scripted_mail_server

pytestmark = pytest.mark.django_db
URGENT = OutgoingEmail.Queue.URGENT
WEAK_LEG = NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}


@pytest.fixture
def task():
    """A task that a flag just opened: one mail to the on-call physician, one to the nurse."""
    return open_task(a_site())


def open_task(site):
    a_physician(site)
    episode = an_episode(a_patient(site))
    return log(episode, minutes=30, **a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]


def send(task, *, minutes: float = 0, **options):
    return send_due(queue=URGENT, clock=lambda: task.requested_at + timedelta(minutes=minutes), **options)


def to(smtp_server, name: str) -> list:
    return [message for message in smtp_server.messages if name in message["To"]]


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def states() -> set:
    return set(OutgoingEmail.objects.values_list("state", flat=True))


# --- what arrives ---------------------------------------------------------------------------------------------------


def test_the_on_call_physician_gets_one_mail_with_a_link_to_the_task(task, smtp_server):
    report = send(task)
    assert (report.sent, report.failed) == (2, 0)
    (mail,) = to(smtp_server, "physician.one")
    assert mail["Subject"] == "1 new urgent item needs review"
    assert mail["From"] == "Care team <no-reply@localhost>"
    assert mail["Auto-Submitted"] == "auto-generated"
    (link,) = [line for line in text_of(mail).splitlines() if line.startswith("http")]
    assert link in mail.get_body(("html",)).get_content()
    page = resolve(link.removeprefix("http://127.0.0.1:8000"))
    assert (page.url_name, page.kwargs) == ("imaging_task", {"task_id": task.public_id})


def test_a_flag_without_a_scan_links_to_the_flag_and_asks_for_a_check(smtp_server):
    site = a_site()
    a_physician(site)
    saved = log(an_episode(a_patient(site)), minutes=15, **a_routine_set(pain_on_movement=Decimal(7)))
    (flag,) = saved.raised
    assert (flag.severity, flag.imaging_task) == ("AMBER", None)
    send_due(queue=URGENT, clock=lambda: flag.raised_at)
    (mail,) = smtp_server.messages
    assert (mail["To"], mail["Subject"]) == (a_nurse(site).email, "1 new item needs a check")
    (link,) = [line for line in text_of(mail).splitlines() if line.startswith("http")]
    assert resolve(link.removeprefix("http://127.0.0.1:8000")).url_name == "flag"


def test_each_message_has_a_key_of_its_own_that_tells_nothing(task, smtp_server):
    send(task)
    keys = {mail["X-Message-Key"] for mail in smtp_server.messages}
    assert len(keys) == 2
    for mail in smtp_server.messages:
        assert mail["Message-ID"] == f"<{mail['X-Message-Key']}@127.0.0.1>"
        assert len(mail["X-Message-Key"]) == 40 and int(mail["X-Message-Key"], 16)


def test_a_sender_name_in_another_script_arrives_whole(task, smtp_server):
    site = a_site()
    site.neutral_sender_name = "Équipe de soins 北"
    site.save()
    send(task)
    assert {mail["From"].addresses[0].display_name for mail in smtp_server.messages} == {"Équipe de soins 北"}


def test_those_told_at_the_same_time_get_a_first_notice_and_the_next_step_a_second(task, smtp_server):
    send(task)
    assert len(smtp_server.messages) == 2
    assert not any("notice" in text_of(mail) for mail in smtp_server.messages)
    climb_due_ladders(now=task.requested_at + timedelta(minutes=15))
    assert send(task, minutes=15).sent == 1
    assert "This is notice 2: nobody has acknowledged it yet." in text_of(smtp_server.messages[-1])


def test_one_connection_serves_a_batch(task, settings):
    with scripted_mail_server() as server:
        settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert send(task).sent == 2
        assert len(server.connections) == 1


# --- once -----------------------------------------------------------------------------------------------------------


def test_a_second_run_sends_nothing(task, smtp_server):
    send(task)
    assert send(task, minutes=1).handled == 0
    assert len(smtp_server.messages) == 2


def test_nothing_goes_before_its_time(task, smtp_server):
    OutgoingEmail.objects.update(due_at=task.requested_at + timedelta(minutes=5))
    assert send(task, minutes=4).handled == 0
    assert send(task, minutes=5).sent == 2


def test_the_same_step_queued_twice_is_one_row_a_person(task):
    before = OutgoingEmail.objects.count()
    steps = list(EscalationStep.objects.select_related("escalation__imaging_task"))
    outbox.queue_staff_alerts(
        steps=steps, recipients={step: [a_physician(a_site()), a_nurse(a_site())] for step in steps}, site=a_site(),
        purpose=lambda step: OutgoingEmail.Purpose.URGENT_ITEM, now=task.requested_at,
    )  # fmt: skip
    # Two steps, two people: the two rows that were there, and two new ones.
    assert (before, OutgoingEmail.objects.count()) == (2, 4)


@pytest.mark.django_db(transaction=True)
def test_no_mail_is_handed_over_while_a_transaction_is_open(task, smtp_server):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send(task)
    assert smtp_server.messages == []


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_four_senders_at_once_send_each_row_once(smtp_server):
    site = a_site()
    for number in range(60):
        a_physician(site, f"Physician {number}")
    task = open_task(site)
    ready = threading.Barrier(4)
    reports = []

    def sender():
        ready.wait()
        for _batch in range(8):
            reports.append(send(task, limit=7))
        connection.close()

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.sent for report in reports) == OutgoingEmail.objects.count() == 62
    assert len({mail["X-Message-Key"] for mail in smtp_server.messages}) == len(smtp_server.messages) == 62
    assert states() == {"SENT"}
    assert not OutgoingEmail.objects.filter(possibly_sent_twice=True).exists()


# --- withheld -------------------------------------------------------------------------------------------------------


def test_acknowledged_before_it_was_sent_means_withheld_with_the_reason(task, smtp_server):
    acknowledge_imaging_task(task=task, comment="", by=a_physician(a_site()), now=task.requested_at)
    assert send(task).withheld == 2
    assert smtp_server.messages == []
    assert set(OutgoingEmail.objects.values_list("withheld_because", flat=True)) == {"the task was acknowledged"}


def test_acknowledged_while_a_slow_batch_is_sent_withholds_the_rest(task, smtp_server):
    """One second passes at each look at the clock; the physician acknowledges after the first mail."""
    ticks = iter(range(1000))

    def slow_clock():
        if len(smtp_server.messages) == 1:
            acknowledge_imaging_task(task=task, comment="", by=a_physician(a_site()), now=task.requested_at)
            smtp_server.messages.append(None)  # so that it is acknowledged once
        return task.requested_at + timedelta(seconds=next(ticks))

    report = send_due(queue=URGENT, clock=slow_clock)
    assert (report.sent, report.withheld) == (1, 1)


def test_a_flag_that_was_closed_is_mailed_no_more(smtp_server):
    site = a_site()
    saved = log(an_episode(a_patient(site)), minutes=15, **a_routine_set(pain_on_movement=Decimal(7)))
    (flag,) = saved.raised
    close_flag(flag=flag, outcome="HANDLED", reason="Settled", by=a_physician(site), now=flag.raised_at)
    assert send_due(queue=URGENT, clock=lambda: flag.raised_at).withheld == 1
    assert smtp_server.messages == []


def test_a_ladder_that_was_restarted_sends_its_new_mails_only(task, smtp_server):
    graver = NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3", "bowel": "NEW_INCONTINENCE"}
    log(task.procedure, minutes=32, **a_routine_set(neurology=graver))
    assert Escalation.objects.filter(stopped_because__contains="restarted").exists()
    report = send(task, minutes=5)
    assert (report.sent, report.withheld) == (2, 2)
    assert len(to(smtp_server, "physician.one")) == 1


def test_a_closed_account_gets_nothing(task, smtp_server):
    physician = a_physician(a_site())
    physician.is_active = False
    physician.save()
    assert send(task).withheld == 1
    assert not to(smtp_server, "physician.one")


def test_after_a_long_outage_one_message_a_person_is_enough(task, smtp_server):
    """Physician One is the only physician: told at once, as the backup that nobody is, and for the lead there is none."""
    for minutes in (15, 30, 45):
        climb_due_ladders(now=task.requested_at + timedelta(minutes=minutes))
    assert OutgoingEmail.objects.filter(recipient=a_physician(a_site())).count() == 4
    send(task, minutes=50)
    (mail,) = to(smtp_server, "physician.one")
    assert "This is notice 4" in text_of(mail)
    assert OutgoingEmail.objects.filter(withheld_because="a later notice takes its place").count() == 3


# --- tried again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reply", "state", "minutes"), [
    ("451 4.7.1 greylisted", "FAILED", 6), ("450 mailbox busy", "FAILED", 6), ("452 full for now", "FAILED", 40 / 60),
    ("421 closing", "FAILED", 40 / 60), ("550 no such user", "DEAD", None), ("552 too large", "DEAD", None),
])  # fmt: skip
def test_a_refused_address_is_tried_by_its_class_and_holds_up_nobody(task, smtp_server, reply, state, minutes):
    refused = a_physician(a_site()).email
    smtp_server.refuse[refused] = reply
    report = send(task)
    row = OutgoingEmail.objects.get(recipient__email=refused)
    assert (row.state, row.last_error[:3], report.sent) == (state, reply[:3], 1)
    assert refused not in row.last_error
    smtp_server.refuse.clear()
    if minutes:
        assert row.due_at == task.requested_at + timedelta(minutes=minutes)
        assert send(task, minutes=minutes).sent == 1
    else:
        assert send(task, minutes=60).handled == 0


def test_a_dead_server_leaves_the_rows_for_later_and_they_arrive_once(task, smtp_server, settings):
    """However long it is down: who was not reached has refused nothing, so this uses up no attempt."""
    settings.EMAIL_PORT = 1  # nobody listens there
    for minute in range(20):
        assert send(task, minutes=minute).failed == 2
    assert set(OutgoingEmail.objects.values_list("state", "attempts", "last_error")) == {
        ("FAILED", 0, "mail server unreachable")
    }
    settings.EMAIL_PORT = smtp_server.port
    assert send(task, minutes=20).sent == 2
    assert len(smtp_server.messages) == 2


def test_five_refusals_give_up_and_the_others_are_not_held_up(task, smtp_server):
    refused = a_physician(a_site()).email
    smtp_server.refuse[refused] = "451 not now"
    reports = [send(task, minutes=60 * hour) for hour in range(MOST_ATTEMPTS + 1)]
    assert [report.failed for report in reports] == [1, 1, 1, 1, 0, 0]
    assert [report.dead for report in reports] == [0, 0, 0, 0, 1, 0]
    assert OutgoingEmail.objects.get(recipient__email=refused).attempts == 5
    assert reports[0].sent == 1


def test_a_row_that_cannot_be_made_does_not_stop_the_others(task, smtp_server, monkeypatch):
    real = outbox._message

    def poisoned(row, server):
        if "physician" in row.recipient.email:
            raise ValueError("poison")
        return real(row, server)

    monkeypatch.setattr(outbox, "_message", poisoned)
    report = send(task)
    assert (report.sent, report.failed) == (1, 1)
    assert OutgoingEmail.objects.get(state="FAILED").last_error == "ValueError"


def test_a_batch_that_takes_too_long_gives_the_rest_back_uncounted(task, smtp_server):
    minutes = iter((0, 0, 0, 1, 1))
    report = send_due(queue=URGENT, clock=lambda: task.requested_at + timedelta(minutes=next(minutes)))
    assert (report.sent, len(smtp_server.messages)) == (1, 1)
    assert set(OutgoingEmail.objects.values_list("state", "attempts", "claimed_until")) >= {("QUEUED", 0, None)}
    assert send(task, minutes=1).sent == 1


# --- the lease ------------------------------------------------------------------------------------------------------


def abandon(task, **columns) -> None:
    """As if a sender had claimed every row at once and died."""
    claimed = {"state": "CLAIMED", "claimed_until": task.requested_at + LEASE, "fence": 1, "attempts": 1}
    OutgoingEmail.objects.update(**claimed | columns)


def test_a_row_of_a_dead_sender_is_sent_again_with_the_same_message_id(task, smtp_server):
    abandon(task)
    assert send(task, minutes=0.5).handled == 0
    # One at a time: should one of them kill its sender, the others are not in its batch.
    assert [send(task, minutes=2).sent for _run in range(3)] == [1, 1, 0]
    assert all(OutgoingEmail.objects.values_list("possibly_sent_twice", flat=True))
    ids = set(OutgoingEmail.objects.values_list("message_id", flat=True))
    assert {message["Message-ID"] for message in smtp_server.messages} == ids


def test_what_kills_its_sender_each_time_is_given_up(task, smtp_server):
    abandon(task, attempts=MOST_ATTEMPTS)
    assert send(task, minutes=2).dead == 1
    assert smtp_server.messages == []


def test_a_sender_that_lost_its_row_sends_and_writes_nothing(task, smtp_server):
    """It was stopped right after its claim; when it goes on, its lease is over and another has the rows."""

    def paused_past_its_lease():
        if OutgoingEmail.objects.filter(state="CLAIMED").exists():
            OutgoingEmail.objects.update(fence=99)
            return task.requested_at + 2 * LEASE
        return task.requested_at

    assert send_due(queue=URGENT, clock=paused_past_its_lease).handled == 0
    assert smtp_server.messages == []
    assert set(OutgoingEmail.objects.values_list("state", "fence")) == {("CLAIMED", 99)}


def test_a_sender_that_was_slow_looks_whether_its_rows_are_still_its_own(task, smtp_server):
    def slow():
        if OutgoingEmail.objects.filter(state="CLAIMED").exists():
            OutgoingEmail.objects.update(fence=99)
            return task.requested_at + timedelta(seconds=2)
        return task.requested_at

    assert send_due(queue=URGENT, clock=slow).handled == 0
    assert smtp_server.messages == []


def test_a_sender_whose_row_was_taken_while_it_sent_does_not_write_over_the_other(task, smtp_server):
    """The rows change hands between the server's 250 and the sender's own note."""

    def clock():
        if smtp_server.messages:
            OutgoingEmail.objects.update(fence=99)
        return task.requested_at

    send_due(queue=URGENT, clock=clock)
    assert set(OutgoingEmail.objects.values_list("state", "fence")) == {("CLAIMED", 99)}
