"""NEWS2, Royal College of Physicians 2017: scores, bands, intervals (clinical-spec 1). Not for pregnancy or age < 16."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from followup.red_flags.history import Vitals
from followup.red_flags.neurology import shows_deficit

# Impossible outside these (refused beside the field), alarming outside the next (asked once, never refused): 1.2.
HARD_LIMITS: dict[str, tuple[Decimal, Decimal]] = {
    "respiration_rate": (Decimal(0), Decimal(80)),
    "spo2_percent": (Decimal(40), Decimal(100)),
    "oxygen_flow_litres_per_minute": (Decimal("0.5"), Decimal(80)),
    "systolic_mmhg": (Decimal(30), Decimal(320)),
    "diastolic_mmhg": (Decimal(10), Decimal(200)),
    "pulse_per_minute": (Decimal(0), Decimal(300)),
    "temperature_celsius": (Decimal(25), Decimal(45)),
}
SOFT_LIMITS: dict[str, tuple[Decimal, Decimal]] = {
    "respiration_rate": (Decimal(6), Decimal(40)),
    "spo2_percent": (Decimal(80), Decimal(100)),
    "pulse_per_minute": (Decimal(35), Decimal(180)),
    "temperature_celsius": (Decimal(34), Decimal(41)),
}

# The seven that are scored; the diastolic pressure is not.
PARAMETERS = (
    "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg", "pulse_per_minute", "consciousness",
    "temperature_celsius",
)  # fmt: skip
LOW, LOW_MEDIUM, MEDIUM, HIGH = "LOW", "LOW_MEDIUM", "MEDIUM", "HIGH"


@dataclass(frozen=True)
class News2Score:
    """`total` is None unless all seven parts are known; `lower_bound` is the sum of the known ones."""

    total: int | None
    lower_bound: int
    parts: Mapping[str, int]
    missing: tuple[str, ...]
    single_three: bool
    band: str | None  # None: partial, and what is known decides nothing

    @property
    def complete(self) -> bool:
        return self.total is not None


def _respiration(rate: int) -> int:
    if rate <= 8 or rate >= 25:
        return 3
    if rate >= 21:
        return 2
    return 1 if rate <= 11 else 0


def _spo2_scale_1(percent: int) -> int:
    if percent <= 91:
        return 3
    if percent <= 93:
        return 2
    return 1 if percent <= 95 else 0


def _spo2_scale_2(percent: int, oxygen: bool) -> int:
    if percent <= 83:
        return 3
    if percent <= 85:
        return 2
    if percent <= 87:
        return 1
    if percent <= 92 or not oxygen:
        return 0
    if percent <= 94:
        return 1
    return 2 if percent <= 96 else 3


def _systolic(mmhg: int) -> int:
    if mmhg <= 90 or mmhg >= 220:
        return 3
    if mmhg <= 100:
        return 2
    return 1 if mmhg <= 110 else 0


def _pulse(rate: int) -> int:
    if rate <= 40 or rate >= 131:
        return 3
    if rate >= 111:
        return 2
    return 1 if rate <= 50 or rate >= 91 else 0


def _temperature(celsius: Decimal) -> int:
    if celsius <= Decimal("35.0"):
        return 3
    if celsius >= Decimal("39.1"):
        return 2
    return 1 if celsius <= Decimal("36.0") or celsius >= Decimal("38.1") else 0


def _known(value: object, points: Callable[..., int]) -> int | None:
    return None if value is None else points(value)


def score(vitals: Vitals, spo2_scale: int = 1) -> News2Score:
    """Score a set. Scale 2 needs the oxygen answer above 92 %; without it that part stays unknown."""
    oxygen, spo2 = vitals.supplemental_oxygen, vitals.spo2_percent
    if spo2_scale == 1:
        spo2_points = _known(spo2, _spo2_scale_1)
    elif spo2 is None or (spo2 > 92 and oxygen is None):
        spo2_points = None
    else:
        spo2_points = _spo2_scale_2(spo2, bool(oxygen))
    points = {
        "respiration_rate": _known(vitals.respiration_rate, _respiration),
        "spo2_percent": spo2_points,
        "supplemental_oxygen": _known(oxygen, lambda on_oxygen: 2 if on_oxygen else 0),
        "systolic_mmhg": _known(vitals.systolic_mmhg, _systolic),
        "pulse_per_minute": _known(vitals.pulse_per_minute, _pulse),
        "consciousness": _known(vitals.consciousness, lambda state: 0 if state == "A" else 3),
        "temperature_celsius": _known(vitals.temperature_celsius, _temperature),
    }
    parts = {name: value for name, value in points.items() if value is not None}
    missing = tuple(name for name, value in points.items() if value is None)
    lower_bound = sum(parts.values())
    single_three = 3 in parts.values()
    return News2Score(
        total=None if missing else lower_bound,
        lower_bound=lower_bound,
        parts=parts,
        missing=missing,
        single_three=single_three,
        band=risk_band(lower_bound, single_three, complete=not missing),
    )


def risk_band(lower_bound: int, single_three: bool, *, complete: bool) -> str | None:
    """The RCP's clinical risk; a single 3 counts below 5 only. None: partial, and what is known decides nothing."""
    if lower_bound >= 7:
        return HIGH
    if lower_bound >= 5:
        return MEDIUM
    if single_three:
        return LOW_MEDIUM
    return LOW if complete else None


def monitoring_interval_minutes(news2: News2Score) -> int | None:
    """Minutes to the next set (1.3): 12-hourly at 0, 4-hourly at 1-4, hourly from a single 3 or 5, 15 min from 7 [DEF].

    None where the set is partial and its known part decides nothing.
    """
    if news2.band == HIGH:
        return 15
    if news2.band in (MEDIUM, LOW_MEDIUM):
        return 60
    if news2.lower_bound:
        return 240
    return 720 if news2.complete else None


# Above it the cord carries the sympathetic outflow that pulse and pressure depend on (clinical-spec 1, [OK]).
_AUTONOMIC_LEVELS = frozenset({"T1", "T2", "T3", "T4", "T5", "T6"})


def news2_caution(exam: Mapping[str, object], treated_levels: Iterable[str]) -> str:
    """What to show beside the score where a cord injury may disturb the autonomic system; empty if there is none.

    That is an ASIA impairment scale of A to C, or a deficit with a treated level of T6 or above (clinical-spec 1 [OK]).
    `exam` holds the newest answer to each item. It never changes the score.
    """
    severe = exam.get("asia_impairment_scale") in ("A", "B", "C")
    if severe or (shows_deficit(exam) and not _AUTONOMIC_LEVELS.isdisjoint(treated_levels)):
        return "NEWS2 may be unreliable in spinal cord injury with autonomic disturbance."
    return ""


def celsius_from_fahrenheit(fahrenheit: Decimal) -> Decimal:
    """°C, rounded half up to one decimal before any banding: 100.4 °F is 38.0 °C and scores 0."""
    return ((fahrenheit - 32) * 5 / 9).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
