"""Record and correct what was said of a bone-health drug and what became known of the bones; the gaps follow at once."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction

from followup.models import BoneHealthFacts, BoneHealthTherapy
from followup.models.bone_health import FACTS
from followup.models.correctable import Correctable
from followup.services.bone_health_plan import site_day
from followup.services.bone_health_tasks import look_again
from followup.services.correctable_rows import Row, Saved, store_once
from kyphotrack.language import stored
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

_THERAPY = ("drug", "other_drug", "status", "status_on", "deferred_until", "reason", "physician")
# The days on which something has happened already.
_PAST_DAYS = (
    "status_on", "known_on", "denosumab_given_on", "dxa_on", "dxa_ordered_on", "dental_checked_on", "fls_referred_on",
    "fls_seen_on", "falls_assessed_on",
)  # fmt: skip
Verb = ChartEvent.Verb


class DayInFuture(ValueError):
    """What is recorded as having happened lies after today."""


class NothingKnown(ValueError):
    """No fact was entered."""


@transaction.atomic
def record_therapy(
    *, procedure: Procedure, answers: dict, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[BoneHealthTherapy]:
    """Store a statement on a drug (field names of BoneHealthTherapy). The same form twice stores one row.

    Raises DayInFuture, TokenOfOtherEpisode.
    """
    row = BoneHealthTherapy(
        procedure=procedure, recorded_by=by, recorded_at=now, form_token=form_token, **_checked(procedure, answers, now)
    )
    return _store(row, procedure, verb=Verb.RECORDED_BONE_HEALTH)


@transaction.atomic
def correct_therapy(
    *, therapy: BoneHealthTherapy, answers: dict, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[BoneHealthTherapy]:
    """A new row in place of an older one, with the reason of the correction. Raises AlreadyCorrected too."""
    row = BoneHealthTherapy(
        procedure=therapy.procedure, recorded_by=by, recorded_at=now, form_token=form_token, supersedes=therapy,
        correction_reason=reason, **_checked(therapy.procedure, answers, now),
    )  # fmt: skip
    return _store(row, therapy.procedure, verb=Verb.CORRECTED_BONE_HEALTH)


@transaction.atomic
def record_facts(
    *, procedure: Procedure, answers: dict, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[BoneHealthFacts]:
    """Store what became known (field names of BoneHealthFacts; what is absent is not known).

    Raises DayInFuture, NothingKnown, TokenOfOtherEpisode.
    """
    row = BoneHealthFacts(
        procedure=procedure, recorded_by=by, recorded_at=now, form_token=form_token, **_checked(procedure, answers, now)
    )
    _check_that_something_is_known(answers)
    return _store(row, procedure, verb=Verb.RECORDED_BONE_HEALTH)


@transaction.atomic
def correct_facts(
    *, facts: BoneHealthFacts, answers: dict, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[BoneHealthFacts]:
    """A new row in place of an older one, with the reason of the correction. Raises AlreadyCorrected too."""
    row = BoneHealthFacts(
        procedure=facts.procedure, recorded_by=by, recorded_at=now, form_token=form_token, supersedes=facts,
        correction_reason=reason, **_checked(facts.procedure, answers, now),
    )  # fmt: skip
    _check_that_something_is_known(answers)
    return _store(row, facts.procedure, verb=Verb.CORRECTED_BONE_HEALTH)


@transaction.atomic
def strike_out(
    *, row: BoneHealthTherapy | BoneHealthFacts, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved:
    """The row should not be there: nothing takes its place. Raises AlreadyCorrected, TokenOfOtherEpisode."""
    kept = _THERAPY if isinstance(row, BoneHealthTherapy) else ("known_on",)
    of_same_kind: Any = type(row)
    struck = of_same_kind(
        procedure=row.procedure, recorded_by=by, recorded_at=now, form_token=form_token, supersedes=row,
        correction_reason=reason, entered_in_error=True, **{name: getattr(row, name) for name in kept},
    )  # fmt: skip
    return _store(struck, row.procedure, verb=Verb.CORRECTED_BONE_HEALTH)


def _checked(procedure: Procedure, answers: dict, now: datetime) -> dict:
    today = site_day(procedure, now)
    for name in _PAST_DAYS:
        day: date | None = answers.get(name)
        if day and day > today:
            raise DayInFuture("This day lies in the future.")
    return answers


def _check_that_something_is_known(answers: dict) -> None:
    if all(answers.get(name) in (None, "") for name in FACTS):
        raise NothingKnown("Nothing is entered. Enter at least one fact.")


def _store(row: Row, procedure: Procedure, *, verb: str) -> Saved[Row]:
    saved = store_once(row, procedure, verb=verb)
    if not saved.already_saved:
        look_again(patient=procedure.patient, because=_what(row), by=row.recorded_by, now=row.recorded_at)
    return saved


def _what(row: Correctable) -> str:
    """What was recorded, as the closing words of the gaps that it answers."""
    if row.entered_in_error:
        return "An entry was struck out."
    if isinstance(row, BoneHealthTherapy):
        drug = row.other_drug or stored(row.get_drug_display())
        return f"{drug}: {stored(row.get_status_display()).lower()}."
    return "A fact of the bone-health plan was recorded."
