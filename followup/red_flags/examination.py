"""Whether the neurological examination itself can be trusted: criteria NQ, N10 and N11 (clinical-spec 3.5, 5.1)."""

from followup.red_flags.findings import Recheck
from followup.red_flags.history import Reading
from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS, NT, SENSORY_FIELDS
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown

_QUICK_MOTOR = ("motor_L4_R", "motor_L4_L", "motor_S1_R", "motor_S1_L")
_LIMBS = (*MOTOR_FIELDS, *SENSORY_FIELDS)


def quick_check(situation: Situation) -> Verdict:
    """NQ: an abnormal item of the quick check wants the full exam within 15 minutes (5.1)."""
    exam = situation.exam
    if all(name in exam for name in _LIMBS):
        return not_met()
    seen: dict[str, object] = {name: exam[name] for name in _QUICK_MOTOR if name in situation.worse}
    seen |= {name: True for name in ("numbness", "leg_pain") if exam.get(name)}
    if not seen:
        return settle(None, situation.blank((*_QUICK_MOTOR, "numbness", "leg_pain")))
    return met(
        observed=seen,
        what=", ".join(CATALOGUE[name].label for name in seen),
        minutes=situation.ruleset.quick_abnormal_full_exam_minutes,
        recheck=Recheck("FULL", situation.ruleset.quick_abnormal_full_exam_minutes),
    )


def missing_exam(situation: Situation) -> Verdict:
    """N10: a neurological check that nobody did before the next one fell due, or two sets running that could not be tested."""
    before = next((one for one in reversed(situation.earlier) if _answers(one)), None)
    if before is None or not _untestable(before):
        return not_met()
    answers = _answers(situation.current)
    if any(answer != NT for answer in answers):
        return not_met()
    if not answers:
        return unknown(*situation.blank(_LIMBS))
    return met(
        observed={name: NT for name in _LIMBS if situation.exam.get(name) == NT},
        reference={"measured_at": before.effective_at.isoformat()},
        what="power and feeling could not be tested twice running",
    )


def _answers(reading: Reading) -> list[object]:
    return [answer for name in _LIMBS if (answer := reading.neurology.get(name)) not in (None, "")]


def _untestable(reading: Reading) -> bool:
    return all(answer == NT for answer in _answers(reading))


def confusion(situation: Situation) -> Verdict:
    """N11: newly confused, so that the neurological exam cannot be relied on: repeat it when the patient is alert."""
    now = situation.current.vitals.consciousness
    known = (one.vitals.consciousness for one in reversed(situation.earlier))
    baseline = situation.history.baseline
    before = next((state for state in known if state), baseline.vitals.consciousness if baseline else None)
    if before == "C":
        return not_met()
    if now is None:
        return unknown("consciousness")
    if now != "C":
        return not_met()
    return met(
        observed={"consciousness": now},
        reference={"consciousness": before},
        recheck=Recheck("FULL", situation.ruleset.neurology_recheck_minutes),
    )
