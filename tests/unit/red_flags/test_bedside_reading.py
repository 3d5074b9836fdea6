"""What the pages read off an exam beside the rules: the motor score, the void clock, the caution with NEWS2."""

from datetime import UTC, datetime, timedelta

import pytest

from followup.red_flags.neurology import MOTOR_FIELDS, lower_extremity_motor_score, shows_deficit
from followup.red_flags.news2 import news2_caution
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.red_flags.void_clock import void_clock

T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
STRONG = dict.fromkeys(MOTOR_FIELDS, "5")


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def clock(*exams: tuple[float, dict], now: float):
    return void_clock([(at(hours), exam) for hours, exam in exams], time_zero=T0, now=at(now), ruleset=DEFAULT_RULESET)


# --- lower-extremity motor score (3.1) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "score"),
    [({}, 50), ({"motor_L5_R": "3"}, 48), (dict.fromkeys(MOTOR_FIELDS, "0"), 0), ({"motor_S1_L": "NT"}, None)],
)
def test_the_motor_score_is_the_sum_of_ten_grades(changes, score):
    assert lower_extremity_motor_score(STRONG | changes) == score


def test_one_blank_grade_leaves_no_motor_score():
    assert lower_extremity_motor_score({name: "5" for name in MOTOR_FIELDS[1:]}) is None
    assert lower_extremity_motor_score({}) is None


# --- the caution with NEWS2 (1) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "cautioned"), [("A", True), ("B", True), ("C", True), ("D", False), ("E", False), (None, False)]
)
def test_a_severe_cord_injury_makes_news2_doubtful_at_any_level(letter, cautioned):
    exam = {"asia_impairment_scale": letter} if letter else {}
    assert bool(news2_caution(exam, ["L1"])) is cautioned


@pytest.mark.parametrize(("levels", "cautioned"), [(["T6"], True), (["T1", "L2"], True), (["T7"], False), ([], False)])
def test_a_deficit_with_a_treated_level_of_t6_or_above_makes_it_doubtful(levels, cautioned):
    assert bool(news2_caution({"motor_L4_R": "4"}, levels)) is cautioned
    assert news2_caution(STRONG, levels) == ""


@pytest.mark.parametrize(
    "exam",
    [
        {"motor_L4_R": "4"}, {"sensory_S3_L": "ALTERED"}, {"saddle_sensation": "ABSENT"}, {"anal_tone": "REDUCED"},
        {"babinski_R": "UP"}, {"clonus_L": "PRESENT"}, {"tone": "SPASTIC"}, {"tone": "FLACCID"},
        {"trunk_sensory_level_R": "T8"}, {"numbness": True}, {"asia_impairment_scale": "D"},
    ],
)  # fmt: skip
def test_these_are_deficits(exam):
    assert shows_deficit(exam)


@pytest.mark.parametrize(
    "exam",
    [
        {}, STRONG, {"motor_L4_R": "NT"}, {"gait": "1"}, {"urinary_incontinence": "PRE_EXISTING"}, {"numbness": False},
        {"tone": "NORMAL", "trunk_sensory_level_R": "NONE", "asia_impairment_scale": "E", "bowel": "CONSTIPATION"},
    ],
)  # fmt: skip
def test_these_are_none(exam):
    assert not shows_deficit(exam)


# --- the void clock (N4a) ------------------------------------------------------------------------------------------


def test_before_the_first_void_the_clock_runs_from_the_end_of_the_procedure():
    found = clock((1, {"voided": False}), now=2)
    assert (found.since, found.voided) == (T0, False)


def test_urine_passed_since_the_last_check_counts_from_that_check():
    found = clock((3, {"voided": False}), (2, {"voided": True}), now=5)
    assert (found.since, found.elapsed, found.voided) == (at(2), timedelta(hours=3), True)


def test_the_latest_noted_void_counts_and_one_of_before_the_procedure_does_not():
    noted = clock((3, {"last_void_at": at(2.5).isoformat()}), (2, {"voided": True}), now=5)
    assert (noted.since, noted.voided) == (at(2.5), True)
    before = clock((1, {"last_void_at": at(-1).isoformat()}), now=5)
    assert (before.since, before.voided) == (T0, False)


@pytest.mark.parametrize(("hours", "too_long"), [(5.99, False), (6, True), (9, True)])
def test_six_hours_without_urine_are_too_long(hours, too_long):
    assert clock(now=hours).is_too_long is too_long
    assert clock((1, {"voided": True}), now=1 + hours).is_too_long is too_long


def test_urine_passed_at_this_very_check_counts():
    found = clock((2, {"voided": True}), now=2)
    assert (found.voided, found.elapsed) == (True, timedelta())


def test_two_exams_of_one_moment_are_both_read():
    found = clock((2, {"voided": True}), (2, {"post_void_residual_ml": 90}), now=3)
    assert (found.since, found.residual_ml, found.has_catheter) == (at(2), 90, False)


def test_a_catheter_stops_the_alarm_and_its_removal_starts_it_again():
    with_one = clock((1, {"voiding": "CATHETERISED"}), now=8)
    assert with_one.has_catheter and not with_one.is_too_long
    assert clock((1, {"voiding": "CATHETERISED"}), (2, {"voiding": "UNABLE"}), now=8).is_too_long


@pytest.mark.parametrize(("millilitres", "catheterise"), [(199, False), (600, False), (601, True)])
def test_above_six_hundred_millilitres_the_page_says_catheterise(millilitres, catheterise):
    found = clock((1, {"post_void_residual_ml": 900}), (2, {"post_void_residual_ml": millilitres}), now=3)
    assert (found.residual_ml, found.residual_at, found.must_catheterise) == (millilitres, at(2), catheterise)


def test_a_void_in_the_instant_of_t0_is_one_of_before():
    """The clock starts at T0, so that only what comes after it can show that the patient passes urine."""
    assert not clock((1, {"last_void_at": T0.isoformat()}), now=2).voided
    assert clock((1, {"last_void_at": at(0.1).isoformat()}), now=2).voided
