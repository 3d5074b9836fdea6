"""Law 3 as a property: what a blank could prove is never ruled out by leaving it blank; and worse is never safer."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.red_flags.assess import assess
from followup.red_flags.history import (
    Anticoagulant,
    Context,
    Dose,
    History,
    Mobilisation,
    Pain,
    Reading,
    Symptoms,
    Vitals,
    Wound,
)
from followup.red_flags.neurology import CATALOGUE, TRUNK_FIELDS
from followup.red_flags.news2 import score
from followup.red_flags.rules import RULES
from tests.unit.red_flags.build import DAY, T0, at

EXAMPLES = settings(max_examples=300, deadline=None)
answer = st.sampled_from([True, False])
vitals_values = {
    "respiration_rate": st.sampled_from([8, 9, 12, 20, 21, 24, 25]),
    "spo2_percent": st.sampled_from([83, 84, 91, 92, 93, 94, 96, 97, 100]),
    "supplemental_oxygen": answer,
    "systolic_mmhg": st.sampled_from([90, 91, 100, 101, 111, 219, 220]),
    "pulse_per_minute": st.sampled_from([40, 41, 51, 90, 91, 110, 111, 131]),
    "consciousness": st.sampled_from("ACVPU"),
    "temperature_celsius": st.sampled_from(
        [Decimal(t) for t in ("35.0", "36.1", "37.0", "38.0", "38.1", "38.5", "39.1")]
    ),
}
pain_values = {
    "at_rest": st.integers(0, 10).map(Decimal),
    "on_movement": st.integers(0, 10).map(Decimal),
    "sites": st.sampled_from(
        [frozenset({"TREATED_LEVEL"}), frozenset({"RIB_LEFT"}), frozenset({"LEG_LEFT", "OTHER"}), frozenset({"OTHER"})]
    ),
    "characters": st.sampled_from([frozenset({"AXIAL"}), frozenset({"PLEURITIC"})]),
    "new_site": answer,
    "sudden_onset": answer,
    "trigger": st.sampled_from(["NONE", "FALL", "COUGH"]),
    "took_analgesia": answer,
    "relief": st.sampled_from(["NONE", "PARTIAL", "GOOD"]),
    "fall": answer,
}
_SET = frozenset()


def group(kind, values):
    """Any mixture of answered and blank fields of one group of a reading."""
    return st.builds(kind, **{name: st.none() | value for name, value in values.items()})


def yes_or_no(kind, leave_out=()):
    return {one.name: answer for one in fields(kind) if one.name not in leave_out}


exam_values = {
    name: st.sampled_from([code for code, _words in field.choices]) if field.kind == "choice" else answer
    for name, field in CATALOGUE.items()
    if field.kind in ("choice", "boolean")
} | {"post_void_residual_ml": st.sampled_from([0, 199, 200, 601])}
groups = {
    "vitals": group(Vitals, vitals_values),
    "symptoms": group(Symptoms, yes_or_no(Symptoms)),
    "wound": group(Wound, yes_or_no(Wound, ("site",))),
    "mobilisation": group(Mobilisation, yes_or_no(Mobilisation)),
    "haemoglobin_grams_per_decilitre": st.none() | st.sampled_from([Decimal(g) for g in ("10.0", "10.1", "12.0")]),
    "neurology": st.fixed_dictionaries({}, optional=exam_values),
}
pains = st.builds(
    lambda blank, **known: Pain(**{
        name: (_SET if name in ("sites", "characters") else None) if name in blank else value
        for name, value in known.items()
    }),
    st.sets(st.sampled_from(sorted(pain_values))), **pain_values,
)  # fmt: skip


@st.composite
def readings(draw):
    moment = draw(st.sampled_from([30, 60, 61, 359, 360, 500, DAY, 11 * DAY, 19 * DAY]))
    return Reading(
        f"r{moment}", at(moment), pain=draw(pains), source=draw(st.sampled_from(["NURSE", "PATIENT", "PHONE"])),
        spo2_scale=draw(st.sampled_from([1, 2])), **{name: draw(values) for name, values in groups.items()},
    )  # fmt: skip


baselines = st.none() | st.builds(
    lambda reading: replace(reading, id="baseline", effective_at=at(-DAY), source="NURSE", spo2_scale=1), readings()
)
doses = st.lists(
    st.builds(
        Dose,
        drug=st.sampled_from(["OXYCODONE", "PARACETAMOL", "TRAMADOL", "FENTANYL", "OTHER"]),
        route=st.sampled_from(["PO", "IV", "TD"]),
        given_at=st.sampled_from([at(minutes) for minutes in (20, 70, 200, 400, DAY + 60, 11 * DAY)]),
        amount=st.none() | st.sampled_from([Decimal(5), Decimal(20)]),
        unit=st.sampled_from(["MG", None]),
    ),
    max_size=4,
).map(tuple)
contexts = st.builds(
    Context,
    time_zero=st.just(T0),
    treated_levels=st.sampled_from([("L1",), ("T8", "T9")]),
    takes_anticoagulants=st.none() | answer,
    anticoagulants=st.sampled_from([(), (Anticoagulant("APIXABAN", last_dose_at=at(-DAY), restarted_at=at(400)),)]),
)
histories = st.builds(
    History,
    context=contexts,
    baseline=baselines,
    readings=st.lists(readings(), min_size=1, max_size=4, unique_by=lambda one: one.id).map(tuple),
    doses=doses,
)


def decided(history: History, reading_id: str) -> tuple[set[str], set[str]]:
    """Codes that were raised on the reading, and those that stay open."""
    assessment = assess(history)
    raised = {finding.rule_code for finding in assessment.raised_by(reading_id)}
    assert "X0" not in raised
    return raised, {question.rule_code for question in assessment.undecided_by(reading_id)}


def filled(reading: Reading, data, *, thoracic: bool) -> Reading:
    """The same reading with some of its blanks answered."""
    changes: dict = {}
    for name, values in (("vitals", vitals_values), ("pain", pain_values), ("symptoms", yes_or_no(Symptoms)),
                         ("wound", yes_or_no(Wound, ("site",))), ("mobilisation", yes_or_no(Mobilisation))):  # fmt: skip
        part = getattr(reading, name)
        blanks = [one for one in values if getattr(part, one) in (None, _SET)]
        chosen = data.draw(st.sets(st.sampled_from(blanks))) if blanks else ()
        changes[name] = replace(part, **{one: data.draw(values[one]) for one in sorted(chosen)})
    # The trunk is examined only after thoracic treatment (3.2).
    blanks = [one for one in exam_values if one not in reading.neurology and (thoracic or one not in TRUNK_FIELDS)]
    chosen = data.draw(st.sets(st.sampled_from(blanks))) if blanks else ()
    changes["neurology"] = {**reading.neurology, **{one: data.draw(exam_values[one]) for one in sorted(chosen)}}
    if reading.haemoglobin_grams_per_decilitre is None:
        changes["haemoglobin_grams_per_decilitre"] = data.draw(groups["haemoglobin_grams_per_decilitre"])
    return replace(reading, **changes)


# A milder rule that gives way to a graver one: with that raised, nothing is safer.
GIVES_WAY_TO = {
    "C3": {"C1"}, "C4": {"C1"}, "R1": {"C1"}, "V1": {"V2", "V3"}, "V2": {"V3"}, "N1b": {"N1"},
    "AF1": {f"N{number}" for number in range(1, 10)},
}  # fmt: skip


def wrongly_ruled_out(before: tuple[set[str], set[str]], raised_then: set[str]) -> set[str]:
    """Rules that were neither raised nor open, and that the answers in the blanks raise."""
    raised, still_open = before
    ruled_out = {rule.code for rule in RULES} - raised - still_open
    return {code for code in ruled_out & raised_then if not GIVES_WAY_TO.get(code, set()) & raised}


@EXAMPLES
@given(histories, st.data())
def test_what_a_blank_left_ruled_out_no_answer_in_it_can_raise(history, data):
    last = max(history.readings, key=lambda one: one.effective_at)
    before = decided(history, last.id)
    thoracic = history.context.treated_levels[0].startswith("T")
    answered = filled(last, data, thoracic=thoracic)
    others = tuple(one for one in history.readings if one.id != last.id)
    raised_then, _open = decided(replace(history, readings=(*others, answered)), last.id)
    assert not wrongly_ruled_out(before, raised_then)


@EXAMPLES
@given(histories, st.data())
def test_what_the_baseline_left_ruled_out_no_answer_in_it_can_raise(history, data):
    last = max(history.readings, key=lambda one: one.effective_at)
    before = decided(history, last.id)
    baseline = history.baseline or Reading("baseline", at(-DAY))
    raised_then, _open = decided(replace(history, baseline=filled(baseline, data, thoracic=True)), last.id)
    assert not wrongly_ruled_out(before, raised_then)


@EXAMPLES
@given(histories, readings())
def test_a_further_observation_takes_no_finding_from_those_before_it(history, further):
    """A flag that was raised stays: a later reading changes nothing that was said of an earlier one."""
    later = replace(further, id="later", effective_at=max(one.effective_at for one in history.readings))
    before, after = assess(history), assess(replace(history, readings=(*history.readings, later)))
    assert set(_keys(before)) <= set(_keys(after))


def _keys(assessment):
    return [(one.reading_id, one.rule_code, one.severity) for one in assessment.raised]


TOWARDS_WORSE = {
    "respiration_rate": [[16, 21, 25, 80], [16, 11, 8, 0]],
    "spo2_percent": [[96, 95, 93, 91, 40]],
    "supplemental_oxygen": [[False, True]],
    "systolic_mmhg": [[120, 110, 100, 90, 30], [120, 219, 220, 320]],
    "pulse_per_minute": [[70, 91, 111, 131, 300], [70, 50, 40, 0]],
    "consciousness": [["A", "C"], ["A", "V"], ["A", "P"], ["A", "U"]],
    "temperature_celsius": [[Decimal(t) for t in ("37.0", "38.1", "39.1", "45.0")],
                            [Decimal(t) for t in ("37.0", "36.0", "35.0", "25.0")]],
}  # fmt: skip


@pytest.mark.parametrize("name", TOWARDS_WORSE)
@EXAMPLES
@given(group(Vitals, vitals_values), st.data())
def test_news2_never_falls_as_a_parameter_moves_away_from_normal(name, vitals, data):
    way = data.draw(st.sampled_from(TOWARDS_WORSE[name]))
    totals = [score(replace(vitals, **{name: value})).lower_bound for value in way]
    assert totals == sorted(totals)


@EXAMPLES
@given(histories)
def test_any_history_is_assessed_without_a_fault(history):
    for reading in history.readings:
        decided(history, reading.id)
