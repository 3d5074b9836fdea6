"""A nurse enters outcome scores, corrects them and strikes them out; a coordinator reads them."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils import timezone

from followup.models import OutcomeScore
from kyphotrack import env
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast
from tests.bedside import an_episode_hours_ago, beside, filled_in, local_minute
from tests.reading import read, words

pytestmark = pytest.mark.django_db
SECTIONS = [f"odi_s{number}" for number in range(1, 11)]


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def licensed(settings):
    settings.ODI_LICENCE_REF = "licence 1"


@pytest.fixture
def episode(site):
    return an_episode_hours_ago(24 * 43, cast.a_patient(site))


def address(episode) -> str:
    return reverse("outcomes", args=[episode.public_id])


def send(client, episode, at=None, follow=False, **typed):
    at = at or timezone.now() - timedelta(minutes=5)
    return client.post(
        address(episode),
        filled_in(client.get(address(episode))) | {"effective_at": local_minute(episode, at)} | typed,
        follow=follow,
    )


def only_score() -> OutcomeScore:
    return OutcomeScore._default_manager.get()


def test_scores_are_stored_and_read_in_words(client, nurse, episode):
    page = send(
        client, episode, follow=True, contact="FU5", kps="70", mobility="1", tug_seconds="12.0", weight_kilograms="71.5"
    )
    text = words(page.content.decode())
    assert "70: cares for self, cannot work or do normal activity (cares for self)" in text
    assert "1: with an aid" in text
    assert "Risk of falls" in text
    assert "6 weeks (ODI, KPS or ECOG, mobility)" in text
    score = only_score()
    assert (score.kps, score.mobility, score.tug_seconds, score.weight_kilograms) == (70, 1, 12, Decimal("71.5"))
    assert (score.tug_unable, score.odi_percent, score.recorded_by) == (None, None, nurse)
    assert ChartEvent.objects.filter(verb="RECORDED_OUTCOME", subject_id=score.public_id, by=nurse).count() == 1


def test_ecog_is_shown_beside_karnofsky_and_never_stored_for_it(client, nurse, episode):
    text = words(send(client, episode, follow=True, kps="60").content.decode())
    assert "not asked; 2 would go with this Karnofsky score" in text
    assert only_score().ecog is None
    send(client, episode, ecog="1")
    assert OutcomeScore._default_manager.get(ecog=1).kps is None


def test_without_a_licence_there_is_no_odi_and_one_line_says_why(client, nurse, episode):
    html = client.get(address(episode)).content.decode()
    assert "odi_s1" not in html
    assert "the licence of this site is not entered" in words(html)


def test_what_is_sent_as_odi_without_a_licence_is_not_stored(client, nurse, episode):
    send(client, episode, kps="70", **dict.fromkeys(SECTIONS, "2"))
    assert only_score().odi_sections == [None] * 10


def test_with_a_licence_ten_numbered_boxes_are_scored(client, nurse, episode, licensed):
    html = client.get(address(episode)).content.decode()
    labels = re.findall(r'<label for="id_odi_s\d+">(.*?)</label>', html)
    assert labels == [f"Section {number}" for number in range(1, 11)]
    page = send(client, episode, follow=True, **dict.fromkeys(SECTIONS[:9], "2") | {"odi_s1": "0"})
    assert only_score().odi_percent == 36
    assert only_score().ruleset_version
    assert "36 %: moderate disability (9 of 10 sections answered)" in words(page.content.decode())


def test_too_few_sections_are_stored_and_not_scored(client, nurse, episode, licensed):
    page = send(client, episode, follow=True, **dict.fromkeys(SECTIONS[:8], "2"))
    assert "no score: 8 of 10 sections answered" in words(page.content.decode())
    assert only_score().odi_percent is None


def test_a_change_of_ten_points_is_said(client, nurse, episode, licensed):
    send(client, episode, at=timezone.now() - timedelta(days=2), **dict.fromkeys(SECTIONS, "3"))
    page = send(client, episode, follow=True, **dict.fromkeys(SECTIONS, "2"))
    assert "20 points better than the score before" in words(page.content.decode())


def test_the_wording_of_the_site_is_shown_where_it_has_one(client, nurse, episode, licensed, settings):
    settings.ODI_WORDING = [
        {"title": f"Title {section}", "statements": [f"Statement {section}.{points}" for points in range(6)]}
        for section in range(1, 11)
    ]
    html = client.get(address(episode)).content.decode()
    assert "Section 3: Title 3" in html and "5 Statement 3.5" in html
    send(client, episode, **dict.fromkeys(SECTIONS, "5"))
    assert only_score().odi_percent == 100


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", "not json", json.dumps([{"title": "x", "statements": ["a"] * 5}] * 10)]
)
def test_a_wording_file_that_is_none_stops_the_start_and_says_which(tmp_path, monkeypatch, content):
    path = tmp_path / "odi.json"
    path.write_text(content)
    monkeypatch.setenv("ODI_WORDING_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match="ODI_WORDING_FILE"):
        env.odi_wording("ODI_WORDING_FILE")
    monkeypatch.setenv("ODI_WORDING_FILE", str(tmp_path / "none.json"))
    with pytest.raises(ImproperlyConfigured, match="readable"):
        env.odi_wording("ODI_WORDING_FILE")


def test_a_right_wording_file_is_read(tmp_path, monkeypatch):
    sections = [{"title": "x", "statements": ["a"] * 6}] * 10
    (tmp_path / "odi.json").write_text(json.dumps(sections))
    monkeypatch.setenv("ODI_WORDING_FILE", str(tmp_path / "odi.json"))
    assert env.odi_wording("ODI_WORDING_FILE") == sections
    monkeypatch.delenv("ODI_WORDING_FILE")
    assert env.odi_wording("ODI_WORDING_FILE") is None


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"kps": "75"}, "kps", "Select a valid choice"),
        ({"tug_seconds": "12.55"}, "tug_seconds", "one decimal"),
        ({"tug_seconds": "0"}, "tug_seconds", "Possible is 0.1 to 600 s"),
        ({"tug_seconds": "fast"}, "tug_seconds", "Enter a number"),
        ({"tug_seconds": "14", "tug_unable": "yes"}, "tug_unable", "Clear one of the two"),
        ({"weight_kilograms": "7"}, "weight_kilograms", "Possible is 20 to 350 kg"),
        ({"mobility": "6"}, "mobility", "Select a valid choice"),
        ({"odi_s4": "6", "kps": "70"}, "odi_s4", "Possible is 0 to 5 points"),
        ({"kps": "70", "effective_at": ""}, "effective_at", "Enter when this was answered"),
        ({"kps": "70", "effective_at": "2001-01-01T10:00"}, "effective_at", "more than 30 days before the procedure"),
        ({"kps": "70", "effective_at": "2199-01-01T10:00"}, "effective_at", "lies in the future"),
    ],
)
def test_an_impossible_value_is_refused_beside_its_field_and_what_was_typed_stays(
    client, nurse, episode, licensed, typed, field, says
):
    page = send(client, episode, **typed)
    assert page.status_code == 422
    assert says in beside(page, field)
    assert not OutcomeScore._default_manager.exists()


def test_an_empty_form_is_refused(client, nurse, episode):
    page = send(client, episode)
    assert page.status_code == 422
    assert "Enter at least one score" in page.content.decode()


def test_a_weight_that_jumped_is_asked_about_once(client, nurse, episode):
    send(client, episode, weight_kilograms="80")
    page = send(client, episode, weight_kilograms="72")
    assert "72 kg (before 80.0 kg)" in beside(page, "weight_kilograms")
    assert OutcomeScore._default_manager.count() == 1
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', page.content.decode()).group(1)
    assert send(client, episode, weight_kilograms="72", confirmed=confirmed).status_code == 302
    assert send(client, episode, weight_kilograms="75").status_code == 302


def test_a_double_tap_stores_one_row(client, nurse, episode):
    form = filled_in(client.get(address(episode))) | {
        "effective_at": local_minute(episode, timezone.now() - timedelta(hours=1)), "kps": "70",
    }  # fmt: skip
    client.post(address(episode), form)
    again = client.post(address(episode), form, follow=True)
    assert "saved before" in again.content.decode()
    assert OutcomeScore._default_manager.count() == 1


# --- correction ------------------------------------------------------------------------------------------------------


def correction(client, score, **typed):
    at = reverse("correct_outcome", args=[score.public_id])
    return client.post(at, filled_in(client.get(at)) | typed)


def test_a_correction_comes_filled_in_needs_a_reason_and_keeps_both(client, nurse, episode, licensed):
    send(client, episode, kps="70", tug_unable="no", **dict.fromkeys(SECTIONS, "2"))
    wrong = only_score()
    refused = correction(client, wrong, kps="60")
    assert refused.status_code == 422
    assert "why it is corrected" in beside(refused, "correction_reason")
    assert correction(client, wrong, kps="60", correction_reason="Read the wrong line.").status_code == 302
    new = OutcomeScore._default_manager.get(supersedes=wrong)
    assert (new.kps, new.odi_percent, new.tug_unable, new.effective_at) == (60, 40, False, wrong.effective_at)
    text = words(client.get(address(episode)).content.decode())
    assert "Read the wrong line." in text and "70: cares for self" in text and "60: needs occasional help" in text
    assert client.get(reverse("correct_outcome", args=[wrong.public_id])).status_code == 302


def test_a_correction_without_a_licence_keeps_the_sections_that_it_does_not_show(client, nurse, episode, settings):
    settings.ODI_LICENCE_REF = "licence 1"
    send(client, episode, kps="70", **dict.fromkeys(SECTIONS, "2"))
    settings.ODI_LICENCE_REF = ""
    correction(client, only_score(), kps="60", correction_reason="Wrong line.")
    assert OutcomeScore._default_manager.get(kps=60).odi_percent == 40


def test_a_row_of_another_patient_is_struck_out(client, nurse, episode):
    send(client, episode, kps="70")
    correction(client, only_score(), entered_in_error="on", correction_reason="Another patient.")
    text = words(client.get(address(episode)).content.decode())
    assert "Struck out" in text and "Another patient." in text
    assert not OutcomeScore._default_manager.filter(superseded_by__isnull=True, entered_in_error=False).exists()
    assert ChartEvent.objects.filter(verb="CORRECTED_OUTCOME", reason="Another patient.").count() == 1


# --- who -------------------------------------------------------------------------------------------------------------


def test_a_coordinator_reads_and_cannot_record(client, nurse, episode):
    send(client, episode, kps="70")
    coordinator = cast.a_member(episode.patient.site, Role.COORDINATOR, "Coordinator One")
    html = read(client, coordinator, "outcomes", episode.public_id)
    assert "70: cares for self" in words(html)
    assert 'id="id_kps"' not in html and reverse("correct_outcome", args=[only_score().public_id]) not in html
    assert client.post(address(episode), {"kps": "80"}).status_code == 403
    assert client.get(reverse("correct_outcome", args=[only_score().public_id])).status_code == 403


def test_a_stranger_finds_nothing(client, nurse, episode):
    send(client, episode, kps="70")
    client.force_login(cast.a_physician(cast.a_site("South unit"), "Physician South"))
    for at in (address(episode), reverse("correct_outcome", args=[only_score().public_id])):
        assert client.get(at).status_code == client.post(at, {"kps": "80"}).status_code == 404


def test_the_chart_leads_here(client, nurse, episode):
    chart = client.get(reverse("chart", args=[episode.public_id])).content.decode()
    assert address(episode) in chart and reverse("bone_health", args=[episode.public_id]) in chart
