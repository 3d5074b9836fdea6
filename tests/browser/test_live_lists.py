"""Board and worklist refresh themselves in a real browser, and leave the person's place, focus and words alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
EVERY = 15_000  # milliseconds between two refreshes


@pytest.fixture
def site():
    return cast.a_site()


@pytest.fixture
def ward(site):
    now = datetime.now(UTC)
    return [
        cast.an_episode(cast.a_patient(site, f"MRN-{n}", f"Family{n:02}"), time_zero=now - timedelta(minutes=60 + n))
        for n in range(30)
    ]


@pytest.fixture
def open_page(live_server, chromium):
    """A page of a signed-in person, whose timers only run when the test says so."""
    contexts = []

    def opened(user, url_name: str):
        client = Client()
        client.force_login(user)
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.clock.install()
        page.goto(live_server.url + reverse(url_name))
        return page

    yield opened
    for context in contexts:
        context.close()


def refresh(page) -> None:
    with page.expect_response(lambda response: "/rows/" in response.url):
        page.clock.run_for(EVERY + 100)
    page.locator("[data-live]:not(.htmx-request)").wait_for()


def top_of(page, element_id: str) -> float:
    return page.evaluate("id => document.getElementById(id).getBoundingClientRect().top", element_id)


def test_a_refresh_shows_the_new_flag_and_keeps_place_and_focus(open_page, site, ward):
    page = open_page(cast.a_nurse(site), "board")
    first = page.locator("[data-row]").first
    looked_at, flagged = ward[5], ward[0]
    page.locator(f"#log-{looked_at.public_id}").focus()
    before = top_of(page, f"row-{looked_at.public_id}")
    assert first.get_attribute("id") != f"row-{flagged.public_id}"

    cast.log(flagged, minutes=59, **cast.a_routine_set(neurology=WEAK_LEG))
    refresh(page)

    assert first.get_attribute("id") == f"row-{flagged.public_id}"
    assert page.evaluate("document.activeElement.id") == f"log-{looked_at.public_id}"
    assert abs(top_of(page, f"row-{looked_at.public_id}") - before) <= 1


def test_at_the_top_of_the_page_the_most_dangerous_patient_comes_into_sight(open_page, site, ward):
    page = open_page(cast.a_nurse(site), "board")
    cast.log(ward[0], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG))
    refresh(page)
    assert page.evaluate("scrollY") == 0
    assert page.locator(f"#row-{ward[0].public_id}").is_visible()


def test_the_words_of_a_comment_survive_the_refresh(open_page, site, ward):
    task = cast.log(ward[0], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    page = open_page(cast.a_physician(site), "worklist")
    box = page.locator(f"#acknowledge-comment-{task.public_id}")
    box.fill("Coming up")
    box.evaluate("box => box.setSelectionRange(6, 6)")
    cast.log(ward[1], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG))
    refresh(page)

    assert page.locator(".worklist-item").count() >= 2
    assert box.input_value() == "Coming up"
    assert page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]") == [
        f"acknowledge-comment-{task.public_id}", 6,
    ]  # fmt: skip


def test_without_contact_the_board_greys_and_then_turns_red_and_says_since_when(open_page, site, ward):
    page = open_page(cast.a_nurse(site), "board")
    as_of = page.locator("#as-of").inner_text()
    notice = page.locator("#not-refreshed")
    assert notice.inner_text() == ""
    page.context.set_offline(True)

    page.clock.run_for(32_000)
    assert notice.get_attribute("data-stale") == "old"
    assert f"Not refreshed since {as_of}" in notice.inner_text()

    page.clock.run_for(60_000)
    assert notice.get_attribute("data-stale") == "lost"

    page.context.set_offline(False)
    refresh(page)
    page.clock.run_for(1_000)
    assert notice.inner_text() == ""


def test_when_the_session_has_ended_the_sign_in_page_comes_and_never_stands_inside_the_board(open_page, site, ward):
    page = open_page(cast.a_nurse(site), "board")
    Session.objects.all().delete()
    page.clock.run_for(EVERY + 100)
    page.wait_for_url(lambda url: reverse("sign_in") in url)
    assert page.locator("#board").count() == 0


def test_the_list_is_walked_and_a_task_acknowledged_by_keyboard_alone(open_page, site, ward):
    task = cast.log(ward[0], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    page = open_page(cast.a_physician(site), "worklist")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == f"acknowledge-comment-{task.public_id}":
            break
    page.keyboard.type("Seen")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Acknowledged: the task is in your hands.")
    task.refresh_from_db()
    assert task.hops.last().comment == "Seen"
