"""The neurological examination: every field with its answers (clinical-spec 3.1-3.4), and the comparison with baseline.

An exam is a mapping of field name to answer. An absent field was not examined; NT means it could not be tested.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

ROOTS = ("L2", "L3", "L4", "L5", "S1")
DERMATOMES = ("L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4_5")
SIDES = {"R": "right", "L": "left"}
NT = "NT"
RESIDUAL_LIMITS_MILLILITRES = (0, 2000)

_MOVEMENTS = {
    "L2": "hip flexion",
    "L3": "knee extension",
    "L4": "ankle dorsiflexion",
    "L5": "great-toe extension",
    "S1": "ankle plantarflexion",
}
_SKIN = {
    "L2": "mid-anterior thigh",
    "L3": "inner knee",
    "L4": "inner ankle",
    "L5": "back of the foot",
    "S1": "lateral heel",
    "S2": "hollow of the knee",
    "S3": "gluteal fold",
    "S4_5": "perianal",
}
_POWER = (
    ("5", "5 normal"), ("4", "4 against some resistance"), ("3", "3 against gravity"), ("2", "2 gravity eliminated"),
    ("1", "1 flicker"), ("0", "0 none"), (NT, "not testable"),
)  # fmt: skip
_FEELING = (("NORMAL", "normal"), ("ALTERED", "altered"), ("ABSENT", "absent"), (NT, "not testable"))
_SAID = (("YES", "yes"), ("NO", "no"), ("NOT_SURE", "not sure"))
_TRUNK = (("NONE", "none"), *((level, level) for level in [*(f"T{n}" for n in range(2, 13)), "L1"]))


@dataclass(frozen=True)
class Field:
    """One item of the exam. `kind`: choice, boolean, motor_fields, millilitres or time.

    `best_to_worst` orders the answers where one can be worse than another; its first is what a healthy person has.
    """

    name: str
    label: str
    kind: str = "choice"
    choices: tuple[tuple[str, str], ...] = ()
    best_to_worst: tuple[str, ...] = ()


def _motor(root: str, side: str) -> Field:
    label = f"{_MOVEMENTS[root]}, {SIDES[side]} ({root})"
    return Field(f"motor_{root}_{side}", label, choices=_POWER, best_to_worst=("5", "4", "3", "2", "1", "0"))


def _sensory(dermatome: str, side: str) -> Field:
    label = f"{_SKIN[dermatome]}, {SIDES[side]} ({dermatome.replace('_', '/')})"
    return Field(f"sensory_{dermatome}_{side}", label, choices=_FEELING, best_to_worst=("NORMAL", "ALTERED", "ABSENT"))


MOTOR_FIELDS = tuple(f"motor_{root}_{side}" for root in ROOTS for side in SIDES)
SENSORY_FIELDS = tuple(f"sensory_{dermatome}_{side}" for dermatome in DERMATOMES for side in SIDES)
TRUNK_FIELDS = tuple(f"trunk_sensory_level_{side}" for side in SIDES)
LONG_TRACT_FIELDS = tuple(f"{sign}_{side}" for sign in ("babinski", "clonus") for side in SIDES)

_FIELDS = (
    *(_motor(root, side) for root in ROOTS for side in SIDES),
    Field("pain_limited", "power limited by pain", kind="motor_fields"),
    Field("residual_anaesthetic", "local or regional anaesthetic may still act", kind="boolean"),
    *(_sensory(dermatome, side) for dermatome in DERMATOMES for side in SIDES),
    *(
        Field(f"trunk_sensory_level_{side}", f"sensory level on the trunk, {SIDES[side]}", choices=_TRUNK)
        for side in SIDES
    ),
    Field(
        "saddle_sensation", "saddle sensation (S3–S5)", choices=_FEELING, best_to_worst=("NORMAL", "ALTERED", "ABSENT")
    ),
    Field(
        "anal_tone",
        "anal tone",
        choices=(("NORMAL", "normal"), ("REDUCED", "reduced"), ("ABSENT", "absent"), (NT, "not done")),
        best_to_worst=("NORMAL", "REDUCED", "ABSENT"),
    ),
    Field(
        "voiding",
        "passing urine",
        choices=(
            ("NORMAL", "normal"), ("HESITANCY", "hesitancy or poor stream"), ("NO_SENSATION", "no feeling of passing urine"),
            ("UNABLE", "unable to pass urine"), ("CATHETERISED", "catheter"),
            # In a patient's own words, by phone: no examiner told hesitancy from a loss of feeling (section 9, Q7).
            ("NEW_TROUBLE", "newly hard, leaking or not felt, or the patient is not sure"),
        ),
    ),
    Field("last_void_at", "last passed urine at", kind="time"),
    Field(
        "urinary_incontinence",
        "urinary incontinence",
        choices=(("NONE", "none"), ("PRE_EXISTING", "as before the procedure"), ("NEW_OR_WORSE", "new or worse")),
        best_to_worst=("NONE", "PRE_EXISTING", "NEW_OR_WORSE"),
    ),
    Field("post_void_residual_ml", "urine left after voiding, mL", kind="millilitres"),
    Field(
        "bowel",
        "bowel",
        choices=(
            ("NORMAL", "normal"), ("CONSTIPATION", "constipation"), ("NEW_INCONTINENCE", "new faecal incontinence"),
            ("LOSS_OF_RECTAL_FULLNESS", "no feeling of a full rectum"),
        ),
    ),
    Field(
        "gait",
        "walking",
        choices=(
            ("0", "walks unaided"), ("1", "with an aid"), ("2", "with supervision"), ("3", "with one person"),
            ("4", "with two, or transfers only"), ("5", "cannot walk"), (NT, "not tested (bed rest)"),
        ),
        best_to_worst=("0", "1", "2", "3", "4", "5"),
    ),
    *(
        Field(
            f"babinski_{side}",
            f"plantar reflex, {SIDES[side]}",
            choices=(("DOWN", "down"), ("UP", "up"), (NT, "not testable")),
            best_to_worst=("DOWN", "UP"),
        )
        for side in SIDES
    ),
    *(
        Field(
            f"clonus_{side}",
            f"clonus, {SIDES[side]}",
            choices=(("NONE", "none"), ("PRESENT", "present"), (NT, "not testable")),
            best_to_worst=("NONE", "PRESENT"),
        )
        for side in SIDES
    ),
    Field("tone", "muscle tone", choices=(("NORMAL", "normal"), ("SPASTIC", "spastic"), ("FLACCID", "flaccid"))),
    Field(
        "radicular_leg_pain",
        "leg pain along a nerve",
        choices=(("NONE", "none"), ("UNILATERAL", "one leg"), ("BILATERAL", "both legs")),
        best_to_worst=("NONE", "UNILATERAL", "BILATERAL"),
    ),
    Field(
        "asia_impairment_scale",
        "ASIA impairment scale",
        choices=tuple((letter, letter) for letter in "ABCDE"),
        best_to_worst=("E", "D", "C", "B", "A"),
    ),
    Field("numbness", "numb legs or saddle", kind="boolean"),
    Field("voided", "passed urine since the last check", kind="boolean"),
    Field("leg_pain", "leg pain", kind="boolean"),
    # What the patient says where nobody examines, as by phone (section 9, Q4 and Q5).
    Field("said_legs_weaker", "the patient says: legs weaker than before the procedure", choices=_SAID),
    Field("said_legs_numb", "the patient says: new numbness or tingling in legs or feet", choices=_SAID),
)  # fmt: skip

CATALOGUE: Mapping[str, Field] = {field.name: field for field in _FIELDS}
# How bad an answer is, from 0 as healthy; an answer that has no rank is not testable.
_RANK: Mapping[str, Mapping[object, int]] = {
    field.name: {answer: number for number, answer in enumerate(field.best_to_worst)} for field in _FIELDS
}
QUICK_FIELDS = ("motor_L4_R", "motor_L4_L", "motor_S1_R", "motor_S1_L", "numbness", "voided", "leg_pain")
SAID_FIELDS = ("said_legs_weaker", "said_legs_numb")
# A patient who is not sure is taken at the worse word (section 9).
SAID_WORSE = ("YES", "NOT_SURE")
FULL_FIELDS = tuple(name for name in CATALOGUE if name not in ("numbness", "voided", "leg_pain", *SAID_FIELDS))


class BadNeurology(ValueError):
    """A field that does not exist, or an answer that it does not allow."""

    def __init__(self, field: str, allowed: str):
        super().__init__(f"{field}: allowed is {allowed}.")
        self.field, self.allowed = field, allowed


def parse_neurology(exam: Mapping[str, object]) -> dict[str, object]:
    """The exam without its blank answers. Raises BadNeurology, which names the field and what it allows."""
    return {name: _parse(name, value) for name, value in exam.items() if value not in (None, "", [])}


def _parse(name: str, value: object) -> object:
    field = CATALOGUE.get(name)
    if field is None:
        raise BadNeurology(name, "one of " + ", ".join(CATALOGUE))
    if field.kind == "boolean":
        if not isinstance(value, bool):
            raise BadNeurology(name, "true or false")
        return value
    if field.kind == "motor_fields":
        if not isinstance(value, list | tuple) or not set(value) <= set(MOTOR_FIELDS):
            raise BadNeurology(name, "a list of motor fields such as motor_L4_R")
        return sorted(value)
    if field.kind == "millilitres":
        low, high = RESIDUAL_LIMITS_MILLILITRES
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadNeurology(name, f"a whole number from {low} to {high}")
        return value
    if field.kind == "time":
        return _parse_time(name, value)
    allowed = [code for code, _words in field.choices]
    if value not in allowed:
        raise BadNeurology(name, "one of " + ", ".join(allowed))
    return value


def _parse_time(name: str, value: object) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadNeurology(name, "a time with its zone, such as 2026-03-10T09:00:00+00:00") from None
    if moment.tzinfo is None:
        raise BadNeurology(name, "a time with its zone, such as 2026-03-10T09:00:00+00:00")
    return moment.isoformat()


def steps_worse(name: str, current: object, reference: object) -> int | None:
    """How many steps worse than the reference; negative if better; None where either is blank or not testable."""
    rank = _RANK[name]
    now, before = rank.get(current), rank.get(reference)
    return None if now is None or before is None else now - before


def reference_value(name: str, baseline: Mapping[str, object]) -> object:
    """The baseline's answer; where it is blank or not testable, what a healthy person has (3.5, fail-safe)."""
    value, order = baseline.get(name), CATALOGUE[name].best_to_worst
    return value if not order or value in _RANK[name] else order[0]


