"""The cases that `approved.txt` shows beside random ones: those of the rule table, and those that stand at a limit."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from followup.red_flags.history import Context, History, Reading
from tests.unit.red_flags import test_rule_table as table
from tests.unit.red_flags.build import HEALTHY_EXAM, T0, at, baseline, dose, reading

_CONTEXT = {"treated_levels": ("L1",), "aetiology": "OSTEOPOROTIC", "mri_safety": "CLEAR"}


def worked_cases() -> Iterator[tuple[str, History]]:
    for code, (readings, doses) in table.FIRES.items():
        context = Context(T0, **_CONTEXT | table._CONTEXT.get(code, {}))
        yield f"{code} fires", History(context, table._before(code), tuple(readings), doses)
    yield "all is well", History(Context(T0, **_CONTEXT), table._before(""), (table._ALL_WELL,))
    for name, before, readings in _at_limits():
        yield name, History(Context(T0, **_CONTEXT), before, tuple(readings))
    yield from _doses()


def _exam(minutes: float = 120, **answers) -> Reading:
    """A full exam but for these answers; None is left out."""
    exam = {name: value for name, value in (HEALTHY_EXAM | answers).items() if value is not None}
    return reading(minutes, exam=exam)


def _before(**answers) -> Reading:
    return baseline(8, exam=HEALTHY_EXAM | answers)


def _at_limits() -> Iterator[tuple[str, Reading | None, list[Reading]]]:
    """200 mL is the limit of a residual, above 400 or 600 a catheter is asked for, 3 the help with which one still walks."""
    for residual in (199, 200, 400, 401, 500, 501, 600, 601):
        yield f"a residual of {residual} mL", _before(), [_exam(voiding="NORMAL", post_void_residual_ml=residual)]
        yield (
            f"unable, and a residual of {residual} mL", _before(),
            [_exam(voiding="UNABLE", post_void_residual_ml=residual)],
        )  # fmt: skip
    for known in (199, 200, 201):
        before = _before(post_void_residual_ml=known)
        yield f"a residual of 300 mL, {known} before", before, [_exam(post_void_residual_ml=300)]
        yield f"no residual measured, {known} before", before, [_exam(post_void_residual_ml=None, voiding=None)]
    for grade in ("2", "3", "4"):
        yield f"cannot walk any more, {grade} before", _before(gait=grade), [_exam(gait="5")]
    numb = {"residual_anaesthetic": True}
    for name, answers in {
        "bladder": {"voiding": "UNABLE", "post_void_residual_ml": None}, "bowel": {"bowel": "NEW_INCONTINENCE"},
        "gait": {"gait": "5"}, "reflexes": {"clonus_L": "PRESENT", "tone": "SPASTIC"},
        "feeling": {"sensory_L2_R": "ABSENT", "sensory_level_R": "T10"}, "saddle": {"saddle_sensation": "ABSENT"},
        "legs": {"motor_L2_R": "3", "motor_L3_R": "4"},
    }.items():  # fmt: skip
        yield f"{name}, while an anaesthetic may act", _before(), [_exam(**answers, **numb)]
    yield "one muscle a grade weaker, limited by pain", _before(), [_exam(motor_L2_R="4", pain_limited=["motor_L2_R"])]
    weak = _before(motor_L2_R="3", motor_L3_R="3")
    yield "two muscles below their best", weak, [_exam(60), _exam(120, motor_L2_R="4", motor_L3_R="3")]
    for minutes in (359, 360, 361):
        yield f"no urine for {minutes} min", _before(), [reading(minutes, exam={"voided": False})]
    for late in (4, 5, 6):
        last = at(400 + late).isoformat()
        yield (
            f"urine passed {late} min after the exam",
            _before(),
            [reading(400, exam={"voided": False, "last_void_at": last})],
        )
    yield "voided now after long", _before(), [reading(500, exam={"voided": True})]
    yield "again above the pain of before", baseline(5), [reading(100, 7), reading(300, 7)]
    yield "pain rose twice, nothing known of before", None, [reading(90, 1), reading(300, 3), reading(400, 3)]
    for score in ("6.9", "7", "10"):
        yield (
            f"pain of {score}",
            baseline(8),
            [replace(reading(120), pain=replace(reading(120).pain, at_rest=Decimal(score)))],
        )


def _doses() -> Iterator[tuple[str, History]]:
    """P7: half as much again as the lowest day, or a higher step of the ladder than the days before."""
    context = Context(T0, **_CONTEXT)
    days = [reading(day * 1440 + 600, 2) for day in range(1, 4)]
    for more in (14, 15, 16):
        doses = (dose(1440 + 60, amount=10), dose(2 * 1440 + 60, amount=10), dose(3 * 1440 + 60, amount=more))
        yield f"{more} mg after 10 mg a day", History(context, baseline(8), tuple(days), doses)
    doses = (dose(1440 + 60), dose(2 * 1440 + 60, drug="PARACETAMOL"), dose(3 * 1440 + 60, drug="TRAMADOL", amount=100))
    yield "a step of the ladder up", History(context, baseline(8), tuple(days), doses)
