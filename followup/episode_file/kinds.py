"""The kinds of value that an episode file may hold. Each says what is allowed, reads a value, and writes its JSON Schema.

One table of these (`layout`) is thus the parser, the schema and the words of every refusal at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Protocol

from followup.episode_file.place import LONGEST_SHOWN, BadEpisode, NamedTwice, Place, shown
from followup.red_flags.news2 import celsius_from_fahrenheit

# One line of text: no control character, line separator or half of a surrogate pair, and not blank alone.
_ONE_LINE = r"(?=.*[^ ])[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]+"
_DAY = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"
_MOMENT = _DAY + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"


class Kind(Protocol):
    """What every kind can do. `allowed` ends the sentence "allowed is …"."""

    @property
    def allowed(self) -> str: ...

    def read(self, value: Any, place: Place) -> Any:
        """The value as the rules take it. Raises BadEpisode."""

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema, without the null of an optional field."""


def _with_unit(words: str, unit: str) -> str:
    return f"{words} {unit}" if unit else words


@dataclass(frozen=True)
class Whole:
    low: int
    high: int
    unit: str = ""

    @property
    def allowed(self) -> str:
        return _with_unit(f"a whole number from {self.low} to {self.high}", self.unit)

    def read(self, value: Any, place: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise place.refuse(value, self.allowed)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Number:
    low: Decimal
    high: Decimal
    unit: str = ""
    decimals: int = 1

    @property
    def allowed(self) -> str:
        places = f"at most {self.decimals} decimal{'s' if self.decimals > 1 else ''}"
        return f"{_with_unit(f'a number from {self.low} to {self.high}', self.unit)} with {places}"

    def read(self, value: Any, place: Place) -> Decimal:
        number = _number(value)
        if number is None or not self.low <= number <= self.high or number != round(number, self.decimals):
            raise place.refuse(value, self.allowed + self._hint(number))
        return round(number, self.decimals) + 0  # never -0

    def _hint(self, number: Decimal | None) -> str:
        """A body temperature in °F is told apart, since its range lies wholly above that in °C. Never converted."""
        if self.unit != "°C" or number is None or not abs(number) < 1000:
            return ""
        celsius = celsius_from_fahrenheit(number)
        return f" (it looks like °F: then write {celsius})" if self.low <= celsius <= self.high < number else ""

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": _plain(self.low), "maximum": _plain(self.high)}


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def _plain(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


@dataclass(frozen=True)
class YesNo:
    allowed = "true or false"

    def read(self, value: Any, place: Place) -> bool:
        if not isinstance(value, bool):
            raise place.refuse(value, self.allowed)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Text:
    longest: int

    @property
    def allowed(self) -> str:
        return f"one line of 1 to {self.longest} characters"

    def read(self, value: Any, place: Place) -> str:
        if type(value) is not str or len(value) > self.longest or not re.fullmatch(_ONE_LINE, value):
            raise place.refuse(value, self.allowed)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest, "pattern": f"^{_ONE_LINE}$"}


@dataclass(frozen=True)
class Moment:
    allowed = "a time with its zone, such as 2026-03-10T09:00:00+00:00, between 2000 and 2099"

    def read(self, value: Any, place: Place) -> datetime:
        try:
            if type(value) is str and re.fullmatch(_MOMENT, value):
                return datetime.fromisoformat(value)
        except ValueError:  # no such day or hour
            pass
        raise place.refuse(value, self.allowed)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_MOMENT}$"}


@dataclass(frozen=True)
class Day:
    allowed = "a date, such as 2026-03-10, between 2000 and 2099"

    def read(self, value: Any, place: Place) -> date:
        try:
            if type(value) is str and re.fullmatch(_DAY, value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise place.refuse(value, self.allowed)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_DAY}$"}


@dataclass(frozen=True)
class OneOf:
    codes: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(f'"{code}"' for code in self.codes)

    def read(self, value: Any, place: Place) -> str:
        if type(value) is not str or value not in self.codes:
            raise place.refuse(value, self.allowed)
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.codes)}


@dataclass(frozen=True)
class ManyOf:
    codes: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "a list, each code once, of " + ", ".join(f'"{code}"' for code in self.codes)

    def read(self, value: Any, place: Place) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise place.refuse(value, self.allowed)
        seen: list[str] = []
        for one in value:
            if type(one) is not str or one not in self.codes or one in seen:
                raise place.refuse(one, self.allowed)
            seen.append(one)
        return tuple(seen)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(self.codes)}, "uniqueItems": True}


