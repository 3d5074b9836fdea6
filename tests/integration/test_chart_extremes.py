"""The chart of the patient without a value, of the one with every kind of value, and of addresses that people make up."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import RedFlag
from followup.services.observations import correct_observation
from tests import cast
from tests.extremes import NAMES, raise_every_flag
from tests.reading import read, words

pytestmark = pytest.mark.django_db


def episode(site, *, hours_ago: float = 40, **procedure):
    patient = cast.a_patient(site, f"MRN-{uuid.uuid4().hex[:8]}", procedure.pop("name", "Example"))
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago), **procedure)


def section(html: str, heading_id: str) -> str:
    return words(html.split(f'id="{heading_id}"')[1].split("</section>")[0])


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_and_of_any_length(client, site, nurse, name):
    procedure = episode(site, name=name, operator=name, notes=name * 3)
    assert name in words(read(client, nurse, "chart", procedure.public_id))


def test_a_patient_without_a_single_value(client, site, nurse):
    html = read(client, nurse, "chart", episode(site, baseline=None).public_id)
    assert "No vital sign has been measured" in section(html, "news2")
    assert "Pain now : not asked since the procedure" in section(html, "spine")
    assert "L1 : fracture (height loss not known)" in section(html, "spine")


def test_a_patient_with_every_flag_that_a_set_can_raise(client, site, nurse):
    procedure = episode(site)
    raise_every_flag(procedure)
    html = read(client, nurse, "chart", procedure.public_id)

    raised = set(RedFlag.objects.filter(procedure=procedure).values_list("rule_code", flat=True))
    assert len(raised) > 12
    for code in raised:
        assert f"{code} " in words(html)
    neurology = section(html, "neurology-heading")
    assert "▲ worse" in neurology
    assert "= same" in neurology
    assert "○ not checked" in neurology
    assert "it hurts here now" in section(html, "spine")
    assert "ribs left, other" in section(html, "spine")
    assert "requested" in section(html, "imaging-loop")


def test_sixty_sets_stand_on_pages_of_twelve(client, site, nurse):
    procedure = episode(site)
    for number in range(60):
        cast.log(procedure, minutes=60 + 30 * number, **cast.a_routine_set(pulse_per_minute=60 + number))
    first = section(read(client, nurse, "chart", procedure.public_id), "news2")
    last = section(read(client, nurse, "chart", procedure.public_id, query="?sets=5"), "news2")

    assert "page 1 of 5, 60 in all" in first
    assert "● 119" in first and "● 108" in first and "● 107" not in first
    assert "● 60" in last and "● 71" in last and "● 72" not in last
    assert "Older sets" in first and "Newer sets" not in first
    assert "Newer sets" in last and "Older sets" not in last


@pytest.mark.parametrize("typed", ["0", "-1", "x", "", "99999999999999999999", "²", "1e3", "%00", "5' OR 1=1"])
def test_a_page_that_does_not_exist_is_the_nearest_one(client, site, nurse, typed):
    procedure = episode(site)
    cast.log(procedure, minutes=60, **cast.a_routine_set())
    client.force_login(nurse)
    answer = client.get(reverse("chart", args=[procedure.public_id]), {"sets": typed})
    assert answer.status_code == 200
    assert "● 72" in section(answer.content.decode(), "news2")


def test_a_corrected_value_is_on_the_observation_chart_and_the_wrong_one_is_not(client, site, nurse):
    procedure = episode(site)
    wrong = cast.log(procedure, minutes=60, **cast.a_routine_set(pulse_per_minute=139)).observation
    correct_observation(
        observation=wrong, answers=cast.a_routine_set(effective_at=wrong.effective_at, pulse_per_minute=93), doses=[],
        reason="Typed wrongly.", by=nurse, now=datetime.now(UTC), form_token=uuid.uuid4(),
    )  # fmt: skip
    shown = section(read(client, nurse, "chart", procedure.public_id), "news2")
    assert "91–110 scores 1 ● 93" in shown
    assert "139" not in shown


def test_an_incomplete_set_has_no_total_and_says_what_was_not_measured(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=60, respiration_rate=22)
    shown = section(read(client, nurse, "chart", procedure.public_id), "news2")
    assert "≥2 at least: the set is not complete" in shown
    assert shown.count("○ not measured") == 6


def test_on_scale_2_a_high_saturation_without_the_oxygen_answer_lies_in_no_band(client, site, nurse):
    at = datetime.now(UTC) - timedelta(hours=43)
    scale_2 = {"spo2_scale_2_authorised_by": "Dr Lung", "spo2_scale_2_authorised_at": at}
    procedure = episode(site, baseline=cast.a_baseline(effective_at=at, **scale_2))
    cast.log(procedure, minutes=60, spo2_percent=95)
    cast.log(procedure, minutes=90, spo2_percent=95, supplemental_oxygen=True)
    shown = section(read(client, nurse, "chart", procedure.public_id), "news2")
    assert "○ 95, air or oxygen not known" in shown
    assert "95–96 on oxygen scores 2 ● 95" in shown
