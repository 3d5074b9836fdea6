"""The table of everything that Kyphotrack raises. A row a rule; its criterion is a function of one situation.

Read it so: N1 is raised when `deficits.motor` finds any leg muscle a grade below the baseline; or when the patient says that
the legs are weaker, or is not sure, and not every muscle was graded. It is EMERGENT and asks for an MRI with CT; CT alone where
MRI is barred. The scan is due within 4 hours of the request, which is opened by the save that found the weakness: the clock of
each severity is in `urgency`, its figure in `ruleset`. Why: the citation NEW_DEFICIT, whose text and strength stand in
`citations`. Which scan exactly, and of which part, is in `modality` (clinical-spec 4.2). Codes are never reused.

A criterion may make its finding milder or graver than its row: one muscle down to grade 4 and limited by pain, not seen before,
is amber; N1b is amber, and emergent from two grades below the best on. An amber finding asks for no scan.
"""

from collections.abc import Callable
from dataclasses import dataclass

from followup.red_flags import (
    analgesia,
    complications,
    deficits,
    deterioration,
    examination,
    fracture,
    lung,
    mobilisation,
    modality,
    new_pain,
    pain,
    sphincters,
)
from followup.red_flags.findings import Category, Severity
from followup.red_flags.situation import Situation, Verdict, not_met

