"""Law 4 through the services: whatever the order of entry and the corrections on the way, the same assessment, flagged."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.models import Escalation, FlagEvidence, ImagingTask, MonitoringSlot, RedFlag
from followup.red_flags import assess as assessing
from followup.red_flags.assess import assess
from followup.services.episodes import correct_baseline
from followup.services.history import history_of, read_episode
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.observations import correct_observation, mark_entered_in_error
from followup.services.red_flags import close_flag
from followup.services.rulesets import ruleset_of
from procedures.models import Baseline, Procedure
from tests.cast import (
    NORMAL_FULL_NEUROLOGY,
    NORMAL_VITALS,
    a_baseline,
    a_nurse,
    a_patient,
    a_physician,
    a_routine_set,
    a_site,
    an_episode,
    log,
)

pytestmark = pytest.mark.django_db
DANGER = ("EMERGENT", "URGENT", "AMBER", "INFO")


def exam(**changes) -> dict:
    return a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | changes)


WEAK_BY_PAIN = exam(motor_L4_R="4", pain_limited=["motor_L4_R"])
# What a set may find; together they reach rules that look back, that rise with what came before, and that do neither.
SETS = (
    exam(),
    WEAK_BY_PAIN,
    exam(motor_L4_R="3"),
    exam(sensory_L4_R="ALTERED"),
    exam(trunk_sensory_level_R="T6"),
    exam(gait="2"),
    a_routine_set(pain_on_movement=Decimal(1)),
    a_routine_set(pain_on_movement=Decimal(6)),
    a_routine_set(pain_on_movement=Decimal(9)),
    a_routine_set(fall=True, pain_on_movement=None, pain_at_rest=None),
    a_routine_set(respiration_rate=24, pulse_per_minute=112),
    a_routine_set(dyspnoea=True, spo2_percent=90),
    a_routine_set(haemoglobin_grams_per_decilitre=Decimal("13.0")),
    a_routine_set(haemoglobin_grams_per_decilitre=Decimal("10.5")),
    a_routine_set(temperature_celsius=Decimal("38.6"), wound_pus=True),
    {"neurology": {"motor_L4_R": "NT", "motor_L4_L": "NT"}},
)
MINUTES = (0, 30, 60, 61, 120, 121, 300)
SLIPS = ("none", "typed wrong, corrected", "of another patient, struck out")


def flagged(procedure: Procedure) -> set:
    """The gravest severity at which each finding that is still supported has its flag."""
    gravest: dict = {}
    for one in FlagEvidence.objects.filter(flag__procedure=procedure, supported=True).select_related(
        "flag", "observation"
    ):
        key = one.flag.rule_code, str(one.observation.public_id)
        gravest[key] = min(gravest.get(key, "INFO"), one.severity, key=DANGER.index)
    return set(gravest.items())


def assessed(procedure: Procedure):
    rules = ruleset_of(site=procedure.patient.site, at=procedure.time_zero)
    return assess(history_of(read_episode(procedure, ruleset=rules)), rules)


def enter(procedure: Procedure, entries, dice: Random) -> None:
    """Type each set, in this order, some of them wrong at first; nothing that was raised may go away on the way."""
    nurse, raised = a_nurse(procedure.patient.site), {}
    for minutes, number, slip in entries:
        answers = SETS[number]
        if slip == SLIPS[0]:
            log(procedure, minutes=minutes, typed_after=600, **answers)
        else:
            saved = log(procedure, minutes=minutes, typed_after=600, **dice.choice(SETS))
            correction = {"observation": saved.observation, "reason": "Typed wrong", "by": nurse,
                          "now": procedure.time_zero + timedelta(hours=12), "form_token": uuid.uuid4()}  # fmt: skip
            if slip == SLIPS[1]:
                measured_at = {"effective_at": saved.observation.effective_at}
                correct_observation(answers=measured_at | answers, doses=[], **correction)
            else:
                mark_entered_in_error(**correction)
        now_raised = dict(RedFlag.objects.open().filter(procedure=procedure).values_list("rule_code", "severity"))
        for rule, severity in raised.items():
            assert DANGER.index(now_raised[rule]) <= DANGER.index(severity), rule
        raised = now_raised


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    entries=st.lists(
        st.tuples(st.sampled_from(MINUTES), st.integers(0, len(SETS) - 1), st.sampled_from(SLIPS)),
        min_size=1, max_size=5,
    ),
    dice=st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_entry_order_and_any_corrections_end_in_the_same_assessment_with_a_flag_for_each_finding(entries, dice):
    said = []
    for order in (entries, dice.sample(entries, len(entries))):
        procedure = an_episode(a_patient(a_site(), f"MRN-{uuid.uuid4()}"))
        enter(procedure, order, dice)
        found = assessed(procedure)
        wanted = {(one.rule_code, one.reading_id): one.severity.name for one in found.raised}
        evidence = dict(flagged(procedure))
        assert evidence.keys() == wanted.keys()
        assert all(DANGER.index(evidence[key]) <= DANGER.index(severity) for key, severity in wanted.items())
        open_rules = set(RedFlag.objects.open().filter(procedure=procedure).values_list("rule_code", flat=True))
        assert {rule for rule, _reading in wanted} <= open_rules
        said.append(sorted((one.effective_at, one.rule_code, one.severity) for one in found.raised))
    if len({minutes for minutes, _number, _slip in entries}) == len(entries):
        assert said[0] == said[1]


# --- the ways in which it was broken ------------------------------------------------------------------------------------


def test_a_late_entry_that_makes_a_later_finding_graver_is_stored_and_keeps_what_was_said():
    episode = an_episode()
    log(episode, minutes=120, **WEAK_BY_PAIN)
    assert RedFlag.objects.get(rule_code="N1").severity == "AMBER"
    log(episode, minutes=60, typed_after=100, **WEAK_BY_PAIN)
    flag = RedFlag.objects.get(rule_code="N1")
    assert flag.severity == "EMERGENT" and flag.imaging_task.priority == "STAT"
    first, later = flag.evidence.order_by("measured_at")
    assert (first.severity, later.severity) == ("AMBER", "EMERGENT")
    assert [one["severity"] for one in later.values["said_before"]] == ["AMBER"]


def with_baseline(episode: Procedure, **changes) -> None:
    correct_baseline(
        procedure=episode, baseline=a_baseline(**changes), replaces=Baseline.objects.current().get(procedure=episode),
        reason="Mixed up", by=a_nurse(episode.patient.site), now=episode.time_zero + timedelta(hours=5),
    )  # fmt: skip


def test_a_finding_that_comes_back_after_its_flag_was_closed_as_unsupported_has_a_flag_again():
    episode = an_episode()
    log(episode, minutes=120, **exam(motor_L4_R="3"))
    with_baseline(episode, neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
    flag = RedFlag.objects.get(rule_code="N1")
    assert flag.unsupported_since
    close_flag(
        flag=flag, outcome="SOURCE_WRONG", reason="Weak before", by=a_physician(a_site()),
        now=episode.time_zero + timedelta(hours=6),
    )  # fmt: skip
    with_baseline(episode)
    again = RedFlag.objects.open().get(rule_code="N1")
    assert again.severity == "EMERGENT" and again.imaging_task
    with_baseline(episode, haemoglobin_grams_per_decilitre=Decimal(12))
    assert RedFlag.objects.filter(rule_code="N1").count() == 2


@pytest.mark.parametrize("leg", ["NORMAL", "ALTERED"])
def test_a_level_on_the_trunk_that_joins_an_open_flag_widens_its_scan_and_alarms_again(leg):
    episode = an_episode(levels=("L3",))
    log(episode, minutes=120, **exam(sensory_L4_R="ALTERED"))
    assert "whole spine" not in ImagingTask.objects.get().region
    log(episode, minutes=130, **exam(sensory_L4_R=leg, trunk_sensory_level_R="T6"))
    assert "whole spine" in ImagingTask.objects.get().region
    assert (Escalation.objects.count(), Escalation.objects.live().count()) == (2, 1)
    log(episode, minutes=140, **exam(sensory_L4_R=leg, trunk_sensory_level_R="T6"))
    assert Escalation.objects.count() == 2


def test_emergent_bleeding_and_sepsis_climb_on_the_clock_by_which_they_must_be_answered():
    episode = an_episode()
    log(episode, minutes=60, **a_routine_set(expanding_swelling=True, systolic_mmhg=88))
    log(
        episode, minutes=120,
        **a_routine_set(wound_pus=True, respiration_rate=26, pulse_per_minute=132, temperature_celsius=Decimal("39.2")),
    )  # fmt: skip
    tasks = {task.body_region: task for task in ImagingTask.objects.filter(severity="EMERGENT")}
    for region in ("TRUNK", "SPINE"):
        task = tasks[region]
        ladder = Escalation.objects.live().get(imaging_task=task).ladder
        assert ladder["repeat_every_seconds"] == (task.acknowledge_by - task.requested_at).total_seconds() == 300


def test_a_pain_check_that_is_due_does_not_stand_in_for_the_vital_signs_that_news2_asks_for():
    episode = an_episode(disposition=Procedure.Disposition.STAY_48H)
    log(episode, minutes=1200, pain_at_rest=8)
    log(episode, minutes=1201, **NORMAL_VITALS | {"respiration_rate": 24, "pulse_per_minute": 112, "spo2_percent": 95})
    slot = MonitoringSlot.objects.get(origin="NEWS2")
    assert (slot.only, slot.due_at) == ("VITALS", episode.time_zero + timedelta(minutes=1261))


def test_scale_2_that_was_authorised_for_somebody_else_hides_no_low_saturation():
    scale_2 = {"spo2_scale_2_authorised_by": "Physician One"}
    episode = an_episode()
    with_baseline(episode, **scale_2, spo2_scale_2_authorised_at=episode.time_zero - timedelta(hours=1))
    log(episode, minutes=60, **a_routine_set(spo2_percent=88))
    assert not RedFlag.objects.filter(rule_code="V1").exists()
    with_baseline(episode)
    assert set(RedFlag.objects.filter(rule_code__in=["V1", "C2"]).values_list("rule_code", flat=True)) == {"V1", "C2"}


def test_a_finding_that_joins_after_mri_was_found_to_be_contraindicated_takes_mri_off_the_open_task():
    episode = an_episode()
    log(episode, minutes=60, **exam(motor_L4_R="3"))
    assert ImagingTask.objects.get().modality == "MRI_AND_CT"
    with_baseline(episode, mri_safety="BLOCKED")
    log(episode, minutes=360, **exam(motor_L4_R="3", saddle_sensation="ALTERED"))
    task = ImagingTask.objects.get()
    assert (task.modality, task.alternative_modality, task.mri_state) == ("CT_WITHOUT_CONTRAST", "", "BLOCKED")
    assert any("MRI is contraindicated" in note for note in task.notes)


def test_mri_that_turns_out_to_be_contraindicated_is_taken_off_the_open_task_at_once_and_alarms_again():
    episode = an_episode()
    log(episode, minutes=60, **exam(motor_L4_R="3"))
    acknowledge_imaging_task(
        task=ImagingTask.objects.get(), comment="", by=a_physician(episode.patient.site), now=at_minute(episode, 65)
    )
    with_baseline(episode, mri_safety="BLOCKED")
    task = ImagingTask.objects.get()
    assert (task.modality, task.mri_state, task.acknowledged_at) == ("CT_WITHOUT_CONTRAST", "BLOCKED", None)
    assert Escalation.objects.live().filter(imaging_task=task).count() == 1


def test_mri_that_was_performed_already_stays_as_it_was():
    episode = an_episode()
    log(episode, minutes=60, **exam(motor_L4_R="3"))
    ImagingTask.objects.update(state="in-progress", acknowledged_at=at_minute(episode, 65))
    with_baseline(episode, mri_safety="BLOCKED")
    assert ImagingTask.objects.get().modality == "MRI_AND_CT"


def at_minute(episode, minutes):
    return episode.time_zero + timedelta(minutes=minutes)


def test_every_rule_that_fails_on_one_observation_is_named(monkeypatch):
    def broken(situation):
        raise ZeroDivisionError

    rules = tuple(replace(rule, criterion=broken) if rule.code in ("N1", "C1") else rule for rule in assessing.RULES)
    monkeypatch.setattr(assessing, "RULES", rules)
    log(an_episode(), minutes=60, **exam())
    evidence = RedFlag.objects.get(rule_code="X0").evidence.get()
    assert evidence.values["observed"] == {"rule": "N1, C1", "error": "ZeroDivisionError"}
