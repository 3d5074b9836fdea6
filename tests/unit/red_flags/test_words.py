"""What findings say and show where two things come together, or where something is not known."""

from dataclasses import replace
from decimal import Decimal

import pytest

from followup.red_flags import rules
from followup.red_flags.findings import Finding
from followup.red_flags.history import Anticoagulant, Pain, Symptoms, Vitals, Wound
from followup.red_flags.neurology import MOTOR_FIELDS, SENSORY_FIELDS
from tests.unit.red_flags.build import (
    CLEAN_WOUND,
    HEALTHY_EXAM,
    HEALTHY_VITALS,
    NO_SYMPTOMS,
    baseline,
    judge,
    open_questions,
    raised,
    reading,
)


def found(code: str, *readings, **episode) -> Finding:
    return next(one for one in judge(*readings, **episode).raised if one.rule_code == code)


def test_two_complaints_are_joined_by_a_comma():
    both = Symptoms(dyspnoea=True, chest_pain=True)
    ill = reading(60, symptoms=both, vitals=Vitals(pulse_per_minute=120))
    assert found("C1", ill).reason.startswith("Short of breath, chest pain, with ")
    at_home = found("C4", reading(60, symptoms=both, source="PHONE"))
    assert at_home.reason.startswith("Short of breath, chest pain at home")


def test_pain_on_breathing_and_no_breath_after_a_thoracic_level():
    ill = reading(60, characters=frozenset({"PLEURITIC"}), symptoms=Symptoms(dyspnoea=True))
    assert "Pain worse on breathing in and short of breath, after" in found("PX1", ill, treated_levels=("T8",)).reason


def test_hives_with_a_low_pressure():
    ill = reading(60, symptoms=Symptoms(urticaria=True, wheeze=True), vitals=Vitals(systolic_mmhg=85))
    assert found("AN1", ill).reason == "Hives, wheeze, systolic 85 mmHg: anaphylaxis or shock; treat now."


def test_each_blood_thinner_that_acts_is_named_in_words():
    thinners = (Anticoagulant("LOW_MOLECULAR_HEPARIN"), Anticoagulant("APIXABAN"))
    sudden = reading(60, 8, sudden_onset=True)
    haematoma = found("H2", sudden, takes_anticoagulants=True, anticoagulants=thinners)
    assert "while low molecular heparin, apixaban acts" in haematoma.reason


def test_a_haemoglobin_that_nobody_measured_is_shown_as_not_measured():
    bleeding = found("H1", reading(60, wound=Wound(expanding_swelling=True)))
    assert bleeding.evidence["observed"]["haemoglobin_grams_per_decilitre"] is None
    assert bleeding.evidence["reference"]["haemoglobin_grams_per_decilitre"] is None


@pytest.mark.parametrize(("now", "is_open"), [("23.0", True), ("23.1", False), ("24.0", False)])
def test_without_a_value_before_only_what_no_baseline_could_exceed_is_decided(now, is_open):
    """The form takes 25 g/dL at most, and a fall of 2 g/dL counts."""
    assessment = judge(reading(60, haemoglobin=now, wound=CLEAN_WOUND, vitals=HEALTHY_VITALS), before=baseline(8))
    assert ("H1" in open_questions(assessment, 60)) is is_open


def test_a_sensory_level_on_the_trunk_is_shown_against_the_one_before():
    before = baseline(exam=HEALTHY_EXAM | {"trunk_sensory_level_R": "T10"})
    higher = found("N2", reading(60, exam=HEALTHY_EXAM | {"trunk_sensory_level_R": "T6"}), before=before)
    assert "T10 → T6" in higher.reason
    assert higher.evidence["reference"]["trunk_sensory_level_R"] == "T10"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"fall": True, "sites": frozenset({"OTHER_SPINE"})}, "pain in the spine after it"),
        ({"fall": True, "at_rest": Decimal(0)}, "no pain after it"),
        ({"trigger": "FALL", "at_rest": Decimal(0)}, "pain came on with it, and is 0 now: examine"),
        ({"fall": True}, "pain was not scored: ask and examine"),
    ],
)
def test_what_followed_a_fall(facts, words):
    fell = replace(reading(60), pain=Pain(**facts))
    assert found("P8", fell).reason == f"A fall since the last contact: {words}."


