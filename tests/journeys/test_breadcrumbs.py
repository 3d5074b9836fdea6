"""Every page below a list says where it stands, and leads back up."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from kyphotrack.staff.models import Role
from tests import cast
from tests.journeys.test_other_site_sees_nothing import addresses_of, an_episode_with_everything
from tests.reading import words

pytestmark = pytest.mark.django_db
OF_A_SITE = {"rota_of_site", "add_duty", "add_weekly_duty", "ladders_of_site", "change_ladder"}


def trail(html: str) -> list[tuple[str, str]]:
    """The words of each crumb and its address; none for the page itself."""
    found = re.findall(r'<nav class="breadcrumbs".*?</nav>', html, re.DOTALL)
    assert len(found) <= 1, "a page stands in one place"
    lines = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    addresses = [re.search(r'href="([^"]+)"', line) for line in lines]
    return [(words(line).strip(), unescape(at[1]) if at else "") for line, at in zip(lines, addresses, strict=True)]


@pytest.fixture
def lead(site):
    lead = cast.a_physician(site, "Lead North")
    for role in Role:
        cast.a_member(site, role, "Lead North")
    return lead


def test_every_page_about_a_patient_ends_its_trail_with_itself_and_every_step_above_leads_somewhere(client, site, lead):
    addresses = addresses_of(an_episode_with_everything())
    client.force_login(lead)
    seen = set()
    for name, of_name in addresses.items():
        answer = client.get(of_name[0])
        html = answer.content.decode()
        if answer.status_code != 200 or 'class="patient-header"' not in html:
            continue
        *above, (last, itself) = trail(html)
        assert (itself, bool(last)) == ("", True), name
        assert above[0] in [("Patients", reverse("patient_list")), ("Worklist", reverse("worklist"))], name
        assert name == "patient" or (above[1:] and above[1][0] == "Example, Pat"), name
        for _text, address in above:
            assert client.get(address).status_code == 200, name
        seen.add(name)
    assert {
        "patient",
        "chart",
        "log_observation",
        "flag",
        "imaging_task",
        "contact",
        "bone_health",
        "waive_slot",
    } <= seen


def test_pages_of_a_site_and_of_its_rules_lead_back_to_their_lists(client, site, lead):
    addresses = addresses_of(an_episode_with_everything())
    client.force_login(lead)
    for name in OF_A_SITE | {"ruleset", "rewrite_ruleset", "draft_ruleset"}:
        answer = client.get(addresses[name][0])
        assert answer.status_code == 200, name
        first, *_between, (_last, itself) = trail(answer.content.decode())
        assert first == (("Rota", reverse("rota")) if name in OF_A_SITE else ("Rules", reverse("rulesets"))), name
        assert itself == ""
    for name, above in (("register_patient", "Patients"), ("imaging_figures", "Worklist"), ("mail_list", "Operations")):
        assert trail(client.get(reverse(name)).content.decode())[0][0] == above


@pytest.mark.parametrize("name", ["board", "worklist", "patient_list", "rulesets", "rota", "operations"])
def test_a_list_itself_has_no_trail(client, lead, name):
    client.force_login(lead)
    assert trail(client.get(reverse(name)).content.decode()) == []


def test_a_form_that_comes_back_with_a_problem_stands_where_it_stood(client, site, lead):
    procedure = cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=1))
    cast.log(procedure, minutes=30, **cast.a_routine_set(pain_on_movement=7))
    flag = procedure.red_flags.get(severity="AMBER")
    client.force_login(lead)
    answer = client.post(reverse("close_flag", args=[flag.public_id]), {"outcome": "HANDLED"})
    assert answer.status_code == 422
    assert [text for text, _address in trail(answer.content.decode())] == ["Worklist", "Example, Pat", "Chart", "Flag"]
