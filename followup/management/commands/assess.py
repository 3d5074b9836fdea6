"""Assess an episode from a file, for people who want to check the rules against cases of their own."""

import json
from dataclasses import replace
from decimal import Decimal

from django.core.management.base import BaseCommand, CommandParser

from followup.episode_file import BadEpisode, answer, load, parse_episode
from followup.episode_file.kinds import Group, Kind, Number, Whole
from followup.episode_file.place import Place
from followup.management.given_file import UnusableFile, read_given, refuse, write_utf8
from followup.red_flags.assess import assess
from followup.red_flags.ruleset import DEFAULT_RULESET, THRESHOLDS, Ruleset

_HIGHEST = 10_000


class Command(BaseCommand):
    help = (
        "Assess the episode in FILE (- reads standard input); its format is docs/episode_format.md. Prints JSON: what is "
        "raised when, with evidence, scan and due times, and what stays undecided. Bad input: exit 2. Stores nothing."
    )
    # Nothing of the site is needed, and no database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument(
            "--ruleset", metavar="FILE", help='thresholds that differ from the default, such as {"pain_severe": 6}'
        )

    def handle(self, *args, file: str, ruleset: str | None = None, **options) -> None:
        try:
            thresholds = _ruleset(load(read_given(ruleset))) if ruleset else DEFAULT_RULESET
            history = parse_episode(load(read_given(file)))
        except (UnusableFile, BadEpisode) as problem:
            refuse(self, problem)
        said = answer(history, assess(history, thresholds), thresholds)
        write_utf8(self.stdout, json.dumps(said, ensure_ascii=False, indent=2))


def _ruleset(document: object) -> Ruleset:
    """The default rules with these thresholds in their place."""
    kinds: dict[str, Kind] = {
        one.name: Number(Decimal(0), Decimal(_HIGHEST)) if isinstance(one.default, Decimal) else Whole(0, _HIGHEST)
        for one in THRESHOLDS
    }
    changed = Group(kinds).read(document, Place("ruleset"))
    return replace(DEFAULT_RULESET, **changed)
