"""Follow-up contacts: laid out with the episode, answered, moved, missed, called about and closed.

Whoever moves a contact holds the lock of its episode.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from followup.contact_states import Happening, after
from followup.models import CallTask, ContactEvent, FollowUpContact, Observation
from followup.models.follow_up_contact import FollowUpContactQuerySet
from followup.services.reminders_of_contact import PATIENT_DIED, remind_from_the_start, withhold_reminders
from followup.visit_plan import RULE_OF, call_due_at, plan_contacts
from kyphotrack.language import stored
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

Closed = FollowUpContact.Closed
# FU1 and FU2 are asked while sets at the bedside or calls at home are due too: what answers those answers these.
_ANSWERED_BY_ANY_SET = ("FU1", "FU2")
_ENDS_REMINDERS = {
    Happening.ANSWERED: "the contact is answered", Happening.MOVED: "the contact was moved",
    Happening.CLOSED: "the contact is closed", Happening.MISSED: "the window is over",
}  # fmt: skip


class OutsideWindow(ValueError):
    """The new time does not lie in the window of the contact, or it has passed."""


class ContactChanged(ValueError):
    """Something happened to the contact since the form was opened."""


class NextTryMissing(ValueError):
    """Who was not reached is called again: it needs a later time."""


def lay_out_contacts(procedure: Procedure) -> None:
    """FU1 to FU8 from T0, in the patient's zone."""
    laid_out = [
        FollowUpContact(
            procedure=procedure, code=planned.code, mode=planned.mode.name, due_at=planned.due_at,
            window_opens_at=planned.opens_at, window_closes_at=planned.closes_at,
        )
        for planned in plan_contacts(procedure.time_zero, procedure.disposition, procedure.patient.zone)
    ]  # fmt: skip
    for contact in laid_out:
        remind_from_the_start(contact, procedure.patient)
    FollowUpContact.objects.bulk_create(laid_out)


@transaction.atomic
def move_contact(
    *, contact: FollowUpContact, due_at: datetime, reason: str, seen: int, by: User, now: datetime
) -> FollowUpContact:
    """Another time in the contact's window. Raises OutsideWindow, ContactChanged and IllegalContactMove.

    `seen`: how many events the person had seen of it, so that a form that is sent twice, or late, does nothing twice.
    """
    contact = _lock_as_seen(contact, seen)
    if not max(contact.window_opens_at, now) <= due_at < contact.window_closes_at:
        raise OutsideWindow("Choose a time to come, in the window of this contact.")
    before, contact.due_at = contact.due_at, due_at
    remind_from_the_start(contact, contact.procedure.patient)
    _move([contact], Happening.MOVED, by=by, now=now, reason=reason, due_before=before, due_after=due_at)
    _write_chart(contact, "moved", reason, by=by, now=now)
    return contact


@transaction.atomic
def note_not_reached(
    *, contact: FollowUpContact, reason: str, next_try_at: datetime, seen: int, by: User, now: datetime
) -> FollowUpContact:
    """A call came to nothing; its task waits until the next try.

    Raises NextTryMissing, ContactChanged and IllegalContactMove.
    """
    contact = _lock_as_seen(contact, seen)
    if next_try_at <= now:
        raise NextTryMissing("Enter when the patient is called again: a time to come.")
    _move([contact], Happening.NOT_REACHED, by=by, now=now, reason=reason)
    _write_chart(contact, "not reached", reason, by=by, now=now)
    open_task = contact.call_tasks.filter(done_at__isnull=True)
    if not open_task.update(due_at=next_try_at):
        CallTask.objects.create(contact=contact, kind=contact.rule.when_missed.name, opened_at=now, due_at=next_try_at)
    return contact


@transaction.atomic
def close_contact(*, contact: FollowUpContact, because: str, seen: int, by: User, now: datetime) -> FollowUpContact:
    """A person ends it without an answer. Raises ContactChanged and IllegalContactMove."""
    contact = _lock_as_seen(contact, seen)
    _close([contact], because, by=by, now=now)
    _write_chart(contact, "closed", stored(Closed(because).label), by=by, now=now)
    return contact


def close_contacts(contacts: FollowUpContactQuerySet, *, because: str, by: User, now: datetime) -> None:
    """When the patient died or was transferred. The caller holds the locks."""
    _close(list(contacts.open()), because, by=by, now=now)


def note_invited(contacts: list[FollowUpContact], *, now: datetime) -> None:
    """The first reminder was queued. The caller holds the locks."""
    _move(contacts, Happening.INVITED, by=None, now=now)


def answer_contact(contact: FollowUpContact, observation: Observation, *, by: User | None, now: datetime) -> None:
    """This observation answers it. The caller holds the lock. Raises IllegalContactMove."""
    contact.observation = observation
    _move([contact], Happening.ANSWERED, by=by, now=now)
    _end_calls([contact], now)


