"""The thread of an episode: everything that was measured, given, raised, done or missed, in clinical-time order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

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
from followup.selectors.imaging_task import modality_words
from followup.selectors.measured_summary import Line, lines_of
from kyphotrack.staff.models import DutyRole, User
from patients.models import ChartEvent
from procedures.models import Baseline, Procedure

# The shortest grace of clinical-spec 5.1: what was typed within it counts as typed at once.
TYPED_AT_ONCE = timedelta(minutes=5)


class Kind(Enum):
    """What an entry is; the value is the word that the page shows with its sign."""

    PROCEDURE = "Procedure"
    BASELINE = "Baseline"
    OBSERVATION = "Observation"
    DOSE = "Dose"
    FLAG = "Flag"
    FLAG_HANDLED = "Flag handled"
    IMAGING = "Imaging"
    ESCALATION = "Escalation"
    CHECK = "Due check"
    DISCHARGE = "Discharge"

    @property
    def label(self) -> str:
        return self.value


@dataclass(frozen=True)
class Link:
    """A page by the name and id of its URL, with the words to show."""

    url_name: str
    public_id: UUID
    words: str


@dataclass(frozen=True)
class Struck:
    """Why an entry no longer counts. `replaced_by` is the id of the entry that does, or empty if none does."""

    reason: str
    by: str
    at: datetime
    replaced_by: str


@dataclass(frozen=True)
class Entry:
    """One line of the thread. `at` is the clinical time; the other times are given only where they differ from it."""

    at: datetime
    kind: Kind
    heading: str
    lines: tuple[Line, ...] = ()
    by: str = ""
    anchor: str = ""
    typed_at: datetime | None = None
    measured_at: datetime | None = None
    severity: str = ""
    quote: str = ""
    link: Link | None = None
    struck: Struck | None = None
    corrects: str = ""
    correction_reason: str = ""

    @property
    def late_minutes(self) -> int:
        """How long after the measurement it was typed, or the alarm was raised."""
        if self.typed_at:
            return int((self.typed_at - self.at).total_seconds() // 60)
        return int((self.at - self.measured_at).total_seconds() // 60) if self.measured_at else 0


@dataclass(frozen=True)
class Day:
    on: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class EpisodeRecord:
    """Every row of an episode, superseded ones too, with the people in them already read."""

    procedure: Procedure
    baselines: Sequence[Baseline]
    observations: Sequence[Observation]
    doses: Sequence[MedicationDose]
    flags: Sequence[RedFlag]
    evidence: Sequence[FlagEvidence]
    acknowledgements: Sequence[ChartEvent]
    tasks: Sequence[ImagingTask]
    hops: Sequence[ImagingTaskHop]
    escalation_steps: Sequence[EscalationStep]
    slots: Sequence[MonitoringSlot]


def thread_of(record: EpisodeRecord, *, zone: ZoneInfo, oldest_first: bool) -> tuple[Day, ...]:
    """All entries by day of the site's zone, in the wanted direction."""
    entries = [
        *_procedure(record.procedure),
        *_measured(record.baselines, Kind.BASELINE, zone),
        *_measured(record.observations, Kind.OBSERVATION, zone),
        *_doses(record),
        *_findings(record.evidence),
        *_acknowledgements(record),
        *_closings(record.flags),
        *_hops(record.hops),
        *_steps(record.escalation_steps),
        *_checks(record),
        *_discharge(record),
    ]
    # Within one minute the order of the list above: what was measured stands before what it raised.
    entries.sort(key=lambda entry: entry.at)
    if not oldest_first:
        entries.reverse()
    days = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return tuple(Day(on, tuple(of_day)) for on, of_day in days)


def anchor_of(row: Observation | Baseline) -> str:
    return f"entry-{row.public_id}"


def _name(user: User | None, otherwise: str = "") -> str:
    return user.full_name if user else otherwise


