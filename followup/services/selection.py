"""The selection criteria of an episode: rows into the values that the pure checks read, and what a page may store."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from followup.red_flags.ruleset import Ruleset
from followup.services.episodes import lock_episode
from followup.services.rulesets import ruleset_of
from kyphotrack.staff.models import User
from procedures import selection
from procedures.cement_embolism import EmbolismRisk, cement_embolism_risk
from procedures.eligibility import Check, Eligibility, eligibility
from procedures.fracture_measures import measured_height_loss_percent
from procedures.models import Baseline, Fracture, Procedure, SelectionOverride, SelectionReview, TreatedLevel
from procedures.models.selection import THERAPY_COMPONENTS
from procedures.selection_facts import EligibilityLimits, LevelFacts, PatientFacts, TherapyComponent
from procedures.three_valued import NOT_MET
from procedures.vertebrae import LEVELS

# Facts whose name is that of their column.
_OF_BASELINE = ("pain_at_rest", "pain_on_movement", "inr", "platelets_per_nanolitre", "pregnancy_possible")
_OF_REVIEW = (
    "therapy_started_on", "therapy_ended_on", "therapy_continues", "refractory", "active_infection", "coagulopathy",
    "cement_or_contrast_allergy", "healed_fracture", "cord_compression", "pregnant", "cannot_lie_prone",
)  # fmt: skip
_PRESENT_HERE = {Fracture.Tenderness.AT_LEVEL, Fracture.Tenderness.ABOVE, Fracture.Tenderness.BELOW}


class NothingToOverride(ValueError):
    """No criterion waits for a reason, or other ones than the person saw."""


@dataclass(frozen=True)
class SelectionRows:
    """What the criteria are judged by, and what was overridden so far; the current versions only, with the
    thresholds that hold at the site."""

    procedure: Procedure
    treated: tuple[TreatedLevel, ...]
    fractures: tuple[Fracture, ...]
    baseline: Baseline | None
    review: SelectionReview | None
    overrides: tuple[SelectionOverride, ...]
    ruleset: Ruleset

    @property
    def day(self) -> date:
        """The day of the procedure at its site: therapy and fractures are as old as they were then."""
        return self.procedure.time_zero.astimezone(self.procedure.patient.site.zone).date()

    def measured_height_loss_percent(self, fracture: Fracture) -> Decimal | None:
        broken = {one.level for one in self.fractures}
        return measured_height_loss_percent(fracture.heights, level=fracture.level, broken=broken)

    def height_loss_percent(self, fracture: Fracture) -> Decimal | None:
        """What was measured where that is complete; else what somebody estimated."""
        measured = self.measured_height_loss_percent(fracture)
        return fracture.height_loss_percent if measured is None else measured


def current_baseline(procedure: Procedure) -> Baseline | None:
    return procedure.baselines.current().select_related("recorded_by").first()


def read_selection(procedure: Procedure, *, baseline: Baseline | None, ruleset: Ruleset) -> SelectionRows:
    """Read the current rows beside the baseline, which a caller may have read already; levels from the top."""
    return SelectionRows(
        procedure=procedure,
        treated=from_the_top(procedure.treated_levels.all()),
        fractures=from_the_top(procedure.fractures.current()),
        baseline=baseline,
        review=procedure.selection_reviews.current().select_related("recorded_by").first(),
        overrides=tuple(procedure.selection_overrides.select_related("recorded_by").order_by("pk")),
        ruleset=ruleset,
    )


def selection_at(procedure: Procedure, *, now: datetime) -> SelectionRows:
    """The same with the current baseline and the thresholds that are in force now."""
    ruleset = ruleset_of(site=procedure.patient.site, at=now)
    return read_selection(procedure, baseline=current_baseline(procedure), ruleset=ruleset)


def from_the_top(rows: Any) -> tuple:
    return tuple(sorted(rows, key=lambda row: LEVELS.index(row.level)))


def limits_of(ruleset: Ruleset) -> EligibilityLimits:
    names = EligibilityLimits.__dataclass_fields__
    return EligibilityLimits(**{name: getattr(ruleset, name) for name in names})


def eligibility_of(rows: SelectionRows) -> Eligibility:
    """The checks of the treated levels: a fracture that was not treated was not selected either."""
    by_level = {fracture.level: fracture for fracture in rows.fractures}
    levels = [_level(rows, treated.level, by_level.get(treated.level)) for treated in rows.treated]
    return eligibility(_patient(rows), levels, limits_of(rows.ruleset))


def embolism_risk_of(rows: SelectionRows) -> EmbolismRisk:
    by_level = {fracture.level: fracture for fracture in rows.fractures}
    levels = [treated.level for treated in rows.treated]
    fractures = (by_level.get(level) for level in levels)
    return cement_embolism_risk(
        levels=levels,
        vertebroplasty=rows.procedure.kind == Procedure.Kind.VERTEBROPLASTY,
        fracture_ages=[fracture.age_on(rows.day) if fracture else None for fracture in fractures],
        many_levels=rows.ruleset.many_levels,
        fresh_fracture_days=rows.ruleset.fresh_fracture_days,
    )


def without_reason(rows: SelectionRows, judged: Eligibility) -> tuple[tuple[str, Check], ...]:
    """The criteria that are not met and that no physician overrode on the current version of the answers."""
    covered = {
        (one["level"], one["code"])
        for override in rows.overrides
        if override.review_id == (rows.review.pk if rows.review else None)
        for one in override.criteria
    }
    return tuple((level, check) for level, check in judged.that_are(NOT_MET) if (level, check.code) not in covered)


def criterion_key(level: str, check: Check) -> str:
    return f"{level}:{check.code}"


def _patient(rows: SelectionRows) -> PatientFacts:
    review, baseline = rows.review, rows.baseline
    facts: dict[str, Any] = {"on": rows.day, "aetiology": rows.procedure.aetiology}
    if baseline:
        facts |= {name: getattr(baseline, name) for name in _OF_BASELINE}
        if baseline.contrast_reaction:
            facts["contrast_reaction"] = baseline.contrast_reaction != Baseline.ContrastReaction.NONE
    if review:
        facts |= {name: getattr(review, name) for name in _OF_REVIEW}
        for name in THERAPY_COMPONENTS:
            facts[name] = TherapyComponent(getattr(review, name) or None, getattr(review, f"{name}_reason"))
    return PatientFacts(**facts)


def _level(rows: SelectionRows, level: str, fracture: Fracture | None) -> LevelFacts:
    if fracture is None:
        return LevelFacts(level)
    cortex, edema = fracture.posterior_cortex, fracture.stir_edema
    not_done = edema == Fracture.Edema.NOT_DONE
    return LevelFacts(
        level,
        height_loss_percent=rows.height_loss_percent(fracture),
        posterior_cortex_intact=cortex == Fracture.Cortex.INTACT if cortex else None,
        tender=bool(_PRESENT_HERE & set(fracture.tenderness)) if fracture.tenderness else None,
        imaging_confirms_level=fracture.imaging_confirms_level,
        edema=edema == Fracture.Edema.PRESENT if edema and not not_done else None,
        no_mri=not_done,
        age=fracture.age_on(rows.day),
    )


@transaction.atomic
def record_selection(
    *,
    procedure: Procedure,
    answers: Mapping[str, Any],
    fractures: Collection[Mapping[str, Any]],
    replaces: SelectionReview | None,
    reason: str,
    form_token: uuid.UUID,
    by: User,
    now: datetime,
) -> SelectionReview:
    """Store a version of the answers behind the lock of the episode. Raises the errors of `procedures.selection`."""
    return selection.record_selection(
        procedure=lock_episode(procedure, now=now), answers=answers, fractures=fractures, replaces=replaces, reason=reason,
        form_token=form_token, by=by, now=now,
    )  # fmt: skip


@transaction.atomic
def override_selection(
    *, procedure: Procedure, seen: Collection[str], reason: str, form_token: uuid.UUID, by: User, now: datetime
) -> SelectionOverride:
    """Store a physician's reason for every criterion that is not met and has none yet.

    `seen` are the keys (`criterion_key`) that the person saw: with any other one open, nothing is stored and
    NothingToOverride is raised. The same `form_token` twice gives the first override again.
    """
    procedure = lock_episode(procedure, now=now)
    already = SelectionOverride.objects.filter(form_token=form_token, procedure=procedure).first()
    if already:
        return already
    rows = selection_at(procedure, now=now)
    waiting = without_reason(rows, eligibility_of(rows))
    if not waiting or {criterion_key(*one) for one in waiting} != set(seen):
        raise NothingToOverride("The criteria changed since this page was opened. Nothing was stored: look again.")
    return selection.record_override(
        procedure=procedure,
        review=rows.review,
        criteria=[
            {"level": level, "code": check.code, "title": check.title, "reason": check.reason}
            for level, check in waiting
        ],
        reason=reason,
        ruleset_version=rows.ruleset.version,
        form_token=form_token,
        by=by,
        now=now,
    )
