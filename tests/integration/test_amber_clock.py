"""An amber item is answered within an hour on the ward and within four of a patient at home; red clocks are the same."""

import uuid
from datetime import timedelta

import pytest

from followup.models import Escalation
from followup.services.observations import record_observation
from tests import cast

pytestmark = pytest.mark.django_db


def told(episode, source: str, *, hours: float, **answers):
    at = episode.time_zero + timedelta(hours=hours)
    return record_observation(
        procedure=episode, answers={"effective_at": at, **answers}, doses=[], source=source,
        by=cast.a_nurse(episode.patient.site), now=at, form_token=uuid.uuid4(),
    )  # fmt: skip


def answer_within(flag) -> timedelta:
    ladder = Escalation.objects.live().get(red_flag=flag)
    assert ladder.ladder["repeat_every_seconds"] == (flag.acknowledge_by - flag.raised_at).total_seconds()
    return flag.acknowledge_by - flag.raised_at


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site))


@pytest.mark.parametrize(("source", "hours"), [("NURSE", 1), ("IMPORT", 1), ("PATIENT", 4), ("PHONE", 4)])
def test_the_clock_of_an_amber_item_is_that_of_where_the_patient_is(episode, source, hours):
    saved = told(episode, source, hours=5, wound_warmth=True)
    flag = next(flag for flag in saved.raised if flag.rule_code == "I3")
    assert answer_within(flag) == timedelta(hours=hours)


def test_after_the_discharge_the_clock_is_that_of_the_home(episode, physician):
    cast.send_home(episode, by=physician, now=episode.time_zero + timedelta(hours=26))
    episode.refresh_from_db()
    saved = told(episode, "NURSE", hours=30, wound_warmth=True)
    flag = next(flag for flag in saved.raised if flag.rule_code == "I3")
    assert answer_within(flag) == timedelta(hours=4)