def _procedure(procedure: Procedure) -> Iterator[Entry]:
    yield Entry(
        at=procedure.time_zero,
        kind=Kind.PROCEDURE,
        heading=f"T0: end of the procedure ({procedure.get_kind_display()})",
        by=_name(procedure.recorded_by),
        typed_at=_typed_late(procedure.recorded_at, procedure.time_zero),
    )


def _measured(rows: Sequence[Baseline] | Sequence[Observation], kind: Kind, zone: ZoneInfo) -> Iterator[Entry]:
    by_key = {row.pk: row for row in rows}
    replacement = {row.supersedes_id: row for row in rows if row.supersedes_id}
    for row in rows:
        if getattr(row, "entered_in_error", False):
            continue  # it only strikes the row that it supersedes
        old, new = by_key.get(row.supersedes_id), replacement.get(row.pk)
        source = row.get_source_display() if isinstance(row, Observation) else ""
        yield Entry(
            at=row.effective_at,
            kind=kind,
            heading=kind.label if source in ("", Observation.Source.NURSE.label) else f"{kind.label} ({source.lower()})",
            lines=lines_of(row, zone),
            by=_name(row.recorded_by, source),
            anchor=anchor_of(row),
            typed_at=_typed_late(row.recorded_at, row.effective_at) if kind is Kind.OBSERVATION else None,
            link=Link("observation", row.public_id, "Open") if kind is Kind.OBSERVATION else None,
            struck=_struck_by(new) if new else None,
            corrects=anchor_of(old) if old else "",
            correction_reason=row.correction_reason,
        )


def _struck_by(new: Observation | Baseline) -> Struck:
    in_error = getattr(new, "entered_in_error", False)
    return Struck(
        reason=new.correction_reason,
        by=_name(new.recorded_by),
        at=new.recorded_at,
        replaced_by="" if in_error else anchor_of(new),
    )


def _typed_late(typed_at: datetime, measured_at: datetime) -> datetime | None:
    return typed_at if typed_at - measured_at > TYPED_AT_ONCE else None


def _doses(record: EpisodeRecord) -> Iterator[Entry]:
    observations = {row.pk: row for row in record.observations}
    replacement = {row.supersedes_id: row for row in record.observations if row.supersedes_id}
    for dose in record.doses:
        new = replacement.get(dose.observation_id)
        yield Entry(
            at=dose.given_at,
            kind=Kind.DOSE,
            heading=" ".join(filter(None, (dose.get_drug_display(), dose.dose, dose.get_route_display().lower()))),
            by=_name(observations[dose.observation_id].recorded_by),
            struck=_struck_by(new) if new else None,
        )


def _findings(evidence: Iterable[FlagEvidence]) -> Iterator[Entry]:
    """One entry a finding: the first of a flag raised it, a later one joined it and may have made it graver."""
    gravest: dict[int, str] = {}
    for one in sorted(evidence, key=lambda one: (one.raised_at, one.pk)):
        before = gravest.get(one.flag_id)
        worse = before is not None and DANGER[one.severity] < DANGER[before]
        what = "raised" if before is None else "worse" if worse else "found again"
        gravest[one.flag_id] = one.severity if before is None or worse else before
        yield Entry(
            at=one.raised_at,
            kind=Kind.FLAG,
            heading=f"{one.flag.rule_code} {one.flag.rule_title}: {what}",
            lines=(Line("", one.reason), *(() if one.supported else (Line("", "No longer supported by current values."),))),
            measured_at=one.measured_at if one.late_by > TYPED_AT_ONCE else None,
            severity=one.severity,
            link=Link("flag", one.flag.public_id, "Open flag"),
        )


def _acknowledgements(record: EpisodeRecord) -> Iterator[Entry]:
    """From the chart events: a flag that worsened forgets in its own row who took note of the milder finding."""
    flags = {flag.public_id: flag for flag in record.flags}
    of_episode = [event for event in record.acknowledgements if event.subject_id in flags]
    for (at, _by, comment), events in groupby(
        sorted(of_episode, key=lambda event: (event.at, event.by_id or 0, event.reason)),
        key=lambda event: (event.at, event.by_id, event.reason),
    ):
        together = list(events)
        codes = ", ".join(sorted(flags[event.subject_id].rule_code for event in together))
        yield Entry(
            at=at, kind=Kind.FLAG_HANDLED, heading=f"{codes} acknowledged", quote=comment, by=_name(together[0].by)
        )


