"""A nurse reads the handover of a bay, ticks whom she takes, accepts, and finds them as her patients."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import ShiftHandover
from kyphotrack.staff.models import Role
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}


def an_episode(site, name, *, bed, minutes_ago=60):
    return cast.an_episode(
        cast.a_patient(site, f"MRN-{name}", name), time_zero=datetime.now(UTC) - timedelta(minutes=minutes_ago), bed=bed
    )


@pytest.fixture
def ward(site):
    return {name: an_episode(site, name, bed=bed) for name, bed in (("Alder", "A1"), ("Birch", "A2"), ("Cedar", "B1"))}


@pytest.fixture
def signed_in(client, nurse):
    client.force_login(nurse)
    return client


def page_of(client, **asked):
    answer = client.get(reverse("handover"), asked)
    assert answer.status_code == 200
    return answer


def shown_on(answer) -> list[str]:
    return [line["one"].procedure.patient.family_name for line in answer.context["lines"]]


def filled(answer, **changes) -> dict:
    """What the browser would send of this page: everybody is ticked."""
    form = answer.context["form"]
    ends_at = re.search(r'name="ends_at" value="([^"]+)"', answer.content.decode())
    return {
        "form_token": form["form_token"].value(),
        "patients": [line["tick"] for line in answer.context["lines"] if line["ticked"]],
        "shift": form["shift"].value(),
        "ends_at": ends_at.group(1),
        "note": "",
    } | changes


def test_she_accepts_a_bay_and_has_its_patients(signed_in, nurse, ward):
    page = page_of(signed_in, bed="A", sort="bed")
    assert shown_on(page) == ["Alder", "Birch"]
    assert "1 patient not shown" in page.content.decode()
    sent = filled(page, note="Birch wants to go home", shift="LATE")
    answer = signed_in.post(f"{reverse('handover')}?bed=A&sort=bed", sent, follow=True)
    accepted = ShiftHandover.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("accepted_shift", args=[accepted.public_id])
    text = answer.content.decode()
    assert "Birch wants to go home" in text
    assert "Cedar" not in text
    assert {row.procedure for row in accepted.patients.all()} == {ward["Alder"], ward["Birch"]}
    board = signed_in.get(reverse("board"), {"mine": "1"}).content.decode()
    assert "Alder" in board and "Birch" in board and "Cedar" not in board
    again = page_of(signed_in, mine="1").content.decode()
    assert "accepted: Nurse One, until" in again
    history = signed_in.get(reverse("handover_history")).content.decode()
    assert "Nurse One" in history and "Birch wants to go home" in history


def test_a_form_that_comes_back_keeps_ticks_and_words(signed_in, ward):
    page = page_of(signed_in)
    only_alder = [line["tick"] for line in page.context["lines"] if line["one"].procedure == ward["Alder"]]
    answer = signed_in.post(reverse("handover"), filled(page, patients=only_alder, note="Long words", ends_at=""))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Long words" in text
    assert "Not saved yet" in text
    assert [line["one"].procedure for line in answer.context["lines"] if line["ticked"]] == [ward["Alder"]]
    assert not ShiftHandover.objects.exists()


@pytest.mark.parametrize(("field", "value", "said"), [
    ("patients", [], "Tick at least one patient that you take over."),
    ("patients", ["nobody.0"], "Somebody you ticked is no longer on the list."),
    ("ends_at", "2020-01-01T10:00", "This lies behind."),
    ("ends_at", "2120-01-01T10:00", "A shift ends within 24 hours from now."),
    ("ends_at", "soon", "Enter a date and a time"),
    ("shift", "MIDSUMMER", "Select a valid choice"),
    ("note", "x" * 4001, "at most 4000"),
    ("form_token", "made up", "The form was damaged on the way."),
])  # fmt: skip
def test_what_cannot_be_accepted_is_said_beside_it(signed_in, ward, field, value, said):
    answer = signed_in.post(reverse("handover"), filled(page_of(signed_in), **{field: value}))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ShiftHandover.objects.exists()


def test_a_new_flag_since_she_looked_is_shown_before_she_accepts(signed_in, ward):
    page = page_of(signed_in)
    cast.log(ward["Birch"], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG))
    answer = signed_in.post(reverse("handover"), filled(page, note="All quiet"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Something has changed since you opened this page: A2, Birch, Pat." in text
    assert "New leg weakness" in text
    assert "All quiet" in text
    assert not ShiftHandover.objects.exists()
    # Now she has seen it.
    answer = signed_in.post(reverse("handover"), filled(answer, note="Birch: weak leg"))
    assert answer.status_code == 302
    kept = ShiftHandover.objects.get().patients.get(procedure=ward["Birch"]).stood_open
    assert {item["kind"] for item in kept["items"]} == {"flag", "imaging"}


def test_a_double_tap_makes_one_acceptance_even_when_the_list_moves_on_in_between(signed_in, ward):
    sent = filled(page_of(signed_in))
    first = signed_in.post(reverse("handover"), sent)
    cast.log(ward["Birch"], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG))
    second = signed_in.post(reverse("handover"), sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    assert ShiftHandover.objects.count() == 1


def test_the_second_of_two_nurses_is_told_of_the_first(signed_in, site, ward, client):
    page = page_of(signed_in)
    signed_in.post(reverse("handover"), filled(page))
    client.force_login(cast.a_nurse(site, "Nurse Two"))
    answer = client.post(reverse("handover"), filled(page_of(client)), follow=True)
    assert "Others have accepted some of these patients too." in answer.content.decode()
    assert "3 patients in common" in answer.content.decode()
    assert ShiftHandover.objects.count() == 2


def test_who_works_at_two_sites_accepts_the_shift_of_one(signed_in, nurse, ward):
    south = cast.a_site("South unit", "America/New_York")
    nurse.memberships.create(site=south, role=Role.NURSE)
    an_episode(south, "Southern", bed="1")
    both = page_of(signed_in)
    assert len(shown_on(both)) == 4
    assert both.context["form"] is None
    assert "Choose one site above" in both.content.decode()
    one = page_of(signed_in, site="South unit")
    assert shown_on(one) == ["Southern"]
    answer = signed_in.post(f"{reverse('handover')}?site=South+unit", filled(one))
    assert answer.status_code == 302
    assert ShiftHandover.objects.get().site == south


def test_a_coordinator_reads_and_does_not_accept(client, site, ward):
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    page = page_of(client)
    assert page.context["form"] is None
    assert 'name="patients"' not in page.content.decode()


@pytest.mark.parametrize(
    "asked", [{"site": "x" * 300}, {"sort": "%00"}, {"mine": "yes"}, {"bed": "  "}, {"print": "\x00"}, {"page": "-1"}]
)
def test_what_cannot_be_read_hides_nobody(signed_in, ward, asked):
    assert len(shown_on(page_of(signed_in, **asked))) == 3


@pytest.mark.parametrize("page", ["-1", "x", "9999", "\x00"])
def test_a_strange_page_of_the_history_is_the_first(signed_in, nurse, ward, page):
    cast.accepted_by(nurse, now=datetime.now(UTC), note="The only one")
    assert "The only one" in signed_in.get(reverse("handover_history"), {"page": page}).content.decode()


def test_an_empty_ward_says_what_to_do(signed_in):
    assert "Nobody is watched at your sites" in page_of(signed_in).content.decode()
    assert "No shift has been accepted yet" in signed_in.get(reverse("handover_history")).content.decode()


def test_a_patient_without_a_value_and_one_of_a_long_name_do_not_break_it(signed_in, site):
    never = cast.an_episode(
        cast.a_patient(site, "MRN-1", "<b>אבגד 漢字</b>" + "W" * 180),
        time_zero=datetime.now(UTC),
        baseline=None,
        bed="",
    )
    text = page_of(signed_in).content.decode()
    assert "nothing measured yet" in text
    assert "<b>אבגד" not in text
    assert reverse("chart", args=[never.public_id]) in text
