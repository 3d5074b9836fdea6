"""For people who run cron instead of Celery: one pass of all jobs, in order of danger."""

from django.core.management.base import CommandParser

from followup.management.commands import tick
from followup.models import KeptBy


class Command(tick.Command):
    help = "Run every periodic job once, the most dangerous first. Exit code 1 if one failed. Safe twice at once."
    kept_by = KeptBy.CRON

    def add_arguments(self, parser: CommandParser) -> None:
        """Cron says when; there is nothing to choose."""

    def handle(self, *args, **options) -> None:
        super().handle(loop=False, every=0)
