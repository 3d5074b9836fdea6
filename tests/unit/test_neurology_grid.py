"""The neurology grid says of each item what changed, and never calls normal what nobody looked at."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from followup.selectors.neurology_grid import Change, neurology_grids

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def the_item(name: str, *exams: dict, baseline: dict):
    rows = [SimpleNamespace(effective_at=AT + timedelta(hours=hour), neurology=exam) for hour, exam in enumerate(exams)]
    labels = {
        "motor_L4": "L4 ankle dorsiflexion",
        "saddle_sensation": "saddle sensation (S3–S5)",
        "voiding": "passing urine",
    }
    grids = neurology_grids(rows, baseline)
    row = next(row for grid in grids for row in grid.rows if row.label == labels[name])
    return row.items[0]


@pytest.mark.parametrize(
    ("baseline", "exams", "change"),
    [
        ({"motor_L4_R": "5"}, ["5"], Change.SAME),
        ({"motor_L4_R": "5"}, ["4"], Change.WORSE),
        ({"motor_L4_R": "3"}, ["4"], Change.BETTER),
        # It gained after the procedure and lost that again: no worse than before, and yet a loss.
        ({"motor_L4_R": "3"}, ["5", "3"], Change.BELOW_BEST),
        ({"motor_L4_R": "3"}, ["5", "2"], Change.WORSE),
        ({"motor_L4_R": "5"}, [], Change.NOT_CHECKED),
        ({"motor_L4_R": "5"}, ["NT"], Change.NOT_CHECKED),
        # A blank baseline counts as healthy (clinical-spec 3.5).
        ({}, ["4"], Change.WORSE),
    ],
)  # fmt: skip
def test_power_is_compared_with_the_baseline_and_with_its_best(baseline, exams, change):
    assert the_item("motor_L4", *({"motor_L4_R": one} for one in exams), baseline=baseline).change is change


def test_what_was_assumed_of_the_time_before_is_said():
    assert the_item("motor_L4", baseline={}).assumed
    assert not the_item("motor_L4", baseline={"motor_L4_R": "5"}).assumed


def test_a_quick_check_leaves_the_answer_of_the_full_exam_with_its_time():
    item = the_item("saddle_sensation", {"saddle_sensation": "ALTERED"}, {"motor_L4_R": "5"}, baseline={})
    assert (item.newest, item.tested_at, item.change) == ("altered", AT, Change.WORSE)


def test_answers_without_an_order_are_the_same_or_changed():
    normal, unable = {"voiding": "NORMAL"}, {"voiding": "UNABLE"}
    assert the_item("voiding", normal, baseline=normal).change is Change.SAME
    assert the_item("voiding", unable, baseline=normal).change is Change.CHANGED
    assert the_item("voiding", baseline=normal).change is Change.NOT_CHECKED
