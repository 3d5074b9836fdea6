"""Score the rows of a CSV file by NEWS2, for people who want to check it against cases of their own."""

import csv
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

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
        f"Score FILE (- reads standard input) with the columns {', '.join(COLUMNS)}; scale 1 or 2, oxygen true or false, "
        "consciousness one of A C V P U, °C; blanks are unknown. Writes the same rows with "
        f"{', '.join(ADDED)} added. Bad input: exit 2."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args, file: str, **options) -> None:
        try:
            rows = self._scored(file)
        except (BadRow, OSError, UnicodeDecodeError) as problem:
            self.stderr.write(str(problem))
            sys.exit(2)
        header = list(rows[0]) if rows else [*COLUMNS, *ADDED]
        writer = csv.DictWriter(self.stdout, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

    def _scored(self, file: str) -> list[dict]:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        reader = csv.DictReader(text.splitlines())
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise BadRow(f"The file lacks the column {missing[0]}; needed are {', '.join(COLUMNS)}.")
        return [_scored_row(number, row) for number, row in enumerate(reader, start=1)]


def _scored_row(number: int, row: dict) -> dict:
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


def _refuse(number: int, column: str, value: str, allowed: str) -> BadRow:
    return BadRow(f"Row {number}, column {column}: {value!r} is not possible; allowed is {allowed}, or blank.")


def _whole(number: int, column: str, value: str, field: str) -> int | None:
    low, high = HARD_LIMITS[field]
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or not low <= int(value) <= high:
        raise _refuse(number, column, value, f"a whole number from {low} to {high}")
    return int(value)


def _temperature(number: int, value: str) -> Decimal | None:
    low, high = HARD_LIMITS["temperature_celsius"]
    allowed = f"{low} to {high} °C with at most one decimal"
    if not value:
        return None
    try:
        celsius = Decimal(value)
    except InvalidOperation:
        raise _refuse(number, "temperature", value, allowed) from None
    if not celsius.is_finite() or not low <= celsius <= high or celsius != round(celsius, 1):
        raise _refuse(number, "temperature", value, allowed)
    return celsius


def _choice(number: int, column: str, cells: dict, choices: dict, allowed: str):
    value = cells[column]
    if value not in choices:
        raise _refuse(number, column, value, allowed)
    return choices[value]
