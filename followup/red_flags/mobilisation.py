"""May the patient get up: the gate of clinical-spec 5.1. Rule M1 and the pages ask the same three questions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from followup.red_flags.history import Reading
from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS, NT, SENSORY_FIELDS, reference_value, steps_worse
from followup.red_flags.news2 import PARAMETERS, score
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth

FULL_EXAM_FIELDS = (*MOTOR_FIELDS, *SENSORY_FIELDS, "saddle_sensation")


@dataclass(frozen=True)
class GateItem:
    """One condition: BED_REST, NEWS2 or NEUROLOGY, with the reason in words that follow "because"."""

    code: str
    truth: Truth
    reason: str


def gate(
    current_reading: Reading,
    earlier: Sequence[Reading],
    baseline: Reading | None,
    time_zero: datetime,
    ruleset: Ruleset,
) -> tuple[GateItem, ...]:
    """All three must be MET before the patient gets up; UNKNOWN holds the patient back like NOT_MET.

    `earlier` are the readings strictly before the current one, oldest first; what counts is known at its time.
    """
    known = (*earlier, current_reading)
    return (
        _bed_rest(current_reading.effective_at - time_zero, ruleset),
        _news2(latest(known, is_scored), ruleset),
        _neurology(latest(known, is_full_exam), baseline),
    )


def walked_early(situation: Situation) -> Verdict:
    """M1: got up and walked before it was known that the bed rest was over, NEWS2 below 5 without a red part, and the full
    neurological exam as before the procedure.
    """
    current = situation.current
    if current.mobilisation.walked is False:
        return not_met()
    blanks = (*situation.news2.missing, *situation.blank(FULL_EXAM_FIELDS))
    if current.mobilisation.walked is None and blanks:
        # Whatever the gate says now: with an answer in these it may be closed.
        return unknown("walked", *blanks)
    history = situation.history
    items = gate(current, situation.earlier, history.baseline, history.context.time_zero, situation.ruleset)
    held_back = [item for item in items if item.truth is not MET]
    if not held_back:
        return settle(None, blanks)  # what this reading leaves blank could still close the gate
    if current.mobilisation.walked is None:
        return unknown("walked")
    return met(
        observed={"walked": True},
        reference={item.code.lower(): item.reason for item in held_back},
        because="; ".join(item.reason for item in held_back),
    )


def latest(oldest_first: Sequence[Reading], counts: Callable[[Reading], bool]) -> Reading | None:
    return next((one for one in reversed(oldest_first) if counts(one)), None)


def is_scored(reading: Reading) -> bool:
    """Any parameter of NEWS2 was measured, even one that cannot be scored without another."""
    return any(getattr(reading.vitals, name) is not None for name in PARAMETERS)


def is_full_exam(reading: Reading) -> bool:
    """Power, feeling and saddle were all examined. "Not testable" is an answer."""
    return all(reading.neurology.get(name) not in (None, "") for name in FULL_EXAM_FIELDS)


def worse_items(exam: Reading, baseline: Reading | None) -> tuple[str, ...]:
    """What a full exam found worse than before the procedure, in words. A blank baseline counts as healthy (3.5)."""
    before = baseline.neurology if baseline else {}
    return tuple(
        CATALOGUE[name].label
        for name in FULL_EXAM_FIELDS
        if (steps_worse(name, exam.neurology.get(name), reference_value(name, before)) or 0) > 0
    )


def untestable_items(exam: Reading) -> tuple[str, ...]:
    """What could not be tested in a full exam, in words."""
    return tuple(CATALOGUE[name].label for name in FULL_EXAM_FIELDS if exam.neurology.get(name) == NT)


def first_walk_at(readings: Iterable[Reading]) -> datetime | None:
    """`first_supervised_ambulation_at`: the first time that the patient got up and walked."""
    return min((one.effective_at for one in readings if one.mobilisation.walked), default=None)


def _bed_rest(lain: timedelta, ruleset: Ruleset) -> GateItem:
    rested = lain >= timedelta(minutes=ruleset.bed_rest_minutes)
    minutes = max(0, lain // timedelta(minutes=1))
    return GateItem(
        "BED_REST", MET if rested else NOT_MET, f"{minutes} of {ruleset.bed_rest_minutes} minutes of bed rest are over"
    )


def _news2(reading: Reading | None, ruleset: Ruleset) -> GateItem:
    if reading is None:
        return GateItem("NEWS2", UNKNOWN, "no vital signs were measured")
    scored = score(reading.vitals, reading.spo2_scale)
    if scored.lower_bound >= ruleset.news2_urgent:
        return GateItem("NEWS2", NOT_MET, f"NEWS2 is {'' if scored.complete else 'at least '}{scored.lower_bound}")
    if scored.single_three:
        return GateItem("NEWS2", NOT_MET, "one part of NEWS2 scores 3")
    if not scored.complete:
        return GateItem("NEWS2", UNKNOWN, "the last set of vital signs is not complete")
    return GateItem("NEWS2", MET, f"NEWS2 is {scored.total}")


def _neurology(exam: Reading | None, baseline: Reading | None) -> GateItem:
    if exam is None:
        return GateItem("NEUROLOGY", UNKNOWN, "no full neurological exam was done")
    worse = worse_items(exam, baseline)
    if worse:
        return GateItem("NEUROLOGY", NOT_MET, f"worse than before the procedure: {', '.join(worse)}")
    untested = untestable_items(exam)
    if untested:
        return GateItem("NEUROLOGY", UNKNOWN, f"could not be tested: {', '.join(untested)}")
    if not exam.is_exam_reliable:
        return GateItem("NEUROLOGY", UNKNOWN, "the patient was not alert at the last full exam, so it is not reliable")
    return GateItem("NEUROLOGY", MET, "the full exam is as before the procedure")
