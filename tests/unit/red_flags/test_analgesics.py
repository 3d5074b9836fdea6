"""Morphine equivalents against the vectors of clinical-spec 2.5, the WHO ladder, and amounts as a nurse writes them."""

from decimal import Decimal

import pytest

from followup.models import MedicationDose
from followup.red_flags.analgesics import (
    ANALGESICS,
    FENTANYL_PATCH_FACTOR,
    DayOfAnalgesia,
    known_days,
    mme,
    parse_amount,
)
from tests.unit.red_flags.build import DAY, HOUR, T0, at, dose

PATCH = dose(0, "TD", "FENTANYL", 25, "MICROGRAM_PER_HOUR")


@pytest.mark.parametrize(
    ("drug", "each", "times", "total"),
    [("OXYCODONE", 10, 2, 30), ("HYDROCODONE", 5, 4, 20), ("TRAMADOL", 50, 4, 40), ("HYDROMORPHONE", 2, 4, 40)],
)
def test_vectors_of_the_specification(drug, each, times, total):
    day = mme([dose(hour, drug=drug, amount=each) for hour in range(times)])
    assert (day.mme, day.lower_bound, day.complete) == (total, total, True)


def test_vector_of_the_fentanyl_patch():
    assert mme([PATCH]) == DayOfAnalgesia(Decimal(60), Decimal(60), True, 3)


@pytest.mark.parametrize(
    ("drug", "factor"),
    [("CODEINE", "0.15"), ("TRAMADOL", "0.2"), ("MORPHINE", "1"), ("OXYCODONE", "1.5"), ("OXYMORPHONE", "3"),
     ("HYDROCODONE", "1"), ("HYDROMORPHONE", "5"), ("METHADONE", "4.7"), ("TAPENTADOL", "0.4")],
)  # fmt: skip
def test_each_factor_is_that_of_2022(drug, factor):
    assert mme([dose(0, drug=drug, amount=100)]).mme == 100 * Decimal(factor)


@pytest.mark.parametrize(
    ("drug", "factors"), [("HYDROMORPHONE", "4"), ("TRAMADOL", "0.1"), ("METHADONE", "4 8 10 12 3")]
)
def test_no_factor_is_that_of_2016(drug, factors):
    for amount in (10, 30, 50, 70):  # methadone's factor slid with the dose
        assert mme([dose(0, drug=drug, amount=amount)]).mme not in {amount * Decimal(one) for one in factors.split()}


def test_only_opioids_with_a_published_factor_have_one():
    without = {"PARACETAMOL", "NSAID", "METAMIZOLE", "DIHYDROCODEINE", "FENTANYL", "BUPRENORPHINE", "OTHER"}
    assert {name for name, one in ANALGESICS.items() if one.mme_factor is None} == without
    assert Decimal("2.4") == FENTANYL_PATCH_FACTOR


@pytest.mark.parametrize(
    "unknown",
    [
        dose(0, "IV", "MORPHINE", 5), dose(0, "SC", "HYDROMORPHONE", 2), dose(0, "PR", "MORPHINE", 5),
        dose(0, "PO", "BUPRENORPHINE", 1), dose(0, "TD", "BUPRENORPHINE", 20, "MICROGRAM_PER_HOUR"),
        dose(0, "PO", "DIHYDROCODEINE", 60), dose(0, "PO", "OTHER", 5), dose(0, "PO", "MORPHINE"),
        dose(0, "PO", "FENTANYL", 400, "MICROGRAM"), dose(0, "TD", "FENTANYL", 5, "MG"), dose(0, "TD", "FENTANYL"),
        dose(0, "PO", "MORPHINE", 25, "MICROGRAM_PER_HOUR"), dose(0, "PO", "NEVER HEARD OF", 5),
    ],
)  # fmt: skip
def test_what_has_no_equivalent_leaves_the_day_incomplete_with_the_rest_as_its_least(unknown):
    day = mme([unknown, dose(0, drug="OXYCODONE", amount=20)])
    assert (day.mme, day.lower_bound, day.complete) == (None, 30, False)


def test_medicines_that_are_no_opioids_add_nothing_and_leave_the_day_complete():
    day = mme([dose(0, "IV", "METAMIZOLE"), dose(0, "PO", "NSAID"), dose(0, "PO", "PARACETAMOL", 1, "GRAM")])
    assert day == DayOfAnalgesia(Decimal(0), Decimal(0), True, 1)


@pytest.mark.parametrize(("amount", "unit"), [("10", "MG"), ("0.01", "GRAM"), ("10000", "MICROGRAM")])
def test_units_of_weight_are_converted(amount, unit):
    assert mme([dose(0, drug="MORPHINE", amount=amount, unit=unit)]).mme == 10


@pytest.mark.parametrize(
    ("drugs", "step"),
    [
        ([], 0), (["PARACETAMOL"], 1), (["NSAID", "METAMIZOLE"], 1), (["NSAID", "CODEINE"], 2), (["TRAMADOL"], 2),
        (["DIHYDROCODEINE"], 2), (["TRAMADOL", "OXYCODONE", "PARACETAMOL"], 3), (["TAPENTADOL"], 3),
        (["BUPRENORPHINE"], 3), (["METHADONE"], 3), (["HYDROCODONE"], 3), (["OXYMORPHONE"], 3), (["FENTANYL"], 3),
        (["OTHER"], None), (["OTHER", "NSAID"], 1),
    ],
)  # fmt: skip
def test_who_step_of_a_day_is_its_highest(drugs, step):
    assert mme([dose(0, drug=drug) for drug in drugs]).who_step == step


