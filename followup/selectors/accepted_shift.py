"""Shifts that were accepted: who, when, with which words; and what has changed about each patient since."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Count
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from followup.models import CallTask, FollowUpContact, HandedOverPatient, ImagingTask, RedFlag, Severity, ShiftHandover
from followup.selectors.imaging_task import modality_words, task_clock
from followup.selectors.open_item import OpenItem, from_json
from kyphotrack.staff.models import User
from procedures.models import Procedure

SHIFTS_A_PAGE = 25


@dataclass(frozen=True)
class ItemSince:
    """An item of then with its state now; or one that is `new` since. `now` says where it stands."""

    item: OpenItem
    now: str | Promise
    changed: bool
    graver: bool = False
    new: bool = False


@dataclass(frozen=True)
class PatientThen:
    """One patient of an accepted shift: what stood open then, and what has become of it."""

    procedure: Procedure
    bed: str
    items: tuple[ItemSince, ...]
    checks_due: int
    checks_late: int
    next_due_at: datetime | None
    not_ruled_out: int | None


@dataclass(frozen=True)
class AcceptedShift:
    """`also`: other acceptances of some of these patients that last at the same time, with how many they share."""

    handover: ShiftHandover
    patients: tuple[PatientThen, ...]
    also: tuple[tuple[ShiftHandover, int], ...]


def accepted_shifts(*, user: User, page_number: str) -> Page:
    """The newest first. A page that does not exist gives the first."""
    shifts = (
        ShiftHandover.objects.visible_to(user)
        .select_related("site", "accepted_by")
        .annotate(number_of_patients=Count("patients"))
        .order_by("-accepted_at", "-pk")
    )
    pages = Paginator(shifts, SHIFTS_A_PAGE)
    try:
        return pages.page(page_number or 1)
    except InvalidPage:
        return pages.page(1)


def shift_accepted_with(form_token: uuid.UUID, user: User) -> ShiftHandover | None:
    """What a form that is sent again has made already, though the list has moved on in between."""
    return ShiftHandover.objects.visible_to(user).filter(form_token=form_token, accepted_by=user).first()


def accepted_shift(handover: ShiftHandover) -> AcceptedShift:
    """In a fixed number of statements, whatever the number of patients."""
    kept = list(handover.patients.select_related("procedure__patient").order_by("pk"))
    open_now = _open_now([row.procedure_id for row in kept], _contacts_of(kept))
    return AcceptedShift(
        handover=handover,
        patients=tuple(_patient(row, open_now) for row in kept),
        also=tuple(_also(handover, kept)),
    )


def _contacts_of(kept: Iterable[HandedOverPatient]) -> set[str]:
    """Asked for by name: what was due that day is not due today, and may wait still."""
    return {item.item_id for row in kept for item in from_json(row.stood_open["items"]) if item.kind == "contact"}


def _patient(row: HandedOverPatient, open_now: Mapping[int, Mapping[tuple[str, str], OpenItem]]) -> PatientThen:
    stood = row.stood_open
    then = from_json(stood["items"])
    current = dict(open_now.get(row.procedure_id, {}))
    lines = [_since(item, current.pop(item.key, None)) for item in then]
    lines += [ItemSince(item, item.state_words, changed=True, new=True) for item in current.values()]
    return PatientThen(
        procedure=row.procedure,
        bed=stood["bed"],
        items=tuple(lines),
        checks_due=stood["checks_due"],
        checks_late=stood["checks_late"],
        next_due_at=parse_datetime(stood["next_due_at"]) if stood["next_due_at"] else None,
        not_ruled_out=stood["not_ruled_out"],
    )


def _since(then: OpenItem, current: OpenItem | None) -> ItemSince:
    if current is None:
        return ItemSince(then, _("closed since"), changed=True)
    graver = current.severity != then.severity  # nothing makes a flag milder (law 5)
    return ItemSince(then, current.state_words, changed=graver or current.state != then.state, graver=graver)


def _open_now(procedure_ids: list[int], contacts: set[str]) -> Mapping[int, Mapping[tuple[str, str], OpenItem]]:
    found: dict[int, dict[tuple[str, str], OpenItem]] = {pk: {} for pk in procedure_ids}
    flags = RedFlag.objects.open().exclude(severity=Severity.INFO).filter(procedure__in=procedure_ids)
    tasks = ImagingTask.objects.open().filter(procedure__in=procedure_ids)
    still_called = CallTask.objects.filter(contact__public_id__in=contacts, done_at__isnull=True).values("contact")
    waiting = FollowUpContact.objects.filter(public_id__in=contacts)
    for flag in flags.order_by("pk"):
        _add(found, flag.procedure_id, OpenItem(
            "flag", str(flag.public_id), f"{flag.rule_code} {flag.rule_title}", flag.state, flag.severity
        ))  # fmt: skip
    for task in tasks.order_by("pk"):
        waits_for = task_clock(task).waits_for.name
        _add(found, task.procedure_id, OpenItem(
            "imaging", str(task.public_id), modality_words(task.modality), waits_for
        ))  # fmt: skip
    called = waiting.filter(pk__in=still_called)
    for state, rows in (("DUE", waiting.waiting()), ("CALL", called)):
        for contact in rows.order_by("pk"):
            words = f"{contact.code} {contact.get_code_display()}"
            _add(found, contact.procedure_id, OpenItem("contact", str(contact.public_id), words, state))
    return found


def _add(found: dict[int, dict[tuple[str, str], OpenItem]], procedure: int, item: OpenItem) -> None:
    found[procedure][item.key] = item


def _also(handover: ShiftHandover, kept: list[HandedOverPatient]) -> Iterable[tuple[ShiftHandover, int]]:
    """Who else held some of these patients when this was accepted, or took them while it lasted."""
    others = (
        ShiftHandover.objects.filter(
            patients__procedure__in=[row.procedure_id for row in kept],
            accepted_at__lt=handover.ends_at,
            ends_at__gt=handover.accepted_at,
        )
        .exclude(pk=handover.pk)
        .select_related("accepted_by")
        .annotate(shared=Count("patients"))
        .order_by("accepted_at", "pk")
    )
    return ((other, vars(other)["shared"]) for other in others)
