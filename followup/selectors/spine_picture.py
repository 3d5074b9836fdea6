"""The spine from T1 to L5 as the chart draws it, seen from the left side, and the same in words. Pure; the template draws.

Coordinates are units of the drawing's own viewBox. What is not known is not drawn, and the words say that it is not known.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from followup.models import Observation
from followup.selectors.labels import PAIN_SITES
from followup.selectors.selection import FractureShown
from kyphotrack.language import mid_sentence
from procedures.models import Fracture, TreatedLevel
from procedures.vertebrae import LEVELS, above, below, ordinal

_WIDTH = 330
_TOP, _EACH, _BODY = 10, 28, 22
_FRONT_X = 84
_UPPER_WIDTH, _LOWER_WIDTH = 52, 78  # of T1 and of L5
_LABEL_X, _PAIN_X, _WORDS_X = 58, 16, 204
# A collapse is drawn as deep as it was measured, but so that something of the vertebra is left to see.
_DEEPEST = 0.75

Morphology, Site = Fracture.Morphology, TreatedLevel.LeakageSite
# The letter of each place of leakage, and where it stands around the body: shares of its width and height.
_LEAKS: Mapping[str, tuple[str, float, float]] = {
    Site.EPIDURAL: ("E", 1.12, 0.5),
    Site.FORAMINAL: ("F", 1.12, 1.05),
    Site.DISC_ABOVE: ("A", 0.5, -0.13),
    Site.DISC_BELOW: ("B", 0.5, 1.13),
    Site.SOFT_TISSUE: ("S", -0.05, 0.3),
    Site.VEIN: ("V", 0.08, 0.95),
    Site.NEEDLE_TRACK: ("N", 1.35, 0.5),
    Site.PULMONARY: ("P", 0.85, 0.0),
}


@dataclass(frozen=True)
class LeakMark:
    """`letter` stands in the picture, `words` in its legend."""

    x: float
    y: float
    letter: str
    words: str
    symptomatic: bool


@dataclass(frozen=True)
class Body:
    """One vertebral body. `outline` and `crack` are points of a line; `crack` is empty where it is not broken."""

    level: str
    x: float
    y: float
    width: float
    middle_y: float
    outline: str
    crack: str
    treated: bool
    cement_words: str
    leaks: tuple[LeakMark, ...]
    hurts: bool
    words: str

    @property
    def middle_x(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class PainPlaces:
    """Where it hurts by the newest observation that says something of pain. `words` holds every place, drawn or not."""

    levels: frozenset[str]
    words: str
    asked_at: datetime | None


@dataclass(frozen=True)
class SpinePicture:
    width: float
    height: float
    label_x: float
    pain_x: float
    words_x: float
    bodies: tuple[Body, ...]
    sacrum: str
    sacrum_y: float
    sacrum_hurts: bool
    pain: PainPlaces
    leak_letters: tuple[LeakMark, ...]

    @property
    def described(self) -> tuple[Body, ...]:
        """The levels of which there is something to say."""
        return tuple(body for body in self.bodies if body.words)

    @property
    def any_broken(self) -> bool:
        return any(body.crack for body in self.bodies)


def spine_picture(
    *, fractures: Sequence[FractureShown], treated: Sequence[TreatedLevel], current: Sequence[Observation]
) -> SpinePicture:
    """`current`: the observations that count, the newest last."""
    by_level = {level.level: level for level in treated}
    broken = {one.fracture.level: one for one in fractures}
    pain = pain_places(current, by_level)
    bodies = tuple(_body(level, broken.get(level), by_level.get(level), level in pain.levels) for level in LEVELS)
    sacrum_y = _TOP + _EACH * len(LEVELS)
    back = _FRONT_X + _LOWER_WIDTH
    leaks = {mark.letter: mark for body in bodies for mark in body.leaks}
    return SpinePicture(
        width=_WIDTH,
        height=sacrum_y + _EACH + 6,
        label_x=_LABEL_X,
        pain_x=_PAIN_X,
        words_x=_WORDS_X,
        bodies=bodies,
        sacrum=f"{_FRONT_X},{sacrum_y} {back},{sacrum_y} {back + 8},{sacrum_y + _EACH} {_FRONT_X + 34},{sacrum_y + _EACH}",
        sacrum_y=sacrum_y + _BODY / 2,
        sacrum_hurts="S1" in pain.levels,
        pain=pain,
        leak_letters=tuple(leaks[letter] for letter in sorted(leaks)),
    )


def pain_places(current: Sequence[Observation], treated: Collection[str]) -> PainPlaces:
    """Each site as the levels that it can mean: "level above" is the untreated neighbour of any treated level."""
    for row in reversed(current):
        scores = [score for score in (row.pain_at_rest, row.pain_on_movement) if score is not None]
        if not row.pain_sites and not scores:
            continue  # nobody asked
        if row.pain_sites:
            words = ", ".join(PAIN_SITES.get(site, site) for site in row.pain_sites)
        else:
            words = "place not asked" if max(scores) else "no pain"
        return PainPlaces(frozenset(_levels_of(row.pain_sites, treated)), words, row.effective_at)
    return PainPlaces(frozenset(), "not asked since the procedure", None)


def _levels_of(sites: Iterable[str], treated: Collection[str]) -> Iterator[str]:
    for site in sites:
        if site == "TREATED_LEVEL":
            yield from treated
        elif site == "ADJACENT_ABOVE":
            yield from (one for level in treated if (one := above(level)) and one not in treated)
        elif site == "ADJACENT_BELOW":
            yield from (one for level in treated if (one := below(level)) not in treated)


def _body(level: str, broken: FractureShown | None, treated: TreatedLevel | None, hurts: bool) -> Body:
    y = _TOP + _EACH * ordinal(level)
    width = round(_UPPER_WIDTH + (_LOWER_WIDTH - _UPPER_WIDTH) * ordinal(level) / (len(LEVELS) - 1), 1)
    said = [
        *([_fracture_words(broken)] if broken else []),
        *(_treated_words(treated) if treated else []),
        *(["it hurts here now"] if hurts else []),
    ]
    return Body(
        level=level,
        x=_FRONT_X,
        y=y,
        width=width,
        middle_y=y + _BODY / 2,
        outline=_outline(y, width, broken),
        crack=_crack(y, width) if broken else "",
        treated=treated is not None,
        cement_words=_cement_words(treated) if treated else "",
        leaks=tuple(_leak_marks(treated, y, width)) if treated else (),
        hurts=hurts,
        words="; ".join(said),
    )


def _outline(y: float, width: float, broken: FractureShown | None) -> str:
    """Front on the left. A wedge has lost height in front, a biconcave body in its middle, a crushed one everywhere."""
    loss = min(float(broken.height_loss_percent or 0) / 100, _DEEPEST) * _BODY if broken else 0
    morphology = broken.fracture.morphology if broken else ""
    front, middle, back = {
        Morphology.WEDGE: (loss, loss / 2, 0),
        Morphology.BICONCAVE: (0, loss, 0),
        Morphology.CRUSH: (loss, loss, loss),
    }.get(morphology, (0, 0, 0))
    left, centre, right = _FRONT_X, _FRONT_X + width / 2, _FRONT_X + width
    points = [(left, y + front), (centre, y + middle), (right, y + back), (right, y + _BODY), (left, y + _BODY)]
    return " ".join(f"{round(x, 1)},{round(at, 1)}" for x, at in points)


def _crack(y: float, width: float) -> str:
    steps = 6
    return " ".join(
        f"{round(_FRONT_X + width * step / steps, 1)},{round(y + _BODY * (0.5 if step % 2 else 0.78), 1)}"
        for step in range(steps + 1)
    )


def _leak_marks(treated: TreatedLevel, y: float, width: float) -> Iterator[LeakMark]:
    words = dict(Site.choices)
    for place in treated.leakage_sites:
        if place in _LEAKS:
            letter, along, down = _LEAKS[place]
            yield LeakMark(
                x=round(_FRONT_X + along * width, 1),
                y=round(y + down * _BODY, 1),
                letter=letter,
                words=words[place],
                symptomatic=treated.leakage == TreatedLevel.Leakage.SYMPTOMATIC,
            )


def _fracture_words(broken: FractureShown) -> str:
    known = [mid_sentence(broken.fracture.get_morphology_display())] if broken.fracture.morphology else []
    if broken.height_loss_percent is None:
        known.append("height loss not known")
    else:
        measured = "measured" if broken.measured else "estimated"
        known.append(f"height loss {broken.height_loss_percent} % {measured}")
        known.append(f"Genant {broken.genant} {broken.genant_words}")
    return f"fracture ({', '.join(known)})"


def _cement_words(treated: TreatedLevel) -> str:
    """Short enough to stand in the picture."""
    return f"{_volume(treated.cement_volume_millilitres)}, {mid_sentence(treated.get_approach_display())}"


def _volume(millilitres: Decimal | None) -> str:
    return "volume ?" if millilitres is None else f"{millilitres} mL"


def _treated_words(treated: TreatedLevel) -> Iterator[str]:
    volume = treated.cement_volume_millilitres
    cement = "volume not entered" if volume is None else f"{volume} mL"
    yield f"treated {mid_sentence(treated.get_approach_display())}, cement {cement}"
    places = dict(Site.choices)
    where = mid_sentence(", ".join(str(places.get(place, place)) for place in treated.leakage_sites))
    leak = mid_sentence(treated.get_leakage_display()) if treated.leakage else "not assessed"
    yield f"leakage: {leak}{f' ({where})' if where else ''}"
