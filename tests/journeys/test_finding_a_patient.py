"""A nurse looks for a patient, and opens the patient's page."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from patients.services import change_patient_details
from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


def episode(site, *, hours_ago: float = 6, name: str = "Example", number: str = "", **procedure):
    patient = cast.a_patient(site, number or f"MRN-{name}", name)
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago), **procedure)


# --- the list of patients -------------------------------------------------------------------------------------------


def test_the_list_shows_the_state_of_the_newest_episode(client, site, nurse):
    now = datetime.now(UTC)
    cast.a_patient(site, "MRN-1", "Afirst")
    episode(site, name="Bward", hours_ago=1)
    home = episode(site, name="Chome", hours_ago=4, disposition="SAME_DAY")
    cast.send_home(home, by=nurse, now=now)
    done = episode(site, name="Ddone", hours_ago=30)
    cast.send_home(done, by=nurse, now=now)
    episode(site, name="Eforgotten", hours_ago=200)

    rows = words(read(client, nurse, "patient_list"))

    positions = [rows.index(text) for text in ("Afirst", "Bward", "Chome", "Ddone", "Eforgotten")]
    assert positions == sorted(positions)
    lines = [rows[start:end] for start, end in zip(positions, [*positions[1:], len(rows)], strict=True)]
    expected = ("no procedure yet", "In monitoring", "At home", "✓ Discharged", "Not discharged")
    assert [state in line for state, line in zip(expected, lines, strict=True)] == [True] * 5


def test_an_open_flag_of_an_older_episode_is_not_lost(client, site, nurse):
    old = episode(site, hours_ago=100)
    cast.log(old, minutes=30, neurology=WEAK_LEG)
    cast.an_episode(old.patient, time_zero=datetime.now(UTC) - timedelta(hours=1))

    rows = words(read(client, nurse, "patient_list"))

    assert "Emergent" in rows
    assert rows.count("MRN-Example") == 1


@pytest.mark.parametrize("typed", ["özdemir", "Özdem", "MRN-77", "mrn-77", "AY", "özdemir ay"])
def test_a_patient_is_found_by_parts_of_the_name_or_the_record_number(client, site, nurse, typed):
    cast.a_patient(site, "MRN-77", "Özdemir", given_name="Ayşe")
    cast.a_patient(site, "MRN-12", "Other", given_name="Jo")

    rows = words(read(client, nurse, "patient_list", query=f"?q={typed}"))

    assert "Özdemir, Ayşe" in rows
    assert "Other, Jo" not in rows


def test_a_patient_is_found_by_birth_date(client, site, nurse):
    cast.a_patient(site, "MRN-1", "Young", birth_date=date(1960, 2, 29))
    cast.a_patient(site, "MRN-2", "Older", birth_date=date(1940, 2, 28))

    rows = words(read(client, nurse, "patient_list", query="?born=1960-02-29"))

    assert "Young" in rows
    assert "Older" not in rows


@pytest.mark.parametrize(
    "query",
    [
        "?page=abc", "?page=-1", "?page=0", "?page=99999", "?page=", "?page=1e9", "?page=%F0%9F%98%80",
        "?page=" + "9" * 5000, "?born=31.31.2020", "?born=0000-00-00", "?q=%00", "?q=" + "x" * 3000,
        "?q=%27%3B--&born=x&page=z", "?q=%25_%5C", "?page=2&page=x&q=&q=", "?%00=%00",
    ],
)  # fmt: skip
def test_strange_search_values_show_the_list_and_never_break_it(client, site, nurse, query):
    for number in range(30):
        cast.a_patient(site, f"MRN-{number}", f"Family{number:02}")

    html = read(client, nurse, "patient_list", query=query)

    if query.startswith("?page"):
        assert "page 1 of 2" in words(html)
        assert "Family00" in html


def test_the_search_is_kept_from_page_to_page(client, site, nurse):
    for number in range(30):
        cast.a_patient(site, f"MRN-{number}", f"Family{number:02}")
    cast.a_patient(site, "MRN-99", "Another")

    first = read(client, nurse, "patient_list", query="?q=family")
    assert 'href="?q=family&amp;page=2"' in first
    second = words(read(client, nurse, "patient_list", query="?q=family&page=2"))
    assert "Family29" in second
    assert "Another" not in second


def test_an_unreadable_birth_date_is_named_beside_its_field(client, nurse):
    assert "Enter a valid date" in read(client, nurse, "patient_list", query="?born=tomorrow")


def test_nobody_found_and_nobody_registered_say_what_to_do(client, site, nurse):
    nobody = words(read(client, nurse, "patient_list"))
    assert "No patients yet" in nobody
    assert "Register the first patient" in nobody

    cast.a_patient(site)
    not_found = words(read(client, nurse, "patient_list", query="?q=zzz"))
    assert "Nobody found" in not_found
    assert "Show all patients" in not_found


def test_an_auditor_sees_no_patient(client, site):
    cast.a_patient(site)
    assert "Example" not in words(read(client, cast.a_member(site, Role.AUDITOR, "Auditor One"), "patient_list"))


# --- the page of a patient ------------------------------------------------------------------------------------------


def test_the_patient_page_shows_identity_contact_consent_and_episodes(client, site, nurse):
    procedure = episode(site, levels=("L1", "T12"))
    details = {
        name: getattr(procedure.patient, name)
        for name in ("medical_record_number", "family_name", "given_name", "birth_date", "gender", "time_zone")
    }
    change_patient_details(
        patient=procedure.patient, details=details | {"email": "pat@example.org", "phone": "0301234"},
        email_consent=True, reason="asked", by=nurse, now=datetime.now(UTC),
    )  # fmt: skip

    html = read(client, nurse, "patient", procedure.patient.public_id)

    for text in (
        "MRN-Example",
        "17 May 1948",
        "0301234",
        "for pat@example.org",
        "In monitoring",
        "Balloon kyphoplasty",
    ):
        assert text in words(html)
    assert reverse("chart", args=[procedure.public_id]) in html
    assert reverse("record_procedure", args=[procedure.patient.public_id]) in html


def test_without_consent_the_page_says_that_the_patient_is_phoned(client, site, nurse):
    assert "none: this patient is phoned" in words(read(client, nurse, "patient", cast.a_patient(site).public_id))


def test_a_coordinator_may_change_details_but_not_record_or_log(client, site):
    procedure = episode(site)
    coordinator = cast.a_member(site, Role.COORDINATOR, "Coordinator One")

    page = read(client, coordinator, "patient", procedure.patient.public_id)
    chart = read(client, coordinator, "chart", procedure.public_id)

    assert reverse("change_patient", args=[procedure.patient.public_id]) in page
    assert reverse("record_procedure", args=[procedure.patient.public_id]) not in page
    for not_allowed in ("log_observation", "correct_baseline", "discharge"):
        assert reverse(not_allowed, args=[procedure.public_id]) not in chart


@pytest.mark.parametrize("url_name", ["patient", "chart"])
def test_each_opening_of_a_chart_is_recorded_with_who_and_when(client, site, nurse, url_name):
    procedure = episode(site)
    subject = procedure.patient if url_name == "patient" else procedure
    read(client, nurse, url_name, subject.public_id)

    opened = ChartEvent.objects.get(patient=procedure.patient, verb=ChartEvent.Verb.OPENED)

    assert opened.by == nurse
    assert datetime.now(UTC) - opened.at < timedelta(minutes=1)


@pytest.mark.parametrize("url_name", ["patient_list", "patient", "chart", "discharge"])
def test_no_title_or_address_names_the_patient(client, site, nurse, url_name):
    procedure = episode(site, name="Marker")
    arguments = {"patient_list": [], "patient": [procedure.patient.public_id]}.get(url_name, [procedure.public_id])
    html = read(client, nurse, url_name, *arguments)
    title = html.split("<title>")[1].split("</title>")[0]

    assert "Marker" not in title
    assert "MRN" not in title
    assert not re.search(r'(href|action|src)="[^"]*(Marker|MRN-Marker|1948)', html)


def test_a_long_name_in_another_script_and_markup_in_it_are_shown_as_text(client, site, nurse):
    name = "<script>alert(1)</script>" + "李" * 150
    procedure = cast.an_episode(cast.a_patient(site, "MRN-1", name), time_zero=datetime.now(UTC) - timedelta(hours=1))
    for url_name, subject in (("patient", procedure.patient), ("chart", procedure), ("discharge", procedure)):
        html = read(client, nurse, url_name, subject.public_id)
        assert "<script>alert" not in html
        assert "李" * 150 in html
