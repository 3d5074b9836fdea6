"""Who had better stay overnight (clinical-spec 5.2), and who is at a higher risk of cement in the lung (4.1)."""

from dataclasses import replace

import pytest

from followup.overnight_stay import REASONS, Circumstances, reasons_to_stay
from followup.red_flags.history import Anticoagulant, Context
from procedures.three_valued import MET, NOT_MET, UNKNOWN
from tests.unit.red_flags.build import T0, at

QUIET = Circumstances(
    context=Context(T0, ("L1",), takes_anticoagulants=False),
    embolism_risk=NOT_MET,
    lives_alone=False,
    on_oxygen=False,
    amber_open=0,
)


def circumstances(*, levels=("L1",), drugs=(), takes=False, **changes) -> Circumstances:
    return replace(QUIET, context=Context(T0, levels, takes_anticoagulants=takes, anticoagulants=drugs), **changes)


def restarted(hours: float | None, planned: float | None = None) -> Circumstances:
    def moment(after):
        return None if after is None else at(after * 60)

    return circumstances(takes=True, drugs=(Anticoagulant("APIXABAN", None, moment(planned), moment(hours)),))


CASES = {
    "MANY_LEVELS": {
        MET: [circumstances(levels=("L1", "L2", "L3")), circumstances(levels=("T12", "L1", "L2", "L3"))],
        NOT_MET: [QUIET, circumstances(levels=("L1", "L2"))],
        UNKNOWN: None,
    },
    "EMBOLISM_RISK": {
        MET: [circumstances(embolism_risk=MET)], NOT_MET: [QUIET], UNKNOWN: [circumstances(embolism_risk=UNKNOWN)],
    },
    "ANTICOAGULANT": {
        MET: [restarted(23.9), restarted(0), restarted(None, 12), restarted(-5)],
        NOT_MET: [QUIET, restarted(24), restarted(30), restarted(None, 24), restarted(48, 12)],
        UNKNOWN: [restarted(None), circumstances(takes=None), circumstances(takes=True)],
    },
    "LIVES_ALONE": {
        MET: [circumstances(lives_alone=True)], NOT_MET: [QUIET], UNKNOWN: [circumstances(lives_alone=None)],
    },
    "OXYGEN": {MET: [circumstances(on_oxygen=True)], NOT_MET: [QUIET], UNKNOWN: [circumstances(on_oxygen=None)]},
    "AMBER_OPEN": {MET: [circumstances(amber_open=1)], NOT_MET: [QUIET], UNKNOWN: None},
}  # fmt: skip


def test_every_reason_has_its_cases():
    assert [row.code for row in REASONS] == list(CASES)


@pytest.mark.parametrize(
    ("code", "truth", "case"),
    [
        pytest.param(code, truth, case, id=f"{code}-{truth.value}-{number}")
        for code, by_truth in CASES.items()
        for truth, cases in by_truth.items()
        for number, case in enumerate(cases or ())
    ],
)
def test_reason(code, truth, case):
    said = {reason.code: reason.truth for reason in reasons_to_stay(case)}
    assert said.get(code, NOT_MET) is truth


def test_nothing_speaks_for_a_night_where_everything_was_asked_and_is_quiet():
    assert reasons_to_stay(QUIET) == ()


def test_a_reason_carries_the_words_of_its_table():
    for row in REASONS:
        (reason,) = (one for one in reasons_to_stay(CASES[row.code][MET][0]) if one.code == row.code)
        assert reason.words == row.words
