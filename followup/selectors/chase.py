"""What is called about now, and how far its ladder was climbed, as the pages say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from followup.escalation_ladder import Channel, Hop, Ladder, exhausted_at, is_exhausted, ladder_from_json
from followup.models import Escalation, EscalationStep, ImagingTask, RedFlag
from followup.models.escalation import HOP_WORDS
from followup.services.escalations import may_be_noted
from kyphotrack.language import mid_sentence
from kyphotrack.staff.models import DutyRole


@dataclass(frozen=True)
class Told:
    """A step of the ladder that was taken: who was told, how, for which hop, and when."""

    who: str
    how: str
    hop: str
    at: datetime


@dataclass(frozen=True)
class Noted:
    user_id: int
    by: str
    at: datetime


@dataclass(frozen=True)
class Chase:
    """The live clock of an open item.

    `calls`: how often people were told. `exhausted_at`: since when only the last step repeats, each `repeat_every`.
    `phone`: whom somebody phones now, because the last step that was taken says so.
    """

    hop: Hop
    target_at: datetime
    next_due_at: datetime
    calls: int
    exhausted_at: datetime | None
    repeat_every: timedelta
    nobody_left_since: datetime | None
    phone: str
    may_be_noted: bool

    @property
    def words(self) -> str:
        """What is to be done: "order the scan"."""
        return HOP_WORDS[self.hop]

    @property
    def has_own_clock(self) -> bool:
        """Acknowledgement and scan have theirs in the item itself."""
        return self.hop not in (Hop.ACKNOWLEDGE, Hop.PERFORM)

    @property
    def is_alarming(self) -> bool:
        return bool(self.exhausted_at or self.nobody_left_since or self.phone)


def live_chases(escalations: QuerySet[Escalation]) -> tuple[dict[int, Chase], dict[int, Chase]]:
    """The live ones among them by imaging task, and by flag: one statement."""
    of_task, of_flag = {}, {}
    for escalation in _read(escalations):
        if escalation.imaging_task_id:
            of_task[escalation.imaging_task_id] = _chase(escalation)
        elif escalation.red_flag_id:
            of_flag[escalation.red_flag_id] = _chase(escalation)
    return of_task, of_flag


def chase_of(subject: ImagingTask | RedFlag) -> Chase | None:
    return next((_chase(one) for one in _read(subject.escalations.all())), None)


def notes_of(subject: ImagingTask | RedFlag) -> tuple[Noted, ...]:
    """Who noted that they have seen the hop that is chased now."""
    live = subject.escalations.filter(stopped_at__isnull=True)
    notes = (
        live.filter(notes__isnull=False)
        .order_by("notes__at")
        .values_list("notes__by", "notes__by__full_name", "notes__at")
    )
    return tuple(Noted(*note) for note in notes)


def told(steps: QuerySet[EscalationStep]) -> tuple[Told, ...]:
    in_order = steps.select_related("person", "escalation").order_by("taken_at", "number", "pk")
    return tuple(_told(step) for step in in_order)


def called(steps: Iterable[EscalationStep]) -> list[str]:
    """Whom these steps told, each once, in small letters within a sentence."""
    return list(dict.fromkeys(_who(step.role, step.person.full_name if step.person else "") for step in steps))


def _read(escalations: QuerySet[Escalation]) -> QuerySet[Escalation]:
    return escalations.filter(stopped_at__isnull=True).annotate(calls=Count("steps"))


def _told(step: EscalationStep) -> Told:
    how = {Channel.PHONE: "to be phoned", Channel.BOARD_ONLY: "on the board"}.get(Channel(step.channel), "")
    who = step.person.full_name if step.person else DutyRole(step.role).label
    return Told(who, how, HOP_WORDS[Hop(step.escalation.hop)], step.taken_at)


def _who(role: str, person: str) -> str:
    return person or mid_sentence(DutyRole(role).label)


def _chase(escalation: Escalation) -> Chase:
    ladder = ladder_from_json(escalation.ladder)
    assert escalation.next_due_at is not None  # noqa: S101 - a check constraint says so of what is live
    exhausted = is_exhausted(ladder, escalation.steps_taken)
    return Chase(
        hop=Hop(escalation.hop),
        target_at=escalation.target_at,
        next_due_at=escalation.next_due_at,
        calls=vars(escalation)["calls"],
        exhausted_at=exhausted_at(ladder, escalation.climbs_from) if exhausted else None,
        repeat_every=ladder.repeat_every,
        nobody_left_since=escalation.nobody_left_since,
        phone=_phone(ladder, escalation.steps_taken),
        may_be_noted=may_be_noted(escalation),
    )


def _phone(ladder: Ladder, steps_taken: int) -> str:
    """The role to phone: that of the step that was taken last, where the ladder wants it phoned."""
    if not 0 < steps_taken <= len(ladder.rungs):
        return ""
    rung = ladder.rungs[steps_taken - 1]
    return mid_sentence(DutyRole(rung.role).label) if rung.channel is Channel.PHONE else ""
