"""The open items and blank charts of a site as one file to print, for when the network is about to be gone."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from followup.services.paper_file import write_paper_list
from kyphotrack.staff.models import Site


class Command(BaseCommand):
    help = (
        "Write the open flags, due sets and a blank chart for every watched patient of --site to the file --to. "
        "It holds identifiers. What is written on the paper is typed in later as late entries."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True, help="the site's name as it stands in Kyphotrack")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE.html")

    def handle(self, *args, site: str, to: Path, **options) -> None:
        try:
            chosen = Site.objects.get(name=site)
        except Site.DoesNotExist:
            names = ", ".join(Site.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"No site is called so. There are: {names or 'none'}.") from None
        try:
            write_paper_list(site=chosen, path=to, now=timezone.now())
        except OSError as error:
            raise CommandError(f"The file cannot be written ({error.strerror}).") from None
        self.stdout.write("Written. Print it, and keep the file like a chart: it holds names.")
