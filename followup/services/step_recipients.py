"""Whom a step of a ladder mails: who is on call, without those who noted that they have seen the item."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.escalation_ladder import Channel, Hop
from followup.models import EscalationNote, EscalationStep
from kyphotrack.staff.models import Site, User
from kyphotrack.staff.selectors import OnCall, on_call


@dataclass(frozen=True)
class Recipients:
    """The people of each step. `noted`: who has taken note of its escalation, by its key."""

    by_step: Mapping[EscalationStep, list[User]]
    noted: Mapping[int, set[int]]

    def reaches_nobody_left(self, step: EscalationStep) -> bool:
        """It was to be mailed, and everyone there is has taken note and not acted."""
        mailed = step.channel == Channel.EMAIL
        return mailed and not self.by_step[step] and bool(self.noted[step.escalation_id])


def recipients_of(*, steps: Sequence[EscalationStep], site: Site, now: datetime) -> Recipients:
    """In a constant number of statements. A person whom two steps of one moment name is mailed once."""
    noted: dict[int, set[int]] = defaultdict(set)
    # Only what was acknowledged before can have been noted, so that raising an alarm does not ask.
    later = [step.escalation_id for step in steps if step.escalation.hop != Hop.ACKNOWLEDGE]
    if later:
        notes = EscalationNote.objects.filter(escalation__in=later)
        for escalation, person in notes.values_list("escalation_id", "by_id"):
            noted[escalation].add(person)
    roles = sorted({step.role for step in steps})
    people = on_call(site=site, roles=roles, now=now) if roles else OnCall({}, {}, {})
    mailed: dict[int, set[int]] = defaultdict(set)
    by_step = {}
    for step in steps:
        told = mailed[step.escalation_id]
        chosen = _people(step, people, noted[step.escalation_id]) if step.channel == Channel.EMAIL else []
        by_step[step] = [user for user in chosen if user.pk not in told]
        told |= {user.pk for user in chosen}
    return Recipients(by_step, noted)


def _people(step: EscalationStep, people: OnCall, noted: set[int]) -> list[User]:
    """The named person, else the rota, else everyone who stands in: the first of these who has not taken note."""
    person = people.members.get(step.person_id) if step.person_id else None
    for group in ([person] if person else [], people.rota[step.role], people.everyone[step.role]):
        left = [user for user in group if user.pk not in noted]
        if left:
            return left
    return []
