"""The cohort report in a real browser: free of accessibility faults, no wider than the screen, and whole on paper."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import cast, cohorts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PERIOD = "?first_day=2025-01-01&last_day=2025-12-31"


@pytest.fixture
def open_report(live_server, chromium):
    contexts = []

    def opened(site, width: int, query: str = PERIOD):
        client = Client()
        client.force_login(cast.a_physician(site))
        context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + reverse("cohort") + query)
        return page

    yield opened
    for context in contexts:
        context.close()


def a_cohort(site) -> None:
    """Rows that are shown, one that is kept back, and a median that was not reached."""
    for number in range(7):
        episode = cohorts.an_episode(site, aetiology="CANCER" if number == 6 else "OSTEOPOROTIC", fractured=20)
        cohorts.pain(episode, 4 if number < 3 else 8, hours=24)
        cohorts.a_flag(episode, "P5")


@pytest.mark.parametrize("width", [1280, 768, 390])
@pytest.mark.parametrize("kind", ["full", "empty", "wrong"])
def test_the_report_has_no_accessibility_fault_and_fits_the_screen(open_report, width, kind):
    from axe_playwright_python.sync_playwright import Axe

    site = cast.a_site("W" * 120 if kind == "full" else "North unit")
    if kind == "full":
        a_cohort(site)
    page = open_report(site, width, "?first_day=nonsense" if kind == "wrong" else PERIOD)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    faults = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]]
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    says = {"full": "not reached", "empty": "No procedure ended", "wrong": "No figures are shown"}
    assert says[kind] in page.inner_text("main")


def test_the_tables_can_be_reached_by_keyboard_and_the_links_lead_to_them(open_report):
    site = cast.a_site()
    a_cohort(site)
    page = open_report(site, 390)
    page.click("nav.cohort-nav a[href='#B9_LEVELS']")
    assert page.url.endswith("#B9_LEVELS")
    assert page.locator("#B9_LEVELS .scroll-x[tabindex='0']").count() == 1
    heights = page.eval_on_selector_all(".cohort-nav a", "links => links.map(link => link.offsetHeight)")
    assert min(heights) >= 44


def test_the_button_prints_and_paper_holds_the_figures_without_the_filter(open_report):
    site = cast.a_site()
    a_cohort(site)
    page = open_report(site, 1280)
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
    page.click("text=Print")
    assert page.get_attribute("body", "data-printed") == "yes"
    page.emulate_media(media="print")
    for hidden in ("form", ".cohort-nav", ".app-nav"):
        assert not page.locator(hidden).first.is_visible(), hidden
    for shown in ("#B1_DAY table", "#operations", ".cohort-note", "#B11"):
        assert page.locator(shown).first.is_visible(), shown
    page.set_viewport_size({"width": 720, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    wide = page.eval_on_selector_all(".scroll-x", "boxes => boxes.filter(b => b.scrollWidth > b.clientWidth).length")
    assert wide == 0
