"""Which scan of which part, deterministically (clinical-spec 4.2). A physician may order another, with a reason."""

from dataclasses import replace
from datetime import timedelta

from followup.red_flags import gates
from followup.red_flags.findings import Finding, ImagingPlan, Modality, Severity
from followup.red_flags.history import Context
from followup.red_flags.ruleset import Ruleset
from procedures.vertebrae import is_thoracic, span

# What a rule asks for; the context turns it into a plan.
NEURO, NEURO_SACRAL, LONG_TRACT = "NEURO", "NEURO_SACRAL", "LONG_TRACT"
SPINE, CEMENT, INFECTION = "SPINE", "CEMENT", "INFECTION"
LUNG, CHEST, THORAX, BLEEDING, LEG = "LUNG", "CHEST", "THORAX", "BLEEDING", "LEG"

# The wanted scan of the spine, and the one where MRI is blocked.
_OF_THE_SPINE = {
    NEURO: (Modality.MRI_AND_CT, Modality.CT_WITHOUT_CONTRAST),
    NEURO_SACRAL: (Modality.MRI_AND_CT, Modality.CT_WITHOUT_CONTRAST),
    LONG_TRACT: (Modality.MRI_AND_CT, Modality.CT_WITHOUT_CONTRAST),
    SPINE: (Modality.MRI_STIR, Modality.CT_WITHOUT_CONTRAST),
    CEMENT: (Modality.CT_WITHOUT_CONTRAST, Modality.CT_WITHOUT_CONTRAST),
    INFECTION: (Modality.MRI_WITH_GADOLINIUM, Modality.CT_WITH_CONTRAST),
}
_LOOKING_FOR = {
    NEURO: "Cement or haematoma in the canal or foramen, retropulsion, new fracture?",
    NEURO_SACRAL: "Cement or haematoma in the canal or foramen, retropulsion, cauda equina compressed?",
    LONG_TRACT: "Cement or haematoma in the canal, cord compressed at any level?",
    SPINE: "New or adjacent vertebral fracture, cement leak?",
    CEMENT: "Cement in the canal or foramen?",
    INFECTION: "Discitis, osteomyelitis, epidural or paravertebral abscess?",
    LUNG: "Cement (dense before contrast) or thrombotic pulmonary embolism, pneumothorax?",
    CHEST: "Pneumothorax, effusion, dense cement in the lungs?",
    THORAX: "Pneumothorax or haemothorax after thoracic access?",
    BLEEDING: "Paraspinal, retroperitoneal or thoracic bleeding?",
    LEG: "Deep vein thrombosis?",
}
_INFECTION_LABS = "Blood count, CRP, ESR and two sets of blood cultures."
_WHOLE_SPINE = "whole spine"
# A wider scan answers the questions of a narrower one of the same region, never the other way round.
_WIDTH = (
    Modality.CHEST_XRAY, Modality.LEG_ULTRASOUND, Modality.CT_CHEST, Modality.CT_WITHOUT_CONTRAST,
    Modality.CT_WITH_CONTRAST, Modality.CTPA, Modality.MRI_STIR, Modality.MRI_WITH_GADOLINIUM, Modality.MRI_AND_CT,
    Modality.MRI_GADOLINIUM_AND_CT,
)  # fmt: skip
# Two questions of which neither scan answers the other's.
_BOTH = {
    frozenset({Modality.MRI_STIR, Modality.CT_WITHOUT_CONTRAST}): Modality.MRI_AND_CT,
    frozenset({Modality.MRI_WITH_GADOLINIUM, Modality.CT_WITHOUT_CONTRAST}): Modality.MRI_GADOLINIUM_AND_CT,
    frozenset({Modality.MRI_WITH_GADOLINIUM, Modality.MRI_AND_CT}): Modality.MRI_GADOLINIUM_AND_CT,
}

_WITHOUT_MRI = {
    Modality.MRI_STIR: Modality.CT_WITHOUT_CONTRAST,
    Modality.MRI_AND_CT: Modality.CT_WITHOUT_CONTRAST,
    Modality.MRI_WITH_GADOLINIUM: Modality.CT_WITH_CONTRAST,
    Modality.MRI_GADOLINIUM_AND_CT: Modality.CT_WITH_CONTRAST,
}


