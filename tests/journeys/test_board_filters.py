"""A nurse narrows the board to a bay, to a site or to her own patients: nobody in danger is forgotten by it."""

import pytest
from django.urls import reverse

from tests import cast
from tests.journeys.test_ward_board import WEAK_LEG, episode

pytestmark = pytest.mark.django_db


def shown(client, url_name="board", **asked) -> tuple[list[str], str]:
    answer = client.get(reverse(url_name), asked)
    assert answer.status_code == 200
    return [line["row"]["patient_name"].split(",")[0] for line in answer.context["lines"]], answer.content.decode()


@pytest.fixture
def ward(site, client, nurse):
    client.force_login(nurse)
    emergent = episode(site, "Emergent", minutes_ago=35, bed="B2")
    cast.log(emergent, minutes=30, by=cast.a_nurse(site, "Nurse Two"), **cast.a_routine_set(neurology=WEAK_LEG))
    mine = episode(site, "Mine", minutes_ago=60, bed="A1")
    cast.log(mine, minutes=50, by=nurse, **cast.a_routine_set())
    episode(site, "Latest", minutes_ago=300, bed="a2")


def test_by_lateness_the_longest_overdue_stands_first(client, ward):
    assert shown(client)[0] == ["Emergent", "Latest", "Mine"]
    assert shown(client, sort="lateness")[0][0] == "Latest"


@pytest.mark.parametrize("url_name", ["board", "board_rows"])
def test_a_bay_is_the_beginning_of_a_bed_and_who_is_hidden_is_counted(client, ward, url_name):
    names, text = shown(client, url_name, bed="A")
    assert names == ["Latest", "Mine"]
    assert "1 patient not shown, 1 with an open red flag." in text


def test_my_patients_are_those_for_whom_i_logged(client, ward):
    assert shown(client, mine="1")[0] == ["Mine"]


def test_the_refresh_keeps_the_filter(client, ward):
    assert f'hx-get="{reverse("board_rows")}?bed=A&amp;sort=lateness"' in shown(client, bed="A", sort="lateness")[1]


def test_one_of_several_sites(client, nurse, ward):
    other = cast.a_site("South unit")
    episode(other, "Elsewhere", minutes_ago=1)
    assert shown(client, site="South unit")[0] == ["Emergent", "Latest", "Mine"]  # not hers: nothing is narrowed
    nurse.memberships.create(site=other, role="NURSE")
    assert shown(client, site="South unit")[0] == ["Elsewhere"]


@pytest.mark.parametrize(
    "asked", [{"site": "x" * 300}, {"sort": "%00"}, {"mine": "yes"}, {"bed": "  "}, {"page": "-1"}]
)
def test_what_cannot_be_read_hides_nobody(client, ward, asked):
    assert len(shown(client, **asked)[0]) == 3
