"""What a physician reads beside each selection criterion, and where the criterion is from (clinical-spec 7.1)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from procedures.eligibility import eligibility
from procedures.fracture_measures import FractureAge
from procedures.selection_facts import LevelFacts, PatientFacts, TherapyComponent
from procedures.three_valued import MET, NOT_MET, UNKNOWN
from tests.unit.procedures.test_eligibility import BROKEN, DAY, FIT, LIMITS, NOTHING, check, treated_for

# Code: title, and the tag of the specification that it rests on.
CRITERIA = {
    "E1": ("Severe back pain (7 or more)", "DEF"),
    "E2": ("At least 42 days of non-invasive therapy", "SEED"),
    "E2a": ("Analgesics", "SEED"),
    "E2b": ("Physical therapy", "SEED"),
    "E2c": ("Bracing", "SEED"),
    "E2d": ("Osteoporosis medication", "SEED"),
    "E3": ("Refractory to therapy", "SEED"),
    "XC1": ("No active local or systemic infection", "OK"),
    "XC2": ("No uncorrected coagulopathy (INR above 1.5, platelets below 50)", "OK"),
    "XC3": ("No allergy to cement or contrast", "OK"),
    "XC4": ("Fracture neither healed nor without symptoms", "OK"),
    "XC5": ("No retropulsion with cord compression or new deficit", "OK"),
    "XC6": ("Not pregnant", "OK"),
    "XC7": ("Able to lie prone", "OK"),
    "E4": ("Height loss of 25 % or more", "SEED"),
    "E5": ("Keeps a third of its height (loss up to 66.7 %)", "SEED"),
    "E6": ("Posterior cortex intact", "SEED"),
    "E7": ("Pain at this level on examination", "SEED"),
    "E8": ("Imaging agrees with the examination", "SEED"),
    "E9": ("Acute or subacute on MRI", "SEED"),
    "E10": ("Timing: acute below 10 weeks", "SEED"),
}


@pytest.mark.parametrize(
    ("patient", "level"),
    [
        (FIT, BROKEN), (NOTHING, LevelFacts("L1")), (replace(FIT, aetiology="CANCER"), BROKEN),
        (replace(FIT, contrast_reaction=True, pregnant=None), replace(BROKEN, age=FractureAge(60, 80))),
        (replace(FIT, **treated_for(41)), replace(BROKEN, age=FractureAge(90, 90))),
        (replace(FIT, aetiology="UNKNOWN", **treated_for(41)), BROKEN),
        (replace(FIT, therapy_continues=None), BROKEN),
    ],
)  # fmt: skip
def test_each_criterion_has_its_title_and_source_whatever_is_known(patient, level):
    result = eligibility(patient, [level], LIMITS)
    shown = {one.code: (one.title, one.source) for one in (*result.patient, *result.levels[0].checks)}
    assert shown == CRITERIA


OTHER_CAUSE = replace(FIT, aetiology="TRAUMATIC")
CASES: list[tuple[str, PatientFacts, LevelFacts, object, str]] = [
    ("E1", FIT, BROKEN, MET, "Worst pain 8 of 10."),
    ("E1", replace(FIT, pain_on_movement=None), BROKEN, UNKNOWN, "Worst pain 6 of 10; rest or movement was not scored."),
    ("E1", replace(FIT, pain_on_movement=Decimal(6)), BROKEN, NOT_MET, "Worst pain 6 of 10."),
    ("E1", replace(FIT, pain_at_rest=None), BROKEN, MET, "Worst pain 8 of 10."),
    ("E1", NOTHING, BROKEN, UNKNOWN, "Pain was not scored."),
    ("E2", FIT, BROKEN, MET, "60 days."),
    ("E2", NOTHING, BROKEN, UNKNOWN, "The start of the therapy is not known."),
    ("E2", replace(FIT, aetiology="CANCER"), BROKEN, MET, "Cancer: earlier intervention is warranted."),
    ("E2", replace(FIT, **treated_for(41)), BROKEN, NOT_MET, "41 days."),
    ("E2", replace(FIT, therapy_ended_on=DAY - timedelta(days=50)), BROKEN, NOT_MET, "10 days."),
    ("E2", replace(FIT, aetiology="UNKNOWN", **treated_for(41)), BROKEN, UNKNOWN,
     "41 days, which is enough only in cancer; the cause is not known."),
    ("E2", replace(FIT, therapy_continues=None), BROKEN, UNKNOWN, "Started 60 days before; the end is not known."),
    ("E2a", FIT, BROKEN, MET, "Given."),
    ("E2b", replace(FIT, physical_therapy=TherapyComponent("NO")), BROKEN, NOT_MET, "Not given."),
    ("E2c", replace(FIT, bracing=TherapyComponent()), BROKEN, UNKNOWN, "Not asked."),
    ("E2c", replace(FIT, bracing=TherapyComponent("CONTRAINDICATED", " Asthma ")), BROKEN, MET, "Contraindicated: Asthma"),
    ("E2c", replace(FIT, bracing=TherapyComponent("CONTRAINDICATED", " ")), BROKEN, UNKNOWN,
     "Contraindicated, without a reason."),
    ("E2d", replace(FIT, aetiology="CANCER"), BROKEN, MET, "Given. Not required in cancer."),
    ("E2a", replace(FIT, aetiology="CANCER"), BROKEN, MET, "Given. Does not count for this cause."),
    ("E2d", OTHER_CAUSE, BROKEN, MET, "Given. Does not count for this cause."),
    ("E3", FIT, BROKEN, MET, "Refractory, as judged by a physician."),
    ("E3", replace(FIT, refractory=False), BROKEN, NOT_MET, "Not refractory."),
    ("E3", NOTHING, BROKEN, UNKNOWN, "Not judged yet."),
    ("XC1", FIT, BROKEN, MET, "Absent."),
    ("XC1", replace(FIT, active_infection=True), BROKEN, NOT_MET, "Present."),
    ("XC1", NOTHING, BROKEN, UNKNOWN, "Not asked."),
    ("XC4", replace(FIT, healed_fracture=True), BROKEN, NOT_MET, "Present."),
    ("XC5", replace(FIT, cord_compression=True), BROKEN, NOT_MET, "Present."),
    ("XC7", replace(FIT, cannot_lie_prone=True), BROKEN, NOT_MET, "Present."),
    ("XC2", replace(FIT, coagulopathy=False), BROKEN, MET, "INR 1.1, platelets 210 ×10⁹/L, answered: absent."),
    ("XC2", replace(FIT, coagulopathy=True, inr=None, platelets_per_nanolitre=None), BROKEN, NOT_MET, "Answered: present."),
    ("XC2", replace(FIT, inr=None), BROKEN, MET, "Platelets 210 ×10⁹/L, answered: absent."),
    ("XC2", replace(FIT, coagulopathy=None), BROKEN, MET, "INR 1.1, platelets 210 ×10⁹/L, not asked."),
    ("XC2", NOTHING, BROKEN, UNKNOWN, "Not asked."),
    ("XC3", replace(FIT, contrast_reaction=True), BROKEN, NOT_MET,
     "Present: the baseline holds an earlier reaction to contrast."),
    ("XC3", FIT, BROKEN, MET, "Absent."),
    ("XC6", replace(FIT, pregnant=None), BROKEN, MET, "Absent: the baseline says that it is not possible."),
    ("XC6", replace(FIT, pregnant=None, pregnancy_possible=None), BROKEN, UNKNOWN, "Not asked."),
    ("XC6", replace(FIT, pregnant=True), BROKEN, NOT_MET, "Present."),
    ("E4", FIT, BROKEN, MET, "32 % of the height is lost."),
    ("E5", FIT, replace(BROKEN, height_loss_percent=None), UNKNOWN, "Height loss was not measured."),
    ("E6", FIT, BROKEN, MET, "Intact."),
    ("E6", FIT, replace(BROKEN, posterior_cortex_intact=False), NOT_MET, "Breached."),
    ("E6", FIT, replace(BROKEN, posterior_cortex_intact=None), UNKNOWN, "Not assessed."),
    ("E7", FIT, BROKEN, MET, "Tender at the level or next to it."),
    ("E7", FIT, replace(BROKEN, tender=False), NOT_MET, "Not tender here."),
    ("E7", FIT, replace(BROKEN, tender=None), UNKNOWN, "Not examined."),
    ("E8", FIT, BROKEN, MET, "Confirmed by radiologist or physician."),
    ("E8", FIT, replace(BROKEN, imaging_confirms_level=False), NOT_MET, "Imaging does not confirm it."),
    ("E8", FIT, replace(BROKEN, imaging_confirms_level=None), UNKNOWN, "Not confirmed yet."),
    ("E9", FIT, BROKEN, MET, "Marrow edema on STIR or fat-saturated T2."),
    ("E9", FIT, replace(BROKEN, edema=False), NOT_MET, "No marrow edema."),
    ("E9", FIT, replace(BROKEN, edema=None), UNKNOWN, "Not assessed."),
    ("E9", FIT, replace(BROKEN, no_mri=True), UNKNOWN, "No MRI: CT or a bone scan may stand in, as a physician judges."),
    ("E10", FIT, replace(BROKEN, age=None), UNKNOWN, "The date of the fracture is not known."),
    ("E10", FIT, replace(BROKEN, age=FractureAge(69, 69)), MET, "9 weeks old: acute, height is restored better."),
    ("E10", FIT, replace(BROKEN, age=FractureAge(42, 55)), MET, "6 to 7 weeks old: acute, height is restored better."),
    ("E10", FIT, replace(BROKEN, age=FractureAge(42, 48)), MET, "6 weeks old: acute, height is restored better."),
    ("E10", FIT, replace(BROKEN, age=FractureAge(56, 83)), UNKNOWN, "8 to 11 weeks old: acute or chronic."),
    ("E10", FIT, replace(BROKEN, age=FractureAge(70, 70)), MET, "10 weeks old: chronic."),
]  # fmt: skip


@pytest.mark.parametrize(("code", "patient", "level", "state", "reason"), CASES)
def test_the_reason_beside_a_criterion(code, patient, level, state, reason):
    found = check(code, patient, level)
    assert (found.state, found.reason) == (state, reason)


def test_each_criterion_has_a_reason_for_each_state_that_it_can_have():
    assert {code for code, *_rest in CASES} == set(CRITERIA)
