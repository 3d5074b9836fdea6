"""How much was given, read off what a nurse writes."""

from decimal import Decimal

import pytest

from followup.red_flags.analgesics import parse_amount


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5 mg", "5", "MG"),
        ("5mg", "5", "MG"),
        (" 2.5 MG ", "2.5", "MG"),
        ("10 mg.", "10", "MG"),
        ("7.125 milligrams", "7.125", "MG"),
        ("1 g", "1", "GRAM"),
        ("0.5 gram", "0.5", "GRAM"),
        ("50 µg", "50", "MICROGRAM"),  # the micro sign
        ("50 μg", "50", "MICROGRAM"),  # the Greek letter
        ("50 mcg", "50", "MICROGRAM"),
        ("100 micrograms", "100", "MICROGRAM"),
        ("25 mcg/h", "25", "MICROGRAM_PER_HOUR"),
        ("12 µg/hr", "12", "MICROGRAM_PER_HOUR"),
        ("25 micrograms per hour", "25", "MICROGRAM_PER_HOUR"),
        ("999999.999 mg", "999999.999", "MG"),
    ],
)
def test_a_number_with_its_unit_is_read(text, amount, unit):
    assert parse_amount(text) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    "text",
    [
        "", "5", "mg", "1 tablet", "1 patch", "5-10 mg", "2 x 5 mg", "5 mg/mL", "5 mg 10 mg", "0 mg", "0.0 g", "-5 mg",
        "1,000 mg", "0,5 mg", "1e3 mg", "1000000 mg", "0.0001 g", "5 mL", "20 drops", "٣ 5 mg", "5 mgs/h", "5 µg/min",
    ],
)  # fmt: skip
def test_anything_else_is_no_amount(text):
    assert parse_amount(text) is None
