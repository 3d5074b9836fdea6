"""The treated vertebrae of a cohort: leak, age of the fracture, heights before and after, and the later loss."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from followup.cohort.benchmarks import ACUTE_BELOW_WEEKS
from followup.cohort.episode import Group, Vertebra
from followup.models import HeightMeasurement
from followup.models.height_measurement import HEIGHTS
from followup.selectors.cohort.counting import counting
from procedures.fracture_measures import Heights, compression_ratio, fracture_age, restored_heights
from procedures.models import Fracture, Procedure, TreatedLevel

_SOON = timedelta(days=7)
# From the first day of FU6 to the last of FU8.
_LATER = (timedelta(days=75), timedelta(days=395))
_NEVER = Heights()


@dataclass
class _Rows:
    """Of one episode."""

    treated: list[tuple[str, bool | None]] = field(default_factory=list)
    fractures: dict[str, tuple[date | None, str, Heights]] = field(default_factory=dict)
    images: dict[str, list[tuple[date, Heights]]] = field(default_factory=lambda: defaultdict(list))


class TreatedVertebrae:
    """Read once for a whole cohort, in three statements; then asked episode by episode."""

    def __init__(self, scope: QuerySet[Procedure]):
        self._rows: dict[int, _Rows] = defaultdict(_Rows)
        treated = TreatedLevel.objects.filter(procedure__in=scope).order_by("procedure_id", "pk")
        for episode, level, leakage in treated.values_list("procedure_id", "level", "leakage"):
            self._rows[episode].treated.append((level, _LEAKED.get(leakage)))
        fractures = counting(Fracture.objects.filter(procedure__in=scope))
        for episode, level, day, precision, *heights in fractures.values_list(
            "procedure_id", "level", "fractured_on", "date_precision", *HEIGHTS
        ):
            self._rows[episode].fractures[level] = (day, precision, Heights(*heights))
        images = counting(HeightMeasurement._default_manager.filter(procedure__in=scope))
        for episode, level, day, *heights in images.order_by("imaged_on", "pk").values_list(
            "procedure_id", "level", "imaged_on", *HEIGHTS
        ):
            self._rows[episode].images[level].append((day, Heights(*heights)))

    def acute(self, episode: int, *, on: date) -> list[bool | None]:
        """Of each treated vertebra, whether its fracture was acute on the day of the procedure."""
        rows = self._rows[episode]
        return [_is_acute(rows.fractures.get(level), on) for level, _leaked in rows.treated]

    def of(self, episode: int, groups: Sequence[Group], *, on: date) -> Iterator[Vertebra]:
        """`groups`: of each treated vertebra, in the order of `acute`."""
        rows = self._rows[episode]
        for (level, leaked), group in zip(rows.treated, groups, strict=True):
            before = rows.fractures[level][2] if level in rows.fractures else None
            images = rows.images.get(level, [])
            height_before, height_after = _heights(before, images, level, rows.fractures, on)
            yield Vertebra(
                group=group,
                leaked=leaked,
                height_before=height_before,
                height_after=height_after,
                ratio_after=_first([compression_ratio(heights) for day, heights in images if _is_soon(day, on)]),
                ratio_later=_first([compression_ratio(heights) for day, heights in reversed(images) if _is_later(day, on)]),
            )  # fmt: skip


_Leakage = TreatedLevel.Leakage
# Nobody has said yet: not in the table, so that it is not known.
_LEAKED = {_Leakage.NONE: False, _Leakage.ASYMPTOMATIC: True, _Leakage.SYMPTOMATIC: True}


def _is_acute(fracture: tuple[date | None, str, Heights] | None, on: date) -> bool | None:
    """By whole weeks. Not known without a date, and where only the month is known and its days disagree."""
    age = fracture_age(fracture[0], fracture[1], on=on) if fracture else None
    if age is None:
        return None
    acute = {days // 7 < ACUTE_BELOW_WEEKS for days in (age.least, age.most)}
    return acute.pop() if len(acute) == 1 else None


def _heights(
    before: Heights | None,
    images: Sequence[tuple[date, Heights]],
    level: str,
    broken: dict[str, tuple[date | None, str, Heights]],
    on: date,
) -> tuple[Decimal | None, Decimal | None]:
    """The first image within a week that compares with the one before; else the first that has a height at all."""
    soon = [heights for day, heights in images if _is_soon(day, on)] or [_NEVER]
    pairs = [restored_heights(before, heights, level=level, broken=broken) for heights in soon]
    whole = [pair for pair in pairs if None not in pair]
    with_after = [pair for pair in pairs if pair[1] is not None]
    return (whole or with_after or pairs)[0]


def _is_soon(day: date, on: date) -> bool:
    return timedelta(0) <= day - on <= _SOON


def _is_later(day: date, on: date) -> bool:
    return _LATER[0] <= day - on <= _LATER[1]


def _first(values: Sequence[Decimal | None]) -> Decimal | None:
    return next((value for value in values if value is not None), None)
