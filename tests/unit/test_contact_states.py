"""The table of moves of a follow-up contact: what it allows, and that it allows nothing else."""

import pytest

from followup.contact_states import OPEN, TRANSITIONS, Happening, IllegalContactMove, State, after


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("happening", list(Happening))
def test_every_pair_either_moves_or_is_refused(state, happening):
    if (state, happening) in TRANSITIONS:
        assert after(state, happening) is TRANSITIONS[state, happening]
    else:
        with pytest.raises(IllegalContactMove):
            after(state, happening)


def test_a_missed_contact_that_is_answered_was_reached():
    assert after("PLANNED", Happening.ANSWERED) is State.ANSWERED
    assert after("MISSED", Happening.ANSWERED) is after("NOT_REACHED", Happening.ANSWERED) is State.REACHED


def test_what_is_closed_stays_closed():
    assert not [happening for state, happening in TRANSITIONS if state is State.CLOSED]


def test_an_open_contact_can_always_be_answered_or_closed():
    assert all((state, what) in TRANSITIONS for state in OPEN for what in (Happening.ANSWERED, Happening.CLOSED))