def answer_by_any_set(observation: Observation, *, by: User | None, now: datetime) -> None:
    """FU1 and FU2 are answered by a pain score measured in their window, whoever asked; a correction takes its place.

    The caller holds the lock of the episode.
    """
    if observation.supersedes_id:
        _replace(observation, by=by, now=now)
    scored = observation.pain_at_rest is not None or observation.pain_on_movement is not None
    if observation.entered_in_error or not scored:
        return
    at = observation.effective_at
    hours = (at - observation.procedure.time_zero).total_seconds() / 3600
    windows = [RULE_OF[code].hours for code in _ANSWERED_BY_ANY_SET]
    if not any(window and window[1] <= hours < window[2] for window in windows):
        return  # most saves fall in no window, and cost no statement
    answered = FollowUpContact.objects.open().filter(
        procedure=observation.procedure, code__in=_ANSWERED_BY_ANY_SET, window_opens_at__lte=at, window_closes_at__gt=at
    )
    for contact in answered:
        answer_contact(contact, observation, by=by, now=now)


def _replace(correction: Observation, *, by: User | None, now: datetime) -> None:
    answered = FollowUpContact.objects.filter(observation=correction.supersedes_id)
    if not correction.entered_in_error:
        answered.update(observation=correction)
        return
    for contact in answered:
        contact.observation = None
        _move([contact], Happening.STRUCK_OUT, by=by, now=now, reason="What answered it was struck out.")
        if contact.state == FollowUpContact.State.MISSED:
            _open_calls([contact], now)


@transaction.atomic
def raise_missed_contacts(*, now: datetime, limit: int = 100) -> int:
    """Mark what nobody answered in its window, the longest overdue first, and open the calls; returns how many.

    At most `limit` contacts. An episode that somebody is writing to is left for the next run.
    """
    overdue = FollowUpContact.objects.unanswered_in_time(now)
    chosen = list(overdue.order_by("window_closes_at", "pk").values_list("pk", "procedure_id")[:limit])
    # The episode's lock first, as every writer does; then the contacts are read afresh.
    episodes = Procedure.objects.filter(pk__in={episode for _pk, episode in chosen}).order_by("pk")
    locked = list(episodes.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    missed = list(
        overdue.filter(pk__in=[pk for pk, _episode in chosen], procedure__in=locked).select_related(
            "procedure__patient__site"
        )
    )
    _move(missed, Happening.MISSED, by=None, now=now)
    _open_calls(missed, now)
    return len(missed)


def lock_contact(contact: FollowUpContact) -> FollowUpContact:
    """The episode's lock, then the contact read afresh."""
    Procedure.objects.select_for_update(of=("self",)).get(pk=contact.procedure_id)
    return FollowUpContact.objects.select_related("procedure__patient__site").get(pk=contact.pk)


def _lock_as_seen(contact: FollowUpContact, seen: int) -> FollowUpContact:
    contact = lock_contact(contact)
    if contact.events.count() != seen:
        raise ContactChanged("Something happened to this contact since you opened it: look at it again.")
    return contact


def _write_chart(contact: FollowUpContact, what: str, reason: str, *, by: User, now: datetime) -> None:
    ChartEvent.new(
        patient=contact.procedure.patient, verb=ChartEvent.Verb.HANDLED_CONTACT, by=by, now=now,
        subject_id=contact.public_id, reason=reason, code=contact.code, what=what,
    ).save()  # fmt: skip


def _open_calls(contacts: Iterable[FollowUpContact], now: datetime) -> None:
    due = {
        contact: call_due_at(contact.rule.when_missed, contact.window_closes_at, contact.procedure.patient.zone)
        for contact in contacts
    }
    CallTask.objects.bulk_create(
        [
            CallTask(contact=contact, kind=contact.rule.when_missed.name, opened_at=now, due_at=due_at)
            for contact, due_at in due.items()
            if due_at
        ],
        # Where a reminder did not arrive, the patient is being called already.
        ignore_conflicts=True,
    )


def _end_calls(contacts: list[FollowUpContact], now: datetime) -> None:
    CallTask.objects.filter(contact__in=contacts, done_at__isnull=True).update(done_at=now)


def _close(contacts: list[FollowUpContact], because: str, *, by: User, now: datetime) -> None:
    for contact in contacts:
        contact.closed_because = because
    if because == Closed.DECEASED:
        withhold_reminders(contacts, because=PATIENT_DIED)
    _move(contacts, Happening.CLOSED, by=by, now=now, reason=stored(Closed(because).label))
    _end_calls(contacts, now)


def _move(
    contacts: list[FollowUpContact], happening: Happening, *, by: User | None, now: datetime, reason: str = "", **times
) -> None:
    """Store the state that follows, and the line of the history."""
    if not contacts:
        return
    for contact in contacts:
        contact.state = after(contact.state, happening)
    columns = ["state", "due_at", "observation", "closed_because"]
    if happening is Happening.MOVED:
        columns += ["next_reminder_at", "reminders_done"]
    FollowUpContact.objects.bulk_update(contacts, columns)
    if happening in _ENDS_REMINDERS:
        withhold_reminders(contacts, because=_ENDS_REMINDERS[happening])
    ContactEvent.objects.bulk_create(
        ContactEvent(contact=contact, happening=happening, state=contact.state, at=now, by=by, reason=reason, **times)
        for contact in contacts
    )
