"""The chart and the patient list cost the same number of statements however long the history."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.shortcuts import render
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followup.models import DischargeChecklist
from followup.services.bone_health import record_facts, record_therapy
from followup.services.contacts import move_contact
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.observations import correct_observation
from followup.services.outcomes import record_outcome
from followup.services.selection import record_selection
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


def fill(procedure, minutes) -> None:
    """Every third set raises flags and a scan, every third is corrected, and each has a dose."""
    for minute in minutes:
        at = procedure.time_zero + timedelta(minutes=minute)
        dose = {"drug": "MORPHINE", "dose": "2 mg", "route": "IV", "given_at": at}
        answers = cast.a_routine_set(neurology=WEAK_LEG) if minute % 3 == 0 else cast.a_routine_set()
        saved = cast.log(procedure, minutes=minute, doses=[dose], **answers)
        if minute % 3 == 1:
            correct_observation(
                observation=saved.observation, answers=cast.a_routine_set(effective_at=at, pain_at_rest=Decimal(4)),
                doses=[], reason="Wrong box.", by=cast.a_nurse(procedure.patient.site), now=at + timedelta(minutes=2),
                form_token=saved.observation.public_id,
            )  # fmt: skip
        for task in saved.imaging_tasks:
            acknowledge_imaging_task(
                task=task, comment="Coming.", by=cast.a_physician(procedure.patient.site), now=at + timedelta(minutes=1)
            )


def statements(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.fixture
def procedure(client, site):
    client.force_login(cast.a_physician(site))
    return cast.an_episode(
        cast.a_patient(site),
        time_zero=datetime.now(UTC) - timedelta(hours=40),
        disposition="STAY_48H",
        levels=("L1", "L2"),
    )


def test_a_chart_of_forty_sets_costs_as_many_statements_as_one_of_three(client, procedure):
    fill(procedure, (63, 64, 65))
    address = reverse("chart", args=[procedure.public_id])
    short = statements(client, address)
    fill(procedure, range(300, 337))
    assert statements(client, address) == short


def fill_aftercare(procedure, times: int) -> None:
    """Scores, drugs, facts, criteria and discharge answers, as many times as wanted."""
    by, now = cast.a_physician(procedure.patient.site), procedure.time_zero + timedelta(hours=30)
    for number in range(times):
        at = now + timedelta(minutes=number)
        about = {"procedure": procedure, "by": by, "now": at}
        record_outcome(answers={"effective_at": at, "kps": 70}, form_token=uuid.uuid4(), **about)
        day = {"known_on": at.date(), "dxa_ordered_on": at.date()}
        record_facts(answers=day, form_token=uuid.uuid4(), **about)
        drug = {"drug": "ALENDRONATE", "status": "CONSIDERED", "status_on": at.date()}
        record_therapy(answers=drug, form_token=uuid.uuid4(), **about)
        record_selection(
            answers={"refractory": True}, fractures=[{"level": "L1", "kyphosis_degrees": number}],
            replaces=procedure.selection_reviews.current().first(), reason="Read again.", form_token=uuid.uuid4(), **about,
        )  # fmt: skip
        DischargeChecklist.objects.create(procedure=procedure, answered_at=at, answered_by=by, reachable_by_phone=True)
        contact = procedure.follow_up_contacts.get(code="FU5")
        later = contact.due_at + timedelta(minutes=1)
        seen = contact.events.count()
        move_contact(contact=contact, due_at=later, reason="Asked for it.", seen=seen, by=by, now=at)


def test_the_later_care_costs_as_many_statements_however_much_was_recorded(client, procedure):
    fill_aftercare(procedure, 1)
    address = reverse("chart", args=[procedure.public_id])
    short = statements(client, address)
    fill_aftercare(procedure, 7)
    assert statements(client, address) == short


def test_no_statement_is_made_while_the_chart_is_drawn(client, procedure, monkeypatch):
    fill(procedure, (63, 64, 65))
    fill_aftercare(procedure, 2)
    made = []

    def watched_render(request, *args, **kwargs):
        request.user.pk  # noqa: B018 - the signed-in person is read once for the whole request
        with CaptureQueriesContext(connection) as captured:
            response = render(request, *args, **kwargs)
        # The banner of every page is read by the page's frame.
        made.append([one for one in captured.captured_queries if "watchdogreport" not in one["sql"]])
        return response

    monkeypatch.setattr("followup.views.charts.render", watched_render)
    assert client.get(reverse("chart", args=[procedure.public_id])).status_code == 200
    assert made == [[]]


def test_a_page_of_twenty_patients_costs_as_many_statements_as_one_of_two(client, site):
    client.force_login(cast.a_physician(site))

    def register(numbers) -> None:
        for number in numbers:
            episode = cast.an_episode(
                cast.a_patient(site, f"MRN-{number}", f"Family{number}"),
                time_zero=datetime.now(UTC) - timedelta(hours=2), levels=("T12", "L1"),
            )  # fmt: skip
            cast.log(episode, minutes=60, neurology=WEAK_LEG)

    register(range(2))
    few = statements(client, reverse("patient_list"))
    register(range(2, 20))
    assert statements(client, reverse("patient_list")) == few
