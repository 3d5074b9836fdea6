"""Pain against the vectors of clinical-spec 2.4, by their own letters, and each threshold of its trajectory."""

from dataclasses import replace
from decimal import Decimal

import pytest

from followup.red_flags.history import Context, History, Pain, Vitals
from followup.red_flags.pain import band, trend
from tests.unit.red_flags.build import DAY, HOUR, T0, at, baseline, dose, judge, open_questions, raised, reading


def test_vector_a_rise_after_relief():
    found = judge(reading(120, 4), reading(360, 3), reading(DAY, 5), before=baseline(8))
    assert raised(found, DAY) == {"P1": "URGENT", "AF1": "URGENT"}
    assert not raised(found, 360)


def test_vector_b_small_rise_is_amber_with_a_second_look_within_the_hour():
    found = judge(reading(120, 1), reading(360, 3), before=baseline(8))
    assert raised(found, 360) == {"P1a": "AMBER"}
    assert found.raised_by("at 360")[0].recheck.within_minutes == 60


def test_a_small_rise_that_the_second_look_confirms_is_urgent():
    found = judge(reading(120, 1), reading(360, 3), reading(420, 3), before=baseline(8))
    assert raised(found, 420) == {"P1": "URGENT", "AF1": "URGENT"}


def test_vector_c_a_score_of_the_first_hour_is_no_nadir():
    assert not raised(judge(reading(15, 0), reading(240, 4), before=baseline(8)), 240)


def test_vector_d_above_baseline():
    assert raised(judge(reading(60, 7), before=baseline(5)), 60) == {"P3": "URGENT", "P5": "AMBER"}


def test_vector_e_a_point_above_twice():
    found = judge(reading(120, 7), reading(160, 7), before=baseline(6))
    assert raised(found, 120) == {"P3": "AMBER", "P5": "AMBER"}
    assert raised(found, 160)["P3"] == "URGENT"


def test_vector_f_severe_an_hour_after_a_tablet():
    found = judge(reading(120, 8), reading(190, 8), before=baseline(8), doses=(dose(125, "PO"),))
    assert raised(found, 120) == {"P5": "AMBER"}
    assert raised(found, 190)["P4"] == "URGENT"


def test_vector_g_too_early_after_an_injection():
    found = judge(reading(120, 8), reading(135, 8), before=baseline(8), doses=(dose(125, "IV"),))
    assert raised(found, 135) == {"P5": "AMBER"}


def test_vector_h_no_dose_documented():
    assert raised(judge(reading(120, 8), reading(185, 7), before=baseline(8)), 185)["P4b"] == "URGENT"


def test_vector_i_sudden_at_any_score():
    found = judge(
        reading(DAY, 2, sudden_onset=True, new_site=True, sites=frozenset({"ADJACENT_ABOVE"})), before=baseline(8)
    )
    assert raised(found, DAY) == {"P2": "URGENT", "AF1": "URGENT"}


def test_vector_j_unknown_baseline_improved_by_its_nadir():
    found = judge(reading(120, 2), reading(DAY, 5))
    assert raised(found, DAY) == {"P1": "URGENT", "AF1": "URGENT"}
    assert "P3" in open_questions(found, DAY)


def test_vector_k_no_relief_after_two_weeks_and_no_rise():
    found = judge(reading(DAY, 7, source="PHONE"), reading(14 * DAY, 7, source="PHONE"), before=baseline(8))
    assert raised(found, 14 * DAY) == {"P5": "AMBER", "P6": "AMBER"}


@pytest.mark.parametrize(
    ("nadir", "now", "code"),
    [(2, 3, None), (2, 4, "P1"), (2, 5, "P1"), (1, 3, "P1a"), (1, 2, None), (6, 8, "P1"), (7, 8, None)],
)
def test_p1_below_on_and_above_its_thresholds(nadir, now, code):
    found = raised(judge(reading(120, nadir), reading(360, now), before=baseline(8)), 360)
    assert {name for name in found if name.startswith("P1")} == ({code} if code else set())


@pytest.mark.parametrize(("minutes", "counts"), [(59, False), (60, True), (61, True)])
def test_the_nadir_counts_from_one_hour_on(minutes, counts):
    found = raised(judge(reading(minutes, 1), reading(300, 5), before=baseline(8)), 300)
    assert ("P1" in found) == counts


