"""What a blank may hide: every rule of pain is open if and only if some answer in the blanks would meet it.

Each is tried against all answers that could stand in the blanks that it reads, one product a question.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.red_flags.assess import assess
from followup.red_flags.history import Context, History, Pain, Reading
from followup.red_flags.news2 import score
from followup.red_flags.rules import RULES_BY_CODE
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.red_flags.situation import Situation
from procedures.three_valued import MET, UNKNOWN
from tests.unit.red_flags.build import DAY, T0, at, dose

PAIN_RULES = ("P1", "P1a", "P2", "P2r", "P3", "P4", "P4b", "P4c", "P5", "P6", "P7", "P8", "AF1")
SCORES = tuple(map(Decimal, range(11)))
SITES = tuple(
    frozenset(one)
    for one in ((), ("TREATED_LEVEL",), ("RIB_LEFT",), ("GIRDLE",), ("OTHER",), ("RIB_LEFT", "OTHER_SPINE"))
)
ANSWERS = {
    "at_rest": SCORES, "on_movement": SCORES, "sites": SITES[1:], "new_site": (True, False), "sudden_onset": (True, False),
    "trigger": ("NONE", "COUGH", "FALL"), "took_analgesia": (True, False), "relief": ("NONE", "PARTIAL", "GOOD"),
    "fall": (True, False),
}  # fmt: skip
_TRAJECTORY = (("at_rest", "before.at_rest"), ("on_movement", "before.on_movement"))
_SEVERE = (("at_rest", "on_movement"),)
# The blanks that each rule reads; a rule of two contexts reads one or the other. P7 rests on the amounts of the doses,
# which are no answer of the reading.
READS = {
    "P1": _TRAJECTORY, "P1a": _TRAJECTORY, "P3": _TRAJECTORY, "P6": _TRAJECTORY,
    "P2": (("sudden_onset", "new_site", "sites"),), "P2r": (("new_site", "sites"),),
    "P4": _SEVERE, "P4b": _SEVERE, "P5": _SEVERE, "P4c": (("at_rest", "took_analgesia", "relief"),
                                                         ("on_movement", "took_analgesia", "relief")),
    "P8": (("fall", "trigger"),),
    "AF1": (*_TRAJECTORY, ("sudden_onset", "new_site", "sites"), ("fall", "trigger", "sites"), ("fall", "at_rest"),
            ("fall", "on_movement")),
}  # fmt: skip


def blank_or(*values):
    return st.one_of(st.none(), st.sampled_from(values))


whole_scores = blank_or(*SCORES)
pains = st.builds(
    Pain, at_rest=whole_scores, on_movement=whole_scores, sites=st.sampled_from(SITES),
    **{name: blank_or(*ANSWERS[name]) for name in ANSWERS if name not in ("at_rest", "on_movement", "sites")},
)  # fmt: skip
sources = st.sampled_from(["NURSE", "PHONE"])
consciousness = st.sampled_from([None, "A", "V"])


@st.composite
def histories(draw):
    """A course of up to five readings and a last one, with two readings of one instant now and then."""
    minutes = draw(st.lists(st.sampled_from([30, 60, 120, 150, 240, 300]), max_size=5))
    earlier = [
        _reading(f"earlier {index}", time, draw(pains), draw(sources), draw(consciousness))
        for index, time in enumerate(sorted(minutes))
    ]
    last = draw(st.sampled_from([310, 400, 10 * DAY, 14 * DAY, 19 * DAY]))
    days = st.sampled_from([121, 200, 305, DAY, 14 * DAY])
    doses = draw(
        st.lists(
            st.builds(
                dose, days, st.sampled_from(["PO", "IV"]), st.sampled_from(["MORPHINE", "NSAID"]), blank_or(5, 20)
            ),
            max_size=3,
        )
    )
    before = draw(st.one_of(st.none(), st.builds(Pain, at_rest=whole_scores, on_movement=whole_scores)))
    current = _reading("last", last, draw(pains), draw(sources))
    baseline = None if before is None else Reading("baseline", at(-180), pain=before)
    return History(Context(T0, ("L1",)), baseline, (*earlier, current), tuple(doses))


def _reading(name, minutes, pain, source="NURSE", awake=None):
    blank = Reading(name, at(minutes), pain=pain, source=source)
    return replace(blank, vitals=replace(blank.vitals, consciousness=awake))


def said(code, history):
    """What a rule says of the last reading."""
    last = history.readings[-1]
    situation = Situation(
        current=last,
        earlier=tuple(one for one in history.readings if one.effective_at < last.effective_at),
        history=history,
        ruleset=DEFAULT_RULESET,
        news2=score(last.vitals, 1),
        previous_news2=None,
        reference_exam={},
    )
    for below in ("P1", "P2", "P8") if code == "AF1" else ():
        situation.said[below] = RULES_BY_CODE[below].criterion(situation)
    return RULES_BY_CODE[code].criterion(situation).truth


def filled(history, names, answers):
    """The history with these answers in the blanks of its last reading and its baseline; what is known stays."""
    last = history.readings[-1]
    pain, before = last.pain, history.baseline.pain if history.baseline else Pain()
    for name, answer in zip(names, answers, strict=True):
        where, _, field = name.rpartition(".")
        if where:
            before = before if getattr(before, field) is not None else replace(before, **{field: answer})
        else:
            pain = pain if getattr(pain, field) not in (None, frozenset()) else replace(pain, **{field: answer})
    baseline = replace(history.baseline or Reading("baseline", at(-180)), pain=before)
    return replace(history, baseline=baseline, readings=(*history.readings[:-1], replace(last, pain=pain)))


def could_be_met(code, history):
    for names in READS[code]:
        choices = [(None, *ANSWERS[name.rpartition(".")[2]]) for name in names]
        blanks = [_is_blank(history, name) for name in names]
        for answers in product(*(one if blank else one[:1] for one, blank in zip(choices, blanks, strict=True))):
            known = [(name, answer) for name, answer in zip(names, answers, strict=True) if answer is not None]
            if said(code, filled(history, *zip(*known, strict=True)) if known else history) is MET:
                return True
    return False


def _is_blank(history, name):
    where, _, field = name.rpartition(".")
    pain = history.readings[-1].pain
    if where:
        return history.baseline is None or getattr(history.baseline.pain, field) is None
    return getattr(pain, field) in (None, frozenset())


@pytest.mark.parametrize("code", READS)
@settings(max_examples=60, deadline=None)
@given(history=histories())
def test_a_rule_is_open_exactly_when_an_answer_in_the_blanks_would_meet_it(code, history):
    answer = said(code, history)
    assert answer is MET or (answer is UNKNOWN) == could_be_met(code, history)


@settings(max_examples=150, deadline=None)
@given(history=histories(), data=st.data())
def test_what_is_neither_raised_nor_open_is_raised_by_no_answer_in_the_blanks(history, data):
    """All blanks filled at once, and the whole table: nothing that a page called settled comes back."""
    names = [*ANSWERS, "before.at_rest", "before.on_movement"]
    answers = [data.draw(st.sampled_from(ANSWERS[name.rpartition(".")[2]])) for name in names]
    blank, full = assess(history), assess(filled(history, names, answers))
    settled = set(PAIN_RULES) - {one.rule_code for one in (*blank.raised_by("last"), *blank.undecided_by("last"))}
    assert not settled & {one.rule_code for one in full.raised_by("last")}


@settings(max_examples=150, deadline=None)
@given(history=histories(), more=st.integers(1, 10), name=st.sampled_from(["at_rest", "on_movement"]))
def test_a_higher_score_takes_no_finding_away(history, more, name):
    last = history.readings[-1]
    now = getattr(last.pain, name)
    higher = min(Decimal(10), (now or Decimal(0)) + more)
    worse = replace(
        history, readings=(*history.readings[:-1], replace(last, pain=replace(last.pain, **{name: higher})))
    )
    for code in ("P1", "P3", "P4", "P4b", "P4c", "P5", "P6", "P8"):
        assert said(code, history) is not MET or said(code, worse) is MET


@settings(max_examples=100, deadline=None)
@given(history=histories())
def test_blanks_raise_no_fault(history):
    assert "X0" not in {one.rule_code for one in assess(history).raised}
