"""Accept a shift: who takes over whom, until when, and what stood open then. Rows are only added."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from followup.models import HandedOverPatient, ShiftHandover
from followup.selectors.handover import HandoverPatient, as_it_stands
from kyphotrack.staff.models import Site, User

# No shift is longer: what is accepted must end by itself (the project's own).
LONGEST_SHIFT = timedelta(hours=24)


class NobodyAccepted(ValueError):
    """A shift without a patient."""


class PatientOfOtherSite(ValueError):
    """One of the patients belongs to another site than the shift."""


class ShiftEndsWrongly(ValueError):
    """The end lies behind, or too far ahead."""


@transaction.atomic
def accept_shift(
    *,
    site: Site,
    patients: Sequence[HandoverPatient],
    shift: str,
    ends_at: datetime,
    note: str,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> ShiftHandover:
    """Keep that this person took over these patients, each as it was shown. The same `form_token` gives the first row.

    It locks nothing and refuses nobody: where two accept the same patients, both rows stand. Raises the errors above.
    """
    already = ShiftHandover.objects.filter(form_token=form_token, site=site, accepted_by=by).first()
    if already:
        return already
    if not patients:
        raise NobodyAccepted("Tick at least one patient.")
    if any(one.procedure.patient.site_id != site.pk for one in patients):
        raise PatientOfOtherSite("A shift is that of one site.")
    if not now < ends_at <= now + LONGEST_SHIFT:
        raise ShiftEndsWrongly("A shift ends within 24 hours from now.")
    # Two clicks may come at once: the second finds the first's row instead of breaking on the unique token.
    handover, is_new = ShiftHandover.objects.get_or_create(
        form_token=form_token,
        defaults={
            "site": site, "shift": shift, "accepted_by": by, "accepted_at": now, "ends_at": ends_at, "note": note,
        },
    )  # fmt: skip
    if is_new:
        HandedOverPatient.objects.bulk_create(
            HandedOverPatient(handover=handover, procedure=one.procedure, stood_open=as_it_stands(one))
            for one in patients
        )
    return handover
