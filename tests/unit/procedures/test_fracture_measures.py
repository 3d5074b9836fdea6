"""Loss of height, Genant's grade, the age of a fracture, and what makes a cement embolism likelier."""

from datetime import date
from decimal import Decimal

import pytest

from procedures.cement_embolism import cement_embolism_risk
from procedures.fracture_measures import FractureAge, Heights, fracture_age, genant_grade, measured_height_loss_percent
from procedures.three_valued import MET, NOT_MET, UNKNOWN

DAY = date(2026, 3, 10)


def heights(*millimetres) -> Heights:
    return Heights(*(None if one is None else Decimal(str(one)) for one in millimetres))


@pytest.mark.parametrize(
    ("measured", "loss"),
    [
        ((15, 18, 20, 20, 20), "25.0"),  # the lowest of the three
        ((18, 15, 20, 20, 20), "25.0"),
        ((20, 18, 15, 20, 20), "25.0"),
        ((12, 15, 20, 20, 28), "50.0"),  # mean of the neighbours: 24
        ((20, 20, 20, 20, 20), "0.0"),
        ((22, 22, 22, 20, 20), "0.0"),  # higher than its neighbours: nothing is lost
        ((8, 15, 20, 24, 24), "66.7"),  # a third is kept
        ((7.99, 15, 20, 24, 24), "66.7"),
        ((15.01, 18, 20, 20, 20), "25.0"),  # 24.95 is rounded half up before it is compared
        ((15.02, 18, 20, 20, 20), "24.9"),
        ((15.03, 18, 20, 20, 20), "24.9"),  # 24.85, half up
        ((0.5, 0.5, 1, 1, 1), "50.0"),
    ],
)
def test_height_loss(measured, loss):
    assert measured_height_loss_percent(heights(*measured), level="L1") == Decimal(loss)


@pytest.mark.parametrize("missing", range(5))
def test_a_measurement_that_is_not_complete_gives_no_loss(missing):
    measured = [15, 18, 20, 20, 20]
    measured[missing] = None
    assert measured_height_loss_percent(heights(*measured), level="L1") is None


def test_neighbours_without_a_height_give_no_loss():
    assert measured_height_loss_percent(heights(15, 18, 20, 0, 0), level="L1") is None


def test_a_broken_neighbour_is_not_normal_and_not_needed():
    assert measured_height_loss_percent(heights(12, 15, 20, 10, 24), level="L1", broken={"L1", "T12"}) == Decimal(50)
    assert measured_height_loss_percent(heights(12, 15, 20, None, 24), level="L1", broken={"T12"}) == Decimal(50)
    assert measured_height_loss_percent(heights(12, 15, 20, 24, 24), level="L1", broken={"T12", "L2"}) is None


@pytest.mark.parametrize(("level", "measured"), [("T1", (12, 15, 20, None, 24)), ("L5", (12, 15, 20, 24, None))])
def test_the_ends_of_the_column_have_one_neighbour(level, measured):
    assert measured_height_loss_percent(heights(*measured), level=level) == Decimal(50)


@pytest.mark.parametrize(
    ("loss", "grade"),
    [("0", 0), ("19.9", 0), ("20", 1), ("25", 1), ("25.1", 2), ("40", 2), ("40.1", 3), ("100", 3)],
)
def test_genant(loss, grade):
    assert genant_grade(Decimal(loss)) == grade


@pytest.mark.parametrize(
    ("fractured_on", "precision", "age"),
    [
        (date(2026, 1, 20), "DAY", FractureAge(49, 49)),
        (date(2026, 1, 20), "", FractureAge(49, 49)),
        (date(2026, 1, 20), "MONTH", FractureAge(38, 68)),
        (date(2026, 3, 1), "MONTH", FractureAge(0, 9)),  # the rest of the month has not come yet
        (date(2026, 1, 20), "UNKNOWN", None),
        (None, "DAY", None),
    ],
)
def test_the_age_of_a_fracture(fractured_on, precision, age):
    assert fracture_age(fractured_on, precision, on=DAY) == age


OLD = (FractureAge(30, 30),)


def risk(levels=("L1",), vertebroplasty=False, ages=OLD):
    return cement_embolism_risk(
        levels=levels, vertebroplasty=vertebroplasty, fracture_ages=ages, many_levels=3, fresh_fracture_days=14
    )


@pytest.mark.parametrize(
    ("facts", "high", "factors"),
    [
        ({}, NOT_MET, 0),
        ({"levels": ("L1", "L2")}, NOT_MET, 0),
        ({"levels": ("L1", "L2", "L3")}, MET, 1),
        ({"levels": ("T12",)}, MET, 1),
        ({"vertebroplasty": True}, MET, 1),
        ({"ages": (FractureAge(13, 13),)}, MET, 1),
        ({"ages": (FractureAge(14, 14),)}, NOT_MET, 0),
        ({"ages": (FractureAge(5, 35),)}, UNKNOWN, 0),
        ({"ages": (FractureAge(5, 14),)}, UNKNOWN, 0),
        ({"ages": (FractureAge(0, 13),)}, MET, 1),
        ({"ages": (None,)}, UNKNOWN, 0),
        ({"ages": (None, FractureAge(3, 3))}, MET, 1),
        ({"levels": ("T10", "T11", "T12"), "vertebroplasty": True, "ages": (None,)}, MET, 3),
    ],
)
def test_what_makes_an_embolism_of_cement_likelier(facts, high, factors):
    found = risk(**facts)
    assert (found.high, len(found.present)) == (high, factors)


def test_what_was_found_is_named():
    every = risk(levels=("T10", "T11", "T12"), vertebroplasty=True, ages=(FractureAge(3, 3),))
    assert every.present == (
        "3 levels or more", "a thoracic level", "a fracture younger than 14 days", "vertebroplasty",
    )  # fmt: skip
