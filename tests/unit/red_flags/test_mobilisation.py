"""May the patient get up (clinical-spec 5.1): three conditions, each met, not met and not known."""

from dataclasses import replace

import pytest

from followup.red_flags.history import Mobilisation, Reading, Vitals
from followup.red_flags.mobilisation import first_walk_at, gate
from followup.red_flags.neurology import CATALOGUE
from followup.red_flags.ruleset import DEFAULT_RULESET
from procedures.three_valued import MET, NOT_MET, UNKNOWN
from tests.unit.red_flags.build import (
    HEALTHY_EXAM,
    HEALTHY_VITALS,
    T0,
    at,
    baseline,
    judge,
    open_questions,
    raised,
    reading,
)

HEALTHY = reading(60, exam=HEALTHY_EXAM, vitals=HEALTHY_VITALS)
BEFORE = baseline(exam=HEALTHY_EXAM)


def said(current: Reading, *earlier: Reading, before: Reading | None = BEFORE) -> dict:
    return {item.code: item.truth for item in gate(current, earlier, before, T0, DEFAULT_RULESET)}


def test_a_rested_well_and_unchanged_patient_may_get_up():
    assert set(said(HEALTHY).values()) == {MET}


@pytest.mark.parametrize(("minutes", "truth"), [(0, NOT_MET), (59, NOT_MET), (60, MET), (61, MET)])
def test_bed_rest_below_on_and_above_sixty_minutes(minutes, truth):
    assert said(replace(HEALTHY, effective_at=at(minutes)))["BED_REST"] is truth


# Pulse 91 scores 1, respiration 21 scores 2, systolic 110 scores 1, temperature 38.1 scores 1, pulse 131 scores 3.
@pytest.mark.parametrize(
    ("changes", "truth"),
    [
        ({}, MET),
        ({"respiration_rate": 21, "pulse_per_minute": 91, "systolic_mmhg": 110}, MET),  # 4
        ({"respiration_rate": 21, "pulse_per_minute": 111, "systolic_mmhg": 110}, NOT_MET),  # 5
        ({"respiration_rate": 24, "pulse_per_minute": 130, "systolic_mmhg": 95}, NOT_MET),  # 6
        ({"pulse_per_minute": 131}, NOT_MET),  # a single 3
        ({"temperature_celsius": None}, UNKNOWN),
        ({"temperature_celsius": None, "pulse_per_minute": 131}, NOT_MET),
        ({"temperature_celsius": None, "respiration_rate": 24, "pulse_per_minute": 130, "systolic_mmhg": 110}, NOT_MET),
    ],
)
def test_the_last_news2(changes, truth):
    assert said(replace(HEALTHY, vitals=replace(HEALTHY_VITALS, **changes)))["NEWS2"] is truth


def test_the_last_set_counts_and_not_an_earlier_one():
    ill = reading(30, vitals=replace(HEALTHY_VITALS, pulse_per_minute=131))
    assert said(HEALTHY, ill)["NEWS2"] is MET
    assert said(reading(70, 3), replace(HEALTHY, effective_at=at(20)), ill)["NEWS2"] is NOT_MET
    assert said(reading(70, 3))["NEWS2"] is UNKNOWN


@pytest.mark.parametrize(
    ("exam", "consciousness", "truth"),
    [
        (HEALTHY_EXAM, "A", MET),
        (HEALTHY_EXAM, None, MET),
        (HEALTHY_EXAM, "C", UNKNOWN),
        (HEALTHY_EXAM | {"motor_L2_R": "4"}, "A", NOT_MET),
        (HEALTHY_EXAM | {"motor_L2_R": "4"}, "C", NOT_MET),
        (HEALTHY_EXAM | {"sensory_S4_5_L": "ALTERED"}, "A", NOT_MET),
        (HEALTHY_EXAM | {"saddle_sensation": "ABSENT"}, "A", NOT_MET),
        (HEALTHY_EXAM | {"motor_L2_R": "NT"}, "A", UNKNOWN),
        ({name: value for name, value in HEALTHY_EXAM.items() if name != "saddle_sensation"}, "A", UNKNOWN),
        ({name: value for name, value in HEALTHY_EXAM.items() if name != "motor_S1_L"}, "A", UNKNOWN),
        (HEALTHY_EXAM | {"motor_S1_L": ""}, "A", UNKNOWN),
        ({}, "A", UNKNOWN),
    ],
)
def test_the_last_full_exam(exam, consciousness, truth):
    vitals = replace(HEALTHY_VITALS, consciousness=consciousness)
    assert said(reading(60, exam=exam, vitals=vitals))["NEUROLOGY"] is truth


