"""What the cohort report knows of an episode and of its treated vertebrae. Whatever is None was not measured or not asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from followup.cohort.intervals import Wait

KYPHOPLASTY = "BALLOON_KYPHOPLASTY"
ACUTE, CHRONIC, MIXED, UNKNOWN = "ACUTE", "CHRONIC", "MIXED", "UNKNOWN"
OSTEOPOROTIC, CANCER, OTHER = "OSTEOPOROTIC", "CANCER", "OTHER"


@dataclass(frozen=True, slots=True)
class Pain:
    """0 to 10. What an observer rated (PAINAD) is no such score and does not come here (clinical-spec 2.1)."""

    at_rest: Decimal | None
    on_movement: Decimal | None

    @property
    def worst(self) -> Decimal | None:
        return max((score for score in (self.at_rest, self.on_movement) if score is not None), default=None)


def like_with_like(before: Pain | None, after: Pain | None) -> tuple[Decimal, Decimal] | None:
    """Both scores on movement where both were asked, else both at rest; None where neither can be compared."""
    if before is None or after is None:
        return None
    for pair in ((before.on_movement, after.on_movement), (before.at_rest, after.at_rest)):
        if pair[0] is not None and pair[1] is not None:
            return pair[0], pair[1]
    return None


@dataclass(frozen=True, slots=True)
class Group:
    """Whose case it is, and what the report splits by. A vertebra has the age of its own fracture."""

    patient: int
    kind: str
    cause: str
    age: str


@dataclass(frozen=True, slots=True)
class Vertebra:
    """A treated one. Heights in percent of normal; `ratio`: 100 × anterior / posterior height of the vertebra itself."""

    group: Group
    leaked: bool | None
    height_before: Decimal | None = None
    height_after: Decimal | None = None
    ratio_after: Decimal | None = None
    ratio_later: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """`relief`: days from T0 to the first score with relief. `leak_confirmed`: a flag that a leak can cause was confirmed."""

    group: Group
    pain_before: Pain | None = None
    pain_at_a_day: Pain | None = None
    pain_at_two_weeks: Pain | None = None
    pain_at_a_year: Pain | None = None
    relief: Wait | None = None
    odi_before: int | None = None
    odi_at_a_year: int | None = None
    kps_before: int | None = None
    kps_at_a_month: int | None = None
    analgesia_before: bool | None = None
    analgesia_on_second_day: bool | None = None
    vertebrae: tuple[Vertebra, ...] = ()
    leak_confirmed: bool | None = None

    @property
    def leaked(self) -> bool | None:
        """At any level; not known while a level's answer could still be yes."""
        answers = [vertebra.leaked for vertebra in self.vertebrae]
        if any(answers):
            return True
        return False if answers and None not in answers else None


def cause_of(aetiology: str) -> str:
    return aetiology if aetiology in (OSTEOPOROTIC, CANCER) else OTHER


def age_of(acute: Iterable[bool | None]) -> str:
    """Of an episode, from its treated fractures: one answer where all agree."""
    answers = set(acute)
    if not answers or None in answers:
        return UNKNOWN
    if len(answers) == 2:
        return MIXED
    return ACUTE if True in answers else CHRONIC
