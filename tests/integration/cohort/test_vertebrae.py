"""B6 to B9 of made cohorts whose figures are worked out by hand. Neighbours are 25 mm high, so that 1 mm is 4 %."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests import cohorts
from tests.cohorts import row_of, values

pytestmark = pytest.mark.django_db
BESIDE = {"above": 24, "below": 26}


def broken(anterior: float | None, fractured: int | None = 10, **more):
    """An episode whose L1 was that high before, at the anterior edge."""
    episode = cohorts.an_episode(fractured=fractured, **more)
    columns = cohorts.height_columns(**BESIDE)
    episode.fractures.filter(level="L1").update(
        anterior_height_millimetres=anterior and Decimal(str(anterior)), **columns
    )
    return episode


def test_heights_before_and_after_by_age():
    """Acute: 60 % before; 80, 80, 88, 88 and 92 % after, of which one is restored. Chronic: 40 % and 60 %."""
    for after in (20, 20, 22, 22, 23):
        cohorts.heights(broken(15), "L1", days=1, anterior=after, **BESIDE)
    for _patient in range(5):
        cohorts.heights(broken(10, fractured=100), "L1", days=7, anterior=15, **BESIDE)
    made = cohorts.report()
    assert values(row_of(made, "B6", "ACUTE")) == (60.0, 85.6)
    assert values(row_of(made, "B6", "CHRONIC")) == (40.0, 60.0)
    assert (values(row_of(made, "B7", "ACUTE")), values(row_of(made, "B7", "CHRONIC"))) == ((20.0,), (0.0,))


def test_exactly_89_percent_is_restored():
    for _patient in range(5):
        cohorts.heights(broken(None), "L1", days=1, anterior=17.8, above=20, below=20)
    assert values(row_of(cohorts.report(), "B7")) == (100.0,)


def test_in_the_middle_where_the_edge_was_not_measured_on_both():
    for _patient in range(5):
        episode = broken(15)
        episode.fractures.update(mid_height_millimetres=Decimal(10))
        cohorts.heights(episode, "L1", days=1, mid=20, **BESIDE)
    assert values(row_of(cohorts.report(), "B6")) == (40.0, 80.0)


def test_an_image_too_late_or_without_its_neighbours_is_missing():
    for _patient in range(5):
        cohorts.heights(broken(15), "L1", days=1, anterior=20, **BESIDE)
    cohorts.heights(broken(15), "L1", days=8, anterior=20, **BESIDE)
    cohorts.heights(broken(15), "L1", days=1, anterior=20, above=24)
    cohorts.heights(broken(15), "T9", days=1, anterior=20, **BESIDE)
    struck = cohorts.heights(broken(15), "L1", days=1, anterior=20, **BESIDE)
    cohorts.strike_out(struck)
    found = row_of(cohorts.report(), "B6")
    assert (found.n, found.missing) == (5, 4)


def test_a_broken_neighbour_is_not_normal():
    """L2 is broken too, so that L1 is compared with T12 alone: 24 mm."""
    for _patient in range(5):
        episode = broken(12, levels=("L1", "L2"))
        cohorts.heights(episode, "L1", days=1, anterior=18, **BESIDE)
    found = row_of(cohorts.report(), "B6")
    assert (found.n, found.missing, values(found)) == (5, 5, (50.0, 75.0))


def test_later_loss_by_kind():
    """Ratio 100 × 20/25 = 80 after; later 76 (the last image counts), and 70 after a vertebroplasty: losses of 4 and 10."""
    for kind, later in (("BALLOON_KYPHOPLASTY", 19), ("VERTEBROPLASTY", 17.5)):
        for _patient in range(5):
            episode = cohorts.an_episode(kind=kind)
            cohorts.heights(episode, "L1", days=2, anterior=20, posterior=25)
            cohorts.heights(episode, "L1", days=74, anterior=1, posterior=25)
            cohorts.heights(episode, "L1", days=90, anterior=20, posterior=25)
            cohorts.heights(episode, "L1", days=395, anterior=later, posterior=25)
            cohorts.heights(episode, "L1", days=396, anterior=1, posterior=25)
    made = cohorts.report()
    assert values(row_of(made, "B8")) == (4.0,)
    assert values(row_of(made, "B8", "VERTEBROPLASTY")) == (10.0,)


def test_leaks_of_vertebrae_and_of_episodes():
    """Six episodes of two levels: 3 of 11 vertebrae leak (of one nobody said), 2 of 5 episodes (one is not known)."""
    leaks = (("ASYMPTOMATIC", "SYMPTOMATIC"), ("NONE", "ASYMPTOMATIC"), *[("NONE", "NONE")] * 3, ("NONE", ""))
    for first, second in leaks:
        episode = cohorts.an_episode(levels=("L1", "L2"), leak=first)
        episode.treated_levels.filter(level="L2").update(leakage=second)
    made = cohorts.report()
    levels, episodes = row_of(made, "B9_LEVELS"), row_of(made, "B9_EPISODES")
    assert (levels.n, levels.missing, values(levels)) == (11, 1, (27.27,))
    assert (episodes.n, episodes.missing, values(episodes)) == (5, 1, (40.0,))


def test_a_level_of_which_nobody_said_does_not_hide_a_leak_beside_it():
    for _patient in range(5):
        episode = cohorts.an_episode(levels=("L1", "L2"), leak="")
        episode.treated_levels.filter(level="L2").update(leakage="ASYMPTOMATIC")
    found = row_of(cohorts.report(), "B9_EPISODES")
    assert (found.n, found.missing, values(found)) == (5, 0, (100.0,))


def test_leaks_with_a_confirmed_complication():
    """Seven leaks: two confirmed, one still open and so not known; a pain flag is none of a leak's."""

    def leak():
        return cohorts.an_episode(leak="ASYMPTOMATIC")

    cohorts.a_flag(leak(), "LK1", closed="CONFIRMED")
    both = leak()
    cohorts.a_flag(both, "N1", closed="CONFIRMED")
    cohorts.a_flag(both, "C2")
    cohorts.a_flag(leak(), "N4")
    cohorts.a_flag(leak(), "C1", closed="RULED_OUT")
    cohorts.a_flag(leak(), "P1", closed="CONFIRMED")
    leak()
    leak()
    cohorts.a_flag(cohorts.an_episode(), "N1", closed="CONFIRMED")
    found = row_of(cohorts.report(), "B9_SYMPTOMS")
    assert (found.n, found.missing, values(found)) == (6, 1, (33.33,))


def test_five_vertebrae_of_two_patients_are_two_patients():
    for levels in (("T12", "L1", "L2"), ("L1", "L2")):
        cohorts.an_episode(levels=levels)
    assert not row_of(cohorts.report(), "B9_LEVELS").shown


def test_the_day_of_an_image_counts_in_the_zone_of_the_site():
    """23:30 UTC is the next day in Berlin: an image of that day is of the day itself, not of the day after."""
    late = cohorts.T0.replace(hour=23, minute=30)
    for _patient in range(5):
        episode = broken(15, time_zero=late)
        cohorts.heights(episode, "L1", days=8, anterior=20, **BESIDE)
    assert (late + timedelta(hours=1)).day != late.day
    assert row_of(cohorts.report(), "B6").n == 5
