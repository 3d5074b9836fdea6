"""A row that is kept back cannot be worked out from the rows beside it and the total."""

from hypothesis import given
from hypothesis import strategies as st

from followup.cohort.small_cells import SMALLEST_SHOWN, Cell, kept_back, tells_of_few


def patients(start: int, count: int) -> frozenset[int]:
    return frozenset(range(start, start + count))


def split(*sizes: tuple[int, int]) -> tuple[Cell, list[Cell]]:
    """The total and parts, each (with a value, belonging)."""
    parts, start = [], 0
    for counted, belonging in sizes:
        parts.append(Cell(patients(start, counted), patients(start, belonging)))
        start += belonging
    return Cell(frozenset().union(*(p.counted for p in parts)), frozenset().union(*(p.belonging for p in parts))), parts


def test_five_are_shown_and_four_are_not():
    assert not tells_of_few(Cell(patients(0, 5), patients(0, 5)))
    assert tells_of_few(Cell(patients(0, 4), patients(0, 9)))
    assert tells_of_few(Cell(frozenset(), patients(0, 4)))
    assert not tells_of_few(Cell(frozenset(), patients(0, 5)))


def test_nothing_is_kept_back_where_nothing_is_small():
    assert kept_back(*split((20, 22), (5, 5), (0, 0))) == frozenset()


def test_the_smallest_other_row_goes_with_a_single_small_one():
    """Else 40 − 30 − 7 would say 3."""
    assert kept_back(*split((30, 30), (7, 7), (3, 3))) == {1, 2}


def test_two_small_rows_that_together_hold_few_take_a_third_with_them():
    """Else 40 − 30 − 6 would tell of the four patients in both."""
    assert kept_back(*split((30, 30), (6, 6), (2, 2), (2, 2))) == {1, 2, 3}


def test_two_small_rows_with_five_or_more_between_them_suffice():
    assert kept_back(*split((30, 30), (4, 4), (3, 3))) == {1, 2}


def test_the_missing_count_does_not_give_a_row_away():
    """Three belong to the second row and none has a value: shown beside the total, its missing count would be 3."""
    assert kept_back(*split((20, 20), (0, 3), (8, 9))) == {1, 2}


def test_beside_a_small_total_nothing_is_shown():
    assert kept_back(*split((4, 9), (0, 5))) == {0, 1}


def test_an_empty_row_is_no_hiding_place():
    assert kept_back(*split((30, 30), (0, 0), (3, 3))) == {0, 2}


def test_one_patient_with_many_vertebrae_is_one_patient():
    total, parts = Cell(patients(0, 9), patients(0, 9)), [
        Cell(frozenset({1}), frozenset({1})), Cell(patients(0, 9), patients(0, 9)),
    ]  # fmt: skip
    assert kept_back(total, parts) == {0, 1}


@given(st.lists(st.integers(0, 12).flatmap(lambda all_: st.tuples(st.integers(0, all_), st.just(all_))), max_size=6))
def test_what_can_be_worked_out_is_never_few(sizes):
    total, parts = split(*sizes)
    if tells_of_few(total):
        return
    hidden = kept_back(total, parts)
    shown = [part for place, part in enumerate(parts) if place not in hidden]
    assert not any(tells_of_few(part) for part in shown)
    for size in ("counted", "belonging"):
        rest = len(getattr(total, size)) - sum(len(getattr(part, size)) for part in shown)
        assert rest == 0 or rest >= SMALLEST_SHOWN
    assert len([place for place in hidden if parts[place].belonging]) != 1
