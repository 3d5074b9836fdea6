"""From an assessment to rows: every finding gets its flag, and each red flag its imaging task and its ladder."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from followup.models import (
    FlagEvidence,
    ImagingTask,
    MonitoringEnd,
    MonitoringSlot,
    MonitoringStatus,
    Observation,
    RedFlag,
)
from followup.models.monitoring_status import DANGER
from followup.red_flags.assess import Assessment, assess
from followup.red_flags.citations import CITATIONS
from followup.red_flags.findings import Category, Finding, Severity
from followup.red_flags.rules import RULES_BY_CODE
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.urgency import clocks
from followup.services import escalations, imaging_requests, slots
from followup.services.history import EpisodeRows, history_of, missed_check_id
from followup.services.monitoring_status import refresh_status
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

State = RedFlag.State


@dataclass
class Changes:
    """What one assessment changed."""

    raised: tuple[RedFlag, ...] = ()
    imaging_tasks: tuple[ImagingTask, ...] = ()
    new_findings: tuple[Finding, ...] = ()
    open_flags: list[RedFlag] = field(default_factory=list)
    chart_events: list[ChartEvent] = field(default_factory=list)


class _Source(NamedTuple):
    """One of the two: an observation, or a check that nobody did (N10)."""

    observation_id: int | None = None
    missed_check_id: int | None = None


@dataclass
class _Ledger:
    """The flags and evidence of an episode, and what this assessment adds to them."""

    evidence: list[FlagEvidence]
    open_flags: dict[str, RedFlag]
    known: dict[tuple[str, "_Source"], list[FlagEvidence]]
    new_evidence: list[FlagEvidence] = field(default_factory=list)
    graver_evidence: list[FlagEvidence] = field(default_factory=list)
    new_flags: list[RedFlag] = field(default_factory=list)
    worsened: list[RedFlag] = field(default_factory=list)
    finding_of: dict[str, Finding] = field(default_factory=dict)  # the gravest new finding of a rule
    new_findings: list[Finding] = field(default_factory=list)

    def add(self, evidence: FlagEvidence) -> None:
        self.new_evidence.append(evidence)
        self.known.setdefault((evidence.flag.rule_code, _source_of(evidence)), []).append(evidence)


def reassess(*, rows: EpisodeRows, by: User | None, now: datetime) -> Changes:
    """Assess a whole episode again, for instance against a corrected baseline. Call it with the episode locked."""
    history = history_of(rows)
    changes = apply_assessment(rows=rows, assessment=assess(history, rows.ruleset), by=by, now=now)
    known = list(rows.slots)
    known += slots.add_rechecks(procedure=rows.procedure, findings=changes.new_findings, open_slots=known, now=now)
    ChartEvent.objects.bulk_create(changes.chart_events)
    refresh_status(
        status=MonitoringStatus.objects.get(procedure=rows.procedure),
        rows=rows,
        slots=[slot for slot in known if slot.state == MonitoringSlot.State.OPEN],
        flags=changes.open_flags,
        history=history,
    )
    return changes


def apply_assessment(*, rows: EpisodeRows, assessment: Assessment, by: User | None, now: datetime) -> Changes:
    """Give every finding its flag: join the open one of its rule, worsen it, or open a new one with its task and ladder.

    Nothing here closes or lowers a flag (law 5). A flag that no finding supports any more is marked and stays open.
    """
    ledger = _read_ledger(rows.procedure)
    sources = _sources(rows)
    for finding in assessment.raised:
        _enter(ledger, finding, sources[finding.reading_id], rows, now)
    _mark_support(ledger, assessment, sources, now)

    changed = [*ledger.new_flags, *ledger.worsened]
    tasks = imaging_requests.open_or_join(
        rows=rows,
        flags=[(flag, ledger.finding_of[flag.rule_code]) for flag in changed],
        further=[(ledger.open_flags[finding.rule_code], finding) for finding in ledger.new_findings],
        standing=[
            (ledger.open_flags[finding.rule_code], finding)
            for finding in assessment.raised
            if finding.rule_code in ledger.open_flags
        ],
        now=now,
    )
    RedFlag.objects.bulk_create(ledger.new_flags)
    RedFlag.objects.bulk_update(
        ledger.worsened,
        [
            "severity",
            "state",
            "acknowledged_at",
            "acknowledged_by",
            "acknowledge_by",
            "unsupported_since",
            "imaging_task",
        ],
    )
    FlagEvidence.objects.bulk_create(ledger.new_evidence)
    FlagEvidence.objects.bulk_update(
        ledger.graver_evidence, ["severity", "reason", "values", "raised_at", "ruleset_version"]
    )
    site, ruleset = rows.procedure.patient.site, rows.ruleset
    chased_alone = [flag for flag in changed if flag.imaging_task_id is None]
    escalations.start_for_flags(
        flags=chased_alone,
        at_home=[flag for flag in chased_alone if _is_at_home(ledger.finding_of[flag.rule_code], rows)],
        site=site,
        ruleset=ruleset,
        now=now,
    )
    escalations.stop_for_flags(
        flags=[flag for flag in ledger.worsened if flag.imaging_task_id], because="joined an imaging task", now=now
    )
    escalations.start_for_tasks(
        tasks=[(task, _shortest_clock(task, ledger.open_flags.values(), ruleset)) for task in tasks.to_escalate],
        site=site,
        ruleset=ruleset,
        now=now,
    )
    return Changes(
        raised=tuple(sorted(changed, key=lambda flag: DANGER[flag.severity])),
        imaging_tasks=tasks.touched,
        new_findings=tuple(ledger.new_findings),
        open_flags=list(ledger.open_flags.values()),
        chart_events=[
            ChartEvent.new(
                patient=rows.procedure.patient,
                verb=ChartEvent.Verb.RAISED_FLAG,
                by=None,
                now=now,
                subject_id=flag.public_id,
                rule_code=flag.rule_code,
                severity=flag.severity,
                ruleset_version=ruleset.version,
            )
            for flag in changed
        ],
    )


def _shortest_clock(task: ImagingTask, open_flags: Iterable[RedFlag], ruleset: Ruleset) -> str:
    """The category, among the task's gravest flags, whose ladder climbs fastest (the shorter clock wins)."""
    severity = Severity[task.severity]
    categories = [
        flag.category for flag in open_flags if flag.imaging_task_id == task.pk and flag.severity == task.severity
    ]
    # Without such a flag, as where each was closed and the task still stands, the shortest clock there is.
    return min(
        categories,
        key=lambda category: clocks(severity, category, ruleset).repeat_every or timedelta.max,
        default=Category.CARDIORESPIRATORY.value,
    )


