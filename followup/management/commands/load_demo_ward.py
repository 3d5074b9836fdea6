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
            raise CommandError("The demo ward is never loaded in production mode.")
        if print_sign_ins:
            self._print_sign_ins()
            return
        if reset:
            call_command("flush", interactive=False, verbosity=0)
        if User.objects.exists():
            self.stdout.write("The data of the last run is kept; `make demo-reset` starts over, dated to now.")
            return
        with transaction.atomic():
            patients = demo_ward.load(timezone.now())
        self.stdout.write(f"Loaded {patients} patients at {len(demo_ward.SITES)} sites.")

    def _print_sign_ins(self) -> None:
        self.stdout.write(f"Sign in with the password {demo_ward.PASSWORD} as")
        for key, role, address, name, _duty in demo_ward.STAFF:
            self.stdout.write(f"  {address:26} {role.label.lower():15} {demo_ward.SITES[key]['name']} ({name})")
