"""The table of everything that Kyphotrack raises. A row a rule; its criterion is a function of one situation.

Read it so: N1 is raised when `deficits.motor` finds any leg muscle a grade below the baseline; it is EMERGENT, asks for
an MRI with CT, and rests on the citation NEW_DEFICIT. How soon the scan is due stands in `urgency`; which scan exactly,
and of which part, in `modality`. Codes are never reused.
"""

from collections.abc import Callable
from dataclasses import dataclass

from followup.red_flags import analgesia, complications, deficits, fracture, modality, new_pain, pain
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
    Rule("N3", "Saddle numbness", deficits.saddle, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "Feeling or tone in the saddle area is worse: {what}.", "NEW_DEFICIT"),
    Rule("N4", "New bladder trouble", deficits.bladder, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "The bladder does not work as before: {what}.", "RESIDUAL"),
    Rule("N4a", "No urine for hours", deficits.no_void, AMBER, _NEURO, None,
         "No urine for {hours} hours and no catheter: scan the bladder now.", "RESIDUAL"),
    Rule("N5", "New bowel trouble", deficits.bowel, EMERGENT, _NEURO, modality.NEURO_SACRAL,
         "The bowel does not work as before: {what}.", "NEW_DEFICIT"),
    Rule("N6", "Walks worse", deficits.gait, EMERGENT, _NEURO, modality.NEURO,
         "Walks worse than before the procedure: {what}.", "NEW_DEFICIT"),
    Rule("NQ", "Quick check abnormal", deficits.quick_check, AMBER, _NEURO, None,
         "The quick check is abnormal ({what}): do the full neurological exam within 15 minutes.", "NEURO_POLICY"),
    # --- the lung (4.1) -------------------------------------------------------------------------------------------
    Rule("C1", "Possible pulmonary embolism", complications.embolism, EMERGENT, _LUNG, modality.LUNG,
         "{symptoms}, with {signs}: cement or clot in the lung, or a pneumothorax.", "CEMENT_EMBOLISM"),
    Rule("C2", "Possible silent embolism", complications.silent_embolism, EMERGENT, _LUNG, modality.LUNG,
         "{what}, and no complaint that explains it: cement or clot in the lung.", "CEMENT_EMBOLISM"),
    Rule("C3", "Chest symptom", complications.chest_symptom_on_ward, URGENT, _LUNG, modality.CHEST,
         "{symptoms}, while no measured sign is abnormal: chest X-ray now.", "CEMENT_EMBOLISM"),
    Rule("C4", "Chest symptom at home", complications.chest_symptom_at_home, EMERGENT, _LUNG, modality.LUNG,
         "{symptoms} at home, where nobody can measure: emergency department.", "CEMENT_EMBOLISM"),
    # --- NEWS2 (1.3): a review at the bedside, no scan by itself ----------------------------------------------------
    Rule("V3", "NEWS2 high", complications.news2_high, EMERGENT, _REVIEW, None,
         "NEWS2 {total}: emergency assessment by a team with critical-care skills within 30 minutes.", "NEWS2"),
    Rule("V2", "NEWS2 medium", complications.news2_medium, URGENT, _REVIEW, None,
         "NEWS2 {total}: urgent assessment by a clinician within 1 hour.", "NEWS2"),
    Rule("V1", "Single red score", complications.news2_single_three, AMBER, _REVIEW, None,
         "{what} scores 3 by itself (NEWS2 {total}): the medical team reviews.", "NEWS2"),
    Rule("V0", "NEWS2 rose", complications.news2_rise, INFO, _REVIEW, None,
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
)  # fmt: skip


def _another_rule_failed(situation: Situation) -> Verdict:
    """X0: another rule failed on an observation; a clinician must look. Raised by `assess`, never by itself."""
    return not_met()


FAILED = Rule("X0", "A rule could not be evaluated", _another_rule_failed, AMBER, Category.OTHER, None,
              "Rule {code} could not be evaluated on this observation: a clinician must look.", "ENGINE")  # fmt: skip

RULES_BY_CODE = {rule.code: rule for rule in (*RULES, FAILED)}