def test_rest_is_compared_with_rest_and_movement_with_movement():
    found = judge(reading(120, at_rest=Decimal(1)), reading(360, 5), before=baseline(8))
    assert "P1" not in raised(found, 360)


@pytest.mark.parametrize(("now", "severity"), [(6, None), (7, "AMBER"), (8, "URGENT"), (9, "URGENT")])
def test_p3_below_on_and_above(now, severity):
    assert raised(judge(reading(120, now), before=baseline(6)), 120).get("P3") == severity


@pytest.mark.parametrize(("apart", "severity"), [(29, "AMBER"), (30, "URGENT"), (31, "URGENT")])
def test_p3_twice_needs_half_an_hour_between(apart, severity):
    found = judge(reading(120, 7), reading(120 + apart, 7), before=baseline(6))
    assert raised(found, 120 + apart)["P3"] == severity


def test_a_baseline_older_than_a_week_is_not_known():
    old = replace(baseline(3), effective_at=at(-8 * DAY))
    found = judge(reading(120, 7), before=old)
    assert "P3" not in raised(found, 120) and "P3" in open_questions(found, 120)


@pytest.mark.parametrize(("days", "known"), [(6, True), (7, True), (8, False)])
def test_the_baseline_counts_for_seven_days_before_the_procedure(days, known):
    before = replace(baseline(3), effective_at=at(-days * DAY))
    assert ("P3" in raised(judge(reading(120, 7), before=before), 120)) == known


@pytest.mark.parametrize(("minutes", "known"), [(-1, True), (0, True), (1, False)])
def test_a_baseline_measured_after_the_procedure_is_none(minutes, known):
    before = replace(baseline(3), effective_at=at(minutes))
    assert ("P3" in raised(judge(reading(120, 7), before=before), 120)) == known


@pytest.mark.parametrize(("day", "fires"), [(9, False), (10, True), (14, True), (18, True), (19, False)])
def test_p6_looks_from_day_10_to_the_end_of_day_18(day, fires):
    for minutes in (day * DAY, (day + 1) * DAY - 1):
        found = judge(reading(minutes, 7, source="PHONE"), before=baseline(8))
        assert ("P6" in raised(found, minutes)) == fires


@pytest.mark.parametrize(("now", "fires"), [(5, False), (6, False), (7, True), (8, True)])
def test_p6_wants_two_points_of_relief(now, fires):
    assert ("P6" in raised(judge(reading(14 * DAY, now), before=baseline(8)), 14 * DAY)) == fires


def test_p6_either_context_suffices_and_an_unknown_baseline_leaves_it_open():
    rest = reading(14 * DAY, 2, at_rest=Decimal(7))
    assert raised(judge(rest, before=baseline(8)), 14 * DAY)["P6"] == "AMBER"
    found = judge(rest)
    assert "P6" not in raised(found, 14 * DAY) and "P6" in open_questions(found, 14 * DAY)


def test_p6_says_what_was_measured_against_what():
    finding = next(
        one for one in judge(reading(14 * DAY, 7), before=baseline(8)).raised if one.rule_code == "P6"
    )  # fmt: skip
    assert "Pain on movement is 7 on day 14 and was 8 before the procedure: less than 2 points" in finding.reason
    assert finding.evidence == {
        "observed": {"pain_on_movement": "7", "day": 14},
        "reference": {"baseline": "8", "relief_from": "2"},
    }


def test_p1_with_no_score_now_is_open_only_if_a_score_could_be_a_rise():
    asleep = reading(360)
    assert "P1" not in open_questions(judge(asleep, before=baseline(8)), 360)  # no nadir
    assert "P1" in open_questions(judge(reading(120, 4), asleep, before=baseline(8)), 360)
    assert "P1" not in open_questions(judge(reading(120, 7), asleep, before=baseline(8)), 360)  # no relief
    assert "P1" not in open_questions(judge(reading(120, 9), asleep), 360)  # no score is 2 above 9


def test_p1_with_an_unknown_baseline_is_open_if_the_baseline_could_mean_relief():
    found = judge(reading(120, 5), reading(360, 8))
    question = next(one for one in found.undecided_by("at 360") if one.rule_code == "P1" )  # fmt: skip
    assert "P1" not in raised(found, 360)
    assert question.missing == ("baseline_pain_on_movement",)