@dataclass(frozen=True)
class Group:
    """An object with these fields and no others. A field that is not required may be absent or null: not known."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    allowed = "an object"
    notes: Mapping[str, str] = field(default_factory=dict)  # for the schema: what its ranges cannot say

    def read(self, value: Any, place: Place) -> dict[str, Any]:
        """The known fields alone."""
        if not isinstance(value, dict):
            raise place.refuse(value, self.allowed)
        self._refuse_keys(value, place)
        return {
            name: kind.read(value[name], place.below(name))
            for name, kind in self.fields.items()
            if name in self.required or value.get(name) is not None
        }

    def _refuse_keys(self, value: dict[str, Any], place: Place) -> None:
        if isinstance(value, NamedTwice):
            raise BadEpisode(f"{place.below(shown(value.key))}: stands there twice; allowed is once.")
        for key in value:
            if key not in self.fields:
                raise BadEpisode(f"{place.below(shown(key))}: no such field; allowed is {self._nearest(str(key))}.")
        for name in self.required:
            if name not in value:
                raise BadEpisode(f"{place.below(name)}: missing; allowed is {self.fields[name].allowed}.")

    def _nearest(self, key: str) -> str:
        """The allowed key that the unknown one is most like, and the others where they are few."""
        names = list(self.fields)
        nearest = get_close_matches(key[:LONGEST_SHOWN].lower(), names, n=1, cutoff=0)[0]
        others = f" (all: {', '.join(names)})" if len(names) <= 12 else ""
        return f"{nearest}{others}"

    def schema(self) -> dict[str, Any]:
        properties = {}
        for name, kind in self.fields.items():
            shape = kind.schema() if name in self.required else _or_null(kind.schema())
            # A list of codes speaks for itself; units, decimals and the form of a time do not.
            spoken = isinstance(kind, Whole | Number | Moment | Day)
            words = self.notes.get(name) or (kind.allowed if spoken else None)
            properties[name] = shape | ({"description": words} if words else {})
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.required),
            "additionalProperties": False,
        }


def _or_null(shape: dict[str, Any]) -> dict[str, Any]:
    if "enum" in shape:
        return shape | {"enum": [*shape["enum"], None]}
    if isinstance(shape.get("type"), str):
        return shape | {"type": [shape["type"], "null"]}
    return {"anyOf": [shape, {"type": "null"}]}


@dataclass(frozen=True)
class By:
    """A group whose fields depend on one of them: `special` where the field `on` has this value, else `usual`."""

    on: str
    value: str
    special: Group
    usual: Group
    allowed = "an object"

    def read(self, value: Any, place: Place) -> dict[str, Any]:
        special = isinstance(value, dict) and value.get(self.on) == self.value
        return (self.special if special else self.usual).read(value, place)

    def schema(self) -> dict[str, Any]:
        return {
            "if": {"properties": {self.on: {"const": self.value}}, "required": [self.on], "type": "object"},
            "then": self.special.schema(),
            "else": self.usual.schema(),
        }


@dataclass(frozen=True)
class Shared:
    """A kind that stands in several places; its schema is written once, under this name."""

    name: str
    of: Kind

    @property
    def allowed(self) -> str:
        return self.of.allowed

    def read(self, value: Any, place: Place) -> Any:
        return self.of.read(value, place)

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.name}"}


@dataclass(frozen=True)
class Rows:
    """A list of objects. In a refusal each is named by its noun, its place from 1 on, and its id if it has one."""

    noun: str
    of: Group
    most: int

    @property
    def allowed(self) -> str:
        return f"a list of at most {self.most} objects"

    def read(self, value: Any, place: Place) -> tuple[dict[str, Any], ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise place.refuse(value, self.allowed)
        return tuple(self.of.read(one, self.place_of(number, one)) for number, one in enumerate(value, start=1))

    def place_of(self, number: int, row: object) -> Place:
        row_id = row.get("id") if isinstance(row, dict) else None
        named = f" (id {shown(row_id)})" if row_id is not None else ""
        return Place(f"{self.noun} {number}{named}")

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "maxItems": self.most, "items": self.of.schema()}
