"""A nurse ends the ward monitoring of a patient who goes home."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import ImagingTask, MonitoringSlot, RedFlag
from followup.services.episodes import discharge_patient
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast
from tests.reading import hidden_fields, words

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


@pytest.fixture
def nurse(client, site):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


def episode(site, **procedure):
    started = {"time_zero": datetime.now(UTC) - timedelta(hours=3), "disposition": "SAME_DAY"} | procedure
    return cast.an_episode(cast.a_patient(site), **started)


def address(procedure) -> str:
    return reverse("discharge", args=[procedure.public_id])


def send(client, procedure, *, follow=False, **typed):
    """Open the page, and send its form with the box ticked unless told otherwise."""
    page = client.get(address(procedure)).content.decode()
    hidden = hidden_fields(page, "form_token", "seen")
    return client.post(address(procedure), hidden | {"confirm": "on"} | typed, follow=follow)


def open_slots(procedure, place: str):
    return MonitoringSlot.objects.open().filter(procedure=procedure, place=place)


def test_what_is_still_open_is_shown_with_counts_before_the_end(client, site, nurse):
    procedure = episode(site, disposition="OVERNIGHT")
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    overdue = open_slots(procedure, "WARD").filter(grace_ends_at__lt=datetime.now(UTC)).count()
    flags = procedure.red_flags.open().count()

    html = client.get(address(procedure)).content.decode()

    assert f"Still open: {flags} flags, 1 imaging task, {overdue} overdue checks" in words(html)
    assert "N1 New leg weakness" in words(html)
    assert reverse("imaging_task", args=[ImagingTask.objects.get().public_id]) in html
    assert ChartEvent.objects.filter(verb=ChartEvent.Verb.OPENED, by=nurse, patient=procedure.patient).count() == 1


def test_nothing_open_is_said_too(client, site, nurse):
    procedure = episode(site, time_zero=datetime.now(UTC) - timedelta(minutes=1))
    shown = words(client.get(address(procedure)).content.decode())
    assert "No flag, imaging task or overdue check is open." in shown
    assert "Calls at home stay due: 2." in shown


def test_ticking_the_box_ends_the_checks_on_the_ward_and_keeps_the_calls_at_home(client, site, nurse):
    procedure = episode(site)
    at_home = open_slots(procedure, "HOME").count()

    response = send(client, procedure, follow=True)

    procedure.refresh_from_db()
    assert response.redirect_chain == [(reverse("chart", args=[procedure.public_id]), 302)]
    assert procedure.discharged_by == nurse
    assert not open_slots(procedure, "WARD").exists()
    assert open_slots(procedure, "HOME").count() == at_home > 0
    shown = words(response.content.decode())
    assert "Ward monitoring has ended" in shown
    assert "At home" in shown
    assert "End ward monitoring" not in shown


def test_open_flags_and_their_scan_outlive_the_discharge(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    send(client, procedure)
    assert RedFlag.objects.open().filter(procedure=procedure, rule_code="N1").exists()
    assert ImagingTask.objects.open().filter(procedure=procedure).exists()
    assert "N1 New leg weakness" in words(client.get(reverse("chart", args=[procedure.public_id])).content.decode())


@pytest.mark.parametrize("tick", ["", "false"])
def test_without_the_tick_nothing_changes_and_the_page_says_why(client, site, nurse, tick):
    procedure = episode(site)
    response = send(client, procedure, confirm=tick)
    procedure.refresh_from_db()
    assert response.status_code == 422
    assert "Tick the box to end ward monitoring. Nothing was changed." in response.content.decode()
    assert procedure.discharged_at is None
    assert open_slots(procedure, "WARD").exists()


def test_a_flag_that_came_up_after_the_page_was_opened_must_be_seen_first(client, site, nurse):
    procedure = episode(site)
    response = send(client, procedure, seen="")
    assert response.status_code == 302, "nothing was open, so nothing could be unseen"

    other = cast.an_episode(procedure.patient, time_zero=datetime.now(UTC) - timedelta(hours=3))
    cast.log(other, minutes=60, neurology=WEAK_LEG)
    response = send(client, other, seen="")
    other.refresh_from_db()
    assert response.status_code == 422
    assert "Something was raised since this page was opened" in response.content.decode()
    assert "checked" not in response.content.decode()
    assert other.discharged_at is None
    assert send(client, other).status_code == 302


def test_a_form_that_another_person_opened_is_not_signed_by_the_next(client, site, nurse):
    procedure = episode(site)
    page = client.get(address(procedure)).content.decode()
    client.force_login(cast.a_nurse(site, "Nurse Next"))

    response = client.post(address(procedure), hidden_fields(page, "form_token", "seen") | {"confirm": "on"})

    procedure.refresh_from_db()
    assert response.status_code == 422
    assert "Somebody else opened this form" in response.content.decode()
    assert procedure.discharged_at is None


def test_a_form_that_comes_back_after_signing_in_again_is_shown_and_not_saved(client, site, nurse):
    procedure = episode(site)
    response = send(client, procedure, redisplay="1")
    procedure.refresh_from_db()
    assert "It is not saved yet" in words(response.content.decode())
    assert procedure.discharged_at is None


def test_the_second_of_two_people_is_told_that_it_has_already_ended(client, site, nurse):
    procedure = episode(site)
    page = client.get(address(procedure)).content.decode()
    hidden = hidden_fields(page, "form_token", "seen")
    first = cast.a_nurse(site, "Nurse First")
    discharge_patient(procedure=procedure, by=first, now=datetime.now(UTC))

    response = client.post(address(procedure), hidden | {"confirm": "on"}, follow=True)

    assert "already ended" in words(response.content.decode())
    assert "entered by Nurse First" in words(client.get(address(procedure)).content.decode())
    procedure.refresh_from_db()
    assert procedure.discharged_by == first
    assert ChartEvent.objects.filter(verb=ChartEvent.Verb.DISCHARGED).count() == 1


def test_a_coordinator_may_read_the_chart_but_not_end_the_monitoring(client, site):
    procedure = episode(site)
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    assert client.get(address(procedure)).status_code == 403
    assert client.post(address(procedure), {"confirm": "on"}).status_code == 403
    procedure.refresh_from_db()
    assert procedure.discharged_at is None