def _closings(flags: Iterable[RedFlag]) -> Iterator[Entry]:
    closed = sorted((flag for flag in flags if flag.closed_at), key=lambda flag: (flag.closed_at, flag.outcome))
    for _together, group in groupby(closed, key=lambda flag: (flag.closed_at, flag.outcome, flag.closing_reason)):
        together = list(group)
        codes = ", ".join(sorted(flag.rule_code for flag in together))
        yield Entry(
            at=together[0].closed_at,
            kind=Kind.FLAG_HANDLED,
            heading=f"{codes} closed: {together[0].get_outcome_display()}",
            quote=together[0].closing_reason,
            by=_name(together[0].closed_by),
        )


def _hops(hops: Iterable[ImagingTaskHop]) -> Iterator[Entry]:
    known: set[int] = set()
    for hop in sorted(hops, key=lambda hop: (hop.at, hop.pk)):
        joined = hop.to_state == ImagingTask.State.REQUESTED and hop.task_id in known
        known.add(hop.task_id)
        state = "A further finding joined the request" if joined else hop.get_to_state_display()
        modality = modality_words(hop.detail.get("modality") or hop.task.modality)
        region = hop.detail.get("region") or hop.task.region
        yield Entry(
            at=hop.at,
            kind=Kind.IMAGING,
            heading=f"{state}: {modality}, {region}",
            lines=_hop_lines(hop),
            quote=hop.comment,
            by=_name(hop.by),
            link=Link("imaging_task", hop.task.public_id, "Open imaging task"),
        )


def _hop_lines(hop: ImagingTaskHop) -> tuple[Line, ...]:
    lines = []
    if hop.to_state == ImagingTask.State.REPORTED and "result" in hop.detail:
        lines.append(Line("Result", ImagingTask.Result(hop.detail["result"]).label))
    if "decision" in hop.detail:
        lines.append(Line("Decision", ImagingTask.Decision(hop.detail["decision"]).label))
    return tuple(lines)


def _steps(steps: Iterable[EscalationStep]) -> Iterator[Entry]:
    for step in steps:
        yield Entry(
            at=step.taken_at,
            kind=Kind.ESCALATION,
            heading=f"Told: {DutyRole(step.role).label.lower()} (step {step.number + 1})",
        )


def _checks(record: EpisodeRecord) -> Iterator[Entry]:
    for slot in record.slots:
        what = slot.get_only_display() or slot.get_neuro_display()
        if slot.state == MonitoringSlot.State.MISSED:
            yield Entry(at=slot.due_at, kind=Kind.CHECK, heading=f"Check missed ({what.lower()})")
        elif slot.state == MonitoringSlot.State.WAIVED and not _ended_by_discharge(slot):
            yield Entry(
                at=slot.due_at,
                kind=Kind.CHECK,
                heading=f"Check not done ({what.lower()}): {slot.get_waived_because_display().lower()}",
                by=_name(slot.closed_by),
            )


def _ended_by_discharge(slot: MonitoringSlot) -> bool:
    return slot.waived_because == MonitoringSlot.WaivedBecause.DISCHARGED


def _discharge(record: EpisodeRecord) -> Iterator[Entry]:
    procedure = record.procedure
    if procedure.discharged_at:
        ended = sum(_ended_by_discharge(slot) for slot in record.slots)
        yield Entry(
            at=procedure.discharged_at,
            kind=Kind.DISCHARGE,
            heading="Ward monitoring ended",
            lines=(Line("", f"Ward checks that are no longer due: {ended}"),) if ended else (),
            by=_name(procedure.discharged_by),
        )