@pytest.mark.parametrize(("milligrams", "noted"), [("49.9", False), ("50", True), ("50.1", True)])
def test_a_day_of_fifty_is_worth_a_note_even_if_it_is_only_known_in_part(milligrams, noted):
    doses = [dose(0, drug="MORPHINE", amount=milligrams)]
    assert mme(doses).is_worth_a_note() == noted
    assert mme([*doses, dose(0, "IV", "MORPHINE", 2)]).is_worth_a_note() == noted


def test_every_drug_that_can_be_entered_is_known_here():
    assert set(ANALGESICS) == set(MedicationDose.Drug.values)


def days(*doses, until=10 * DAY, without=()):
    return known_days(doses, time_zero=T0, until=at(until), days_without=without)


def test_days_begin_at_the_end_of_the_procedure_and_unknown_ones_are_left_out():
    found = days(
        dose(-1, amount=5), dose(0, amount=10), dose(DAY - 1, amount=10), dose(3 * DAY, amount=4), without=[5, 3]
    )
    assert {day: one.mme for day, one in found.items()} == {0: 30, 3: 6, 5: 0}
    assert found[5].who_step == 0


def test_a_dose_after_the_instant_is_not_known_yet():
    assert set(days(dose(DAY), dose(DAY + 1), until=DAY)) == {1}
    assert not days(dose(DAY + 1), until=DAY)


@pytest.mark.parametrize(
    ("put_on", "complete"),
    [(-3 * DAY - 1, (True, True, True, True)), (-3 * DAY, (True, True, True, True)), (-3 * DAY + 1, (False, True, True, True)),
     (HOUR, (True, False, False, False)), (0, (True, False, False, True))],
)  # fmt: skip
def test_a_patch_leaves_the_days_of_its_three_days_incomplete(put_on, complete):
    patch = dose(put_on, "TD", "FENTANYL", 25, "MICROGRAM_PER_HOUR")
    found = days(patch, *(dose(day * DAY + 2 * HOUR, amount=10) for day in range(4)))
    assert tuple(found[day].complete for day in range(4)) == complete


def test_a_new_patch_makes_its_day_complete_again():
    found = days(PATCH, dose(2 * DAY, "TD", "FENTANYL", 12, "MICROGRAM_PER_HOUR"), dose(2 * DAY, amount=10))
    assert found[2].mme == Decimal("43.8")
    unknown_rate = days(PATCH, dose(2 * DAY, "TD", "FENTANYL"))
    assert not unknown_rate[2].complete


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [
        ("5 mg", "5", "MG"), ("5mg", "5", "MG"), (" 2.5 MG ", "2.5", "MG"), ("2,5 mg", "2.5", "MG"),
        ("0,125 mg", "0.125", "MG"),
        ("1 g", "1", "GRAM"), ("0.5G", "0.5", "GRAM"), ("1 gram", "1", "GRAM"), ("500 milligrams", "500", "MG"),
        ("100 µg", "100", "MICROGRAM"), ("100 μg", "100", "MICROGRAM"), ("100 mcg", "100", "MICROGRAM"),
        ("100 ug", "100", "MICROGRAM"), ("100 microgram", "100", "MICROGRAM"), ("100 Micrograms", "100", "MICROGRAM"),
        ("25 µg/h", "25", "MICROGRAM_PER_HOUR"), ("25 mcg/h", "25", "MICROGRAM_PER_HOUR"),
        ("25ug / hr", "25", "MICROGRAM_PER_HOUR"), ("12.5 micrograms per hour", "12.5", "MICROGRAM_PER_HOUR"),
        ("5\u00a0mg", "5", "MG"), ("1000 mg", "1000", "MG"), ("10000 mg", "10000", "MG"), ("10 g", "10", "GRAM"),
    ],
)  # fmt: skip
def test_an_amount_as_a_nurse_writes_it(words, amount, unit):
    assert parse_amount(words) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    "words",
    [
        "", "5", "mg", "five mg", "0 mg", "0,0 mg", "-5 mg", "5 mgs", "2 x 5 mg", "5-10 mg", "5 mg, 10 mg", "5 mg x 2",
        "5 mg/h",
        "1 g/h", "25 mcg/day", "25 mcg/", "5 tablets", "5 ml", "5 IU", "10001 mg", "11 g", "100001 mcg", "1001 mcg/h", "1e3 mg",
        "0.0001 mg", "5. mg", ".5 mg", "1,000 mg", "1.000 mg", "12,500 mcg", "1.000,5 mg", "５ mg", "5 m g", "nan mg",
    ],
)  # fmt: skip
def test_what_is_not_plainly_one_amount_is_none(words):
    assert parse_amount(words) is None


def test_an_amount_that_was_read_fits_its_column():
    column = MedicationDose._meta.get_field("amount")
    for words in ("10000 mg", "0.999 g", "100000 mcg", "1000 mcg/h"):
        column.clean(parse_amount(words)[0], None)
