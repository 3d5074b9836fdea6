"""The figures of the imaging loop: none, one, many, open and cancelled tasks."""

from datetime import UTC, datetime, timedelta

from followup.imaging_figures import HOPS, HopFigures, Step, TaskTimes, imaging_figures

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STEPS = tuple(Step)


def task(*minutes: float, over: bool = False, asked: datetime = NOW - timedelta(hours=10)) -> TaskTimes:
    """A task that passed the first steps, each so many minutes after the one before."""
    passed, at = {Step.FLAG: asked}, asked
    for step, more in zip(STEPS[1:], minutes, strict=False):
        at += more * MINUTE
        passed[step] = at
    return TaskTimes(passed, over, acknowledge_within=15 * MINUTE, imaging_within=240 * MINUTE)


def line(name: str, *tasks: TaskTimes, now: datetime = NOW) -> HopFigures:
    return next(one for one in imaging_figures(tasks, now=now) if one.hop.name == name)


def test_no_task_gives_a_line_for_every_hop_and_no_figure():
    lines = imaging_figures([], now=NOW)
    assert [one.hop for one in lines] == list(HOPS)
    assert {(one.finished, one.running, one.missing, one.median, one.within_percent) for one in lines} == {
        (0, 0, 0, None, None)
    }


def test_fewer_than_five_are_counted_and_not_shown():
    figures = line("Flag to acknowledgement", *[task(10)] * 4)
    assert (figures.finished, figures.judged) == (4, 4)
    assert figures.median is figures.lower_quartile is figures.upper_quartile is figures.within_percent is None


def test_five_are_shown():
    figures = line("Flag to acknowledgement", *(task(minutes) for minutes in (2, 4, 6, 8, 20)))
    assert (figures.lower_quartile, figures.median, figures.upper_quartile) == (4 * MINUTE, 6 * MINUTE, 8 * MINUTE)
    assert (figures.finished, figures.judged, figures.within_percent) == (5, 5, 80)


def test_quartiles_lie_linearly_between_the_ordered_values():
    figures = line("Flag to acknowledgement", *(task(minutes) for minutes in (60, 10, 20, 50, 40, 30)))
    assert figures.lower_quartile == 22.5 * MINUTE
    assert (figures.median, figures.upper_quartile) == (35 * MINUTE, 47.5 * MINUTE)


def test_the_target_itself_is_within_it():
    at, over = [task(15)] * 5, [task(15 + 1 / 60)] * 5
    assert line("Flag to acknowledgement", *at).within_percent == 100
    assert line("Flag to acknowledgement", *over).within_percent == 0


def test_each_hop_has_its_own_ends():
    tasks = [task(1, 2, 4, 8, 16, over=True)] * 5
    assert [one.median for one in imaging_figures(tasks, now=NOW)] == [
        1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE, 7 * MINUTE,
    ]  # fmt: skip


def test_hops_without_a_target_are_not_judged():
    for name in ("Acknowledgement to order", "Scan to report", "Report to decision"):
        figures = line(name, *[task(1, 2, 4, 8, 16, over=True)] * 5)
        assert (figures.judged, figures.within_percent) == (0, None)
        assert figures.median is not None


def test_an_open_task_is_running_and_lengthens_no_median():
    done, waiting = [task(10)] * 5, [task(asked=NOW - 14 * MINUTE)] * 3
    figures = line("Flag to acknowledgement", *done, *waiting)
    assert (figures.finished, figures.running, figures.missing) == (5, 3, 0)
    assert (figures.median, figures.judged, figures.within_percent) == (10 * MINUTE, 5, 100)


def test_a_running_hop_that_is_late_already_has_missed_its_target():
    done, late = [task(10)] * 5, [task(asked=NOW - 16 * MINUTE)] * 5
    figures = line("Flag to acknowledgement", *done, *late)
    assert (figures.judged, figures.within_percent) == (10, 50)


def test_a_cancelled_task_is_missing_and_never_late():
    figures = line("Flag to scan", *[task(10, over=True)] * 5)
    assert (figures.finished, figures.running, figures.missing, figures.judged) == (0, 0, 5, 0)


def test_a_hop_that_has_not_begun_is_not_counted():
    figures = line("Scan to report", task(10), task(10, 20))
    assert (figures.finished, figures.running, figures.missing) == (0, 0, 0)


def test_one_late_among_many_is_not_a_hundred_percent():
    figures = line("Flag to acknowledgement", *[task(10)] * 999, task(20))
    assert figures.within_percent == 99


def test_the_targets_are_those_of_each_hop():
    """15 min to acknowledge, 240 min to the scan: 20 and 250 min are late for the one, 20 min is not for the other."""
    tasks = [task(20, 1, 230)] * 5
    assert line("Flag to acknowledgement", *tasks).within_percent == 0
    assert line("Order to scan", *tasks).within_percent == 100
    assert line("Flag to scan", *tasks).within_percent == 0


def test_a_running_hop_at_its_target_is_not_late_yet():
    assert line("Flag to acknowledgement", *[task(asked=NOW - 15 * MINUTE)] * 5).judged == 0


def test_a_hop_without_a_target_that_runs_for_long_is_not_judged():
    assert line("Scan to report", *[task(1, 1, 1)] * 5).judged == 0
