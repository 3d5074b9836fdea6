"""C1 to C4 (clinical-spec 4.1)."""

from decimal import Decimal

import pytest

from followup.red_flags.history import Symptoms, Vitals
from tests.unit.red_flags.build import baseline, judge, open_questions, raised, reading

NO_SYMPTOM = Symptoms(False, False, False, False)
BREATHLESS = Symptoms(True, False, False, False)


def vitals(**changes) -> Vitals:
    healthy = {
        "respiration_rate": 16, "spo2_percent": 97, "supplemental_oxygen": False, "systolic_mmhg": 120,
        "diastolic_mmhg": 70, "pulse_per_minute": 80, "consciousness": "A", "temperature_celsius": Decimal("36.8"),
    }  # fmt: skip
    return Vitals(**healthy | changes)


@pytest.mark.parametrize(("changes", "fires"), [
    ({"respiration_rate": 20}, False), ({"respiration_rate": 21}, True),
    ({"pulse_per_minute": 110}, False), ({"pulse_per_minute": 111}, True),
    ({"systolic_mmhg": 101}, False), ({"systolic_mmhg": 100}, True),
    ({"spo2_percent": 94}, False), ({"spo2_percent": 93}, True),
    ({"supplemental_oxygen": True}, True),
])  # fmt: skip
def test_c1_a_symptom_with_each_sign(changes, fires):
    found = raised(judge(reading(60, vitals=vitals(**changes), symptoms=BREATHLESS), before=baseline()), 60)
    assert ("C1" in found) == fires
    assert ("C3" in found) != fires


@pytest.mark.parametrize("name", ["dyspnoea", "chest_pain", "haemoptysis", "syncope"])
def test_c1_each_symptom(name):
    found = judge(reading(60, vitals=vitals(pulse_per_minute=115), symptoms=Symptoms(**{name: True})))
    assert raised(found, 60)["C1"] == "EMERGENT"
    assert found.raised_by("at 60")[0].imaging.modality.name == "CTPA"


@pytest.mark.parametrize(("before", "now", "fires"), [(98, 95, False), (98, 94, True), (99, 95, True)])
def test_c1_saturation_that_fell_by_four(before, now, fires):
    found = judge(
        reading(60, vitals=vitals(spo2_percent=now), symptoms=BREATHLESS), before=baseline(spo2_percent=before)
    )
    assert ("C1" in raised(found, 60)) == fires


def test_c1_oxygen_before_the_procedure_is_no_new_need():
    found = judge(
        reading(60, vitals=vitals(supplemental_oxygen=True), symptoms=BREATHLESS),
        before=baseline(supplemental_oxygen=True),
    )
    assert "C1" not in raised(found, 60)


def test_c1_says_what_was_measured_with_its_unit():
    sick = vitals(
        spo2_percent=90, supplemental_oxygen=True, pulse_per_minute=115, systolic_mmhg=98, respiration_rate=22
    )
    (reason,) = [
        one.reason for one in judge(reading(60, vitals=sick, symptoms=BREATHLESS), before=baseline(spo2_percent=97)).raised
        if one.rule_code == "C1"
    ]  # fmt: skip
    assert reason.startswith(
        "Short of breath, with respiration rate 22/min, pulse 115/min, systolic pressure 98 mmHg, SpO₂ 90 %, newly on oxygen"
    )


def test_a_symptom_without_vital_signs_is_c3_and_leaves_c1_open():
    found = judge(reading(60, symptoms=BREATHLESS))
    assert raised(found, 60) == {"C3": "URGENT"}
    assert "C1" in open_questions(found, 60)


@pytest.mark.parametrize(("spo2", "scale", "fires"), [(92, 1, False), (91, 1, True), (84, 2, False), (83, 2, True)])
def test_c2_silent_low_saturation(spo2, scale, fires):
    found = judge(reading(60, vitals=vitals(spo2_percent=spo2), symptoms=NO_SYMPTOM, scale=scale), before=baseline())
    assert ("C2" in raised(found, 60)) == fires


def test_c2_as_low_as_before_is_not_new():
    found = judge(reading(60, vitals=vitals(spo2_percent=90), symptoms=NO_SYMPTOM), before=baseline(spo2_percent=90))
    assert "C2" not in raised(found, 60)


def test_c2_from_news2_of_7():
    sick = vitals(respiration_rate=24, systolic_mmhg=100, pulse_per_minute=111, temperature_celsius=Decimal("38.5"))
    assert raised(judge(reading(60, vitals=sick, symptoms=NO_SYMPTOM)), 60)["C2"] == "EMERGENT"


def test_c4_from_home_without_any_measurement():
    found = judge(reading(2000, symptoms=BREATHLESS, source="PATIENT"))
    assert raised(found, 2000) == {"C4": "EMERGENT"}


def test_nothing_when_all_is_denied_and_normal():
    found = judge(reading(60, vitals=vitals(), symptoms=NO_SYMPTOM), before=baseline())
    assert not {"C1", "C2", "C3", "C4"} & (raised(found, 60).keys() | open_questions(found, 60))