def _read_ledger(procedure: Procedure) -> _Ledger:
    evidence = list(
        FlagEvidence.objects.filter(flag__procedure=procedure)
        .select_related("flag", "flag__imaging_task")
        .order_by("pk")
    )
    flags = {one.flag_id: one.flag for one in evidence}
    for one in evidence:  # one object a flag, so that a change to it is seen everywhere
        one.flag = flags[one.flag_id]
    known: dict[tuple[str, _Source], list[FlagEvidence]] = {}
    for one in evidence:
        known.setdefault((one.flag.rule_code, _source_of(one)), []).append(one)
    return _Ledger(
        evidence=evidence,
        known=known,
        open_flags={flag.rule_code: flag for flag in flags.values() if flag.state != State.CLOSED},
    )


def _sources(rows: EpisodeRows) -> dict[str, _Source]:
    """What a finding may rest on, by the id under which the rules know it."""
    return {str(row.public_id): _Source(observation_id=row.pk) for row in rows.observations} | {
        missed_check_id(slot): _Source(missed_check_id=slot.pk) for slot in rows.slots
    }


def _enter(ledger: _Ledger, finding: Finding, source: _Source, rows: EpisodeRows, now: datetime) -> None:
    severity = finding.severity.name
    # A flag that was closed while nothing supported it (a baseline mixed up, say) answers no finding that comes back.
    known = [
        one
        for one in ledger.known.get((finding.rule_code, source), ())
        if one.supported or one.flag.state != State.CLOSED
    ]
    if any(DANGER[one.severity] <= DANGER[severity] for one in known):
        return
    flag = ledger.open_flags.get(finding.rule_code)
    if flag is None:
        flag = _new_flag(finding, rows, now)
        ledger.open_flags[finding.rule_code] = flag
        ledger.new_flags.append(flag)
    elif DANGER[severity] < DANGER[flag.severity]:
        _worsen(flag, finding, rows, now)
        if flag not in ledger.new_flags and flag not in ledger.worsened:
            ledger.worsened.append(flag)
    gravest = ledger.finding_of.get(finding.rule_code)
    if gravest is None or finding.severity <= gravest.severity:
        ledger.finding_of[finding.rule_code] = finding
    ledger.new_findings.append(finding)
    milder = next((one for one in known if one.flag is flag), None)
    if milder:
        _make_graver(milder, finding, rows.ruleset, now)
        ledger.graver_evidence.append(milder)
        return
    ledger.add(
        FlagEvidence(
            flag=flag,
            **source._asdict(),
            severity=severity,
            reason=finding.reason,
            values=finding.evidence,
            measured_at=finding.effective_at,
            raised_at=now,
            ruleset_version=rows.ruleset.version,
        )
    )


