"""The geometry of the pain plot: where marks stand, what a line may join, and how far the time axis reaches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.selectors.pain_plot import DoseGiven, FlagRaised, PainScore, pain_plot

T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SEVERE = Decimal(7)


def after(**elapsed) -> datetime:
    return T0 + timedelta(**elapsed)


def score(rest=None, movement=None, scale="NRS", **elapsed) -> PainScore:
    def number(value):
        return None if value is None else Decimal(value)

    return PainScore(after(**elapsed), number(rest), number(movement), scale)


def plot(scores=(), *, now=None, baseline=None, doses=(), flags=()):
    return pain_plot(
        time_zero=T0,
        now=now or after(hours=6),
        scores=scores,
        baseline=baseline,
        doses=doses,
        flags=flags,
        severe_score=SEVERE,
        rise_floor=Decimal(4),
    )


def points_joined(series) -> int:
    return sum(len(line.split()) for line in series.lines)


class TestThresholds:
    def test_the_score_from_which_a_rise_is_urgent_stands_below_severe(self):
        drawn = plot([score(rest=4, hours=1)])
        assert drawn.rise_floor_y == drawn.series[0].marks[0].y > drawn.severe_y

    def test_the_nadir_is_the_lowest_score_that_the_rules_compare_with(self):
        drowsy = replace(score(rest=0, hours=1), may_be_nadir=False)
        series = plot([drowsy, score(rest=3, hours=2), score(rest=2, hours=3), score(rest=5, hours=4)]).series[0]
        assert (series.nadir.score, series.lowest.score) == (2, 0)

    def test_without_a_score_that_counts_there_is_no_nadir(self):
        assert plot([replace(score(rest=1, minutes=20), may_be_nadir=False)]).series[0].nadir is None


class TestScores:
    def test_ten_is_at_the_top_and_zero_at_the_bottom_with_severe_in_between(self):
        drawn = plot([score(rest=10, hours=1), score(rest=0, hours=2), score(rest=7, hours=3)])
        ten, zero, seven = drawn.series[0].marks
        assert ten.y == drawn.top
        assert zero.y == drawn.bottom
        assert seven.y == drawn.severe_y
        assert drawn.top < drawn.severe_y < drawn.bottom

    def test_neighbouring_scores_are_joined(self):
        rest, movement = plot([score(3, 5, hours=1), score(2, 4, hours=2), score(2, 3, hours=3)]).series
        assert len(rest.lines) == len(movement.lines) == 1
        assert points_joined(rest) == 3

    def test_a_score_that_was_not_asked_for_is_a_gap_and_not_zero(self):
        rest, movement = plot(
            [
                score(3, 5, hours=1),
                score(2, 4, hours=2),
                score(None, 4, hours=3),
                score(2, 4, hours=4),
                score(1, 3, hours=5),
            ]
        ).series
        assert [len(line.split()) for line in rest.lines] == [2, 2]
        assert len(rest.marks) == 4
        assert [mark.score for mark in rest.marks] == [3, 2, 2, 1]
        assert [len(line.split()) for line in movement.lines] == [5]

    def test_zero_is_a_score(self):
        rest = plot([score(3, hours=1), score(0, hours=2), score(1, hours=3)]).series[0]
        assert points_joined(rest) == 3
        assert rest.lowest.score == 0

    def test_a_score_between_two_gaps_is_a_mark_without_a_line(self):
        rest = plot([score(None, 4, hours=1), score(2, 4, hours=2), score(None, 4, hours=3)]).series[0]
        assert len(rest.marks) == 1
        assert rest.lines == ()

    def test_scores_of_different_scales_are_not_joined(self):
        rest = plot(
            [score(3, hours=1), score(3, hours=2), score(3, hours=3, scale="PAINAD"), score(3, hours=4, scale="PAINAD")]
        ).series[0]
        assert [len(line.split()) for line in rest.lines] == [2, 2]

    def test_the_order_of_typing_does_not_matter(self):
        scores = [score(3, hours=1), score(2, hours=2), score(5, hours=3)]
        assert plot(reversed(scores)) == plot(scores)

    def test_the_baseline_stands_before_time_zero_at_its_level(self):
        drawn = plot([score(7, hours=1)], baseline=score(rest=7, movement=None, hours=-3))
        rest, movement = drawn.series
        assert rest.baseline.x < drawn.time_zero_x
        assert rest.baseline.y == rest.marks[0].y
        assert movement.baseline is None

    def test_an_episode_without_any_score_is_empty(self):
        assert plot().is_empty
        assert not plot([score(0, hours=1)]).is_empty
        assert not plot(baseline=score(0, hours=-1)).is_empty
        assert plot([score(None, None, hours=1)]).is_empty


class TestTimeAxis:
    @pytest.mark.parametrize(
        ("last", "end", "unit"),
        [
            (timedelta(minutes=20), 120, "minutes"),
            (timedelta(hours=2), 120, "minutes"),
            (timedelta(hours=2, minutes=1), 6, "hours"),
            (timedelta(hours=13), 24, "hours"),
            (timedelta(hours=48), 48, "hours"),
            (timedelta(hours=48, minutes=1), 7, "days"),
            (timedelta(days=9), 14, "days"),
            (timedelta(days=42), 6, "weeks"),
            (timedelta(days=365), 56, "weeks"),
        ],
    )
    def test_it_fits_what_is_shown(self, last, end, unit):
        drawn = plot([PainScore(T0 + last, SEVERE, None)], now=T0 + last)
        assert (drawn.time_ticks[0].amount, drawn.time_ticks[-1].amount, drawn.time_unit) == (0, end, unit)
        assert drawn.series[0].marks[0].x <= drawn.end_x

    def test_it_starts_at_time_zero(self):
        drawn = plot([score(5, minutes=0)])
        assert drawn.time_ticks[0].position == drawn.time_zero_x == drawn.series[0].marks[0].x
        assert drawn.time_ticks[-1].position == drawn.end_x

    def test_time_that_passes_shows_within_the_first_48_hours(self):
        drawn = plot([score(5, hours=1)], now=after(hours=20))
        assert drawn.time_ticks[-1].amount == 24
        assert drawn.time_zero_x < drawn.now_x < drawn.end_x

    def test_an_old_episode_is_not_squeezed_by_today(self):
        drawn = plot([score(5, hours=1), score(3, hours=40)], now=after(days=400))
        assert (drawn.time_ticks[-1].amount, drawn.time_unit) == (48, "hours")
        assert drawn.now_x is None

    def test_the_ticks_stay_few_however_long_the_episode(self):
        for days in (3, 20, 100, 700, 4000):
            assert len(plot([score(5, days=days)], now=after(days=days)).time_ticks) <= 12


class TestDosesAndFlags:
    def test_each_drug_and_route_has_a_lane_under_the_axis(self):
        drawn = plot(
            doses=[
                DoseGiven(after(hours=1), "Morphine IV", "5 mg"),
                DoseGiven(after(hours=2), "Paracetamol PO", "1 g"),
                DoseGiven(after(hours=3), "Morphine IV", "2 mg"),
            ]
        )
        morphine, paracetamol = drawn.dose_lanes
        assert (morphine.drug_and_route, len(morphine.marks)) == ("Morphine IV", 2)
        assert drawn.bottom < morphine.y < paracetamol.y < drawn.height
        assert morphine.marks[0].x < paracetamol.marks[0].x < morphine.marks[1].x

    def test_a_dose_given_before_the_procedure_stands_in_the_column_before(self):
        drawn = plot(doses=[DoseGiven(after(hours=-1), "Morphine IV")])
        assert drawn.dose_lanes[0].marks[0].x == drawn.before_x

    def test_a_mistyped_dose_time_does_not_stretch_the_axis(self):
        drawn = plot([score(5, hours=1)], doses=[DoseGiven(after(days=36500), "Morphine IV")])
        assert drawn.time_ticks[-1].amount == 6
        assert drawn.dose_lanes[0].marks[0].x == drawn.end_x

    def test_a_flag_stands_over_the_score_that_raised_it(self):
        drawn = plot([score(6, hours=5)], flags=[FlagRaised(after(hours=5), "P1", "URGENT", "Rise after relief")])
        assert drawn.flags[0].x == drawn.series[0].marks[0].x
        assert drawn.flags[0].y < drawn.top

    def test_codes_of_flags_raised_together_do_not_cover_each_other(self):
        flags = [FlagRaised(after(hours=5, minutes=n), f"N{n}", "EMERGENT", "Weakness") for n in range(4)]
        drawn = plot(flags=flags)
        assert len({mark.y for mark in drawn.flags}) == 4
        assert max(mark.y for mark in drawn.flags) < drawn.top

    def test_the_table_holds_everything_in_time_order(self):
        drawn = plot(
            [score(4, hours=3), score(2, hours=1)],
            doses=[DoseGiven(after(hours=2), "Morphine IV")],
            flags=[FlagRaised(after(hours=3), "P1", "URGENT", "Rise after relief")],
        )
        assert [row.at for row in drawn.table] == [after(hours=n) for n in (1, 2, 3, 3)]
        assert [bool(row.score) for row in drawn.table] == [True, False, True, False]


scores_anywhere = st.lists(
    st.builds(
        PainScore,
        at=st.timedeltas(timedelta(0), timedelta(days=800)).map(lambda elapsed: T0 + elapsed),
        at_rest=st.none() | st.integers(0, 10).map(Decimal),
        on_movement=st.none() | st.decimals(0, 10, places=1),
        scale=st.sampled_from(["NRS", "PAINAD"]),
    ),
    max_size=25,
)


@given(scores=scores_anywhere, now=st.timedeltas(timedelta(0), timedelta(days=800)))
def test_every_score_has_one_mark_inside_the_frame(scores, now):
    drawn = plot(scores, now=T0 + now)
    for series, known in zip(drawn.series, ("at_rest", "on_movement"), strict=True):
        assert len(series.marks) == sum(getattr(one, known) is not None for one in scores)
        assert points_joined(series) <= len(series.marks)
        for mark in series.marks:
            assert drawn.time_zero_x <= mark.x <= drawn.end_x
            assert drawn.top <= mark.y <= drawn.bottom
