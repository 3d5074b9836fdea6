"""The table of the episode file against what else knows these names: the rules' values, the models, the schema."""

import re
from dataclasses import fields
from typing import Any

import pytest

from followup.episode_file import layout, schema
from followup.episode_file.kinds import (
    By,
    Day,
    Group,
    Kind,
    ManyOf,
    Moment,
    Number,
    OneOf,
    Rows,
    Shared,
    Text,
    Whole,
    YesNo,
)
from followup.models import MedicationDose, Observation
from followup.red_flags.history import (
    Anticoagulant,
    Context,
    Dose,
    MissedCheck,
    Mobilisation,
    Pain,
    Reading,
    Symptoms,
    Vitals,
    Wound,
)
from followup.red_flags.neurology import CATALOGUE, parse_neurology
from procedures.models import Baseline, MeasuredState, Procedure


def names(holder: type) -> set[str]:
    return {one.name for one in fields(holder)}


@pytest.mark.parametrize(
    ("group", "holder", "elsewhere"),
    [
        (layout.VITALS, Vitals, set()), (layout.PAIN.usual, Pain, set()), (layout.PAIN.special, Pain, set()),
        (layout.SYMPTOMS, Symptoms, set()), (layout.WOUND, Wound, set()), (layout.MOBILISATION, Mobilisation, set()),
        (layout.DOSES.of, Dose, set()), (layout.MISSED_CHECKS.of, MissedCheck, set()),
        (layout.CONTEXT.fields["anticoagulants"].of, Anticoagulant, set()),
        (layout.CONTEXT, Context, {"time_zero", "treated_levels", "aetiology"}),
        (Group(layout.READING_GROUPS), Reading, {"id", "effective_at", "source", "spo2_scale"}),
    ],
)  # fmt: skip
def test_the_file_can_hold_all_that_the_rules_read(group, holder, elsewhere):
    assert set(group.fields) == names(holder) - elsewhere


@pytest.mark.parametrize(
    ("codes", "choices"),
    [
        (layout.AETIOLOGIES, Procedure.Aetiology), (layout.MRI_SAFETY, Baseline.MriSafety),
        (layout.CONTRAST_REACTIONS, Baseline.ContrastReaction), (layout.SOURCES, Observation.Source),
        (layout.PAIN_SCALES, MeasuredState.PainScale), (layout.PAIN_CHARACTERS, MeasuredState.PainCharacter),
        (layout.PAIN_TRIGGERS, Observation.PainTrigger), (layout.PAIN_RELIEF, Observation.PainRelief),
        (layout.WOUND_SITES, Observation.PunctureSite), (layout.DRUGS, MedicationDose.Drug),
        (layout.ROUTES, MedicationDose.Route), (layout.UNITS, MedicationDose.Unit),
        (layout.VITALS.fields["consciousness"].codes, MeasuredState.Consciousness),
    ],
)  # fmt: skip
def test_codes_are_those_of_the_database(codes, choices):
    assert set(codes) == set(choices.values)


def test_pain_sites_are_those_of_the_form():
    from followup.selectors.labels import PAIN_SITES

    assert set(layout.PAIN_SITES) == set(PAIN_SITES)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_exam_takes_what_the_catalogue_takes(name):
    kind, item = layout.NEUROLOGY.fields[name], CATALOGUE[name]
    answers: list[Any] = {
        "choice": [code for code, _words in item.choices], "boolean": [True, False],
        "motor_fields": [["motor_L2_R"]], "millilitres": [0, 2000], "time": ["2026-03-10T09:00:00+00:00"],
    }[item.kind]  # fmt: skip
    for answer in answers:
        read = kind.read(answer, place=None)
        assert parse_neurology({name: list(read) if isinstance(read, tuple) else read}) == {name: answer}


def walk(kind: Kind, shape: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Every key, code and range of the schema is the parser's, and every one of the parser's is in the schema."""
    if isinstance(kind, Shared):
        assert shape == {"$ref": f"#/$defs/{kind.name}"}
        return walk(kind.of, definitions[kind.name], definitions)
    match kind:
        case Group():
            assert shape["type"] == "object" and shape["additionalProperties"] is False
            assert set(shape["properties"]) == set(kind.fields) and shape["required"] == list(kind.required)
            for name, below in kind.fields.items():
                inner = {key: value for key, value in shape["properties"][name].items() if key != "description"}
                walk(below, inner if name in kind.required else without_null(inner), definitions)
        case Rows():
            assert (shape["type"], shape["maxItems"]) == ("array", kind.most)
            walk(kind.of, shape["items"], definitions)
        case By():
            assert shape["if"]["properties"] == {kind.on: {"const": kind.value}} and shape["if"]["required"] == [
                kind.on
            ]
            walk(kind.special, shape["then"], definitions)
            walk(kind.usual, shape["else"], definitions)
        case Whole():
            assert shape == {"type": "integer", "minimum": kind.low, "maximum": kind.high}
        case Number():
            assert shape == {"type": "number", "minimum": float(kind.low), "maximum": float(kind.high)}
        case OneOf():
            assert shape == {"enum": list(kind.codes)}
        case ManyOf():
            assert shape == {"type": "array", "items": {"enum": list(kind.codes)}, "uniqueItems": True}
        case YesNo():
            assert shape == {"type": "boolean"}
        case Text():
            assert (shape["type"], shape["maxLength"]) == ("string", kind.longest)
        case Moment() | Day():
            good = "2026-03-10T09:00:00+00:00" if isinstance(kind, Moment) else "2026-03-10"
            assert re.search(shape["pattern"], good) and not re.search(shape["pattern"], f"{good} ")
        case _:
            raise AssertionError(kind)


def without_null(shape: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in shape:
        known, nothing = shape["anyOf"]
        assert nothing == {"type": "null"} and list(shape) == ["anyOf"]
        return known
    if "enum" in shape:
        assert shape["enum"][-1] is None
        return {**shape, "enum": shape["enum"][:-1]}
    known, nothing = shape["type"]
    assert nothing == "null"
    return {**shape, "type": known}


def test_the_schema_says_what_the_parser_does():
    whole = schema()
    assert set(whole["$defs"]) == set(layout.READING_GROUPS)
    walk(layout.EPISODE, whole, whole["$defs"])
