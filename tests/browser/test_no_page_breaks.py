"""No page is wider than the screen, whatever the patient is called and however much is wrong with him."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from kyphotrack.staff.models import Role
from patients.models import Patient
from procedures.models import Procedure
from tests import cast
from tests.extremes import EVERY_SIGN, NAMES, raise_every_flag
from tests.journeys.test_other_site_sees_nothing import addresses_of, an_episode_with_everything

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1280, 768, 390)
LISTS = ("board", "worklist", "patient_list", "register_patient", "rulesets", "rota", "operations", "mail_list")
TOO_WIDE = """() => {
    const screen = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= screen) { return ""; }
    const wide = Array.from(document.querySelectorAll("main *, header *, footer *"))
        .filter(one => one.getBoundingClientRect().right > screen + 1 && !one.closest(".scroll-x"));
    const last = wide[wide.length - 1];
    const words = last ? last.tagName + "." + last.className + " " + last.textContent.slice(0, 40) : "?";
    return document.documentElement.scrollWidth + " px: " + words;
}"""


@pytest.fixture
def lead():
    site = cast.a_site()
    for role in Role:
        lead = cast.a_member(site, role, "Lead North")
    return lead


def too_wide(page, addresses: dict[str, str]) -> dict[str, str]:
    faults = {}
    for name, address in addresses.items():
        answer = page.goto(address)
        assert answer.status == 200, name
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            fault = page.evaluate(TOO_WIDE)
            if fault:
                faults[f"{name} at {width}"] = fault
    return faults


def test_every_page_of_a_patient_whose_words_are_all_too_long(open_page, live_server, lead):
    procedure = an_episode_with_everything()
    long = "W" * 200
    Patient.objects.filter(pk=procedure.patient_id).update(
        family_name=long, given_name="م" * 200, medical_record_number="M" * 40, phone="9" * 40,
        email="e" * 60 + "@" + "x" * 60 + ".example",
    )  # fmt: skip
    Procedure.objects.filter(pk=procedure.pk).update(operator=long, bed="B" * 40, notes=long * 5)
    addresses = {name: live_server.url + reverse(name) for name in LISTS}
    page = open_page(lead, reverse("board"))
    for name, (address, *_others) in addresses_of(procedure).items():
        answer = page.request.get(live_server.url + address)
        if answer.status == 200 and "content-disposition" not in answer.headers:  # a file is no page
            addresses[name] = live_server.url + address
    assert len(addresses) > 35

    assert too_wide(page, addresses) == {}


def test_lists_and_charts_of_patients_with_every_flag_and_names_of_every_script(open_page, live_server, lead):
    site, now = cast.a_site(), datetime.now(UTC)
    charts = {}
    for number, name in enumerate(NAMES):
        patient = cast.a_patient(site, f"MRN-{number}-{uuid.uuid4().hex[:6]}", name, given_name=name)
        episode = cast.an_episode(patient, time_zero=now - timedelta(hours=4), operator=name)
        if number % 4 == 0:
            raise_every_flag(episode)
            saved = cast.log(episode, minutes=140, note=name * 4, **EVERY_SIGN)
            charts[f"observation {number}"] = live_server.url + reverse(
                "observation", args=[saved.observation.public_id]
            )
            flag = episode.red_flags.order_by("pk")[0]
            charts[f"flag {number}"] = live_server.url + reverse("flag", args=[flag.public_id])
            charts[f"form {number}"] = live_server.url + reverse("log_observation", args=[episode.public_id])
        charts[f"chart {number}"] = live_server.url + reverse("chart", args=[episode.public_id])
    blank = cast.an_episode(
        cast.a_patient(site, "MRN-B", "B"), time_zero=now - timedelta(hours=3), baseline=None, bed=""
    )
    charts["chart without a value"] = live_server.url + reverse("chart", args=[blank.public_id])
    page = open_page(lead, reverse("board"))

    assert too_wide(page, {name: live_server.url + reverse(name) for name in LISTS[:3]} | charts) == {}


def test_a_sign_that_turns_the_text_round_stays_within_the_name(open_page, lead):
    """The number behind a name with a right-to-left override still reads from left to right."""
    patient = cast.a_patient(cast.a_site(), "MRN-12345", "\u202eevil", given_name="")
    cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=1))
    page = open_page(lead, reverse("patient", args=[patient.public_id]))
    order = page.evaluate(
        """() => {
            const number = Array.from(document.querySelectorAll(".patient-header strong"))
                .find(one => one.textContent.includes("MRN-12345")).firstChild;
            return [0, 4, 8].map(at => {
                const range = document.createRange();
                range.setStart(number, at);
                range.setEnd(number, at + 1);
                return range.getBoundingClientRect().left;
            });
        }"""
    )
    assert order == sorted(order)
