"""A nurse looks at the ward board: who is in danger, who is late, and where to log."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from followup.selectors.board import Lateness, ward_board
from followup.services.discharge import end_monitoring
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.red_flags import close_flag
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


def episode(site, name: str, *, minutes_ago: float, **procedure):
    number = f"MRN-{name}"
    return cast.an_episode(
        cast.a_patient(site, number, name),
        time_zero=datetime.now(UTC) - timedelta(minutes=minutes_ago),
        **procedure,
    )


def row_of(user, procedure, now=None):
    board = ward_board(user=user, now=now or datetime.now(UTC))
    return next((row for row in board.rows if row.procedure_id == procedure.public_id), None)


def page(client, user, url_name="board") -> str:
    client.force_login(user)
    response = client.get(reverse(url_name))
    assert response.status_code == 200
    return response.content.decode()


# --- who comes first ------------------------------------------------------------------------------------------------


def test_the_most_dangerous_stands_first_and_then_the_longest_overdue(site, nurse):
    fine = episode(site, "Fine", minutes_ago=1)
    later = episode(site, "Later", minutes_ago=60)
    latest = episode(site, "Latest", minutes_ago=300)
    amber = episode(site, "Amber", minutes_ago=30)
    urgent = episode(site, "Urgent", minutes_ago=40)
    emergent = episode(site, "Emergent", minutes_ago=35)
    cast.log(amber, minutes=25, **cast.a_routine_set(pain_on_movement=Decimal(7)))
    cast.log(urgent, minutes=35, **cast.a_routine_set(sudden_onset=True))
    cast.log(emergent, minutes=30, **cast.a_routine_set(neurology=WEAK_LEG))

    board = ward_board(user=nurse, now=datetime.now(UTC))

    order = [row.patient_name.split(",")[0] for row in board.rows]
    assert order == ["Emergent", "Urgent", "Amber", "Latest", "Later", "Fine"]
    assert [row.gravest for row in board.rows] == ["EMERGENT", "URGENT", "AMBER", None, None, None]
    assert {row.procedure_id for row in board.rows} >= {fine.public_id, later.public_id, latest.public_id}
    assert board.with_red_flags == 2


def test_a_patient_with_an_open_red_flag_never_drops_off(site, nurse):
    flagged = episode(site, "Flagged", minutes_ago=60)
    quiet = episode(site, "Quiet", minutes_ago=60)
    cast.log(flagged, minutes=50, **cast.a_routine_set(neurology=WEAK_LEG))
    end_monitoring(procedure=flagged, ending="TRANSFERRED", reason="To surgery.", by=nurse, now=datetime.now(UTC))
    months_later = datetime.now(UTC) + timedelta(days=90)

    assert row_of(nurse, flagged, now=months_later).gravest == "EMERGENT"
    assert row_of(nurse, quiet, now=months_later) is None


def test_an_imaging_task_stays_on_the_board_when_its_flag_was_closed_alone(site, nurse):
    patient = episode(site, "Alone", minutes_ago=60)
    saved = cast.log(patient, minutes=50, **cast.a_routine_set(neurology=WEAK_LEG))
    for flag in patient.red_flags.all():
        close_flag(
            flag=flag, outcome="EXPLAINED", reason="Known footdrop.", by=cast.a_physician(site), now=datetime.now(UTC)
        )

    row = row_of(nurse, patient)

    assert row.flags == ()
    assert [task.public_id for task in row.tasks] == [saved.imaging_tasks[0].public_id]


# --- what a line says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes_after_due", "expected"),
    [(-1, Lateness.AHEAD), (0, Lateness.DUE), (5, Lateness.DUE), (5.1, Lateness.LATE)],
)
def test_late_means_past_the_grace_of_the_check(site, nurse, minutes_after_due, expected):
    arrival_at_t0_with_5_minutes_grace = episode(site, "Grace", minutes_ago=0)
    now = arrival_at_t0_with_5_minutes_grace.time_zero + timedelta(minutes=minutes_after_due)
    assert row_of(nurse, arrival_at_t0_with_5_minutes_grace, now=now).lateness is expected


def test_lateness_is_told_in_minutes_and_in_words(client, site, nurse):
    episode(site, "Late", minutes_ago=23)
    text = page(client, nurse)
    assert "23 min late" in text
    assert "1 check late" in text


def test_an_incomplete_score_shows_what_is_known_and_that_it_is_incomplete(client, site, nurse):
    patient = episode(site, "Partial", minutes_ago=60)
    cast.log(patient, minutes=50, respiration_rate=22, spo2_percent=93, supplemental_oxygen=True)

    row = row_of(nurse, patient)
    text = page(client, nurse)

    assert (row.news2, row.news2_at_least, row.news2_band) == (None, 6, "MEDIUM")
    assert "≥6" in text
    assert "(incomplete)" in text


@pytest.mark.parametrize(
    ("vitals", "score", "band"),
    [
        ({}, 0, "LOW"),
        ({"respiration_rate": 25}, 3, "LOW_MEDIUM"),
        ({"respiration_rate": 22, "pulse_per_minute": 112, "temperature_celsius": Decimal("38.5")}, 5, "MEDIUM"),
        ({"respiration_rate": 25, "systolic_mmhg": 90, "pulse_per_minute": 95}, 7, "HIGH"),
    ],
)
def test_the_news2_band_is_written_beside_the_score(site, nurse, vitals, score, band):
    patient = episode(site, "Scored", minutes_ago=60)
    cast.log(patient, minutes=50, **cast.a_routine_set(**vitals))
    row = row_of(nurse, patient)
    assert (row.news2, row.news2_band) == (score, band)


def test_pain_shows_its_change_since_the_lowest_and_against_the_baseline(client, site, nurse):
    patient = episode(site, "Painful", minutes_ago=400)
    for minutes, score in ((120, 3), (240, 2), (390, 5)):
        cast.log(patient, minutes=minutes, **cast.a_routine_set(pain_on_movement=Decimal(score)))

    row = row_of(nurse, patient)
    text = page(client, nurse)

    assert (row.since_nadir.direction, row.since_nadir.points) == ("up", Decimal(3))
    assert (row.since_baseline.direction, row.since_baseline.points) == ("down", Decimal(3))
    assert "▲ 3 from lowest" in text
    assert "▼ 3 from baseline" in text


def test_nothing_measured_is_never_shown_as_normal(client, site, nurse):
    patient = episode(site, "Blank", minutes_ago=10)
    row = row_of(nurse, patient)
    text = page(client, nurse)
    assert (row.news2, row.news2_at_least, row.news2_band, row.pain) == (None, None, None, None)
    assert row.neurology == "NOT_CHECKED"
    assert "not measured" in text
    assert "not scored" in text
    assert "not checked" in text


def test_worse_neurology_is_told_in_words(client, site, nurse):
    patient = episode(site, "Weak", minutes_ago=60)
    cast.log(patient, minutes=50, **cast.a_routine_set(neurology=WEAK_LEG))
    assert row_of(nurse, patient).neurology == "WORSE"
    assert "worse than baseline" in page(client, nurse)


def test_the_scan_shows_whose_turn_it_is(client, site, nurse):
    patient = episode(site, "Scan", minutes_ago=60)
    saved = cast.log(patient, minutes=59, typed_after=0, **cast.a_routine_set(neurology=WEAK_LEG))
    assert "Imaging requested: acknowledge" in page(client, nurse)

    acknowledge_imaging_task(task=saved.imaging_tasks[0], comment="", by=cast.a_physician(site), now=datetime.now(UTC))

    assert "Imaging acknowledged: scan" in page(client, nurse)


def test_a_patient_who_went_home_is_marked(client, site, nurse):
    patient = episode(site, "Homeward", minutes_ago=200, disposition="SAME_DAY")
    cast.send_home(patient, by=nurse, now=datetime.now(UTC))
    assert row_of(nurse, patient).at_home
    assert "At home" in page(client, nurse)


def test_the_site_is_named_only_where_there_are_several(client, site, nurse):
    episode(site, "Here", minutes_ago=10)
    assert site.name not in page(client, nurse)
    other = cast.a_site("South unit", "America/New_York")
    cast.a_member(other, Role.NURSE, "Nurse One").memberships.update(user=nurse)
    episode(other, "There", minutes_ago=10)
    text = page(client, nurse)
    assert site.name in text
    assert other.name in text


# --- doors ----------------------------------------------------------------------------------------------------------


def test_one_tap_to_log_and_one_to_the_chart(client, site, nurse):
    patient = episode(site, "Tapped", minutes_ago=10)
    text = page(client, nurse)
    assert reverse("log_observation", args=[patient.public_id]) in text
    assert reverse("chart", args=[patient.public_id]) in text


def test_a_coordinator_sees_the_board_without_the_button_to_log(client, site):
    patient = episode(site, "Seen", minutes_ago=10)
    text = page(client, cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    assert "Seen, Pat" in text
    assert reverse("log_observation", args=[patient.public_id]) not in text


def test_patients_of_another_site_are_not_on_my_board(client, site):
    episode(site, "Mine", minutes_ago=10)
    text = page(client, cast.a_nurse(cast.a_site("South unit"), "Nurse South"))
    assert "Mine" not in text
    assert "No patient is being watched" in text


def test_an_auditor_has_no_patients_on_the_board(client, site):
    episode(site, "Hidden", minutes_ago=10)
    assert "Hidden" not in page(client, cast.a_member(site, Role.AUDITOR, "Auditor One"))


def test_an_empty_board_says_what_to_do(client, nurse):
    text = page(client, nurse)
    assert "No patient is being watched" in text
    assert reverse("patient_list") in text


def test_without_sign_in_there_is_no_board(client):
    for url_name in ("board", "board_rows"):
        response = client.get(reverse(url_name))
        assert response.status_code == 302
        assert reverse("sign_in") in response.url


def test_the_board_is_only_looked_at(client, nurse):
    client.force_login(nurse)
    assert client.post(reverse("board")).status_code == 405
    assert client.post(reverse("board_rows")).status_code == 405


def test_looking_at_the_board_opens_no_chart(client, site, nurse):
    episode(site, "Unopened", minutes_ago=10)
    page(client, nurse)
    page(client, nurse, "board_rows")
    assert not ChartEvent.objects.filter(verb=ChartEvent.Verb.OPENED).exists()


def test_title_and_addresses_name_no_patient(client, site, nurse):
    episode(site, "Secretname", minutes_ago=10)
    text = page(client, nurse)
    assert "Secretname" not in text.split("</title>")[0]
    addresses = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert not any("Secretname" in address or "MRN" in address for address in addresses)


def test_a_name_is_text_and_never_markup(client, site, nurse):
    episode(site, "<script>alert(1)</script>", minutes_ago=10)
    assert "<script>alert(1)" not in page(client, nurse)


def test_the_refresh_sends_the_rows_alone_with_the_same_ids(client, site, nurse):
    patient = episode(site, "Again", minutes_ago=10)
    whole, rows = page(client, nurse), page(client, nurse, "board_rows")
    assert "<html" not in rows
    for control in (f'id="row-{patient.public_id}"', f'id="log-{patient.public_id}"', 'id="as-of"'):
        assert whole.count(control) == rows.count(control) == 1
