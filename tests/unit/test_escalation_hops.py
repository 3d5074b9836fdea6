"""Ladders hop by hop: their keys, the targets of the later hops, and the climb from a target."""

from datetime import UTC, datetime, timedelta

import pytest

from followup.escalation_ladder import (
    Channel,
    Hop,
    Ladder,
    LadderKey,
    Rung,
    climbs_from,
    default_ladder,
    exhausted_at,
    for_hop,
    is_exhausted,
    ladder_as_json,
    ladder_for,
    ladder_from_json,
    ladder_key,
    longest_wait,
    next_due_at,
    steps_due,
)
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import DEFAULT_RULESET

T0 = datetime(2026, 3, 10, 9, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("severity", "category", "in_hospital", "key"),
    [
        (Severity.EMERGENT, "NEURO", True, "EMERGENT_NEURO"), (Severity.EMERGENT, "PAIN", True, "EMERGENT_NEURO"),
        (Severity.EMERGENT, "CARDIORESPIRATORY", True, "EMERGENT_CARDIO"), (Severity.URGENT, "NEURO", True, "URGENT"),
        (Severity.URGENT, "PAIN", False, "URGENT"), (Severity.AMBER, "PAIN", True, "AMBER_WARD"),
        (Severity.AMBER, "PAIN", False, "AMBER_HOME"),
    ],
)  # fmt: skip
def test_which_ladder(severity, category, in_hospital, key):
    assert ladder_key(severity, category, in_hospital=in_hospital) == key


def test_a_finding_is_one_of_the_ward_unless_it_is_said_to_be_of_home():
    assert ladder_key(Severity.AMBER, "PAIN") is LadderKey.AMBER_WARD
    repeats = [
        ladder_for(Severity.AMBER, "PAIN", DEFAULT_RULESET, in_hospital=ward).repeat_every for ward in (True, False)
    ]
    assert [ladder_for(Severity.AMBER, "PAIN", DEFAULT_RULESET).repeat_every, minutes(240)] == repeats


@pytest.mark.parametrize(
    ("key", "repeat", "targets"),
    [
        ("EMERGENT_NEURO", 15, {"ORDER": 15, "REPORT": 60, "DECIDE": 60, "CLOSE": 240}),
        ("EMERGENT_CARDIO", 5, {"ORDER": 5, "REPORT": 60, "DECIDE": 60, "CLOSE": 60}),
        ("URGENT", 30, {"ORDER": 30, "REPORT": 60, "DECIDE": 60, "CLOSE": 360}),
        ("AMBER_WARD", 60, {"CLOSE": 60}),
        ("AMBER_HOME", 240, {"CLOSE": 240}),
    ],
)
def test_the_default_clocks_of_each_ladder(key, repeat, targets):
    ladder = default_ladder(LadderKey(key), DEFAULT_RULESET)
    assert ladder.repeat_every == minutes(repeat)
    assert {hop.value: target for hop, target in ladder.targets.items()} == {
        hop: minutes(target) for hop, target in targets.items()
    }
    assert set(ladder.targets) == set(LadderKey(key).hops)


def test_an_acknowledgement_is_chased_from_the_start_and_a_later_hop_from_its_target():
    target = T0 + minutes(15)
    assert climbs_from(Hop.ACKNOWLEDGE, T0, target) == T0
    assert climbs_from(Hop.ORDER, T0, target) == target
    # A scan that is late already when it is ordered: from then, and not the whole backlog at once.
    assert climbs_from(Hop.PERFORM, T0, T0 - minutes(90)) == T0


def test_a_later_hop_is_silent_until_its_target_and_then_climbs_from_the_first_rung():
    ladder = default_ladder(LadderKey.URGENT, DEFAULT_RULESET)
    start = climbs_from(Hop.ORDER, T0, T0 + minutes(30))
    assert steps_due(ladder, start, 0, T0 + minutes(29.9)) == ()
    assert [step.role for step in steps_due(ladder, start, 0, T0 + minutes(60))] == [
        "ON_CALL_PHYSICIAN",
        "BACKUP_PHYSICIAN",
    ]


def test_an_exhausted_ladder_repeats_its_last_step_for_ever():
    ladder = default_ladder(LadderKey.URGENT, DEFAULT_RULESET)
    assert [is_exhausted(ladder, taken) for taken in (2, 3, 400)] == [False, True, True]
    assert exhausted_at(ladder, T0) == T0 + minutes(60)
    assert next_due_at(ladder, T0, 400) - next_due_at(ladder, T0, 399) == minutes(30)
    assert {step.role for step in steps_due(ladder, T0, 3, T0 + timedelta(days=3))} == {"SERVICE_LEAD"}


@pytest.mark.parametrize("hop", [Hop.CLOSE, Hop.ACKNOWLEDGE])
def test_what_is_amber_and_was_acknowledged_calls_no_faster_than_its_clock(hop):
    fast = Ladder((Rung("CHARGE_NURSE", minutes(0)),), minutes(10))
    repeats = for_hop(fast, LadderKey.AMBER_WARD, hop, DEFAULT_RULESET).repeat_every
    assert repeats == minutes(60 if hop is Hop.CLOSE else 10)
    assert for_hop(fast, LadderKey.URGENT, hop, DEFAULT_RULESET) == fast


def test_the_longest_wait_is_that_of_a_rung_or_of_the_repeat():
    assert longest_wait(Ladder((Rung("A", minutes(0)), Rung("B", minutes(50))), minutes(10))) == minutes(50)
    assert longest_wait(Ladder((Rung("A", minutes(0)),), minutes(10))) == minutes(10)


def test_a_stored_ladder_keeps_persons_channels_and_targets():
    ladder = Ladder(
        (Rung("ON_CALL_PHYSICIAN", minutes(0)), Rung("SERVICE_LEAD", minutes(7.5), Channel.PHONE, 42)), minutes(9),
        {Hop.ORDER: minutes(11), Hop.CLOSE: minutes(70)},
    )  # fmt: skip
    assert ladder_from_json(ladder_as_json(ladder)) == ladder


def test_a_ladder_that_was_stored_before_there_were_channels_is_read():
    stored = {"rungs": [["CHARGE_NURSE", 0.0], ["SERVICE_LEAD", 900.0]], "repeat_every_seconds": 900.0}
    assert ladder_from_json(stored) == Ladder(
        (Rung("CHARGE_NURSE", minutes(0)), Rung("SERVICE_LEAD", minutes(15))), minutes(15)
    )
