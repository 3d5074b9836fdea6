"""Where in an episode file something stands, and the one line that refuses it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

LONGEST_SHOWN = 60


class BadEpisode(ValueError):
    """A file that cannot be read as an episode. Its text is one line: which field of what, and what is allowed."""


class Unreadable(str):
    """What stood in the file where a number should, such as NaN. No kind takes it."""

    __slots__ = ()


class NamedTwice(dict[str, object]):
    """An object of the file that names one key twice, so that nobody can tell which value was meant."""

    def __init__(self, pairs: Iterable[tuple[str, object]], key: str):
        super().__init__(pairs)
        self.key = key


@dataclass(frozen=True)
class Place:
    """Where in the file: the row, if it is in one, and the path of keys below."""

    row: str = ""
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join(part for part in (self.row, ".".join(self.path)) if part) or "the file"

    def below(self, key: str) -> "Place":
        return Place(self.row, (*self.path, key))

    def refuse(self, value: object, allowed: str) -> BadEpisode:
        return BadEpisode(f"{self}: {shown(value)} is not possible; allowed is {allowed}.")


def shown(value: object) -> str:
    """A value of the file in at most 60 characters of one line."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, float | Decimal | Unreadable):
        words = str(value)
    elif isinstance(value, str):
        head = value[: LONGEST_SHOWN + 1]
        words = json.dumps(head, ensure_ascii=not head.isprintable())
    else:
        words = json.dumps(value, default=str)
    return words if len(words) <= LONGEST_SHOWN else f"{words[:LONGEST_SHOWN]}…"
