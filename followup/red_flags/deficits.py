"""New or worsening deficits: criteria N1 to N6 and the quick check (clinical-spec 3.5).

The reference of each item is the baseline; a blank or untestable one counts as healthy, so that a finding is not missed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import Reading
from followup.red_flags.neurology import (
    CATALOGUE,
    FULL_FIELDS,
    MOTOR_FIELDS,
    NT,
    SENSORY_FIELDS,
    TRUNK_FIELDS,
    reference_value,
    steps_worse,
)
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown

_SADDLE_FIELDS = (
    "saddle_sensation", "sensory_S3_R", "sensory_S3_L", "sensory_S4_5_R", "sensory_S4_5_L", "anal_tone",
)  # fmt: skip
_NUMB_FROM_TOP = (*(f"T{n}" for n in range(2, 13)), "L1")


def _baseline(situation: Situation) -> Mapping[str, object]:
    return situation.history.baseline.neurology if situation.history.baseline else {}


def _blank(situation: Situation, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Fields that were not asked; "not testable" is an answer."""
    return tuple(name for name in fields if situation.current.neurology.get(name) in (None, ""))


def _worse(situation: Situation, fields: tuple[str, ...]) -> dict[str, int]:
    """Each field that is worse than its reference, by how many steps."""
    steps = {
        name: steps_worse(name, situation.current.neurology.get(name), reference_value(name, _baseline(situation)))
        for name in fields
    }
    return {name: count for name, count in steps.items() if count is not None and count > 0}


def _evidence(situation: Situation, fields: Mapping[str, int] | tuple[str, ...]) -> dict[str, Any]:
    baseline, current = _baseline(situation), situation.current.neurology
    changes = "; ".join(
        f"{CATALOGUE[name].label} {_answer(name, reference_value(name, baseline))} → {_answer(name, current.get(name))}"
        + ("" if name in baseline and baseline[name] != NT else " (baseline not known)")
        for name in fields
    )
    return {
        "observed": {name: current.get(name) for name in fields},
        "reference": {name: reference_value(name, baseline) for name in fields},
        "what": changes,
    }


def motor(situation: Situation) -> Verdict:
    """N1: any myotome a grade or more below the baseline, same side.

    The one exception is amber with a repeat within 30 min: exactly one item, exactly one grade, limited by pain, grade 4
    or better, and not seen before.
    """
    fell = _worse(situation, MOTOR_FIELDS)
    if not fell:
        return settle(None, _blank(situation, MOTOR_FIELDS))
    evidence = _evidence(situation, fell)
    if _may_be_pain(situation, fell):
        recheck = Recheck("FULL", situation.ruleset.neurology_recheck_minutes)
        return met(**evidence, severity=Severity.AMBER, recheck=recheck)
    return met(**evidence)


def _may_be_pain(situation: Situation, fell: Mapping[str, int]) -> bool:
    if len(fell) != 1:
        return False
    ((name, steps),) = fell.items()
    exam = situation.current.neurology
    limited = exam.get("pain_limited")
    limited_here = isinstance(limited, list | tuple) and name in limited
    seen_before = any(
        (steps_worse(name, one.neurology.get(name), reference_value(name, _baseline(situation))) or 0) > 0
        for one in situation.earlier
    )
    return steps == 1 and limited_here and exam[name] in ("4", "5") and not seen_before


def motor_below_best(situation: Situation) -> Verdict:
    """N1b: weaker than it had been since the procedure, though not below the baseline."""
    dropped: dict[str, tuple[str, str]] = {}
    for name in MOTOR_FIELDS:
        current = situation.current.neurology.get(name)
        best = _best_post(situation.earlier, name)
        from_best = steps_worse(name, current, best)
        from_baseline = steps_worse(name, current, reference_value(name, _baseline(situation)))
        if from_best and from_best >= situation.ruleset.motor_drop and from_baseline is not None and from_baseline <= 0:
            dropped[name] = (str(best), str(current))
    if not dropped:
        return not_met()  # N1 says what is missing
    most = max(int(best) - int(current) for best, current in dropped.values())
    emergent = most >= situation.ruleset.motor_drop_from_best_emergent
    return met(
        observed={name: current for name, (_best, current) in dropped.items()},
        reference={name: best for name, (best, _current) in dropped.items()},
        what="; ".join(f"{CATALOGUE[name].label} {best} → {current}" for name, (best, current) in dropped.items()),
        severity=Severity.EMERGENT if emergent else None,
        recheck=Recheck("FULL", situation.ruleset.neurology_recheck_minutes),
    )


def _best_post(earlier: tuple[Reading, ...], name: str) -> object:
    """The best grade of an alert patient since the procedure (not knowing counts as alert)."""
    order = CATALOGUE[name].best_to_worst
    grades = [
        one.neurology.get(name)
        for one in earlier
        if one.vitals.consciousness in (None, "A") and one.neurology.get(name) in order
    ]
    return min(grades, key=lambda grade: order.index(str(grade)), default=None)


def sensory(situation: Situation) -> Verdict:
    """N2: any dermatome worse than the baseline, or a sensory level on the trunk that is new or higher."""
    fell = _worse(situation, SENSORY_FIELDS)
    if fell:
        return met(**_evidence(situation, fell))
    for name in TRUNK_FIELDS:
        now, before = situation.current.neurology.get(name), _baseline(situation).get(name)
        if now in _NUMB_FROM_TOP and (
            before not in _NUMB_FROM_TOP or _NUMB_FROM_TOP.index(str(now)) < _NUMB_FROM_TOP.index(str(before))
        ):
            return met(
                observed={name: now},
                reference={name: before},
                what=f"{CATALOGUE[name].label} {before or 'not known'} → {now}",
            )
    return settle(None, _blank(situation, SENSORY_FIELDS))


