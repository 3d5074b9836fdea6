"""Secondary prevention after the fracture: drugs, what is said of them, and whom it concerns (clinical-spec 8). Pure.

Days are calendar days of the site's zone. What follows from a plan is in `care_gaps` and `bone_health_checks`.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from followup.red_flags.ruleset import Ruleset

# Doses as they are usually given [OK].
DRUGS = {
    "ALENDRONATE": "Alendronate 70 mg a week",
    "RISEDRONATE": "Risedronate 35 mg a week",
    "IBANDRONATE": "Ibandronate 150 mg a month",
    "ZOLEDRONATE": "Zoledronate 5 mg a year IV",
    "DENOSUMAB": "Denosumab 60 mg every 6 months SC",
    "TERIPARATIDE": "Teriparatide 20 µg a day, 24 months at most",
    "ABALOPARATIDE": "Abaloparatide",
    "ROMOSOZUMAB": "Romosozumab 210 mg a month, 12 times",
    "RALOXIFENE": "Raloxifene",
    "OTHER": "Other",
}
BISPHOSPHONATES = frozenset({"ALENDRONATE", "RISEDRONATE", "IBANDRONATE", "ZOLEDRONATE"})
_AGE_FROM_WHICH_AN_UNKNOWN_CAUSE_COUNTS = 50


class Status(StrEnum):
    CONSIDERED = "CONSIDERED"
    PRESCRIBED = "PRESCRIBED"
    STARTED = "STARTED"
    DECLINED = "DECLINED"
    CONTRAINDICATED = "CONTRAINDICATED"
    DEFERRED = "DEFERRED"
    STOPPED = "STOPPED"


class Scope(Enum):
    """Whom the plan concerns."""

    WHOLE = "bone-health plan"
    ONCOLOGY = "bone-health plan by oncology"
    NONE = "does not apply"
    NOT_KNOWN = "cause and age are not known"


@dataclass(frozen=True)
class Therapy:
    """What was said of one drug on one day. `name` tells other drugs apart."""

    drug: str
    status: str
    on: date | None = None
    deferred_until: date | None = None
    reason: str = ""
    physician: str = ""
    name: str = ""

    @property
    def has_reason(self) -> bool:
        return bool(self.reason.strip() and self.physician.strip())


@dataclass(frozen=True)
class Adherence:
    """The answer to "taking it as prescribed?"."""

    asked_on: date | None
    taking: bool | None


@dataclass(frozen=True)
class BoneHealthPlan:
    """What is known of one patient. Therapies and answers stand in their order in time, the newest last."""

    aetiology: str = ""
    age_years: int | None = None
    time_zero_on: date | None = None
    therapies: tuple[Therapy, ...] = ()
    denosumab_given_on: tuple[date, ...] = ()
    # None: scanned, on a day that nobody knows.
    dxa_on: tuple[date | None, ...] = ()
    dxa_ordered_on: tuple[date, ...] = ()
    adherence: tuple[Adherence, ...] = ()


@dataclass(frozen=True)
class DenosumabDates:
    """What follows from the last injection."""

    last_on: date
    remind_on: date
    due_on: date
    overdue_on: date
    danger_on: date


def scope_of(plan: BoneHealthPlan) -> Scope:
    """Osteoporotic, or of unknown cause from the age of 50; for cancer only the item that oncology plans it."""
    if plan.aetiology == "CANCER":
        return Scope.ONCOLOGY
    if plan.aetiology == "OSTEOPOROTIC":
        return Scope.WHOLE
    if plan.aetiology not in ("UNKNOWN", ""):
        return Scope.NONE
    if plan.age_years is None:
        return Scope.NOT_KNOWN
    return Scope.WHOLE if plan.age_years >= _AGE_FROM_WHICH_AN_UNKNOWN_CAUSE_COUNTS else Scope.NONE


def newest_statements(plan: BoneHealthPlan, today: date) -> tuple[Therapy, ...]:
    """The newest statement on each drug, up to today."""
    newest: dict[tuple[str, str], Therapy] = {}
    for statement in plan.therapies:
        if statement.on is None or statement.on <= today:
            newest[statement.drug, statement.name.casefold()] = statement
    return tuple(newest.values())


def is_answered(plan: BoneHealthPlan, today: date) -> bool:
    """State OK: a drug is started; or every drug that was named is declined or contraindicated, with reason and physician."""
    newest = newest_statements(plan, today)
    refused = [one.status in (Status.DECLINED, Status.CONTRAINDICATED) and one.has_reason for one in newest]
    return any(one.status == Status.STARTED for one in newest) or (bool(newest) and all(refused))


def denosumab_dates(plan: BoneHealthPlan, today: date, ruleset: Ruleset) -> DenosumabDates | None:
    """From the last known injection, or where none is known from the start of denosumab. None without either."""
    last = _last_denosumab(plan, today)
    if last is None:
        return None

    def after(days: int) -> date:
        return date.fromordinal(min(last.toordinal() + days, date.max.toordinal()))

    return DenosumabDates(
        last,
        after(ruleset.denosumab_reminder_days),
        after(ruleset.denosumab_due_days),
        after(ruleset.denosumab_overdue_days),
        after(ruleset.denosumab_danger_days),
    )


def _last_denosumab(plan: BoneHealthPlan, today: date) -> date | None:
    """A known injection wins: "started" may have been typed on the day on which somebody heard of it."""
    started = [one.on for one in plan.therapies if one.drug == "DENOSUMAB" and one.status == Status.STARTED]
    for days in (plan.denosumab_given_on, started):
        past = [on for on in days if on is not None and on <= today]
        if past:
            return max(past)
    return None


# --- the calendar --------------------------------------------------------------------------------------------------


def add_months(on: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def months_since(start: date, today: date) -> int:
    """Whole months from `start` to a day that is not before it."""
    months = (today.year - start.year) * 12 + today.month - start.month
    return months - (add_months(start, months) > today)


def day_words(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
