"""Amounts of pain medicine as they are written on a drug chart."""

import re
from decimal import Decimal

# The unit codes of a dose, each with the ways in which it is written.
_WRITTEN = {
    "MICROGRAM_PER_HOUR": r"(?:µg|μg|ug|mcg|micrograms?)\s*(?:/|per)\s*(?:h|hr|hour)",
    "MICROGRAM": r"µg|μg|ug|mcg|micrograms?",
    "MG": r"mg|milligrams?",
    "GRAM": r"g|grams?",
}
# Six places before the point and three behind it are what a dose can be stored with. A comma is no point: 1,000 mg is
# a thousand to one reader and one to another.
_AMOUNT = {
    unit: re.compile(rf"([0-9]{{1,6}}(?:\.[0-9]{{1,3}})?)\s*(?:{words})\.?", re.I) for unit, words in _WRITTEN.items()
}


def parse_amount(text: str) -> tuple[Decimal, str] | None:
    """ "5 mg" as 5 and MG. The unit is MG, GRAM, MICROGRAM or MICROGRAM_PER_HOUR; None for anything that is not exactly
    one positive number with one of these units ("1 tablet", "5-10 mg", "0 mg", "5 mg/mL").
    """
    for unit, pattern in _AMOUNT.items():
        written = pattern.fullmatch(text.strip())
        if written:
            amount = Decimal(written[1])
            return (amount, unit) if amount else None
    return None
