"""Words of one piece that rules and selectors say, and names of columns as Django makes words of them.

In code they look like keys, so that nobody can find them there.
"""

SINGLE_WORDS: tuple[str, ...] = (
    "PTH", "absent", "more", "below", "acknowledge", "acknowledgement", "air", "altered", "amber", "and", "baseline", "bladder",
    "board", "bowel", "calcium", "call", "changed", "clear", "clinic", "clonus", "cohort", "conditional",
    "consensus", "constipation", "contraindicated", "creatinine", "day", "days", "decision", "discharge", "down",
    "dressing", "emergent", "fainting", "fever", "flaccid", "flag", "given-up", "graver", "guideline", "haemoglobin",
    "high", "hives", "home", "info", "left", "leg", "legs", "low", "lowest", "lung", "medium", "mobility",
    "morphology", "no", "none", "normal", "not", "open", "or", "other", "oxygen", "pain", "perianal", "phone",
    "pregnancy", "present", "pulse", "redness", "reduced", "report", "ribs", "right", "rigors", "scan", "screened",
    "sent", "spastic", "swelling", "symptoms", "temperature", "tenderness", "unknown", "unscreened", "up", "urgent",
    "waiting", "walking", "ward", "warmth", "wheeze", "with", "withheld", "without", "wound", "yes", "NSAID",
    "active local or systemic infection", "allergy to cement or contrast", "analgesia supplied", "analgesics reason",
    "biopsy result", "biopsy taken", "bone metastasis", "bracing reason", "cannot lie prone", "date precision",
    "dental check", "fall risk", "fracture healed or without symptoms", "height loss percent",
    "height of the vertebra", "hypercalcaemia", "imaging confirms level", "osteoporosis plan made",
    "planned help used", "posterior cortex", "reachable by phone", "red flag sheet given",
    "responsible adult 24 hours", "retropulsion with cord compression, or new deficit", "takes anticoagulants",
    "therapy continues", "tumour extension", "uncorrected coagulopathy", "urine left after voiding", "vacuum cleft",
    "anterior height", "mid height", "posterior height", "height of the vertebra above", "height of the vertebra below",
)  # fmt: skip

# Labels within a sentence: a language that writes nouns with a capital must know which are none.
WITHIN_SENTENCES: tuple[str, ...] = (
    "alert", "answered", "approved", "asleep", "bipedicular", "cancelled", "closed", "considered", "contraindicated",
    "decided", "declined", "deferred", "died", "discharged", "done", "draft", "dry", "emergent", "general",
    "inpatient", "intramuscular", "intravenous", "invited", "large", "live", "local", "missed", "moderate", "oozing",
    "ordered", "parapedicular", "performed", "planned", "prescribed", "queued", "rectal", "refused", "reported",
    "requested", "severe", "small", "started", "stopped", "subcutaneous", "transferred", "unipedicular",
    "unresponsive", "waived", "withdrawn", "a letter was sent", "along a nerve", "answered by what was recorded",
    "approved, not live", "as baseline", "at this level", "being sent", "breached", "burning or electric",
    "by mouth", "closed with words", "declined by the patient", "discharged home", "epidural (canal)",
    "failed, will be tried again", "foraminal", "full neurology", "given up", "good relief", "in monitoring",
    "in the back itself", "intact", "left against medical advice", "mild or moderate", "new confusion", "no relief",
    "none seen", "not checked", "not discharged", "not reachable", "not sent: no longer right", "not tender",
    "nothing noticed", "off the ward", "one level above", "one level below", "over before contacts were laid out",
    "reached by a call", "responds to pain", "responds to voice", "some relief", "the patient does not want it",
    "transferred to another ward or hospital", "unipedicular, left", "unipedicular, right",
    "waits for a second approval", "worse on breathing in", "worse than baseline",
)  # fmt: skip
