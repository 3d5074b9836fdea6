"""Goal R3 (`make latency`): a ladder's step falls due; how long until its row is stored, and until a mail server took the mail.

Worker and timetable run as processes, as they do in use. The time of arrival is the mail server's own.
"""

import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from followup.models import Escalation, EscalationStep, OutgoingEmail
from tests.bench.copies import copy_first_row
from tests.bench.test_clockwork import _OF_FLAG, _OPEN_FLAG, a_fresh_episode, raise_a_flag
from tests.bench.test_measures import say
from tests.running_parts import own_broker, running, scripted_mail_server, wait_until

pytestmark = [pytest.mark.bench, pytest.mark.needs_postgresql, pytest.mark.django_db(transaction=True)]
N = int(os.environ.get("LATENCY_N", "200"))
BEGIN, OVER = timedelta(seconds=25), timedelta(seconds=60)
STORED_WITHIN, ACCEPTED_WITHIN = 20, 30


def test_from_a_due_step_to_its_row_and_its_mail():
    raise_a_flag(a_fresh_episode())
    OutgoingEmail.objects.update(state="SENT", sent_at=timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        copy_first_row(cursor, "followup_redflag", _OPEN_FLAG, f"generate_series(1, {N})")
        copy_first_row(cursor, "followup_escalation", _OF_FLAG, f"generate_series(1, {N})")
    due = Escalation.objects.live().filter(red_flag__rule_code__startswith="Z")
    _fall_due_one_after_another(list(due.values_list("pk", flat=True)), timezone.now() + BEGIN)
    arrived: dict[str, datetime] = {}

    async def note(_server, envelope):
        key = next(line for line in envelope.content.splitlines() if line.lower().startswith(b"message-id:"))
        arrived[key.split(None, 1)[1].decode()] = datetime.now(UTC)

    with own_broker() as broker, scripted_mail_server(note) as server, tempfile.TemporaryDirectory() as place:
        where = {"mail_port": server.port, "broker_url": broker.url}
        worker = ("worker", "--queues", "urgent,mail,bulk", "--concurrency", "2", "--loglevel", "ERROR")
        with running(*worker, **where), running("beat", "--schedule", f"{place}/timetable", **where):
            wait_until(lambda: time.sleep(0.5) or len(arrived) >= N, seconds=180)
    steps = EscalationStep.objects.filter(escalation__red_flag__rule_code__startswith="Z").prefetch_related("emails")
    stored, accepted = [], []
    for step in steps:
        stored.append((step.taken_at - step.due_at).total_seconds())
        accepted += [(arrived[mail.message_id] - step.due_at).total_seconds() for mail in step.emails.all()]
    assert len(stored) == len(accepted) == N
    for what, waits, goal in (("row", stored, STORED_WITHIN), ("250", accepted, ACCEPTED_WITHIN)):
        cuts = statistics.quantiles(waits, n=100)
        verdict = "pass" if cuts[98] <= goal else "miss"
        say(f"due step to {what}, {N} steps", f"p50 {cuts[49]:.1f} s, p99 {cuts[98]:.1f} s (goal {goal} s: {verdict})")
        assert cuts[98] <= 2 * goal


def _fall_due_one_after_another(keys: list[int], first: datetime) -> None:
    """The second step of each, at its own instant within a minute: half a second is nothing to this measure."""
    wait = timedelta(hours=1)  # from the ladder in _OF_FLAG
    for number, key in enumerate(keys):
        at = first + OVER * number / len(keys)
        Escalation.objects.filter(pk=key).update(
            steps_taken=1, started_at=at - wait, target_at=at - wait, next_due_at=at
        )
