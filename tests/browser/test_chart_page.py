"""The chart in a real browser: free of accessibility faults, no wider than the screen, and all of it on paper."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEAK = cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3", "saddle_sensation": "ALTERED"}


def a_full_episode(site, name: str):
    procedure = cast.an_episode(
        cast.a_patient(site, f"MRN-{uuid.uuid4().hex[:8]}", name),
        time_zero=datetime.now(UTC) - timedelta(hours=40), levels=("T12", "L1", "L3"), operator=name,
    )  # fmt: skip
    procedure.treated_levels.filter(level="L1").update(
        leakage="SYMPTOMATIC", leakage_sites=["EPIDURAL", "DISC_ABOVE", "VEIN", "NEEDLE_TRACK", "PULMONARY"]
    )
    procedure.fractures.filter(level="T12").update(morphology="WEDGE", height_loss_percent=Decimal(45))
    procedure.fractures.filter(level="L3").update(morphology="BICONCAVE", height_loss_percent=Decimal(30))
    cast.log(procedure, minutes=10, pain_at_rest=Decimal(1), consciousness="V")
    for number in range(20):
        cast.log(procedure, minutes=60 + 30 * number, **cast.a_routine_set(pulse_per_minute=64 + number * 4))
    dose = {"drug": "MORPHINE", "dose": "2 mg", "route": "IV", "given_at": procedure.time_zero + timedelta(hours=12)}
    cast.log(
        procedure, minutes=720, doses=[dose],
        **cast.a_routine_set(
            neurology=WEAK, pain_at_rest=Decimal(8), pain_sites=["TREATED_LEVEL", "ADJACENT_BELOW", "LEG_RIGHT"],
            supplemental_oxygen=True, oxygen_flow_litres_per_minute=Decimal(2), sudden_onset=True,
        ),
    )  # fmt: skip
    return procedure


@pytest.fixture
def open_chart(live_server, chromium):
    contexts = []

    def opened(user, procedure, width: int):
        client = Client()
        client.force_login(user)
        context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + reverse("chart", args=[procedure.public_id]))
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1280, 768, 390])
@pytest.mark.parametrize("kind", ["full", "empty", "long"])
def test_the_chart_has_no_accessibility_fault_and_fits_the_screen(open_chart, width, kind):
    from axe_playwright_python.sync_playwright import Axe

    site = cast.a_site()
    if kind == "empty":
        procedure = cast.an_episode(
            cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=2), baseline=None
        )
    else:
        procedure = a_full_episode(site, "W" * 200 if kind == "long" else "Example")
    page = open_chart(cast.a_physician(site), procedure, width)

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    faults = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]]

    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_the_pictures_and_tables_stand_and_the_buttons_do_not(open_chart):
    site = cast.a_site()
    page = open_chart(cast.a_physician(site), a_full_episode(site, "Example"), 1280)
    page.emulate_media(media="print")
    for seen in (".spine-picture", ".news2-chart", ".pain-plot", ".imaging-loop", "#thread-heading"):
        assert page.locator(seen).first.is_visible(), seen
    for hidden in (".chart-nav", ".app-bar", ".btn-primary"):
        assert not page.locator(hidden).first.is_visible(), hidden
    # A4 without its margins: nothing of a wide table is cut off, on either side.
    page.set_viewport_size({"width": 718, "height": 900})
    assert page.locator(".news2-chart thead th").count() == 13
    cut = page.evaluate(
        "Array.from(document.querySelectorAll('.news2-chart, .neurology-grid, .imaging-loop, .spine-picture, .pain-plot'))"
        ".filter(one => { const box = one.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth; })"
        ".map(one => one.className.baseVal ?? one.className)"
    )
    assert cut == []