def test_a_deficit_from_before_the_procedure_holds_nobody_back():
    weak = HEALTHY_EXAM | {"motor_L4_R": "3"}
    current = reading(60, exam=weak, vitals=HEALTHY_VITALS)
    assert said(current, before=baseline(exam=weak))["NEUROLOGY"] is MET
    assert said(current, before=None)["NEUROLOGY"] is NOT_MET, "no baseline counts as healthy"


def test_each_reason_says_what_holds_the_patient_back():
    reasons = {item.code: item.reason for item in gate(Reading("now", at(35)), (), None, T0, DEFAULT_RULESET)}
    assert reasons["BED_REST"] == "35 of 60 minutes of bed rest are over"
    assert reasons["NEWS2"] == "no vital signs were measured"
    assert "no full neurological exam" in reasons["NEUROLOGY"]


def reason_of(current: Reading) -> dict[str, str]:
    return {item.code: item.reason for item in gate(current, (), BEFORE, T0, DEFAULT_RULESET)}


def test_the_reasons_name_what_was_found():
    well = reason_of(HEALTHY)
    assert (well["NEWS2"], well["NEUROLOGY"]) == ("NEWS2 is 0", "the full exam is as before the procedure")
    # Respiration 24 scores 2, pulse 130 scores 2, systolic 95 scores 2.
    ill = replace(HEALTHY_VITALS, respiration_rate=24, pulse_per_minute=130, systolic_mmhg=95)
    assert reason_of(replace(HEALTHY, vitals=ill))["NEWS2"] == "NEWS2 is 6"
    partly = replace(ill, temperature_celsius=None)
    assert reason_of(replace(HEALTHY, vitals=partly))["NEWS2"] == "NEWS2 is at least 6"
    weak = reason_of(replace(HEALTHY, neurology=HEALTHY_EXAM | {"motor_L2_R": "4", "motor_S1_L": "3"}))["NEUROLOGY"]
    assert weak == f"worse than before the procedure: {CATALOGUE['motor_L2_R'].label}, {CATALOGUE['motor_S1_L'].label}"
    untested = reason_of(replace(HEALTHY, neurology=HEALTHY_EXAM | {"motor_L2_R": "NT", "motor_S1_L": "NT"}))[
        "NEUROLOGY"
    ]
    assert untested == f"could not be tested: {CATALOGUE['motor_L2_R'].label}, {CATALOGUE['motor_S1_L'].label}"
    assert reason_of(replace(HEALTHY, effective_at=T0))["BED_REST"] == "0 of 60 minutes of bed rest are over"


def test_m1_stays_open_while_a_blank_could_close_the_gate():
    """An hour after a full set that opened it, the patient walks, and only that is noted."""
    walked = replace(reading(130), mobilisation=Mobilisation(walked=True))
    assessment = judge(replace(HEALTHY, id="before", effective_at=at(70)), walked, before=BEFORE)
    assert "M1" in open_questions(assessment, 130) and "M1" not in raised(assessment, 130)


def test_the_first_walk_is_the_earliest_whatever_the_order_of_entry():
    walks = [replace(reading(minutes), mobilisation=Mobilisation(walked=True)) for minutes in (130, 90)]
    stays = replace(reading(70), mobilisation=Mobilisation(walked=False))
    assert first_walk_at([*walks, stays]) == at(90)
    assert first_walk_at([stays, replace(reading(75), vitals=Vitals())]) is None
