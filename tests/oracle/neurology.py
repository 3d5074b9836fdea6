"""Neurology (clinical specification, section 3): rules N1 to N11, NQ."""

from tests.oracle.timeline import HOUR, Look, group, time

SIDES = ("R", "L")
MOTOR = [f"motor_{root}_{side}" for root in ("L2", "L3", "L4", "L5", "S1") for side in SIDES]
DERMATOMES = ("L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4_5")
SENSORY = [f"sensory_{dermatome}_{side}" for dermatome in DERMATOMES for side in SIDES]
SADDLE = ["saddle_sensation", *(f"sensory_{dermatome}_{side}" for dermatome in ("S3", "S4_5") for side in SIDES)]
SAID = {"said_legs_weaker": ("NO", "NOT_SURE", "YES"), "said_legs_numb": ("NO", "NOT_SURE", "YES")}
QUICK_MOTOR = [f"motor_{root}_{side}" for root in ("L4", "S1") for side in SIDES]

BEST_TO_WORST = {
    **dict.fromkeys(MOTOR, ("5", "4", "3", "2", "1", "0")),
    **dict.fromkeys([*SENSORY, "saddle_sensation"], ("NORMAL", "ALTERED", "ABSENT")),
    "anal_tone": ("NORMAL", "REDUCED", "ABSENT"),
    "gait": ("0", "1", "2", "3", "4", "5"),
    "asia_impairment_scale": ("E", "D", "C", "B", "A"),
    "radicular_leg_pain": ("NONE", "UNILATERAL", "BILATERAL"),
}
TRUNK_LOWEST_FIRST = ("NONE", "L1", *(f"T{number}" for number in range(12, 1, -1)))
RECTAL_DEFICITS = ("NEW_INCONTINENCE", "LOSS_OF_RECTAL_FULLNESS")


def before_procedure(look: Look, name: str):
    return group(look.baseline, "neurology").get(name)


def grade(look: Look, name: str) -> int | None:
    """Steps away from the best answer; None where there is no answer, or it could not be tested."""
    answer = look.neuro(name)
    return None if answer in (None, "NT") else BEST_TO_WORST[name].index(str(answer))


def reference(look: Look, name: str) -> int:
    """Steps away from the best at the baseline; blank or not tested counts as the best."""
    answer = before_procedure(look, name)
    return 0 if answer in (None, "NT") else BEST_TO_WORST[name].index(str(answer))


def steps_worse(look: Look, name: str) -> int:
    now = grade(look, name)
    return 0 if now is None else max(0, now - reference(look, name))


def any_worse(look: Look, names) -> bool:
    return any(steps_worse(look, name) > 0 for name in names)


def newly(look: Look, name: str, answer: str) -> bool:
    return look.neuro(name) == answer and before_procedure(look, name) != answer


def says_worse(look: Look, question: str, items) -> bool:
    """Q4 and Q5 of section 9: yes, and not sure as yes. They stand in for an exam: a whole one answers them."""
    return look.neuro(question) in ("YES", "NOT_SURE") and any(grade(look, name) is None for name in items)


def motor(look: Look) -> dict[str, str]:
    worse = [name for name in MOTOR if steps_worse(look, name)]
    found = {"N1": "EMERGENT"} if worse else {}
    if len(worse) == 1:
        name = worse[0]
        only_pain = name in (look.neuro("pain_limited") or ()) and str(look.neuro(name)) == "4"
        if steps_worse(look, name) == 1 and only_pain and not any(steps_worse(past, name) for past in look.earlier):
            found["N1"] = "AMBER"
    if says_worse(look, "said_legs_weaker", MOTOR):
        found["N1"] = "EMERGENT"
    lost = []
    for name in MOTOR:
        now = grade(look, name)
        reliable = [grade(past, name) for past in look.earlier if past.vital("consciousness") in (None, "A")]
        best = min((one for one in reliable if one is not None), default=None)
        if now is not None and best is not None and name not in worse:
            lost.append(now - best)
    if max(lost, default=0) >= 1:
        found["N1b"] = "EMERGENT" if max(lost) >= 2 else "AMBER"
    return found


def sensation(look: Look) -> dict[str, str]:
    found = {}
    trunk_higher = any(
        TRUNK_LOWEST_FIRST.index(look.neuro(name) or "NONE")
        > TRUNK_LOWEST_FIRST.index(before_procedure(look, name) or "NONE")
        for name in ("trunk_sensory_level_R", "trunk_sensory_level_L")
    )
    if any_worse(look, SENSORY) or trunk_higher or says_worse(look, "said_legs_numb", SENSORY):
        found["N2"] = "EMERGENT"
    if any_worse(look, [*SADDLE, "anal_tone"]):
        found["N3"] = "EMERGENT"
    return found


