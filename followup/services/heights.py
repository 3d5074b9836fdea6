"""Record and correct how high a treated vertebra is on an image after the procedure."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from followup.models import HeightMeasurement
from followup.models.height_measurement import HEIGHTS
from followup.services.correctable_rows import Saved, store_once
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure


class NotOnThisDay(ValueError):
    """The image would lie before the procedure or in the future."""


class NothingMeasured(ValueError):
    """Not one height was given."""


class NotTreated(ValueError):
    """The vertebra was not treated in this procedure."""


@transaction.atomic
def record_heights(
    *, procedure: Procedure, answers: dict, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[HeightMeasurement]:
    """Store the answers (field names of HeightMeasurement). The same form twice stores one row.

    Raises NotOnThisDay, NotTreated, NothingMeasured, TokenOfOtherEpisode.
    """
    row = _checked(procedure, answers, recorded_by=by, recorded_at=now, form_token=form_token)
    return store_once(row, procedure, verb=ChartEvent.Verb.RECORDED_OUTCOME)


@transaction.atomic
def correct_heights(
    *, measurement: HeightMeasurement, answers: dict, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[HeightMeasurement]:
    """Store a new row in place of an older one, with a reason. Raises AlreadyCorrected and those of `record_heights`."""
    row = _checked(
        measurement.procedure, answers, recorded_by=by, recorded_at=now, form_token=form_token,
        supersedes=measurement, correction_reason=reason,
    )  # fmt: skip
    return store_once(row, measurement.procedure, verb=ChartEvent.Verb.CORRECTED_OUTCOME)


@transaction.atomic
def strike_out_heights(
    *, measurement: HeightMeasurement, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> Saved[HeightMeasurement]:
    """The row should not be there: nothing takes its place. Raises AlreadyCorrected, TokenOfOtherEpisode."""
    row = HeightMeasurement(
        procedure=measurement.procedure, level=measurement.level, imaged_on=measurement.imaged_on, recorded_by=by,
        recorded_at=now, form_token=form_token, supersedes=measurement, correction_reason=reason, entered_in_error=True,
    )  # fmt: skip
    return store_once(row, measurement.procedure, verb=ChartEvent.Verb.CORRECTED_OUTCOME)


def _checked(procedure: Procedure, answers: dict, *, recorded_at: datetime, **about) -> HeightMeasurement:
    zone = procedure.patient.site.zone
    first, last = procedure.time_zero.astimezone(zone).date(), recorded_at.astimezone(zone).date()
    if not first <= answers["imaged_on"] <= last:
        raise NotOnThisDay(_("Choose a day from that of the procedure, %(first)s, to today.") % {"first": first})
    if not procedure.treated_levels.filter(level=answers["level"]).exists():
        raise NotTreated(_("This vertebra was not treated in this procedure."))
    if all(answers.get(name) is None for name in HEIGHTS):
        raise NothingMeasured(_("Nothing is entered. Enter at least one height."))
    return HeightMeasurement(procedure=procedure, recorded_at=recorded_at, **answers, **about)
