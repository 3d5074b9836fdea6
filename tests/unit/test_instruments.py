"""Outcome instruments against clinical-spec 6.1 to 6.3, with every vector of 6.1 by its own figures."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup import instruments
from followup.instruments import BadScore, OdiBand, score_odi
from followup.red_flags.neurology import CATALOGUE
from followup.red_flags.ruleset import DEFAULT_RULESET
from procedures.three_valued import MET, NOT_MET, UNKNOWN

answered_sections = st.lists(st.integers(0, 5), min_size=10, max_size=10)


def sections(points: int, answered: int) -> list[int | None]:
    """Ten sections of which `answered` hold together `points`."""
    rows, left = [], points
    for _section in range(answered):
        rows.append(min(5, left))
        left -= rows[-1]
    assert left == 0
    return [*rows, *[None] * (10 - answered)]


@pytest.mark.parametrize(
    ("points", "answered", "percent"),
    [(16, 10, 32), (16, 9, 36), (0, 10, 0), (50, 10, 100), (29, 10, 58), (20, 8, None)],
    ids=["16/10", "16/9", "0/10", "50/10", "29/10", "20/8"],
)
def test_vector_of_6_1(points, answered, percent):
    score = score_odi(sections(points, answered), DEFAULT_RULESET)
    assert (score.points, score.answered, score.percent) == (points, answered, percent)
    assert (score.band is None) == (percent is None)


def test_half_a_percent_rounds_up():
    # 5 sections answered, 1 point: 4 %. 8 answered and 1 point: 2.5 %.
    lenient = replace(DEFAULT_RULESET, odi_minimum_answered=8)
    assert score_odi(sections(1, 8), lenient).percent == 3


@pytest.mark.parametrize(("minimum", "scored"), [(8, True), (9, False)])
def test_how_many_sections_make_a_score_is_a_threshold(minimum, scored):
    score = score_odi(sections(20, 8), replace(DEFAULT_RULESET, odi_minimum_answered=minimum))
    assert (score.percent is not None) == scored


def test_no_ruleset_scores_an_empty_form():
    assert score_odi([None] * 10, replace(DEFAULT_RULESET, odi_minimum_answered=0)).percent is None


@pytest.mark.parametrize("wrong", [[0] * 9, [0] * 11, [6] + [0] * 9, [-1] + [0] * 9])
def test_what_is_no_odi_is_refused(wrong):
    with pytest.raises(BadScore):
        score_odi(wrong, DEFAULT_RULESET)


@pytest.mark.parametrize(
    ("percent", "band"),
    [
        (0, OdiBand.MINIMAL), (20, OdiBand.MINIMAL), (21, OdiBand.MODERATE), (40, OdiBand.MODERATE),
        (41, OdiBand.SEVERE), (60, OdiBand.SEVERE), (61, OdiBand.VERY_SEVERE), (80, OdiBand.VERY_SEVERE),
        (81, OdiBand.BED_BOUND_OR_EXTREME), (100, OdiBand.BED_BOUND_OR_EXTREME),
    ],
)  # fmt: skip
def test_band(percent, band):
    assert instruments.odi_band(percent) is band


@pytest.mark.parametrize("percent", [-1, 101])
def test_no_band_outside_the_scale(percent):
    with pytest.raises(BadScore):
        instruments.odi_band(percent)


def test_bands_use_neutral_words():
    words = " ".join(band.label for band in OdiBand)
    assert "crippled" not in words and "exaggerat" not in words


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [(58, 38, -20), (58, 48, -10), (58, 49, 0), (40, 49, 0), (40, 50, 10), (None, 40, None)],
)
def test_a_change_matters_from_ten_points(before, now, change):
    assert instruments.odi_changed(before, now) == change


@given(answered_sections, st.integers(0, 9))
def test_odi_never_falls_when_a_section_is_worse(rows, which):
    worse = [min(5, points + 1) if number == which else points for number, points in enumerate(rows)]
    assert score_odi(worse, DEFAULT_RULESET).percent >= score_odi(rows, DEFAULT_RULESET).percent


@given(st.lists(st.none() | st.integers(0, 5), min_size=10, max_size=10))
def test_odi_is_a_percentage_or_nothing_whatever_is_blank(rows):
    score = score_odi(rows, DEFAULT_RULESET)
    assert score.percent is None or 0 <= score.percent <= 100
    assert (score.percent is None) == (score.answered < 9)


# --- Karnofsky, ECOG, mobility, Timed Up and Go ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kps", "ecog"),
    [(100, 0), (90, 0), (80, 1), (70, 1), (60, 2), (50, 2), (40, 3), (30, 3), (20, 4), (10, 4), (0, 5)],
)
def test_ecog_that_is_shown_beside_a_karnofsky_score(kps, ecog):
    assert instruments.ecog_shown_beside(kps) == ecog
    assert instruments.kps_words(kps)


def test_nothing_leads_from_ecog_to_karnofsky():
    assert [name for name in dir(instruments) if "from_ecog" in name or "kps_from" in name] == []


@pytest.mark.parametrize("wrong", [75, 5, -10, 110])
def test_karnofsky_is_a_multiple_of_ten(wrong):
    with pytest.raises(BadScore):
        instruments.ecog_shown_beside(wrong)


@pytest.mark.parametrize(("kps", "cares"), [(60, NOT_MET), (70, MET), (80, MET), (None, UNKNOWN)])
def test_self_care_from_seventy(kps, cares):
    assert instruments.cares_for_self(kps) is cares


def test_mobility_has_the_words_of_the_gait_item():
    assert list(instruments.MOBILITY) == [0, 1, 2, 3, 4, 5]
    assert instruments.MOBILITY[4] == dict(CATALOGUE["gait"].choices)["4"]


@pytest.mark.parametrize(
    ("seconds", "unable", "prompt"),
    [
        ("11.9", None, NOT_MET), ("12.0", None, MET), ("12.1", False, MET), ("11.9", False, NOT_MET), (None, True, MET),
        (None, None, UNKNOWN), (None, False, UNKNOWN),
    ],
)  # fmt: skip
def test_fall_risk_prompt(seconds, unable, prompt):
    assert instruments.fall_risk(seconds and Decimal(seconds), unable, DEFAULT_RULESET) is prompt


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (lambda: score_odi([0] * 9, DEFAULT_RULESET), "The ODI has 10 sections."),
        (lambda: score_odi([6] + [0] * 9, DEFAULT_RULESET), "A section of the ODI is scored from 0 to 5."),
        (lambda: instruments.odi_band(101), "An ODI score lies between 0 and 100 %."),
        (lambda: instruments.kps_words(55), "A Karnofsky score is a multiple of 10 from 0 to 100."),
    ],
)
def test_a_refusal_says_what_is_allowed(score, words):
    with pytest.raises(BadScore, match=f"^{words}$"):
        score()


def test_one_answered_section_is_enough_where_a_site_says_so():
    one = replace(DEFAULT_RULESET, odi_minimum_answered=1)
    assert score_odi([3] + [None] * 9, one).percent == 60
