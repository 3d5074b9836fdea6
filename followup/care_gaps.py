"""Which gap of secondary prevention is open today: the state machine of clinical-spec 8. Pure.

Day 0 is the day of T0. What is not known is never taken as done: a gap whose known part meets its criterion opens, and
what only a blank leaves open is an open question. State OK is `is_answered`: it asks for nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from followup.bone_health import (
    BISPHOSPHONATES,
    DRUGS,
    BoneHealthPlan,
    Scope,
    Status,
    Therapy,
    add_months,
    day_words,
    denosumab_dates,
    is_answered,
    months_since,
    newest_statements,
    scope_of,
)
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import Ruleset

ANTIRESORPTIVES = BISPHOSPHONATES | {"DENOSUMAB", "RALOXIFENE"}
# The month of treatment in which what follows it is planned.
ANABOLIC_END_MONTHS = {"TERIPARATIDE": 22, "ABALOPARATIDE": 22, "ROMOSOZUMAB": 11}
DXA_VALID_MONTHS = 24
# Contacts that ask about adherence, by the first day of their window (5.3).
_ADHERENCE_ASKED_FROM_DAY = (("3 months", 75), ("6 months", 165), ("12 months", 335))


class Concern(StrEnum):
    """What a gap is about. Of one concern only the gravest gap is open."""

    THERAPY = "THERAPY"
    DXA = "DXA"
    DENOSUMAB = "DENOSUMAB"
    ADHERENCE = "ADHERENCE"
    ANABOLIC = "ANABOLIC"
    ONCOLOGY = "ONCOLOGY"


class GapState(StrEnum):
    """The states of the table in section 8, the milder before the graver of the same concern."""

    DUE = "DUE"
    GAP = "GAP"
    GAP_LATE = "GAP_LATE"
    DXA_DUE = "DXA_DUE"
    DENO_REMINDER = "DENO_REMINDER"
    DENO_DUE = "DENO_DUE"
    DENO_OVERDUE = "DENO_OVERDUE"
    DENO_DANGER = "DENO_DANGER"
    ADHERENCE = "ADHERENCE"
    ANABOLIC_END = "ANABOLIC_END"
    ONCOLOGY_PLAN = "ONCOLOGY_PLAN"

    @property
    def rank(self) -> int:
        """Higher is graver, among the states of one concern."""
        return list(type(self)).index(self)


@dataclass(frozen=True)
class CareGap:
    """`since_on`: the day from which it is open, None where that is not known. `reason` stays true on later days."""

    state: GapState
    concern: Concern
    since_on: date | None
    severity: Severity
    reason: str
    action: str


@dataclass(frozen=True)
class OpenQuestion:
    """A gap that cannot be decided, and what is missing for it."""

    concern: Concern
    missing: str


def care_gaps(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> tuple[CareGap, ...]:
    """The gaps that are open today, the gravest first."""
    gaps = [one for one in _look(plan, today, ruleset) if isinstance(one, CareGap)]
    return tuple(sorted(gaps, key=lambda gap: gap.severity))


def open_questions(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> tuple[OpenQuestion, ...]:
    """What could be a gap today and cannot be decided."""
    return tuple(one for one in _look(plan, today, ruleset) if isinstance(one, OpenQuestion))


# --- the gaps ------------------------------------------------------------------------------------------------------

_Said = Iterator[CareGap | OpenQuestion]


def _look(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> _Said:
    scope = scope_of(plan)
    if scope is Scope.NOT_KNOWN:
        yield OpenQuestion(Concern.THERAPY, "Neither the cause of the fracture nor the patient's age is known.")
    elif scope is Scope.ONCOLOGY:
        yield from _oncology(plan, today, ruleset)
    elif scope is Scope.WHOLE:
        yield from _therapy(plan, today, ruleset)
        yield from _dxa(plan, today, ruleset)
        yield from _denosumab(plan, today, ruleset)
        yield from _adherence(plan, today)
        yield from _anabolic_end(plan, today)


def _oncology(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> _Said:
    if newest_statements(plan, today):
        return
    if plan.time_zero_on is None:
        yield OpenQuestion(Concern.ONCOLOGY, "The day of the procedure is not known.")
    elif (today - plan.time_zero_on).days >= ruleset.care_gap_due_days:
        yield CareGap(
            GapState.ONCOLOGY_PLAN,
            Concern.ONCOLOGY,
            plan.time_zero_on + timedelta(days=ruleset.care_gap_due_days),
            Severity.INFO,
            "Cancer: the bone-health plan is made by oncology.",
            "Ask oncology for the bone-health plan.",
        )


def _therapy(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> _Said:
    if is_answered(plan, today):
        return
    if plan.time_zero_on is None:
        yield OpenQuestion(Concern.THERAPY, "The day of the procedure is not known.")
        return
    day = (today - plan.time_zero_on).days
    if day >= ruleset.care_gap_late_days:
        yield _therapy_gap(
            GapState.GAP_LATE, plan.time_zero_on, ruleset.care_gap_late_days, Severity.AMBER,
            "Physician: start a bone-health therapy, or enter why not. Write to the general practitioner; it goes into the "
            "monthly report.",
        )  # fmt: skip
    elif day >= ruleset.care_gap_days and not _is_deferred(plan, today):
        yield _therapy_gap(
            GapState.GAP, plan.time_zero_on, ruleset.care_gap_days, Severity.AMBER,
            "Physician: start a bone-health therapy, or enter why not.",
        )  # fmt: skip
    elif day >= ruleset.care_gap_due_days and not newest_statements(plan, today):
        yield _therapy_gap(
            GapState.DUE, plan.time_zero_on, ruleset.care_gap_due_days, Severity.INFO,
            "Clinic nurse: make the osteoporosis plan.",
        )  # fmt: skip


def _therapy_gap(state: GapState, time_zero_on: date, day: int, severity: Severity, action: str) -> CareGap:
    missing = "No bone-health therapy was entered" if state is GapState.DUE else "No bone-health therapy was started"
    since_on = time_zero_on + timedelta(days=day)
    reason = f"{missing}, and no reason against it with a physician's name, by day {day} ({day_words(since_on)})."
    return CareGap(state, Concern.THERAPY, since_on, severity, reason, action)


def _is_deferred(plan: BoneHealthPlan, today: date) -> bool:
    """A deferral with a reason and a physician's name holds until its day; never past the day of GAP-LATE."""
    return any(
        one.status == Status.DEFERRED and one.has_reason and one.deferred_until is not None and today < one.deferred_until
        for one in newest_statements(plan, today)
    )  # fmt: skip


