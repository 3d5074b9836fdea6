"""Handover and paper charts in a real browser: accepted by keyboard, free of accessibility faults, whole on paper."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from followup.models import ShiftHandover
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}
WIDTHS = [1280, 768, 390]


@pytest.fixture
def site():
    return cast.a_site()


@pytest.fixture
def ward(site):
    now = datetime.now(UTC)
    names = ("Alder", "W" * 200, "Birch")
    episodes = [
        cast.an_episode(
            cast.a_patient(site, f"MRN-{n}", name),
            time_zero=now - timedelta(minutes=90),
            bed=f"A{n}",
            levels=("T12", "L1"),
        )
        for n, name in enumerate(names, start=1)
    ]
    cast.log(episodes[0], minutes=60, **cast.a_routine_set(neurology=WEAK_LEG))
    cast.log(episodes[1], minutes=80, **cast.a_routine_set(pain_on_movement=9, pain_at_rest=8))
    return episodes


@pytest.fixture
def open_page(live_server, chromium):
    contexts = []

    def opened(user, address: str, width: int = 1280):
        client = Client()
        client.force_login(user)
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", timezone_id="Europe/Berlin"
        )
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + address)
        return page

    yield opened
    for context in contexts:
        context.close()


def assert_sound(page, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def pages_of(page) -> int:
    return page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_have_no_accessibility_fault_and_fit_the_screen(open_page, site, ward, width):
    nurse = cast.a_nurse(site)
    accepted = cast.accepted_by(nurse, now=datetime.now(UTC), note="W" * 300)
    cast.accepted_by(cast.a_nurse(site, "Nurse Two"), now=datetime.now(UTC))
    page = open_page(nurse, reverse("handover"), width)
    assert_sound(page, width)
    for address in (
        reverse("accepted_shift", args=[accepted.public_id]), reverse("handover_history"), reverse("paper"), reverse("board"),
    ):  # fmt: skip
        page.goto(f"{page.url.partition('/handover')[0]}{address}")
        assert_sound(page, width)


def test_a_shift_is_accepted_by_keyboard_and_is_mine_on_the_board(open_page, site, ward):
    page = open_page(cast.a_nurse(site, "Nurse Late"), reverse("handover") + "?sort=bed")
    page.locator("input[name=patients]").first.focus()
    page.keyboard.press("Space")  # not Alder
    page.get_by_label("Note").focus()
    page.keyboard.type("Birch was sick")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The shift is yours.")
    assert ShiftHandover.objects.get().patients.count() == 2
    assert page.locator("q").inner_text() == "Birch was sick"
    page.get_by_role("link", name="My patients on the board").click()
    page.wait_for_selector("#board")
    names = page.locator(".board-name").all_inner_texts()
    assert len(names) == 2
    assert not any("Alder" in name for name in names)
    # From the board to the list of what the last observation left open.
    page.locator(".board-open").first.click()
    page.wait_for_selector("#questions-heading")
    assert page.url.endswith("#questions-heading")


def test_what_was_typed_stays_when_the_ward_has_moved_on(open_page, site, ward):
    page = open_page(cast.a_nurse(site), reverse("handover"))
    page.get_by_label("Note").fill("All quiet")
    page.locator("input[name=patients]").last.uncheck()
    cast.log(ward[2], minutes=85, **cast.a_routine_set(neurology=WEAK_LEG))
    page.locator(f"[value^='{ward[2].public_id}']").check()
    page.get_by_role("button", name="Accept the ticked patients").click()
    page.wait_for_selector("#problems")
    assert "A3, Birch, Pat" in page.locator("#problems").inner_text()
    assert page.get_by_label("Note").input_value() == "All quiet"
    assert page.locator("input[name=patients]:checked").count() == 3
    assert_sound(page, 1280)


@pytest.mark.parametrize("each", [False, True])
def test_on_paper_the_patients_stand_and_what_is_clicked_does_not(open_page, site, ward, each):
    page = open_page(cast.a_nurse(site), reverse("handover") + ("?print=each" if each else ""))
    page.emulate_media(media="print")
    for hidden in (".board-filter", ".handover-accept", ".handover-tick", ".app-bar"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".handover-patient").count() == 3
    assert page.locator(".handover-lines").first.is_visible() == each
    assert page.locator(".handover-full").count() == (2 if each else 0)  # one of the three was never measured
    assert pages_of(page) == (3 if each else 1)


def test_the_blank_charts_open_the_print_dialogue_and_keep_to_their_sheets(open_page, site, ward, live_server):
    page = open_page(cast.a_nurse(site), reverse("paper"))
    page.context.add_init_script("window.print = function () { document.title = 'printed'; };")
    refused = []
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Print the blank charts").click()
    charts = opened.value
    charts.on("console", lambda message: refused.append(message.text) if "Policy" in message.text else None)
    charts.wait_for_function("document.title === 'printed'")
    assert (
        charts.evaluate("getComputedStyle(document.querySelector('.boxes')).borderCollapse") == "collapse"
    )  # its style holds
    assert refused == []
    sheets = charts.locator(".sheet").count()
    assert sheets >= 6
    # Besides the list every sheet is one page, whole.
    whole = pages_of(charts)
    charts.evaluate("document.querySelectorAll('.chart').forEach(chart => { chart.hidden = true; })")
    assert whole == pages_of(charts) + sheets


def test_the_file_is_downloaded(open_page, site, ward):
    page = open_page(cast.a_nurse(site), reverse("paper"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a file").click()
    assert download.value.suggested_filename.startswith("paper-charts-")
