"""What was answered by phone or in clinic: one observation, judged like any other, and the contact with it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from followup.contact_states import OPEN, IllegalContactMove
from followup.models import FollowUpContact
from followup.services.contacts import answer_contact, lock_contact
from followup.services.observations import SavedObservation, record_observation
from kyphotrack.language import stored
from kyphotrack.staff.models import User


@transaction.atomic
def record_contact_answers(
    *,
    contact: FollowUpContact,
    answers: dict,
    doses: Sequence[dict],
    source: str,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> SavedObservation:
    """Store the answers as an observation and mark the contact answered, or reached after a call.

    Raises IllegalContactMove for a contact that is answered or closed, and the errors of `record_observation`.
    """
    before = lock_contact(contact)
    saved = record_observation(
        procedure=before.procedure, answers=answers, doses=doses, source=source, by=by, now=now, form_token=form_token
    )
    if saved.already_saved:
        return saved
    if before.state not in OPEN:
        raise IllegalContactMove(
            f"This contact is {stored(before.get_state_display()).lower()} already. Nothing was saved."
        )
    fresh = lock_contact(contact)
    if fresh.state in OPEN:  # a pain score in the window of FU1 or FU2 has answered it already
        answer_contact(fresh, saved.observation, by=by, now=now)
    return saved
