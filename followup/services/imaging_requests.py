"""The imaging task that a finding asks for: opened, or joined with the open one of the same region (law 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from followup.models import ImagingTask, ImagingTaskHop, RedFlag
from followup.models.monitoring_status import DANGER
from followup.red_flags.findings import Finding, ImagingPlan, Modality
from followup.red_flags.modality import clinical_question, more_urgent_of
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.urgency import clocks
from followup.services.history import EpisodeRows, history_of
from kyphotrack.language import stored

State = ImagingTask.State
_PLAN_FIELDS = (
    "severity", "priority", "modality", "alternative_modality", "region", "with_contrast", "mri_state", "notes",
    "clinical_question", "acknowledge_by", "due_at", "acknowledged_at", "state",
)  # fmt: skip


@dataclass(frozen=True)
class Requested:
    """Tasks that were opened or joined, and those among them whose ladder starts (anew)."""

    touched: tuple[ImagingTask, ...] = ()
    to_escalate: tuple[ImagingTask, ...] = ()


def open_or_join(
    *,
    rows: EpisodeRows,
    flags: Sequence[tuple[RedFlag, Finding]],
    further: Sequence[tuple[RedFlag, Finding]],
    standing: Sequence[tuple[RedFlag, Finding]],
    now: datetime,
) -> Requested:
    """Link each flag that wants a scan to a task. Sets `flag.imaging_task`; the caller saves the flags.

    `further`: every new finding with its flag, also those that only join an open one. They open nothing, but where a task
    does not reach as far as they want, it is widened, and whoever took it must look again. `standing`: all findings that
    hold now, with their flags; where MRI turned out to be contraindicated they take it off a task that still asks for it.
    """
    wanting = [(flag, finding, finding.imaging) for flag, finding in flags if finding.imaging]
    reaching = [(flag, finding, finding.imaging) for flag, finding in further if finding.imaging]
    barred = [(flag, finding, finding.imaging) for flag, finding in standing if finding.imaging]
    if not wanting and not any(
        flag.imaging_task and changes(plan, flag.imaging_task)
        for changes, findings in ((_reaches_further, reaching), (_bars_mri, barred))
        for flag, _finding, plan in findings
    ):
        return Requested()
    open_tasks = {
        (task.body_region, task.modality_class): task
        for task in ImagingTask.objects.open().filter(procedure=rows.procedure)
    }
    opened: list[ImagingTask] = []
    joined: list[ImagingTask] = []
    to_escalate: list[ImagingTask] = []
    for flag, finding, plan in sorted(wanting, key=lambda one: DANGER[one[0].severity]):
        key = (plan.body_region, plan.modality_class)
        task = open_tasks.get(key)
        if task is None:
            task = open_tasks[key] = _new_task(rows, finding, plan, now)
            opened.append(task)
            to_escalate.append(task)
        elif flag.imaging_task_id != task.pk or task in opened or DANGER[flag.severity] < DANGER[task.severity]:
            # A finding as grave as the task, or graver, must be seen even by someone who took the task already.
            alarming = DANGER[flag.severity] <= DANGER[task.severity]
            _join(task, rows, finding, plan, alarming=alarming, now=now)
            if task not in opened and task not in joined:
                joined.append(task)
            if alarming and task not in to_escalate:
                to_escalate.append(task)
        flag.imaging_task = task
    for changes, findings in ((_reaches_further, reaching), (_bars_mri, barred)):
        for _flag, finding, plan in findings:
            task = open_tasks.get((plan.body_region, plan.modality_class))
            if task is not None and changes(plan, task):
                _join(task, rows, finding, plan, alarming=True, now=now)
                if task not in opened and task not in joined:
                    joined.append(task)
                if task not in to_escalate:
                    to_escalate.append(task)
    ImagingTask.objects.bulk_create(opened)
    ImagingTaskHop.objects.bulk_create(
        ImagingTaskHop(
            task=task,
            to_state=task.state,  # a finding may join a scan that is ordered already
            at=now,
            detail={"severity": task.severity, "modality": task.modality, "region": task.region},
        )
        for task in [*opened, *joined]
    )
    ImagingTask.objects.bulk_update(joined, _PLAN_FIELDS)
    for flag, _finding, _plan in wanting:
        flag.imaging_task = flag.imaging_task  # the task has its key only now; this carries it to the flag
    return Requested(touched=(*opened, *joined), to_escalate=tuple(to_escalate))


def _reaches_further(plan: ImagingPlan, task: ImagingTask) -> bool:
    same_kind = (task.body_region, task.modality_class) == (plan.body_region, plan.modality_class)
    return same_kind and more_urgent_of(_plan_of(task), plan).region != task.region


def _bars_mri(plan: ImagingPlan, task: ImagingTask) -> bool:
    """MRI was found to be contraindicated after it was asked for, and has not been performed yet."""
    same_kind = (task.body_region, task.modality_class) == (plan.body_region, plan.modality_class)
    still_ahead = task.state in (State.REQUESTED, State.RECEIVED, State.ACCEPTED)
    return same_kind and still_ahead and plan.mri_state == "BLOCKED" != task.mri_state


def _limits(finding: Finding, ruleset: Ruleset) -> tuple[timedelta, timedelta]:
    """Within which time a scan is acknowledged and performed. Only a red finding asks for one, and has both."""
    limits = clocks(finding.severity, finding.category, ruleset)
    if limits.acknowledge_within is None or limits.imaging_within is None:
        raise ValueError(f"{finding.rule_code} is no red flag, so it cannot ask for a scan.")
    return limits.acknowledge_within, limits.imaging_within


def _new_task(rows: EpisodeRows, finding: Finding, plan: ImagingPlan, now: datetime) -> ImagingTask:
    acknowledge_within, imaging_within = _limits(finding, rows.ruleset)
    return ImagingTask(
        procedure=rows.procedure,
        severity=finding.severity.name,
        priority=plan.priority,
        body_region=plan.body_region,
        modality_class=plan.modality_class,
        clinical_question=_question(rows, finding),
        requested_at=now,
        acknowledge_by=now + acknowledge_within,
        due_at=now + imaging_within,
        **_columns(plan),
    )


def _columns(plan: ImagingPlan) -> dict:
    return {
        "modality": plan.modality.name,
        "alternative_modality": plan.alternative.name if plan.alternative else "",
        "region": plan.region,
        "with_contrast": plan.with_contrast,
        "mri_state": plan.mri_state,
        "notes": list(plan.notes),
    }


def _plan_of(task: ImagingTask) -> ImagingPlan:
    return ImagingPlan(
        modality=Modality[task.modality],
        alternative=Modality[task.alternative_modality] if task.alternative_modality else None,
        body_region=task.body_region,
        modality_class=task.modality_class,
        region=task.region,
        with_contrast=task.with_contrast,
        priority=task.priority,
        notes=tuple(task.notes),
        mri_state=task.mri_state,
    )


def _join(
    task: ImagingTask, rows: EpisodeRows, finding: Finding, joining: ImagingPlan, *, alarming: bool, now: datetime
) -> None:
    """Widen the task and raise it; never lower it or push its times back."""
    plan = more_urgent_of(_plan_of(task), joining)
    for column, value in _columns(plan).items():
        setattr(task, column, value)
    task.priority = plan.priority
    question = _question(rows, finding)
    if question not in task.clinical_question:
        task.clinical_question = f"{task.clinical_question}\n{question}"
    acknowledge_within, imaging_within = _limits(finding, rows.ruleset)
    task.due_at = min(task.due_at, now + imaging_within)
    task.severity = min(task.severity, finding.severity.name, key=DANGER.__getitem__)
    if alarming:
        unanswered = task.acknowledged_at is None
        restarted = now + acknowledge_within
        task.acknowledge_by = min(task.acknowledge_by, restarted) if unanswered else restarted
        task.acknowledged_at = None
        if task.state == State.RECEIVED:
            task.state = State.REQUESTED


def _question(rows: EpisodeRows, finding: Finding) -> str:
    blood_thinners = ", ".join(stored(use.get_drug_display()) for use in rows.anticoagulants)
    return clinical_question(finding, history_of(rows).context, blood_thinners)
