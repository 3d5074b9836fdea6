"""The chart of one episode: everything that was recorded, read once, and what follows from it for the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from followup.models import (
    EscalationStep,
    FlagEvidence,
    ImagingTask,
    ImagingTaskHop,
    MedicationDose,
    MonitoringSlot,
    Observation,
    RedFlag,
)
from followup.models.monitoring_status import DANGER
from followup.red_flags.ruleset import Ruleset
from followup.selectors.aftercare_thread import aftercare_entries
from followup.selectors.analgesia import day_of_analgesia
from followup.selectors.baseline_caution import baseline_caution
from followup.selectors.bedside import DueChecks, due_checks
from followup.selectors.chart_thread import EpisodeRecord, thread_of
from followup.selectors.episode_state import EpisodeState, episode_state
from followup.selectors.imaging_loop import ImagingLoop, imaging_loops
from followup.selectors.imaging_task import TaskClock, is_open, modality_words, task_clock
from followup.selectors.measured_summary import Line, lines_of, scan_lines
from followup.selectors.mobilisation import GettingUp, getting_up
from followup.selectors.neurology_now import NeurologyNow, neurology_now
from followup.selectors.news2_caution import caution_with_news2
from followup.selectors.news2_chart import News2Chart, news2_chart
from followup.selectors.open_questions import OpenQuestions, open_questions
from followup.selectors.overnight import OvernightPrompt, overnight_prompt
from followup.selectors.pain_plot import DoseGiven, FlagRaised, PainPlot, PainScore, pain_plot
from followup.selectors.selection import SelectionShown, selection_shown
from followup.selectors.spine_picture import SpinePicture, spine_picture
from followup.selectors.thread_entry import Day
from followup.selectors.typed_late import late_minutes
from followup.services.history import EpisodeRows, history_of
from followup.services.rulesets import ruleset_of
from followup.services.selection import embolism_risk_of, read_selection
from kyphotrack.language import mid_sentence
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import AnticoagulantUse, Baseline, MeasuredState, Procedure, TreatedLevel


@dataclass(frozen=True)
class Treated:
    """One treated level. `leakage_places`: where cement leaked, in words."""

    level: TreatedLevel
    leakage_places: tuple[str, ...]


@dataclass(frozen=True)
class OpenFlag:
    """`late_minutes`: how long after the measurement the alarm came, 0 if at once."""

    flag: RedFlag
    late_minutes: int


@dataclass(frozen=True)
class OpenTask:
    """An open imaging task with the open flags that asked for it."""

    task: ImagingTask
    clock: TaskClock
    modality: str
    flags: tuple[OpenFlag, ...]


@dataclass(frozen=True)
class EpisodeChart:
    procedure: Procedure
    state: EpisodeState
    selection: SelectionShown
    treated: tuple[Treated, ...]
    total_millilitres: Decimal | None
    procedure_lines: tuple[Line, ...]
    anticoagulants: tuple[AnticoagulantUse, ...]
    baseline: Baseline | None
    baseline_lines: tuple[Line, ...]
    cautions: tuple[str, ...]
    latest: Observation | None
    checks: DueChecks
    tasks: tuple[OpenTask, ...]
    other_flags: tuple[OpenFlag, ...]
    neurology: NeurologyNow
    open_questions: OpenQuestions
    getting_up: GettingUp
    overnight: OvernightPrompt | None
    spine: SpinePicture
    news2: News2Chart
    plot: PainPlot
    analgesia: str
    imaging_loops: tuple[ImagingLoop, ...]
    thread: tuple[Day, ...]


def episodes_for_chart(user: User):
    """The episodes that this person may see, with the rows that every part of the chart names."""
    return Procedure.objects.visible_to(user).select_related(
        "patient__site", "recorded_by", "discharged_by", "monitoring_status", "monitoring_end"
    )


def episode_chart(
    procedure: Procedure, *, now: datetime, oldest_first: bool = False, sets_page: int = 1
) -> EpisodeChart:
    """Read the episode in a fixed number of statements, however long its history."""
    record = _read(procedure)
    zone = procedure.patient.site.zone
    baseline = next((row for row in reversed(record.baselines) if not _is_superseded(row, record.baselines)), None)
    current = [
        row for row in record.observations if not row.entered_in_error and not _is_superseded(row, record.observations)
    ]
    latest = current[-1] if current else None
    flags = _open_flags(record)
    open_flags = [one.flag for one in flags]
    ruleset = ruleset_of(site=procedure.patient.site, at=now)
    selection = read_selection(procedure, baseline=baseline, ruleset=ruleset)
    anticoagulants = tuple(procedure.anticoagulants.order_by("pk"))
    history = history_of(
        EpisodeRows(procedure, ruleset, baseline, selection.treated, anticoagulants, tuple(current), doses=())
    )
    shown = selection_shown(selection)
    aftercare = aftercare_entries(procedure, overrides=selection.overrides, ruleset=ruleset, zone=zone)
    return EpisodeChart(
        procedure=procedure,
        state=episode_state(procedure, now),
        selection=shown,
        treated=tuple(Treated(level, _leakage_places(level)) for level in selection.treated),
        total_millilitres=_total_millilitres(selection.treated),
        procedure_lines=tuple(_procedure_lines(procedure)),
        anticoagulants=anticoagulants,
        baseline=baseline,
        baseline_lines=(*lines_of(baseline, zone), *scan_lines(baseline)) if baseline else (),
        cautions=_cautions(procedure, baseline, current, [one.level for one in selection.treated], ruleset),
        latest=latest,
        checks=due_checks(procedure, current, now),
        tasks=_open_tasks(record, flags),
        other_flags=tuple(one for one in flags if one.flag.imaging_task is None or not is_open(one.flag.imaging_task)),
        neurology=neurology_now(current, baseline),
        open_questions=open_questions(latest),
        getting_up=getting_up(history, open_flags, ruleset=ruleset, now=now),
        overnight=overnight_prompt(
            procedure, history, embolism_risk=embolism_risk_of(selection).high, flags=open_flags, ruleset=ruleset
        ),
        spine=spine_picture(fractures=shown.fractures, treated=selection.treated, current=current),
        news2=news2_chart(current, page=sets_page),
        plot=_plot(record, current, baseline, ruleset, now),
        analgesia=_analgesia(record, current, ruleset),
        imaging_loops=imaging_loops(record.tasks, record.hops),
        thread=thread_of(record, besides=aftercare, zone=zone, oldest_first=oldest_first),
    )


def _analgesia(record: EpisodeRecord, current: Sequence[Observation], ruleset: Ruleset) -> str:
    """Of the day of the newest dose."""
    counted = {row.pk for row in current}
    doses = [dose for dose in record.doses if dose.observation_id in counted]
    if not doses:
        return ""
    at = max(dose.given_at for dose in doses)
    return day_of_analgesia(doses, time_zero=record.procedure.time_zero, at=at, ruleset=ruleset)


def _read(procedure: Procedure) -> EpisodeRecord:
    of_episode = Q(escalation__imaging_task__procedure=procedure) | Q(escalation__red_flag__procedure=procedure)
    in_time = ("effective_at", "recorded_at", "pk")
    return EpisodeRecord(
        procedure=procedure,
        baselines=list(Baseline.objects.filter(procedure=procedure).select_related("recorded_by").order_by("pk")),
        observations=list(
            Observation.objects.filter(procedure=procedure).select_related("recorded_by").order_by(*in_time)
        ),
        doses=list(MedicationDose.objects.filter(observation__procedure=procedure).order_by("given_at", "pk")),
        flags=list(
            RedFlag.objects.filter(procedure=procedure)
            .select_related("acknowledged_by", "closed_by", "imaging_task")
            .order_by("raised_at", "pk")
        ),
        evidence=list(
            FlagEvidence.objects.filter(flag__procedure=procedure).select_related("flag", "missed_check").order_by("pk")
        ),
        acknowledgements=list(
            ChartEvent.objects.filter(patient=procedure.patient, verb=ChartEvent.Verb.ACKNOWLEDGED)
            .select_related("by")
            .order_by("pk")
        ),
        tasks=list(ImagingTask.objects.filter(procedure=procedure).order_by("requested_at", "pk")),
        hops=list(
            ImagingTaskHop.objects.filter(task__procedure=procedure).select_related("task", "by").order_by("at", "pk")
        ),
        escalation_steps=list(
            EscalationStep.objects.filter(of_episode).select_related("person").order_by("taken_at", "number", "pk")
        ),
        slots=list(
            MonitoringSlot.objects.filter(procedure=procedure).select_related("closed_by").order_by("due_at", "pk")
        ),
    )


def _is_superseded(row: MeasuredState, rows: Sequence[MeasuredState]) -> bool:
    return any(other.supersedes_id == row.pk for other in rows)


def _total_millilitres(treated: Sequence[TreatedLevel]) -> Decimal | None:
    """None unless every level says how much: a sum with a blank in it is none."""
    volumes = [level.cement_volume_millilitres for level in treated]
    return None if None in volumes else sum(volumes, Decimal(0))


def _procedure_lines(procedure: Procedure) -> Iterator[Line]:
    """What was said of the procedure besides; a question that nobody answered makes no line."""
    events = dict(Procedure.PerioperativeEvent.choices)
    if procedure.setting:
        yield Line("Setting", procedure.get_setting_display())
    if procedure.lives_alone is not None:
        yield Line("Lives alone", _yes_no(procedure.lives_alone))
    if procedure.antibiotic_given is not None:
        yield Line("Antibiotic", "given" if procedure.antibiotic_given else "not given")
    if procedure.perioperative_events:
        yield Line(
            "Events", mid_sentence(", ".join(str(events.get(one, one)) for one in procedure.perioperative_events))
        )
    if procedure.imaged_afterwards is not None:
        on = procedure.imaged_afterwards_on
        yield Line("Imaged after", f"{on:%-d %b %Y}" if on else _yes_no(procedure.imaged_afterwards))


def _yes_no(answer: bool) -> str:
    return "yes" if answer else "no"


def _leakage_places(treated: TreatedLevel) -> tuple[str, ...]:
    words = dict(TreatedLevel.LeakageSite.choices)
    return tuple(words.get(place, place) for place in treated.leakage_sites)


def _open_flags(record: EpisodeRecord) -> list[OpenFlag]:
    """The gravest first."""
    late = {one.flag_id: one.late_by for one in reversed(record.evidence)}  # of the first finding of each flag
    still_open = [flag for flag in record.flags if flag.state != RedFlag.State.CLOSED]
    still_open.sort(key=lambda flag: DANGER[flag.severity])
    return [OpenFlag(flag, late_minutes(late.get(flag.pk))) for flag in still_open]


def _open_tasks(record: EpisodeRecord, flags: Sequence[OpenFlag]) -> tuple[OpenTask, ...]:
    return tuple(
        OpenTask(
            task=task,
            clock=task_clock(task),
            modality=modality_words(task.modality),
            flags=tuple(one for one in flags if one.flag.imaging_task_id == task.pk),
        )
        for task in sorted(record.tasks, key=lambda task: (DANGER[task.severity], task.due_at))
        if is_open(task)
    )


def _cautions(
    procedure: Procedure,
    baseline: Baseline | None,
    current: Sequence[Observation],
    levels: Sequence[str],
    ruleset: Ruleset,
) -> tuple[str, ...]:
    """What to bear in mind with everything that the chart compares or scores."""
    news2 = caution_with_news2([*([baseline] if baseline else []), *current], levels)
    return tuple(filter(None, (baseline_caution(baseline, procedure, ruleset), news2)))


def _plot(
    record: EpisodeRecord,
    current: Sequence[Observation],
    baseline: Baseline | None,
    ruleset: Ruleset,
    now: datetime,
) -> PainPlot:
    counted = {row.pk for row in current}
    nadir_from = record.procedure.time_zero + timedelta(minutes=ruleset.pain_nadir_after_minutes)
    first_evidence: dict[int, FlagEvidence] = {}
    for one in record.evidence:
        first_evidence.setdefault(one.flag_id, one)
    return pain_plot(
        time_zero=record.procedure.time_zero,
        now=now,
        scores=[replace(_score(row), may_be_nadir=_may_be_nadir(row, nadir_from)) for row in current],
        baseline=_score(baseline) if baseline else None,
        doses=[
            DoseGiven(dose.given_at, f"{dose.get_drug_display()} {_short_route(dose)}", dose.dose)
            for dose in record.doses
            if dose.observation_id in counted
        ],
        flags=[
            FlagRaised(first_evidence[flag.pk].measured_at, flag.rule_code, flag.severity, flag.rule_title)
            for flag in record.flags
            if flag.pk in first_evidence
        ],
        severe_score=ruleset.pain_severe,
        rise_floor=ruleset.pain_rise_floor,
    )


def _may_be_nadir(row: Observation, nadir_from: datetime) -> bool:
    """As the rules have it (`followup.red_flags.pain.nadir`): a drowsy patient's low score is none."""
    return row.effective_at >= nadir_from and row.consciousness in ("", MeasuredState.Consciousness.ALERT)


def _score(row: MeasuredState) -> PainScore:
    return PainScore(row.effective_at, row.pain_at_rest, row.pain_on_movement, row.pain_scale or "NRS")


def _short_route(dose: MedicationDose) -> str:
    """IV, SC, PO as on a drug chart; the word where the code is none."""
    return "(route: other)" if dose.route == MedicationDose.Route.OTHER else dose.route
