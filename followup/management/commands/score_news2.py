"""Score the rows of a CSV file by NEWS2, for people who want to check it against cases of their own."""

import csv
import io
import re
from decimal import Decimal

from django.core.management.base import BaseCommand, CommandParser

from followup.episode_file.kinds import Number, Whole
from followup.episode_file.place import BadEpisode, Place
from followup.management.given_file import UnusableFile, read_given, refuse, write_utf8
from followup.red_flags.history import Vitals
from followup.red_flags.news2 import HARD_LIMITS, score

_WHOLE = {
    "respiration_rate": "respiration_rate", "spo2": "spo2_percent", "systolic": "systolic_mmhg", "pulse": "pulse_per_minute",
}  # fmt: skip
COLUMNS = (
    "respiration_rate", "spo2", "spo2_scale", "supplemental_oxygen", "systolic", "pulse", "consciousness", "temperature",
)  # fmt: skip
ADDED = ("total", "complete", "lower_bound", "single_three", "band")


class BadRow(ValueError):
    """One line that says which column of which row is wrong, and what is allowed."""


class Command(BaseCommand):
    help = (
        f"Score FILE (- reads standard input) with the columns {', '.join(COLUMNS)}; scale 1 or 2 (blank: 1), oxygen true "
        "or false, consciousness one of A C V P U, °C; blanks are unknown. Writes the same rows with "
        f"{', '.join(ADDED)} added. Bad input: exit 2."
    )
    # Nothing of the site is needed, and no database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args, file: str, **options) -> None:
        try:
            header, rows = _scored(read_given(file))
        except (UnusableFile, BadRow, csv.Error) as problem:
            refuse(self, problem)
        answer = io.StringIO()
        writer = csv.DictWriter(answer, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_utf8(self.stdout, answer.getvalue())


def _scored(text: str) -> tuple[list[str], list[dict]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    header = list(reader.fieldnames or ())
    for name in COLUMNS:
        if header.count(name) != 1:
            raise BadRow(
                f"The file has the column {name} {header.count(name)} times; needed once are {', '.join(COLUMNS)}."
            )
    for name in ADDED:
        if name in header:
            raise BadRow(f"The file has the column {name}, which this command adds; give it another name.")
    return [*header, *ADDED], [_scored_row(number, row) for number, row in enumerate(reader, start=1)]


def _scored_row(number: int, row: dict) -> dict:
    if None in row:
        raise BadRow(f"Row {number}: {len(row[None])} cells too many; allowed is one for each column.")
    cells = {name: (row[name] or "").strip() for name in COLUMNS}
    news2 = score(
        Vitals(
            **{field: _whole(number, column, cells[column], field) for column, field in _WHOLE.items()},
            supplemental_oxygen=_choice(
                number, "supplemental_oxygen", cells, {"": None, "true": True, "false": False}, "true or false"
            ),
            consciousness=_choice(
                number, "consciousness", cells, {"": None} | {one: one for one in "ACVPU"}, "A C V P U"
            ),
            temperature_celsius=_temperature(number, cells["temperature"]),
        ),
        _choice(number, "spo2_scale", cells, {"": 1, "1": 1, "2": 2}, "1 or 2"),
    )
    return row | {
        "total": "" if news2.total is None else news2.total,
        "complete": str(news2.complete).lower(),
        "lower_bound": news2.lower_bound,
        "single_three": str(news2.single_three).lower(),
        "band": (news2.band or "").lower().replace("_", "-"),
    }


def _number(number: int, column: str, value: str, kind: Whole | Number):
    """A cell as the episode file's kinds read it: the same limits, hints and words in both doors."""
    if not value:
        return None
    plainly = re.fullmatch(r"-?[0-9]{1,9}([.][0-9]{1,9})?", value)
    typed = value if not plainly else Decimal(value) if "." in value else int(value)
    try:
        return kind.read(typed, Place(f"Row {number}, column {column}"))
    except BadEpisode as problem:
        raise BadRow(str(problem)) from None


def _whole(number: int, column: str, value: str, field: str) -> int | None:
    low, high = HARD_LIMITS[field]
    return _number(number, column, value, Whole(int(low), int(high)))


def _temperature(number: int, value: str) -> Decimal | None:
    return _number(number, "temperature", value, Number(*HARD_LIMITS["temperature_celsius"], "°C"))


def _choice(number: int, column: str, cells: dict, choices: dict, allowed: str):
    value = cells[column]
    if value not in choices:
        raise BadRow(str(Place(f"Row {number}, column {column}").refuse(value, f"{allowed}, or blank")))
    return choices[value]
