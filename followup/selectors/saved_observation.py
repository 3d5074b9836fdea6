"""What one stored observation says and led to: its score, what it raised, what was asked for, what stayed open."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from followup.models import FlagEvidence, ImagingTask, MedicationDose, MonitoringSlot, Observation, RedFlag
from followup.models.monitoring_status import DANGER
from followup.models.red_flag import Severity
from followup.red_flags import news2
from followup.red_flags.history import Vitals
from followup.selectors.analgesia import day_of_analgesia
from followup.selectors.bedside import DueChecks, due_checks, treated_levels
from followup.selectors.flag import STRENGTHS
from followup.selectors.imaging_task import TaskClock, modality_words, task_clock
from followup.selectors.labels import Value, values_of
from followup.selectors.measured_summary import Line, lines_of
from followup.selectors.news2_caution import caution_with_news2
from followup.selectors.open_questions import OpenQuestions, open_questions
from followup.selectors.typed_late import late_minutes
from followup.services.rulesets import ruleset_of
from procedures.models import Baseline

_PARTS = {
    "respiration_rate": ("Respiration", "/min"),
    "spo2_percent": ("SpO₂", "%"),
    "supplemental_oxygen": ("Air or oxygen", ""),
    "systolic_mmhg": ("Systolic", "mmHg"),
    "pulse_per_minute": ("Pulse", "/min"),
    "consciousness": ("Consciousness", ""),
    "temperature_celsius": ("Temperature", "°C"),
}
_BANDS = {news2.LOW: "low", news2.LOW_MEDIUM: "low–medium", news2.MEDIUM: "medium", news2.HIGH: "high"}


@dataclass(frozen=True)
class Alarm:
    """One finding of this observation, or one that its entry raised on another row. `joined`: the flag was open before."""

    evidence: FlagEvidence
    observed: tuple[Value, ...]
    reference: tuple[Value, ...]
    flag: RedFlag
    joined: bool
    on_another: bool
    late_minutes: int
    citation_strength: str


@dataclass(frozen=True)
class AskedScan:
    task: ImagingTask
    modality: str
    alternative: str
    clock: TaskClock


@dataclass(frozen=True)
class ScorePart:
    """`points` is None where the part was not measured, or cannot be scored without another one."""

    label: str
    value: str
    points: int | None


@dataclass(frozen=True)
class Score:
    """NEWS2 of the set. `total` is None for a partial one; then `lower_bound` is the sum of what is known."""

    total: int | None
    lower_bound: int
    band: str
    parts: tuple[ScorePart, ...]
    spo2_scale: int


@dataclass(frozen=True)
class SavedObservationPage:
    observation: Observation
    replaced_by: Observation | None
    lines: tuple[Line, ...]
    doses: tuple[MedicationDose, ...]
    analgesia: str
    typed_late_minutes: int
    alarms: tuple[Alarm, ...]
    no_longer_supported: tuple[RedFlag, ...]
    scans: tuple[AskedScan, ...]
    score: Score | None
    news2_caution: str
    undecided: OpenQuestions
    checks: DueChecks
    rechecks: tuple[MonitoringSlot, ...]

    @property
    def calls_for_help(self) -> tuple[Alarm, ...]:
        """The emergent findings that still hold and that nobody has answered yet."""
        return tuple(
            alarm
            for alarm in self.alarms
            if alarm.evidence.severity == Severity.EMERGENT
            and alarm.evidence.supported
            and alarm.flag.state == RedFlag.State.OPEN
        )


def saved_observation(observation: Observation, *, now: datetime) -> SavedObservationPage:
    """Read everything that the page of one observation shows."""
    procedure = observation.procedure
    alarms = _alarms(observation)
    current = list(Observation.objects.current().filter(procedure=procedure).order_by("effective_at", "pk"))
    codes = {alarm.flag.rule_code for alarm in alarms}
    doses = tuple(observation.doses.order_by("given_at", "pk"))
    return SavedObservationPage(
        observation=observation,
        replaced_by=getattr(observation, "superseded_by", None),
        lines=lines_of(observation, procedure.patient.site.zone),
        doses=doses,
        analgesia=_analgesia(observation, current, now) if doses else "",
        typed_late_minutes=late_minutes(observation.recorded_at - observation.effective_at),
        alarms=alarms,
        no_longer_supported=tuple(
            RedFlag.objects.open().filter(procedure=procedure, unsupported_since=observation.recorded_at).order_by("pk")
        ),
        scans=_scans(alarms),
        score=_score(observation),
        news2_caution=_news2_caution(observation, current),
        undecided=open_questions(observation),
        checks=due_checks(procedure, current, now),
        rechecks=tuple(
            MonitoringSlot.objects.open().filter(procedure=procedure, asked_for_by__in=codes).order_by("due_at", "pk")
        ),
    )


def _analgesia(observation: Observation, current: list[Observation], now: datetime) -> str:
    procedure = observation.procedure
    return day_of_analgesia(
        MedicationDose.objects.filter(observation__in=current),
        time_zero=procedure.time_zero,
        at=observation.effective_at,
        ruleset=ruleset_of(site=procedure.patient.site, at=now),
    )


def _alarms(observation: Observation) -> tuple[Alarm, ...]:
    """Gravest first. A late entry may raise on a later observation; the shared time of raising tells."""
    zone = observation.procedure.patient.site.zone
    evidence = (
        FlagEvidence.objects.filter(flag__procedure=observation.procedure)
        .filter(Q(observation=observation) | Q(raised_at=observation.recorded_at))
        .select_related("flag__imaging_task", "flag__acknowledged_by", "observation", "missed_check")
        .order_by("pk")
    )
    alarms = (
        Alarm(
            evidence=one,
            observed=tuple(values_of(one.values.get("observed", {}), zone)),
            reference=tuple(values_of(one.values.get("reference", {}), zone)),
            flag=one.flag,
            joined=one.flag.raised_at < one.raised_at,
            on_another=one.observation_id != observation.pk,
            late_minutes=late_minutes(one.late_by),
            citation_strength=STRENGTHS.get(one.flag.citation["strength"], one.flag.citation["strength"]),
        )
        for one in evidence
    )
    return tuple(sorted(alarms, key=lambda alarm: DANGER[alarm.evidence.severity]))


def _scans(alarms: tuple[Alarm, ...]) -> tuple[AskedScan, ...]:
    tasks = {alarm.flag.imaging_task_id: alarm.flag.imaging_task for alarm in alarms if alarm.flag.imaging_task}
    return tuple(
        AskedScan(task, modality_words(task.modality), modality_words(task.alternative_modality), task_clock(task))
        for task in sorted(tasks.values(), key=lambda task: (DANGER[task.severity], task.due_at))
    )


def _score(observation: Observation) -> Score | None:
    measured = {name: getattr(observation, name) for name in _PARTS}
    vitals = Vitals(**measured | {"consciousness": observation.consciousness or None})
    scored = news2.score(vitals, observation.spo2_scale)
    if len(scored.missing) == len(_PARTS):
        return None
    return Score(
        total=scored.total,
        lower_bound=scored.lower_bound,
        band=_BANDS.get(scored.band or "", ""),
        parts=tuple(
            ScorePart(label, _value(observation, name, unit), scored.parts.get(name))
            for name, (label, unit) in _PARTS.items()
        ),
        spo2_scale=observation.spo2_scale,
    )


def _news2_caution(observation: Observation, current: list[Observation]) -> str:
    """By what was known of the patient at that time: the baseline, and every exam up to this observation."""
    procedure = observation.procedure
    baseline = Baseline.objects.current().filter(procedure=procedure).first()
    earlier = [row for row in current if row.effective_at < observation.effective_at]
    return caution_with_news2([*([baseline] if baseline else []), *earlier, observation], treated_levels(procedure))


def _value(observation: Observation, name: str, unit: str) -> str:
    value = getattr(observation, name)
    if value in (None, ""):
        return ""
    if name == "supplemental_oxygen":
        return "oxygen" if value else "air"
    if name == "consciousness":
        return observation.get_consciousness_display()
    return f"{value} {unit}"
