"""A clinician reads why something was raised, against what, how late, and what nobody asked."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followup.models import FlagEvidence, MonitoringSlot
from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=9))


def observation_words(client, user, observation) -> str:
    return words(read(client, user, "observation", observation.public_id))


def flag_words(client, user, episode, rule_code: str) -> str:
    return words(read(client, user, "flag", episode.red_flags.get(rule_code=rule_code).public_id))


def test_values_and_reference_read_with_labels_and_units_on_flag_and_observation(client, nurse, episode):
    saved = cast.log(episode, minutes=60, dyspnoea=True, respiration_rate=26, spo2_percent=91)
    for page in (flag_words(client, nurse, episode, "C1"), observation_words(client, nurse, saved.observation)):
        for said in (
            "C1 Possible pulmonary embolism", "ruleset 2026.2", "Strength: consensus", "respiration rate 26 /min",
            "SpO₂ 91 %", "compared with: respiration rate 16 /min", "compared with: SpO₂ 97 %",
        ):  # fmt: skip
            assert said in page, said


def test_pain_is_compared_with_its_lowest_and_with_that_of_before(client, nurse, episode):
    cast.log(episode, minutes=120, pain_on_movement=Decimal(2))
    cast.log(episode, minutes=240, pain_on_movement=Decimal(5))
    page = flag_words(client, nurse, episode, "P1")
    assert "pain on movement 5 of 10 compared with: lowest since the procedure 2 of 10" in page
    assert "compared with: before the procedure 8 of 10" in page


def test_a_time_among_the_values_is_that_of_the_site(client, nurse, episode):
    cast.log(episode, minutes=400, neurology={"voided": False})
    local = episode.time_zero.astimezone(episode.patient.site.zone)
    page = flag_words(client, nurse, episode, "N4a")
    assert f"compared with: last passed urine at {local:%-d %b %H:%M}" in page
    assert "without urine 6.7 h" in page


def test_a_flag_says_how_late_its_alarm_was_and_what_that_observation_did_not_ask(client, nurse, episode):
    cast.log(episode, minutes=30, typed_after=75, neurology={"motor_L4_R": "3"})
    page = flag_words(client, nurse, episode, "N1")
    assert re.search(r"Late entry: the alarm came \d+ \w+ \d\d:\d\d , 1 h 15 min after it was measured", page)
    assert "Chest – not asked: short of breath, chest pain, coughing blood, fainted or nearly fainted" in page
    assert "Feeling – not examined: feeling in 16 places, saddle sensation (S3–S5)" in page
    assert "▲▲ Saddle numbness (N3)" in page


def test_an_alarm_that_came_at_once_is_not_called_late(client, nurse, episode):
    cast.log(episode, minutes=30, neurology={"motor_L4_R": "3"})
    assert "Late entry" not in flag_words(client, nurse, episode, "N1")


def test_open_questions_stand_grouped_and_one_by_one_on_observation_and_chart(client, nurse, episode):
    saved = cast.log(episode, minutes=60, note="Asleep.")
    asleep = observation_words(client, nurse, saved.observation)
    chart = words(read(client, nurse, "chart", episode.public_id))
    for page in (asleep, chart):
        assert "Vital signs – not measured: respiration rate, SpO₂, supplemental oxygen, systolic" in page
        assert page.index("Vital signs – not") < page.index("Pain – not asked"), "the gravest first"
        for question in saved.observation.undecided:
            assert question["reason"] in page


def test_a_check_that_nobody_did_can_be_what_a_flag_rests_on(client, nurse, episode):
    cast.log(episode, minutes=30, neurology={"motor_L4_R": "3"})
    flag = episode.red_flags.get(rule_code="N1")
    slot = MonitoringSlot.objects.filter(procedure=episode).order_by("due_at").first()
    FlagEvidence.objects.create(
        flag=flag, missed_check=slot, severity="AMBER", reason="The check was not done.", measured_at=slot.due_at,
        raised_at=slot.due_at + timedelta(minutes=1), values={"observed": {}, "reference": {}},
    )  # fmt: skip
    page = flag_words(client, nurse, episode, "N1")
    assert re.search(r"Check due \d+ \w+ \d\d:\d\d was not done", page)
    assert "when the next check had fallen due" in page


def test_the_page_of_a_flag_costs_the_same_however_much_evidence_it_has(client, nurse, episode):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            flag_words(client, nurse, episode, "N1")
        return len(captured)

    cast.log(episode, minutes=30, neurology={"motor_L4_R": "3"})
    statements()  # the first time also fills what a process keeps
    few = statements()
    for minute in (60, 90, 120, 150):
        cast.log(episode, minutes=minute, neurology={"motor_L4_R": "2"})
    assert statements() == few


# --- what makes an examination or a score doubtful -----------------------------------------------------------------


@pytest.mark.parametrize(("consciousness", "doubtful"), [("C", True), ("V", True), ("A", False), ("", False)])
def test_the_exam_of_a_patient_who_is_not_alert_is_called_unreliable(client, nurse, episode, consciousness, doubtful):
    saved = cast.log(episode, minutes=60, consciousness=consciousness, neurology={"motor_L4_R": "5"})
    unreliable = "exam unreliable: patient not alert"
    assert (unreliable in observation_words(client, nurse, saved.observation)) is doubtful
    assert (unreliable in words(read(client, nurse, "chart", episode.public_id))) is doubtful


def test_no_exam_is_not_an_unreliable_one(client, nurse, episode):
    saved = cast.log(episode, minutes=60, consciousness="C")
    assert "exam unreliable: patient not alert" not in observation_words(client, nurse, saved.observation)


def test_ten_grades_make_the_motor_score_of_the_legs(client, nurse, episode):
    exam = cast.NORMAL_FULL_NEUROLOGY | {"motor_L5_R": "3"}
    full = cast.log(episode, minutes=60, neurology=exam).observation
    assert "leg motor score (LEMS) 48 of 50" in observation_words(client, nurse, full)
    partial = cast.log(episode, minutes=90, neurology=exam | {"motor_L5_R": "NT"}).observation
    assert "LEMS" not in observation_words(client, nurse, partial)


def test_a_deficit_below_a_high_level_makes_news2_doubtful_wherever_it_is_shown(client, site, nurse):
    high = cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=9), levels=("T5", "T8"))
    caution = "NEWS2 may be unreliable in spinal cord injury"
    before = cast.log(high, minutes=30, **cast.NORMAL_VITALS).observation
    assert caution not in read(client, nurse, "chart", high.public_id)
    weak = cast.log(high, minutes=60, neurology={"motor_L4_R": "4"}).observation
    later = cast.log(high, minutes=90, **cast.NORMAL_VITALS).observation
    for row, cautioned in ((before, False), (weak, True), (later, True)):
        assert (caution in observation_words(client, nurse, row)) is cautioned
    assert caution in read(client, nurse, "chart", high.public_id)


def test_whose_score_it_is_stands_wherever_it_is_shown(client, nurse, episode):
    saved = cast.log(episode, minutes=60, **cast.NORMAL_VITALS)
    for address in (
        reverse("observation", args=[saved.observation.public_id]), reverse("chart", args=[episode.public_id]),
        reverse("board"),
    ):  # fmt: skip
        client.force_login(nurse)
        assert "NEWS2 © Royal College of Physicians 2017" in words(client.get(address).content.decode())
