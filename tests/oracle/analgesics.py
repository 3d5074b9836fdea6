"""The analgesic ladder and morphine equivalents (clinical specification, section 2.5): rule P7."""

from decimal import Decimal
from typing import NamedTuple

from tests.oracle.timeline import DAY, HOUR, Look, exact

# Milligrams by mouth to milligrams of morphine by mouth (CDC 2022).
ORAL_FACTOR = {
    "CODEINE": "0.15", "HYDROCODONE": "1.0", "HYDROMORPHONE": "5.0", "METHADONE": "4.7", "MORPHINE": "1.0",
    "OXYCODONE": "1.5", "OXYMORPHONE": "3.0", "TAPENTADOL": "0.4", "TRAMADOL": "0.2",
}  # fmt: skip
PATCH_FACTOR = Decimal("2.4")  # of the micrograms per hour
MILLIGRAMS = {"MG": Decimal(1), "GRAM": Decimal(1000), "MICROGRAM": Decimal("0.001")}
NON_OPIOIDS = {"PARACETAMOL", "NSAID", "METAMIZOLE"}
WEAK_OPIOIDS = {"CODEINE", "TRAMADOL", "DIHYDROCODEINE"}


class Day(NamedTuple):
    """`mme` is what is known of it; `complete` says that this is all."""

    number: int
    mme: Decimal
    complete: bool
    who_step: int | None  # None where only a medicine outside the list was taken


def who_step(drug: str) -> int | None:
    if drug in NON_OPIOIDS:
        return 1
    if drug in WEAK_OPIOIDS:
        return 2
    return None if drug == "OTHER" else 3  # what is not listed has no step


def is_patch(dose: dict) -> bool:
    return dose["drug"] == "FENTANYL" and dose["route"] == "TD"


def mme_of_dose(dose: dict) -> Decimal | None:
    """None where it cannot be told."""
    if dose["drug"] in NON_OPIOIDS:
        return Decimal(0)
    amount, unit = exact(dose.get("amount")), dose.get("unit")
    if amount is None or unit is None:
        return None
    if is_patch(dose):
        return amount * PATCH_FACTOR if unit == "MICROGRAM_PER_HOUR" else None
    if dose["route"] != "PO" or dose["drug"] not in ORAL_FACTOR or unit not in MILLIGRAMS:
        return None
    return amount * MILLIGRAMS[unit] * Decimal(ORAL_FACTOR[dose["drug"]])


def day_of(look: Look, moment) -> int:
    return (moment - look.time_zero) // DAY


def known_day(look: Look, number: int) -> Day | None:
    """None where it is not known what was taken that day."""
    doses = [dose for given_at, dose in look.doses if day_of(look, given_at) == number]
    said_none = any(past.pain("took_analgesia") is False for past in look.so_far if day_of(look, past.now) == number)
    if not doses and not said_none:
        return None
    parts = [mme_of_dose(dose) for dose in doses]
    complete = None not in parts and (any(map(is_patch, doses)) or not _wears_older_patch(look, number))
    steps = [step for dose in doses if (step := who_step(dose["drug"])) is not None]
    return Day(
        number,
        mme=sum((part for part in parts if part is not None), Decimal(0)),
        complete=complete,
        who_step=max(steps) if steps else None if doses else 0,
    )


def _wears_older_patch(look: Look, number: int) -> bool:
    start = look.time_zero + number * DAY
    return any(is_patch(dose) and given_at < start < given_at + 72 * HOUR for given_at, dose in look.doses)


def ladder_rules(look: Look) -> dict[str, str]:
    number = day_of(look, look.now)
    today = known_day(look, number) if number >= 0 else None
    if today is None:
        return {}
    before = [day for day in (known_day(look, earlier) for earlier in range(number)) if day is not None]
    lowest = min((day.mme for day in before if day.complete), default=None)
    more = lowest is not None and today.mme >= lowest * Decimal("1.5") and today.mme >= lowest + 10
    stepped = [(day.number, day.who_step) for day in before if day.who_step is not None]
    stepped_up_again = today.who_step is not None and any(
        first < second and higher > lower and today.who_step > lower
        for second, lower in stepped
        for first, higher in stepped
    )
    return {"P7": "AMBER"} if more or stepped_up_again else {}
