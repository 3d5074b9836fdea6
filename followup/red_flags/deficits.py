"""New or worsening deficits of legs, feeling and reflexes: criteria N1, N1b, N2, N6 to N9, and LK1 (clinical-spec 3.5, 4.1).

The reference of each item is the baseline; a blank or untestable one counts as healthy, so that a finding is not missed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from followup.red_flags.findings import Recheck, Severity
from followup.red_flags.history import Reading
from followup.red_flags.neurology import (
    CATALOGUE,
    MOTOR_FIELDS,
    NT,
    SAID_WORSE,
    SENSORY_FIELDS,
    TRUNK_FIELDS,
    reference_value,
    say,
    steps_worse,
)
from followup.red_flags.situation import Situation, Verdict, met, settle
from procedures.vertebrae import is_thoracic

_NUMB_FROM_TOP = (*(f"T{n}" for n in range(2, 13)), "L1")
_LEG_OR_GIRDLE = frozenset({"LEG_RIGHT", "LEG_LEFT", "GIRDLE"})
_AT_HOME = ("PATIENT", "PHONE")


def evidence(situation: Situation, names: Iterable[str]) -> dict[str, Any]:
    """What was seen of these items, against which reference, and the change in words."""
    names = tuple(names)
    before, exam = situation.exam_before, situation.exam
    changes = "; ".join(
        f"{CATALOGUE[name].label} {say(name, reference_value(name, before))} → {say(name, exam.get(name))}"
        + ("" if before.get(name) not in (None, "", NT) else " (baseline not known)")
        for name in names
    )
    if exam.get("residual_anaesthetic"):
        minutes = situation.ruleset.residual_anaesthetic_recheck_minutes
        changes += f"; an anaesthetic may still act, which rules nothing out: repeat the exam every {minutes} min"
    return {
        "observed": {name: exam.get(name) for name in names},
        "reference": {name: reference_value(name, before) for name in names},
        "what": changes,
    }


def repeat_exam(situation: Situation, otherwise: Recheck | None = None) -> Recheck | None:
    """While an anaesthetic may still act, the exam is repeated every 15 min; the flag stands all the same (3.5)."""
    if situation.exam.get("residual_anaesthetic"):
        return Recheck("FULL", situation.ruleset.residual_anaesthetic_recheck_minutes)
    return otherwise


def found_worse(situation: Situation, names: Iterable[str]) -> Verdict | None:
    """Met if any of these items is worse than its reference."""
    fell = [name for name in names if name in situation.worse]
    return met(**evidence(situation, fell), recheck=repeat_exam(situation)) if fell else None


def could_be_worse(situation: Situation, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the items that were not asked and whose answer could be worse than its reference."""
    reference = situation.reference_exam
    return tuple([name for name in situation.blank(names) if reference[name] != CATALOGUE[name].best_to_worst[-1]])


def said_worse(situation: Situation, name: str, items: Iterable[str]) -> Verdict | None:
    """Met if the patient says so, or is not sure (section 9). Only an exam with a grade for every item goes before it."""
    answer = situation.exam.get(name)
    if answer not in SAID_WORSE or _all_graded(situation, items):
        return None
    words = "the patient says so" if answer == "YES" else "the patient is not sure, which counts as yes"
    return met(observed={name: answer}, what=f"{words}; not every item was examined")


def _all_graded(situation: Situation, items: Iterable[str]) -> bool:
    return all(situation.exam.get(item) in CATALOGUE[item].best_to_worst for item in items)


def _with_words(situation: Situation, missing: tuple[str, ...], name: str, items: Iterable[str]) -> tuple[str, ...]:
    """What is missing, with the patient's own word where it was not asked: at home, or where it alone leaves the rule open."""
    if _all_graded(situation, items) or (missing and situation.current.source not in _AT_HOME):
        return missing
    return (*missing, *situation.blank((name,)))