def reference_exam(baseline: Mapping[str, object]) -> dict[str, object]:
    """What each graded item is compared with."""
    return {name: reference_value(name, baseline) for name, field in CATALOGUE.items() if field.best_to_worst}


def say(name: str, value: object) -> str:
    """An answer as people say it; a power grade is said as its number."""
    return str(value) if name in MOTOR_FIELDS else dict(CATALOGUE[name].choices).get(str(value), str(value))


def lower_extremity_motor_score(exam: Mapping[str, object]) -> int | None:
    """LEMS: the ten grades of both legs added up, 50 at most; None if any is blank or not testable (3.1)."""
    grades = [exam.get(name) for name in MOTOR_FIELDS]
    if any(grade in (None, NT) for grade in grades):
        return None
    return sum(int(str(grade)) for grade in grades)


def shows_deficit(exam: Mapping[str, object]) -> bool:
    """Whether any power, feeling, tone or reflex is less than a healthy person's. Walking with an aid, and what bladder
    and bowel do, have other causes too.
    """
    graded = (
        *MOTOR_FIELDS,
        *SENSORY_FIELDS,
        "saddle_sensation",
        "anal_tone",
        *LONG_TRACT_FIELDS,
        "asia_impairment_scale",
    )
    return (
        any((steps_worse(name, exam.get(name), CATALOGUE[name].best_to_worst[0]) or 0) > 0 for name in graded)
        or exam.get("tone") in ("SPASTIC", "FLACCID")
        or any(exam.get(name) not in (None, "NONE") for name in TRUNK_FIELDS)
        or exam.get("numbness") is True
    )