def plan_imaging(
    kind: str,
    severity: Severity,
    context: Context,
    ruleset: Ruleset,
    *,
    thoracic_deficit: bool = False,
) -> ImagingPlan:
    """The scan for this kind of finding, with what to think of first, and what to do if MRI or contrast is barred."""
    if kind in _OF_THE_SPINE:
        return _scan_of_spine(kind, severity, context, ruleset, thoracic_deficit=thoracic_deficit)
    without_contrast = context.contrast_reaction == "SEVERE"
    if kind == LUNG:
        return _plan(
            kind, severity, context, Modality.CTPA, body_region="CHEST", region="chest", with_contrast=True,
            alternative=Modality.CT_CHEST if without_contrast else None,
            notes=("Chest X-ray and ECG at once.", *gates.contrast_notes(severity, context, ruleset)),
        )  # fmt: skip
    if kind == BLEEDING:
        thoracic = any(is_thoracic(level) for level in context.treated_levels)
        return _plan(
            kind, severity, context, Modality.CT_WITH_CONTRAST, body_region="TRUNK", with_contrast=True,
            region="paraspinal and retroperitoneal" + (", and chest" if thoracic else ""),
            alternative=Modality.CT_WITHOUT_CONTRAST if without_contrast else None,
            notes=gates.contrast_notes(severity, context, ruleset),
        )  # fmt: skip
    if kind == LEG:
        return _plan(kind, severity, context, Modality.LEG_ULTRASOUND, body_region="LEG", region="the swollen leg")
    then = Modality.CT_CHEST if kind == THORAX else None
    note = "At once; CT of the chest next." if kind == THORAX else "CT pulmonary angiography as the physician decides."
    return _plan(
        kind, severity, context, Modality.CHEST_XRAY, body_region="CHEST", region="chest", alternative=then,
        notes=(note, *gates.pregnancy_notes(severity, context)),
    )  # fmt: skip


def _plan(
    kind: str,
    severity: Severity,
    context: Context,
    modality: Modality,
    *,
    body_region: str,
    region: str,
    alternative: Modality | None = None,
    with_contrast: bool = False,
    notes: tuple[str, ...] = (),
) -> ImagingPlan:
    classes = {Modality.CHEST_XRAY: "XRAY", Modality.LEG_ULTRASOUND: "ULTRASOUND"}
    return ImagingPlan(
        modality=modality,
        alternative=alternative,
        body_region=body_region,
        modality_class=classes.get(modality, "CROSS_SECTIONAL"),
        region=region,
        with_contrast=with_contrast,
        priority="STAT" if severity is Severity.EMERGENT else "URGENT",
        mri_state=context.mri_safety,
        notes=notes,
        looking_for=_LOOKING_FOR[kind],
    )


def _scan_of_spine(
    kind: str, severity: Severity, context: Context, ruleset: Ruleset, *, thoracic_deficit: bool
) -> ImagingPlan:
    wanted, instead = _OF_THE_SPINE[kind]
    blocked = context.mri_safety == "BLOCKED" and wanted is not instead
    modality = instead if blocked else wanted
    notes: list[str] = []
    if blocked:
        notes.append(
            "MRI is contraindicated: CT now"
            + ("; CT myelogram if the spinal team advises." if kind in (NEURO, NEURO_SACRAL, LONG_TRACT) else ".")
        )
    elif wanted is not instead:
        notes += gates.mri_notes(severity, context)
        notes.append(
            "CT first if MRI is not available within 1 hour."
            if modality is Modality.MRI_AND_CT
            else "CT if MRI is not possible in time."
        )
    if kind == SPINE:
        notes.append("A plain film alone does not answer the question.")
    with_contrast = modality in (Modality.MRI_WITH_GADOLINIUM, Modality.CT_WITH_CONTRAST)
    if modality is Modality.MRI_WITH_GADOLINIUM:
        notes += gates.gadolinium_notes(severity, context, ruleset)
    elif with_contrast:
        notes += gates.contrast_notes(severity, context, ruleset)
    else:
        notes += gates.pregnancy_notes(severity, context)
    if kind == INFECTION:
        notes.append(_INFECTION_LABS)
    return _plan(
        kind, severity, context, modality, body_region="SPINE", with_contrast=with_contrast, notes=tuple(notes),
        region=_region(kind, context, thoracic_deficit=thoracic_deficit),
        alternative=None if blocked or wanted is instead else instead,
    )  # fmt: skip


