"""NEWS2 against the vectors of clinical-spec 1.4, by their own numbers, and each band edge of 1.1."""

from dataclasses import replace
from decimal import Decimal

import pytest

from followup.red_flags.history import Vitals
from followup.red_flags.news2 import celsius_from_fahrenheit, monitoring_interval_minutes, score
from tests.unit.red_flags.build import HEALTHY_VITALS, judge, open_questions, raised, reading

# number: RR SpO2 scale O2 SBP pulse ACVPU temperature, total, single 3, band
VECTORS = {
    1: (16, 98, 1, False, 120, 70, "A", "37.0", 0, False, "LOW"),
    2: (12, 96, 1, False, 111, 51, "A", "36.1", 0, False, "LOW"),
    3: (20, 96, 1, False, 219, 90, "A", "38.0", 0, False, "LOW"),
    4: (21, 95, 1, False, 110, 91, "A", "38.1", 6, False, "MEDIUM"),
    5: (24, 93, 1, True, 100, 111, "A", "39.1", 12, False, "HIGH"),
    6: (25, 91, 1, True, 90, 131, "V", "35.0", 20, True, "HIGH"),
    7: (8, 98, 1, False, 125, 75, "A", "36.8", 3, True, "LOW_MEDIUM"),
    8: (18, 97, 1, False, 122, 80, "C", "37.2", 3, True, "LOW_MEDIUM"),
    9: (16, 90, 2, False, 130, 85, "A", "37.0", 0, False, "LOW"),
    10: (16, 90, 1, False, 130, 85, "A", "37.0", 3, True, "LOW_MEDIUM"),
    11: (18, 94, 2, True, 130, 85, "A", "37.0", 3, False, "LOW"),
    12: (18, 97, 2, True, 130, 85, "A", "37.0", 5, True, "MEDIUM"),
    13: (18, 97, 2, False, 130, 85, "A", "37.0", 0, False, "LOW"),
    14: (22, 85, 2, True, 105, 112, "A", "38.5", 10, False, "HIGH"),
    15: (10, 92, 1, False, 220, 45, "A", "35.5", 8, True, "HIGH"),
    16: (18, 96, 1, True, 118, 88, "A", "37.4", 2, False, "LOW"),
    17: (23, 94, 1, False, 108, 104, "A", "37.9", 5, False, "MEDIUM"),
    18: (19, 83, 2, False, 115, 92, "A", "36.0", 5, True, "MEDIUM"),
    19: (14, 99, 1, False, 135, 40, "A", "36.5", 3, True, "LOW_MEDIUM"),
    20: (20, 86, 2, True, 112, 50, "P", "39.0", 8, True, "HIGH"),
}


def vitals(rate, spo2, oxygen, systolic, pulse, consciousness, celsius) -> Vitals:
    return Vitals(rate, spo2, oxygen, systolic, None, pulse, consciousness, Decimal(celsius))


@pytest.mark.parametrize("number", VECTORS)
def test_vector(number):
    rate, spo2, scale, oxygen, systolic, pulse, state, celsius, total, single, band = VECTORS[number]
    news2 = score(vitals(rate, spo2, oxygen, systolic, pulse, state, celsius), scale)
    assert (news2.total, news2.single_three, news2.band) == (total, single, band)


@pytest.mark.parametrize(
    ("field", "value", "points"),
    [
        *(("respiration_rate", value, points) for value, points in
          [(8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3)]),
        *(("spo2_percent", value, points) for value, points in
          [(91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0)]),
        *(("systolic_mmhg", value, points) for value, points in
          [(90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3)]),
        *(("pulse_per_minute", value, points) for value, points in
          [(40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2), (131, 3)]),
        *(("temperature_celsius", Decimal(value), points) for value, points in
          [("35.0", 3), ("35.1", 1), ("36.0", 1), ("36.1", 0), ("38.0", 0), ("38.1", 1), ("39.0", 1), ("39.1", 2)]),
        *(("consciousness", value, points) for value, points in
          [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)]),
        ("supplemental_oxygen", True, 2),
        ("supplemental_oxygen", False, 0),
    ],
)  # fmt: skip
def test_each_band_edge(field, value, points):
    assert score(Vitals(**{field: value})).parts[field] == points


@pytest.mark.parametrize(
    ("percent", "oxygen", "points"),
    [(83, True, 3), (84, True, 2), (85, False, 2), (86, True, 1), (87, False, 1), (88, True, 0), (92, True, 0),
     (93, False, 0), (100, False, 0), (93, True, 1), (94, True, 1), (95, True, 2), (96, True, 2), (97, True, 3)],
)  # fmt: skip
def test_each_band_edge_of_scale_2(percent, oxygen, points):
    assert score(Vitals(spo2_percent=percent, supplemental_oxygen=oxygen), 2).parts["spo2_percent"] == points