def bladder_and_bowel(look: Look) -> dict[str, str]:
    found = {}
    residual, residual_before = look.neuro("post_void_residual_ml"), before_procedure(look, "post_void_residual_ml")
    much_left = residual is not None and residual >= 200
    if (
        look.neuro("urinary_incontinence") == "NEW_OR_WORSE"
        or look.neuro("voiding") == "NEW_TROUBLE"  # Q7 of section 9
        or newly(look, "voiding", "NO_SENSATION")
        or (look.neuro("voiding") == "UNABLE" and (residual is None or much_left))
        or (much_left and (residual_before is None or residual_before < 200))
    ):
        found["N4"] = "EMERGENT"
    if no_urine_for_six_hours(look):
        found["N4a"] = "AMBER"
    if any(newly(look, "bowel", deficit) for deficit in RECTAL_DEFICITS):
        found["N5"] = "EMERGENT"
    return found


def no_urine_for_six_hours(look: Look) -> bool:
    if all(look.neuro(name) is None for name in ("voided", "voiding", "last_void_at")):
        return False
    if look.neuro("voiding") == "CATHETERISED" or look.neuro("voided") is True:
        return False
    if look.neuro("post_void_residual_ml") is not None:
        return False
    passed = [look.time_zero]
    passed += [past.now for past in look.so_far if past.neuro("voided") is True]
    passed += [time(past.neuro("last_void_at")) for past in look.so_far if past.neuro("last_void_at")]
    return look.now - max(passed) >= 6 * HOUR


def gait_and_tracts(look: Look) -> dict[str, str]:
    found = {}
    steps = steps_worse(look, "gait")
    if steps >= 2 or (grade(look, "gait") == 5 and reference(look, "gait") <= 3):
        found["N6"] = "EMERGENT"
    elif steps == 1:
        found["N6"] = "AMBER"
    long_tract_signs = [
        *((f"babinski_{side}", "UP") for side in SIDES),
        *((f"clonus_{side}", "PRESENT") for side in SIDES),
    ]
    if any(newly(look, name, answer) for name, answer in [*long_tract_signs, ("tone", "SPASTIC")]):
        found["N7"] = "EMERGENT"
    if steps_worse(look, "asia_impairment_scale"):
        found["N8"] = "EMERGENT"
    if newly(look, "radicular_leg_pain", "BILATERAL"):
        found["N9"] = "EMERGENT"
    return found


def has_exam(look: Look) -> bool:
    return any(look.neuro(name) is not None for name in MOTOR + SENSORY)


def nothing_testable(look: Look) -> bool:
    return has_exam(look) and all(look.neuro(name) in (None, "NT") for name in MOTOR + SENSORY)


def exam_itself(look: Look) -> dict[str, str]:
    """Was it done, could it be trusted, must the full one follow."""
    found = {}
    exams_before = [past for past in look.earlier if has_exam(past)]
    if nothing_testable(look) and exams_before and nothing_testable(exams_before[-1]):
        found["N10"] = "AMBER"
    awake = [past.vital("consciousness") for past in look.earlier if past.vital("consciousness") is not None]
    last_known = awake[-1] if awake else group(look.baseline, "vitals").get("consciousness")
    if look.vital("consciousness") == "C" and last_known != "C":
        found["N11"] = "AMBER"
    abnormal = any_worse(look, QUICK_MOTOR) or look.neuro("numbness") is True or look.neuro("leg_pain") is True
    if abnormal and any(look.neuro(name) is None for name in MOTOR + SENSORY):
        found["NQ"] = "AMBER"
    return found


def neurology_rules(look: Look) -> dict[str, str]:
    return {
        **motor(look),
        **sensation(look),
        **bladder_and_bowel(look),
        **gait_and_tracts(look),
        **exam_itself(look),
    }


def shown_unchanged(look: Look) -> bool:
    """A full exam of a clear patient, every item of it tested and none worse: what lets the patient get up."""
    items = [*MOTOR, *SENSORY, "saddle_sensation"]
    tested = all(grade(look, name) is not None for name in items)
    return tested and not any_worse(look, items) and look.vital("consciousness") in (None, "A")


def is_full_exam(look: Look) -> bool:
    return all(look.neuro(name) is not None for name in [*MOTOR, *SENSORY, "saddle_sensation"])
