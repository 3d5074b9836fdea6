"""What a due check still lacks. Pure: a check is done when every part of its set has been answered (law 3).

The parts of a set are those of clinical-spec 5.1: NEWS2 vitals, a pain score, the puncture site, and quick or full
neurology. They may come in several observations, as long as each was measured within the grace of the slot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_VITALS = (
    "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg", "pulse_per_minute", "consciousness",
    "temperature_celsius",
)  # fmt: skip
_SIDES = ("R", "L")
# Each item of the quick check (5.1), with what answers it as well in a full exam.
_QUICK_NEUROLOGY = (
    *((f"motor_{root}_{side}",) for root in ("L4", "S1") for side in _SIDES),
    ("numbness", "saddle_sensation"),
    ("voided", "voiding", "last_void_at", "post_void_residual_ml"),
    ("leg_pain", "radicular_leg_pain"),
)
_FULL_NEUROLOGY = (
    *(f"motor_{root}_{side}" for root in ("L2", "L3", "L4", "L5", "S1") for side in _SIDES),
    *(f"sensory_{root}_{side}" for root in ("L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4_5") for side in _SIDES),
    "saddle_sensation",
)  # fmt: skip


# The exam of a confused patient is unreliable: it is repeated when the patient is alert (clinical-spec 3.5, N11).
_REPEATED_WHEN_ALERT = frozenset({"N11"})


@dataclass(frozen=True)
class Need:
    """What a slot asks for: `neuro` FULL or QUICK, `only` one part or empty, `place` WARD or HOME, and for which rule."""

    neuro: str
    only: str
    place: str
    asked_for_by: str = ""

    @property
    def when_alert(self) -> bool:
        return self.asked_for_by in _REPEATED_WHEN_ALERT


def missing_parts(need: Need, answered: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """Names of the parts that no observation of the slot's window answered, in words for the nurse."""
    answers: dict[str, object] = {}
    for one in answered:
        if need.when_alert and one.get("consciousness") != "A":  # not known is not alert
            continue
        answers.update({name: value for name, value in one.items() if value not in (None, "", [], {})})
    if need.place == "HOME":
        return () if answers else ("the call or the patient's answers",)
    parts = {
        "VITALS": ("vital signs", all(name in answers for name in _VITALS)),
        "PAIN": ("pain score", "pain_at_rest" in answers or "pain_on_movement" in answers),
        "PUNCTURE": ("puncture site", "puncture_site" in answers),
        "NEUROLOGY": (
            ("full neurology" if need.neuro == "FULL" else "quick neurology") + " while alert" * need.when_alert,
            _neurology_is_answered(need, answers),
        ),
        "BLADDER_SCAN": ("bladder scan", "post_void_residual_ml" in answers),
    }
    wanted = (need.only,) if need.only else ("VITALS", "PAIN", "PUNCTURE", "NEUROLOGY")
    return tuple(words for part in wanted for words, there in [parts[part]] if not there)


def _neurology_is_answered(need: Need, answers: Mapping[str, object]) -> bool:
    if need.neuro == "FULL":
        return all(name in answers for name in _FULL_NEUROLOGY)
    return all(any(name in answers for name in item) for item in _QUICK_NEUROLOGY)
