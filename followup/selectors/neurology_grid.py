"""The neurological examination as a grid: before the procedure, the best since, the newest, and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from followup.models import Observation
from followup.red_flags.neurology import (
    CATALOGUE,
    DERMATOMES,
    NT,
    ROOTS,
    SIDES,
    newest_answers,
    reference_value,
    say,
    steps_worse,
)

_SKIN_AND_POWER = (
    ("Power", "motor", ROOTS),
    ("Feeling", "sensory", DERMATOMES),
)
_LONG_TRACTS = (
    ("plantar reflex", "babinski"),
    ("clonus", "clonus"),
    ("sensory level on the trunk", "trunk_sensory_level"),
)
_WHOLE = (
    "saddle_sensation", "anal_tone", "voiding", "urinary_incontinence", "post_void_residual_ml", "bowel", "gait", "tone",
    "radicular_leg_pain", "asia_impairment_scale",
)  # fmt: skip


class Change(Enum):
    """Of the newest answer; the sign and the word that the page shows. CHANGED: the answers have no order."""

    WORSE = ("▲", "worse")
    BELOW_BEST = ("△", "worse than its best since")
    BETTER = ("▽", "better")
    SAME = ("=", "same")
    CHANGED = ("◆", "changed")
    NOT_CHECKED = ("○", "not checked")

    @property
    def sign(self) -> str:
        return self.value[0]

    @property
    def words(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Item:
    """One item on one side. `assumed`: it was not examined before, so a healthy person's answer stands for it."""

    before: str
    assumed: bool
    best: str
    newest: str
    tested_at: datetime | None
    change: Change


@dataclass(frozen=True)
class ItemRow:
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Grid:
    """`sides`: the names of the sides, right before left; empty where the items have none."""

    heading: str
    sides: tuple[str, ...]
    rows: tuple[ItemRow, ...]


def neurology_grids(current: Sequence[Observation], baseline: Mapping[str, object]) -> tuple[Grid, ...]:
    """`current`: the observations that count, the newest last."""
    newest = newest_answers((row.effective_at, row.neurology) for row in current)
    exams = [row.neurology for row in current]

    def item(name: str) -> Item:
        return _item(name, baseline, exams, newest.get(name))

    sides = tuple(SIDES.values())
    return (
        *(
            Grid(
                heading,
                sides,
                tuple(
                    ItemRow(_root_label(kind, root), tuple(item(f"{kind}_{root}_{side}") for side in SIDES))
                    for root in roots
                ),
            )
            for heading, kind, roots in _SKIN_AND_POWER
        ),
        Grid(
            "Long tracts and trunk",
            sides,
            tuple(ItemRow(label, tuple(item(f"{sign}_{side}") for side in SIDES)) for label, sign in _LONG_TRACTS),
        ),
        Grid(
            "Saddle, bladder, bowel, walking",
            (),
            tuple(ItemRow(CATALOGUE[name].label, (item(name),)) for name in _WHOLE),
        ),
    )


def _root_label(kind: str, root: str) -> str:
    """Such as "L4 ankle dorsiflexion"."""
    label, _side, _root = CATALOGUE[f"{kind}_{root}_R"].label.rpartition(", right")
    return f"{root.replace('_', '/')} {label}"


def _item(
    name: str,
    baseline: Mapping[str, object],
    exams: Sequence[Mapping[str, object]],
    newest: tuple[object, datetime] | None,
) -> Item:
    field = CATALOGUE[name]
    before = reference_value(name, baseline)
    answer, tested_at = newest or (None, None)
    # An answer that is not in the order of its field has no rank, and the best of them means nothing.
    given = [exam[name] for exam in exams if exam.get(name) in field.best_to_worst]
    best = min(given, key=lambda one: field.best_to_worst.index(str(one)), default=None)
    return Item(
        before="not examined" if before in (None, NT) else say(name, before),
        assumed=before is not None and baseline.get(name) != before,
        best="" if best is None else say(name, best),
        newest="" if answer is None else say(name, answer),
        tested_at=tested_at,
        change=_change(name, answer, before, best),
    )


def _change(name: str, answer: object, before: object, best: object) -> Change:
    if answer is None:
        return Change.NOT_CHECKED
    if not CATALOGUE[name].best_to_worst:
        if before is None:
            return Change.NOT_CHECKED
        return Change.SAME if answer == before else Change.CHANGED
    steps = steps_worse(name, answer, before)
    if steps is None:
        return Change.NOT_CHECKED
    if steps > 0:
        return Change.WORSE
    if (steps_worse(name, answer, best) or 0) > 0:
        return Change.BELOW_BEST
    return Change.BETTER if steps < 0 else Change.SAME
