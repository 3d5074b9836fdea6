"""What a nurse needs beside the observation form: what is due, the last known values with their times, the baseline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from followup.models import MonitoringSlot, Observation, RedFlag
from followup.red_flags.neurology import CATALOGUE
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.void_clock import VoidClock, void_clock
from followup.selectors.baseline_caution import baseline_caution
from followup.selectors.labels import words_of
from followup.selectors.mobilisation import GettingUp, getting_up
from followup.services.history import EpisodeRows, history_of
from followup.services.rulesets import ruleset_of
from followup.services.slots import missing_in
from kyphotrack.language import mid_sentence
from procedures.models import Baseline, MeasuredState, Procedure, TreatedLevel
from procedures.vertebrae import LEVELS

_COLUMNS = (
    "respiration_rate", "spo2_percent", "supplemental_oxygen", "oxygen_device", "oxygen_flow_litres_per_minute",
    "inspired_oxygen_percent", "systolic_mmhg", "diastolic_mmhg", "pulse_per_minute", "consciousness",
    "temperature_celsius", "weight_kilograms", "haemoglobin_grams_per_decilitre", "pain_at_rest", "pain_on_movement",
    "pain_sites", "pain_characters", "new_pain_site", "sudden_onset", "pain_trigger", "took_analgesia", "pain_relief",
    "fall", "dyspnoea", "chest_pain", "haemoptysis", "syncope", "rigors", "rib_tenderness", "calf_swelling_or_pain",
    "urticaria", "wheeze", "lip_swelling", "puncture_site", "wound_redness_over_2_cm", "wound_discharge", "wound_pus",
    "wound_warmth", "wound_opening", "expanding_swelling", "dressing_soaked_twice", "walked", "orthostatic_symptoms",
)  # fmt: skip
_SCORES = ("pain_at_rest", "pain_on_movement")


@dataclass(frozen=True)
class Beside:
    """What stands beside one field. Empty text: not measured or not asked."""

    previous: str
    previous_at: datetime | None
    baseline: str


@dataclass(frozen=True)
class DueCheck:
    """An open check. `lacks` names the missing parts of a set that was begun; it is empty for an untouched one."""

    slot: MonitoringSlot
    is_late: bool
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class DueChecks:
    """`now`: those that a set measured now may complete, and the overdue ones. `next`: the first one ahead."""

    now: tuple[DueCheck, ...]
    next: DueCheck | None

    @property
    def in_time(self) -> tuple[DueCheck, ...]:
        return tuple(check for check in self.now if not check.is_late)

    @property
    def late(self) -> tuple[DueCheck, ...]:
        return tuple(check for check in self.now if check.is_late)

    @property
    def wants_full_neurology(self) -> bool:
        return any(
            check.slot.neuro == MonitoringSlot.Neuro.FULL and check.slot.only in ("", MonitoringSlot.Only.NEUROLOGY)
            for check in self._deciding
        )

    @property
    def wants_bladder_scan(self) -> bool:
        return any(check.slot.only == MonitoringSlot.Only.BLADDER_SCAN for check in self._deciding)

    @property
    def _deciding(self) -> tuple[DueCheck, ...]:
        return self.now or ((self.next,) if self.next else ())


@dataclass(frozen=True)
class Bedside:
    procedure: Procedure
    levels: tuple[str, ...]
    due: DueChecks
    beside: Mapping[str, Beside]
    spo2_scale_2: bool
    thoracic: bool
    height_centimetres: Decimal | None
    void_clock: VoidClock
    baseline_caution: str
    getting_up: GettingUp | None


def bedside(procedure: Procedure, *, now: datetime, correcting: Observation | None = None) -> Bedside:
    """Read what the form shows. For a correction the previous values are those before the corrected observation."""
    current = list(Observation.objects.current().filter(procedure=procedure).order_by("effective_at", "pk"))
    baseline = Baseline.objects.current().filter(procedure=procedure).first()
    treated = tuple(procedure.treated_levels.all())
    levels = _from_the_top(treated)
    ruleset = ruleset_of(site=procedure.patient.site, at=now)
    earlier = [row for row in current if correcting is None or row.effective_at < correcting.effective_at]
    return Bedside(
        procedure=procedure,
        levels=levels,
        due=due_checks(procedure, current, now),
        beside=_beside(earlier, baseline, procedure.patient.site.zone),
        spo2_scale_2=bool(baseline and baseline.spo2_scale_2_authorised_at),
        thoracic=any(level.startswith("T") for level in levels),
        height_centimetres=baseline.height_centimetres if baseline else None,
        void_clock=void_clock(
            ((row.effective_at, row.neurology) for row in earlier),
            time_zero=procedure.time_zero,
            now=correcting.effective_at if correcting else now,
            ruleset=ruleset,
        ),
        baseline_caution=baseline_caution(baseline, procedure, ruleset),
        getting_up=None
        if correcting or procedure.discharged_at
        else _getting_up(procedure, baseline, treated, current, ruleset, now),
    )


def treated_levels(procedure: Procedure) -> tuple[str, ...]:
    """From the top of the spine down."""
    return _from_the_top(procedure.treated_levels.all())


def _from_the_top(treated: Iterable[TreatedLevel]) -> tuple[str, ...]:
    return tuple(sorted((one.level for one in treated), key=LEVELS.index))


def _getting_up(
    procedure: Procedure,
    baseline: Baseline | None,
    treated: tuple[TreatedLevel, ...],
    current: Sequence[Observation],
    ruleset: Ruleset,
    now: datetime,
) -> GettingUp:
    rows = EpisodeRows(procedure, ruleset, baseline, treated, anticoagulants=(), observations=tuple(current), doses=())
    flags = RedFlag.objects.open().filter(procedure=procedure)
    return getting_up(history_of(rows), flags, ruleset=ruleset, now=now)


def due_checks(procedure: Procedure, current: Sequence[Observation], now: datetime) -> DueChecks:
    slots = MonitoringSlot.objects.open().filter(procedure=procedure).order_by("due_at", "pk")
    checks = [DueCheck(slot, slot.grace_ends_at < now, _still_lacks(slot, current)) for slot in slots]
    ahead = [check for check in checks if _opens_at(check.slot) > now]
    return DueChecks(
        now=tuple(check for check in checks if _opens_at(check.slot) <= now), next=ahead[0] if ahead else None
    )


def _opens_at(slot: MonitoringSlot) -> datetime:
    """A set counts for a slot when it is measured within its grace, before as well as after."""
    return slot.due_at - (slot.grace_ends_at - slot.due_at)


def _still_lacks(slot: MonitoringSlot, current: Sequence[Observation]) -> tuple[str, ...]:
    missing = missing_in(slot, current)
    return () if missing == missing_in(slot, []) else missing


def _beside(earlier: Sequence[Observation], baseline: Baseline | None, zone: ZoneInfo) -> dict[str, Beside]:
    beside = {}
    for name in (*_COLUMNS, *(f"{score}_mm" for score in _SCORES), *CATALOGUE):
        known = ((row, _words(row, name, zone)) for row in reversed(earlier))
        last, previous = next(((row, words) for row, words in known if words), (None, ""))
        beside[name] = Beside(
            previous=previous,
            previous_at=last.effective_at if last else None,
            baseline=_words(baseline, name, zone) if baseline else "",
        )
    return beside


def _words(row: MeasuredState, name: str, zone: ZoneInfo) -> str:
    if name in CATALOGUE:
        return _neurology_words(name, row.neurology.get(name), zone)
    value = getattr(row, name.removesuffix("_mm"), None)
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.removesuffix("_mm") in _SCORES and row.pain_scale == MeasuredState.PainScale.VAS_MM:
        return f"{(value * 10).normalize():f} mm"
    if name.endswith("_mm"):
        return f"{value.normalize():f} of 10"
    if isinstance(value, Decimal):
        return f"{value}" if name == "temperature_celsius" else f"{value.normalize():f}"
    if isinstance(value, list):
        return mid_sentence(words_of(name, value, zone))
    display = getattr(row, f"get_{name}_display", None)
    return mid_sentence(display()) if display else str(value)


def _neurology_words(name: str, value: object, zone: ZoneInfo) -> str:
    if value in (None, "", []):
        return ""
    field = CATALOGUE[name]
    if field.kind == "boolean":
        return "yes" if value else "no"
    if field.kind == "time":
        return f"{datetime.fromisoformat(str(value)).astimezone(zone):%d %b %H:%M}"
    if field.kind == "motor_fields":
        return ", ".join(CATALOGUE[one].label for one in value)
    if name.startswith("motor_"):
        return str(value)  # the grade by itself: there is no room for its meaning beside each muscle
    return dict(field.choices).get(str(value), str(value))