def _region(kind: str, context: Context, *, thoracic_deficit: bool) -> str:
    """Treated levels and two beyond; cancer, or a deficit of a thoracic level, the whole spine."""
    if context.aetiology == "CANCER":
        return f"{_WHOLE_SPINE} (whole-spine MRI and treatment plan within 24 h of suspicion)"
    if kind == LONG_TRACT:
        return _WHOLE_SPINE  # such a sign comes from the cord, which ends above the lumbar spine
    thoracic = thoracic_deficit or any(is_thoracic(level) for level in context.treated_levels)
    if kind in (NEURO, NEURO_SACRAL) and thoracic:
        return f"{_WHOLE_SPINE}, with the lumbosacral spine" if kind == NEURO_SACRAL else _WHOLE_SPINE
    levels = span(context.treated_levels) if context.treated_levels else _WHOLE_SPINE
    return f"{levels} and lumbosacral spine" if kind == NEURO_SACRAL else levels


def _reach(region: str) -> tuple[bool, bool]:
    return _WHOLE_SPINE in region, "lumbosacral" in region


def more_urgent_of(open_plan: ImagingPlan, joining: ImagingPlan) -> ImagingPlan:
    """One plan that answers both questions: the wider scan or both, the wider region, the higher priority, all notes.

    MRI that became contraindicated since the open plan was made is not asked for any more.
    """
    if joining.mri_state == "BLOCKED" and open_plan.modality in _WITHOUT_MRI:
        instead = _WITHOUT_MRI[open_plan.modality]
        open_plan = replace(open_plan, modality=instead, alternative=None, mri_state=joining.mri_state)
    wider = max(open_plan, joining, key=lambda plan: _WIDTH.index(plan.modality))
    modality = _BOTH.get(frozenset({open_plan.modality, joining.modality}), wider.modality)
    region = max(open_plan, joining, key=lambda plan: _reach(plan.region)).region
    if any(_reach(plan.region)[1] for plan in (open_plan, joining)) and "lumbosacral" not in region:
        region += ", with the lumbosacral spine"
    return replace(
        wider,
        modality=modality,
        region=region,
        with_contrast=open_plan.with_contrast or joining.with_contrast,
        priority="STAT" if "STAT" in (open_plan.priority, joining.priority) else "URGENT",
        notes=tuple(dict.fromkeys((*open_plan.notes, *joining.notes))),
    )


_AETIOLOGY_WORDS = {
    "OSTEOPOROTIC": "osteoporotic fracture", "CANCER": "fracture in cancer", "TRAUMATIC": "traumatic fracture",
    "HAEMANGIOMA": "haemangioma",
}  # fmt: skip


def clinical_question(finding: Finding, context: Context, anticoagulants: str) -> str:
    """What the radiologist is asked, without a name: what was treated, when, what was found, what to look for."""
    levels = ", ".join(context.treated_levels) or "levels not recorded"
    aetiology = _AETIOLOGY_WORDS.get(context.aetiology)
    treated = f"{levels} ({aetiology})" if aetiology else levels
    looking_for = finding.imaging.looking_for if finding.imaging else ""
    facts = [
        f"{_since(finding.effective_at - context.time_zero)} after cement augmentation of {treated}: {finding.reason}",
        looking_for,
        _anticoagulant_words(context, anticoagulants),
    ]
    if context.allergies:
        facts.append(f"Allergies: {context.allergies.rstrip('.')}.")
    if context.egfr_ml_per_minute is not None and finding.imaging and finding.imaging.with_contrast:
        facts.append(f"eGFR {context.egfr_ml_per_minute}.")
    if context.pregnancy_possible:
        facts.append("Pregnancy possible.")
    return " ".join(fact for fact in facts if fact)


def _since(elapsed: timedelta) -> str:
    hours = elapsed.total_seconds() / 3600
    if hours < 2:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _anticoagulant_words(context: Context, anticoagulants: str) -> str:
    if anticoagulants:
        return f"Anticoagulants: {anticoagulants}."
    return "No anticoagulants." if context.takes_anticoagulants is False else "Anticoagulants: not asked."
