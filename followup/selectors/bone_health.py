"""The bone-health page of an episode: gaps, tasks, drugs with their history and checks, and what is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from followup.bone_health import DenosumabDates, Scope, day_words, denosumab_dates, is_answered, scope_of
from followup.bone_health_checks import Check, checks_before, t_score_class, vitamin_d
from followup.care_gaps import CareGap, OpenQuestion, care_gaps, open_questions
from followup.models import BoneHealthFacts, BoneHealthTask, BoneHealthTherapy
from followup.models.bone_health import FACTS, fact_label
from followup.models.monitoring_status import DANGER
from followup.selectors.measured_summary import Line
from followup.services.bone_health_plan import known_of, newest_with, plan_of, read_bone_health, site_day
from followup.services.rulesets import ruleset_of
from kyphotrack.staff.models import User
from procedures.models import Baseline, Procedure

_GOING_ON = ("CONSIDERED", "PRESCRIBED", "STARTED", "DEFERRED")


@dataclass(frozen=True)
class DrugChecks:
    """What to look at before one drug is given."""

    drug: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Typed:
    """One row that a person typed. `replaced_by`: the row that took its place."""

    row: Any
    lines: tuple[Line, ...]
    replaced_by: Any


@dataclass(frozen=True)
class BoneHealthPage:
    """`other_gaps`: those that no open task shows. `newer`: a later episode of the patient, where the gaps are watched."""

    scope: Scope
    answered: bool
    other_gaps: tuple[CareGap, ...]
    questions: tuple[OpenQuestion, ...]
    tasks: tuple[BoneHealthTask, ...]
    closed_tasks: tuple[BoneHealthTask, ...]
    denosumab: DenosumabDates | None
    known: tuple[Line, ...]
    drugs: tuple[DrugChecks, ...]
    therapies: tuple[Typed, ...]
    facts: tuple[Typed, ...]
    newer: Procedure | None


def bone_health_page(procedure: Procedure, *, now: datetime) -> BoneHealthPage:
    """Rows of all episodes of the patient, in a fixed number of statements."""
    today = site_day(procedure, now)
    ruleset = ruleset_of(site=procedure.patient.site, at=now)
    rows = read_bone_health([procedure.patient_id])[procedure.patient_id]
    plan = plan_of(procedure, rows)
    baseline = Baseline.objects.current().filter(procedure=procedure).first()
    known = known_of(rows.facts, baseline)
    tasks = _gravest_first(BoneHealthTask.objects.filter(procedure=procedure).select_related("closed_by"))
    on_tasks = {task.gap for task in tasks if task.state == BoneHealthTask.State.OPEN}
    going_on = {(one.drug, one.drug_words): one.status for one in rows.therapies}
    return BoneHealthPage(
        scope=scope_of(plan),
        answered=is_answered(plan, today),
        other_gaps=tuple(gap for gap in care_gaps(plan, today, ruleset) if gap.state not in on_tasks),
        questions=open_questions(plan, today, ruleset),
        tasks=tuple(task for task in tasks if task.state == BoneHealthTask.State.OPEN),
        closed_tasks=tuple(task for task in tasks if task.state == BoneHealthTask.State.DONE),
        denosumab=denosumab_dates(plan, today, ruleset),
        known=tuple(_known_lines(rows.facts)),
        drugs=tuple(
            DrugChecks(words, checks_before(drug, known))
            for (drug, words), status in going_on.items()
            if status in _GOING_ON
        ),
        therapies=_typed(BoneHealthTherapy, procedure, _therapy_lines),
        facts=_typed(BoneHealthFacts, procedure, _fact_lines),
        newer=Procedure.objects.filter(patient=procedure.patient_id, ended_at__gt=procedure.ended_at)
        .order_by("ended_at")
        .last(),
    )


def bone_health_typed(procedure: Procedure) -> tuple[tuple[Typed, ...], tuple[Typed, ...]]:
    """What was typed of drugs, and what of facts, in one episode: two statements."""
    return tuple(
        tuple(one for one in _typed(model, procedure, lines) if one.row.procedure_id == procedure.pk)
        for model, lines in ((BoneHealthTherapy, _therapy_lines), (BoneHealthFacts, _fact_lines))
    )  # type: ignore[return-value]


def open_bone_health_tasks(procedure: Procedure) -> tuple[BoneHealthTask, ...]:
    """For the chart, the gravest first."""
    return _gravest_first(BoneHealthTask.objects.open().filter(procedure=procedure))


def bone_health_worklist(user: User) -> tuple[BoneHealthTask, ...]:
    """Open gaps of living patients, the gravest first and then the longest open."""
    open_tasks = BoneHealthTask.objects.visible_to(user).open().filter(procedure__patient__life_status="ALIVE")
    return _gravest_first(open_tasks.select_related("procedure__patient__site"))


def _gravest_first(tasks: QuerySet[BoneHealthTask]) -> tuple[BoneHealthTask, ...]:
    """Of equal severity the longest open first."""
    return tuple(sorted(tasks.order_by("due_on", "pk"), key=lambda task: DANGER[task.severity]))


def check_words(procedure: Procedure, drug: str) -> tuple[Check, ...]:
    """The checks before one drug, for the moment at which it was entered."""
    rows = read_bone_health([procedure.patient_id])[procedure.patient_id]
    baseline = Baseline.objects.current().filter(procedure=procedure).first()
    return checks_before(drug, known_of(rows.facts, baseline))


def _typed(model: Any, procedure: Procedure, lines_of: Any) -> tuple[Typed, ...]:
    """Every row of the patient, corrected ones too, the newest first."""
    rows = list(
        model._default_manager.filter(procedure__patient=procedure.patient_id)
        .select_related("recorded_by", "procedure")
        .order_by("recorded_at", "pk")
    )
    replaced = {row.supersedes_id: row for row in rows if row.supersedes_id}
    shown = [row for row in rows if not row.entered_in_error]
    shown.sort(key=lambda row: row.status_on if model is BoneHealthTherapy else row.known_on)
    return tuple(Typed(row, tuple(lines_of(row)), replaced.get(row.pk)) for row in reversed(shown))


def _therapy_lines(row: BoneHealthTherapy) -> Iterator[Line]:
    if row.deferred_until:
        yield Line("Until", day_words(row.deferred_until))
    if row.reason:
        yield Line("Reason", "", typed=row.reason)
    if row.physician:
        yield Line("Physician", "", typed=row.physician)


def _fact_lines(row: BoneHealthFacts) -> Iterator[Line]:
    for name in FACTS:
        words = _fact_words(row, name)
        if words:
            yield Line(fact_label(name), words)


def _known_lines(facts: Sequence[BoneHealthFacts]) -> Iterator[Line]:
    """Of each column the newest known value, with its day."""
    for name in FACTS:
        row = newest_with(facts, name)
        words = _fact_words(row, name) if row else ""
        if row and words:
            own_day = name.endswith("_on") or name in ("dxa_site", "dxa_t_score")
            yield Line(fact_label(name), words if own_day else f"{words} ({day_words(row.known_on)})")


def _fact_words(row: BoneHealthFacts, name: str) -> str:
    value = getattr(row, name)
    if value in (None, "") or name.endswith("_unit"):
        return ""
    if name.endswith("_on"):
        return day_words(value)
    if name == "vitamin_d":
        return vitamin_d(value, row.vitamin_d_unit).words
    if name == "dxa_t_score":
        return f"{value:+}: {t_score_class(value).label} (scan of {day_words(row.dxa_on)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(row, f"{name}_unit"):
        return f"{value.normalize():f} {getattr(row, f'get_{name}_unit_display')()}"
    if hasattr(row, f"get_{name}_display"):
        return getattr(row, f"get_{name}_display")()
    return str(value)