def _make_graver(evidence: FlagEvidence, finding: Finding, ruleset: Ruleset, now: datetime) -> None:
    """The same rule on the same source, graver through what came in since, such as a late entry. A flag has one row a
    source, so what was said before is kept inside it (law 6).
    """
    said = {
        "severity": evidence.severity,
        "reason": evidence.reason,
        "observed": evidence.values.get("observed", {}),
        "reference": evidence.values.get("reference", {}),
        "raised_at": evidence.raised_at.isoformat(),
        "ruleset_version": evidence.ruleset_version,
    }
    evidence.values = {**finding.evidence, "said_before": [*evidence.values.get("said_before", []), said]}
    evidence.severity, evidence.reason = finding.severity.name, finding.reason
    evidence.raised_at, evidence.ruleset_version = now, ruleset.version


def _new_flag(finding: Finding, rows: EpisodeRows, now: datetime) -> RedFlag:
    rule = RULES_BY_CODE[finding.rule_code]
    citation = CITATIONS[rule.citation]
    return RedFlag(
        procedure=rows.procedure,
        rule_code=finding.rule_code,
        rule_title=rule.title,
        ruleset_version=rows.ruleset.version,
        severity=finding.severity.name,
        category=finding.category,
        reason=finding.reason,
        citation={"text": citation.text, "strength": citation.strength},
        raised_at=now,
        acknowledge_by=_acknowledge_by(finding, rows, now),
    )


def _worsen(flag: RedFlag, finding: Finding, rows: EpisodeRows, now: datetime) -> None:
    """A graver finding of the same rule: the flag rises, and whoever took note of the milder one must look again."""
    flag.severity = finding.severity.name
    flag.state = State.OPEN
    flag.acknowledged_at = flag.acknowledged_by = None
    flag.acknowledge_by = _acknowledge_by(finding, rows, now)


def _acknowledge_by(finding: Finding, rows: EpisodeRows, now: datetime) -> datetime | None:
    in_hospital = not _is_at_home(finding, rows)
    within = clocks(finding.severity, finding.category, rows.ruleset, in_hospital=in_hospital).acknowledge_within
    return now + within if within else None


def _is_at_home(finding: Finding, rows: EpisodeRows) -> bool:
    """Told by the patient or by phone, or found after the discharge; who was transferred is still in a hospital."""
    source = next((row.source for row in rows.observations if str(row.public_id) == finding.reading_id), None)
    if source in (Observation.Source.PATIENT, Observation.Source.PHONE):
        return True
    procedure = rows.procedure
    if procedure.discharged_at is None or finding.effective_at < procedure.discharged_at:
        return False
    ended = getattr(procedure, "monitoring_end", None)
    return ended is not None and ended.ending != MonitoringEnd.Ending.TRANSFERRED


def _source_of(evidence: FlagEvidence) -> _Source:
    return _Source(evidence.observation_id, evidence.missed_check_id)


def _mark_support(ledger: _Ledger, assessment: Assessment, sources: dict[str, _Source], now: datetime) -> None:
    """Note which evidence a current row still supports, and which open flag none supports any more."""
    found = {(finding.rule_code, sources[finding.reading_id]) for finding in assessment.raised}
    turned = []
    for one in ledger.evidence:
        supported = (one.flag.rule_code, _source_of(one)) in found
        if one.supported != supported:
            one.supported = supported
            turned.append(one)
    FlagEvidence.objects.bulk_update(turned, ["supported"])
    supported_rules = {finding.rule_code for finding in assessment.raised}
    changed = []
    for rule_code, flag in ledger.open_flags.items():
        if flag.pk and (rule_code in supported_rules) == (flag.unsupported_since is not None):
            flag.unsupported_since = None if rule_code in supported_rules else now
            changed.append(flag)
    RedFlag.objects.bulk_update(changed, ["unsupported_since"])
