"""The figures B1 to B10 (clinical-spec 6.4): which cases belong to each, and what each case adds to it.

Definitions in words, and the published numbers beside them, stand in `followup/selectors/cohort_words.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from followup.cohort.episode import CANCER, Episode, Vertebra, like_with_like
from followup.cohort.intervals import Wait
from followup.instruments import ODI_SMALLEST_CHANGE_THAT_MATTERS, SELF_CARE_KPS

# The report's own, whatever a site set for its alarms: else a change of an alarm would move an outcome.
RELIEF = Decimal(2)
RESTORED_PERCENT = Decimal(89)
ACUTE_BELOW_WEEKS = 10
CARE_GAP_FROM_DAY = 42


class Without(Enum):
    """A case without a value: the figure is not about it, or its value is missing."""

    OUTSIDE = "outside"
    MISSING = "missing"


OUTSIDE, MISSING = Without.OUTSIDE, Without.MISSING


class Shape(Enum):
    SHARE = "share"  # of bools, in percent
    MEANS = "means"  # of tuples: one mean for each place
    MEDIAN_WAIT = "median wait"


class Split(Enum):
    AGE = "age"
    CAUSE = "cause"
    KIND = "kind"


Value = Without | bool | tuple[Decimal, ...] | Wait


@dataclass(frozen=True)
class Figure:
    """One table of the report. `within`: the figure whose cases hold all of this one's, so that the rest must not be small."""

    code: str
    shape: Shape
    splits: tuple[Split, ...]
    of_episode: Callable[[Episode], Value] | None = None
    of_vertebra: Callable[[Vertebra], Value] | None = None
    within: str = ""


def _pain_pair(before_after: tuple[Decimal, Decimal] | None) -> Value:
    return MISSING if before_after is None else before_after


def _pain_at_a_day(episode: Episode) -> Value:
    return _pain_pair(like_with_like(episode.pain_before, episode.pain_at_a_day))


def _pain_at_a_year(episode: Episode) -> Value:
    return _pain_pair(like_with_like(episode.pain_before, episode.pain_at_a_year))


def _wait_for_relief(episode: Episode) -> Value:
    worst = episode.pain_before.worst if episode.pain_before else None
    if worst is not None and worst < RELIEF:
        return OUTSIDE
    return MISSING if worst is None or episode.relief is None else episode.relief


def _relief_at_two_weeks(episode: Episode) -> Value:
    pair = like_with_like(episode.pain_before, episode.pain_at_two_weeks)
    return MISSING if pair is None else pair[0] - pair[1] >= RELIEF


def _odi(episode: Episode) -> Value:
    before, later = episode.odi_before, episode.odi_at_a_year
    return MISSING if before is None or later is None else (Decimal(before), Decimal(later))


def _odi_improved(episode: Episode) -> Value:
    before, later = episode.odi_before, episode.odi_at_a_year
    return MISSING if before is None or later is None else before - later >= ODI_SMALLEST_CHANGE_THAT_MATTERS


def _self_care(episode: Episode) -> Value:
    if episode.group.cause != CANCER:
        return OUTSIDE
    return MISSING if episode.kps_at_a_month is None else episode.kps_at_a_month >= SELF_CARE_KPS


def _self_care_regained(episode: Episode) -> Value:
    if episode.kps_before is not None and episode.kps_before >= SELF_CARE_KPS:
        return OUTSIDE
    value = _self_care(episode)
    return MISSING if value is not OUTSIDE and episode.kps_before is None else value


def _heights(vertebra: Vertebra) -> Value:
    before, after = vertebra.height_before, vertebra.height_after
    return MISSING if before is None or after is None else (before, after)


def _restored(vertebra: Vertebra) -> Value:
    return MISSING if vertebra.height_after is None else vertebra.height_after >= RESTORED_PERCENT


def _later_loss(vertebra: Vertebra) -> Value:
    after, later = vertebra.ratio_after, vertebra.ratio_later
    return MISSING if after is None or later is None else (after - later,)


def _leaked(case: Episode | Vertebra) -> Value:
    return MISSING if case.leaked is None else case.leaked


def _leak_with_symptoms(episode: Episode) -> Value:
    if not episode.leaked:
        # Where nobody said whether it leaked, B9 counts it as missing; here are the known leaks only.
        return OUTSIDE
    return MISSING if episode.leak_confirmed is None else episode.leak_confirmed


def _stopped_analgesia(episode: Episode) -> Value:
    if episode.analgesia_before is False:
        return OUTSIDE
    used = episode.analgesia_on_second_day
    return MISSING if episode.analgesia_before is None or used is None else not used


_ALL = (Split.AGE, Split.CAUSE, Split.KIND)
_OF_CANCER = (Split.AGE, Split.KIND)
FIGURES = (
    Figure("B1_DAY", Shape.MEANS, _ALL, of_episode=_pain_at_a_day),
    Figure("B1_YEAR", Shape.MEANS, _ALL, of_episode=_pain_at_a_year),
    Figure("B2", Shape.MEDIAN_WAIT, _ALL, of_episode=_wait_for_relief),
    Figure("B3", Shape.SHARE, _ALL, of_episode=_relief_at_two_weeks),
    Figure("B4_MEAN", Shape.MEANS, _ALL, of_episode=_odi),
    Figure("B4_IMPROVED", Shape.SHARE, _ALL, of_episode=_odi_improved),
    Figure("B5_ANY", Shape.SHARE, _OF_CANCER, of_episode=_self_care),
    Figure("B5_BELOW_70", Shape.SHARE, _OF_CANCER, of_episode=_self_care_regained, within="B5_ANY"),
    Figure("B6", Shape.MEANS, _ALL, of_vertebra=_heights),
    Figure("B7", Shape.SHARE, _ALL, of_vertebra=_restored),
    Figure("B8", Shape.MEANS, _ALL, of_vertebra=_later_loss),
    Figure("B9_LEVELS", Shape.SHARE, _ALL, of_vertebra=_leaked),
    Figure("B9_EPISODES", Shape.SHARE, _ALL, of_episode=_leaked),
    Figure("B9_SYMPTOMS", Shape.SHARE, _ALL, of_episode=_leak_with_symptoms),
    Figure("B10", Shape.SHARE, _ALL, of_episode=_stopped_analgesia),
)
