"""Outcome instruments (clinical-spec 6.1-6.3): Oswestry score, Karnofsky and ECOG, mobility, Timed Up and Go. Pure.

The Oswestry Disability Index is licensed, so this project holds none of its wording: only section numbers and scores.
A blank is never scored as 0, and neither performance scale is filled in from the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from followup.red_flags.neurology import CATALOGUE, NT
from followup.red_flags.ruleset import Ruleset
from procedures.three_valued import MET, UNKNOWN, Truth, truth

ODI_SECTIONS = 10
ODI_HIGHEST = 5
# Points on the 0-100 score; the source gives one figure for the smallest change that matters and that can be detected [F27].
ODI_SMALLEST_CHANGE_THAT_MATTERS = 10
# Somebody with this Karnofsky score or a higher one cares for himself [SEED].
SELF_CARE_KPS = 70


class BadScore(ValueError):
    """A value that the instrument does not have."""


# --- Oswestry Disability Index 2.1a --------------------------------------------------------------------------------


class OdiBand(Enum):
    """In neutral words: two of the instrument's own are not shown to anybody."""

    MINIMAL = "minimal disability"
    MODERATE = "moderate disability"
    SEVERE = "severe disability"
    VERY_SEVERE = "very severe disability"
    BED_BOUND_OR_EXTREME = "bed-bound or extreme"

    @property
    def label(self) -> str:
        return self.value


# The highest whole percentage of each band [F26/F27].
_ODI_BANDS = (
    (20, OdiBand.MINIMAL), (40, OdiBand.MODERATE), (60, OdiBand.SEVERE), (80, OdiBand.VERY_SEVERE),
    (100, OdiBand.BED_BOUND_OR_EXTREME),
)  # fmt: skip


@dataclass(frozen=True)
class OdiScore:
    """`percent` and `band` are None where too few sections were answered."""

    answered: int
    points: int
    percent: int | None
    band: OdiBand | None


def score_odi(sections: Sequence[int | None], ruleset: Ruleset) -> OdiScore:
    """Score ten sections of 0 to 5, each None where it was not answered; an open section shrinks the denominator.

    Half a percent rounds up. Raises BadScore for another number of sections or an impossible value. [F27, F28]
    """
    if len(sections) != ODI_SECTIONS:
        raise BadScore(f"The ODI has {ODI_SECTIONS} sections.")
    points = [section for section in sections if section is not None]
    if any(not 0 <= section <= ODI_HIGHEST for section in points):
        raise BadScore(f"A section of the ODI is scored from 0 to {ODI_HIGHEST}.")
    answered, total = len(points), sum(points)
    if answered < max(1, ruleset.odi_minimum_answered):
        return OdiScore(answered, total, None, None)
    # 100 x total / (5 x answered), and one half more before the fraction is cut off.
    percent = (200 * total + ODI_HIGHEST * answered) // (2 * ODI_HIGHEST * answered)
    return OdiScore(answered, total, percent, odi_band(percent))


def odi_band(percent: int) -> OdiBand:
    """Of the rounded score. Raises BadScore outside 0 to 100."""
    if not 0 <= percent <= 100:
        raise BadScore("An ODI score lies between 0 and 100 %.")
    return next(band for highest, band in _ODI_BANDS if percent <= highest)


def odi_changed(before: int | None, now: int | None) -> int | None:
    """Points by which the score changed, if by so much that it matters: below 0 is better. 0: not so much; None: not known."""
    if before is None or now is None:
        return None
    change = now - before
    return change if abs(change) >= ODI_SMALLEST_CHANGE_THAT_MATTERS else 0


# --- performance status --------------------------------------------------------------------------------------------

# Karnofsky score: meaning, paraphrased, and the ECOG grade that is conventionally shown beside it [OK].
_KPS = {
    100: ("no complaints", 0),
    90: ("minor symptoms, normal activity", 0),
    80: ("normal activity with effort", 1),
    70: ("cares for self, cannot work or do normal activity", 1),
    60: ("needs occasional help", 2),
    50: ("needs considerable help and frequent care", 2),
    40: ("disabled, needs special care", 3),
    30: ("severely disabled", 3),
    20: ("very sick, needs active support", 4),
    10: ("moribund", 4),
    0: ("dead", 5),
}
KPS_SCORES = tuple(_KPS)
ECOG_GRADES = (0, 1, 2, 3, 4, 5)


def kps_words(kps: int) -> str:
    """Raises BadScore for what is no multiple of 10 from 0 to 100."""
    return _kps(kps)[0]


def ecog_shown_beside(kps: int) -> int:
    """The ECOG grade to show beside a Karnofsky score. For display, one way: it is never stored as an answer."""
    return _kps(kps)[1]


def cares_for_self(kps: int | None) -> Truth:
    return UNKNOWN if kps is None else truth(kps >= SELF_CARE_KPS)


def _kps(kps: int) -> tuple[str, int]:
    if kps not in _KPS:
        raise BadScore("A Karnofsky score is a multiple of 10 from 0 to 100.")
    return _KPS[kps]


# --- mobility ------------------------------------------------------------------------------------------------------

# The same scale and words as the gait item of the neurological examination (3.3).
MOBILITY = {int(grade): words for grade, words in CATALOGUE["gait"].choices if grade != NT}


def fall_risk(seconds: Decimal | None, unable: bool | None, ruleset: Ruleset) -> Truth:
    """Whether Timed Up and Go (3 m) prompts for the risk of falls. Somebody who cannot do it is at risk too."""
    if unable:
        return MET
    return UNKNOWN if seconds is None else truth(seconds >= ruleset.timed_up_and_go_fall_risk_seconds)


# --- when they are asked (5.3) -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contact:
    """A follow-up contact at which at least one of these instruments is asked."""

    code: str
    words: str
    instruments: tuple[str, ...]


CONTACTS = (
    Contact("BASELINE", "Before the procedure", ("ODI", "KPS", "mobility")),
    Contact("FU3", "Day 7", ("mobility",)),
    Contact("FU4", "2 weeks", ("mobility",)),
    Contact("FU5", "6 weeks", ("ODI", "KPS or ECOG", "mobility")),
    Contact("FU6", "3 months", ("ODI",)),
    Contact("FU7", "6 months", ("ODI",)),
    Contact("FU8", "12 months", ("ODI", "KPS")),
)
