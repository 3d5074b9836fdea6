"""Who is told when nobody acts (clinical-spec 0), hop by hop. Pure; a running escalation keeps the ladder it started with.

The acknowledgement is chased from the start. Each later hop has a target, and the same ladder is climbed anew once it has
passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.urgency import Clocks, clocks


class Hop(StrEnum):
    """What a chased item waits for. CLOSE is the one hop after the acknowledgement of a flag that no scan is made for."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    ORDER = "ORDER"
    PERFORM = "PERFORM"
    REPORT = "REPORT"
    DECIDE = "DECIDE"
    CLOSE = "CLOSE"


class Channel(StrEnum):
    """How a step reaches people. Nothing here phones: pages say whom a person phones now."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    BOARD_ONLY = "BOARD_ONLY"


class LadderKey(StrEnum):
    """Which ladder an item is chased by: one for each row of the response clocks."""

    EMERGENT_NEURO = "EMERGENT_NEURO"
    EMERGENT_CARDIO = "EMERGENT_CARDIO"
    URGENT = "URGENT"
    AMBER_WARD = "AMBER_WARD"
    AMBER_HOME = "AMBER_HOME"

    @property
    def is_amber(self) -> bool:
        return self in (LadderKey.AMBER_WARD, LadderKey.AMBER_HOME)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops whose target the ladder sets; that of PERFORM is the imaging clock of the task."""
        return (Hop.CLOSE,) if self.is_amber else (Hop.ORDER, Hop.REPORT, Hop.DECIDE, Hop.CLOSE)


@dataclass(frozen=True)
class Rung:
    """Whom to tell, how long after the start, and how. `person`: only this one of the role, by the key of the account."""

    role: str
    after: timedelta
    channel: Channel = Channel.EMAIL
    person: int | None = None


@dataclass(frozen=True)
class Ladder:
    """The rungs in order; when they are used up the last one repeats every `repeat_every` until a person acts.

    `targets`: how long each later hop may take before the ladder is climbed for it.
    """

    rungs: tuple[Rung, ...]
    repeat_every: timedelta
    targets: Mapping[Hop, timedelta] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A rung at its time: `number` counts from 0 and goes on through the repeats."""

    number: int
    rung: Rung
    due_at: datetime

    @property
    def role(self) -> str:
        return self.rung.role


def ladder_key(severity: Severity, category: str, *, in_hospital: bool = True) -> LadderKey:
    """Of an item that is chased; INFO is not."""
    if severity is Severity.EMERGENT:
        return LadderKey.EMERGENT_NEURO if category in ("NEURO", "PAIN") else LadderKey.EMERGENT_CARDIO
    if severity is Severity.URGENT:
        return LadderKey.URGENT
    return LadderKey.AMBER_WARD if in_hospital else LadderKey.AMBER_HOME


def clocks_of(key: LadderKey, ruleset: Ruleset) -> Clocks:
    severity = Severity[key.partition("_")[0]]
    category = "CARDIORESPIRATORY" if key is LadderKey.EMERGENT_CARDIO else "NEURO"
    return clocks(severity, category, ruleset, in_hospital=key is not LadderKey.AMBER_HOME)


def default_ladder(key: LadderKey, ruleset: Ruleset) -> Ladder:
    """Red: the on-call physician now (with the nurse in charge if EMERGENT), then the backup, then the service lead.

    AMBER: the nurse in charge, and then the on-call physician.
    """
    limits = clocks_of(key, ruleset)
    wait = limits.repeat_every or timedelta(hours=1)
    targets = _default_targets(key, limits, ruleset)
    if key.is_amber:
        return Ladder((Rung("CHARGE_NURSE", timedelta()), Rung("ON_CALL_PHYSICIAN", wait)), wait, targets)
    first = [Rung("ON_CALL_PHYSICIAN", timedelta())]
    if key is not LadderKey.URGENT:
        first.append(Rung("CHARGE_NURSE", timedelta()))
    return Ladder((*first, Rung("BACKUP_PHYSICIAN", wait), Rung("SERVICE_LEAD", 2 * wait)), wait, targets)


def _default_targets(key: LadderKey, limits: Clocks, ruleset: Ruleset) -> dict[Hop, timedelta]:
    """The project's own: the specification sets no figure for these hops, so they take over clocks that it has."""
    answer = limits.acknowledge_within or timedelta(hours=1)
    if key.is_amber:
        return {Hop.CLOSE: answer}
    ward_clock = timedelta(minutes=ruleset.acknowledge_amber_ward_minutes)
    close = limits.imaging_within or timedelta(minutes=ruleset.acknowledge_amber_home_minutes)
    return {Hop.ORDER: answer, Hop.REPORT: ward_clock, Hop.DECIDE: ward_clock, Hop.CLOSE: close}


