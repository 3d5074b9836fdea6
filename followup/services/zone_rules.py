"""When the rules of a time zone change (a new tzdata), what was laid out by the old ones keeps its hour on the wall.

Due times are stored as instants, by the rules of the day on which they were laid out. Contacts to come are laid out anew; what
has fallen due stays as it was. Where a person chose the time nobody knows what was meant, so these are listed for a person.
A reminder that went out named the hour on the wall, which stays right: it is not sent again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from followup.contact_states import Happening
from followup.models import ContactEvent, FollowUpContact
from followup.services.reminders_of_contact import reminders_of
from followup.visit_plan import PlannedContact, plan_contacts
from procedures.models import Procedure


@dataclass(frozen=True)
class Followed:
    """A contact that stands at another instant by the rules of today; not `moved` where a person had chosen its time."""

    contact: FollowUpContact
    due_before: datetime
    due_after: datetime
    moved: bool


def follow_zone_rules(*, now: datetime) -> Iterator[Followed]:
    """Episode by episode, each in a transaction of its own. A second run finds nothing but the times of persons."""
    to_come = _to_come(now).order_by("procedure_id", "due_at")
    for procedure_id, contacts in groupby(to_come.iterator(chunk_size=1000), lambda one: one.procedure_id):
        if any(_differs(contact) for contact in contacts):
            yield from _follow(procedure_id=procedure_id, now=now)


def _to_come(now: datetime) -> QuerySet[FollowUpContact]:
    moved_by_a_person = ContactEvent.objects.filter(contact=OuterRef("pk"), happening=Happening.MOVED, by__isnull=False)
    waiting = FollowUpContact.objects.waiting().filter(due_at__gt=now)
    return waiting.select_related("procedure__patient__site").annotate(chosen=Exists(moved_by_a_person))


@transaction.atomic
def _follow(*, procedure_id: int, now: datetime) -> list[Followed]:
    Procedure.objects.select_for_update(of=("self",)).get(pk=procedure_id)
    contacts = _to_come(now).filter(procedure=procedure_id).order_by("due_at")
    return [_lay_out_anew(contact, now) for contact in contacts if _differs(contact)]


def _planned(contact: FollowUpContact) -> PlannedContact:
    procedure = contact.procedure
    plan = plan_contacts(procedure.time_zero, procedure.disposition, procedure.patient.zone)
    return next(planned for planned in plan if planned.code == contact.code)


def _differs(contact: FollowUpContact) -> bool:
    planned = _planned(contact)
    due_at = contact.due_at if contact.chosen else planned.due_at  # type: ignore[attr-defined]
    return (contact.due_at, contact.window_opens_at, contact.window_closes_at) != (
        due_at, planned.opens_at, planned.closes_at,
    )  # fmt: skip


def _lay_out_anew(contact: FollowUpContact, now: datetime) -> Followed:
    planned, before = _planned(contact), contact.due_at
    if contact.chosen:  # type: ignore[attr-defined]
        return Followed(contact, before, before, moved=False)
    contact.due_at, contact.window_opens_at, contact.window_closes_at = (
        planned.due_at, planned.opens_at, planned.closes_at,
    )  # fmt: skip
    if contact.next_reminder_at:
        plan = reminders_of(contact, contact.procedure.patient)
        contact.next_reminder_at = next((one.at for one in plan if one.occurrence >= contact.reminders_done), None)
    contact.save(update_fields=["due_at", "window_opens_at", "window_closes_at", "next_reminder_at"])
    ContactEvent.objects.create(
        contact=contact, happening=Happening.MOVED, state=contact.state, at=now, due_before=before,
        due_after=contact.due_at, reason=f"By the rules of today in the time zone {contact.procedure.patient.zone}.",
    )  # fmt: skip
    return Followed(contact, before, contact.due_at, moved=True)
