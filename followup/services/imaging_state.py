"""The states of an imaging task: which hop leads where. One table, read by the services and the pages."""

from hashlib import blake2s

from followup.escalation_ladder import Hop
from followup.models import ImagingTask, RedFlag

State = ImagingTask.State

# From which state to which; a scan may be ordered by someone who never pressed "acknowledge".
TRANSITIONS: dict[str, frozenset[str]] = {
    State.REQUESTED: frozenset({State.RECEIVED, State.ACCEPTED, State.CANCELLED}),
    State.RECEIVED: frozenset({State.ACCEPTED, State.CANCELLED}),
    State.ACCEPTED: frozenset({State.IN_PROGRESS, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.REPORTED, State.CANCELLED}),
    State.REPORTED: frozenset({State.COMPLETED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
}


def needs_acknowledgement(task: ImagingTask) -> bool:
    """True until somebody took the task, and again after a finding as grave joined it."""
    return task.acknowledged_at is None and bool(TRANSITIONS[task.state])


def seen_of(item: ImagingTask | RedFlag) -> str:
    """What a page showed of an item, as a short mark: it changes when a finding joins, and with no hop of a person.

    A form carries it along, so that nobody answers for what he was not shown.
    """
    asked = [item.severity, item.acknowledge_by and item.acknowledge_by.isoformat()]
    if isinstance(item, ImagingTask):
        asked.append(item.clinical_question)
    return blake2s(repr(asked).encode(), digest_size=8).hexdigest()


_WAITS_FOR = {
    State.REQUESTED: Hop.ORDER,
    State.RECEIVED: Hop.ORDER,
    State.ACCEPTED: Hop.PERFORM,
    State.IN_PROGRESS: Hop.REPORT,
    State.REPORTED: Hop.DECIDE,
}


def hop_of_task(task: ImagingTask) -> Hop | None:
    """What the task is chased for now; None once it is closed."""
    if needs_acknowledgement(task):
        return Hop.ACKNOWLEDGE
    return _WAITS_FOR.get(State(task.state))