def test_no_fall_is_not_enough_while_the_trigger_is_not_known():
    assert "P8" in open_questions(judge(reading(60, 3, fall=False)), 60)
    assert "P8" not in open_questions(judge(reading(60, 3, fall=False, trigger="NONE")), 60)


def test_an_open_question_names_its_rule_by_title():
    (question,) = (one for one in judge(reading(60)).undecided if one.rule_code == "P5")
    assert question.reason.startswith("Severe pain (P5) could not be ruled out: ")


@pytest.mark.parametrize("blank", [None, ""])
def test_an_empty_answer_is_a_blank(blank):
    assessment = judge(reading(60, exam=HEALTHY_EXAM | {"bowel": blank}), before=baseline())
    assert "N5" in open_questions(assessment, 60)


def test_an_empty_answer_is_no_exam():
    untestable = {name: "NT" for name in (*MOTOR_FIELDS, *SENSORY_FIELDS)}
    assessment = judge(reading(60, exam=untestable), reading(120, exam={"motor_L4_R": ""}))
    assert "N10" in open_questions(assessment, 120)


def test_every_rule_that_failed_is_named_with_its_error(monkeypatch):
    """Two faults of different kinds: one finding names both codes and both errors."""

    def failing(error):
        def criterion(situation):
            raise error

        return criterion

    broken = {"P5": ZeroDivisionError(), "P3": KeyError("x")}
    monkeypatch.setattr(
        "followup.red_flags.assess.RULES",
        tuple(
            replace(rule, criterion=failing(broken[rule.code])) if rule.code in broken else rule for rule in rules.RULES
        ),
    )
    observed = found("X0", reading(60, 8)).evidence["observed"]
    assert observed == {"rule": "P3, P5", "error": "KeyError, ZeroDivisionError"}


class TestWhatIsRuledOut:
    """A rule that every answer speaks against is not an open question."""

    WELL = {
        "exam": HEALTHY_EXAM,
        "symptoms": NO_SYMPTOMS,
        "wound": CLEAN_WOUND,
        "haemoglobin": "13.0",
    }
    PAIN = {
        "sites": frozenset({"TREATED_LEVEL"}), "new_site": False, "sudden_onset": False, "trigger": "NONE",
        "characters": frozenset({"AXIAL"}), "took_analgesia": False, "relief": "GOOD", "fall": False,
    }  # fmt: skip

    def well(self, minutes, score, **changes):
        of_pain = self.PAIN | {"at_rest": Decimal(score)}
        return reading(minutes, score, vitals=changes.pop("vitals", HEALTHY_VITALS), **self.WELL, **of_pain, **changes)

    def test_fever_alone_is_no_infection(self):
        hot = replace(HEALTHY_VITALS, temperature_celsius=Decimal("38.2"))
        assert "I2" not in open_questions(judge(self.well(60, 1, vitals=hot), before=baseline(8)), 60)

    def test_no_back_pain_is_no_haematoma_though_the_blood_is_thinned(self):
        calm = judge(self.well(60, 1), before=baseline(8), takes_anticoagulants=True)
        assert "H2" not in raised(calm, 60) and "H2" not in open_questions(calm, 60)

    def test_an_amber_rise_that_no_blank_could_make_red_is_no_haematoma(self):
        amber = judge(self.well(60, 5), before=baseline(4), takes_anticoagulants=True)
        assert raised(amber, 60).get("P3") == "AMBER"
        assert "H2" not in raised(amber, 60) and "H2" not in open_questions(amber, 60)
