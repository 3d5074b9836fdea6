"""A nurse at the bedside reads whether the patient may get up, and why not yet."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db
FULL_SET = cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"voided": True})


def episode(site, *, minutes_ago: float):
    return cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(minutes=minutes_ago))


def said(client, nurse, procedure) -> set[str]:
    """The same on the bedside form and on the chart."""
    found = set()
    for page in ("log_observation", "chart"):
        text = words(read(client, nurse, page, procedure.public_id))
        assert "May get up:" in text, page
        found.add(text.split("May get up: ")[1].split(".")[0])
    return found


def test_yes_after_bed_rest_with_a_low_news2_and_an_unchanged_exam(client, site, nurse):
    procedure = episode(site, minutes_ago=70)
    cast.log(procedure, minutes=60, **FULL_SET)
    assert said(client, nurse, procedure) == {"✓ yes"}


def test_not_yet_during_bed_rest(client, site, nurse):
    procedure = episode(site, minutes_ago=35.5)
    cast.log(procedure, minutes=30, **FULL_SET)
    assert said(client, nurse, procedure) == {"✕ not yet, because 35 of 60 minutes of bed rest are over"}


def test_not_known_without_vital_signs_and_exam(client, site, nurse):
    procedure = episode(site, minutes_ago=70)
    assert said(client, nurse, procedure) == {
        "? not known, because no vital signs were measured; no full neurological exam was done"
    }


def test_an_open_red_flag_holds_the_patient_back_although_the_last_full_exam_was_fine(client, site, nurse):
    procedure = episode(site, minutes_ago=80)
    cast.log(procedure, minutes=60, **FULL_SET)
    cast.log(procedure, minutes=75, neurology={"motor_L4_R": "3"})
    assert said(client, nurse, procedure) == {"✕ not yet, because a red flag is open (N1)"}


def test_the_first_walk_is_shown(client, site, nurse):
    procedure = episode(site, minutes_ago=100)
    cast.log(procedure, minutes=60, **FULL_SET)
    cast.log(procedure, minutes=90, walked=True)
    cast.log(procedure, minutes=70, typed_after=30, walked=True)
    first = (procedure.time_zero + timedelta(minutes=70)).astimezone(site.zone)
    for page in ("log_observation", "chart"):
        assert f"First walked {first:%-d %b %H:%M}." in words(read(client, nurse, page, procedure.public_id))


def test_a_correction_is_no_moment_to_get_up(client, site, nurse):
    procedure = episode(site, minutes_ago=70)
    saved = cast.log(procedure, minutes=60, **FULL_SET)
    client.force_login(nurse)
    page = client.get(reverse("correct_observation", args=[saved.observation.public_id]))
    assert "May get up" not in page.content.decode()
