"""Follow-up contacts as pages show them: those of an episode, and what is to be called or seen today."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from followup.models import CallTask, FollowUpContact
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import Capability, sites_of
from procedures.models import Procedure

# The patient's day may be another than the reader's; none is further off than this.
_A_DAY_ANYWHERE = timedelta(hours=26)


@dataclass(frozen=True)
class ContactList:
    """Without clinical words: coordinators read it too. `answered_at`: the sites at which the reader may enter answers."""

    calls: tuple[CallTask, ...]
    today: tuple[FollowUpContact, ...]
    answered_at: frozenset[int]


def contacts_of(procedure: Procedure) -> tuple[FollowUpContact, ...]:
    return tuple(FollowUpContact.objects.filter(procedure=procedure).order_by("code"))


def contact_worklist(*, user: User, now: datetime) -> ContactList:
    """Open calls, the longest due first; and contacts due by the end of the patient's day whose window is still open."""
    visible = FollowUpContact.objects.visible_to(user)
    calls = (
        CallTask.objects.filter(contact__in=visible, done_at__isnull=True)
        .select_related("contact__procedure__patient__site")
        .order_by("due_at", "pk")
    )
    due = (
        visible.waiting()
        .filter(due_at__lt=now + _A_DAY_ANYWHERE, window_closes_at__gt=now)
        .exclude(mode="WARD")
        .select_related("procedure__patient__site")
        .order_by("due_at", "pk")
    )
    return ContactList(
        calls=tuple(calls),
        today=tuple(one for one in due if _is_due_today(one, now)),
        answered_at=frozenset(sites_of(user, Capability.RECORD_OBSERVATION).values_list("pk", flat=True)),
    )


def _is_due_today(contact: FollowUpContact, now: datetime) -> bool:
    zone = contact.procedure.patient.zone
    return contact.due_at.astimezone(zone).date() <= now.astimezone(zone).date()
