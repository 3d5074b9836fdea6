"""What the page of the selection criteria and the chart read: checks, overrides and earlier versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models

from followup.selectors.measured_summary import Line
from followup.services.selection import (
    SelectionRows,
    eligibility_of,
    embolism_risk_of,
    from_the_top,
    limits_of,
    without_reason,
)
from kyphotrack.language import mid_sentence
from procedures.cement_embolism import EmbolismRisk
from procedures.eligibility import AcuteWindow, Check, Eligibility, acute_window, suggests_refractory
from procedures.fracture_measures import genant_grade
from procedures.models import Fracture, Procedure, SelectionOverride, SelectionReview
from procedures.models.fracture import FRACTURE_FACTS
from procedures.models.selection import SELECTION_ANSWERS
from procedures.three_valued import NOT_MET, Truth

GENANT = {0: "normal", 1: "mild", 2: "moderate", 3: "severe"}
# What the tags of the specification mean to a reader.
SOURCES = {"SEED": "guideline", "DEF": "set by the site", "OK": "clinical knowledge"}


@dataclass(frozen=True)
class WaitingCriterion:
    """A criterion that is not met and has no reason yet. The level is empty where it concerns the patient."""

    level: str
    check: Check


@dataclass(frozen=True)
class FractureShown:
    """A fracture with what is worked out from it. `height_loss_percent`: measured, else estimated."""

    fracture: Fracture
    height_loss_percent: Decimal | None
    measured: bool
    genant: int | None
    genant_words: str
    window: AcuteWindow


@dataclass(frozen=True)
class Version:
    """One version of answers or of a fracture: what it held, by whom, and why it came."""

    heading: str
    at: datetime
    by: str
    reason: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class SelectionShown:
    judged: Eligibility
    waiting: tuple[WaitingCriterion, ...]
    not_met: int
    fractures: tuple[FractureShown, ...]
    embolism_risk: EmbolismRisk
    overrides: tuple[SelectionOverride, ...]

    @property
    def state(self) -> Truth:
        return self.judged.state

    @property
    def words(self) -> str:
        """The result in one line, as the chart says it."""
        parts = []
        if self.not_met:
            parts.append(f"{self.not_met} {'criterion' if self.not_met == 1 else 'criteria'} not met")
            parts.append("a physician's reason is missing" if self.waiting else "overridden by a physician")
        if self.judged.incomplete:
            parts.append(f"incomplete: {self.judged.incomplete} item{'' if self.judged.incomplete == 1 else 's'}")
        return "; ".join(parts) or "all criteria met"


def selection_shown(rows: SelectionRows) -> SelectionShown:
    """Everything that follows from the rows, without another statement."""
    judged = eligibility_of(rows)
    return SelectionShown(
        judged=judged,
        waiting=tuple(WaitingCriterion(level, check) for level, check in without_reason(rows, judged)),
        not_met=sum(1 for _ in judged.that_are(NOT_MET)),
        fractures=tuple(_fracture(rows, fracture) for fracture in rows.fractures),
        embolism_risk=embolism_risk_of(rows),
        overrides=rows.overrides,
    )


def _fracture(rows: SelectionRows, fracture: Fracture) -> FractureShown:
    loss = rows.height_loss_percent(fracture)
    grade = None if loss is None else genant_grade(loss)
    return FractureShown(
        fracture=fracture,
        height_loss_percent=loss,
        measured=rows.measured_height_loss_percent(fracture) is not None,
        genant=grade,
        genant_words="" if grade is None else GENANT[grade],
        window=acute_window(fracture.age_on(rows.day), limits_of(rows.ruleset)),
    )


def refractory_suggestion(rows: SelectionRows) -> bool | None:
    """What the fall of pain over the therapy suggests; the same worst score of rest and movement as in E1."""
    scores = [rows.baseline.pain_at_rest, rows.baseline.pain_on_movement] if rows.baseline else []
    worst = max((score for score in scores if score is not None), default=None)
    return suggests_refractory(
        rows.review.pain_at_therapy_start if rows.review else None, worst, limits_of(rows.ruleset)
    )


def versions_of(procedure: Procedure) -> tuple[Version, ...]:
    """Every version of the answers and of the fractures, the newest first; the current ones stand among them."""
    reviews = procedure.selection_reviews.select_related("recorded_by")
    fractures = from_the_top(procedure.fractures.select_related("recorded_by"))
    versions = [
        *(_version("Answers", row, SELECTION_ANSWERS, procedure) for row in reviews),
        *(_version(f"Fracture {row.level}", row, FRACTURE_FACTS, procedure) for row in fractures),
    ]
    return tuple(sorted(versions, key=lambda version: version.at, reverse=True))


def _version(heading: str, row: SelectionReview | Fracture, names: Iterable[str], procedure: Procedure) -> Version:
    return Version(
        heading=heading,
        at=row.recorded_at or procedure.recorded_at,
        by=(row.recorded_by or procedure.recorded_by).full_name,
        reason=row.correction_reason,
        lines=tuple(Line(_label(row, name), text) for name in names if (text := _answer(row, name))),
    )


def _label(row: models.Model, name: str) -> str:
    words = str(row._meta.get_field(name).verbose_name)
    return words[0].upper() + words[1:]


def _answer(row: models.Model, name: str) -> str:
    """In words; empty where nothing was recorded."""
    value = getattr(row, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        words = dict(Fracture.Tenderness.choices)
        return mid_sentence(", ".join(str(words.get(one, one)) for one in value))
    field = row._meta.get_field(name)
    if value and field.choices:
        return str(dict(field.flatchoices)[value])
    return "" if value in (None, "") else str(value)
