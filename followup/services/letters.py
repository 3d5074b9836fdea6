"""Each purpose of an e-mail with what judges and what renders it."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import override

from followup.models import OutgoingEmail
from followup.services import notice_letters, reminder_letters, staff_alerts
from followup.services.letter import Letter

Purpose = OutgoingEmail.Purpose


class _Kind(NamedTuple):
    """Why a message would be wrong now, in words or empty; and what it says."""

    why_withheld: Callable[[OutgoingEmail, datetime], str]
    letter: Callable[[OutgoingEmail], Letter]


_ALERT = _Kind(staff_alerts.why_withheld, staff_alerts.letter)
_REMINDER = _Kind(reminder_letters.why_withheld, reminder_letters.letter)
_KINDS = {
    Purpose.URGENT_ITEM: _ALERT,
    Purpose.ITEM_TO_CHECK: _ALERT,
    Purpose.OVERDUE_CHECKS: _Kind(notice_letters.why_no_overdue_notice, notice_letters.overdue_notice),
    Purpose.MORNING_DIGEST: _Kind(notice_letters.why_no_digest, notice_letters.digest),
    Purpose.VISIT_REMINDER: _REMINDER,
    Purpose.FORM_REMINDER: _REMINDER,
}


def with_world(rows: QuerySet[OutgoingEmail]) -> QuerySet[OutgoingEmail]:
    """The rows with what it takes to judge and to render them, in a constant number of queries."""
    rows = rows.select_related("site", "recipient", "patient__site", "contact__procedure")
    return reminder_letters.with_consents(staff_alerts.with_world(rows))


def why_withheld(row: OutgoingEmail, now: datetime) -> str:
    return _KINDS[Purpose(row.purpose)].why_withheld(row, now)


def letter(row: OutgoingEmail) -> Letter:
    """In the language of the installation: nobody has said yet which one a patient reads."""
    with override(settings.LANGUAGE_CODE):
        return _KINDS[Purpose(row.purpose)].letter(row)
