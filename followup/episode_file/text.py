"""The text of a file as plain values, without what JSON leaves open: no key twice, no NaN, no number beyond reason."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from followup.episode_file.place import BadEpisode, NamedTwice, Unreadable

_DIGITS = 30


def load(text: str) -> object:
    """Raises BadEpisode with one line. What is readable but not possible is left for the kinds to refuse in its place."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=Unreadable,
        )
    except json.JSONDecodeError as error:
        raise BadEpisode(f"line {error.lineno}, column {error.colno}: not JSON ({error.msg}).") from None
    except RecursionError:
        raise BadEpisode("the file: nested too deeply; allowed is what docs/episode_format.md shows.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that names a key twice remembers it, since only the kinds can say where in the file it stands."""
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            return NamedTwice(pairs, key)
        values[key] = value
    return values


def _number(digits: str) -> int | Decimal | Unreadable:
    if len(digits) > _DIGITS:
        return Unreadable(digits)
    try:
        return int(digits)
    except ValueError:
        pass
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Unreadable(digits)
