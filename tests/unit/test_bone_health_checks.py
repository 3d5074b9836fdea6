"""What is looked at before a bone-health drug, and how values read (clinical-spec 8)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from followup.bone_health import DRUGS
from followup.bone_health_checks import Known, TScore, checks_before, t_score_class, vitamin_d
from followup.red_flags.findings import Severity

FINE = Known(
    egfr_ml_per_minute=Decimal(80), calcium="2.4 mmol/L", dental_checked_on=date(2026, 3, 1), pregnancy_possible=False,
    prior_bone_radiotherapy=False, bone_metastasis=False, hypercalcaemia=False,
)  # fmt: skip


def warnings(drug: str, known: Known) -> list[str]:
    return [check.text for check in checks_before(drug, known) if check.severity is Severity.AMBER]


@pytest.mark.parametrize("drug", ["ZOLEDRONATE", "ALENDRONATE"])
@pytest.mark.parametrize(("egfr", "warned"), [("34.9", True), ("35", False), ("35.1", False)])
def test_a_weak_kidney_is_warned_about(drug, egfr, warned):
    assert bool(warnings(drug, replace(FINE, egfr_ml_per_minute=Decimal(egfr)))) is warned


def test_the_kidney_is_no_matter_for_denosumab():
    assert not [
        one for one in checks_before("DENOSUMAB", replace(FINE, egfr_ml_per_minute=Decimal(20))) if "eGFR" in one.text
    ]


@pytest.mark.parametrize(
    ("drug", "asked"),
    [
        ("DENOSUMAB", {"Calcium", "dental", "pregnancy"}), ("ZOLEDRONATE", {"eGFR", "Calcium", "dental", "pregnancy"}),
        ("ALENDRONATE", {"eGFR", "dental", "pregnancy"}),
        ("TERIPARATIDE", {"Radiotherapy", "metastasis", "Hypercalcaemia", "pregnancy"}), ("RALOXIFENE", {"pregnancy"}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_asked_before(drug, asked):
    checks = checks_before(drug, Known())
    assert len(checks) == len(asked)
    assert all(any(word in check.text for check in checks) for word in asked)
    assert {check.severity for check in checks} == {Severity.INFO}


@pytest.mark.parametrize("name", ["prior_bone_radiotherapy", "bone_metastasis", "hypercalcaemia"])
def test_each_contraindication_of_teriparatide(name):
    assert warnings("TERIPARATIDE", FINE) == []
    assert "contraindicated" in warnings("TERIPARATIDE", replace(FINE, **{name: True}))[0]


def test_a_possible_pregnancy_is_warned_about_before_every_drug():
    for drug in DRUGS:
        assert warnings(drug, replace(FINE, pregnancy_possible=True)) == ["A pregnancy is possible."]


@pytest.mark.parametrize(
    ("level", "unit", "below", "words"),
    [
        ("20", "NG_PER_ML", False, "20 ng/mL (= 50 nmol/L)"), ("19.9", "NG_PER_ML", True, "19.9 ng/mL (= 49.8 nmol/L)"),
        ("50", "NMOL_PER_L", False, "50 nmol/L (= 20 ng/mL)"), ("49.9", "NMOL_PER_L", True, "49.9 nmol/L (= 20 ng/mL)"),
    ],
)  # fmt: skip
def test_vitamin_d_is_shown_in_both_units_the_typed_one_first(level, unit, below, words):
    shown = vitamin_d(Decimal(level), unit)
    assert shown.is_below_target is below
    assert shown.words.startswith(words)


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="no unit"):
        vitamin_d(Decimal(20), "")


@pytest.mark.parametrize(
    ("t_score", "is_class"),
    [("-2.6", TScore.OSTEOPOROSIS), ("-2.5", TScore.OSTEOPOROSIS), ("-2.4", TScore.LOW), ("-1.0", TScore.LOW),
     ("-0.9", TScore.NORMAL), ("0", TScore.NORMAL)],
)  # fmt: skip
def test_t_score(t_score, is_class):
    assert t_score_class(Decimal(t_score)) is is_class
