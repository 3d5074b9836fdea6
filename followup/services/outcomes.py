"""Record and correct outcome scores. The ODI is scored here, once, by the site's ruleset of the day (law 6)."""

import uuid
from datetime import datetime

from django.db import transaction

from followup.instruments import score_odi
from followup.models import OutcomeScore
from followup.models.outcome_score import ANSWERS, ODI_FIELDS
from followup.services.correctable_rows import Saved, store_once
from followup.services.observations import CLOCK_TOLERANCE, MeasuredInFuture
from followup.services.rulesets import ruleset_of
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure
from procedures.services import OLDEST_BASELINE


class AnsweredTooEarly(ValueError):
    """More than 30 days before the procedure."""


class NothingAnswered(ValueError):
    """Not one instrument was answered."""


@transaction.atomic
def record_outcome(
    *, procedure: Procedure, answers: dict, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[OutcomeScore]:
    """Store the answers (field names of OutcomeScore; what is absent was not asked). The same form twice stores one row.

    Raises MeasuredInFuture, AnsweredTooEarly, NothingAnswered, TokenOfOtherEpisode.
    """
    row = _scored(procedure, answers, recorded_by=by, recorded_at=now, form_token=form_token)
    return store_once(row, procedure, verb=ChartEvent.Verb.RECORDED_OUTCOME)


@transaction.atomic
def correct_outcome(
    *, score: OutcomeScore, answers: dict, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[OutcomeScore]:
    """Store a new row in place of an older one, with a reason. Raises AlreadyCorrected and the errors of `record_outcome`."""
    row = _scored(
        score.procedure, answers, recorded_by=by, recorded_at=now, form_token=form_token, supersedes=score,
        correction_reason=reason,
    )  # fmt: skip
    return store_once(row, score.procedure, verb=ChartEvent.Verb.CORRECTED_OUTCOME)


@transaction.atomic
def strike_out_outcome(
    *, score: OutcomeScore, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[OutcomeScore]:
    """The row should not be there: nothing takes its place. Raises AlreadyCorrected, TokenOfOtherEpisode."""
    row = OutcomeScore(
        procedure=score.procedure, effective_at=score.effective_at, ruleset_version=score.ruleset_version,
        recorded_by=by, recorded_at=now, form_token=form_token, supersedes=score, correction_reason=reason,
        entered_in_error=True,
    )  # fmt: skip
    return store_once(row, score.procedure, verb=ChartEvent.Verb.CORRECTED_OUTCOME)


def _scored(procedure: Procedure, answers: dict, *, recorded_at: datetime, **about) -> OutcomeScore:
    answered_at = answers["effective_at"]
    if answered_at > recorded_at + CLOCK_TOLERANCE:
        raise MeasuredInFuture("This time lies in the future.")
    if answered_at < procedure.time_zero - OLDEST_BASELINE:
        raise AnsweredTooEarly("This time lies more than 30 days before the procedure.")
    if all(answers.get(name) is None for name in ANSWERS):
        raise NothingAnswered("Nothing is entered. Enter at least one score.")
    ruleset = ruleset_of(site=procedure.patient.site, at=recorded_at)
    odi = score_odi([answers.get(name) for name in ODI_FIELDS], ruleset)
    return OutcomeScore(
        procedure=procedure, odi_percent=odi.percent, ruleset_version=ruleset.version, recorded_at=recorded_at,
        **answers, **about,
    )  # fmt: skip
