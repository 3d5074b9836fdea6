"""Every page that there is, by day and by night, on a desk, a tablet and a phone.

The addresses are those of the project itself: a new page is walked, or the list of addresses fails.
"""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from kyphotrack.staff.models import Role
from tests import cast
from tests.browser.test_chart_page import a_full_episode
from tests.journeys.test_other_site_sees_nothing import WITHOUT_AN_ID, addresses_of, an_episode_with_everything

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONFORMANCE = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
# Other than pages: parts of one, answers for machines, and what only takes a form.
NO_PAGES = {"board_rows", "worklist_rows", "healthz", "readyz", "bounces", "sign_out", "theme", "home"}

# Where a mouse is at hand, the handover packs its lines: WCAG's own 24 px.
CLOSE_ON_A_DESK = ".handover-link"

SMALL_TARGETS = """closeOnes => {
    // A link in the middle of a sentence is as high as its line (WCAG 2.5.8, "inline").
    function inRunningText(one) {
        const text = node => node.textContent.trim().length;
        return one.matches("a") && getComputedStyle(one).display === "inline" && text(one.parentElement) > text(one) + 3;
    }
    function size(one) {
        const boxes = [one, ...(one.labels || [])].map(part => part.getBoundingClientRect());
        return [Math.max(...boxes.map(box => box.width)), Math.max(...boxes.map(box => box.height))];
    }
    return Array.from(document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary"))
        .filter(one => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().width > 1)
        .filter(one => !one.matches(".visually-hidden-focusable:not(:focus)") && !inRunningText(one))
        .filter(one => Math.min(...size(one)) < (innerWidth > 1000 && one.matches(closeOnes) ? 24 : 43.5))
        .map(one => `${size(one).map(Math.round).join("x")} ${one.outerHTML.slice(0, 110)}`);
}"""


@pytest.fixture
def addresses():
    """Every address, and the page of a full chart."""
    procedure = an_episode_with_everything()
    site = procedure.patient.site
    full = a_full_episode(site, "Example")
    given = addresses_of(procedure)
    found = [reverse(name) for name in WITHOUT_AN_ID if name not in NO_PAGES]
    # Of several contacts the first, on the ward, and the last, in the clinic.
    found += [address for each in given.values() for address in dict.fromkeys((each[0], each[-1]))]
    return site, [*found, reverse("chart", args=[full.public_id]), reverse("patient", args=[full.patient.public_id])]


@pytest.fixture
def page_of(live_server, chromium):
    contexts = []

    def opened(user, width: int, **options):
        client = Client()
        client.force_login(user)
        context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **options)
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def somebody_who_may_do_everything(site):
    user = cast.a_physician(site, "Everything")
    for role in Role:
        cast.a_member(site, role, "Everything")
    return user


def faults_by(axe, page, **only) -> list[str]:
    found = axe.run(page, options={**only, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:130]} {node['failureSummary'][-160:]}"
        for one in found
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_no_page_has_a_fault_by_day_or_night_nor_a_target_under_44_px(live_server, page_of, addresses, width):
    from axe_playwright_python.sync_playwright import Axe

    site, pages = addresses
    page, axe = page_of(somebody_who_may_do_everything(site), width), Axe()
    errors, faults, walked = [], {}, 0
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    for address in pages:
        answer = page.request.get(live_server.url + address, max_redirects=0)
        if answer.status == 405 or address == reverse("sign_in"):
            continue  # takes a form only; and who has signed in sees no sign-in page
        if answer.status == 200 and (
            "content-disposition" in answer.headers or "html" not in answer.headers["content-type"]
        ):
            continue  # a file
        assert page.goto(live_server.url + address).status == 200, address
        walked += 1
        # As high as the page, so that the bar that sticks to the foot of a form covers nothing.
        page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
        page.emulate_media(color_scheme="light")
        here = [f"day: {fault}" for fault in faults_by(axe, page, runOnly=CONFORMANCE)]
        # Day and night differ by colours alone.
        page.emulate_media(color_scheme="dark")
        here += [
            f"night: {fault}" for fault in faults_by(axe, page, runOnly={"type": "rule", "values": ["color-contrast"]})
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            here.append("wider than the screen")
        here += [f"small: {target}" for target in page.evaluate(SMALL_TARGETS, CLOSE_ON_A_DESK)]
        if here:
            faults[address] = here
    assert faults == {}
    assert errors == []
    assert walked > 40


def test_night_is_the_servers_answer_and_paper_is_always_day(live_server, page_of):
    site = cast.a_site()
    page = page_of(cast.a_nurse(site), 1280, color_scheme="light")
    page.goto(live_server.url + reverse("board"))
    background = "getComputedStyle(document.body).backgroundColor"
    day = page.evaluate(background)
    page.click(".app-more summary")
    with page.expect_response(lambda answer: "/theme/" in answer.url):
        page.get_by_role("button", name="Night").click()
    assert page.url.endswith(reverse("board")), "no new page: what is typed stays"
    night = page.evaluate(background)
    assert night != day

    # The page comes dark from the server, before any script has run.
    answer = page.request.get(live_server.url + reverse("worklist"))
    assert 'data-bs-theme="dark">' in answer.text()
    page.goto(live_server.url + reverse("worklist"))
    assert page.evaluate(background) == night
    page.emulate_media(media="print")
    panel = "getComputedStyle(document.documentElement).getPropertyValue('color-scheme')"
    assert page.evaluate(panel) == "light"
    assert page.evaluate(background) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_without_a_choice_the_device_decides_and_without_scripts_the_switch_works(live_server, page_of, color_scheme):
    page = page_of(cast.a_nurse(cast.a_site()), 1280, color_scheme=color_scheme, java_script_enabled=False)
    page.goto(live_server.url + reverse("patient_list"))
    page.click(".app-more summary")
    page.get_by_role("button", name="Night").click()
    page.wait_for_url("**" + reverse("patient_list"))
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.click(".app-more summary")
    page.get_by_role("button", name="As the device").click()
    page.wait_for_url("**" + reverse("patient_list"))
    assert page.locator("html").get_attribute("data-bs-theme") is None


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_navigation_takes_one_row_and_the_menu_opens_the_rest(live_server, page_of, width):
    site = cast.a_site()
    page = page_of(cast.a_nurse(site, "Doctor Wolfeschlegelsteinhausen-Bergerdorff"), width)
    page.goto(live_server.url + reverse("board"))
    assert page.locator(".app-bar").bounding_box()["height"] < 2 * 44
    assert page.get_by_role("button", name="Sign out").is_visible()
    page.click(".app-more summary")
    for name in ("Board", "Worklist", "Patients", "Register", "Rules", "Rota"):
        assert page.locator(".app-nav").get_by_role("link", name=name).is_visible(), name


def test_on_a_phone_the_first_patient_stands_on_the_first_screen(live_server, page_of):
    site = cast.a_site()
    episode = cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC))
    page = page_of(cast.a_nurse(site), 390)
    page.goto(live_server.url + reverse("board"))
    assert not page.locator("#board-bed").is_visible()
    assert page.locator(f"#row-{episode.public_id}").bounding_box()["y"] < 450
    page.click(".board-filter-opener summary")
    assert page.locator("#board-bed").is_visible()
