"""The spine picture: what is drawn at which level, what its words say, and nothing that nobody entered."""

from decimal import Decimal

import pytest

from followup.models import Observation
from followup.selectors.patient_chart import episode_chart
from followup.selectors.spine_picture import SpinePicture, pain_places
from procedures.vertebrae import LEVELS
from tests import cast

pytestmark = pytest.mark.django_db


def drawn(episode) -> SpinePicture:
    return episode_chart(episode, now=cast.T0).spine


def body(picture: SpinePicture, level: str):
    return next(one for one in picture.bodies if one.level == level)


def heights(one) -> list[float]:
    """Of front, middle and back."""
    points = [tuple(map(float, point.split(","))) for point in one.outline.split()]
    lower = max(y for _x, y in points)
    return [round(lower - y, 1) for _x, y in points[:3]]


def test_every_level_from_t1_to_l5_stands_once_and_lower_than_the_one_above(site):
    picture = drawn(cast.an_episode(cast.a_patient(site)))
    assert tuple(one.level for one in picture.bodies) == LEVELS
    ys = [one.y for one in picture.bodies]
    assert ys == sorted(set(ys))
    assert max(ys) < picture.sacrum_y < picture.height


@pytest.mark.parametrize(
    ("morphology", "shape"),
    [
        ("WEDGE", lambda front, middle, back: front < middle < back),
        ("BICONCAVE", lambda front, middle, back: middle < front == back),
        ("CRUSH", lambda front, middle, back: front == middle == back < 22),
        ("", lambda front, middle, back: front == middle == back == 22),
    ],
)
def test_a_collapse_is_drawn_by_its_kind(site, morphology, shape):
    episode = cast.an_episode(cast.a_patient(site))
    episode.fractures.update(morphology=morphology, height_loss_percent=Decimal(40))
    broken = body(drawn(episode), "L1")
    assert shape(*heights(broken))
    assert broken.crack
    assert "height loss 40.0 % estimated, Genant 2 moderate" in broken.words


def test_a_vertebra_without_a_fracture_has_no_crack_and_no_words(site):
    intact = body(drawn(cast.an_episode(cast.a_patient(site))), "T5")
    assert (intact.crack, intact.words, intact.treated, intact.leaks) == ("", "", False, ())


def test_a_loss_of_all_height_leaves_something_to_see(site):
    episode = cast.an_episode(cast.a_patient(site))
    episode.fractures.update(morphology="CRUSH", height_loss_percent=Decimal(100))
    assert min(heights(body(drawn(episode), "L1"))) > 0


def test_cement_and_each_place_of_leakage_stand_at_their_level_with_a_letter_of_their_own(site):
    episode = cast.an_episode(cast.a_patient(site), levels=("T12", "L1"))
    places = ["EPIDURAL", "FORAMINAL", "DISC_ABOVE", "DISC_BELOW", "SOFT_TISSUE", "VEIN", "NEEDLE_TRACK", "PULMONARY"]
    episode.treated_levels.filter(level="L1").update(leakage="SYMPTOMATIC", leakage_sites=places)
    picture = drawn(episode)

    leaks = body(picture, "L1").leaks
    assert len({mark.letter for mark in leaks}) == len({(mark.x, mark.y) for mark in leaks}) == len(places)
    assert all(mark.symptomatic for mark in leaks)
    assert body(picture, "T12").leaks == ()
    assert body(picture, "T12").cement_words == "4.5 mL, bipedicular"
    assert [mark.letter for mark in picture.leak_letters] == sorted(mark.letter for mark in leaks)


def test_leakage_that_nobody_assessed_is_not_called_none(site):
    episode = cast.an_episode(cast.a_patient(site))
    episode.treated_levels.update(leakage="", cement_volume_millilitres=None)
    words = body(drawn(episode), "L1").words
    assert "leakage: not assessed" in words
    assert "cement volume not entered" in words


@pytest.mark.parametrize(
    ("sites", "treated", "levels"),
    [
        (["TREATED_LEVEL"], ("T12", "L1"), {"T12", "L1"}),
        # The neighbour of one that was itself treated is no adjacent level.
        (["ADJACENT_ABOVE"], ("T12", "L1"), {"T11"}),
        (["ADJACENT_BELOW"], ("T12", "L1"), {"L2"}),
        (["ADJACENT_ABOVE"], ("T1",), set()),
        (["ADJACENT_BELOW"], ("L5",), {"S1"}),
        (["LEG_RIGHT", "OTHER_SPINE"], ("L1",), set()),
    ],
)
def test_each_place_of_pain_as_the_levels_that_it_means(sites, treated, levels):
    asked = Observation(effective_at=cast.T0, pain_sites=sites)
    assert pain_places([asked], treated).levels == levels


def test_pain_is_that_of_the_newest_observation_that_was_asked_about_it():
    old = Observation(effective_at=cast.T0, pain_sites=["TREATED_LEVEL"])
    nothing_asked = Observation(effective_at=cast.T0)
    without = Observation(effective_at=cast.T0, pain_at_rest=Decimal(0))
    placeless = Observation(effective_at=cast.T0, pain_at_rest=Decimal(3))
    assert pain_places([old, nothing_asked], ["L1"]).words == "treated level"
    assert (pain_places([old, without], ["L1"]).words, pain_places([old, without], ["L1"]).levels) == (
        "no pain",
        frozenset(),
    )
    assert pain_places([old, placeless], ["L1"]).words == "place not asked"
    assert pain_places([nothing_asked], ["L1"]).asked_at is None
