"""Two rulesets over one episode: what one would miss, what the other adds, and what comes out otherwise."""

from dataclasses import replace
from decimal import Decimal

from followup.red_flags.history import Context, History, Vitals
from followup.red_flags.replay import compare
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.red_flags.build import HEALTHY_EXAM, T0, baseline, reading


def an_episode(*readings, before=None) -> History:
    return History(Context(T0, ("L1",), "OSTEOPOROTIC", "CLEAR"), before, tuple(readings))


def codes(findings) -> set[tuple[str, str]]:
    return {(finding.rule_code, finding.reading_id) for finding in findings}


SEVERE_AT_EIGHT = replace(DEFAULT_RULESET, pain_severe=Decimal(8))


def test_a_looser_score_misses_what_the_old_one_raised_and_the_reverse_adds_it():
    history = an_episode(reading(30, 7), reading(60, 8))
    looser = compare(history, DEFAULT_RULESET, SEVERE_AT_EIGHT)
    assert ("P5", "at 30") in codes(looser.raised_only_by_old)
    assert ("P5", "at 60") in codes(looser.unchanged)
    assert not looser.raised_only_by_new
    stricter = compare(history, SEVERE_AT_EIGHT, DEFAULT_RULESET)
    assert codes(stricter.raised_only_by_new) == codes(looser.raised_only_by_old)
    assert not stricter.raised_only_by_old


def test_the_same_ruleset_changes_nothing():
    replay = compare(an_episode(reading(30, 8)), DEFAULT_RULESET, DEFAULT_RULESET)
    assert codes(replay.unchanged) == {("P5", "at 30")}
    assert not (replay.raised_only_by_new or replay.raised_only_by_old or replay.changed)


def test_the_same_finding_with_another_severity_is_changed():
    """Two points above the baseline are URGENT, one is AMBER until it is seen twice (P3)."""
    later = replace(DEFAULT_RULESET, pain_above_baseline=Decimal(3))
    replay = compare(an_episode(reading(60, 6), before=baseline(4)), DEFAULT_RULESET, later)
    changed = {one.new.rule_code: one for one in replay.changed}
    assert changed["P3"].old.severity.name == "URGENT" and changed["P3"].new.severity.name == "AMBER"
    assert {"severity", "scan"} <= set(changed["P3"].what)


def test_response_times_and_rechecks_count_as_changes_too():
    faster = replace(DEFAULT_RULESET, acknowledge_amber_ward_minutes=30, pain_twice_apart_minutes=20)
    replay = compare(an_episode(reading(60, 5), before=baseline(4)), DEFAULT_RULESET, faster)
    changed = {one.new.rule_code: one.what for one in replay.changed}
    assert changed == {"P3": ("re-check", "response times")}


def test_the_clocks_of_heart_and_lung_change_nothing_for_a_weak_leg():
    """Each emergent finding has the clock of its own kind, in the old ruleset and in the new one."""
    history = an_episode(reading(60, exam=HEALTHY_EXAM | {"motor_L4_R": "3"}), before=baseline())
    other = replace(DEFAULT_RULESET, acknowledge_cardio_minutes=4)
    own = replace(DEFAULT_RULESET, acknowledge_neuro_minutes=10)
    assert not compare(history, DEFAULT_RULESET, other).changed and not compare(history, other, DEFAULT_RULESET).changed
    for replay in (compare(history, DEFAULT_RULESET, own), compare(history, own, DEFAULT_RULESET)):
        assert {one.what for one in replay.changed} == {("response times",)}


def test_what_one_rule_no_longer_says_another_may_say():
    """NEWS2 5: with a limit of 6 nothing medium is left of it."""
    vitals = Vitals(25, 95, False, 120, 76, 91, "A", None)
    replay = compare(an_episode(reading(60, vitals=vitals)), DEFAULT_RULESET, replace(DEFAULT_RULESET, news2_urgent=6))
    missed, added = codes(replay.raised_only_by_old), codes(replay.raised_only_by_new)
    assert (missed, added) == ({("V2", "at 60")}, {("V1", "at 60")})
    assert {finding.rule_code for finding in replay.raised_by_old} - {"V2"} == {
        finding.rule_code for finding in replay.raised_by_new
    } - {"V1"}
