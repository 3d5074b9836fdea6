"""The blank charts by one click: to print, or as a file; everything that the bedside form asks has its box."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse

from followup.forms.observation_form import ObservationForm
from followup.models import MonitoringSlot
from followup.selectors import paper_form
from followup.selectors.bedside import bedside
from followup.selectors.paper import paper_list
from patients.models import ChartEvent
from tests import cast

pytestmark = pytest.mark.django_db

# Not on paper: the machinery of the form. On paper in another way: the note has lines, the doses have a table.
_NOT_A_BOX = {"form_token", "note"}


@pytest.fixture
def procedure(site):
    return cast.an_episode(
        cast.a_patient(site, family_name="Alder"), time_zero=datetime.now(UTC) - timedelta(minutes=20), levels=("T8",)
    )


def fields_of_the_form(procedure, *, discharged: bool) -> set[str]:
    request = RequestFactory().get("/")
    request.user = cast.a_nurse(procedure.patient.site)
    if discharged:
        procedure.discharged_at = datetime.now(UTC)
    now = datetime.now(UTC)
    return set(ObservationForm(request, bedside=bedside(procedure, now=now), now=now).fields)


@pytest.mark.parametrize("discharged", [False, True])
def test_every_field_of_the_bedside_form_has_a_place_on_paper_and_nothing_else_has(procedure, discharged):
    on_paper = {name for line in (*paper_form.ROUTINE, *paper_form.FULL, *paper_form.DETAILS) for name in line.fields}
    doses = {f"dose_{row}_{part}" for row in (1, 2, 3) for _label, part in paper_form.DOSES}
    asked = fields_of_the_form(procedure, discharged=discharged) - _NOT_A_BOX
    assert asked <= on_paper | doses
    assert on_paper | doses <= asked | {"source"}


def test_what_a_routine_check_wants_stands_on_the_routine_sheet(procedure):
    """Else a nurse would have to turn the page at each check (clinical-spec 5.1)."""
    routine = {name for line in paper_form.ROUTINE for name in line.fields}
    assert set(cast.a_routine_set()) - {"neurology", "temperature_celsius", "pain_scale"} <= routine
    assert set(cast.NORMAL_QUICK_NEUROLOGY) <= routine
    full = routine | {name for line in paper_form.FULL for name in line.fields}
    assert set(cast.NORMAL_FULL_NEUROLOGY) <= full


def test_every_open_check_has_a_column_and_a_full_one_has_two(site, procedure):
    [one] = paper_list(site=site, now=datetime.now(UTC)).patients
    slots = list(MonitoringSlot.objects.open().order_by("due_at"))
    assert [slot for page in one.routine_pages for slot in page if slot] == slots
    assert [slot for page in one.full_pages for slot in page if slot] == [
        slot for slot in slots if slot.neuro == "FULL"
    ]
    assert {len(page) for page in one.routine_pages} == {paper_form.ROUTINE_COLUMNS}


def test_who_is_still_on_the_ward_has_a_chart_though_nothing_is_due_and_who_went_home_has_none(site, procedure):
    cast.log(procedure, minutes=15, neurology={"motor_L4_R": "3"})
    MonitoringSlot.objects.update(state="MISSED")
    now = datetime.now(UTC)
    [one] = paper_list(site=site, now=now).patients
    assert one.needs_chart
    assert [len(page) for page in one.routine_pages] == [paper_form.ROUTINE_COLUMNS]
    procedure.discharged_at = now
    procedure.discharged_by = cast.a_nurse(site)
    procedure.save()
    [one] = paper_list(site=site, now=now).patients
    assert not one.needs_chart


def test_a_nurse_prints_them_and_the_charts_say_so(client, site, nurse, procedure):
    client.force_login(nurse)
    address = reverse("print_paper_charts", args=[site.public_id])
    assert address in client.get(reverse("paper")).content.decode()
    answer = client.get(address)
    text = answer.content.decode()
    assert "Alder" in text
    assert "data-print-at-once" in text
    assert answer["Cache-Control"].startswith("max-age=0")
    event = ChartEvent.objects.filter(patient=procedure.patient, by=nurse).latest("pk")
    assert (event.verb, event.reason) == ("OPENED", "Taken on paper.")


def test_its_style_is_let_through_and_no_other(client, site, nurse, procedure):
    client.force_login(nurse)
    policy = client.get(reverse("print_paper_charts", args=[site.public_id]))["Content-Security-Policy"]
    assert "style-src 'self' 'sha256-" in policy
    assert "unsafe" not in policy
    assert "sha256" not in client.get(reverse("paper"))["Content-Security-Policy"]


def test_the_file_stands_by_itself_and_its_name_tells_nothing(client, site, nurse, procedure):
    client.force_login(nurse)
    answer = client.get(reverse("keep_paper_charts", args=[site.public_id]))
    text = answer.content.decode()
    assert answer["Content-Disposition"].startswith('attachment; filename="paper-charts-20')
    assert "Alder" in text and "Alder" not in answer["Content-Disposition"]
    assert "src=" not in text and "href=" not in text
    assert ChartEvent.objects.filter(patient=procedure.patient, reason="Taken on paper.").count() == 1


def test_one_site_and_no_other(client, site, nurse, procedure):
    south = cast.a_site("South unit")
    cast.an_episode(cast.a_patient(south, "MRN-S", "Southern"), time_zero=datetime.now(UTC))
    nurse.memberships.create(site=south, role="NURSE")
    client.force_login(nurse)
    text = client.get(reverse("print_paper_charts", args=[site.public_id])).content.decode()
    assert "Alder" in text and "Southern" not in text
    assert not ChartEvent.objects.filter(patient__site=south, reason="Taken on paper.").exists()
