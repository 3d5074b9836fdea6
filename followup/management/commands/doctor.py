"""Look at every part that must work, and say what to do about one that does not."""

from collections.abc import Callable

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from followup import jobs
from followup.services.broker import broker_answers

Trouble = list[tuple[str, str]]  # what is wrong, and what to do


class Command(BaseCommand):
    help = "Check configuration, database, migrations, broker, mail server, clocks and stuck rows. Exit code 1 if one is wrong."
    # They are a part of the examination; the command must come so far whatever is wrong.
    requires_system_checks = ()

    def handle(self, *args, **options) -> None:
        parts: dict[str, Callable[[], Trouble]] = {
            "configuration": _configuration,
            "database": _database,
            "migrations": _migrations,
            "broker": _broker,
            "mail server": _mail_server,
            "clocks and rows": _machinery,
        }
        ill = 0
        for name, examine in parts.items():
            try:
                troubles = examine()
            except DatabaseError:
                troubles = [("the database did not answer", "mend the database first")]
            ill += bool(troubles)
            if not troubles:
                self.stdout.write(f"ok       {name}")
            for words, to_do in troubles:
                self.stdout.write(f"PROBLEM  {name}: {words}\n         -> {to_do}")
        if not settings.FALLBACK_FOLDER:
            self.stdout.write("off      paper list: set FALLBACK_FOLDER, or nothing is at hand when everything stops")
        if ill:
            raise CommandError(f"{ill} of {len(parts)} parts need mending.")


def _configuration() -> Trouble:
    wrong = [
        one for one in checks.run_checks(include_deployment_checks=settings.PRODUCTION) if one.level >= checks.WARNING
    ]
    return [(str(one.msg), str(one.hint or "see the settings and .env.example")) for one in wrong]


def _database() -> Trouble:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return [(f"no answer ({type(error).__name__})", "start PostgreSQL, and see that DATABASE_URL is right")]
    return []


def _migrations() -> Trouble:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(f"{len(waiting)} not applied", "run `manage.py migrate`")] if waiting else []


def _broker() -> Trouble:
    if "CELERY" not in settings.WATCHED_CLOCKS or broker_answers():
        return []
    return [("no answer", "start Redis, and see that REDIS_URL is right; `manage.py tick --loop` works without it")]


def _mail_server() -> Trouble:
    server = get_connection(timeout=5)
    try:
        server.open()
        server.close()
    except OSError as error:  # smtplib's errors, time-outs and refused connections alike
        return [
            (
                f"no handshake ({type(error).__name__})",
                "see that EMAIL_URL is right and the server runs; phone meanwhile",
            )
        ]
    return []


def _machinery() -> Trouble:
    return [(problem.words, problem.to_do) for problem in jobs.look_at_machinery(timezone.now).problems]
