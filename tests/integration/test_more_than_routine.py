"""What the bedside form takes beside the routine set: saved, shown, corrected, and blank where nobody asked."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import Observation
from tests import cast
from tests.bedside import ROUTINE, an_episode_hours_ago, log_url, opened, save, sent
from tests.reading import read, words

pytestmark = pytest.mark.django_db

NOT_SAVED = 422
ASKED = (
    "fall", "rigors", "rib_tenderness", "calf_swelling_or_pain", "urticaria", "wheeze", "lip_swelling",
    "wound_redness_over_2_cm", "wound_discharge", "wound_pus", "wound_warmth", "wound_opening", "expanding_swelling",
    "dressing_soaked_twice", "walked", "orthostatic_symptoms",
)  # fmt: skip
NUMBERS = {"weight_kilograms": "71.5", "haemoglobin_grams_per_decilitre": "12.4"}


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def episode(site, nurse):
    return an_episode_hours_ago(2.0, cast.a_patient(site))


def stored() -> Observation:
    return Observation.objects.get()


# --- yes, no, not asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "kept"), [("yes", True), ("no", False), ("", None)])
def test_each_question_is_kept_as_yes_as_no_or_as_not_asked(client, episode, answer, kept):
    assert sent(client, episode, pulse_per_minute="72", **dict.fromkeys(ASKED, answer)).status_code == 302
    assert {name: getattr(stored(), name) for name in ASKED} == dict.fromkeys(ASKED, kept)


def test_every_answer_is_shown_on_the_observation_and_on_the_chart(client, nurse, episode):
    given = dict.fromkeys(ASKED, "yes") | {"wound_pus": "no", "walked": "no"}
    sent(client, episode, **given, **NUMBERS, pain_at_rest="3", pain_characters=["PLEURITIC", "AXIAL"])
    for page in (
        words(read(client, nurse, "observation", stored().public_id)),
        words(read(client, nurse, "chart", episode.public_id)),
    ):
        for said in (
            "fell", "shaking chills", "a rib is tender to touch", "one calf newly swollen or painful", "hives", "wheeze",
            "lips or tongue swollen", "wound: redness over 2 cm", "wound: discharge", "not wound: pus", "wound: warm",
            "wound: open", "swelling that grows", "dressing soaked twice within an hour", "dizzy or faint on standing",
            "not got up and walked", "weight 71.5 kg", "haemoglobin 12.4 g/dL", "in the back itself",
            "worse on breathing in",
        ):  # fmt: skip
            assert said in page, said


def test_nothing_is_shown_of_what_was_not_asked(client, nurse, episode):
    sent(client, episode, pulse_per_minute="72")
    entered = words(read(client, nurse, "observation", stored().public_id)).split("What was entered")[1]
    for label in ("Complications", "Getting up", "Weight", "Pain", "Chest", "Neurology"):
        assert label not in entered


def test_a_correction_shows_all_of_it_and_unchanged_stores_the_same(client, episode):
    typed = {
        **ROUTINE, **dict.fromkeys(ASKED, "yes"), "rigors": "no", **NUMBERS, "supplemental_oxygen": "yes",
        "oxygen_device": "mask", "inspired_oxygen_percent": "35", "pain_characters": ["BURNING"],
    }  # fmt: skip
    assert sent(client, episode, **typed).status_code == 302
    first = stored()
    address = reverse("correct_observation", args=[first.public_id])
    form = opened(client, address)
    assert (form["rigors"], form["fall"], form["weight_kilograms"]) == (["no"], ["yes"], "71.5")
    assert (form["inspired_oxygen_percent"], form["pain_characters"]) == ("35", ["BURNING"])
    assert save(client, address, form, correction_reason="seen again").status_code == 302
    again = Observation.objects.get(supersedes=first)
    names = (*ASKED, *NUMBERS, "inspired_oxygen_percent", "pain_characters", "pain_at_rest", "pain_scale")
    assert {name: getattr(again, name) for name in names} == {name: getattr(first, name) for name in names}


def test_what_is_used_or_wrong_stands_open_and_the_rest_is_folded(client, episode):
    def is_open(page, summary: str) -> bool:
        folded = re.search(rf"<details([^>]*)>\s*<summary>{summary}", page.content.decode())
        return "open" in folded.group(1)

    fresh = client.get(log_url(episode))
    for summary in ("Infection, bleeding, allergy", "Getting up, weight", "Where, since when"):
        assert not is_open(fresh, summary)
    wrong = sent(client, episode, rigors="yes", weight_kilograms="3", pain_at_rest_mm="101")
    for summary in ("Infection, bleeding, allergy", "Getting up, weight", "Where, since when"):
        assert is_open(wrong, summary)


# --- what stands beside the form -------------------------------------------------------------------------------------


def urine(client, episode) -> str:
    text = client.get(log_url(episode)).content.decode()
    return words(text.split('id="void-clock"')[1].split("<details")[0])


def test_the_form_says_how_long_no_urine_was_passed(client, site, nurse, episode):
    assert "not since the procedure , 2 h" in urine(client, episode)
    cast.log(episode, minutes=60, neurology={"voided": True})
    shown = urine(client, episode)
    assert re.search(r"last passed .*\d\d:\d\d \(1 h( 1 min)? ago\)", shown)
    assert "Scan the bladder" not in shown


def test_after_six_hours_it_asks_for_a_bladder_scan_and_above_six_hundred_to_catheterise(client, site, nurse):
    episode = an_episode_hours_ago(6.1, cast.a_patient(site))
    assert "◆ not since the procedure , 6 h 6 min Scan the bladder now" in urine(client, episode)
    cast.log(episode, minutes=360, neurology={"post_void_residual_ml": 650})
    assert "650 mL left at" in urine(client, episode)
    cast.log(episode, minutes=363, neurology={"voiding": "CATHETERISED"})
    assert "Urine catheter" in urine(client, episode)


@pytest.mark.parametrize(("hours", "cautioned"), [(71.9, False), (72.1, True)])
def test_an_old_neurological_baseline_is_cautioned_about_on_form_and_chart(client, site, nurse, hours, cautioned):
    measured_at = datetime.now(UTC) - timedelta(hours=2 + hours)
    episode = an_episode_hours_ago(2.0, cast.a_patient(site), baseline=cast.a_baseline(effective_at=measured_at))
    caution = "Older baseline, used with caution"
    assert (caution in read(client, nurse, "log_observation", episode.public_id)) is cautioned
    assert (caution in read(client, nurse, "chart", episode.public_id)) is cautioned


def test_an_old_baseline_without_neurology_needs_no_caution(client, site, nurse):
    old = cast.a_baseline(effective_at=datetime.now(UTC) - timedelta(hours=100), neurology={})
    episode = an_episode_hours_ago(2.0, cast.a_patient(site), baseline=old)
    assert "Older baseline" not in read(client, nurse, "chart", episode.public_id)
