"""What the rules read: an episode as plain values. `None`, or an absent key, means not asked or not measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Vitals:
    respiration_rate: int | None = None
    spo2_percent: int | None = None
    supplemental_oxygen: bool | None = None
    systolic_mmhg: int | None = None
    diastolic_mmhg: int | None = None
    pulse_per_minute: int | None = None
    consciousness: str | None = None  # A, C, V, P or U
    temperature_celsius: Decimal | None = None


@dataclass(frozen=True)
class Pain:
    """Scores are on 0-10 whatever the scale; a VAS in millimetres is divided by ten before it comes here."""

    at_rest: Decimal | None = None
    on_movement: Decimal | None = None
    scale: str = "NRS"
    sites: frozenset[str] = frozenset()
    new_site: bool | None = None
    sudden_onset: bool | None = None
    onset_at: datetime | None = None
    trigger: str | None = None
    took_analgesia: bool | None = None
    relief: str | None = None  # NONE, PARTIAL or GOOD

    @property
    def worst(self) -> Decimal | None:
        """The higher of the known scores: what the red flags go by (clinical-spec 2.1)."""
        return max((score for score in (self.at_rest, self.on_movement) if score is not None), default=None)

    def in_context(self, context: str) -> Decimal | None:
        return self.at_rest if context == "at_rest" else self.on_movement


PAIN_CONTEXTS = ("at_rest", "on_movement")


@dataclass(frozen=True)
class Symptoms:
    dyspnoea: bool | None = None
    chest_pain: bool | None = None
    haemoptysis: bool | None = None
    syncope: bool | None = None


@dataclass(frozen=True)
class Reading:
    """One observation, or the baseline. `neurology`: the fields of the catalogue in `neurology`."""

    id: str
    effective_at: datetime
    vitals: Vitals = Vitals()
    pain: Pain = Pain()
    symptoms: Symptoms = Symptoms()
    neurology: Mapping[str, object] = field(default_factory=dict)
    spo2_scale: int = 1
    source: str = "NURSE"


@dataclass(frozen=True)
class Dose:
    drug: str
    route: str  # IV, SC, IM, PO, PR, TD or OTHER
    given_at: datetime


@dataclass(frozen=True)
class Context:
    """What stays the same over an episode."""

    time_zero: datetime
    treated_levels: tuple[str, ...] = ()
    aetiology: str = "UNKNOWN"
    mri_safety: str = "UNKNOWN"


@dataclass(frozen=True)
class History:
    """An episode: its baseline, and its current readings and doses in any order."""

    context: Context
    baseline: Reading | None = None
    readings: tuple[Reading, ...] = ()
    doses: tuple[Dose, ...] = ()
