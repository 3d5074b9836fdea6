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
        (",,,,,,,3_7", "temperature"), (",,,,,,,3.7e1", "temperature"), ("١٢,,,,,,,", "respiration_rate"),
        ("16.0,,,,,,,", "respiration_rate"), ("9" * 5000 + ",,,,,,,", "respiration_rate"), (",,,,,-1,,", "pulse"),
        (",,,,321,,,", "systolic"), ('"1\n6",,,,,,,', "respiration_rate"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_that_names_row_column_and_range(tmp_path, capsys, line, column):
    with pytest.raises(SystemExit) as stopped:
        scored(tmp_path, "16,,,,,,,", line)
    assert stopped.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and f"Row 2, column {column}" in said and "allowed is" in said


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "cannot be read"),
        (b"", "column respiration_rate 0 times"),
        (b"respiration_rate\n16\n", "column spo2 0 times"),
        (f"{HEADER},spo2\n".encode(), "column spo2 2 times"),
        (f"{HEADER},total\n".encode(), "column total"),
        (f"{HEADER}\n16,,,,,,,,more\n".encode(), "Row 1: 1 cells too many"),
        (f'{HEADER}\n"16,,,,,,,\n'.encode(), "unexpected end of data"),
        (f"{HEADER}\n{'1' * 200_000},,,,,,,\n".encode(), "field larger than field limit"),
        (f"{HEADER}\n\xe9,,,,,,,\n".encode("latin-1"), "not UTF-8"),
        (b" " * 2_000_001, "too large"),
    ],
    ids=range(10),
)
def test_a_file_that_holds_no_such_rows_is_one_line_too(tmp_path, capsys, content, named):
    file = tmp_path / "cases.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as stopped:
        call_command("score_news2", str(file))
    assert stopped.value.code == 2
    said, complained = capsys.readouterr()
    assert said == "" and len(complained.splitlines()) == 1
    assert named in complained


def test_a_temperature_in_fahrenheit_is_told_apart_and_never_converted(tmp_path, capsys):
    with pytest.raises(SystemExit):
        scored(tmp_path, ",,,,,,,98.6")
    assert "it looks like °F: then write 37.0" in capsys.readouterr().err


def test_further_columns_stay_as_they_are_and_short_rows_are_blank(tmp_path):
    file = tmp_path / "cases.csv"
    file.write_text(f'\ufeffcase,{HEADER}\n"a, “b”",26\nc,16,96,,false,120,70,A,37.0\n', encoding="utf-8")
    answer = io.StringIO()
    call_command("score_news2", str(file), stdout=answer)
    assert answer.getvalue().splitlines() == [
        f"case,{HEADER},total,complete,lower_bound,single_three,band",
        '"a, “b”",26,,,,,,,,,false,3,true,low-medium',
        "c,16,96,,false,120,70,A,37.0,0,true,0,false,low",
    ]


def test_standard_input(monkeypatch, capsys):
    typed = io.TextIOWrapper(io.BytesIO(f"{HEADER}\n26,,,,,,,\n".encode()))
    monkeypatch.setattr("sys.stdin", typed)
    call_command("score_news2", "-")
    assert capsys.readouterr().out.splitlines()[1] == "26,,,,,,,,,false,3,true,low-medium"


def test_the_rule_book_is_fresh_and_names_every_rule():
    """Renew it with: manage.py write_rule_book"""
    written = (Path(settings.BASE_DIR) / "docs" / "clinical_rules.md").read_text()
    assert written == rule_book(DEFAULT_RULESET)
    assert all(f"**{rule.code}** {rule.title}" in written for rule in RULES)
    assert "|  |" not in written
