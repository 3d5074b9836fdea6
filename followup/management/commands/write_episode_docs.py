"""Write what docs/episode_format.md shows and refers to from the code: the JSON Schema, and the answer to the example."""

import json
import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from followup.episode_file import answer, load, parse_episode, schema
from followup.red_flags.assess import assess
from followup.red_flags.ruleset import DEFAULT_RULESET

DOCS = Path(settings.BASE_DIR) / "docs"
PAGE = DOCS / "episode_format.md"
SCHEMA = DOCS / "episode.schema.json"
EXAMPLE_ANSWER = DOCS / "examples" / "weak_leg.answer.json"
EXAMPLE = DOCS / "examples" / "weak_leg.json"
# What stands between these lines of the page is an excerpt, and made here.
_EXCERPT = re.compile(r"(<!-- excerpt -->\n```json\n).*?(\n```\n<!-- end -->)", re.DOTALL)


def written_pages() -> dict[Path, str]:
    """Each file that is made from the code, with what it should hold."""
    history = parse_episode(load(EXAMPLE.read_text(encoding="utf-8")))
    said = answer(history, assess(history, DEFAULT_RULESET), DEFAULT_RULESET)
    excerpt = _as_text(said["timeline"][-1]["raised"][0]).strip()
    page = _EXCERPT.sub(lambda match: match[1] + excerpt + match[2], PAGE.read_text(encoding="utf-8"))
    return {SCHEMA: _as_text(schema()), EXAMPLE_ANSWER: _as_text(said), PAGE: page}


def _as_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


class Command(BaseCommand):
    help = "Write the JSON Schema of an episode file and the answer to the example from the code."

    def handle(self, *args, **options) -> None:
        for path, text in written_pages().items():
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote docs/{path.relative_to(DOCS)}.")
