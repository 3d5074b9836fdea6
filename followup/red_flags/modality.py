"""Which scan of which part, deterministically (clinical-spec 4.2). A physician may order another, with a reason."""

from dataclasses import replace

from followup.red_flags.findings import Finding, ImagingPlan, Modality, Severity
from followup.red_flags.history import Context
from procedures.vertebrae import is_thoracic, span

# What a rule asks for; the context turns it into a plan.
NEURO, NEURO_SACRAL, SPINE, LUNG, CHEST = "NEURO", "NEURO_SACRAL", "SPINE", "LUNG", "CHEST"

_WHOLE_SPINE = "whole spine"
# A wider scan answers the questions of a narrower one of the same region, never the other way round.
_WIDTH = (
    Modality.CHEST_XRAY, Modality.LEG_ULTRASOUND, Modality.CT_WITHOUT_CONTRAST, Modality.CT_WITH_CONTRAST,
    Modality.CTPA, Modality.MRI_STIR, Modality.MRI_WITH_GADOLINIUM, Modality.MRI_AND_CT,
)  # fmt: skip


def plan_imaging(kind: str, severity: Severity, context: Context) -> ImagingPlan:
    """The scan for this kind of finding, with what to do if MRI is blocked or not yet cleared."""
    priority = "STAT" if severity is Severity.EMERGENT else "URGENT"
    if kind == LUNG:
        return ImagingPlan(
            Modality.CTPA, None, "CHEST", "CROSS_SECTIONAL", "chest", True, priority, context.mri_safety,
            ("Chest X-ray and ECG at once.",)
            + (("Never wait for the eGFR.",) if severity is Severity.EMERGENT else ()),
        )  # fmt: skip
    if kind == CHEST:
        return ImagingPlan(
            Modality.CHEST_XRAY, None, "CHEST", "XRAY", "chest", False, priority, context.mri_safety,
            ("CT pulmonary angiography as the physician decides.",),
        )  # fmt: skip
    wanted = Modality.MRI_STIR if kind == SPINE else Modality.MRI_AND_CT
    plan = ImagingPlan(
        modality=wanted,
        alternative=Modality.CT_WITHOUT_CONTRAST,
        body_region="SPINE",
        modality_class="CROSS_SECTIONAL",
        region=_region(kind, context),
        with_contrast=False,
        priority=priority,
        mri_state=context.mri_safety,
    )
    return _with_mri_state(plan, severity, context)


def _with_mri_state(plan: ImagingPlan, severity: Severity, context: Context) -> ImagingPlan:
    if context.mri_safety == "BLOCKED":
        note = "MRI is contraindicated: CT now."
        return replace(plan, modality=Modality.CT_WITHOUT_CONTRAST, alternative=None, notes=(note,))
    notes = []
    if context.mri_safety == "UNKNOWN":
        notes.append(
            "MRI safety screening outstanding." + (" CT in parallel." if severity is Severity.EMERGENT else "")
        )
    elif context.mri_safety == "CONDITIONAL":
        notes.append("Conditional for MRI: check the device or condition first.")
    if plan.modality is Modality.MRI_AND_CT:
        notes.append("CT first if MRI is not available within 1 hour.")
    else:
        notes.append("CT if MRI is not possible in time.")
    return replace(plan, notes=tuple(notes))


def _region(kind: str, context: Context) -> str:
    """Treated levels and two beyond; cancer, or a deficit after thoracic treatment, the whole spine."""
    if context.aetiology == "CANCER":
        return f"{_WHOLE_SPINE} (whole-spine MRI and treatment plan within 24 h of suspicion)"
    if kind in (NEURO, NEURO_SACRAL) and any(is_thoracic(level) for level in context.treated_levels):
        return f"{_WHOLE_SPINE}, with the lumbosacral spine" if kind == NEURO_SACRAL else _WHOLE_SPINE
    levels = span(context.treated_levels) if context.treated_levels else _WHOLE_SPINE
    return f"{levels} and lumbosacral spine" if kind == NEURO_SACRAL else levels


def _reach(region: str) -> tuple[bool, bool]:
    return _WHOLE_SPINE in region, "lumbosacral" in region


def more_urgent_of(open_plan: ImagingPlan, joining: ImagingPlan) -> ImagingPlan:
    """One plan that answers both questions: the wider scan, the wider region, the higher priority, all notes."""
    wider = max(open_plan, joining, key=lambda plan: _WIDTH.index(plan.modality))
    region = max(open_plan, joining, key=lambda plan: _reach(plan.region)).region
    if _reach(joining.region)[1] and "lumbosacral" not in region:
        region += ", with the lumbosacral spine"
    return replace(
        wider,
        region=region,
        with_contrast=open_plan.with_contrast or joining.with_contrast,
        priority="STAT" if "STAT" in (open_plan.priority, joining.priority) else "URGENT",
        notes=tuple(dict.fromkeys((*open_plan.notes, *joining.notes))),
    )


def clinical_question(finding: Finding, context: Context, anticoagulants: str) -> str:
    """What the radiologist is asked, without a name: what was treated, when, what was found, what to look for."""
    levels = ", ".join(context.treated_levels) or "levels not recorded"
    hours = (finding.effective_at - context.time_zero).total_seconds() / 3600
    when = f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
    looking_for = {
        "NEURO": "Cement or haematoma in the canal or foramen, retropulsion, new fracture?",
        "CARDIORESPIRATORY": "Cement or thrombotic pulmonary embolism, pneumothorax?",
    }.get(finding.category, "New or adjacent vertebral fracture, cement leak?")
    blood_thinners = f" Anticoagulants: {anticoagulants}." if anticoagulants else ""
    return f"{when} after cement augmentation of {levels}: {finding.reason} {looking_for}{blood_thinners}"
