"""Shares, means and median times, each with its 95 % interval; the mathematics is SciPy's.

SciPy takes a second to load and only the cohort report needs it, so it is imported where it is used.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean

CONFIDENCE = 0.95
# A survival of 0.5 may come out of the multiplication a hair above it.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Estimate:
    """`None`: a median, or an end of its interval, that was not reached while patients were watched."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Wait:
    """Days until it happened; or, where it did not, until nobody looked any more (censored)."""

    days: float
    happened: bool


def share(part: int, whole: int) -> Estimate:
    """A proportion in percent, with Wilson's score interval. `whole` is at least 1."""
    from scipy.stats import binomtest

    ends = binomtest(part, whole).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(100 * part / whole, 100 * float(ends.low), 100 * float(ends.high))


def mean(values: Sequence[float]) -> Estimate:
    """With Student's t interval. At least two values; where all are the same the interval has no width."""
    from scipy.stats import sem, t

    middle, error = fmean(values), float(sem(values))
    if error == 0:
        return Estimate(middle, middle, middle)
    low, high = t.interval(CONFIDENCE, len(values) - 1, loc=middle, scale=error)
    return Estimate(middle, float(low), float(high))


def median_wait(waits: Sequence[Wait]) -> Estimate:
    """Kaplan-Meier: the first day on which half or fewer still wait, with the interval of Brookmeyer and Crowley.

    Its ends are where the log-log band of the curve (Greenwood's variance) passes one half.
    """
    from scipy.stats import CensoredData, ecdf

    if not any(wait.happened for wait in waits):
        return Estimate(None, None, None)
    sample = CensoredData(
        uncensored=[wait.days for wait in waits if wait.happened],
        right=[wait.days for wait in waits if not wait.happened],
    )
    curve = ecdf(sample).sf
    with warnings.catch_warnings():
        # It warns of the ends without a band, which are filled below.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(CONFIDENCE, method="log-log")
    days = [float(day) for day in curve.quantiles]
    return Estimate(
        _first_at_half(days, curve.probabilities),
        _first_at_half(days, _filled(band.low.probabilities, curve.probabilities)),
        _first_at_half(days, _filled(band.high.probabilities, curve.probabilities)),
    )


def _first_at_half(days: Sequence[float], waiting: Sequence[float]) -> float | None:
    return next((day for day, part in zip(days, waiting, strict=True) if part <= 0.5 + _ROUNDING), None)


def _filled(bound: Sequence[float], curve: Sequence[float]) -> list[float]:
    """Where everybody waits, or nobody any more, the band has no width and SciPy no number."""
    return [float(middle) if isnan(end) else float(end) for end, middle in zip(bound, curve, strict=True)]
