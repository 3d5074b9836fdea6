"""The second clock: does the jobs of the timetable without Celery. Either clock suffices alone."""

import logging
import signal
import threading

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from followup.jobs import JOBS

_log = logging.getLogger("kyphotrack.tick")


class Command(BaseCommand):
    help = "Run every periodic job once, or again and again with --loop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="Go on until stopped.")
        parser.add_argument("--every", type=float, default=15.0, metavar="SECONDS")

    def handle(self, *args, loop: bool, every: float, **options) -> None:
        stop = threading.Event()
        if loop:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while True:
            for job in JOBS:
                self._run(job, keep_going=loop)
            if not loop or stop.wait(every):
                return

    def _run(self, job, *, keep_going: bool) -> None:
        close_old_connections()
        try:
            handled = job(timezone.now)
        except Exception:  # one failing job must not stop the clock for the others
            if not keep_going:
                raise
            _log.exception("%s failed", job.__name__)
        else:
            if handled:
                self.stdout.write(f"{job.__name__}: {handled}")
