"""Where each rule comes from, and how strong that is. Most figures are policy, and the page says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Citation:
    """Strength: GUIDELINE, COHORT, CONSENSUS or SITE_POLICY."""

    text: str
    strength: str


CITATIONS = {
    "NEWS2": Citation("Royal College of Physicians: National Early Warning Score (NEWS) 2, 2017.", "GUIDELINE"),
    "NEWS2_RISE": Citation("A rise by two points from the last set; threshold set by the site.", "SITE_POLICY"),
    "PAIN_AFTER_RELIEF": Citation(
        "Kyphoplasty guideline summary, 2025: a new or sudden increase of back pain after initial improvement strongly "
        "suggests a new adjacent fracture. The size of the rise is site policy.",
        "GUIDELINE",
    ),
    "PAIN_SUDDEN": Citation(
        "Kyphoplasty guideline summary, 2025: sudden or new back pain is to be reported immediately.", "GUIDELINE"
    ),
    "PAIN_ABOVE_BASELINE": Citation(
        "Guideline summary on pain after vertebroplasty, 2025: increased pain needs immediate cross-sectional imaging. "
        "Sample orders in a vertebroplasty textbook: notify the physician when pain rises above the baseline.",
        "GUIDELINE",
    ),
    "PAIN_UNCONTROLLED": Citation(
        "Kyphoplasty guideline summary, 2025: severe pain despite adequate analgesia needs imaging. Waiting times follow "
        "the time to peak effect of the route and are site policy.",
        "GUIDELINE",
    ),
    "PAIN_POLICY": Citation("Threshold and interval set by the site.", "SITE_POLICY"),
    "RELIEF_BY_TWO_WEEKS": Citation(
        "Kyphoplasty guideline summary, 2025, after one study: 90 % of acute and 87 % of chronic fractures have pain relief "
        "by two weeks; what counts as relief is not said. 2 points are the smallest change that matters in low back pain; "
        "the days are those of the two-week visit.",
        "COHORT",
    ),
    "ANALGESIC_CREEP": Citation(
        "A rising dose as a sign of returning pain, and its thresholds, are set by the site. Morphine equivalents by the "
        "factors of the CDC guideline for prescribing opioids, 2022; never to be used to convert between opioids.",
        "SITE_POLICY",
    ),
    "FALL": Citation("Back pain after a fall is imaged: set by the site.", "SITE_POLICY"),
    "NEW_FRACTURE": Citation(
        "Kyphoplasty guideline summary, 2025: a new or sudden increase of back pain after initial improvement strongly "
        "suggests a new fracture at an adjacent level; increased pain needs immediate CT or MRI. After a fall without a "
        "rise, and that a plain film does not suffice, is consensus.",
        "GUIDELINE",
    ),
    "NEW_DEFICIT": Citation(
        "Kyphoplasty guideline summary, 2025: new or worse leg weakness, sensory loss or bladder or bowel trouble needs "
        "emergency imaging. GIRFT cauda equina pathway, 2023: emergency MRI within 4 hours of the request; the figure is "
        "carried over to the time after cement.",
        "GUIDELINE",
    ),
    "RESIDUAL": Citation(
        "GIRFT cauda equina pathway, 2023: a residual over 200 mL makes the syndrome about 20 times likelier; a smaller "
        "one never rules it out.",
        "COHORT",
    ),
    "NEURO_POLICY": Citation(
        "The intervals of re-examination, and the step below the best grade, are set by the site.", "SITE_POLICY"
    ),
    "NEURO_SIGNS": Citation(
        "Public digests of the GIRFT cauda equina pathway name pain in both legs; reflex signs and the ASIA scale are "
        "general neurological knowledge. No guideline gives a figure for this setting.",
        "CONSENSUS",
    ),
    "CEMENT_LEAK": Citation(
        "Cohort: cement leaks in 19.3 % of cases and usually without symptoms. That new nerve pain needs a CT is consensus.",
        "CONSENSUS",
    ),
    "THORACIC_ACCESS": Citation(
        "Pneumothorax is a known complication of thoracic access; the signs that raise it are consensus.", "CONSENSUS"
    ),
    "DISCHARGE_SHEETS": Citation(
        "Hospital discharge sheets after vertebroplasty and kyphoplasty: report a temperature of 38.0 °C (100.4 °F). The "
        "delay of a day and the 38.5 °C are site policy.",
        "CONSENSUS",
    ),
    "HAEMATOMA": Citation(
        "Kyphoplasty guideline summary, 2025: bleeding matters most in anticoagulated patients. That back pain alone is "
        "enough to scan for it is site policy.",
        "CONSENSUS",
    ),
    "BED_REST": Citation(
        "Sample orders in a vertebroplasty textbook: an hour of bed rest. The other two conditions are site policy.",
        "SITE_POLICY",
    ),
    "RECALLED": Citation(
        "General clinical knowledge, not checked against a text; the site must confirm it.", "CONSENSUS"
    ),
    "SITE_THRESHOLD": Citation("Thresholds set by the site.", "SITE_POLICY"),
    "CEMENT_EMBOLISM": Citation(
        "Kyphoplasty guideline summary, 2025: pulmonary embolism from cement is rare and serious. Reviews find cement in "
        "the lungs in 2 to 23 % of scans. The combination of signs is consensus.",
        "CONSENSUS",
    ),
    "ENGINE": Citation("A rule that cannot be evaluated is shown, never silent.", "SITE_POLICY"),
}
