"""A nurse looks for a patient, and opens the patient's page."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followup.selectors.episode_state import EpisodeState
from followup.selectors.patient_list import Search, patient_page
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from patients.services import DETAILS, change_patient_details, record_death
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
        "?page=" + "9" * 5000, "?born=31.31.2020", "?operated=0001-01-01", "?operated=9999-12-31",
        "?operated=0000-00-00", "?operated=x&state=x", "?state=DIED'--", "?state=%00", "?q=%E2%80%8B",
        "?q=%F0%9F%98%80+%CC%81", "?q=%7F%1B%5B", "?born=0000-00-00", "?q=%00", "?q=" + "x" * 3000,
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


# --- the search -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Özdemir", "ozdemir"), ("Özdemir", "OEZDEMIR"), ("Ozdemir", "özdem"), ("Mueller", "müller"), ("Müller", "muel"),
        ("O'Brien", "obrien"), ("O'Brien", "o’br"), ("Al-Ḥakīm", "hakim al"), ("Μαρία", "μαρια"), ("李小龍", "小龍"),
        ("مُحَمَّد", "محمد"), ("कृष्णमूर्ति", "कृष्ण"), ("Ørsted", "orsted"), ("\u202eevil", "evil"), ("😀", "😀"),
    ],
)  # fmt: skip
def test_a_name_is_found_whatever_the_accents_and_spelling(client, site, nurse, name, typed):
    cast.a_patient(site, "MRN-1", name)
    cast.a_patient(site, "MRN-2", "Zzz", given_name="Qqq")
    rows = words(read(client, nurse, "patient_list", query="?" + urlencode({"q": typed})))
    assert "MRN-1" in rows
    assert "MRN-2" not in rows.split("Flags")[1]


def test_a_changed_name_is_found_and_the_old_one_is_not(client, site, nurse):
    patient = cast.a_patient(site, "MRN-1", "Before")
    details = {name: getattr(patient, name) for name in DETAILS} | {"family_name": "Afterwards"}
    change_patient_details(
        patient=patient, details=details, email_consent=False, reason="", by=nurse, now=datetime.now(UTC)
    )
    assert "MRN-1" in read(client, nurse, "patient_list", query="?q=afterw")
    assert "Nobody found" in read(client, nurse, "patient_list", query="?q=before")


def test_a_patient_is_found_by_the_day_of_a_procedure_as_the_site_counts_days(client, nurse):
    auckland = cast.a_site("Far unit", "Pacific/Auckland")
    nurse = cast.a_nurse(auckland, "Nurse Far")
    at = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)  # the 10th, 9 in the morning there
    old = cast.an_episode(cast.a_patient(auckland, "MRN-1", "Earlier"), time_zero=at)
    cast.an_episode(old.patient, time_zero=at + timedelta(days=40))
    assert "MRN-1" in read(client, nurse, "patient_list", query="?operated=2026-03-10")
    assert "Nobody found" in read(client, nurse, "patient_list", query="?operated=2026-03-09")


def test_the_list_of_a_state_holds_what_the_list_shows_in_that_state(client, site, nurse):
    now = datetime.now(UTC)
    cast.a_patient(site, "MRN-A", "Afirst")
    episode(site, name="Bward", hours_ago=1)
    home = episode(site, name="Chome", hours_ago=4, disposition="SAME_DAY")
    cast.send_home(home, by=nurse, now=now)
    cast.send_home(episode(site, name="Ddone", hours_ago=30), by=nurse, now=now)
    forgotten = episode(site, name="Eforgotten", hours_ago=200)
    record_death(patient=episode(site, name="Fdead", hours_ago=3).patient, reason="", by=nurse, now=now)
    cast.an_episode(forgotten.patient, time_zero=now - timedelta(hours=400))  # an older one does not count

    everyone = patient_page(user=nurse, search=Search(), page_number="", now=now).lines
    assert len({line.newest.state for line in everyone if line.newest}) == 5
    for state in EpisodeState:
        found = patient_page(user=nurse, search=Search(state=state), page_number="", now=now).lines
        assert [line.patient for line in found] == [
            line.patient for line in everyone if line.newest and line.newest.state is state
        ]
    html = words(read(client, nurse, "patient_list", query="?state=NO_PROCEDURE")).split("Flags")[1]
    assert "Afirst" in html
    assert "Bward" not in html


def test_who_has_an_open_flag_is_found_by_it(client, site, nurse):
    flagged = episode(site, name="Flagged", hours_ago=100)
    cast.log(flagged, minutes=30, neurology=WEAK_LEG)
    cast.an_episode(flagged.patient, time_zero=datetime.now(UTC) - timedelta(minutes=5))
    episode(site, name="Well", hours_ago=0.1)
    rows = words(read(client, nurse, "patient_list", query="?state=OPEN_FLAG"))
    assert "Flagged, Pat" in rows
    assert "Well, Pat" not in rows


def test_whose_chart_i_opened_lately_stands_above_the_list_the_latest_first(client, site, nurse):
    first, second = episode(site, name="First"), episode(site, name="Second")
    other = episode(site, name="Unopened")
    read(client, nurse, "chart", first.public_id)
    read(client, nurse, "chart", second.public_id)
    read(client, cast.a_nurse(site, "Nurse Two"), "chart", other.public_id)

    html = read(client, nurse, "patient_list")

    recent = html.split('id="recent-heading"')[1].split("</section>")[0]
    assert re.findall("(First|Second|Unopened), Pat", recent) == ["Second", "First"]
    assert reverse("chart", args=[first.public_id]) in recent
    assert "recent-heading" not in read(client, nurse, "patient_list", query="?q=first")


def test_a_patient_whom_i_may_no_longer_see_is_not_among_the_recent_ones(client, site, nurse):
    read(client, nurse, "chart", episode(site, name="Gone").public_id)
    nurse.memberships.all().delete()
    assert "Gone" not in read(client, nurse, "patient_list")


def test_the_list_costs_the_same_statements_whatever_it_holds(client, site, nurse):
    def statements(query: str) -> int:
        client.force_login(nurse)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("patient_list") + query).status_code == 200
        return len(captured)

    queries = ("", "?q=fam&state=IN_MONITORING&operated=2026-03-10&born=1948-05-17", "?state=OPEN_FLAG")
    for number in range(2):
        read(client, nurse, "chart", episode(site, name=f"Family{number}").public_id)
    few = [statements(query) for query in queries]
    for number in range(2, 24):
        read(client, nurse, "chart", episode(site, name=f"Family{number}").public_id)
    many = [statements(query) for query in queries]
    assert many == few
