"""What a site may set: for each threshold the range that is possible at all, and which one may not pass which other.

The ranges refuse slips of the finger. Whether a possible value is wise is shown by a replay and decided by people.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from followup.red_flags.ruleset import DEFAULT_RULESET, LOWER, THRESHOLDS, Ruleset, is_stricter

Value = Decimal | int
_Range = tuple[float, float]
_SCORE, _POINTS, _MINUTES, _HOURS, _YEAR = (0, 10), (0.5, 10), (1, 1440), (1, 168), (1, 365)

SECTIONS: dict[str, dict[str, _Range]] = {
    "Pain": {
        "pain_severe": (1, 10),
        "pain_improvement": _POINTS,
        "pain_rise": _POINTS,
        "pain_rise_floor": _SCORE,
        "pain_improved_without_baseline": _SCORE,
        "pain_nadir_after_minutes": _MINUTES,
        "pain_baseline_max_days": (1, 30),
        "pain_above_baseline": _POINTS,
        "pain_above_baseline_twice": _POINTS,
        "pain_twice_apart_minutes": _MINUTES,
        "pain_small_rise_recheck_minutes": _MINUTES,
        "reassess_after_iv_minutes": _MINUTES,
        "reassess_after_sc_im_minutes": _MINUTES,
        "reassess_after_oral_minutes": _MINUTES,
        "undocumented_analgesia_minutes": _MINUTES,
        "pain_no_response_from_day": (1, 60),
        "pain_no_response_to_day": (1, 60),
        "mme_rise_percent": (1, 100),
        "mme_rise_milligrams": (1, 500),
        "mme_note_milligrams": (1, 500),
    },
    "Neurology": {
        "motor_drop": (1, 5),
        "motor_drop_from_best_emergent": (1, 5),
        "neurology_recheck_minutes": _MINUTES,
        "residual_anaesthetic_recheck_minutes": _MINUTES,
        "quick_abnormal_full_exam_minutes": _MINUTES,
        "neurology_baseline_hours": (1, 720),
        "residual_millilitres": (50, 1000),
        "catheterise_millilitres": (50, 2000),
        "no_void_hours": (1, 24),
        "gait_steps_emergent": (1, 5),
    },
    "NEWS2": {"news2_urgent": (1, 20), "news2_emergent": (1, 20), "news2_rise_info": (1, 20)},
    "Complications": {
        "spo2_sign_percent": (40, 100),
        "spo2_drop_points": (1, 60),
        "spo2_silent_percent": (40, 100),
        "spo2_silent_scale_2_percent": (40, 100),
        "respiration_sign": (9, 80),
        "pulse_sign": (41, 300),
        "systolic_sign_mmhg": (30, 219),
        "systolic_shock_mmhg": (30, 219),
        "fever_celsius": (36, 45),
        "fever_any_time_celsius": (36, 45),
        "fever_after_hours": (0, 168),
        "fever_recheck_minutes": _MINUTES,
        "haemoglobin_drop_grams_per_decilitre": (0.1, 10),
    },
    "Gates of a scan": {"egfr_contrast_caution": (1, 120), "egfr_contrast_low": (1, 120)},
    "Schedule and discharge": {
        "bed_rest_minutes": _MINUTES,
        "same_day_minimum_minutes": _MINUTES,
        "discharge_exam_minutes": _MINUTES,
        "discharge_news2_above_baseline": (0, 20),
        "many_levels": (1, 17),
        "fresh_fracture_days": _YEAR,
        "overnight_after_anticoagulant_hours": _HOURS,
    },
    "Response clocks": {
        "acknowledge_neuro_minutes": _MINUTES,
        "acknowledge_cardio_minutes": _MINUTES,
        "acknowledge_urgent_minutes": _MINUTES,
        "acknowledge_amber_ward_minutes": _MINUTES,
        "acknowledge_amber_home_minutes": _MINUTES,
        "imaging_neuro_hours": _HOURS,
        "imaging_cardio_hours": _HOURS,
        "imaging_urgent_hours": _HOURS,
        "imaging_ceiling_hours": _HOURS,
    },
    "Eligibility and fracture": {
        "conservative_days": _YEAR,
        "height_loss_minimum_percent": (0, 100),
        "height_loss_maximum_percent": (0, 100),
        "acute_weeks": (1, 52),
        "acute_warning_days": _YEAR,
        "inr_maximum": (0.8, 10),
        "platelets_minimum": (1, 450),
    },
    "Instruments and bone health": {
        "odi_minimum_answered": (1, 10),
        "timed_up_and_go_fall_risk_seconds": (1, 300),
        "care_gap_due_days": _YEAR,
        "care_gap_days": _YEAR,
        "care_gap_late_days": _YEAR,
        "denosumab_reminder_days": _YEAR,
        "denosumab_due_days": _YEAR,
        "denosumab_overdue_days": _YEAR,
        "denosumab_danger_days": _YEAR,
    },
}

# The first may not be greater than the second: the graver rule would be the later one, or one could never be met.
ORDERED: tuple[tuple[str, str], ...] = (
    ("pain_above_baseline_twice", "pain_above_baseline"),
    ("pain_no_response_from_day", "pain_no_response_to_day"),
    ("motor_drop", "motor_drop_from_best_emergent"),
    ("residual_anaesthetic_recheck_minutes", "neurology_recheck_minutes"),
    ("residual_millilitres", "catheterise_millilitres"),
    ("news2_urgent", "news2_emergent"),
    ("spo2_silent_percent", "spo2_sign_percent"),
    ("spo2_silent_scale_2_percent", "spo2_silent_percent"),
    ("systolic_shock_mmhg", "systolic_sign_mmhg"),
    ("fever_celsius", "fever_any_time_celsius"),
    ("egfr_contrast_low", "egfr_contrast_caution"),
    ("acknowledge_neuro_minutes", "acknowledge_urgent_minutes"),
    ("acknowledge_cardio_minutes", "acknowledge_urgent_minutes"),
    ("acknowledge_urgent_minutes", "acknowledge_amber_ward_minutes"),
    ("acknowledge_amber_ward_minutes", "acknowledge_amber_home_minutes"),
    ("imaging_neuro_hours", "imaging_urgent_hours"),
    ("imaging_cardio_hours", "imaging_urgent_hours"),
    ("imaging_urgent_hours", "imaging_ceiling_hours"),
    ("height_loss_minimum_percent", "height_loss_maximum_percent"),
    ("care_gap_due_days", "care_gap_days"),
    ("care_gap_days", "care_gap_late_days"),
    ("denosumab_reminder_days", "denosumab_due_days"),
    ("denosumab_due_days", "denosumab_overdue_days"),
    ("denosumab_overdue_days", "denosumab_danger_days"),
)

_RANGES = {name: limits for section in SECTIONS.values() for name, limits in section.items()}
_FIELDS = {one.name: one for one in THRESHOLDS}
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")


class BadThreshold(ValueError):
    """A value that cannot be. `name` is the threshold; the text says what is allowed."""

    def __init__(self, name: str, words: str):
        super().__init__(words)
        self.name = name


@dataclass(frozen=True)
class Difference:
    """One threshold that two rulesets set differently."""

    name: str
    old: Value
    new: Value

    @property
    def is_looser(self) -> bool:
        return not is_stricter(self.name, self.new, self.old)


def differences(new: Ruleset, old: Ruleset) -> tuple[Difference, ...]:
    """Every threshold that is not the same, in the order of the table."""
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in _FIELDS)
    return tuple(Difference(name, was, becomes) for name, was, becomes in pairs if was != becomes)


def parse_changes(changes: Mapping[str, str], *, version: str = DEFAULT_RULESET.version) -> Ruleset:
    """The defaults with these values, as typed, in their place. Raises BadThreshold, which names the threshold."""
    problems = problems_of(changes)
    if problems:
        raise problems[0]
    return ruleset_with(changes, version=version)


def problems_of(changes: Mapping[str, str]) -> tuple[BadThreshold, ...]:
    """Everything that is wrong with typed values: their form, their range, and how they stand to one another."""
    problems = [problem for name, typed in changes.items() if (problem := _problem_with(name, typed))]
    wrong = {problem.name for problem in problems}
    ruleset = ruleset_with({name: typed for name, typed in changes.items() if name not in wrong})
    for lower, upper in ORDERED:
        if getattr(ruleset, lower) <= getattr(ruleset, upper) or wrong & {lower, upper}:
            continue
        # Beside the one that was moved; the other is the limit.
        if getattr(ruleset, lower) != getattr(DEFAULT_RULESET, lower):
            words = f"At most {as_typed(getattr(ruleset, upper))}, which is “{meaning_of(upper)}”."
            problems.append(BadThreshold(lower, words))
        else:
            words = f"At least {as_typed(getattr(ruleset, lower))}, which is “{meaning_of(lower)}”."
            problems.append(BadThreshold(upper, words))
    return tuple(problems)


def ruleset_with(changes: Mapping[str, str], *, version: str = DEFAULT_RULESET.version) -> Ruleset:
    """The defaults with values that were checked when they were stored. A threshold that is no more is left out."""
    values: dict[str, Any] = {name: _value(name, text) for name, text in changes.items() if name in _FIELDS}
    return replace(DEFAULT_RULESET, version=version, **values)


def changes_of(ruleset: Ruleset) -> dict[str, str]:
    """What stands in a stored version: only the thresholds that differ from the defaults."""
    return {one.name: as_typed(one.new) for one in differences(ruleset, DEFAULT_RULESET)}


def as_typed(value: Value) -> str:
    """Without needless zeros: 38 and 38.5."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def allowed(name: str) -> str:
    """The range in words, for beside a field."""
    low, high = _RANGES[name]
    number = "a number" if _is_decimal(name) else "a whole number"
    return f"{number} from {low:g} to {high:g}"


def meaning_of(name: str) -> str:
    return str(_FIELDS[name].metadata["meaning"])


def source_of(name: str) -> str:
    """The tag of the source; what it stands for: `threshold_sources.SOURCES`."""
    return str(_FIELDS[name].metadata["source"])


def lower_is_stricter(name: str) -> bool:
    return bool(_FIELDS[name].metadata["stricter"] == LOWER)


def _is_decimal(name: str) -> bool:
    return isinstance(_FIELDS[name].default, Decimal)


def _value(name: str, text: str) -> Value:
    return Decimal(text) if _is_decimal(name) else int(Decimal(text))


def _problem_with(name: str, typed: str) -> BadThreshold | None:
    if name not in _FIELDS:
        return BadThreshold(name, f"There is no threshold {name}.")
    low, high = _RANGES[name]
    number = Decimal(typed) if _NUMBER.fullmatch(typed) else None
    step = Decimal("0.1") if _is_decimal(name) else Decimal(1)
    if number is None or number % step or not Decimal(str(low)) <= number <= Decimal(str(high)):
        return BadThreshold(name, f"Allowed is {allowed(name)}{', one decimal' if _is_decimal(name) else ''}.")
    return None
