"""Who had better stay overnight than go home on the same day: a prompt, never a bar (clinical-spec 4.1 and 5.2). Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from followup.red_flags.history import Anticoagulant, Context
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from procedures.three_valued import NOT_MET, UNKNOWN, Truth, any_of, truth


@dataclass(frozen=True)
class Circumstances:
    """`embolism_risk`: of `procedures.cement_embolism`. `on_oxygen`: at the last answer."""

    context: Context
    embolism_risk: Truth
    lives_alone: bool | None
    on_oxygen: bool | None
    amber_open: int


@dataclass(frozen=True)
class Reason:
    """One circumstance that speaks for a night on the ward: MET, or UNKNOWN because it was not asked."""

    code: str
    words: str
    truth: Truth


def _many_levels(circumstances: Circumstances, ruleset: Ruleset) -> Truth:
    return truth(len(circumstances.context.treated_levels) >= ruleset.many_levels)


def _anticoagulant_soon(circumstances: Circumstances, ruleset: Ruleset) -> Truth:
    context = circumstances.context
    if not context.anticoagulants:
        return NOT_MET if context.takes_anticoagulants is False else UNKNOWN
    limit = context.time_zero + timedelta(hours=ruleset.overnight_after_anticoagulant_hours)

    def restarts_before_limit(drug: Anticoagulant) -> Truth:
        restart = drug.restarted_at or drug.planned_restart_at
        return truth(None if restart is None else restart < limit)

    return any_of(map(restarts_before_limit, context.anticoagulants))


@dataclass(frozen=True)
class _Row:
    code: str
    words: str
    criterion: Callable[[Circumstances, Ruleset], Truth]


REASONS: tuple[_Row, ...] = (
    _Row("MANY_LEVELS", "three or more levels treated", _many_levels),
    _Row(
        "EMBOLISM_RISK", "higher risk of cement in the lung", lambda circumstances, ruleset: circumstances.embolism_risk
    ),
    _Row("ANTICOAGULANT", "blood thinner restarted within 24 h of the procedure", _anticoagulant_soon),
    _Row("LIVES_ALONE", "lives alone", lambda circumstances, ruleset: truth(circumstances.lives_alone)),
    _Row("OXYGEN", "needs oxygen", lambda circumstances, ruleset: truth(circumstances.on_oxygen)),
    _Row("AMBER_OPEN", "an amber item is open", lambda circumstances, ruleset: truth(circumstances.amber_open > 0)),
)


def reasons_to_stay(circumstances: Circumstances, ruleset: Ruleset = DEFAULT_RULESET) -> tuple[Reason, ...]:
    """What speaks for a night on the ward, and what could but was not asked; empty if nothing does."""
    judged = ((row, row.criterion(circumstances, ruleset)) for row in REASONS)
    return tuple(Reason(row.code, row.words, said) for row, said in judged if said is not NOT_MET)
