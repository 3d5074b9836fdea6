"""What `make mutate` runs: mutmut on the rules and planners, and then a table of what the tests noticed, file by file.

Names of mutants or patterns as arguments run those alone, for example "followup.red_flags.pain*". A string with a space
in it is wording and is left alone; codes, operators, numbers, branches and arguments are not.
"""

import gc
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

os.environ |= {"KYPHOTRACK_MODE": "test", "DATABASE_URL": "sqlite:///:memory:"}
os.environ["PY_IGNORE_IMPORTMISMATCH"] = "1"  # the tests are those of the project, beside a mutated copy of the program
os.environ.setdefault("ORACLE_EPISODES", "400")

import libcst as cst
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation import mutators
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import mangled_name_from_mutant_name

PROCESSES = 3
_SEES_MOST = (
    "test_what_is_said_of_each_case_is_what_was_approved"  # worth its half second before hundreds of quick tests
)
_SURVIVED, _NO_TESTS, _NOT_RUN = 0, (4, 33), None  # 4: pytest found no such test
_TIMEOUTS = (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL)


def _codes_only(node: cst.BaseString):
    wording = isinstance(node, cst.SimpleString) and " " in node.raw_value.strip()
    return () if wording else mutators.operator_string(node)


def _leave_wording_alone() -> None:
    operators = mutators.mutation_operators
    operators[operators.index((cst.BaseString, mutators.operator_string))] = (cst.BaseString, _codes_only)


def prepare() -> None:
    """The mutants, and which tests run which function, both by mutmut."""
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(PROCESSES)
    # Measured anew each time: tests come and go between runs.
    Path("mutants/mutmut-stats.json").unlink(missing_ok=True)
    mutmut.collect_or_load_stats(mutmut.get_mutant_runner(PROCESSES))


