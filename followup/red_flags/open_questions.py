"""What one observation could not rule out, in a few lines: what was not asked, and which rules stay open for want of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from followup.red_flags.findings import Severity
from followup.red_flags.neurology import LONG_TRACT_FIELDS, MOTOR_FIELDS, SENSORY_FIELDS, TRUNK_FIELDS
from followup.red_flags.rules import RULES_BY_CODE

# The parts of the bedside form with the names that a rule may miss: columns of an observation, items of the exam, and
# the shorter names that older observations were stored with.
_PARTS: dict[str, tuple[str, ...]] = {
    "Vital signs": (
        "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg", "diastolic_mmhg", "pulse_per_minute",
        "consciousness", "temperature_celsius",
    ),
    "Pain": (
        "pain_at_rest", "pain_on_movement", "new_pain_site", "new_site", "sudden_onset", "pain_sites", "sites",
        "pain_characters", "characters", "pain_onset_at", "pain_trigger", "trigger", "fall",
    ),
    "Pain medicine": ("took_analgesia", "pain_relief", "relief", "dose"),
    "Chest": ("dyspnoea", "chest_pain", "haemoptysis", "syncope", "rib_tenderness"),
    "Power": (*MOTOR_FIELDS, "pain_limited"),
    "Feeling": (*SENSORY_FIELDS, "saddle_sensation", "anal_tone", *TRUNK_FIELDS, "numbness"),
    "Bladder and bowel": (
        "voided", "voiding", "last_void_at", "urinary_incontinence", "post_void_residual_ml", "bowel",
    ),
    "Reflexes, legs, walking": (
        *LONG_TRACT_FIELDS, "tone", "radicular_leg_pain", "leg_pain", "asia_impairment_scale", "gait", "walked",
        "orthostatic_symptoms", "said_legs_weaker", "said_legs_numb",
    ),
    "Wound and infection": (
        "puncture_site", "site", "wound_redness_over_2_cm", "wound_discharge", "wound_pus", "wound_warmth", "wound_opening",
        "rigors",
    ),
    "Bleeding, clots, allergy": (
        "expanding_swelling", "dressing_soaked_twice", "haemoglobin_grams_per_decilitre", "calf_swelling_or_pain",
        "urticaria", "wheeze", "lip_swelling",
    ),
}  # fmt: skip
_LACKING = {"Vital signs": "not measured"} | dict.fromkeys(("Power", "Feeling"), "not examined")
_BEFORE, _OTHER = "Before the procedure", "Other"
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}
_ORDER = {name: place for place, name in enumerate(_PART_OF)}
_IN_ORDER = (*_PARTS, _BEFORE, _OTHER)
# From this many on, muscles and places of the skin are counted instead of named.
_TOO_MANY_TO_NAME = 5
_COUNTED = (("power of {} muscles", frozenset(MOTOR_FIELDS)), ("feeling in {} places", frozenset(SENSORY_FIELDS)))


@dataclass(frozen=True)
class OpenRule:
    """A rule that was not ruled out. `severity` is None for a code that no rule has any more."""

    code: str
    title: str
    severity: Severity | None


@dataclass(frozen=True)
class OpenGroup:
    """One part of the form: what was not asked or measured there, and the rules that it leaves open, gravest first."""

    part: str
    items: tuple[str, ...]
    rules: tuple[OpenRule, ...]

    @property
    def lacking(self) -> str:
        return _LACKING.get(self.part, "not asked")

    @property
    def gravest(self) -> Sequence[OpenRule]:
        """Those of the rules that would mean an emergency: they are named by title."""
        return tuple(rule for rule in self.rules if rule.severity is Severity.EMERGENT)

    @property
    def others(self) -> Sequence[OpenRule]:
        return tuple(rule for rule in self.rules if rule.severity is not Severity.EMERGENT)


def group_open_questions(
    questions: Iterable[Mapping[str, object]], label: Callable[[str], str]
) -> tuple[OpenGroup, ...]:
    """Group the stored questions (`rule_code`, `missing`) by the part of the form that would answer them.

    A rule stands in each part that it lacks something of. The part with the gravest rule comes first.
    """
    missing: dict[str, set[str]] = {}
    codes: dict[str, set[str]] = {}
    for question in questions:
        names = question.get("missing") or [""]
        for name in names if isinstance(names, list | tuple) else [names]:
            part = _part_of(str(name))
            missing.setdefault(part, set()).add(str(name))
            codes.setdefault(part, set()).add(str(question["rule_code"]))
    groups = [
        OpenGroup(part, _items(missing[part], label), tuple(sorted(map(_rule, codes[part]), key=_gravest_first)))
        for part in _IN_ORDER
        if part in missing
    ]
    return tuple(sorted(groups, key=lambda group: _gravest_first(group.rules[0])[0]))


def _part_of(name: str) -> str:
    return _BEFORE if name.startswith("baseline") else _PART_OF.get(name, _OTHER)


def _rule(code: str) -> OpenRule:
    rule = RULES_BY_CODE.get(code)
    return OpenRule(code, rule.title if rule else "", rule.severity if rule else None)


def _gravest_first(rule: OpenRule) -> tuple[int, int]:
    codes = list(RULES_BY_CODE)
    severity = len(Severity) if rule.severity is None else int(rule.severity)
    return severity, codes.index(rule.code) if rule.code in RULES_BY_CODE else len(codes)


def _items(names: set[str], label: Callable[[str], str]) -> tuple[str, ...]:
    """The labels in the order of the form; a long row of muscles or places of the skin only as a number."""
    counted: list[str] = []
    rest = set(names) - {""}
    for words, many in _COUNTED:
        found = rest & many
        if len(found) >= _TOO_MANY_TO_NAME:
            counted.append(words.format(len(found)))
            rest -= found
    in_order = sorted(rest, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    # Two names of one thing, from two versions of the rules, read the same.
    return tuple(dict.fromkeys([*counted, *map(label, in_order)]))
