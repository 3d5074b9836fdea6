"""The clockwork in figures (`make bench`): the sweep among a million rows, mails a second, and from a save to its mail."""

import smtplib
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from followup import jobs
from followup.models import Escalation, EscalationStep, OutgoingEmail
from followup.services.escalations import climb_due_ladders
from followup.services.observations import record_observation
from followup.services.outbox import nudge
from tests import cast
from tests.bench.copies import ROWS, copy_first_row
from tests.bench.test_measures import say
from tests.conftest import free_port
from tests.running_parts import own_broker, running, scripted_mail_server, wait_until

pytestmark = [pytest.mark.bench, pytest.mark.needs_postgresql, pytest.mark.django_db(transaction=True)]
DUE = 1_000
MAILS = 500
SAVES = 100
WEAK_LEG = cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}


def a_fresh_episode(record_number: str = "BENCH-1"):
    site = cast.a_site()
    cast.a_physician(site)
    return cast.an_episode(cast.a_patient(site, record_number), time_zero=timezone.now() - timedelta(minutes=4))


def raise_a_flag(episode) -> None:
    """New leg weakness, typed now."""
    now = timezone.now()
    record_observation(
        procedure=episode, answers=cast.a_routine_set(neurology=WEAK_LEG, effective_at=now - timedelta(minutes=1)),
        doses=[], source="NURSE", by=cast.a_nurse(episode.patient.site), now=now, form_token=uuid.uuid4(),
    )  # fmt: skip


def test_the_sweep_among_a_million_ladders():
    raise_a_flag(a_fresh_episode())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        copy_first_row(cursor, "followup_escalation", _STOPPED, f"generate_series(1, {ROWS})")
        copy_first_row(cursor, "followup_redflag", _OPEN_FLAG, f"generate_series(1, {DUE})")
        copy_first_row(cursor, "followup_escalation", _OF_FLAG, f"generate_series(1, {DUE})")
    due = Escalation.objects.live().filter(red_flag__rule_code__startswith="Z")
    keys = list(due.values_list("pk", flat=True))
    assert len(keys) == DUE
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; ANALYZE")

    def a_step_is_due() -> None:
        OutgoingEmail.objects.filter(escalation_step__escalation__in=keys).delete()
        EscalationStep.objects.filter(escalation__in=keys).delete()
        just_past = timezone.now() - timedelta(seconds=1)
        Escalation.objects.filter(pk__in=keys).update(
            steps_taken=1, started_at=just_past - timedelta(hours=1), next_due_at=just_past
        )

    def sweep() -> float:
        a_step_is_due()
        began = time.perf_counter()
        while climb_due_ladders(now=timezone.now(), limit=DUE):
            pass
        took = time.perf_counter() - began
        assert EscalationStep.objects.filter(escalation__in=keys).count() == DUE
        return took

    def bare_sql() -> float:
        a_step_is_due()
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(_BARE_SWEEP)
        took = time.perf_counter() - began
        assert EscalationStep.objects.filter(escalation__in=keys).count() == DUE
        return took

    pairs = [(sweep(), bare_sql()) for _round in range(4)][1:]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    say(f"sweep, {DUE} due among {ROWS}", f"{ours * 1000:.0f} ms; its bare SQL {bare * 1000:.0f} ms")
    say("  ratio", f"{ratio:.1f} (goal 1.5: {'pass' if ratio <= 1.5 else 'miss'})")


