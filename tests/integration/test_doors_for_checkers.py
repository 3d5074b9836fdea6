"""The commands for people who check the rules with cases of their own, and the generated rule book."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from followup.red_flags.rule_book import rule_book
from followup.red_flags.rules import RULES
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.red_flags.test_news2 import VECTORS

HEADER = "respiration_rate,spo2,spo2_scale,supplemental_oxygen,systolic,pulse,consciousness,temperature"


def scored(tmp_path, *lines: str) -> list[str]:
    file = tmp_path / "cases.csv"
    file.write_text("\n".join([HEADER, *lines]))
    answer = io.StringIO()
    call_command("score_news2", str(file), stdout=answer)
    return answer.getvalue().splitlines()


def test_every_vector_of_the_specification(tmp_path):
    lines, expected = [], []
    for rate, spo2, scale, oxygen, systolic, pulse, state, celsius, total, single, band in VECTORS.values():
        line = f"{rate},{spo2},{scale},{str(oxygen).lower()},{systolic},{pulse},{state},{celsius}"
        lines.append(line)
        expected.append(f"{line},{total},true,{total},{str(single).lower()},{band.lower().replace('_', '-')}")
    assert scored(tmp_path, *lines) == [f"{HEADER},total,complete,lower_bound,single_three,band", *expected]


def test_blanks_are_unknown(tmp_path):
    assert scored(tmp_path, "26,,,,,,,")[1] == "26,,,,,,,,,false,3,true,low-medium"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("81,,,,,,,", "respiration_rate"), ("1e1,,,,,,,", "respiration_rate"), (",101,,,,,,", "spo2"),
        (",,3,,,,,", "spo2_scale"), (",,,yes,,,,", "supplemental_oxygen"), (",,,,,,X,", "consciousness"),
        (",,,,,,,98.6", "temperature"), (",,,,,,,NaN", "temperature"), (",,,,,,,36.85", "temperature"),
        ("١٢,,,,,,,", "respiration_rate"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_that_names_row_column_and_range(tmp_path, capsys, line, column):
    with pytest.raises(SystemExit) as stopped:
        scored(tmp_path, "16,,,,,,,", line)
    assert stopped.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and f"Row 2, column {column}" in said and "allowed is" in said


def test_a_missing_file_or_column_is_one_line_too(tmp_path, capsys):
    (tmp_path / "short.csv").write_text("respiration_rate\n16\n")
    for file in (tmp_path / "none.csv", tmp_path / "short.csv"):
        with pytest.raises(SystemExit) as stopped:
            call_command("score_news2", str(file))
        assert stopped.value.code == 2
        assert capsys.readouterr().err.strip().count("\n") == 0


def test_the_rule_book_is_fresh_and_names_every_rule():
    """Renew it with: manage.py write_rule_book"""
    written = (Path(settings.BASE_DIR) / "docs" / "clinical_rules.md").read_text()
    assert written == rule_book(DEFAULT_RULESET)
    assert all(f"**{rule.code}** {rule.title}" in written for rule in RULES)
    assert "|  |" not in written
