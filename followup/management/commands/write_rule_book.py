"""Write docs/clinical_rules.md from the rule table."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from followup.red_flags.rule_book import rule_book
from followup.red_flags.ruleset import DEFAULT_RULESET


class Command(BaseCommand):
    help = "Write docs/clinical_rules.md from the rule table."

    def handle(self, *args, **options) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "clinical_rules.md"
        page.write_text(rule_book(DEFAULT_RULESET))
        self.stdout.write(f"Wrote docs/{page.name}.")
