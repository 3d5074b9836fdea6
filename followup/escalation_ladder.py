"""Who is told when nobody answers (clinical-spec 0). Pure; a running escalation keeps the ladder it started with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.urgency import clocks


@dataclass(frozen=True)
class Rung:
    """Whom to tell, how long after the start."""

    role: str
    after: timedelta


@dataclass(frozen=True)
class Ladder:
    """The rungs in order; when they are used up the last one repeats every `repeat_every` until a person answers."""

    rungs: tuple[Rung, ...]
    repeat_every: timedelta


@dataclass(frozen=True)
class Step:
    """A rung at its time: `number` counts from 0 and goes on through the repeats."""

    number: int
    role: str
    due_at: datetime


def ladder_for(severity: Severity, category: str, ruleset: Ruleset, *, in_hospital: bool = True) -> Ladder:
    """Red: the on-call physician now (with the nurse in charge if EMERGENT), then the backup, then the service lead.

    AMBER: the nurse in charge, and then the on-call physician.
    """
    wait = clocks(severity, category, ruleset, in_hospital=in_hospital).repeat_every or timedelta(hours=1)
    if not severity.is_red_flag:
        return Ladder((Rung("CHARGE_NURSE", timedelta()), Rung("ON_CALL_PHYSICIAN", wait)), wait)
    first = [Rung("ON_CALL_PHYSICIAN", timedelta())]
    if severity is Severity.EMERGENT:
        first.append(Rung("CHARGE_NURSE", timedelta()))
    return Ladder((*first, Rung("BACKUP_PHYSICIAN", wait), Rung("SERVICE_LEAD", 2 * wait)), wait)


def _step(ladder: Ladder, started_at: datetime, number: int) -> Step:
    last = len(ladder.rungs) - 1
    rung = ladder.rungs[min(number, last)]
    return Step(number, rung.role, started_at + rung.after + max(number - last, 0) * ladder.repeat_every)


def next_due_at(ladder: Ladder, started_at: datetime, steps_taken: int) -> datetime:
    """When the first step that has not been taken falls due. There always is one."""
    return _step(ladder, started_at, steps_taken).due_at


def steps_due(ladder: Ladder, started_at: datetime, steps_taken: int, now: datetime) -> tuple[Step, ...]:
    """The steps that are due and not taken, oldest first."""
    due = []
    step = _step(ladder, started_at, steps_taken)
    while step.due_at <= now:
        due.append(step)
        step = _step(ladder, started_at, step.number + 1)
    return tuple(due)


def ladder_as_json(ladder: Ladder) -> dict[str, Any]:
    return {
        "rungs": [[rung.role, rung.after.total_seconds()] for rung in ladder.rungs],
        "repeat_every_seconds": ladder.repeat_every.total_seconds(),
    }


def ladder_from_json(stored: dict[str, Any]) -> Ladder:
    return Ladder(
        tuple(Rung(role, timedelta(seconds=after)) for role, after in stored["rungs"]),
        timedelta(seconds=stored["repeat_every_seconds"]),
    )
