"""`manage.py assess`: somebody brings an episode of their own, good or bad, as a file or on standard input."""

import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from followup.management.commands.write_episode_docs import EXAMPLE, EXAMPLE_ANSWER, PAGE, written_pages
from tests.bad_episodes import BAD_FILES, BAD_VALUES
from tests.episodes import FULL_EPISODE, as_text, changed

# What the project's own shell has, but for the database: nothing listens there.
WITHOUT_A_DATABASE = {**os.environ, "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none"}


def assessed(file: Path, *options: str) -> dict:
    answer = io.StringIO()
    call_command("assess", str(file), *options, stdout=answer)
    return json.loads(answer.getvalue())


def refused(capsys, file: Path | str, *options: str) -> str:
    """What one line says; nothing else is said, and the exit status is 2."""
    with pytest.raises(SystemExit) as stopped:
        call_command("assess", str(file), *options)
    assert stopped.value.code == 2
    said, complained = capsys.readouterr()
    assert said == ""
    assert complained.endswith("\n") and len(complained.splitlines()) == 1
    assert len(complained) < 1200
    return complained


@pytest.fixture
def bring(tmp_path):
    """Write a document, or text that may be none, into a file."""

    def write(content: object, name: str = "episode.json") -> Path:
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else as_text(content), encoding="utf-8")
        return file

    return write


# --- good input -------------------------------------------------------------------------------------------------------


def test_an_episode_with_everything_answered(bring):
    answer = assessed(bring(FULL_EPISODE))
    assert list(answer) == ["episode_format", "ruleset", "time_zero", "timeline"]
    assert [(entry["kind"], entry["id"]) for entry in answer["timeline"]] == [
        ("OBSERVATION", "o1"), ("OBSERVATION", "o2"), ("MISSED_CHECK", "check-1"),
    ]  # fmt: skip
    assert answer["timeline"][0]["news2"]["complete"] is True


@pytest.mark.parametrize(
    "document",
    [
        {"procedure": {"ended_at": "2026-03-10T09:00:00Z"}},
        {
            "procedure": {"ended_at": "2026-03-10T09:00:00Z", "treated_levels": [], "aetiology": None},
            "context": None, "baseline": None, "observations": [], "doses": None, "missed_checks": [],
        },
    ],
)  # fmt: skip
def test_an_episode_of_which_nothing_is_known(bring, document):
    assert assessed(bring(document))["timeline"] == []


def test_a_blank_observation_raises_nothing_and_leaves_questions_open(bring):
    for blank in ({}, {"vitals": {}, "neurology": {}}, {"vitals": None, "pain": {"sites": [], "at_rest": None}}):
        observation = {"id": "o", "measured_at": "2026-03-10T09:00Z", **blank}
        document = {"procedure": {"ended_at": "2026-03-10T09:00Z"}, "observations": [observation]}
        (entry,) = assessed(bring(document))["timeline"]
        assert entry["raised"] == []
        assert {"N1", "C1", "P2"} <= {question["rule_code"] for question in entry["undecided"]}
        assert entry["news2"]["total"] is None and len(entry["news2"]["missing"]) == 7


def test_times_count_from_when_it_was_measured(bring):
    document = changed("observations/1/neurology/motor_L4_R", "3")
    entry = assessed(bring(document))["timeline"][1]
    weak_leg = next(one for one in entry["raised"] if one["rule_code"] == "N1")
    assert entry["at"] == "2026-03-10T11:00:00+00:00"
    assert (weak_leg["severity"], weak_leg["acknowledge_by"]) == ("EMERGENT", "2026-03-10T11:15:00+00:00")
    assert weak_leg["imaging"]["due_at"] == "2026-03-10T15:00:00+00:00"
    assert (weak_leg["observed"], weak_leg["reference"]) == ({"motor_L4_R": "3"}, {"motor_L4_R": "5"})


def test_an_amber_item_from_home_has_the_longer_clock(bring):
    pain = {"on_movement": 7}
    for source, acknowledge_by in (("NURSE", "2026-03-10T12:00:00+00:00"), ("PHONE", "2026-03-10T15:00:00+00:00")):
        document = {
            "procedure": {"ended_at": "2026-03-10T09:00Z"},
            "observations": [{"id": "o", "measured_at": "2026-03-10T11:00Z", "source": source, "pain": pain}],
        }
        (entry,) = assessed(bring(document))["timeline"]
        severe = next(one for one in entry["raised"] if one["rule_code"] == "P5")
        assert severe["acknowledge_by"] == acknowledge_by
        assert severe["imaging"] is None


def test_scale_2_counts_from_its_authorisation(bring):
    document = changed("observations/0/vitals/spo2_percent", 90)
    document["observations"][1]["vitals"]["spo2_percent"] = 90
    before, after, _check = assessed(bring(document))["timeline"]
    assert (before["news2"]["spo2_scale"], before["news2"]["parts"]["spo2_percent"]) == (1, 3)
    assert (after["news2"]["spo2_scale"], after["news2"]["parts"]["spo2_percent"]) == (2, 0)


