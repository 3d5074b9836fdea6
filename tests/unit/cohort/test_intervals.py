"""The intervals against published examples and against sums done by hand; the source of each stands beside it."""

import pytest

from followup.cohort.intervals import Estimate, Wait, mean, median_wait, share


# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Stat Med 1998;17:857, table I, method 3.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0, 16.11), (1, 29, 0.61, 17.18), (29, 29, 88.30, 100)],
)
def test_wilson_as_newcombe_published_it(part, whole, low, high):
    found = share(part, whole)
    assert found.value == pytest.approx(100 * part / whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.005), pytest.approx(high, abs=0.005))


def test_t_interval_by_hand():
    """8, 9, 7, 8, 8: mean 8, variance 2/4, standard error √(0.5/5) = 0.31623; t(4; 0.975) = 2.77645 (tables)."""
    found = mean([8, 9, 7, 8, 8])
    assert found.value == 8
    assert (found.low, found.high) == (pytest.approx(8 - 0.87799, abs=1e-4), pytest.approx(8 + 0.87799, abs=1e-4))


def test_values_that_do_not_differ_have_an_interval_without_width():
    assert mean([4.4] * 6) == Estimate(pytest.approx(4.4), pytest.approx(4.4), pytest.approx(4.4))


def waits(happened=(), not_yet=()):
    return [Wait(day, True) for day in happened] + [Wait(day, False) for day in not_yet]


# E. J. Freireich et al., Blood 1963;21:699: weeks of remission, the textbook data of the method.
_TREATED = waits((6, 6, 6, 7, 10, 13, 16, 22, 23), (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
_PLACEBO = waits((1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23))


def test_kaplan_meier_of_the_treated_arm():
    """Median 23. By hand: the band's lower end is 0.503 at 10 and 0.432 at 13; its upper end never falls to one half."""
    assert median_wait(_TREATED) == Estimate(23, 13, None)


def test_kaplan_meier_of_the_placebo_arm():
    """Median 8. By hand: S(3) = 16/21 with the lower end 0.519, S(4) = 14/21 with 0.425; S(8) = 8/21 with the upper
    end 0.578, S(11) = 6/21 with 0.480."""
    assert median_wait(_PLACEBO) == Estimate(8, 4, 11)


def test_nobody_had_relief_so_that_no_median_is_made_up():
    assert median_wait(waits((), (3, 14, 365))) == Estimate(None, None, None)


def test_fewer_than_half_had_relief():
    found = median_wait(waits((1, 2), (30,) * 8))
    assert (found.value, found.high) == (None, None)


def test_everybody_had_relief_at_once():
    assert median_wait(waits((1,) * 6)) == Estimate(1, 1, 1)