def _dxa(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> _Said:
    known = [on for on in (*plan.dxa_on, *plan.dxa_ordered_on) if on is not None and on <= today]
    if any(months_since(on, today) < DXA_VALID_MONTHS for on in known):
        return
    if plan.time_zero_on is None:
        yield OpenQuestion(Concern.DXA, "The day of the procedure is not known.")
        return
    if (today - plan.time_zero_on).days < ruleset.care_gap_late_days:
        return
    if None in plan.dxa_on:
        yield OpenQuestion(Concern.DXA, "A bone density scan was done on a day that is not known.")
        return
    yield CareGap(
        GapState.DXA_DUE,
        Concern.DXA,
        max(
            [
                plan.time_zero_on + timedelta(days=ruleset.care_gap_late_days),
                *(add_months(on, DXA_VALID_MONTHS) for on in known),
            ]
        ),
        Severity.INFO,
        f"No bone density scan (DXA) is known from the last {DXA_VALID_MONTHS} months, and none is ordered.",
        "Order a bone density scan.",
    )


def _denosumab(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> _Said:
    """Stopping denosumab closes nothing: only the next injection does, or a bisphosphonate that was started since."""
    dates = denosumab_dates(plan, today, ruleset)
    if dates is None:
        if any(one.drug == "DENOSUMAB" and one.status == Status.STARTED for one in plan.therapies):
            yield OpenQuestion(Concern.DENOSUMAB, "Denosumab was started, and no day of an injection is known.")
        return
    followed = any(
        one.drug in BISPHOSPHONATES and one.status == Status.STARTED and one.on is not None and one.on >= dates.last_on
        for one in newest_statements(plan, today)
    )
    if followed:
        return
    give = "Give the next injection, or start the antiresorptive that follows it."
    stages = (
        (GapState.DENO_DANGER, dates.danger_on, Severity.URGENT, " So late, several new vertebral fractures may follow.",
         f"{give} Clinical review now; this alone asks for no scan."),
        (GapState.DENO_OVERDUE, dates.overdue_on, Severity.AMBER, " It is overdue.", give),
        (GapState.DENO_DUE, dates.due_on, Severity.INFO, "", give),
        (GapState.DENO_REMINDER, dates.remind_on, Severity.INFO, "", "Book the next injection."),
    )  # fmt: skip
    for state, from_on, severity, words, action in stages:
        if today >= from_on:
            reason = f"Last denosumab {day_words(dates.last_on)}, next due {day_words(dates.due_on)}.{words}"
            yield CareGap(state, Concern.DENOSUMAB, from_on, severity, reason, action)
            return


def _adherence(plan: BoneHealthPlan, today: date) -> _Said:
    """The newest answer counts, and only for a drug that was started before it."""
    started = [one for one in newest_statements(plan, today) if one.status == Status.STARTED]
    if not started:
        return
    answers = [one for one in plan.adherence if one.taking is not None and _not_after(one.asked_on, today)]
    newest = answers[-1] if answers else None
    if newest and newest.taking is False and any(_not_after(one.on, newest.asked_on) for one in started):
        when = f" on {day_words(newest.asked_on)}" if newest.asked_on else ""
        yield CareGap(
            GapState.ADHERENCE,
            Concern.ADHERENCE,
            newest.asked_on,
            Severity.INFO,
            f"The patient said{when} that the therapy is not taken as prescribed.",
            "Ask why, and find a way or another drug.",
        )
    elif plan.time_zero_on is not None:
        day = (today - plan.time_zero_on).days
        asked_now = [(words, first) for words, first in _ADHERENCE_ASKED_FROM_DAY if day >= first]
        if asked_now:
            words, first = asked_now[-1]
            from_on = plan.time_zero_on + timedelta(days=first)
            if not any(one.asked_on and one.asked_on >= from_on for one in answers):
                yield OpenQuestion(Concern.ADHERENCE, f"Whether it is taken as prescribed was not asked at {words}.")


def _not_after(on: date | None, limit: date | None) -> bool:
    return on is None or limit is None or on <= limit


def _anabolic_end(plan: BoneHealthPlan, today: date) -> _Said:
    newest = newest_statements(plan, today)
    for one in newest:
        month = ANABOLIC_END_MONTHS.get(one.drug)
        if month is None or one.status != Status.STARTED:
            continue
        if one.on is None:
            yield OpenQuestion(
                Concern.ANABOLIC, f"{DRUGS[one.drug].split()[0]} was started on a day that is not known."
            )
        elif months_since(one.on, today) >= month and not _is_followed(one.on, newest):
            yield CareGap(
                GapState.ANABOLIC_END,
                Concern.ANABOLIC,
                add_months(one.on, month),
                Severity.INFO,
                f"{DRUGS[one.drug].split()[0]} was started on {day_words(one.on)}: month {month} is over.",
                "Plan the antiresorptive that follows it.",
            )
            return


def _is_followed(anabolic_on: date, newest: tuple[Therapy, ...]) -> bool:
    planned = (Status.PRESCRIBED, Status.STARTED)
    return any(
        one.drug in ANTIRESORPTIVES and one.status in planned and one.on is not None and one.on >= anabolic_on
        for one in newest
    )
