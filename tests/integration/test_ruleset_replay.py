"""What a draft would have raised, missed and changed in past episodes: read only, bounded, and without a name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.models import SiteRuleset
from followup.services.ruleset_replay import replay_ruleset
from tests import cast
from tests.cast import T0, a_patient, a_routine_set, a_site, an_episode, log
from tests.ruleset_steps import LOOSER, STRICTER, a_draft, lead, replayed


@pytest.fixture
def episode(db):
    cast.a_physician(a_site())
    return an_episode(a_patient(a_site()))


def rule(ruleset: SiteRuleset, code: str) -> dict:
    return next(one for one in ruleset.replay["rules"] if one["code"] == code)


def test_the_replay_names_the_episodes_that_would_have_been_missed(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=7))
    other = an_episode(a_patient(a_site(), "MRN-2"))
    log(other, minutes=30, **a_routine_set(pain_on_movement=9))
    ruleset = replayed(a_draft(LOOSER), now=T0 + timedelta(days=1))
    found = rule(ruleset, "P5")
    assert (found["missed"], found["raised"], found["unchanged"]) == (1, 0, 1)
    assert found["no_longer_flagged_episodes"] == 1
    assert found["examples"]["missed"] == [str(episode.public_id)]
    assert (ruleset.replay["episodes"], ruleset.replay["missed"] >= 1) == (2, True)
    assert episode.patient.family_name not in str(ruleset.replay)


def test_the_replay_names_the_episodes_that_would_have_been_flagged(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=6))
    ruleset = replayed(a_draft(STRICTER), now=T0 + timedelta(days=1))
    found = rule(ruleset, "P5")
    assert (found["missed"], found["raised"], found["newly_flagged_episodes"]) == (0, 1, 1)
    assert found["examples"]["raised"] == [str(episode.public_id)]
    assert ruleset.replay["missed"] == 0


def test_the_replay_says_how_many_would_be_left_without_any_red_flag(episode):
    log(episode, minutes=30, respiration_rate=25, spo2_percent=95, pulse_per_minute=91)
    ruleset = replayed(a_draft({"news2_urgent": "6"}), now=T0 + timedelta(days=1))
    assert ruleset.replay["left_without_red_flag"] == 1
    assert ruleset.replay["left_without_red_flag_examples"] == [str(episode.public_id)]


def test_the_replay_reads_past_episodes_of_the_site_only_the_newest_first_and_says_how_many(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=7))
    later = an_episode(a_patient(a_site(), "MRN-2"), time_zero=T0 + timedelta(hours=1))
    an_episode(a_patient(a_site(), "MRN-3"), time_zero=T0 - timedelta(days=91))
    foreign = an_episode(a_patient(a_site("South unit"), "MRN-4"))
    for one in (later, foreign):
        log(one, minutes=30, **a_routine_set(pain_on_movement=7))
    now = T0 + timedelta(hours=2)
    ruleset = replay_ruleset(ruleset=a_draft(LOOSER), by=lead(), now=now, most=1)
    assert (ruleset.replay["episodes"], ruleset.replay["episodes_in_period"]) == (1, 2)
    assert ruleset.replay["episodes_left_out"] == 1
    assert rule(ruleset, "P5")["examples"]["missed"] == [str(later.public_id)]


def test_the_replay_writes_nothing_about_patients(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=7))
    draft = a_draft({"pain_severe": "5"})
    with CaptureQueriesContext(connection) as captured:
        replayed(draft, now=T0 + timedelta(days=1))
    written = [one["sql"] for one in captured if one["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert len(written) == 1 and "siteruleset" in written[0]


def test_the_replay_costs_as_many_statements_for_eight_episodes_as_for_two(episode):
    def statements() -> int:
        draft = a_draft({"pain_severe": "5"})
        by = lead()
        with CaptureQueriesContext(connection) as captured:
            replay_ruleset(ruleset=draft, by=by, now=T0 + timedelta(days=1))
        return len(captured)

    def more(numbers):
        for number in numbers:
            one = an_episode(a_patient(a_site(), f"MRN-Q{number}"))
            log(one, minutes=30, doses=[{"drug": "MORPHINE", "route": "IV", "given_at": T0}], **a_routine_set())

    more(range(1))
    few = statements()
    more(range(1, 7))
    assert statements() == few
