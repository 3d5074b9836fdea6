"""What is known of each pain medicine, the morphine equivalent (MME) of a day, and reading an amount as a nurse writes it.

Classes are the steps of the WHO ladder (clinical-spec 2.5). Factors are those of the CDC Clinical Practice Guideline for
Prescribing Opioids for Pain, 2022, for doses by mouth; older tables differ (hydromorphone, tramadol, methadone). An MME
compares one patient's days. It must never be used to convert from one opioid to another.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from followup.red_flags.history import Dose
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset


@dataclass(frozen=True)
class Analgesic:
    """`mme_factor`: mg of morphine equivalent per mg by mouth; None where the source gives none."""

    who_step: int | None
    opioid: bool = True
    mme_factor: Decimal | None = None


ANALGESICS = {
    "PARACETAMOL": Analgesic(1, opioid=False),
    "NSAID": Analgesic(1, opioid=False),
    "METAMIZOLE": Analgesic(1, opioid=False),
    "CODEINE": Analgesic(2, mme_factor=Decimal("0.15")),
    "TRAMADOL": Analgesic(2, mme_factor=Decimal("0.2")),
    "DIHYDROCODEINE": Analgesic(2),
    "MORPHINE": Analgesic(3, mme_factor=Decimal("1.0")),
    "OXYCODONE": Analgesic(3, mme_factor=Decimal("1.5")),
    "OXYMORPHONE": Analgesic(3, mme_factor=Decimal("3.0")),
    "HYDROCODONE": Analgesic(3, mme_factor=Decimal("1.0")),
    "HYDROMORPHONE": Analgesic(3, mme_factor=Decimal("5.0")),
    "FENTANYL": Analgesic(3),  # by mouth without a factor; as a patch see below
    "METHADONE": Analgesic(3, mme_factor=Decimal("4.7")),
    "BUPRENORPHINE": Analgesic(3),
    "TAPENTADOL": Analgesic(3, mme_factor=Decimal("0.4")),  # step 3 is our choice [DEF]
    "OTHER": Analgesic(None),  # may be an opioid
}
# mg of morphine equivalent per day, for each microgram per hour of a fentanyl patch (CDC 2022), which lasts three days.
FENTANYL_PATCH_FACTOR = Decimal("2.4")
PATCH_LASTS = timedelta(hours=72)

_MILLIGRAMS = {"MG": Decimal(1), "GRAM": Decimal(1000), "MICROGRAM": Decimal("0.001")}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayOfAnalgesia:
    """The analgesia of 24 hours. `mme` is None where a part of it has no known equivalent; `lower_bound` is what is known."""

    mme: Decimal | None
    lower_bound: Decimal
    complete: bool
    who_step: int | None  # 0 none, 1 non-opioid, 2 weak, 3 strong opioid; None if only medicines without a class

    def is_worth_a_note(self, ruleset: Ruleset = DEFAULT_RULESET) -> bool:
        """Whether the page says how high the opioid dose is. Nothing else follows from it."""
        return self.lower_bound >= ruleset.mme_note_milligrams


def mme(doses: Collection[Dose], *, older_patch: bool = False) -> DayOfAnalgesia:
    """Morphine equivalent and WHO step of the doses of one day. `older_patch`: a fentanyl patch of a day before still acts."""
    parts = [_equivalent(dose) for dose in doses]
    lower_bound = sum((part for part in parts if part is not None), Decimal(0))
    complete = None not in parts and not (older_patch and not any(map(_is_fentanyl_patch, doses)))
    steps = [step for step in (_analgesic(dose).who_step for dose in doses) if step is not None]
    return DayOfAnalgesia(
        mme=lower_bound if complete else None,
        lower_bound=lower_bound,
        complete=complete,
        who_step=max(steps) if steps else None if doses else 0,
    )


def known_days(
    doses: Iterable[Dose], *, time_zero: datetime, until: datetime, days_without: Iterable[int]
) -> dict[int, DayOfAnalgesia]:
    """The analgesia of each 24 hours after T0 of which anything is known, up to an instant.

    Day 0 begins at T0. `days_without`: the days of which the patient says that no pain medicine was taken; a dose that was
    written down says more than that. A day with neither is not known, and is left out.
    """
    given: dict[int, list[Dose]] = {day: [] for day in days_without}
    patches = []
    for dose in doses:
        if dose.given_at > until:
            continue
        if dose.given_at >= time_zero:
            given.setdefault((dose.given_at - time_zero) // _DAY, []).append(dose)
        if _is_fentanyl_patch(dose):
            patches.append(dose.given_at)
    days = {}
    for day, of_day in given.items():
        begins = time_zero + day * _DAY
        days[day] = mme(of_day, older_patch=any(timedelta(0) < begins - patch < PATCH_LASTS for patch in patches))
    return days


def _analgesic(dose: Dose) -> Analgesic:
    return ANALGESICS.get(dose.drug, ANALGESICS["OTHER"])


def _is_fentanyl_patch(dose: Dose) -> bool:
    return dose.drug == "FENTANYL" and dose.route == "TD"


def _equivalent(dose: Dose) -> Decimal | None:
    """mg of morphine equivalent of one dose; None where there is no factor, or no amount to multiply with it."""
    analgesic = _analgesic(dose)
    if not analgesic.opioid:
        return Decimal(0)
    if dose.amount is None or dose.unit is None:
        return None
    if _is_fentanyl_patch(dose):
        return dose.amount * FENTANYL_PATCH_FACTOR if dose.unit == "MICROGRAM_PER_HOUR" else None
    if dose.route != "PO" or analgesic.mme_factor is None or dose.unit not in _MILLIGRAMS:
        return None
    return dose.amount * _MILLIGRAMS[dose.unit] * analgesic.mme_factor


_UNITS = {
    **dict.fromkeys(("mg", "milligram", "milligrams"), "MG"),
    **dict.fromkeys(("g", "gram", "grams"), "GRAM"),
    **dict.fromkeys(("μg", "ug", "mcg", "microgram", "micrograms"), "MICROGRAM"),
}
_PER_HOUR = {"h", "hr", "hour"}
_AMOUNT = re.compile(r"([0-9]+(?:[.,][0-9]{1,3})?)\s*([a-zμ]+)(?:\s*(?:/|per\s)\s*([a-z]+))?")
# "1,000" and "1.000" are a thousand to one reader and one to another.
_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
# No single dose of a pain medicine comes near: a slip of the pen, or a unit mixed up. No clinical limit.
_ABSURD = {
    "MG": Decimal(10_000),
    "GRAM": Decimal(10),
    "MICROGRAM": Decimal(100_000),
    "MICROGRAM_PER_HOUR": Decimal(1000),
}


def parse_amount(words: str) -> tuple[Decimal, str] | None:
    """An amount and its unit out of what a nurse wrote, such as "5 mg", "0,5 g" or "25 mcg/h"; None if it is not plainly one.

    Units: MG, GRAM, MICROGRAM, MICROGRAM_PER_HOUR. None for anything that can be read in two ways, for zero and for more
    than any single dose.
    """
    found = _AMOUNT.fullmatch(words.strip().casefold())  # casefold makes the micro sign the Greek letter
    if not found or _AMBIGUOUS.fullmatch(found[1]):
        return None
    unit = _UNITS.get(found[2])
    if found[3] is not None:
        unit = "MICROGRAM_PER_HOUR" if unit == "MICROGRAM" and found[3] in _PER_HOUR else None
    amount = Decimal(found[1].replace(",", "."))
    if unit is None or not 0 < amount <= _ABSURD[unit]:
        return None
    return amount, unit