def test_scale_2_above_92_needs_the_oxygen_answer():
    assert "spo2_percent" in score(Vitals(spo2_percent=97), 2).missing


def test_partial_a_one_red_part_fires_v1():
    assessment = judge(reading(60, vitals=Vitals(respiration_rate=26)))
    assert assessment.news2["at 60"].lower_bound == 3
    assert raised(assessment, 60)["V1"] == "AMBER"


def test_partial_b_lower_bound_of_6_fires_v2():
    assessment = judge(reading(60, vitals=Vitals(respiration_rate=22, spo2_percent=93, supplemental_oxygen=True)))
    assert assessment.news2["at 60"].total is None
    assert raised(assessment, 60)["V2"] == "URGENT"


def test_partial_c_low_sum_without_temperature_fires_nothing_and_says_what_is_missing():
    assessment = judge(reading(60, vitals=Vitals(21, 95, False, 110, 70, 80, "A", None)))
    assert assessment.news2["at 60"].lower_bound == 4
    assert not {"V1", "V2", "V3"} & raised(assessment, 60).keys()
    question = next(one for one in assessment.undecided_by("at 60") if one.rule_code == "V2")
    assert question.missing == ("temperature_celsius",)


def test_v3_from_7_is_emergent_and_replaces_v2():
    found = raised(judge(reading(60, vitals=vitals(24, 93, True, 120, 91, "A", "37.0"))), 60)
    assert found["V3"] == "EMERGENT" and "V2" not in found


def test_oxygen_alone_adds_two_points_at_most():
    """Five points on the known part (respiration 24, pulse 120, systolic 110): a blank oxygen makes 7 of them, no more."""
    five = vitals(24, 98, None, 110, 120, "A", "37.0")
    assert "V3" in open_questions(judge(reading(60, vitals=five)), 60)
    four = vitals(24, 98, None, 110, 100, "A", "37.0")
    assert judge(reading(60, vitals=four)).news2["at 60"].lower_bound == 4
    assert "V3" not in open_questions(judge(reading(60, vitals=four)), 60)


def test_v0_notes_a_rise_of_two_in_the_low_band():
    worse = Vitals(16, 94, False, 110, 70, 70, "A", Decimal("37.0"))
    assert raised(judge(reading(60, vitals=HEALTHY_VITALS), reading(120, vitals=worse)), 120)["V0"] == "INFO"


def test_nothing_is_raised_or_asked_of_a_complete_healthy_set():
    assessment = judge(reading(60, vitals=HEALTHY_VITALS))
    assert not {"V0", "V1", "V2", "V3"} & (raised(assessment, 60).keys() | open_questions(assessment, 60))


@pytest.mark.parametrize(
    ("given", "minutes"),
    [(Vitals(), None), (HEALTHY_VITALS, 720), (Vitals(pulse_per_minute=95), 240), (Vitals(respiration_rate=26), 60),
     (Vitals(respiration_rate=22, spo2_percent=93, supplemental_oxygen=True), 60),
     (Vitals(respiration_rate=26, spo2_percent=90, supplemental_oxygen=True), 15)],
)  # fmt: skip
def test_interval_to_the_next_set(given, minutes):
    assert monitoring_interval_minutes(score(given)) == minutes


@pytest.mark.parametrize(("fahrenheit", "celsius"), [("100.4", "38.0"), ("98.6", "37.0"), ("95.09", "35.1")])
def test_fahrenheit_is_rounded_half_up_before_banding(fahrenheit, celsius):
    assert celsius_from_fahrenheit(Decimal(fahrenheit)) == Decimal(celsius)


def test_a_set_that_is_not_complete_has_no_low_band_and_no_long_interval():
    known = replace(HEALTHY_VITALS, temperature_celsius=None)
    assert (score(HEALTHY_VITALS, 1).band, score(known, 1).band) == ("LOW", None)
    assert monitoring_interval_minutes(score(known, 1)) is None


@pytest.mark.parametrize(("percent", "open_without_oxygen"), [(88, False), (92, False), (93, True), (97, True)])
def test_on_scale_2_a_saturation_above_92_has_no_points_until_oxygen_is_noted(percent, open_without_oxygen):
    unknown = replace(HEALTHY_VITALS, spo2_percent=percent, supplemental_oxygen=None)
    assert ("spo2_percent" in score(unknown, 2).missing) == open_without_oxygen
    assert "spo2_percent" not in score(replace(unknown, supplemental_oxygen=False), 2).missing
