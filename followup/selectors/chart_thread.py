"""The thread of an episode: everything that was measured, given, raised, done or missed, in clinical-time order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
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
from followup.selectors.chase import called
from followup.selectors.imaging_task import modality_words
from followup.selectors.measured_summary import Line, lines_of
from followup.selectors.thread_entry import Day, Entry, FoundFlag, Kind, Link, Struck
from followup.selectors.typed_late import late_minutes
from kyphotrack.language import mid_sentence
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Baseline, Procedure


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


def thread_of(
    record: EpisodeRecord, *, besides: Iterable[Entry] = (), zone: ZoneInfo, oldest_first: bool
) -> tuple[Day, ...]:
    """All entries by day of the site's zone, in the wanted direction; `besides`: those of the later care."""
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
        *besides,
    ]
    # At the same instant the order of the list above holds: what was measured stands before what it raised.
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
        **_typed(procedure.recorded_at, procedure.time_zero),
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
            heading=kind.label
            if source in ("", Observation.Source.NURSE.label)
            else f"{kind.label} ({mid_sentence(source)})",
            lines=lines_of(row, zone),
            by=_name(row.recorded_by, source),
            anchor=anchor_of(row),
            **_typed(row.recorded_at, row.effective_at, matters=kind is Kind.OBSERVATION),
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


def _typed(typed_at: datetime, measured_at: datetime, *, matters: bool = True) -> dict:
    minutes = late_minutes(typed_at - measured_at) if matters else 0
    return {"typed_at": typed_at, "late_minutes": minutes} if minutes else {}


def _doses(record: EpisodeRecord) -> Iterator[Entry]:
    observations = {row.pk: row for row in record.observations}
    replacement = {row.supersedes_id: row for row in record.observations if row.supersedes_id}
    for dose in record.doses:
        new = replacement.get(dose.observation_id)
        yield Entry(
            at=dose.given_at,
            kind=Kind.DOSE,
            heading=" ".join(
                filter(None, (str(dose.get_drug_display()), dose.dose, mid_sentence(dose.get_route_display())))
            ),
            by=_name(observations[dose.observation_id].recorded_by),
            struck=_struck_by(new) if new else None,
        )


def _findings(evidence: Iterable[FlagEvidence]) -> Iterator[Entry]:
    """One entry an assessment. A flag's first finding raised it; a later one joined, and may have made it graver."""
    gravest: dict[int, str] = {}
    in_order = sorted(evidence, key=lambda one: (one.raised_at, one.pk))
    for at, together in groupby(in_order, key=lambda one: one.raised_at):
        found = []
        for one in together:
            before = gravest.get(one.flag_id)
            worse = before is not None and DANGER[one.severity] < DANGER[before]
            gravest[one.flag_id] = one.severity if before is None or worse else before
            found.append(_found(one, "raised" if before is None else "worse" if worse else "found again"))
        found.sort(key=lambda one: DANGER[one.severity])
        yield Entry(at=at, kind=Kind.FLAG, heading="Found by the rules", found=tuple(found))


def _found(one: FlagEvidence, what: str) -> FoundFlag:
    return FoundFlag(
        flag_id=one.flag.public_id,
        severity=one.severity,
        heading=f"{one.flag.rule_code} {one.flag.rule_title}: {what}",
        reason=one.reason,
        supported=one.supported,
        measured_at=one.measured_at if late_minutes(one.late_by) else None,
        late_minutes=late_minutes(one.late_by),
        check_due_at=one.missed_check.due_at if one.missed_check else None,
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
    def decision(flag: RedFlag) -> tuple:
        return flag.closed_at, flag.outcome, flag.closing_reason

    for _decision, group in groupby(sorted((one for one in flags if one.closed_at), key=decision), key=decision):
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
    state: dict[int, str] = {}
    for hop in sorted(hops, key=lambda hop: (hop.at, hop.pk)):
        before, state[hop.task_id] = state.get(hop.task_id), hop.to_state
        if hop.by is None and before:
            heading = "A further finding joined the request"
            state[hop.task_id] = before
        elif hop.to_state == before:
            heading = "Imaging: acknowledged again"
        else:
            heading = f"Imaging: {mid_sentence(hop.get_to_state_display())}"
        yield Entry(
            at=hop.at,
            kind=Kind.IMAGING,
            heading=heading,
            lines=tuple(hop_lines(hop.detail)),
            quote=hop.comment,
            by=_name(hop.by),
            severity=hop.detail.get("severity", ""),
            link=Link("imaging_task", hop.task.public_id, "Imaging task"),
        )


def hop_lines(detail: dict) -> Iterator[Line]:
    """What was said with the hop, as it was said then: the task itself may have been widened since."""
    if detail.get("modality"):
        yield Line("Scan", f"{modality_words(detail['modality'])}, {detail['region']}")
    if detail.get("result"):
        yield Line("Result", ImagingTask.Result(detail["result"]).label)
    if detail.get("decision"):
        yield Line("Decision", ImagingTask.Decision(detail["decision"]).label)


def _steps(steps: Iterable[EscalationStep]) -> Iterator[Entry]:
    for at, together in groupby(steps, key=lambda step: step.taken_at):
        yield Entry(at=at, kind=Kind.ESCALATION, heading=f"Told: {', '.join(called(together))}")


def _checks(record: EpisodeRecord) -> Iterator[Entry]:
    for slot in record.slots:
        what = (slot.get_only_display() or slot.get_neuro_display()).lower()
        if slot.asked_for_by:
            what += f", asked for by {slot.asked_for_by}"
        if slot.state == MonitoringSlot.State.MISSED:
            yield Entry(at=slot.due_at, kind=Kind.CHECK, heading=f"Check missed ({what})")
        elif slot.state == MonitoringSlot.State.WAIVED and not _ended_with_monitoring(slot, record.procedure):
            yield Entry(
                at=slot.closed_at,
                due_at=slot.due_at,
                kind=Kind.CHECK,
                heading=f"Check not done ({what}): {mid_sentence(slot.get_waived_because_display())}",
                by=_name(slot.closed_by),
            )


def _ended_with_monitoring(slot: MonitoringSlot, procedure: Procedure) -> bool:
    """One line tells of all of these: nobody decided about each."""
    Because = MonitoringSlot.WaivedBecause
    ends = (Because.DISCHARGED, Because.TRANSFERRED, Because.DECEASED)
    return slot.waived_because in ends and slot.closed_at == procedure.discharged_at


def _discharge(record: EpisodeRecord) -> Iterator[Entry]:
    procedure = record.procedure
    if procedure.discharged_at:
        ended = sum(_ended_with_monitoring(slot, procedure) for slot in record.slots)
        end = getattr(procedure, "monitoring_end", None)
        yield Entry(
            at=procedure.discharged_at,
            kind=Kind.DISCHARGE,
            heading=f"Ward monitoring ended{f': {mid_sentence(end.get_ending_display())}' if end else ''}",
            lines=(Line("", f"Checks that are no longer due: {ended}"),) if ended else (),
            quote=end.reason if end else "",
            by=_name(procedure.discharged_by),
        )
