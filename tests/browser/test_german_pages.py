"""German words are longer: every page still fits a tablet and a phone."""

import pytest
from django.urls import reverse

from tests.browser.test_every_page import addresses, page_of, somebody_who_may_do_everything

__all__ = ["addresses", "page_of"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What sticks out of the screen and cannot be scrolled to within its own frame.
STICKING_OUT = """() => Array.from(document.querySelectorAll("body *"))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll-x, .visually-hidden"))
    .slice(0, 3).map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", [768, 390])
def test_every_page_fits_in_german(live_server, page_of, addresses, width):
    site, pages = addresses
    page = page_of(somebody_who_may_do_everything(site), width, locale="de-DE")
    errors, faults, walked = [], {}, 0
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    for address in pages:
        answer = page.request.get(live_server.url + address, max_redirects=0)
        is_page = answer.status == 200 and answer.headers["content-type"].startswith("text/html")
        if not is_page or "content-disposition" in answer.headers or address == reverse("sign_in"):
            continue
        page.goto(live_server.url + address)
        if page.locator("html").get_attribute("lang") != "de":
            continue  # a file
        walked += 1
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            faults[address] = page.evaluate(STICKING_OUT)
    assert faults == {}
    assert errors == []
    assert walked > 40


def test_clocks_tick_in_german(live_server, page_of, addresses):
    site, _pages = addresses
    page = page_of(somebody_who_may_do_everything(site), 1280, locale="de-DE")
    page.goto(live_server.url + reverse("board"))
    words = page.locator("[data-due]").all_inner_texts()
    assert words
    assert all("überfällig" in said or said.startswith("in ") or said == "jetzt" for said in words)
