"""Laws of the design that a machine can read off the code."""

import ast
import re

import pytest
from django.apps import apps

from tests.architecture.tree import ROOT, named, source_files, tracked_files, tree_of

ORDER = ("staff", "patients", "procedures", "followup")
OURS = [model for label in ORDER for model in apps.get_app_config(label).get_models()]
EDGES = ("views", "tasks.py", "commands", "views.py")


def calls(tree: ast.Module):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_no_promise_is_kept_by_the_broker():
    """Law 7: no eta, no countdown, no delayed retry anywhere."""
    found = [
        f"{named(path)}:{call.lineno}"
        for path in source_files()
        for call in calls(tree_of(path))
        if {keyword.arg for keyword in call.keywords} & {"eta", "countdown", "retry_backoff"}
        or (isinstance(call.func, ast.Attribute) and call.func.attr in ("apply_async", "retry"))
    ]
    assert found == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_relations_point_down(model):
    level = ORDER.index(model._meta.app_label)
    for field in model._meta.get_fields():
        if field.is_relation and field.concrete and field.related_model._meta.app_label in ORDER:
            assert ORDER.index(field.related_model._meta.app_label) <= level, field


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_models_hold_no_logic_in_save_and_no_hidden_order(model):
    assert "save" not in vars(model) and "delete" not in vars(model)
    assert model._meta.ordering == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_nothing_clinical_is_deleted_by_a_cascade(model):
    for field in model._meta.get_fields():
        if field.is_relation and field.concrete and not field.many_to_many:
            assert field.remote_field.on_delete.__name__ == "PROTECT", field


def test_nothing_deletes_rows():
    found = [
        f"{named(path)}:{call.lineno}"
        for path in source_files()
        for call in calls(tree_of(path))
        if isinstance(call.func, ast.Attribute) and call.func.attr == "delete"
    ]
    assert found == []


def test_the_clock_is_read_at_the_edges_only():
    found = []
    for path in source_files():
        if set(EDGES) & {path.name, *path.parts}:
            continue
        for node in ast.walk(tree_of(path)):
            reads = isinstance(node, ast.Attribute) and (
                (node.attr == "now" and isinstance(node.value, ast.Name) and node.value.id in ("timezone", "datetime"))
                or (node.attr in ("today", "utcnow") and ast.unparse(node.value) in ("date", "datetime"))
            )
            if reads:
                found.append(f"{named(path)}:{node.lineno}")
    assert found == []


def test_services_take_keywords_only():
    found = []
    for path in source_files():
        if "services" not in path.parts and path.name != "services.py":
            continue
        for node in tree_of(path).body:
            writes = isinstance(node, ast.FunctionDef) and any(
                "atomic" in ast.unparse(decorator) for decorator in node.decorator_list
            )
            if writes and node.args.args:
                found.append(f"{named(path)}:{node.name}")
    assert found == []


def test_no_module_is_called_after_nothing():
    names = {"core", "common", "utils", "util", "helpers", "helper", "misc", "base"}
    assert [named(path) for path in source_files() if path.stem in names] == []


def test_files_hold_one_idea():
    lengths = {
        named(path): len(path.read_text().splitlines())
        for path in tracked_files()
        if path.suffix in (".py", ".html") and "migrations" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_pages_have_no_inline_script_style_or_handler():
    """The Content-Security-Policy would refuse them. The paper list is a file of its own, read with nothing beside it."""
    found = [
        named(path)
        for path in (ROOT / "templates").rglob("*.html")
        if "emails" not in path.parts
        and path.name != "paper_list.html"
        and re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", path.read_text())
    ]
    assert found == []


def test_titles_and_addresses_name_no_patient():
    for path in (ROOT / "templates").rglob("*.html"):
        title = re.search(r"{% block title %}(.*?){% endblock %}", path.read_text())
        assert title is None or "patient." not in title.group(1), path


def test_every_requirement_says_why():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.match(r"\S+==\S+\s+# \w", line), line


def test_the_lock_holds_what_the_requirements_pin():
    for name in ("requirements", "requirements-dev"):
        lock = (ROOT / f"{name}.lock").read_text().lower()
        for line in (ROOT / f"{name}.txt").read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                pinned = re.sub(r"\[.*?\]", "", line.split("#")[0].strip()).lower()
                assert f"\n{pinned} " in f"\n{lock}", pinned


def test_no_file_names_a_place_of_one_machine():
    places = re.compile(r"/(?:home|Users|root)/\w|/tmp/\w")
    found = [
        named(path)
        for path in tracked_files()
        if path.suffix in (".py", ".md", ".html", ".toml", ".txt", ".sh", ".yaml", "") and path.name != "Makefile"
        and path.resolve() != (ROOT / "tests/architecture/test_laws.py")
        and places.search(path.read_text(errors="ignore"))
    ]  # fmt: skip
    assert found == []
