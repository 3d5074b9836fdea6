"""Pain rules against the vectors of clinical-spec 2.4, by their own letters, and each threshold."""

from decimal import Decimal

import pytest

from tests.unit.red_flags.build import DAY, HOUR, baseline, dose, judge, open_questions, raised, reading

ROUTES = [("IV", 15), ("SC", 30), ("IM", 30), ("PO", 60), ("PR", 60), ("OTHER", 60)]


def test_vector_a_rise_after_relief():
    found = judge(reading(120, 4), reading(360, 3), reading(DAY, 5), before=baseline(8))
    assert raised(found, DAY) == {"P1": "URGENT"}
    assert not raised(found, 360)


def test_vector_b_small_rise_is_amber_with_a_second_look_within_the_hour():
    found = judge(reading(120, 1), reading(360, 3), before=baseline(8))
    assert raised(found, 360) == {"P1a": "AMBER"}
    assert found.raised_by("at 360")[0].recheck.within_minutes == 60


def test_a_small_rise_that_the_second_look_confirms_is_urgent():
    found = judge(reading(120, 1), reading(360, 3), reading(420, 3), before=baseline(8))
    assert raised(found, 420) == {"P1": "URGENT"}


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
    assert raised(found, DAY) == {"P2": "URGENT"}


def test_vector_j_unknown_baseline_improved_by_its_nadir():
    found = judge(reading(120, 2), reading(DAY, 5))
    assert raised(found, DAY) == {"P1": "URGENT"}
    assert "P3" in open_questions(found, DAY)


def test_vector_k_no_improvement_is_no_rise_after_relief():
    found = judge(reading(DAY, 7, source="PHONE"), reading(14 * DAY, 7, source="PHONE"), before=baseline(8))
    assert raised(found, 14 * DAY) == {"P5": "AMBER"}


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
    from dataclasses import replace

    from tests.unit.red_flags.build import at

    old = replace(baseline(3), effective_at=at(-8 * DAY))
    found = judge(reading(120, 7), before=old)
    assert "P3" not in raised(found, 120) and "P3" in open_questions(found, 120)


@pytest.mark.parametrize(("route", "wait"), ROUTES)
def test_p4_waits_for_the_peak_of_each_route(route, wait):
    given = (dose(130, route),)
    early = judge(reading(120, 8), reading(129 + wait, 8), before=baseline(8), doses=given)
    due = judge(reading(120, 8), reading(130 + wait, 8), before=baseline(8), doses=given)
    assert "P4" not in raised(early, 129 + wait)
    assert raised(due, 130 + wait)["P4"] == "URGENT"


@pytest.mark.parametrize(("apart", "fires"), [(59, False), (60, True), (61, True)])
def test_p4b_needs_an_hour(apart, fires):
    found = raised(judge(reading(120, 8), reading(120 + apart, 8), before=baseline(8)), 120 + apart)
    assert ("P4b" in found) == fires


@pytest.mark.parametrize(("score", "fires"), [(6, False), (7, True), (8, True)])
def test_p5_from_7_on(score, fires):
    assert ("P5" in raised(judge(reading(120, score), before=baseline(10)), 120)) == fires


def test_p4c_medicine_does_not_help():
    found = judge(reading(120, 7, took_analgesia=True, relief="NONE", source="PHONE"), before=baseline(8))
    assert raised(found, 120)["P4c"] == "URGENT"
    asked = judge(reading(120, 7, took_analgesia=True, source="PHONE"), before=baseline(8))
    assert "P4c" in open_questions(asked, 120)


def test_p2r_ribs_alone_are_amber_and_urgent_with_breathlessness():
    from followup.red_flags.history import Symptoms

    ribs = {"new_site": True, "sites": frozenset({"RIB_LEFT"}), "sudden_onset": False}
    assert raised(judge(reading(120, 3, **ribs), before=baseline(8)), 120) == {"P2r": "AMBER"}
    breathless = judge(reading(120, 3, symptoms=Symptoms(dyspnoea=True), **ribs), before=baseline(8))
    assert raised(breathless, 120)["P2r"] == "URGENT"


def test_a_new_place_that_nobody_named_counts_as_the_spine():
    assert raised(judge(reading(120, 3, new_site=True), before=baseline(8)), 120)["P2"] == "URGENT"


def test_drowsy_scores_are_no_nadir():
    from followup.red_flags.history import Vitals

    drowsy = judge(reading(120, 1, vitals=Vitals(consciousness="V")), reading(360, 5), before=baseline(8))
    assert "P1" not in raised(drowsy, 360)


def test_a_pain_flag_asks_for_mri_with_stir_of_the_treated_levels_and_two_beyond():
    found = judge(reading(2 * HOUR, 2), reading(DAY, 6), before=baseline(8))
    imaging = found.raised_by(f"at {DAY}")[0].imaging
    assert (imaging.modality.name, imaging.region, imaging.priority) == ("MRI_STIR", "T11–L3", "URGENT")
