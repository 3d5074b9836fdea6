"""Run a periodic job and write down that it ran: one statement a run, and never a reason for the job to fail."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, transaction

from followup.models import JobRun

Clock = Callable[[], datetime]
_log = logging.getLogger("kyphotrack.jobs")


def run_job(job: Callable[[Clock], int], *, clock: Clock, kept_by: str) -> int:
    """Run the job, note its end or its error, and return how many rows it handled. Raises what the job raises."""
    started_at = clock()
    try:
        handled = job(clock)
    except Exception as error:
        _note(["last_error"], job=job.__name__, kept_by=kept_by, started_at=started_at, last_error=_name_of(error))
        raise
    note_run(job=job.__name__, kept_by=kept_by, started_at=started_at, finished_at=clock(), handled=handled)
    return handled


def note_run(*, job: str, kept_by: str, started_at: datetime, finished_at: datetime, handled: int = 0) -> None:
    _note(
        ["finished_at", "handled", "last_error"],
        job=job, kept_by=kept_by, started_at=started_at, finished_at=finished_at, handled=handled,
    )  # fmt: skip


def _name_of(error: Exception) -> str:
    return type(error).__name__[:80]


def _note(changed: list[str], **columns) -> None:
    try:
        with transaction.atomic():
            JobRun.objects.bulk_create(
                [JobRun(**columns)],
                update_conflicts=True,
                unique_fields=["job", "kept_by"],
                update_fields=["started_at", *changed],
            )
    except DatabaseError as error:
        _log.warning("The run of %s could not be noted (%s).", columns["job"], type(error).__name__)