def test_p1a_is_open_only_if_a_low_score_could_be_a_rise():
    assert "P1a" in open_questions(judge(reading(120, 1), reading(360), before=baseline(8)), 360)
    assert "P1a" not in open_questions(judge(reading(120, 2), reading(360), before=baseline(8)), 360)


def test_p3_is_open_only_if_a_score_could_be_above_the_baseline():
    assert "P3" in open_questions(judge(reading(360, at_rest=Decimal(1)), before=baseline(9)), 360)
    assert "P3" not in open_questions(judge(reading(360), before=baseline(10)), 360)
    assert "P3" not in open_questions(judge(reading(360, 0, at_rest=Decimal(0))), 360)


def test_two_readings_of_one_instant_are_neither_one_the_earlier():
    # The 3 of 300 min was no rise, against the nadir of 120 min alone: the 0 was measured at the same instant.
    twins = (reading(300, 0, reading_id="at 300"), reading(300, 3, reading_id="at the same time"))
    found = judge(reading(120, 2), *twins, reading(360, 3), before=baseline(8))
    assert not raised(found, 300)
    assert raised(found, 360) == {"P1a": "AMBER"}


def test_a_baseline_that_would_undo_the_confirmation_leaves_p1a_open_beside_p1():
    twins = (reading(300, 1, reading_id="at 300"), reading(300, 5, reading_id="at the same time"))
    found = judge(reading(120, 3), *twins, reading(360, 3))
    assert raised(found, 360)["P1"] == "URGENT"
    question = next(one for one in found.undecided_by("at 360") if one.rule_code == "P1a")
    assert question.missing == ("baseline_pain_on_movement",)


@pytest.mark.parametrize(("nadir", "fires"), [(2, True), (3, True), (4, False)])
def test_p1_without_a_baseline_takes_a_nadir_of_3_for_relief(nadir, fires):
    found = judge(reading(120, nadir), reading(360, nadir + 2))
    assert ("P1" in raised(found, 360)) == fires


def test_p3_a_point_above_after_a_score_that_was_not_is_amber():
    found = judge(reading(120, 6), reading(160, 7), before=baseline(6))
    assert raised(found, 160)["P3"] == "AMBER"


@pytest.mark.parametrize(
    ("score", "name"),
    [("0", "NONE"), ("0.4", "MILD"), ("1", "MILD"), ("3", "MILD"), ("3.9", "MILD"), ("4", "MODERATE"),
     ("6.9", "MODERATE"), ("7", "SEVERE"), ("10", "SEVERE")],
)  # fmt: skip
def test_bands(score, name):
    assert band(Decimal(score)) == name


def test_a_vas_counts_with_its_tenths():
    found = judge(reading(120, at_rest=Decimal("6.9"), scale="VAS_MM"), before=baseline(8))
    assert "P5" not in raised(found, 120)
    found = judge(reading(120, at_rest=Decimal("7.0"), scale="VAS_MM"), before=baseline(8))
    assert raised(found, 120)["P5"] == "AMBER"


def test_a_patient_who_cannot_speak_is_judged_by_the_observed_scale():
    found = judge(reading(120, 2, scale="PAINAD"), reading(360, 5, scale="PAINAD"), before=baseline(8))
    assert raised(found, 360)["P1"] == "URGENT"


def test_the_board_shows_the_latest_score_against_nadir_and_baseline():
    readings = (reading(360, 5), reading(120, 2), reading(400, vitals=Vitals(pulse_per_minute=80)))
    shown = trend(History(Context(T0), baseline(8), readings))
    assert (shown.current, shown.since_nadir, shown.since_baseline) == (5, 3, -3)
    assert trend(History(Context(T0))).current is None
    assert trend(History(Context(T0), readings=(replace(reading(120), pain=Pain(at_rest=Decimal(4))),))).current == 4


def test_drowsy_scores_are_no_nadir():
    drowsy = judge(reading(120, 1, vitals=Vitals(consciousness="V")), reading(360, 5), before=baseline(8))
    assert "P1" not in raised(drowsy, 360)


def test_a_pain_flag_asks_for_mri_with_stir_of_the_treated_levels_and_two_beyond():
    found = judge(reading(2 * HOUR, 2), reading(DAY, 6), before=baseline(8))
    imaging = found.raised_by(f"at {DAY}")[0].imaging
    assert (imaging.modality.name, imaging.region, imaging.priority) == ("MRI_STIR", "T11–L3", "URGENT")
