"""What must be thought of before a scan: contrast, gadolinium, metformin, pregnancy, MRI safety (clinical-spec 4.2)."""

from followup.red_flags.findings import Severity
from followup.red_flags.history import Context
from followup.red_flags.ruleset import Ruleset


def contrast_notes(severity: Severity, context: Context, ruleset: Ruleset) -> tuple[str, ...]:
    """Before iodinated contrast (ACR and NKF, 2020): the kidney delays nothing that is emergent and bars nothing."""
    notes = [_kidney_note(severity, context, ruleset)]
    low = context.egfr_ml_per_minute is not None and context.egfr_ml_per_minute < ruleset.egfr_contrast_low
    if context.takes_metformin and (low or context.acute_kidney_injury):
        notes.append("Metformin: hold for 48 hours after the contrast.")
    if context.contrast_reaction == "MILD_MODERATE":
        notes.append("Earlier mild or moderate contrast reaction: steroid premedication by protocol, or another agent.")
    elif context.contrast_reaction == "SEVERE":
        notes.append("Earlier SEVERE contrast reaction: call the radiologist; a scan without contrast instead.")
    elif context.contrast_reaction is None:
        notes.append("Earlier reactions to contrast: not asked.")
    return (*notes, *pregnancy_notes(severity, context))


def _kidney_note(severity: Severity, context: Context, ruleset: Ruleset) -> str:
    egfr = context.egfr_ml_per_minute
    on = f" ({context.egfr_measured_on:%Y-%m-%d})" if context.egfr_measured_on else ""
    known = "eGFR not known" if egfr is None else f"eGFR {egfr}{on}"
    if severity is Severity.EMERGENT:
        return f"Never wait for the eGFR: {known}."
    if context.on_dialysis:
        return f"{known}; on dialysis: no prophylaxis."
    if context.acute_kidney_injury or (egfr is not None and egfr < ruleset.egfr_contrast_low):
        why = "acute kidney injury" if context.acute_kidney_injury else "low"
        return f"{known} ({why}): intravenous saline before contrast; not an absolute bar."
    if egfr is None:
        return f"{known}: measure it, without passing the time target."
    if egfr < ruleset.egfr_contrast_caution:
        return f"{known}: contrast is possible, hydrate at discretion."
    return f"{known}: contrast is possible."


def gadolinium_notes(severity: Severity, context: Context, ruleset: Ruleset) -> tuple[str, ...]:
    """A group II agent is allowed at any eGFR."""
    notes = ["Gadolinium: a group II agent is allowed at any eGFR."]
    egfr = context.egfr_ml_per_minute
    if egfr is not None and egfr < ruleset.egfr_contrast_low:
        notes.append(f"eGFR {egfr} is below {ruleset.egfr_contrast_low}: tell the radiologist.")
    if context.gadolinium_anaphylaxis:
        notes.append("Earlier anaphylaxis after gadolinium: call the radiologist.")
    return (*notes, *pregnancy_notes(severity, context))


def pregnancy_notes(severity: Severity, context: Context) -> tuple[str, ...]:
    if not context.pregnancy_possible:
        return ()
    return ("Pregnancy possible: say so when ordering." + (" Do not wait." if severity is Severity.EMERGENT else ""),)


def mri_notes(severity: Severity, context: Context) -> tuple[str, ...]:
    """For a scan that wants MRI. A blocked one is replaced by CT before this is asked. Cement is no contraindication."""
    if context.mri_safety == "CONDITIONAL":
        return ("Conditional for MRI: check the device or condition first.",)
    if context.mri_safety == "UNKNOWN":
        in_parallel = " CT in parallel." if severity is Severity.EMERGENT else ""
        return (f"MRI safety screening outstanding.{in_parallel}",)
    return ()
