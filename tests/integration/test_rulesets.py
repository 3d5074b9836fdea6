"""A site's own thresholds: who may let them go live, what they decide from then on, and what stays as it was said."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from followup.models import Escalation, FlagEvidence, ImagingTask, Observation, RedFlag, RulesetApproval, SiteRuleset
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.red_flags.site_thresholds import BadThreshold, changes_of
from followup.services.episodes import correct_baseline
from followup.services.rulesets import (
    ApprovedAlready,
    IllegalStep,
    NothingChanged,
    NotReplayed,
    Overtaken,
    approve_ruleset,
    is_overtaken,
    make_ruleset_live,
    newest_live,
    replay_fingerprint,
    ruleset_of,
    withdraw_ruleset,
)
from tests import cast
from tests.cast import T0, a_patient, a_routine_set, a_site, an_episode, log
from tests.integration.test_two_at_once import at_once
from tests.ruleset_steps import LOOSER, STRICTER, a_draft, approved, lead, live, replayed

State = SiteRuleset.State


@pytest.fixture
def episode(db):
    cast.a_physician(a_site())
    return an_episode(a_patient(a_site()))


# --- who may ---------------------------------------------------------------------------------------------------------


def test_a_site_without_a_version_has_the_defaults(db):
    assert ruleset_of(site=a_site(), at=T0) == DEFAULT_RULESET


def test_a_stricter_version_goes_live_by_one_person_and_counts_from_then_on(db):
    ruleset = live(STRICTER, now=T0)
    assert ruleset.approvals.count() == 1
    assert ruleset.version == f"2026.2-{a_site().pk}.1"
    assert ruleset.changes == {"pain_severe": "6"}
    assert ruleset_of(site=a_site(), at=T0 - timedelta(seconds=1)) == DEFAULT_RULESET
    assert (ruleset_of(site=a_site(), at=T0).pain_severe, ruleset_of(site=a_site(), at=T0).version) == (
        6,
        ruleset.version,
    )


def test_anything_looser_waits_for_a_second_person(db):
    ruleset = approved(replayed(a_draft({"pain_severe": "8", "news2_urgent": "4"})), lead())
    assert ruleset.state == State.PROPOSED
    with pytest.raises(IllegalStep):
        make_ruleset_live(ruleset=ruleset, by=lead(), now=T0)
    with pytest.raises(ApprovedAlready):
        approved(ruleset, lead())
    assert ruleset_of(site=a_site(), at=T0) == DEFAULT_RULESET
    ruleset = approved(ruleset, lead("Lead Two"))
    assert make_ruleset_live(ruleset=ruleset, by=lead(), now=T0).state == State.LIVE
    assert ruleset_of(site=a_site(), at=T0).pain_severe == 8


def test_back_towards_the_default_is_looser_than_what_is_live(db):
    live({"pain_severe": "5"}, now=T0)
    assert a_draft({"pain_severe": "6"}, now=T0 + timedelta(days=1)).needs_second_person
    assert not a_draft({"pain_severe": "4"}, now=T0 + timedelta(days=1)).needs_second_person


def test_the_database_counts_nobody_twice(db):
    ruleset = approved(replayed(a_draft(LOOSER)), lead())
    with pytest.raises(IntegrityError), transaction.atomic():
        RulesetApproval.objects.create(ruleset=ruleset, user=lead(), at=T0, replay_seen="x")


@pytest.mark.parametrize(
    "columns",
    [
        {"state": State.LIVE}, {"effective_from": T0}, {"state": State.WITHDRAWN}, {"state": State.APPROVED},
        {"state": State.PROPOSED, "replay": {}}, {"replay": {}}, {"version": "taken"}, {"number": 99},
    ],
)  # fmt: skip
def test_the_database_refuses_a_version_that_cannot_be(db, columns):
    a_draft(LOOSER)
    SiteRuleset.objects.update(version="taken", number=99)
    ruleset = a_draft(STRICTER, now=T0)
    with pytest.raises(IntegrityError), transaction.atomic():
        SiteRuleset.objects.filter(pk=ruleset.pk).update(**columns)


# --- the replay that must have been seen ----------------------------------------------------------------------------


def test_nobody_approves_what_was_not_replayed(db):
    ruleset = a_draft(STRICTER)
    with pytest.raises(NotReplayed):
        approved(ruleset, lead())
    with pytest.raises(NotReplayed):
        approve_ruleset(ruleset=replayed(ruleset), replay_seen="", by=lead(), now=T0)
    assert not RulesetApproval.objects.exists()


def test_a_replay_that_was_run_again_must_be_read_again(db, episode):
    ruleset = replayed(a_draft(STRICTER), now=T0)
    seen = replay_fingerprint(ruleset)
    ruleset = replayed(ruleset, now=T0 + timedelta(days=1))
    with pytest.raises(NotReplayed):
        approve_ruleset(ruleset=ruleset, replay_seen=seen, by=lead(), now=T0 + timedelta(days=1))


def test_a_draft_that_is_changed_is_a_new_one_without_replay_or_approvals(db):
    first = approved(replayed(a_draft(LOOSER)), lead())
    second = a_draft({"pain_severe": "9"}, instead_of=first)
    first.refresh_from_db()
    assert (first.state, first.withdrawal_reason) == (State.WITHDRAWN, f"Written anew as {second.version}.")
    assert (second.state, second.replay, second.approvals.count()) == (State.DRAFT, None, 0)
    with pytest.raises(NotReplayed):
        approve_ruleset(ruleset=second, replay_seen=replay_fingerprint(first), by=lead(), now=T0)


def test_once_somebody_has_approved_the_replay_stays_as_it_was_seen(db):
    ruleset = approved(replayed(a_draft(LOOSER)), lead())
    with pytest.raises(IllegalStep):
        replayed(ruleset)


def test_a_version_that_another_one_overtook_can_only_be_withdrawn(db):
    draft, waiting = a_draft(STRICTER), approved(replayed(a_draft({"news2_urgent": "4"})), lead())
    live({"fever_celsius": "37.8"})
    waiting.refresh_from_db()
    for step in (
        lambda: replayed(draft),
        lambda: make_ruleset_live(ruleset=waiting, by=lead(), now=T0),
        lambda: a_draft(STRICTER, replaces=DEFAULT_RULESET.version),
    ):
        with pytest.raises(Overtaken):
            step()
    assert is_overtaken(draft) and is_overtaken(waiting)
    assert withdraw_ruleset(ruleset=waiting, reason="Overtaken.", by=lead(), now=T0).state == State.WITHDRAWN


def test_a_live_version_is_never_withdrawn_and_only_replaced(db):
    first = live(STRICTER, now=T0)
    with pytest.raises(IllegalStep):
        withdraw_ruleset(ruleset=first, reason="No.", by=lead(), now=T0)
    second = live({}, now=T0 + timedelta(days=1))
    assert (second.changes, second.needs_second_person) == ({}, True)
    assert ruleset_of(site=a_site(), at=T0 + timedelta(hours=1)).pain_severe == 6
    back = ruleset_of(site=a_site(), at=T0 + timedelta(days=1))
    assert (back.pain_severe, back.version) == (7, second.version)


def test_what_is_live_already_or_cannot_be_is_not_stored(db):
    with pytest.raises(NothingChanged):
        a_draft({"pain_severe": "7"})
    with pytest.raises(BadThreshold, match="from 1 to 10"):
        a_draft({"pain_severe": "70"})
    assert not SiteRuleset.objects.exists()


def test_the_same_form_twice_is_one_version(db):
    token = uuid.uuid4()
    assert a_draft(STRICTER, form_token=token) == a_draft(STRICTER, form_token=token)
    assert SiteRuleset.objects.count() == 1


# --- what it decides ------------------------------------------------------------------------------------------------


def test_a_save_uses_the_version_in_force_and_says_so_everywhere(episode):
    version = live({"news2_urgent": "3", "acknowledge_urgent_minutes": "20"}, now=T0).version
    saved = log(episode, minutes=30, **a_routine_set(respiration_rate=25))
    flag = RedFlag.objects.get(rule_code="V2")
    assert {flag.ruleset_version, saved.observation.ruleset_version, flag.evidence.get().ruleset_version} == {version}
    assert flag.acknowledge_by - flag.raised_at == timedelta(minutes=20)
    assert Escalation.objects.get(red_flag=flag).next_due_at - flag.raised_at == timedelta(minutes=20)


def test_an_imaging_task_has_the_clocks_of_the_version(episode):
    live({"imaging_neuro_hours": "2", "acknowledge_neuro_minutes": "10"}, now=T0)
    log(episode, minutes=30, **a_routine_set(neurology={"motor_L4_R": "3"}))
    task = ImagingTask.objects.get()
    assert task.due_at - task.requested_at == timedelta(hours=2)
    assert task.acknowledge_by - task.requested_at == timedelta(minutes=10)
    assert Escalation.objects.get(imaging_task=task).next_due_at - task.requested_at == timedelta(minutes=10)


def test_another_site_keeps_its_own(episode):
    live(STRICTER, site=a_site("South unit"), now=T0)
    saved = log(episode, minutes=30, **a_routine_set(pain_on_movement=6))
    assert saved.observation.ruleset_version == DEFAULT_RULESET.version
    assert not RedFlag.objects.filter(rule_code="P5").exists()
    assert newest_live(a_site()) == DEFAULT_RULESET


def test_a_flag_keeps_its_version_and_later_evidence_has_its_own(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=8))
    version = live({"news2_urgent": "4"}, now=T0 + timedelta(minutes=40)).version
    log(episode, minutes=60, **a_routine_set(pain_on_movement=8))
    flag = RedFlag.objects.get(rule_code="P5")
    assert flag.ruleset_version == DEFAULT_RULESET.version
    assert list(flag.evidence.order_by("measured_at").values_list("ruleset_version", flat=True)) == [
        DEFAULT_RULESET.version,
        version,
    ]
    assert list(Observation.objects.order_by("effective_at").values_list("ruleset_version", flat=True)) == [
        DEFAULT_RULESET.version,
        version,
    ]


def test_nothing_is_assessed_again_until_the_next_save_and_then_earlier_readings_are_too(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=6))
    live(STRICTER, now=T0 + timedelta(minutes=40))
    assert not FlagEvidence.objects.exists()
    log(episode, minutes=60, **a_routine_set())
    assert FlagEvidence.objects.get(flag__rule_code="P5").observation == episode.observations.earliest("effective_at")


def test_a_looser_version_closes_no_flag(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=7))
    live(LOOSER, now=T0 + timedelta(minutes=40))
    log(episode, minutes=60, **a_routine_set())
    flag = RedFlag.objects.get(rule_code="P5")
    assert flag.state != RedFlag.State.CLOSED and flag.unsupported_since is not None


def test_a_corrected_baseline_is_judged_by_the_version_in_force(episode):
    log(episode, minutes=30, **a_routine_set(pain_on_movement=6))
    live(STRICTER, now=T0 + timedelta(minutes=40))
    correct_baseline(
        procedure=episode, baseline=cast.a_baseline(), replaces=episode.baselines.get(), reason="Typing error.",
        by=cast.a_nurse(a_site()), now=T0 + timedelta(minutes=50),
    )  # fmt: skip
    assert RedFlag.objects.filter(rule_code="P5").exists()


def test_a_save_costs_no_statement_more_with_a_version_of_its_own(episode):
    def statements(minutes: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            log(episode, minutes=minutes, by=cast_nurse, **a_routine_set())
        return len(captured)

    cast_nurse = cast.a_nurse(a_site())
    before = statements(400)
    live({"pain_severe": "9"}, now=T0)
    assert statements(405) == before


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_versions_made_live_at_once_leave_one_and_the_other_overtaken():
    for day in range(5):
        now = T0 + timedelta(days=day)
        own = changes_of(newest_live(a_site()))
        both = [
            approved(replayed(a_draft(own | {name: value}, now=now), now), lead(), now)
            for name, value in (("pain_severe", f"{6 - day}"), ("fever_celsius", f"{37.9 - day / 10:.1f}"))
        ]
        results = at_once(
            *[lambda one=one, now=now: make_ruleset_live(ruleset=one, by=lead(), now=now) for one in both]
        )
        assert sorted(type(one).__name__ for one in results) == ["Overtaken", "SiteRuleset"]
        assert SiteRuleset.objects.live().count() == day + 1


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_one_version_made_live_by_two_at_once_is_live_once():
    ruleset = approved(replayed(a_draft(STRICTER)), lead())
    results = at_once(*[lambda: make_ruleset_live(ruleset=ruleset, by=lead(), now=T0)] * 4)
    assert sorted(type(one).__name__ for one in results) == ["IllegalStep"] * 3 + ["SiteRuleset"]


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_people_who_draft_at_once_get_two_numbers():
    people = [lead(), lead("Lead Two")]
    at_once(*[lambda: a_draft(STRICTER)] * len(people))
    assert sorted(SiteRuleset.objects.values_list("number", flat=True)) == [1, 2]
