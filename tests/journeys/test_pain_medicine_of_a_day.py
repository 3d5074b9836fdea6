"""How much opioid a day needed stands beside the doses (clinical-spec 2.5): a sum of what is known, and what it is not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    return cast.an_episode()


@pytest.fixture
def nurse(episode):
    return cast.a_nurse(episode.patient.site)


def given(episode, minutes, amount, unit="MG", drug="OXYCODONE", route="PO"):
    return {
        "drug": drug, "route": route, "dose": "as written", "amount": amount, "unit": unit,
        "given_at": episode.time_zero + timedelta(minutes=minutes),
    }  # fmt: skip


def log(episode, minutes, *doses):
    return cast.log(episode, minutes=minutes, doses=list(doses), pain_at_rest=Decimal(5)).observation


def observation_page(client, nurse, observation):
    return words(read(client, nurse, "observation", observation.public_id))


def test_the_doses_of_the_day_add_up_until_then(client, nurse, episode):
    log(episode, 60, given(episode, 50, Decimal(10)))
    second = log(episode, 300, given(episode, 290, Decimal(10)))
    shown = "day 0 after the procedure: 30 mg morphine equivalent by mouth; WHO step 3 (strong opioid)"
    assert shown in observation_page(client, nurse, second)
    assert shown in words(read(client, nurse, "chart", episode.public_id))


def test_fifty_milligrams_are_said(client, nurse, episode):
    much = log(episode, 60, given(episode, 50, Decimal(40)))
    assert "60 mg morphine equivalent by mouth; 50 mg a day or more" in observation_page(client, nurse, much)


def test_what_has_no_equivalent_makes_the_sum_a_lower_bound(client, nurse, episode):
    both = log(episode, 60, given(episode, 40, Decimal(5)), given(episode, 50, Decimal(2), drug="MORPHINE", route="IV"))
    assert "at least 7.5 mg morphine equivalent by mouth; some doses" in observation_page(client, nurse, both)


def test_without_a_dose_nothing_is_said(client, nurse, episode):
    assert "morphine equivalent" not in observation_page(client, nurse, log(episode, 60))