def saddle(situation: Situation) -> Verdict:
    """N3: saddle or S3 to S5 sensation worse, or anal tone newly reduced. The digital exam may stay undone."""
    fell = _worse(situation, _SADDLE_FIELDS)
    if fell:
        return met(**_evidence(situation, fell))
    return settle(None, _blank(situation, ("saddle_sensation",)))


def bladder(situation: Situation) -> Verdict:
    """N4: new incontinence, new loss of feeling, unable to void, or a residual of 200 mL that was not there before.

    Unable to void counts as met while no scan has shown less than 200 mL (fail-safe).
    """
    exam, baseline, limit = situation.current.neurology, _baseline(situation), situation.ruleset.residual_millilitres
    residual, before = _millilitres(exam), _millilitres(baseline)
    seen: dict[str, object] = {}
    if exam.get("urinary_incontinence") == "NEW_OR_WORSE":
        seen["urinary_incontinence"] = "NEW_OR_WORSE"
    if exam.get("voiding") == "NO_SENSATION" and baseline.get("voiding") != "NO_SENSATION":
        seen["voiding"] = "NO_SENSATION"
    if exam.get("voiding") == "UNABLE" and (residual is None or residual >= limit):
        seen["voiding"] = "UNABLE"
    if residual is not None and residual >= limit and (before is None or before < limit):
        seen["post_void_residual_ml"] = residual
    if seen:
        if residual is not None:
            seen["post_void_residual_ml"] = residual
        names = [*seen]
        what = "; ".join(f"{CATALOGUE[name].label}: {_answer(name, value)}" for name, value in seen.items())
        if residual is not None and residual > situation.ruleset.catheterise_millilitres:
            what += f"; over {situation.ruleset.catheterise_millilitres} mL: catheterise"
        return met(observed=seen, reference={name: baseline.get(name) for name in names}, what=what)
    return settle(None, _blank(situation, ("voiding", "urinary_incontinence")))


def _answer(name: str, value: object) -> str:
    """An answer as people say it; a power grade is said as its number."""
    return str(value) if name in MOTOR_FIELDS else dict(CATALOGUE[name].choices).get(str(value), str(value))


def _millilitres(exam: Mapping[str, object]) -> int | None:
    value = exam.get("post_void_residual_ml")
    return value if isinstance(value, int) else None


def no_void(situation: Situation) -> Verdict:
    """N4a: no urine for six hours since T0 or the last void, and no catheter: scan the bladder now."""
    exam = situation.current.neurology
    if exam.get("voiding") == "CATHETERISED" or exam.get("voided") or _millilitres(exam) is not None:
        return not_met()
    last = _last_void(situation)
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


def _last_void(situation: Situation) -> datetime:
    """The latest moment at which urine was passed, as far as anyone noted; T0 if nobody did."""
    known = [situation.history.context.time_zero]
    for one in (*situation.earlier, situation.current):
        noted = one.neurology.get("last_void_at")
        if noted:
            known.append(datetime.fromisoformat(str(noted)))
        if one.neurology.get("voided"):
            known.append(one.effective_at)
    return max(moment for moment in known if moment <= situation.current.effective_at + timedelta(minutes=5))


def bowel(situation: Situation) -> Verdict:
    """N5: new faecal incontinence or loss of the feeling of a full rectum. Constipation alone is nothing (opioids)."""
    now, before = situation.current.neurology.get("bowel"), _baseline(situation).get("bowel")
    if now in ("NEW_INCONTINENCE", "LOSS_OF_RECTAL_FULLNESS") and now != before:
        return met(observed={"bowel": now}, reference={"bowel": before}, what=_answer("bowel", now))
    return settle(None, _blank(situation, ("bowel",)))


def gait(situation: Situation) -> Verdict:
    """N6: two steps worse, or can no longer walk who could with one person's help; one step is amber."""
    now = situation.current.neurology.get("gait")
    before = reference_value("gait", _baseline(situation))
    steps = steps_worse("gait", now, before)
    if steps is None:
        return settle(None, _blank(situation, ("gait",)))
    if steps <= 0:
        return not_met()
    emergent = steps >= situation.ruleset.gait_steps_emergent or (now == "5" and int(str(before)) <= 3)
    return met(**_evidence(situation, ("gait",)), severity=None if emergent else Severity.AMBER)


def quick_check(situation: Situation) -> Verdict:
    """NQ: an abnormal item of the quick check wants the full exam within 15 minutes (5.1)."""
    exam = situation.current.neurology
    seen: dict[str, object] = dict.fromkeys(
        _worse(situation, ("motor_L4_R", "motor_L4_L", "motor_S1_R", "motor_S1_L")), "weak"
    )
    seen |= {name: True for name in ("numbness", "leg_pain") if exam.get(name)}
    full_exam_done = all(
        exam.get(name) not in (None, "") for name in FULL_FIELDS if name.startswith(("motor", "sensory"))
    )
    if not seen or full_exam_done:
        return not_met()
    return met(
        observed=seen,
        what=", ".join(CATALOGUE[name].label for name in seen),
        recheck=Recheck("FULL", situation.ruleset.quick_abnormal_full_exam_minutes),
    )
