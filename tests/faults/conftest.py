"""Each case gets a stack on a database of its own; the last line of the run has the sums of what the cases counted.

FAULTS=long (as `make faults` runs it) takes every case with many injections; otherwise the short form runs.
"""

import os
import random
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.script import Script
from tests.faults.stack import LONG, Cluster, Stack
from tests.faults.tally import Count, last_line
from tests.running_parts import own_broker

SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311 - not a secret
# Goal R4: a minute after the fault has ended.
LATE_AT_MOST_SECONDS = 60
_counts: list[Count] = []
_reports: dict[str, bool] = {}


def pytest_collection_modifyitems(config, items):
    """The short form leaves the long cases out, and does not skip them."""
    if LONG:
        return
    left_out = [item for item in items if item.get_closest_marker("long_form")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_runtest_logreport(report):
    if "tests/faults/" in report.nodeid and (report.when == "call" or report.failed):
        _reports[report.nodeid] = report.passed


def pytest_terminal_summary(terminalreporter):
    if not _reports:
        return
    terminalreporter.write_sep("=", f"fault cases, {'long' if LONG else 'short'} form, SEED={SEED}")
    for one in _counts:
        terminalreporter.write_line(str(one))
    sums = last_line(_counts, cases=len(_reports), passed=sum(_reports.values()))
    terminalreporter.write_line(sums)
    if "FAULTS_SUMS" in os.environ:  # `make faults` says it again at the very end
        Path(os.environ["FAULTS_SUMS"]).write_text(sums)


@pytest.fixture(scope="session")
def cluster():
    place = Path(tempfile.mkdtemp(prefix="kyphotrack-faults-"))
    own = Cluster(place)
    try:
        yield own
    finally:
        own.forget()
        shutil.rmtree(place)


@pytest.fixture
def chance(request) -> random.Random:
    """For the moments of the injections."""
    return random.Random(f"{request.node.name} {SEED}")  # noqa: S311 - not a secret


@pytest.fixture
def many() -> int:
    """How often a fault is injected."""
    return 10 if LONG else 3


@pytest.fixture
def a_stack(cluster):
    """Make a stack for a case: `a_stack("F01")`. `broker`: with one of its own; `on`: another cluster; the rest: its script."""
    with ExitStack() as at_the_end:

        def make(case: str, *, broker: bool = False, on: Cluster | None = None, **more) -> Stack:
            place = Path(tempfile.mkdtemp(prefix=f"kyphotrack-{case.lower()}-"))
            at_the_end.callback(shutil.rmtree, place)
            size = (
                {"flags": 20, "reminders": 20, "seconds": 20.0}
                if LONG
                else {"flags": 5, "reminders": 5, "seconds": 4.0}
            )
            own = at_the_end.enter_context(own_broker()) if broker else None
            stack = Stack(on or cluster, Script(case, SEED, **{**size, **more}), place, own)
            at_the_end.callback(stack.stop)
            return stack

        yield make


@pytest.fixture
def judge():
    """Count a stack that has come to rest; the case fails where a mail was lost or doubled, or in the long form late."""

    def of(stack: Stack, *, late_at_most: float = LATE_AT_MOST_SECONDS, **patience) -> Count:
        result = stack.run_to_quiet(**patience)
        _counts.append(result)
        assert result.passed, f"{result}\n{stack.logs()}"
        # On a busy machine of the short form a goal in seconds would measure the machine.
        assert not LONG or result.late_max_seconds <= late_at_most, f"{result}\n{stack.logs()}"
        return result

    return of
