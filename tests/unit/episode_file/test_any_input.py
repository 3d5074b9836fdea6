"""Whatever a file holds: an answer, or one line that refuses it; never an exception of another kind."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.episode_file import BadEpisode, answer, load, parse_episode
from followup.episode_file.kinds import (
    By,
    Day,
    Group,
    Kind,
    ManyOf,
    Moment,
    Number,
    OneOf,
    Rows,
    Shared,
    Text,
    Whole,
    YesNo,
)
from followup.episode_file.layout import EPISODE
from followup.red_flags.assess import assess
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.episodes import FULL_EPISODE, as_text

_TIMES = st.sampled_from(
    [f"2026-03-{day:02}T{hour:02}:00:00+01:00" for day in (9, 10, 11, 24) for hour in (0, 9, 10, 23)]
)
_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just([None])
)


def answered(text: str) -> dict | None:
    """The answer; None where the file is refused in one line."""
    try:
        history = parse_episode(load(text))
    except BadEpisode as refused:
        assert len(str(refused).splitlines()) == 1
        return None
    assessment = assess(history)
    said = answer(history, assessment, DEFAULT_RULESET)
    # Nothing that was found is lost on the way out.
    assert sum(len(entry["raised"]) for entry in said["timeline"]) == len(assessment.raised)
    assert sum(len(entry["undecided"]) for entry in said["timeline"]) == len(assessment.undecided)
    return said


def likely(kind: Kind) -> st.SearchStrategy:
    """Values that the kind takes, mostly; times and ids may still contradict each other."""
    match kind:
        case Shared():
            return likely(kind.of)
        case Group():
            required = {name: likely(kind.fields[name]) for name in kind.required}
            others = {name: likely(one) | st.none() for name, one in kind.fields.items() if name not in required}
            return st.fixed_dictionaries(required, optional=others)
        case Rows():
            return st.lists(likely(kind.of), max_size=4)
        case By():
            return likely(kind.usual)
        case Whole():
            return st.integers(kind.low, kind.high)
        case Number():
            steps = 10**kind.decimals
            return st.integers(math.ceil(kind.low * steps), int(kind.high * steps)).map(lambda step: step / steps)
        case YesNo():
            return st.booleans()
        case OneOf():
            return st.sampled_from(kind.codes)
        case ManyOf():
            return st.lists(st.sampled_from(kind.codes), unique=True, max_size=3)
        case Moment():
            return _TIMES
        case Day():
            return st.just("2026-03-01")
        case Text():
            return st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=3)
    raise AssertionError(kind)


@settings(max_examples=150, deadline=None)
@given(st.recursive(_ODD, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner), max_leaves=20))
def test_any_json(document):
    answered(json.dumps(document))


@settings(max_examples=150, deadline=None)
@given(st.text() | st.binary(max_size=200).map(lambda some: some.decode("latin-1")))
def test_any_text(text):
    assert answered(text) is None


@settings(max_examples=100, deadline=None)
@given(likely(EPISODE))
def test_any_episode_is_answered_or_refused_and_the_answer_is_json(document):
    said = answered(json.dumps(document))
    if said is not None:
        text = json.dumps(said, allow_nan=False)
        assert json.loads(text) == said
        assert all(one["rule_code"] != "X0" for entry in said["timeline"] for one in entry["raised"])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_odd_value_anywhere_in_a_good_episode(data):
    document = json.loads(as_text(FULL_EPISODE))
    target: object = document
    while True:
        keys = sorted(target) if isinstance(target, dict) else range(len(target))
        key = data.draw(st.sampled_from(keys))
        inner = target[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        target = inner
    target[key] = data.draw(_ODD)
    answered(json.dumps(document))


def test_a_good_episode_is_answered():
    """Else the properties above could hold because everything is refused."""
    assert answered(as_text(FULL_EPISODE))["timeline"]


@pytest.mark.parametrize("number", ["-0", "-0.0", "0e5", "0.0000"])
def test_nothing_below_zero_comes_of_a_zero(number):
    text = as_text(FULL_EPISODE).replace('"at_rest": 2', f'"at_rest": {number}')
    history = parse_episode(load(text))
    assert {str(reading.pain.at_rest) for reading in history.readings} == {"0.0"}


def test_millimetres_are_divided_by_ten():
    text = as_text(FULL_EPISODE).replace('"NRS"', '"VAS_MM"').replace("3.5", "35")
    pain = parse_episode(load(text)).readings[0].pain
    assert (str(pain.at_rest), str(pain.on_movement)) == ("0.2", "3.5")
