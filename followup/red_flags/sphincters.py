"""Saddle, bladder and bowel: criteria N3, N4, N4a and N5 (clinical-spec 3.5), the signs of a cauda equina in danger."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from followup.red_flags.deficits import could_be_worse, found_worse, repeat_exam
from followup.red_flags.findings import Recheck
from followup.red_flags.neurology import CATALOGUE, say
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown

_SADDLE_FIELDS = (
    "saddle_sensation", "sensory_S3_R", "sensory_S3_L", "sensory_S4_5_R", "sensory_S4_5_L", "anal_tone",
)  # fmt: skip


def saddle(situation: Situation) -> Verdict:
    """N3: saddle or S3 to S5 sensation worse, or anal tone newly reduced. The digital exam may be left undone."""
    return settle(found_worse(situation, _SADDLE_FIELDS), could_be_worse(situation, _SADDLE_FIELDS))


def bladder(situation: Situation) -> Verdict:
    """N4: new incontinence, new loss of feeling, unable to void, new trouble in the patient's own words, or a residual of
    200 mL that was not there before.

    Unable to void counts as met while no scan has shown less than 200 mL (fail-safe).
    """
    exam, baseline, limit = situation.exam, situation.exam_before, situation.ruleset.residual_millilitres
    residual, before = _millilitres(exam), _millilitres(baseline)
    seen: dict[str, object] = {}
    if exam.get("urinary_incontinence") == "NEW_OR_WORSE":
        seen["urinary_incontinence"] = "NEW_OR_WORSE"
    if exam.get("voiding") == "NO_SENSATION" and baseline.get("voiding") != "NO_SENSATION":
        seen["voiding"] = "NO_SENSATION"
    if exam.get("voiding") == "NEW_TROUBLE":
        seen["voiding"] = "NEW_TROUBLE"
    if exam.get("voiding") == "UNABLE" and (residual is None or residual >= limit):
        seen["voiding"] = "UNABLE"
    residual_is_new = before is None or before < limit
    too_much_left = residual is not None and residual >= limit and residual_is_new
    if not seen and not too_much_left:
        new_residual = situation.blank(("post_void_residual_ml",)) if residual_is_new else ()
        return settle(None, (*situation.blank(("voiding", "urinary_incontinence")), *new_residual))
    if residual is not None:
        seen["post_void_residual_ml"] = residual
    what = "; ".join(f"{CATALOGUE[name].label}: {say(name, value)}" for name, value in seen.items())
    if residual is not None and residual > situation.ruleset.catheterise_millilitres:
        what += f"; over {situation.ruleset.catheterise_millilitres} mL: catheterise"
    return met(
        observed=seen,
        reference={name: baseline.get(name) for name in seen},
        what=what,
        recheck=repeat_exam(situation),
    )


def _millilitres(exam: Mapping[str, object]) -> int | None:
    value = exam.get("post_void_residual_ml")
    return value if isinstance(value, int) else None


def no_void(situation: Situation) -> Verdict:
    """N4a: no urine for six hours since T0 or the last void, and no catheter: scan the bladder now."""
    exam = situation.exam
    if exam.get("voiding") == "CATHETERISED" or _millilitres(exam) is not None:
        return not_met()
    last = last_void_at(situation)
    hours = (situation.current.effective_at - last).total_seconds() / 3600
    if hours < situation.ruleset.no_void_hours:
        return not_met()
    if exam.get("voided") is None and exam.get("voiding") is None and exam.get("last_void_at") is None:
        return unknown("voided")
    return met(
        observed={"hours_without_urine": round(hours, 1)},
        reference={"last_void_at": last.isoformat()},
        hours=f"{hours:.1f}",
        recheck=Recheck("BLADDER_SCAN", 0),
    )


def last_void_at(situation: Situation) -> datetime:
    """The latest moment at which urine was passed, as far as anyone noted; T0 if nobody did."""
    known = [situation.history.context.time_zero]
    for one in (*situation.earlier, situation.current):
        noted = one.neurology.get("last_void_at")
        if noted:
            known.append(datetime.fromisoformat(str(noted)))
        if one.neurology.get("voided"):
            known.append(one.effective_at)
    # A tablet's clock may run ahead a little; what was noted of the future is no void yet.
    latest = situation.current.effective_at + timedelta(minutes=5)
    return max((moment for moment in known if moment <= latest), default=situation.history.context.time_zero)


def bowel(situation: Situation) -> Verdict:
    """N5: new faecal incontinence or loss of the feeling of a full rectum. Constipation alone is nothing (opioids)."""
    now, before = situation.exam.get("bowel"), situation.exam_before.get("bowel")
    if now in ("NEW_INCONTINENCE", "LOSS_OF_RECTAL_FULLNESS") and now != before:
        return met(
            observed={"bowel": now},
            reference={"bowel": before},
            what=say("bowel", now),
            recheck=repeat_exam(situation),
        )
    return settle(None, situation.blank(("bowel",)))