def test_the_order_of_the_file_does_not_matter(bring):
    turned = {
        key: list(reversed(value)) if isinstance(value, list) else value
        for key, value in reversed(changed("observations/1/neurology/motor_L4_R", "3").items())
    }
    assert assessed(bring(turned)) == assessed(bring(changed("observations/1/neurology/motor_L4_R", "3")))


def test_a_changed_threshold_changes_the_answer_and_is_named(bring):
    document = changed("observations/0/pain/on_movement", 6)
    rules = bring({"pain_severe": 6}, "rules.json")
    usual, strict = assessed(bring(document)), assessed(bring(document), "--ruleset", str(rules))
    codes = [[one["rule_code"] for one in answer["timeline"][0]["raised"]] for answer in (usual, strict)]
    assert "P5" not in codes[0] and "P5" in codes[1]
    assert (usual["ruleset"]["changed"], strict["ruleset"]["changed"]) == ({}, {"pain_severe": 6})


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({"pain_sever": 6}, "pain_severe"), ({"no_void_hours": 6.5}, "no_void_hours"), ({"pain_severe": -1}, "pain_severe"),
        ({"pain_severe": "6"}, "pain_severe"), ({"version": "mine"}, "version"), ([], "ruleset"), ("{", "line 1"),
    ],
)  # fmt: skip
def test_thresholds_that_are_none_are_refused(bring, capsys, rules, named):
    assert named in refused(capsys, bring(FULL_EPISODE), "--ruleset", str(bring(rules, "rules.json")))


# --- the page about it ------------------------------------------------------------------------------------------------


def test_schema_page_and_example_are_fresh():
    """Renew them with: manage.py write_episode_docs"""
    for path, text in written_pages().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_the_example_gives_the_answer_of_the_page():
    assert assessed(EXAMPLE) == json.loads(EXAMPLE_ANSWER.read_text(encoding="utf-8"))
    shown = re.search(r"<!-- excerpt -->\n```json\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(shown[1]) == assessed(EXAMPLE)["timeline"][-1]["raised"][0]


def test_the_refusal_that_the_page_shows_is_what_is_said(bring, capsys):
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    document["observations"][1]["vitals"] = {"temperature_celsius": 98.6}
    assert refused(capsys, bring(document)) in PAGE.read_text(encoding="utf-8")


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "value", "named"), BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_a_bad_value_is_one_line_that_names_field_and_what_is_allowed(bring, capsys, path, value, named):
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # to write the case down; the command itself keeps Python's limit
    file = bring(json.dumps(changed(path, value)))
    sys.set_int_max_str_digits(digits)
    said = refused(capsys, file)
    assert named in said
    assert "allowed is" in said


@pytest.mark.parametrize(("text", "named"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_that_is_no_episode_is_one_line_too(bring, capsys, text, named):
    assert named in refused(capsys, bring(text))


def test_there_are_enough_bad_cases():
    assert len(BAD_VALUES) + len(BAD_FILES) >= 80


def test_a_file_that_cannot_be_read_is_one_line_too(tmp_path, capsys):
    (tmp_path / "latin.json").write_bytes(b'{"procedure": "\xe9"}')
    for name, why in (("none.json", "cannot be read"), ("", "cannot be read"), ("latin.json", "not UTF-8")):
        assert why in refused(capsys, tmp_path / name)
    assert "cannot be read" in refused(capsys, "a\0b")


# --- as a process of its own ------------------------------------------------------------------------------------------


def run(*arguments: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=WITHOUT_A_DATABASE | environment,
        input=given,
        capture_output=True,
        timeout=120,
    )


def test_standard_input_without_a_database_and_in_any_locale():
    """Letters beyond ASCII stay as they are, also where the terminal has none."""
    document = changed("observations/1/id", "Übergabe – 2")
    result = run(
        "assess", "-", given=b"\xef\xbb\xbf" + as_text(document).encode(), PYTHONIOENCODING="ascii", LC_ALL="C"
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert "Übergabe – 2" in result.stdout.decode("utf-8")
    assert json.loads(result.stdout)["timeline"][1]["id"] == "Übergabe – 2"


def test_bad_standard_input_exits_with_2_and_no_traceback():
    result = run(
        "assess", "-", given=as_text(changed("observations/1/id", "Ü" * 101)).encode(), PYTHONIOENCODING="ascii"
    )
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.count(b"\n") == 1 and b"observation 2" in result.stderr


def test_an_endless_input_is_cut_off():
    result = run("assess", "/dev/zero")
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"too large" in result.stderr


@pytest.mark.django_db
def test_no_statement_reaches_the_database(bring, django_assert_num_queries):
    with django_assert_num_queries(0):
        assessed(bring(changed("observations/1/neurology/motor_L4_R", "0")))


def test_the_largest_episode_is_assessed(bring):
    """As many observations as a file may hold, far more than a stay and its follow-up have."""
    document = changed("observations", [])
    for number in range(500):
        measured_at = datetime(2026, 3, 10 + number // 24, number % 24, tzinfo=UTC)
        if number >= 10:
            row = FULL_EPISODE["observations"][0] | {"id": f"o{number}", "measured_at": measured_at.isoformat()}
            document["observations"].append(row)
    assert len(assessed(bring(document))["timeline"]) == 491