EMERGENT, URGENT, AMBER, INFO = Severity.EMERGENT, Severity.URGENT, Severity.AMBER, Severity.INFO
_NEURO, _PAIN, _LUNG, _REVIEW = (
    Category.NEURO, Category.PAIN, Category.CARDIORESPIRATORY, Category.CLINICAL_REVIEW,
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """`imaging` is asked for when the finding is a red flag; an amber finding asks for a look, not for a scan."""

    code: str
    title: str
    criterion: Callable[[Situation], Verdict]
    severity: Severity
    category: Category
    imaging: str | None
    reason: str  # filled in with the words of the verdict
    citation: str


RULES: tuple[Rule, ...] = (
    # --- neurology against the baseline (3.5) ---------------------------------------------------------------------
    Rule("N1", "New leg weakness", deficits.motor, EMERGENT, _NEURO, modality.NEURO,
         "Weaker than before the procedure: {what}.", "NEW_DEFICIT"),
    Rule("N1b", "Weaker than at best", deficits.motor_below_best, AMBER, _NEURO, modality.NEURO,
         "Weaker than at its best since the procedure: {what}.", "NEURO_POLICY"),
    Rule("N2", "New sensory loss", deficits.sensory, EMERGENT, _NEURO, modality.NEURO,
         "Feeling is worse than before the procedure: {what}.", "NEW_DEFICIT"),
    Rule("N3", "Saddle numbness", sphincters.saddle, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "Feeling or tone in the saddle area is worse: {what}.", "NEW_DEFICIT"),
    Rule("N4", "New bladder trouble", sphincters.bladder, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "The bladder does not work as before: {what}.", "RESIDUAL"),
    Rule("N4a", "No urine for hours", sphincters.no_void, AMBER, _NEURO, None,
         "No urine for {hours} hours and no catheter: scan the bladder now.", "RESIDUAL"),
    Rule("N5", "New bowel trouble", sphincters.bowel, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "The bowel does not work as before: {what}.", "NEW_DEFICIT"),
    Rule("N6", "Walks worse", deficits.gait, EMERGENT, _NEURO, modality.NEURO,
         "Walks worse than before the procedure: {what}.", "NEW_DEFICIT"),
    Rule("N7", "New long-tract sign", deficits.long_tracts, EMERGENT, _NEURO, modality.LONG_TRACT,
         "A sign of the long tracts that was not there before: {what}.", "NEURO_SIGNS"),
    Rule("N8", "ASIA scale worse", deficits.impairment_scale, EMERGENT, _NEURO, modality.NEURO,
         "The ASIA impairment scale is worse than before: {what}.", "NEURO_SIGNS"),
    Rule("N9", "Nerve pain in both legs", deficits.bilateral_leg_pain, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "Nerve pain in both legs that was not in both before: {what}.", "NEURO_SIGNS"),
    Rule("N10", "Neurology not examined", examination.missing_exam, AMBER, _NEURO, None,
         "The neurological check is missing: {what}. Do it now.", "NEURO_POLICY"),
    Rule("N11", "Confused: exam unreliable", examination.confusion, AMBER, _NEURO, None,
         "Newly confused: the neurological exam cannot be relied on; repeat it as soon as the patient is alert.",
         "NEURO_POLICY"),
    Rule("NQ", "Quick check abnormal", examination.quick_check, AMBER, _NEURO, None,
         "The quick check is abnormal ({what}): do the full neurological exam within {minutes} minutes.", "NEURO_POLICY"),
    Rule("LK1", "Nerve pain: cement leak?", deficits.leak_pain, URGENT, _PAIN, modality.CEMENT,
         "New pain along a nerve: {what}.", "CEMENT_LEAK"),
    # --- the lung and the chest wall (4.1) ------------------------------------------------------------------------
    Rule("C1", "Possible pulmonary embolism", lung.embolism, EMERGENT, _LUNG, modality.LUNG,
         "{symptoms}, with {signs}: cement or clot in the lung, or a pneumothorax.", "CEMENT_EMBOLISM"),
    Rule("C2", "Possible silent embolism", lung.silent_embolism, EMERGENT, _LUNG, modality.LUNG,
         "{what}, and no complaint that explains it: cement or clot in the lung.", "CEMENT_EMBOLISM"),
    Rule("C3", "Chest symptom", lung.chest_symptom_on_ward, URGENT, _LUNG, modality.CHEST,
         "{symptoms}, while no measured sign is abnormal: chest X-ray now.", "CEMENT_EMBOLISM"),
    Rule("C4", "Chest symptom at home", lung.chest_symptom_at_home, EMERGENT, _LUNG, modality.LUNG,
         "{symptoms} at home, where nobody can measure: emergency department.", "CEMENT_EMBOLISM"),
    Rule("PX1", "Pneumothorax?", lung.pneumothorax, EMERGENT, _LUNG, modality.THORAX,
         "{what}, after a thoracic level was treated: air or blood in the chest?", "THORACIC_ACCESS"),
    Rule("R1", "Rib fracture?", lung.rib_fracture, AMBER, Category.OTHER, None,
         "New pain at a rib that is tender to touch: chest X-ray with rib views; CT of the chest if it shows nothing and "
         "pain is 7 or more.", "RECALLED"),
    # --- NEWS2 (1.3): a review at the bedside, no scan by itself --------------------------------------------------
    Rule("V3", "NEWS2 high", deterioration.news2_high, EMERGENT, _REVIEW, None,
         "NEWS2 {total}: emergency assessment by a team with critical-care skills within 30 minutes.", "NEWS2"),
    Rule("V2", "NEWS2 medium", deterioration.news2_medium, URGENT, _REVIEW, None,
         "NEWS2 {total}: urgent assessment by a clinician within 1 hour. With a known or possible infection think sepsis.",
         "NEWS2"),
    Rule("V1", "Single red score", deterioration.news2_single_three, AMBER, _REVIEW, None,
         "{what} scores 3 by itself (NEWS2 {total}): the medical team reviews.", "NEWS2"),
    Rule("V0", "NEWS2 rose", deterioration.news2_rise, INFO, _REVIEW, None,
         "NEWS2 rose from {before} to {total} since the last set.", "NEWS2_RISE"),
    # --- pain (2.3) -----------------------------------------------------------------------------------------------
    Rule("P1", "Pain rose after relief", pain.rise_after_relief, URGENT, _PAIN, modality.SPINE,
         "Pain {context} is {score}, after it had come down to {nadir}.", "PAIN_AFTER_RELIEF"),
    Rule("P1a", "Small rise after relief", pain.small_rise_after_relief, AMBER, _PAIN, None,
         "Pain {context} is {score}, after it had come down to {nadir}: ask again within the hour.", "PAIN_AFTER_RELIEF"),
    Rule("P2", "Sudden or new back pain", new_pain.sudden_or_new, URGENT, _PAIN, modality.SPINE,
         "Pain {what}.", "PAIN_SUDDEN"),
    Rule("P2r", "New rib pain", new_pain.new_rib_pain, AMBER, _PAIN, modality.CHEST,
         "New pain at the ribs only: consider a chest X-ray.", "PAIN_POLICY"),
    Rule("P3", "Pain above baseline", pain.above_baseline, URGENT, _PAIN, modality.SPINE,
         "Pain {context} is {score}, {how} the {baseline} of before the procedure.", "PAIN_ABOVE_BASELINE"),
    Rule("P4", "Severe pain despite a dose", analgesia.severe_despite_dose, URGENT, _PAIN, modality.SPINE,
         "Pain is {score}, {minutes} min after a dose for pain of {before}.", "PAIN_UNCONTROLLED"),
    Rule("P4b", "Severe pain, no dose documented", analgesia.severe_without_documented_dose, URGENT, _PAIN, modality.SPINE,
         "Pain was {before} and is {score}, {minutes} min later; analgesia not documented.", "PAIN_UNCONTROLLED"),
    Rule("P4c", "Severe pain, medicine does not help", analgesia.severe_and_medicine_does_not_help, URGENT, _PAIN,
         modality.SPINE, "Pain is {score} although pain medicine was taken.", "PAIN_UNCONTROLLED"),
    Rule("P5", "Severe pain", analgesia.severe, AMBER, _PAIN, None,
         "Pain is {score}: give analgesia and score again after {minutes} min.", "PAIN_POLICY"),
    Rule("P6", "No relief after two weeks", pain.no_relief_after_two_weeks, AMBER, _PAIN, None,
         "Pain {context} is {score} on day {day} and was {baseline} before the procedure: less than {relief} points of relief. "
         "A physician reviews and considers imaging.", "RELIEF_BY_TWO_WEEKS"),
    Rule("P7", "Needs more pain medicine again", analgesia.analgesic_creep, AMBER, _PAIN, None,
         "More pain medicine is needed again: {what}. Is the pain coming back?", "ANALGESIC_CREEP"),
    Rule("P8", "Fall", new_pain.fall, URGENT, _PAIN, modality.SPINE,
         "A fall since the last contact: {what}.", "FALL"),
    # --- a new fracture (4.1): after the pain and the neurology that it builds on -----------------------------------
    Rule("AF1", "Possible new vertebral fracture", fracture.new_fracture, URGENT, _PAIN, modality.SPINE,
         "Pain {what}: new or adjacent vertebral fracture? A plain film alone never closes this question.", "NEW_FRACTURE"),
    # --- infection, bleeding, clot, allergy (4.1): they build on pain and NEWS2, so they stand last ------------------
    Rule("I1", "Fever", complications.fever, AMBER, Category.OTHER, None,
         "Temperature {celsius} °C: look at the wound, and measure again in 4 hours.", "DISCHARGE_SHEETS"),
    Rule("I2", "Spinal infection or sepsis?", complications.infection, URGENT, Category.OTHER, modality.INFECTION,
         "{what}: infection of the spine, or sepsis.", "RECALLED"),
    Rule("I3", "Wound not clean", complications.wound, AMBER, Category.OTHER, None,
         "The puncture site: {what}. Take a photo, and look at it again.", "RECALLED"),
    Rule("H1", "Bleeding?", complications.bleeding, URGENT, Category.OTHER, modality.BLEEDING,
         "{what}: bleeding.", "SITE_THRESHOLD"),
    Rule("H2", "Blood on the cord?", complications.haematoma_risk, EMERGENT, _NEURO, modality.NEURO,
         "Back pain that is a red flag, while {drugs} acts: epidural haematoma, even with normal neurology.", "HAEMATOMA"),
    Rule("D1", "Clot in the leg?", complications.leg_clot, URGENT, Category.OTHER, modality.LEG,
         "One calf is newly swollen or painful: deep vein thrombosis.", "RECALLED"),
    Rule("AN1", "Allergy or shock?", complications.allergy, EMERGENT, _LUNG, None,
         "{what}: anaphylaxis or shock; treat now.", "RECALLED"),
    # --- the mobilisation gate (5.1) ------------------------------------------------------------------------------
    Rule("M1", "Got up early", mobilisation.walked_early, INFO, Category.OTHER, None,
         "Got up and walked before it was known to be safe: {because}.", "BED_REST"),
)  # fmt: skip


def _another_rule_failed(situation: Situation) -> Verdict:
    """X0: another rule failed on an observation; a clinician must look. Raised by `assess`, never by itself."""
    return not_met()


FAILED = Rule("X0", "A rule could not be evaluated", _another_rule_failed, AMBER, Category.OTHER, None,
              "Rule {code} could not be evaluated on this observation: a clinician must look.", "ENGINE")  # fmt: skip

# Raised also on a check that nobody did, where there is no reading for a criterion to look at.
MISSED_CHECK = next(rule for rule in RULES if rule.code == "N10")

RULES_BY_CODE = {rule.code: rule for rule in (*RULES, FAILED)}