@dataclass(frozen=True)
class Comparison:
    """SAME, WORSE or NOT_CHECKED against the baseline, with the items that are worse in words."""

    state: str
    worse: tuple[str, ...] = ()


def newest_answers(
    exams_oldest_first: Iterable[tuple[datetime, Mapping[str, object]]],
) -> dict[str, tuple[object, datetime]]:
    """The newest answer to each item and when it was given, so that a quick check cannot hide what a full exam found.

    "Not testable" is no answer here: the last real one stands.
    """
    newest: dict[str, tuple[object, datetime]] = {}
    for examined_at, exam in exams_oldest_first:
        newest |= {name: (answer, examined_at) for name, answer in exam.items() if answer != NT}
    return newest


def compare_with_baseline(exam: Mapping[str, object], baseline: Mapping[str, object]) -> Comparison:
    """For the board and the chart. One comparable item that is worse makes it WORSE; none comparable, NOT_CHECKED."""
    checked = False
    worse = []
    for name, field in CATALOGUE.items():
        if not field.best_to_worst:
            continue
        steps = steps_worse(name, exam.get(name), reference_value(name, baseline))
        if steps is None:
            continue
        checked = True
        if steps > 0:
            worse.append(f"{field.label}: {say(name, reference_value(name, baseline))} → {say(name, exam[name])}")
    if exam.get("numbness"):
        worse.append("numb legs or saddle")
    for name in SAID_FIELDS:
        if exam.get(name) in SAID_WORSE:
            worse.append(f"{CATALOGUE[name].label}: {say(name, exam[name])}")
    state = "WORSE" if worse else "SAME" if checked else "NOT_CHECKED"
    return Comparison(state, tuple(worse))