_STOPPED = {"stopped_at": "now()", "next_due_at": "NULL", "stopped_because": "'x'"}
_OPEN_FLAG = {
    "public_id": "gen_random_uuid()", "rule_code": "'Z' || n", "severity": "'URGENT'", "imaging_task_id": "NULL",
}  # fmt: skip
_OF_FLAG = {
    "imaging_task_id": "NULL",
    "red_flag_id": "(SELECT id FROM followup_redflag WHERE rule_code = 'Z' || n)",
    "stopped_at": "NULL", "stopped_because": "''", "next_due_at": "now()",
    "ladder": """'{"rungs": [["ON_CALL_PHYSICIAN", 0], ["BACKUP_PHYSICIAN", 3600]], "repeat_every_seconds": 7200}'""",
}  # fmt: skip
# What the sweep comes to: rows claimed and moved on, a step and a mail for each, in one statement.
_BARE_SWEEP = """
WITH due AS (
    SELECT id, steps_taken, next_due_at FROM followup_escalation
    WHERE stopped_at IS NULL AND next_due_at <= now() ORDER BY next_due_at LIMIT 1000 FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE followup_escalation e SET steps_taken = e.steps_taken + 1, next_due_at = now() + interval '1 hour'
    FROM due WHERE e.id = due.id RETURNING e.id, due.steps_taken AS number, due.next_due_at AS due_at
), step AS (
    INSERT INTO followup_escalationstep (escalation_id, number, role, channel, due_at, taken_at)
    SELECT id, number, 'BACKUP_PHYSICIAN', 'EMAIL', due_at, now() FROM moved RETURNING id, escalation_id, number
)
INSERT INTO followup_outgoingemail
    (key, purpose, queue, site_id, recipient_id, escalation_step_id, state, created_at, due_at, fence, attempts,
     possibly_sent_twice, message_id, last_error, withheld_because, occurrence)
SELECT 'URGENT_ITEM:' || escalation_id || ':' || number, 'URGENT_ITEM', 'URGENT', site.id, person.id, step.id, 'QUEUED',
       now(), now(), 0, 0, false, '<' || md5(escalation_id::text) || '@example.org>', '', '', 0
FROM step, (SELECT min(id) AS id FROM staff_site) site, (SELECT min(id) AS id FROM staff_user) person
"""


@contextmanager
def a_sink():
    """A mail server in a process of its own, so that it does not share this one's time."""
    port = free_port()
    sink = subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    )
    try:
        wait_until(lambda: _answers(port))
        yield port
    finally:
        sink.kill()
        sink.wait()


def _answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except OSError:
        return False
    return True


def test_mails_a_second(settings):
    raise_a_flag(a_fresh_episode())
    row = OutgoingEmail.objects.order_by("pk").first()
    assert row is not None
    text = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 20

    def queued() -> None:
        OutgoingEmail.objects.exclude(pk=row.pk).delete()
        OutgoingEmail.objects.filter(pk=row.pk).update(
            state="QUEUED", sent_at=None, due_at=timezone.now() + timedelta(days=1), attempts=0
        )
        with transaction.atomic(), connection.cursor() as cursor:
            copy_first_row(
                cursor,
                "followup_outgoingemail",
                {"key": "'copy' || n", "message_id": "'<' || n || '@example.org>'", "due_at": "now()"},
                f"generate_series(1, {MAILS})",
            )

    with a_sink() as port:
        settings.EMAIL_BACKEND = "kyphotrack.smtp_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

        def outbox() -> None:
            sent = 0
            while sent < MAILS:  # on a busy machine one run of the job may end before all of them left
                sent += jobs.send_urgent_email(timezone.now)

        def bare_loop() -> None:
            with smtplib.SMTP("127.0.0.1", port) as server:
                for _mail in range(MAILS):
                    server.sendmail("a@example.org", ["b@example.org"], text)

        pairs = []
        for _round in range(4):
            queued()
            pairs.append(in_turn_once(outbox, bare_loop))
    ours, bare = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
    ratio = statistics.median(other / one for one, other in pairs[1:])
    say("e-mail, row to SMTP's 250", f"{MAILS / ours:.0f} mails/s; a bare loop on one connection {MAILS / bare:.0f}")
    say("  ratio", f"{ratio:.2f} (goal 0.6: {'pass' if ratio >= 0.6 else 'miss'})")


def in_turn_once(first, second) -> tuple[float, float]:
    began = time.perf_counter()
    first()
    between = time.perf_counter()
    second()
    return between - began, time.perf_counter() - between


def test_from_a_save_to_the_mail(monkeypatch):
    """A save commits, nudges, a worker that is already running hands the mail over: until the server accepted the first."""
    arrived: list[float] = []

    async def note(_server, _envelope):
        arrived.append(time.perf_counter())

    waits = []
    with own_broker() as broker, scripted_mail_server(note) as server:
        where = {"mail_port": server.port, "broker_url": broker.url}
        with running("worker", "--queues", "urgent", "--pool", "solo", "--loglevel", "ERROR", **where):
            monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
            raise_a_flag(a_fresh_episode("BENCH-0"))
            nudge()
            wait_until(lambda: arrived)
            for number in range(1, SAVES + 1):
                wait_until(lambda: not OutgoingEmail.objects.exclude(state="SENT").exists())
                episode = a_fresh_episode(f"BENCH-{number}")
                arrived.clear()
                began = time.perf_counter()
                raise_a_flag(episode)
                wait_until(lambda: arrived)
                waits.append((arrived[0] - began) * 1000)
    cuts = statistics.quantiles(waits, n=100)
    say("save to the first mail accepted", f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, {SAVES} saves")
