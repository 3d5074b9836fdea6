"""A nurse enters what somebody measured on a later image, corrects it and strikes it out; the chart's thread keeps it."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from followup.models import HeightMeasurement
from followup.services.heights import NotTreated, record_heights
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast
from tests.bedside import an_episode_hours_ago, beside, filled_in
from tests.reading import read, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def episode(site):
    return an_episode_hours_ago(24 * 43, cast.a_patient(site))


def address(episode) -> str:
    return reverse("heights", args=[episode.public_id])


def day(episode, days: int) -> str:
    return (episode.time_zero + timedelta(days=days)).astimezone(episode.patient.site.zone).date().isoformat()


def send(client, page: str, follow: bool = False, **typed):
    return client.post(page, filled_in(client.get(page)) | typed, follow=follow)


def only() -> HeightMeasurement:
    return HeightMeasurement._default_manager.get()


def test_heights_are_stored_and_read_with_their_ratio(client, nurse, episode):
    page = send(
        client, address(episode), follow=True, imaged_on=day(episode, 2), anterior_height_millimetres="20.5",
        posterior_height_millimetres="25",
    )  # fmt: skip
    text = words(page.content.decode())
    assert "The heights are saved." in text
    assert "Anterior / posterior 82.0 %" in text
    row = only()
    assert (row.level, row.anterior_height_millimetres, row.mid_height_millimetres) == ("L1", Decimal("20.5"), None)
    assert (row.recorded_by, row.heights.posterior) == (nurse, 25)
    assert ChartEvent.objects.filter(verb="RECORDED_OUTCOME", subject_id=row.public_id, by=nurse).count() == 1
    assert "Vertebral heights, L1" in words(read(client, nurse, "chart", episode.public_id))


@pytest.mark.parametrize("days", [-1, 44])
def test_a_day_before_the_procedure_or_ahead_is_refused_beside_it(client, nurse, episode, days):
    page = send(client, address(episode), imaged_on=day(episode, days), mid_height_millimetres="20")
    assert page.status_code == 422
    assert "Choose a day from that of the procedure" in beside(page, "imaged_on")
    assert 'value="20"' in page.content.decode()
    assert not HeightMeasurement._default_manager.exists()


@pytest.mark.parametrize("typed", ["0", "100", "2,5x", "-3"])
def test_an_impossible_height_is_refused_beside_it(client, nurse, episode, typed):
    page = send(client, address(episode), imaged_on=day(episode, 1), anterior_height_millimetres=typed)
    assert page.status_code == 422
    assert beside(page, "anterior_height_millimetres")


def test_nothing_measured_is_no_measurement(client, nurse, episode):
    page = send(client, address(episode), imaged_on=day(episode, 1))
    assert "Enter at least one height." in words(page.content.decode())
    assert not HeightMeasurement._default_manager.exists()


def test_a_level_that_was_not_treated_cannot_be_chosen(client, nurse, episode):
    page = send(client, address(episode), imaged_on=day(episode, 1), level="T9", mid_height_millimetres="20")
    assert page.status_code == 422
    with pytest.raises(NotTreated):
        record_heights(
            procedure=episode, answers={"level": "T9", "imaged_on": episode.time_zero.date()}, by=nurse,
            now=timezone.now(), form_token=uuid.uuid4(),
        )  # fmt: skip


def test_a_correction_keeps_the_old_version_readable(client, nurse, episode):
    send(client, address(episode), imaged_on=day(episode, 1), anterior_height_millimetres="20")
    old = only()
    page = send(
        client, reverse("correct_heights", args=[old.public_id]), follow=True, anterior_height_millimetres="22",
        correction_reason="misread",
    )  # fmt: skip
    new = HeightMeasurement._default_manager.get(supersedes=old)
    assert (new.anterior_height_millimetres, new.imaged_on) == (22, old.imaged_on)
    assert re.search(r"Corrected .*: misread .*20\.0 mm", words(page.content.decode()))
    again = client.get(reverse("correct_heights", args=[old.public_id]), follow=True)
    assert "no longer counts" in words(again.content.decode())


def test_what_is_struck_out_has_nothing_in_its_place(client, nurse, episode):
    send(client, address(episode), imaged_on=day(episode, 1), anterior_height_millimetres="20")
    page = send(
        client, reverse("correct_heights", args=[only().public_id]), follow=True, correction_reason="wrong patient",
        entered_in_error="on",
    )  # fmt: skip
    assert "Struck out" in words(page.content.decode())
    assert not HeightMeasurement._default_manager.filter(superseded_by__isnull=True, entered_in_error=False).exists()


def test_the_same_form_twice_stores_one_row(client, nurse, episode):
    page = client.get(address(episode))
    typed = filled_in(page) | {"imaged_on": day(episode, 1), "anterior_height_millimetres": "20"}
    client.post(address(episode), typed)
    again = client.post(address(episode), typed, follow=True)
    assert HeightMeasurement._default_manager.count() == 1
    assert "This form was saved before." in words(again.content.decode())


def test_a_coordinator_reads_and_does_not_type(client, site, episode):
    page = read(client, cast.a_member(site, Role.COORDINATOR, "Coordinator One"), "heights", episode.public_id)
    assert "Nothing was measured after the procedure yet." in words(page)
    assert "Save the heights" not in page