def motor(situation: Situation) -> Verdict:
    """N1: any myotome a grade or more below the baseline, same side; or the patient says that the legs are weaker, while not
    every myotome was tested.

    The one exception is amber with a repeat within 30 min: exactly one item, exactly one grade, limited by pain, grade 4
    or better, and not seen before.
    """
    drop = situation.ruleset.motor_drop
    fell = {name: steps for name, steps in situation.worse.items() if name in MOTOR_FIELDS and steps >= drop}
    said = said_worse(situation, "said_legs_weaker", MOTOR_FIELDS)
    if not fell:
        missing = could_be_worse(situation, MOTOR_FIELDS)
        return settle(said, _with_words(situation, missing, "said_legs_weaker", MOTOR_FIELDS))
    seen = evidence(situation, fell)
    if _may_be_pain(situation, fell) and not said:
        recheck = Recheck("FULL", situation.ruleset.neurology_recheck_minutes)
        return met(**seen, severity=Severity.AMBER, recheck=repeat_exam(situation, recheck))
    return met(**seen, recheck=repeat_exam(situation))


def _may_be_pain(situation: Situation, fell: Mapping[str, int]) -> bool:
    if len(fell) != 1:
        return False
    ((name, steps),) = fell.items()
    limited = situation.exam.get("pain_limited")
    limited_here = isinstance(limited, list | tuple) and name in limited
    reference = situation.reference_exam[name]
    seen_before = any((steps_worse(name, one.neurology.get(name), reference) or 0) > 0 for one in situation.earlier)
    return steps == 1 and limited_here and situation.exam[name] == "4" and not seen_before


def motor_below_best(situation: Situation) -> Verdict:
    """N1b: weaker than it had been since the procedure, though not below the baseline."""
    dropped: dict[str, tuple[str, str]] = {}
    missing: list[str] = []
    for name, best in situation.best_power.items():
        current, reference = situation.exam.get(name), situation.reference_exam[name]
        from_best = steps_worse(name, current, best)
        if from_best is None:
            if current in (None, "") and (steps_worse(name, reference, best) or 0) >= situation.ruleset.motor_drop:
                missing.append(name)
        elif from_best >= situation.ruleset.motor_drop:
            if (steps_worse(name, current, reference) or 0) <= 0:
                dropped[name] = (best, str(current))
            elif situation.exam_before.get(name) in (None, ""):
                missing.append(f"baseline_{name}")
    if not dropped:
        return settle(None, tuple(missing))
    most = max(int(best) - int(current) for best, current in dropped.values())
    emergent = most >= situation.ruleset.motor_drop_from_best_emergent
    recheck = Recheck("FULL", situation.ruleset.neurology_recheck_minutes)
    return met(
        observed={name: current for name, (_best, current) in dropped.items()},
        reference={name: best for name, (best, _current) in dropped.items()},
        what="; ".join(f"{CATALOGUE[name].label} {best} → {current}" for name, (best, current) in dropped.items()),
        severity=Severity.EMERGENT if emergent else None,
        recheck=repeat_exam(situation, recheck),
    )


def best_of(before: Mapping[str, str], readings: Iterable[Reading]) -> dict[str, str]:
    """The best grades so far, with those of further readings (not knowing the consciousness counts as alert)."""
    best = dict(before)
    for one in readings:
        if one.is_exam_reliable:
            for name in MOTOR_FIELDS:
                grade = one.neurology.get(name)
                # The grades are the digits 0 to 5; "not testable" is none.
                if grade in CATALOGUE[name].best_to_worst and str(grade) > best.get(name, ""):
                    best[name] = str(grade)
    return best


def sensory(situation: Situation) -> Verdict:
    """N2: any dermatome worse than the baseline, or a sensory level on the trunk that is new or higher; or the patient says
    that legs or feet are newly numb, while not every dermatome was tested.
    """
    fell = [name for name in SENSORY_FIELDS if name in situation.worse]
    trunk = _trunk_levels_higher(situation)
    if fell or trunk:
        seen = evidence(situation, fell)
        before = situation.exam_before
        words = [seen["what"]] * bool(fell)
        words += [f"{CATALOGUE[name].label} {before.get(name) or 'not known'} → {now}" for name, now in trunk.items()]
        return met(
            observed=seen["observed"] | trunk,
            reference=seen["reference"] | {name: before.get(name) for name in trunk},
            what="; ".join(words),
            recheck=repeat_exam(situation),
        )
    # The trunk is part of the exam only after thoracic treatment (3.2); noted anyway, it counts.
    thoracic = any(is_thoracic(level) for level in situation.history.context.treated_levels)
    not_asked = situation.blank(TRUNK_FIELDS) if thoracic else ()
    missing = (*could_be_worse(situation, SENSORY_FIELDS), *not_asked)
    return settle(
        said_worse(situation, "said_legs_numb", SENSORY_FIELDS),
        _with_words(situation, missing, "said_legs_numb", SENSORY_FIELDS),
    )


