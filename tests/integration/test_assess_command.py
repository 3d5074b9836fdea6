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
from tests.episodes import ABSENT, FULL_EPISODE, as_text, changed

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

O2 = 'observation 2 (id "o2"), '
# Where, what stands there, what the line must name. Lists count from 0 in the first column, from 1 in the last.
BAD_VALUES = [
    ("procedure", ABSENT, "procedure: missing"),
    ("procedure", None, "procedure: null"),
    ("procedure", [], "procedure: a list"),
    ("procedure/ended_at", ABSENT, "procedure.ended_at: missing"),
    ("procedure/ended_at", None, "procedure.ended_at: null"),
    ("procedure/ended_at", "2026-03-10T09:00:00", "procedure.ended_at"),
    ("procedure/ended_at", "2026-03-10", "procedure.ended_at"),
    ("procedure/ended_at", "2026-02-30T09:00Z", "procedure.ended_at"),
    ("procedure/ended_at", "2026-03-10T24:30Z", "procedure.ended_at"),
    ("procedure/ended_at", "2026-03-10T09:00:61Z", "procedure.ended_at"),
    ("procedure/ended_at", "2026-03-10T09:00+25:00", "procedure.ended_at"),
    ("procedure/ended_at", "0001-01-01T00:00+14:00", "procedure.ended_at"),
    ("procedure/ended_at", "9999-12-31T23:59-12:00", "procedure.ended_at"),
    ("procedure/ended_at", "2026-03-10T09:00Z\n", "procedure.ended_at"),
    ("procedure/ended_at", "٢٠٢٦-03-10T09:00Z", "procedure.ended_at"),
    ("procedure/ended_at", 1773133200, "procedure.ended_at"),
    ("procedure/treated_levels", ["L6"], 'procedure.treated_levels: "L6"'),
    ("procedure/treated_levels", ["L1", "L1"], "procedure.treated_levels"),
    ("procedure/treated_levels", "L1", "procedure.treated_levels"),
    ("procedure/treated_levels", [["L1"]], "procedure.treated_levels: a list"),
    ("procedure/aetiology", "osteoporotic", "procedure.aetiology"),
    ("procedure/aetiology", "", "procedure.aetiology"),
    ("procedure/kind", "VERTEBROPLASTY", 'procedure."kind"'),
    ("context/mri_safety", "SAFE", "context.mri_safety"),
    ("context/takes_anticoagulants", "true", "context.takes_anticoagulants"),
    ("context/takes_anticoagulants", 1, "context.takes_anticoagulants"),
    ("context/anticoagulants", {}, "context.anticoagulants"),
    ("context/anticoagulants/0/drug", "", "anticoagulant 1, drug"),
    ("context/anticoagulants/0/drug", ABSENT, "anticoagulant 1, drug"),
    ("context/anticoagulants/0/restarted_at", "tomorrow", "anticoagulant 1, restarted_at"),
    ("context/anticoagulants/0/dose", 5, 'anticoagulant 1, "dose"'),
    ("context/egfr_ml_per_minute", -1, "context.egfr_ml_per_minute"),
    ("context/egfr_ml_per_minute", 1e300, "context.egfr_ml_per_minute"),
    ("context/egfr_measured_on", "2026-03-01T00:00Z", "context.egfr_measured_on"),
    ("context/egfr_measured_on", "2026-13-01", "context.egfr_measured_on"),
    ("context/contrast_reaction", "MILD", "context.contrast_reaction"),
    ("context/allergies", "two\nlines", "context.allergies"),
    ("context/allergies", "\ud800", "context.allergies"),
    ("context/allergies", "x" * 401, "context.allergies"),
    ("context/egfr", 60, "egfr_m"),
    ("baseline", [], "baseline: a list"),
    ("baseline/measured_at", ABSENT, "baseline.measured_at: missing"),
    ("baseline/measured_at", "2026-02-08T08:59:59Z", "baseline.measured_at"),
    ("baseline/measured_at", "2026-03-10T09:00:01Z", "baseline.measured_at"),
    ("baseline/spo2_scale_2_authorised_by", ABSENT, "baseline.spo2_scale_2_authorised_by"),
    ("baseline/spo2_scale_2_authorised_at", None, "baseline.spo2_scale_2_authorised_at"),
    ("baseline/vitals/spo2_percent", 39, "baseline.vitals.spo2_percent"),
    ("baseline/vitals/diastolic_mmhg", 128, "baseline.vitals.diastolic_mmhg"),
    ("baseline/id", "x", 'baseline."id"'),
    ("observations", {}, "observations: an object"),
    ("observations/1", None, "observation 2: null"),
    ("observations/1/id", ABSENT, "observation 2, id: missing"),
    ("observations/1/id", "", 'observation 2 (id ""), id'),
    ("observations/1/id", 2, "observation 2 (id 2), id"),
    ("observations/1/id", "o1", 'observation 2 (id "o1"), id'),
    ("observations/1/id", "baseline", 'observation 2 (id "baseline"), id'),
    ("observations/1/id", "a\u2028b", r'observation 2 (id "a\u2028b"), id'),
    ("observations/1/measured_at", ABSENT, O2 + "measured_at: missing"),
    ("observations/1/measured_at", "2026-03-10T08:59:59Z", O2 + "measured_at"),
    ("observations/1/measured_at", "2026-03-10T10:30+02:00", O2 + "measured_at"),
    ("observations/1/effective_at", "2026-03-10T11:00Z", O2 + '"effective_at"'),
    ("observations/1/source", "DOCTOR", O2 + "source"),
    ("observations/1/vitals", 5, O2 + "vitals: 5"),
    ("observations/1/vitals/respiration_rate", 81, O2 + "vitals.respiration_rate"),
    ("observations/1/vitals/respiration_rate", -1, O2 + "vitals.respiration_rate"),
    ("observations/1/vitals/respiration_rate", 16.0, O2 + "vitals.respiration_rate: 16.0"),
    ("observations/1/vitals/respiration_rate", True, O2 + "vitals.respiration_rate: true"),
    ("observations/1/vitals/respiration_rate", "16", O2 + 'vitals.respiration_rate: "16"'),
    ("observations/1/vitals/respiration_rate", 10**5000 // 3, O2 + "vitals.respiration_rate"),
    ("observations/1/vitals/spo2_percent", 101, O2 + "vitals.spo2_percent"),
    ("observations/1/vitals/supplemental_oxygen", "no", O2 + "vitals.supplemental_oxygen"),
    ("observations/1/vitals/supplemental_oxygen", 0, O2 + "vitals.supplemental_oxygen"),
    ("observations/1/vitals/systolic_mmhg", 321, O2 + "vitals.systolic_mmhg"),
    ("observations/1/vitals/diastolic_mmhg", 9, O2 + "vitals.diastolic_mmhg"),
    ("observations/1/vitals/diastolic_mmhg", 129, O2 + "vitals.diastolic_mmhg"),
    ("observations/1/vitals/pulse_per_minute", 301, O2 + "vitals.pulse_per_minute"),
    ("observations/1/vitals/consciousness", "alert", O2 + "vitals.consciousness"),
    ("observations/1/vitals/temperature_celsius", 24.9, O2 + "vitals.temperature_celsius"),
    ("observations/1/vitals/temperature_celsius", 45.1, O2 + "vitals.temperature_celsius"),
    ("observations/1/vitals/temperature_celsius", 36.85, O2 + "vitals.temperature_celsius"),
    ("observations/1/vitals/temperature_celsius", 98.6, "it looks like °F: then write 37.0"),
    ("observations/1/vitals/temperature_celsius", float("nan"), O2 + "vitals.temperature_celsius: NaN"),
    ("observations/1/vitals/temperature_celsius", float("inf"), O2 + "vitals.temperature_celsius: Infinity"),
    ("observations/1/vitals/temperature_celsius", [37], O2 + "vitals.temperature_celsius: a list"),
    ("observations/1/vitals/temprature", 37, "allowed is temperature_celsius"),
    ("observations/1/pain/at_rest", 10.5, O2 + "pain.at_rest"),
    ("observations/1/pain/at_rest", -0.5, O2 + "pain.at_rest"),
    ("observations/1/pain/on_movement", 3.25, O2 + "pain.on_movement"),
    ("observations/1/pain", {"scale": "VAS_MM", "at_rest": 101}, O2 + "pain.at_rest"),
    ("observations/1/pain", {"scale": "VAS_MM", "at_rest": 35.5}, O2 + "pain.at_rest"),
    ("observations/1/pain/scale", "VAS", O2 + "pain.scale"),
    ("observations/1/pain/sites", ["BACK"], O2 + 'pain.sites: "BACK"'),
    ("observations/1/pain/sites", ["OTHER", None], O2 + "pain.sites: null"),
    ("observations/1/pain/characters", "AXIAL", O2 + "pain.characters"),
    ("observations/1/pain/trigger", "SNEEZE", O2 + "pain.trigger"),
    ("observations/1/pain/relief", True, O2 + "pain.relief"),
    ("observations/1/pain/fall", "yes", O2 + "pain.fall"),
    ("observations/1/pain/onset_at", "10:00", O2 + "pain.onset_at"),
    ("observations/1/symptoms/dyspnea", True, "allowed is dyspnoea"),
    ("observations/1/symptoms/chest_pain", "false", O2 + "symptoms.chest_pain"),
    ("observations/1/wound/site", "WET", O2 + "wound.site"),
    ("observations/1/wound/pus", 0, O2 + "wound.pus"),
    ("observations/1/mobilisation/walked", 1, O2 + "mobilisation.walked"),
    ("observations/1/haemoglobin_grams_per_decilitre", 125, O2 + "haemoglobin_grams_per_decilitre"),
    ("observations/1/haemoglobin_grams_per_decilitre", 1.9, O2 + "haemoglobin_grams_per_decilitre"),
    ("observations/1/neurology/motor_L4_R", 5, O2 + "neurology.motor_L4_R: 5"),
    ("observations/1/neurology/motor_L4_R", "6", O2 + "neurology.motor_L4_R"),
    ("observations/1/neurology/motor_L4_R", {}, O2 + "neurology.motor_L4_R: an object"),
    ("observations/1/neurology/motor_L4R", "5", "allowed is motor_L4_R"),
    ("observations/1/neurology/pain_limited", [["motor_L4_R"]], O2 + "neurology.pain_limited"),
    ("observations/1/neurology/pain_limited", ["saddle_sensation"], O2 + "neurology.pain_limited"),
    ("observations/1/neurology/post_void_residual_ml", 2001, O2 + "neurology.post_void_residual_ml"),
    ("observations/1/neurology/post_void_residual_ml", 200.5, O2 + "neurology.post_void_residual_ml"),
    ("observations/1/neurology/last_void_at", "2026-03-10T09:00", O2 + "neurology.last_void_at"),
    ("observations/1/neurology/numbness", "no", O2 + "neurology.numbness"),
    ("observations/1/neurology/gait", 0, O2 + "neurology.gait"),
    ("observations/1/neurology/asia_impairment_scale", "F", O2 + "neurology.asia_impairment_scale"),
    ("doses", "none", "doses"),
    ("doses/0/drug", "ASPIRIN", "dose 1, drug"),
    ("doses/0/route", "ORAL", "dose 1, route"),
    ("doses/0/given_at", ABSENT, "dose 1, given_at: missing"),
    ("doses/0/amount", 0, "dose 1, amount"),
    ("doses/0/amount", "5 mg", "dose 1, amount"),
    ("doses/0/unit", "mg", "dose 1, unit"),
    ("missed_checks/0/id", "o2", 'missed check 1 (id "o2"), id'),
    ("missed_checks/0/due_at", "2026-03-09T12:00Z", 'missed check 1 (id "check-1"), due_at'),
    ("missed_checks/0/neuro", "NONE", 'missed check 1 (id "check-1"), neuro'),
    ("missed_checks/0/neuro", None, 'missed check 1 (id "check-1"), neuro'),
    ("patient", {"name": "x"}, '"patient": no such field'),
    ("x\ny" * 1000, 1, "no such field"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "named"), BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_a_bad_value_is_one_line_that_names_field_and_what_is_allowed(bring, capsys, path, value, named):
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # to write the case down; the command itself keeps Python's limit
    file = bring(json.dumps(changed(path, value)))
    sys.set_int_max_str_digits(digits)
    said = refused(capsys, file)
    assert named in said
    assert "allowed is" in said


BAD_FILES = [
    ("", "line 1"),
    ("null", "the file: null"),
    ("[]", "the file: a list"),
    ("3", "the file: 3"),
    ('"text"', 'the file: "text"'),
    ("{", "line 1"),
    ("{'procedure': {}}", "line 1"),
    ('{"procedure": {"ended_at": "2026-03-10T09:00Z"}} x', "line 1"),
    ('{"procedure": {"ended_at": "2026-03-10T09:00Z",}}', "line 1"),
    ("[" * 200_000, "nested too deeply"),
    ('{"procedure":' * 50_000, "nested too deeply"),
    ('{"procedure": {"ended_at": "2026-03-10T09:00Z", "ended_at": "x"}}', 'procedure."ended_at": stands there twice'),
    ('{"procedure": 1, "procedure": 2}', '"procedure": stands there twice'),
    ('{"procedure": {"ended_at": -Infinity}}', "procedure.ended_at: -Infinity"),
    ('{"procedure": {"ended_at": 1e99999999999999999999}}', "procedure.ended_at"),
    ('{"procedure": {"ended_at": "\x00"}}', "line 1"),
    (as_text({"procedure": {"ended_at": "2026-03-10T09:00Z"}, "doses": [{}] * 1001}), "doses: a list"),
    (" " * 2_000_001, "too large"),
]  # fmt: skip


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
