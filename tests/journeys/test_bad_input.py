"""Strange words in addresses, and patients at the edge, break no page: every address of the system is tried."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from kyphotrack.staff.models import Role
from tests import cast
from tests.extremes import NAMES, raise_every_flag
from tests.journeys.test_other_site_sees_nothing import (
    ADDRESSES,
    WITHOUT_AN_ID,
    addresses_of,
    an_episode_with_everything,
)

pytestmark = pytest.mark.django_db

ANSWERS = {200, 302, 400, 403, 404, 405}
NO_PAGES = {"sign_out", "healthz", "readyz"}
NAMES_OF_PARAMETERS = (
    "page", "state", "site", "bed", "mine", "sort", "q", "born", "operated", "sets", "order", "first_day", "last_day", "next",
    "period", "format", "from", "to", "kind", "lang", "theme",
)  # fmt: skip
STRANGE = (
    "", "0", "-1", "x", "99999999999999999999", "9" * 5000, "1e3", "²", "٣", "%", "\x00", "\x1b[31m", "' OR 1=1--", "<script>",
    "{{ 7*7 }}", "../../etc/passwd", "😀", "\u202e", "2026-02-30", "0001-01-01", "9999-12-31", "-0001-01-01", "NaN", "None",
    "true", "[]", "a" * 3000,
)  # fmt: skip


@pytest.fixture
def lead(site):
    for role in Role:
        lead = cast.a_member(site, role, "Lead North")
    return lead


def pages(procedure) -> list[str]:
    plain = [reverse(name) for name in WITHOUT_AN_ID if name not in NO_PAGES]
    return plain + [address for of_name in addresses_of(procedure).values() for address in of_name]


def test_strange_words_in_an_address_never_break_a_page(client, lead):
    client.force_login(lead)
    lists = {reverse(name) for name in WITHOUT_AN_ID}
    for address in pages(an_episode_with_everything()):
        for strange in STRANGE if address in lists else ("\x00", "9" * 5000, "2026-02-30"):
            answer = client.get(address, dict.fromkeys(NAMES_OF_PARAMETERS, strange))
            assert answer.status_code in ANSWERS, (address, strange, answer.status_code)


def test_one_name_given_twice_and_names_that_nobody_knows(client, lead):
    client.force_login(lead)
    query = "?" + "&".join(f"{name}=1&{name}=x&{name}[]=2" for name in NAMES_OF_PARAMETERS) + "&%00=%00&=&&;%ff=%ff"
    for address in pages(an_episode_with_everything()):
        assert client.get(address + query).status_code in ANSWERS, address


@pytest.mark.parametrize("number", ["0", "99999999999999999999999999"])
def test_a_number_in_an_address_that_no_row_has_is_not_found(client, lead, number):
    client.force_login(lead)
    for name, kept in {
        "waive_slot": {},
        "end_duty": {},
        "end_weekly_duty": {},
        "handle_mail": {"verb": "retry"},
    }.items():
        (argument,) = set(ADDRESSES[name].pattern.converters) - set(kept)
        address = reverse(name, kwargs={argument: int(number)} | kept)
        assert {client.get(address).status_code, client.post(address).status_code} <= {404, 405}, name


def test_a_patient_without_a_single_value_opens_on_every_page(client, site, lead):
    patient = cast.a_patient(site, "MRN-Blank", "B", given_name="")
    procedure = cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=3), baseline=None, bed="")
    client.force_login(lead)
    for name in (
        "chart", "log_observation", "correct_baseline", "selection", "discharge", "end_monitoring", "outcomes", "bone_health",
        "record_therapy", "record_bone_facts",
    ):  # fmt: skip
        assert client.get(reverse(name, args=[procedure.public_id])).status_code == 200, name
    for name in ("patient", "change_patient", "record_procedure"):
        assert client.get(reverse(name, args=[patient.public_id])).status_code == 200, name
    for name in ("board", "patient_list"):
        assert "MRN-Blank" in client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_lists_and_chart_hold_a_name_of_any_script_and_length(client, site, lead, name):
    number = f"MRN-{uuid.uuid4().hex[:8]}"
    procedure = cast.an_episode(cast.a_patient(site, number, name), time_zero=datetime.now(UTC) - timedelta(hours=4))
    raise_every_flag(procedure)
    client.force_login(lead)
    for page in ("board", "worklist", "patient_list"):
        assert number in client.get(reverse(page)).content.decode(), page
    assert client.get(reverse("chart", args=[procedure.public_id])).status_code == 200
    assert number in client.get(reverse("patient_list"), {"q": name}).content.decode()
