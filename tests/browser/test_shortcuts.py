"""The keyboard shortcuts in a real browser: what they do, where they do nothing, and that they can be switched off."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


@pytest.fixture
def site():
    return cast.a_site()


@pytest.fixture
def episodes(site):
    now = datetime.now(UTC)
    return [
        cast.an_episode(cast.a_patient(site, f"MRN-{n}", f"Family{n}"), time_zero=now - timedelta(minutes=60 + n))
        for n in range(3)
    ]


@pytest.fixture
def page(live_server, chromium, site, episodes):
    client = Client()
    client.force_login(cast.a_physician(site))
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(live_server.url + reverse("board"))
    yield page
    context.close()


def focus(page) -> str:
    return page.evaluate("document.activeElement.id")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_rows_are_walked_and_an_observation_is_logged_for_the_one_that_has_the_focus(page):
    order = page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id.replace('row-', ''))")
    press(page, "j", "j", "k")
    assert focus(page) == f"chart-{order[0]}"
    press(page, "j", "j", "j", "j")
    assert focus(page) == f"chart-{order[2]}", "the last row is the last"
    press(page, "l")
    page.wait_for_url(f"**{reverse('log_observation', args=[order[2]])}")


def test_without_a_row_nothing_is_logged(page):
    press(page, "l", "c", "a")
    page.wait_for_timeout(300)
    assert page.url.endswith(reverse("board"))


@pytest.mark.parametrize(("key", "url_name"), [("w", "worklist"), ("h", "handover"), ("p", "patient_list")])
def test_g_and_a_letter_go_to_a_page(page, live_server, key, url_name):
    page.goto(live_server.url + reverse("rota"))
    press(page, "g", key)
    page.wait_for_url(f"**{reverse(url_name)}")


def test_slash_goes_into_the_search(page):
    press(page, "/")
    page.wait_for_url("**/patients/**")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("jl?g")
    assert page.input_value("input[name=q]") == "jl?g", "in a field they are letters"
    assert not page.locator("#shortcuts").is_visible()


def test_a_goes_to_the_button_that_acknowledges_and_presses_nothing(page, live_server, episodes):
    task = cast.log(episodes[0], minutes=59, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    page.goto(live_server.url + reverse("worklist"))
    press(page, "j", "a")
    assert focus(page) == f"acknowledge-{task.public_id}"
    task.refresh_from_db()
    assert task.state == "requested"
    press(page, "Enter")
    page.wait_for_selector("text=Acknowledged: the task is in your hands.")


def test_the_list_opens_and_switches_the_single_keys_off_for_good(page):
    press(page, "?")
    dialog = page.locator("#shortcuts")
    assert dialog.is_visible()
    page.uncheck("#shortcuts-on")
    press(page, "Escape")
    assert not dialog.is_visible()
    press(page, "j", "?")
    assert focus(page) == ""
    assert not dialog.is_visible()
    page.reload()
    press(page, "j")
    assert focus(page) == ""
    page.click(".app-more summary")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.check("#shortcuts-on")
    dialog.get_by_role("button", name="Close").click()
    press(page, "j")
    assert focus(page).startswith("chart-")


def test_control_and_enter_save_the_form_while_typing(page, live_server, episodes):
    page.goto(live_server.url + reverse("log_observation", args=[episodes[0].public_id]))
    page.fill("#id_pulse_per_minute", "71")
    press(page, "Control+Enter")
    page.get_by_role("heading", name="What was raised").wait_for()
    assert episodes[0].observations.get().pulse_per_minute == 71
