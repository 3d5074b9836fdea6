"""What `make mutate` runs: mutmut on the rules and planners, and then a table of what the tests noticed, file by file.

Names of mutants or patterns as arguments run those alone, for example "followup.red_flags.pain*". A string with a space
in it is wording and is left alone; codes, operators, numbers, branches and arguments are not.
"""

import os
import re
import sys
from pathlib import Path

os.environ |= {"KYPHOTRACK_MODE": "test", "DATABASE_URL": "sqlite:///:memory:"}
os.environ.setdefault("ORACLE_EPISODES", "400")

import libcst as cst
from mutmut.__main__ import _run, walk_source_files
from mutmut.configuration import config
from mutmut.mutation import mutators
from mutmut.mutation.data import SourceFileMutationData

PROCESSES = 2
_SURVIVED, _NO_TESTS, _NOT_RUN, _TIMEOUTS = 0, (5, 33), None, (24, 36, -24, 152, 255)


def _codes_only(node: cst.BaseString):
    wording = isinstance(node, cst.SimpleString) and " " in node.raw_value.strip()
    return () if wording else mutators.operator_string(node)


def _leave_wording_alone() -> None:
    operators = mutators.mutation_operators
    operators[operators.index((cst.BaseString, mutators.operator_string))] = (cst.BaseString, _codes_only)


def report() -> None:
    """Mutants, killed, survived and timed out (counted as killed) of each file; then the names of the survivors."""
    columns = ("mutants", "killed", "timeout", "survived", "untested", "not run")
    total, survivors = dict.fromkeys(columns, 0), []
    print("\n| file | " + " | ".join(columns) + " | killed, % |\n|---|" + "---:|" * (len(columns) + 1))
    for path in sorted(walk_source_files()):
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


if __name__ == "__main__":
    if sys.argv[1:] != ["--report"]:
        _leave_wording_alone()
        # Which tests run which function is measured anew: tests come and go between runs.
        Path("mutants/mutmut-stats.json").unlink(missing_ok=True)
        _run(tuple(sys.argv[1:]), PROCESSES)
    report()
