"""Store the answers to the selection criteria and what a physician overrode. Nothing stored is ever changed."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Fracture, Procedure, SelectionOverride, SelectionReview
from procedures.models.fracture import FRACTURE_FACTS

_BLANK: tuple[object, ...] = (None, "", [])
_ADDED = "Facts were added; nothing recorded before was changed."


class SelectionChangedMeanwhile(ValueError):
    """Another version was stored since the person opened the one that is to be replaced."""


class CorrectionNeedsReason(ValueError):
    """Something that was recorded before is changed, and nobody said why."""


def overwrites(stored: models.Model | None, facts: Mapping[str, Any]) -> bool:
    """Whether these facts change or empty something that was recorded, rather than add to it."""
    return stored is not None and any(
        getattr(stored, name) not in _BLANK and getattr(stored, name) != value for name, value in facts.items()
    )


def differs(stored: models.Model | None, facts: Mapping[str, Any]) -> bool:
    """Whether these facts say anything else than what is stored, or anything at all where nothing is."""
    return any(
        before != value and not (before in _BLANK and value in _BLANK)
        for before, value in ((getattr(stored, name, None), value) for name, value in facts.items())
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
    """Store a version of the answers in place of `replaces`, and a new row for each fracture whose facts are new.

    `fractures` hold a level and names of FRACTURE_FACTS. The caller holds the lock of the episode. The same `form_token`
    twice gives the first version again. Raises SelectionChangedMeanwhile and CorrectionNeedsReason.
    """
    already = SelectionReview.objects.filter(form_token=form_token, procedure=procedure).first()
    if already:
        return already
    if SelectionReview.objects.current().filter(procedure=procedure).first() != replaces:
        raise SelectionChangedMeanwhile(
            "The answers were saved meanwhile by somebody else. Nothing was stored now: compare, and save again if yours hold."
        )
    if overwrites(replaces, answers) and not reason:
        raise CorrectionNeedsReason("Say in a few words why the answers are changed.")
    stored = SelectionReview.objects.create(
        procedure=procedure, supersedes=replaces, correction_reason=reason or (_ADDED if replaces else ""),
        recorded_at=now, recorded_by=by, form_token=form_token, **answers,
    )  # fmt: skip
    changed = [facts["level"] for facts in fractures if _store_fracture(procedure, facts, reason, by, now)]
    ChartEvent.new(
        patient=procedure.patient, verb=ChartEvent.Verb.RECORDED_SELECTION, by=by, now=now, subject_id=stored.public_id,
        reason=reason, fractures=changed,
    ).save()  # fmt: skip
    return stored


def _store_fracture(
    procedure: Procedure, facts: Mapping[str, Any], reason: str, by: User, now: datetime
) -> Fracture | None:
    """A new row where something is new. A fracture that nobody had recorded gets its first one."""
    known = {name: facts[name] for name in FRACTURE_FACTS if name in facts}
    current = Fracture.objects.current().filter(procedure=procedure, level=facts["level"]).first()
    if not differs(current, known):
        return None
    if current is None:
        return Fracture.objects.create(
            procedure=procedure, level=facts["level"], recorded_at=now, recorded_by=by, **known
        )
    if overwrites(current, known) and not reason:
        raise CorrectionNeedsReason(f"Say in a few words why the fracture of {current.level} is changed.")
    kept = {name: getattr(current, name) for name in FRACTURE_FACTS} | known
    return Fracture.objects.create(
        procedure=procedure, level=current.level, supersedes=current, correction_reason=reason or _ADDED,
        recorded_at=now, recorded_by=by, **kept,
    )  # fmt: skip


@transaction.atomic
def record_override(
    *,
    procedure: Procedure,
    review: SelectionReview | None,
    criteria: list[dict[str, str]],
    reason: str,
    ruleset_version: str,
    form_token: uuid.UUID,
    by: User,
    now: datetime,
) -> SelectionOverride:
    """Store why a physician went ahead although `criteria` were not met. The caller holds the lock of the episode."""
    stored = SelectionOverride.objects.create(
        procedure=procedure, review=review, criteria=criteria, reason=reason, ruleset_version=ruleset_version,
        form_token=form_token, recorded_at=now, recorded_by=by,
    )  # fmt: skip
    ChartEvent.new(
        patient=procedure.patient, verb=ChartEvent.Verb.OVERRODE_SELECTION, by=by, now=now,
        subject_id=procedure.public_id, reason=reason, criteria=[f"{one['level']} {one['code']}".strip() for one in criteria],
    ).save()  # fmt: skip
    return stored
