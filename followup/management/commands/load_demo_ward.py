"""Load the demo ward, dated to now. It never touches a production database."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from followup import demo_ward
from kyphotrack.staff.models import User


class Command(BaseCommand):
    help = "Load the demo ward into an empty database; data that is there is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="Forget everything in the database first.")
        parser.add_argument("--print-sign-ins", action="store_true", help="Only say who can sign in, and how.")

    def handle(self, *args, reset: bool, print_sign_ins: bool, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo ward is never loaded, nor anything reset, in production mode.")
        if print_sign_ins:
            self._print_sign_ins()
            return
        if reset:
            self._say("Forgetting everything in the database")
            call_command("flush", interactive=False, verbosity=0)
        if User.objects.exists():
            self._say("The data of the last run is kept; `make demo-reset` starts over, dated to now.")
            return
        with transaction.atomic():
            demo_ward.load(timezone.now(), tell=self._say)

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _print_sign_ins(self) -> None:
        self._say(f"Sign in with the password {demo_ward.PASSWORD} as")
        for person in demo_ward.STAFF:
            site = demo_ward.SITES[person.site]["name"]
            self._say(f"  {person.email:26} {person.role.label.lower():15} {site} ({person.name})")