def _trunk_levels_higher(situation: Situation) -> dict[str, str]:
    """Each side on which the level of the trunk is new or higher. It is named beside weak dermatomes too, since it is what
    asks for a scan of the whole spine.
    """
    higher = {}
    for name in TRUNK_FIELDS:
        now, before = situation.exam.get(name), situation.exam_before.get(name)
        if now in _NUMB_FROM_TOP and (
            before not in _NUMB_FROM_TOP or _NUMB_FROM_TOP.index(str(now)) < _NUMB_FROM_TOP.index(str(before))
        ):
            higher[name] = str(now)
    return higher


def gait(situation: Situation) -> Verdict:
    """N6: two steps worse, or can no longer walk who could with one person's help; one step is amber."""
    steps = situation.worse.get("gait")
    if not steps:
        return settle(None, could_be_worse(situation, ("gait",)))
    before = situation.reference_exam["gait"]
    cannot_walk_any_more = situation.exam.get("gait") == "5" and int(str(before)) <= 3
    emergent = steps >= situation.ruleset.gait_steps_emergent or cannot_walk_any_more
    return met(
        **evidence(situation, ("gait",)),
        severity=None if emergent else Severity.AMBER,
        recheck=repeat_exam(situation),
    )


def long_tracts(situation: Situation) -> Verdict:
    """N7: an upgoing plantar reflex, clonus or spasticity that was not there before the procedure."""
    reflexes = ("babinski_R", "babinski_L", "clonus_R", "clonus_L")
    seen = [name for name in reflexes if name in situation.worse]
    spastic_before = situation.exam_before.get("tone") == "SPASTIC"
    if situation.exam.get("tone") == "SPASTIC" and not spastic_before:
        seen.append("tone")
    if seen:
        return met(**evidence(situation, seen), recheck=repeat_exam(situation))
    tone = () if spastic_before else situation.blank(("tone",))
    return settle(None, (*could_be_worse(situation, reflexes), *tone))


def impairment_scale(situation: Situation) -> Verdict:
    """N8: the letter of the ASIA impairment scale, as a clinician entered it, is worse than before."""
    name = ("asia_impairment_scale",)
    return settle(found_worse(situation, name), could_be_worse(situation, name))


def bilateral_leg_pain(situation: Situation) -> Verdict:
    """N9: pain along a nerve in both legs that was not in both before."""
    name = ("radicular_leg_pain",)
    in_both = situation.exam.get("radicular_leg_pain") == "BILATERAL"
    return settle(found_worse(situation, name) if in_both else None, could_be_worse(situation, name))


def leak_pain(situation: Situation) -> Verdict:
    """LK1: new pain along a nerve of leg or trunk, at any score, while nothing is weak or numb that was not before.

    A deficit beside it is N1 to N9; both then share one scan.
    """
    pain = situation.current.pain
    if pain.new_site and pain.sites & _LEG_OR_GIRDLE:
        return met(
            observed={"new_site": True, "sites": sorted(pain.sites)},
            what="in a leg or round the trunk, where it was not",
        )
    if "radicular_leg_pain" in situation.worse:
        return met(**evidence(situation, ("radicular_leg_pain",)))
    missing = could_be_worse(situation, ("radicular_leg_pain",))
    if pain.new_site is not False and (not pain.sites or pain.sites & _LEG_OR_GIRDLE):
        missing += ("new_pain_site",) if pain.new_site is None else ()
        missing += () if pain.sites else ("pain_sites",)
    return settle(None, missing)
