"""The shift's patients with all that is open about each, for the person who takes over."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from followup.models import (
    FollowUpContact,
    HandedOverPatient,
    MonitoringSlot,
    MonitoringStatus,
    Severity,
    ShiftHandover,
)
from followup.selectors.board import Board, BoardRow, board_of
from followup.selectors.contacts import ContactList, contact_worklist
from followup.selectors.open_item import OpenItem, fingerprint, to_json
from followup.selectors.open_questions import OpenQuestions, open_questions
from kyphotrack.language import stored
from kyphotrack.staff.models import User
from procedures.models import Procedure


@dataclass(frozen=True)
class Checks:
    """The open checks of one patient. `due`: those whose time has come; `late`: of them, past their grace."""

    due: tuple[MonitoringSlot, ...] = ()
    late: tuple[MonitoringSlot, ...] = ()
    ahead: MonitoringSlot | None = None


@dataclass(frozen=True)
class ContactToday:
    """A call or a contact that is due today. `call`: what the call is for, empty where none is open."""

    contact: FollowUpContact
    call: str
    due_at: datetime


@dataclass(frozen=True)
class Acceptance:
    """Who has accepted this patient with a shift that lasts."""

    by: str
    ends_at: datetime


@dataclass(frozen=True)
class HandoverPatient:
    """One patient. `seen` changes as soon as one of the `items` does: an acceptance says what it has seen."""

    row: BoardRow
    procedure: Procedure
    checks: Checks
    questions: OpenQuestions
    contacts: tuple[ContactToday, ...]
    accepted: tuple[Acceptance, ...]
    items: tuple[OpenItem, ...]
    seen: str


@dataclass(frozen=True)
class Handover:
    """`patients` by row, in the order of the board; `other_contacts`: today's contacts of everybody else."""

    board: Board
    patients: tuple[HandoverPatient, ...]
    other_contacts: ContactList


def handover(*, user: User, now: datetime) -> Handover:
    """In a fixed number of statements, whatever the number of patients."""
    lines = MonitoringStatus.objects.visible_to(user).to_hand_over(now)
    board = board_of(lines, user=user, now=now)
    contacts = contact_worklist(user=user, now=now)
    if not board.rows:
        return Handover(board, (), contacts)
    statuses = {
        status.procedure.public_id: status
        for status in lines.select_related("procedure__patient__site", "last_observation")
    }
    ids = [status.procedure_id for status in statuses.values()]
    checks, accepted, today = _checks(ids, now), _accepted(ids, now), _contacts_today(contacts)
    patients = []
    for row in board.rows:
        status = statuses.get(row.procedure_id)
        if status is None:  # left the list between two statements
            continue
        of_patient = status.procedure_id
        patients.append(
            _patient(row, status, checks[of_patient], today.get(of_patient, ()), accepted.get(of_patient, ()))
        )
    return Handover(board, tuple(patients), _of_others(contacts, set(ids)))


def by_bed(patients: Iterable[HandoverPatient]) -> list[HandoverPatient]:
    """As one walks along the ward: bed 2 comes before bed 10; who has no bed comes last."""
    return sorted(patients, key=lambda one: (one.row.at_home or not one.row.bed, _natural(one.row.bed)))


def as_it_stands(patient: HandoverPatient) -> dict:
    """What an acceptance keeps of a patient, in the words of this moment."""
    due, ahead = patient.checks.due, patient.checks.ahead
    first = due[0] if due else ahead
    return {
        "bed": patient.row.bed,
        "items": to_json(patient.items),
        "checks_due": len(due),
        "checks_late": len(patient.checks.late),
        "next_due_at": first.due_at.isoformat() if first else None,
        "not_ruled_out": patient.row.not_ruled_out,
    }


def _patient(
    row: BoardRow,
    status: MonitoringStatus,
    checks: Checks,
    contacts: tuple[ContactToday, ...],
    accepted: Collection[Acceptance],
) -> HandoverPatient:
    items = (*_items(row), *map(_contact_item, contacts))
    return HandoverPatient(
        row=row,
        procedure=status.procedure,
        checks=checks,
        questions=open_questions(status.last_observation),
        contacts=contacts,
        accepted=tuple(accepted),
        items=items,
        seen=fingerprint(items),
    )


def _items(row: BoardRow) -> Iterable[OpenItem]:
    for flag in row.flags:
        if flag.severity != Severity.INFO:
            state = "ACKNOWLEDGED" if flag.acknowledged else "OPEN"
            yield OpenItem(
                "flag", str(flag.public_id), f"{flag.rule_code} {flag.title}", state, str(flag.severity.value)
            )
    for task in row.tasks:
        yield OpenItem("imaging", str(task.public_id), task.what, task.clock.waits_for.name)


def _contact_item(one: ContactToday) -> OpenItem:
    contact = one.contact
    words = f"{contact.code} {stored(contact.get_code_display())}"
    return OpenItem("contact", str(contact.public_id), words, "CALL" if one.call else "DUE")


def _checks(procedure_ids: Collection[int], now: datetime) -> Mapping[int, Checks]:
    slots: dict[int, list[MonitoringSlot]] = defaultdict(list)
    for slot in MonitoringSlot.objects.open().filter(procedure__in=procedure_ids).order_by("due_at", "pk"):
        slots[slot.procedure_id].append(slot)
    return {procedure: _checks_of(slots[procedure], now) for procedure in procedure_ids}


def _checks_of(slots: Collection[MonitoringSlot], now: datetime) -> Checks:
    due = tuple(slot for slot in slots if slot.due_at <= now)
    late = tuple(slot for slot in due if slot.grace_ends_at < now)
    return Checks(due, late, next((slot for slot in slots if slot.due_at > now), None))


def _accepted(procedure_ids: Collection[int], now: datetime) -> Mapping[int, list[Acceptance]]:
    accepted: dict[int, list[Acceptance]] = defaultdict(list)
    rows = (
        HandedOverPatient.objects.filter(procedure__in=procedure_ids, handover__in=ShiftHandover.objects.lasting(now))
        .select_related("handover__accepted_by")
        .order_by("handover__accepted_at", "pk")
    )
    for row in rows:
        accepted[row.procedure_id].append(Acceptance(row.handover.accepted_by.full_name, row.handover.ends_at))
    return accepted


def _contacts_today(contacts: ContactList) -> Mapping[int, tuple[ContactToday, ...]]:
    """A contact that is called about stands once, as the call."""
    found: dict[int, dict[int, ContactToday]] = defaultdict(dict)
    for call in contacts.calls:
        contact = call.contact
        found[contact.procedure_id][contact.pk] = ContactToday(contact, call.get_kind_display(), call.due_at)
    for contact in contacts.today:
        found[contact.procedure_id].setdefault(contact.pk, ContactToday(contact, "", contact.due_at))
    return {procedure: tuple(of_one.values()) for procedure, of_one in found.items()}


def _of_others(contacts: ContactList, shown: Collection[int]) -> ContactList:
    return replace(
        contacts,
        calls=tuple(call for call in contacts.calls if call.contact.procedure_id not in shown),
        today=tuple(contact for contact in contacts.today if contact.procedure_id not in shown),
    )


def _natural(bed: str) -> list[tuple[bool, int, str]]:
    parts = re.findall(r"\d+|\D+", bed.casefold())
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts]
