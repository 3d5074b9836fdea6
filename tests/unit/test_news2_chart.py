"""The bands of the observation chart are those of the RCP's chart, although they are read off the scoring functions."""

from decimal import Decimal

import pytest

from followup.red_flags.history import Vitals
from followup.red_flags.news2 import HARD_LIMITS, score
from followup.selectors.news2_chart import bands

# Royal College of Physicians, NEWS2, 2017 (clinical-spec 1), from the highest value to the lowest.
PRINTED = {
    ("respiration_rate", 1): [("≥25", 3), ("21–24", 2), ("12–20", 0), ("9–11", 1), ("≤8", 3)],
    ("spo2_percent", 1): [("≥96", 0), ("94–95", 1), ("92–93", 2), ("≤91", 3)],
    ("spo2_percent", 2): [
        ("≥97 on oxygen", 3), ("95–96 on oxygen", 2), ("93–94 on oxygen", 1), ("≥93 on air", 0), ("88–92", 0),
        ("86–87", 1), ("84–85", 2), ("≤83", 3),
    ],
    ("supplemental_oxygen", 1): [("air", 0), ("oxygen", 2)],
    ("systolic_mmhg", 1): [("≥220", 3), ("111–219", 0), ("101–110", 1), ("91–100", 2), ("≤90", 3)],
    ("pulse_per_minute", 1): [("≥131", 3), ("111–130", 2), ("91–110", 1), ("51–90", 0), ("41–50", 1), ("≤40", 3)],
    ("consciousness", 1): [("A", 0), ("CVPU", 3)],
    ("temperature_celsius", 1): [
        ("≥39.1", 2), ("38.1–39.0", 1), ("36.1–38.0", 0), ("35.1–36.0", 1), ("≤35.0", 3),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("parameter", "scale"), PRINTED)
def test_the_bands_are_those_of_the_printed_chart(parameter, scale):
    assert [(band.words, band.points) for band in bands(parameter, scale)] == PRINTED[parameter, scale]


@pytest.mark.parametrize("oxygen", [False, True])
def test_every_possible_saturation_on_scale_2_lies_in_one_band_that_says_its_score(oxygen):
    for percent in range(int(HARD_LIMITS["spo2_percent"][0]), 101):
        held = [one for one in bands("spo2_percent", 2) if percent in one.holds and one.on_oxygen in (None, oxygen)]
        vitals = Vitals(spo2_percent=percent, supplemental_oxygen=oxygen)
        assert [one.points for one in held] == [score(vitals, 2).parts["spo2_percent"]]


def test_every_tenth_of_a_degree_lies_in_one_band():
    for tenth in range(250, 451):
        assert sum(Decimal(tenth) / 10 in one.holds for one in bands("temperature_celsius")) == 1
