"""What mutmut cannot reach: each default threshold a step up and a step down, each column of each rule's row to another value.

`.venv/bin/python -m tests.table_mutants` names those that no test in `unit/` or `oracle/` notices. `make mutate` runs it last.
"""

import gc
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ |= {"KYPHOTRACK_MODE": "test", "DATABASE_URL": "sqlite:///:memory:"}
os.environ.setdefault("ORACLE_EPISODES", "400")

import pytest
from _pytest.runner import runtestprotocol

PROCESSES = 2
# The tests that mutmut chooses from.
_SELECTION = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["mutmut"][
    "pytest_add_cli_args_test_selection"
]


@dataclass(frozen=True)
class Change:
    """One value of a frozen row, changed in place in the fork that tests it."""

    name: str
    row: Any
    column: str
    value: object

    def make(self) -> None:
        object.__setattr__(self.row, self.column, self.value)


def changes() -> Iterator[Change]:
    # Only now: the settings of Django are there once pytest has started.
    from followup.red_flags import modality
    from followup.red_flags.findings import Category, Severity
    from followup.red_flags.rules import RULES
    from followup.red_flags.ruleset import DEFAULT_RULESET, THRESHOLDS

    for threshold in THRESHOLDS:
        default = getattr(DEFAULT_RULESET, threshold.name)
        step = Decimal("0.1") if isinstance(default, Decimal) else 1
        for value in (default - step, default + step):
            yield Change(f"{threshold.name} {default} → {value}", DEFAULT_RULESET, threshold.name, value)
    kinds = (*modality._LOOKING_FOR, None)
    for rule in RULES:
        for column, values in (("severity", Severity), ("category", Category), ("imaging", kinds)):
            default = getattr(rule, column)
            choices = list(values)
            other = choices[(choices.index(default) + 1) % len(choices)]
            yield Change(f"{rule.code} {column} {default} → {other}", rule, column, other)


class Loop:
    """In place of pytest's own loop: once without a change, which takes the times; then a fork for each change."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.found: Counter[str] = Counter()
        self.running: dict[
            int, tuple[Change, int]
        ] = {}  # by process: the change, and where the test that noticed is read
        self.survived: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.config.pluginmanager.unregister(name="terminalreporter")
        for item in session.items:
            began = time.monotonic()
            if _fails(item):
                sys.exit(f"{item.nodeid} fails without any change.")
            self.seconds[item.nodeid] = time.monotonic() - began
        gc.collect()
        gc.freeze()
        every = list(changes())
        for change in every:
            if len(self.running) == PROCESSES:
                self._wait_for_one()
            self._fork(change, self._in_order(session.items))
        while self.running:
            self._wait_for_one()
        print(f"\nRows and defaults: {len(every)} changes, {len(every) - len(self.survived)} noticed. Not noticed:")
        print("\n".join(sorted(self.survived)) or "none")
        return True

    def _in_order(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Those first that are quick and have noticed other changes."""

        def worth(item: pytest.Item) -> float:
            return (self.found[item.nodeid] + 0.1) / (self.seconds[item.nodeid] + 0.01)

        return sorted(items, key=worth, reverse=True)

    def _fork(self, change: Change, items: list[pytest.Item]) -> None:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            self.running[pid] = change, reader
            return
        sys.stdout = sys.stderr = open(os.devnull, "w")
        change.make()
        try:
            noticed = next((item.nodeid for item in items if _fails(item)), "")
        except BaseException:
            noticed = "a fault"
        os.write(writer, noticed.encode())
        os._exit(0)

    def _wait_for_one(self) -> None:
        pid, _status = os.wait()
        change, reader = self.running.pop(pid)
        with os.fdopen(reader) as noticed:
            test = noticed.read()
        if test:
            self.found[test] += 1
        else:
            self.survived.append(change.name)


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, nextitem=None, log=False))


if __name__ == "__main__":
    pytest.main(
        ["--assert=plain", "--tb=native", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci", *_SELECTION],
        plugins=[Loop()],
    )
