"""Every threshold is read by the rules, and what runs for a site reads that site's."""

import ast
from collections import Counter

import pytest

from followup.red_flags.ruleset import THRESHOLDS
from tests.architecture.tree import named, source_files, tree_of

# They describe or change a ruleset; to name a threshold there is no use of it.
_ABOUT_RULESETS = ("followup/red_flags/ruleset.py", "followup/red_flags/site_thresholds.py")
# They show or store what a site changed of the defaults.
_KNOW_THE_DEFAULTS = ("followup/services/rulesets.py", "followup/selectors/rulesets.py")


def _read() -> Counter[str]:
    return Counter(
        node.attr
        for path in source_files()
        if named(path) not in _ABOUT_RULESETS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


READ = _read()


@pytest.mark.parametrize("name", [threshold.name for threshold in THRESHOLDS])
def test_a_threshold_is_read_by_some_code(name):
    assert READ[name], f"{name} can be set, but changes nothing"


def _outside_arguments(tree: ast.Module) -> list[int]:
    """Lines that use the defaults other than as the default of an argument."""
    defaults = {
        id(default)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for default in (*node.args.defaults, *node.args.kw_defaults)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "DEFAULT_RULESET" and id(node) not in defaults
    ]


def test_nothing_that_runs_for_a_site_uses_the_defaults():
    found = [
        f"{named(path)}:{line}"
        for path in source_files()
        if named(path) not in (*_ABOUT_RULESETS, *_KNOW_THE_DEFAULTS) and "commands" not in path.parts
        for line in _outside_arguments(tree_of(path))
    ]
    assert found == []
