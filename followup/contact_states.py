"""What may happen to a follow-up contact, in one table (design 5). Pure."""

from enum import StrEnum


class State(StrEnum):
    PLANNED = "PLANNED"
    INVITED = "INVITED"
    ANSWERED = "ANSWERED"
    MISSED = "MISSED"
    REACHED = "REACHED"
    NOT_REACHED = "NOT_REACHED"
    CLOSED = "CLOSED"


class Happening(StrEnum):
    INVITED = "INVITED"
    ANSWERED = "ANSWERED"
    MOVED = "MOVED"
    MISSED = "MISSED"
    NOT_REACHED = "NOT_REACHED"
    CLOSED = "CLOSED"
    STRUCK_OUT = "STRUCK_OUT"

    @property
    def words(self) -> str:
        return self.value.capitalize().replace("_", " ")


class IllegalContactMove(ValueError):
    """This cannot happen to a contact in that state."""


TRANSITIONS = {
    (State.PLANNED, Happening.INVITED): State.INVITED,
    # A new time is asked for anew.
    (State.PLANNED, Happening.MOVED): State.PLANNED,
    (State.INVITED, Happening.MOVED): State.PLANNED,
    (State.PLANNED, Happening.ANSWERED): State.ANSWERED,
    (State.INVITED, Happening.ANSWERED): State.ANSWERED,
    (State.PLANNED, Happening.MISSED): State.MISSED,
    (State.INVITED, Happening.MISSED): State.MISSED,
    (State.MISSED, Happening.ANSWERED): State.REACHED,
    (State.NOT_REACHED, Happening.ANSWERED): State.REACHED,
    (State.MISSED, Happening.NOT_REACHED): State.NOT_REACHED,
    (State.NOT_REACHED, Happening.NOT_REACHED): State.NOT_REACHED,
    # Called while the window is still open, as where no e-mail may be sent.
    (State.PLANNED, Happening.NOT_REACHED): State.PLANNED,
    (State.INVITED, Happening.NOT_REACHED): State.INVITED,
    **{
        (state, Happening.CLOSED): State.CLOSED
        for state in (State.PLANNED, State.INVITED, State.MISSED, State.NOT_REACHED)
    },
    # What answered it was entered in error: it has to be asked (again).
    (State.ANSWERED, Happening.STRUCK_OUT): State.PLANNED,
    (State.REACHED, Happening.STRUCK_OUT): State.MISSED,
}
WAITING = (State.PLANNED, State.INVITED)
OPEN = (*WAITING, State.MISSED, State.NOT_REACHED)


def after(state: str, happening: Happening) -> State:
    """The state that follows. Raises IllegalContactMove."""
    try:
        return TRANSITIONS[State(state), happening]
    except KeyError:
        raise IllegalContactMove(
            f"This contact is {state.lower().replace('_', ' ')}, so that it cannot be "
            f"{happening.value.lower().replace('_', ' ')}."
        ) from None
