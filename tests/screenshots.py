"""The pictures of the README, taken of the running demo ward (`make screenshots`). No test finds this file by itself."""

from pathlib import Path

import pytest
from django.conf import settings

from followup.demo_ward import PASSWORD
from tests.browser.stack import running_stack, wait_until

FOLDER = Path(settings.BASE_DIR) / "docs" / "images"
MOST_BYTES = 200_000
DESKTOP, TABLET = {"width": 1280, "height": 900}, {"width": 768, "height": 1024}


@pytest.fixture(scope="module")
def stack(_running_mail_server):
    with running_stack(_running_mail_server) as stack:
        yield stack


@pytest.fixture
def take(chromium, stack):
    """A page of a signed-in person, as a picture. The machinery has reported before, so that no banner is in it."""

    def taken(name: str, person: str, size: dict, *links: tuple[str, str]) -> None:
        context = chromium.new_context(viewport=size, reduced_motion="reduce", locale="en-GB")
        page = context.new_page()
        page.goto(f"{stack.address}/sign-in/")
        page.get_by_label("E-mail address").fill(person)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/board/")
        wait_until(lambda: page.reload() and not page.locator("#watchdog .watchdog").count(), seconds=180)
        for row, link in links:
            within = page.get_by_role("row").filter(has_text=row) if row else page.get_by_role("navigation").first
            within.get_by_role("link", name=link).first.click()
            page.wait_for_load_state()
        page.screenshot(path=FOLDER / f"{name}.png")
        context.close()
        assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES, name

    return taken


def test_take_them(take):
    take("board", "nurse@north.example", DESKTOP)
    take("bedside", "nurse@north.example", TABLET, ("Birch", "Log"))
    take("chart", "physician@north.example", DESKTOP, ("Larch", "Larch"))
    take("worklist", "physician@north.example", DESKTOP, ("", "Worklist"))