def ladder_for(severity: Severity, category: str, ruleset: Ruleset, *, in_hospital: bool = True) -> Ladder:
    """The default ladder of a finding, for a site that has set none."""
    return default_ladder(ladder_key(severity, category, in_hospital=in_hospital), ruleset)


def for_hop(ladder: Ladder, key: LadderKey, hop: Hop, ruleset: Ruleset) -> Ladder:
    """The ladder as it is climbed for a hop. What was seen already calls no faster than its clock where it is amber."""
    if hop is Hop.ACKNOWLEDGE or not key.is_amber:
        return ladder
    return replace(ladder, repeat_every=max(ladder.repeat_every, clocks_of(key, ruleset).repeat_every or timedelta()))


def climbs_from(hop: Hop, started_at: datetime, target_at: datetime) -> datetime:
    """From when on the rungs count. A target that lay behind when the hop began is climbed for from then."""
    return started_at if hop is Hop.ACKNOWLEDGE else max(started_at, target_at)


def _step(ladder: Ladder, start: datetime, number: int) -> Step:
    last = len(ladder.rungs) - 1
    rung = ladder.rungs[min(number, last)]
    return Step(number, rung, start + rung.after + max(number - last, 0) * ladder.repeat_every)


def next_due_at(ladder: Ladder, start: datetime, steps_taken: int) -> datetime:
    """When the first step that has not been taken falls due. There always is one."""
    return _step(ladder, start, steps_taken).due_at


def steps_due(ladder: Ladder, start: datetime, steps_taken: int, now: datetime) -> tuple[Step, ...]:
    """The steps that are due and not taken, oldest first."""
    due = []
    step = _step(ladder, start, steps_taken)
    while step.due_at <= now:
        due.append(step)
        step = _step(ladder, start, step.number + 1)
    return tuple(due)


def is_exhausted(ladder: Ladder, steps_taken: int) -> bool:
    """Every rung was climbed; from now on only the last one repeats."""
    return steps_taken >= len(ladder.rungs)


def exhausted_at(ladder: Ladder, start: datetime) -> datetime:
    return start + ladder.rungs[-1].after


def longest_wait(ladder: Ladder) -> timedelta:
    return max(ladder.repeat_every, *(rung.after for rung in ladder.rungs))


def ladder_as_json(ladder: Ladder) -> dict[str, Any]:
    return {
        "rungs": [
            {
                "role": rung.role,
                "after_seconds": rung.after.total_seconds(),
                "channel": rung.channel.value,
                "person": rung.person,
            }
            for rung in ladder.rungs
        ],
        "repeat_every_seconds": ladder.repeat_every.total_seconds(),
        "targets_seconds": {hop.value: target.total_seconds() for hop, target in ladder.targets.items()},
    }


def ladder_from_json(stored: dict[str, Any]) -> Ladder:
    return Ladder(
        tuple(_rung_from_json(rung) for rung in stored["rungs"]),
        timedelta(seconds=stored["repeat_every_seconds"]),
        {Hop(hop): timedelta(seconds=target) for hop, target in stored.get("targets_seconds", {}).items()},
    )


def _rung_from_json(stored: Any) -> Rung:
    if isinstance(stored, list):  # an escalation that was started before rungs had a channel
        role, after = stored
        return Rung(role, timedelta(seconds=after))
    return Rung(
        stored["role"], timedelta(seconds=stored["after_seconds"]), Channel(stored["channel"]), stored["person"]
    )
