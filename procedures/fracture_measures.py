"""What is worked out from the measures of one broken vertebra: its height and its loss, its grade, its age. Pure."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from procedures.vertebrae import LEVELS, above, below

_ONE_DECIMAL = Decimal("0.1")
DAY, MONTH, UNKNOWN_DATE = "DAY", "MONTH", "UNKNOWN"


@dataclass(frozen=True)
class Heights:
    """Heights in mm on one image: of the broken vertebra at three places, and of the vertebrae next to it."""

    anterior: Decimal | None = None
    mid: Decimal | None = None
    posterior: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None


def measured_height_loss_percent(heights: Heights, *, level: str, broken: Collection[str] = ()) -> Decimal | None:
    """100 × (1 − lowest of the three heights / mean of the normal neighbours), to one decimal (clinical-spec 7.2).

    None unless it is complete: all three heights, and each neighbour that can be normal. A neighbour in `broken` is not
    normal, and T1 and L5 have only one neighbour that compares. A vertebra higher than its neighbours has lost nothing.
    """
    own = (heights.anterior, heights.mid, heights.posterior)
    known_own = [height for height in own if height is not None]
    expected = _expected_height(heights, level, broken)
    if len(known_own) < len(own) or expected is None:
        return None
    loss = 100 * (1 - min(known_own) / expected)
    return max(loss, Decimal(0)).quantize(_ONE_DECIMAL, rounding=ROUND_HALF_UP)


def _expected_height(heights: Heights, level: str, broken: Collection[str]) -> Decimal | None:
    """The mean of the normal neighbours, where each that can be normal was measured."""
    beside = ((above(level), heights.above), (below(level), heights.below))
    normal = [height for neighbour, height in beside if neighbour in LEVELS and neighbour not in broken]
    known = [height for height in normal if height is not None]
    if len(known) < len(normal) or not normal:
        return None
    expected = sum(known, Decimal(0)) / len(known)
    return expected if expected > 0 else None


def restored_heights(
    before: Heights | None, after: Heights | None, *, level: str, broken: Collection[str]
) -> tuple[Decimal | None, Decimal | None]:
    """Height in percent of normal before and after (clinical-spec 6.4, B6): at the anterior edge, or else in the middle.

    Both at the same place where both can be worked out at one; else each for itself.
    """
    pairs = [
        (_percent_of_normal(before, place, level, broken), _percent_of_normal(after, place, level, broken))
        for place in ("anterior", "mid")
    ]
    for pair in pairs:
        if None not in pair:
            return pair
    known_before, known_after = ([one for one in side if one is not None] for side in zip(*pairs, strict=True))
    # Never a pair: a height at the edge beside one in the middle would compare two places.
    if known_after:
        return None, known_after[0]
    return (known_before[0] if known_before else None), None


def _percent_of_normal(heights: Heights | None, place: str, level: str, broken: Collection[str]) -> Decimal | None:
    own: Decimal | None = getattr(heights, place) if heights else None
    expected = _expected_height(heights, level, broken) if heights else None
    return None if own is None or expected is None else 100 * own / expected


def compression_ratio(heights: Heights) -> Decimal | None:
    """100 × anterior / posterior height of the same vertebra (clinical-spec 6.4, B8)."""
    if heights.anterior is None or heights.posterior is None:
        return None
    return 100 * heights.anterior / heights.posterior


def genant_grade(height_loss_percent: Decimal) -> int:
    """Grade 0 (below 20 %), 1 mild (to 25), 2 moderate (to 40), 3 severe (clinical-spec 7.2)."""
    if height_loss_percent < 20:
        return 0
    if height_loss_percent <= 25:
        return 1
    return 2 if height_loss_percent <= 40 else 3


@dataclass(frozen=True)
class FractureAge:
    """Days from the fracture to a given day: `least` and `most` differ where only the month is known."""

    least: int
    most: int


def fracture_age(fractured_on: date | None, precision: str, *, on: date) -> FractureAge | None:
    """None where the date is not known. A date without a word on its precision was typed as a day."""
    if fractured_on is None or precision == UNKNOWN_DATE:
        return None
    if precision != MONTH:
        return FractureAge((on - fractured_on).days, (on - fractured_on).days)
    first = fractured_on.replace(day=1)
    last = fractured_on.replace(day=monthrange(fractured_on.year, fractured_on.month)[1])
    return FractureAge(max((on - last).days, 0), (on - first).days)
