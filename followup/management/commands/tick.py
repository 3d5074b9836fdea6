"""The second clock: does the jobs of the timetable without Celery. Either clock suffices alone."""

import logging
import signal
import threading
import time
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from followup.jobs import JOBS, send_due_email, send_urgent_email
from followup.models import KeptBy
from followup.services.job_runs import run_job

_log = logging.getLogger("kyphotrack.tick")
_HELD_UP_SECONDS = 5


class Command(BaseCommand):
    help = "Run every periodic job once, or again and again with --loop."
    kept_by = KeptBy.TICK

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="Go on until SIGTERM or Ctrl-C.")
        parser.add_argument(
            "--every", type=float, default=15.0, metavar="SECONDS", help="From one pass of --loop to the next."
        )

    def handle(self, *args, loop: bool, every: float, **options) -> None:
        stop = threading.Event()
        if loop:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while True:
            began = time.monotonic()
            failed = self._go_through(stop, loop=loop)
            if failed and not loop:
                raise CommandError(f"Failed: {', '.join(failed)}.")
            if not loop or stop.wait(max(every - (time.monotonic() - began), 0)):
                return

    def _go_through(self, stop: threading.Event, *, loop: bool) -> list[str]:
        """Run each job; the names of those that failed."""
        failed = []
        seconds: dict[Callable, float] = {}
        for job in JOBS:
            # A mail server that held up the escalation mail would hold up the other mail as long, and the ladders with it.
            held_up = loop and job is send_due_email and seconds.get(send_urgent_email, 0) > _HELD_UP_SECONDS
            if held_up or stop.is_set():
                continue
            began = time.monotonic()
            if not self._run(job):
                failed.append(job.__name__)
            seconds[job] = time.monotonic() - began
        return failed

    def _run(self, job: Callable) -> bool:
        """One failing job must not stop the clock for the others."""
        close_old_connections()
        try:
            handled = run_job(job, clock=timezone.now, kept_by=self.kept_by)
        except Exception:
            _log.exception("%s failed", job.__name__)
            return False
        if handled:
            self.stdout.write(f"{job.__name__}: {handled}")
            self.stdout.flush()
        return True