class Loop:
    """In place of pytest's own loop: every mutant in a fork of the process that has collected the tests, until one fails.

    First come those that are quick and have found mutants of the same function or file. mutmut's runner collects anew for each
    mutant and keeps no order, which takes many times as long.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.root = Path.cwd()
        found, _data = mutmut.collect_source_file_mutation_data(mutant_names=list(names))
        self.waiting = [(data, name) for data, name, code in found if names or code is None]
        self.by_function = state().tests_by_mangled_function_name
        self.running: dict[int, tuple[SourceFileMutationData, str]] = {}
        self.found: Counter[tuple[str, str]] = Counter()  # by function or file, and test

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        at_import = set(state()._stats)
        print(f"{len(at_import)} functions run while the tests are collected", flush=True)
        set_mutant_under_test("")
        items = {item.nodeid: item for item in session.items}
        session.config.pluginmanager.unregister(name="terminalreporter")
        gc.collect()
        gc.freeze()  # so that no collection in a fork writes to, and so copies, the memory that all share
        began = time.monotonic()
        for done, (data, name) in enumerate(self.waiting, start=1):
            function = mangled_name_from_mutant_name(name)
            tests = self._of_module(function) if function in at_import else self.by_function[function]
            chosen = [items[test] for test in self._in_order(function, str(data.path), tests) if test in items]
            if not chosen:
                self._note(data, name, 33)
                continue
            if len(self.running) == PROCESSES:
                self._wait_for_one()
            seconds = sum(state().duration_by_test[test] for test in tests)
            start = _start_afresh if function in at_import else _fork
            self.running[start(name, chosen, seconds)] = data, name
            if not done % 100:
                print(f"{done} of {len(self.waiting)} mutants, {done / (time.monotonic() - began):.1f}/s", flush=True)
        while self.running:
            self._wait_for_one()
        return True

    def _of_module(self, function: str) -> set[str]:
        """What a function made at import may be used by each test of its module, and the stats name none."""
        module = function.rpartition(".")[0] + "."
        return {test for name, tests in self.by_function.items() if name.startswith(module) for test in tests}

    def _in_order(self, function: str, path: str, tests: Iterable[str]) -> list[str]:
        def worth(test: str) -> float:
            found = 10 * self.found[function, test] + self.found[path, test] + 5 * test.endswith(_SEES_MOST)
            return (found + 0.1) / (state().duration_by_test[test] + 0.01)

        return sorted(tests, key=worth, reverse=True)

    def _wait_for_one(self) -> None:
        pid, status = os.wait()
        data, name = self.running.pop(pid)
        note = _finder_of(pid)
        if note.exists():
            test = note.read_text()
            self.found[str(data.path), test] += 1
            self.found[mangled_name_from_mutant_name(name), test] += 1
            note.unlink()
        self._note(data, name, os.waitstatus_to_exitcode(status))

    def _note(self, data: SourceFileMutationData, name: str, code: int) -> None:
        data.exit_code_by_key[name] = code
        with change_cwd(str(self.root)):
            data.save()


def _finder_of(pid: int) -> Path:
    """Where a fork leaves the name of the test that found its mutant."""
    return Path(f"found-by-{pid}")


def _start_afresh(mutant: str, items: Sequence[pytest.Item], seconds: float) -> int:
    """For a function that builds a table when its module is imported: the mutant must be there before that."""
    # Whole files: a test whose name holds a value of the table would not be found by its name.
    files = dict.fromkeys(item.nodeid.partition("::")[0] for item in items)
    command = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--rootdir=.", *files]
    environment = os.environ | {"MUTANT_UNDER_TEST": mutant}
    return subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).pid


def _fork(mutant: str, items: Sequence[pytest.Item], seconds: float) -> int:
    pid = os.fork()
    if pid:
        return pid
    # A mutant that never ends is ended by the system: its exit code is that of SIGXCPU.
    limit = int(10 * seconds + config().timeout_constant)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    signal.alarm(2 * limit)
    sys.stdout = sys.stderr = open(os.devnull, "w")
    set_mutant_under_test(mutant)
    code = 0
    try:
        for item in items:
            if any(report.failed for report in runtestprotocol(item, nextitem=None, log=False)):
                _finder_of(os.getpid()).write_text(item.nodeid, encoding="utf-8")
                code = 1
                break
    except BaseException:
        code = 1
    os._exit(code)


def report() -> None:
    """Mutants, killed, survived and timed out (counted as killed) of each file; then the names of the survivors."""
    columns = ("mutants", "killed", "timeout", "survived", "untested", "not run")
    total, survivors = dict.fromkeys(columns, 0), []
    print("\n| file | " + " | ".join(columns) + " | killed, % |\n|---|" + "---:|" * (len(columns) + 1))
    for path in sorted(mutmut.walk_source_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        if not data.exit_code_by_key or not config().should_mutate(path):
            continue
        counted = dict.fromkeys(columns, 0)
        for name, code in data.exit_code_by_key.items():
            kind = (
                "not run" if code is _NOT_RUN else "survived" if code == _SURVIVED
                else "untested" if code in _NO_TESTS else "timeout" if code in _TIMEOUTS else "killed"
            )  # fmt: skip
            counted["mutants"] += 1
            counted[kind] += 1
            if kind in ("survived", "untested"):
                survivors.append(name)
        print(_row(str(path), counted))
        total = {column: total[column] + counted[column] for column in columns}
    print(_row("all", total))
    Path("mutants/survivors.txt").write_text("".join(f"{name}\n" for name in survivors), encoding="utf-8")
    print("\nThe survivors stand in mutants/survivors.txt; `.venv/bin/mutmut show NAME` shows one.")


def _row(name: str, counted: dict[str, int]) -> str:
    run = counted["mutants"] - counted["not run"]
    share = f"{100 * (counted['killed'] + counted['timeout']) / run:.1f}" if run else "-"
    return (
        f"| {re.sub('^followup/red_flags/', 'red_flags/', name)} | "
        + " | ".join(map(str, counted.values()))
        + f" | {share} |"
    )


def run_tests_on_mutants(names: Sequence[str]) -> None:
    mutmut.setup_source_paths()
    mutmut.load_stats()
    set_mutant_under_test("stats")  # which functions run while the tests are collected
    os.environ["MUTMUT_DEPENDENCY_DEPTH"] = "-1"
    # A failing example is enough; the smallest one is of no use here.
    settings.register_profile("mutants", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
    selection, loop = config().pytest_add_cli_args_test_selection, Loop(names)
    with change_cwd("mutants"):
        pytest.main(
            # Nobody reads why a test failed: no comparison of the two sides, no source lines.
            [
                "--rootdir=.",
                "--assert=plain",
                "--tb=native",
                "-q",
                "-p",
                "no:cacheprovider",
                "--hypothesis-profile=mutants",
                *selection,
            ],
            plugins=[loop],
        )


if __name__ == "__main__":
    _leave_wording_alone()
    match sys.argv[1:]:
        case ["--report"]:
            report()
        case ["--run", *names]:
            run_tests_on_mutants(names)
            report()
        case names:
            prepare()
            # A new process: what a test keeps from one run to the next must not come from the program without the mutant.
            os.execv(sys.executable, [sys.executable, "-m", "tests.mutants", "--run", *names])  # noqa: S606
