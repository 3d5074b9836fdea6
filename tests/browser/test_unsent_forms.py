"""What was typed and not sent, in a real browser: kept, offered again, sealed from the next person, and stored once."""

import json
import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from followup.models import Observation
from tests import cast
from tests.bedside import an_episode_hours_ago, log_url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECOND = 1_000
SAVED = re.compile(r"/observations/[0-9a-f-]{36}/$")


@pytest.fixture
def episode():
    return an_episode_hours_ago(1.5, cast.a_patient(cast.a_site()))


@pytest.fixture
def nurse(episode):
    return cast.a_nurse(episode.patient.site)


@pytest.fixture
def browser(chromium):
    context = chromium.new_context(viewport={"width": 768, "height": 1024})
    yield context
    context.close()


@pytest.fixture
def sign_in(browser, live_server):
    """The same browser, as on a ward: one person after the other."""

    def as_person(user) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        browser.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])

    return as_person


@pytest.fixture
def page(browser, sign_in, nurse):
    sign_in(nurse)
    page = browser.new_page()
    page.set_default_timeout(10 * SECOND)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def type_a_set(page) -> None:
    page.fill("#id_pulse_per_minute", "97")
    page.check("input[name=pain_at_rest][value='4']", force=True)
    page.check("input[name=puncture_site][value=OOZE]", force=True)
    page.fill("#id_note", "Seen with the family")
    wait_for_records(page, 1)


def records(page) -> dict[str, str]:
    """What stands in the browser's store, as somebody with its tools would read it."""
    return {name: value for name, value in page.evaluate("Object.entries(localStorage)") if ".unsent:" in name}


def wait_for_records(page, number: int) -> None:
    page.wait_for_function(
        "n => Object.keys(localStorage).filter(name => name.includes('.unsent:')).length === n", arg=number
    )
    page.wait_for_timeout(500)  # the last key is kept a moment after it was pressed


def test_after_a_closed_tab_the_words_are_offered_and_the_time_of_measurement_stays(
    page, live_server, browser, episode
):
    address = live_server.url + log_url(episode)
    page.goto(address)
    measured_at = "2026-01-02T03:04"
    page.fill("#id_effective_at", measured_at)
    type_a_set(page)
    token = page.input_value("[name=form_token]")
    page.close()

    again = browser.new_page()
    again.goto(address)
    offer = again.locator(".unsent")
    assert re.search(r"You typed this at \d\d:\d\d and it was not saved", offer.inner_text())
    assert again.input_value("#id_pulse_per_minute") == "", "nothing is put back unasked"
    offer.get_by_role("button", name="Put it back").click()

    assert again.input_value("#id_effective_at") == measured_at
    assert again.input_value("#id_pulse_per_minute") == "97"
    assert again.is_checked("input[name=pain_at_rest][value='4']")
    assert again.input_value("#id_note") == "Seen with the family"
    assert again.input_value("[name=form_token]") == token
    assert "Nothing of it is saved yet" in again.locator(".alert-warning").inner_text()
    assert again.locator("#complications").get_attribute("open") is not None, "the page follows what is put back"


def test_what_was_saved_is_not_offered_again(page, live_server, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    page.click("#save")
    page.wait_for_url(SAVED)
    wait_for_records(page, 0)
    page.goto(live_server.url + log_url(episode))
    page.wait_for_timeout(300)
    assert page.locator(".unsent").count() == 0


def test_a_form_that_came_back_with_a_problem_is_kept_until_it_is_saved(page, live_server, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    page.fill("#id_pulse_per_minute", "9999")
    page.click("#save")
    page.locator("#problems").wait_for()
    wait_for_records(page, 1)
    assert page.locator(".unsent").count() == 0, "it stands on the page already"
    page.fill("#id_pulse_per_minute", "98")
    page.click("#save")
    page.wait_for_url(SAVED)
    wait_for_records(page, 0)
    assert Observation.objects.get().pulse_per_minute == 98


def test_without_a_connection_the_page_stays_and_the_form_goes_as_soon_as_it_can(page, live_server, browser, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    browser.set_offline(True)
    page.click("#save")
    notice = page.locator(".no-connection")
    notice.wait_for()
    assert "nothing was sent yet" in notice.inner_text()
    assert page.input_value("#id_note") == "Seen with the family"
    assert Observation.objects.count() == 0
    browser.set_offline(False)
    page.wait_for_url(SAVED)
    assert Observation.objects.get().note == "Seen with the family"
    wait_for_records(page, 0)


def test_whoever_stops_trying_keeps_the_page(page, live_server, browser, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    browser.set_offline(True)
    page.click("#save")
    page.get_by_role("button", name="Stop trying").click()
    browser.set_offline(False)
    page.wait_for_timeout(6 * SECOND)
    assert Observation.objects.count() == 0
    page.click("#save:not([disabled])")
    page.wait_for_url(SAVED)


def test_an_answer_that_was_lost_on_the_way_is_stored_once(page, live_server, browser, episode):
    """The server saved, and the connection broke before it could say so."""
    address = live_server.url + log_url(episode)
    page.goto(address)
    type_a_set(page)

    def saved_but_not_told(route):
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/observations/new/", saved_but_not_told)
    page.click("#save")
    page.wait_for_timeout(SECOND)
    assert Observation.objects.count() == 1
    page.unroute("**/observations/new/")

    page.goto(address)
    page.get_by_role("button", name="Put it back").click()
    page.click("#save")
    page.wait_for_url(SAVED)
    assert "saved before" in page.locator("main").inner_text()
    assert Observation.objects.count() == 1
    wait_for_records(page, 0)


def test_after_a_session_that_ended_the_words_wait_behind_the_next_sign_in(page, live_server, sign_in, nurse, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    Session.objects.all().delete()
    page.click("#save")
    page.get_by_role("heading", name="Nothing was saved yet").wait_for()
    sign_in(nurse)
    page.goto(live_server.url + reverse("board"))
    told = page.locator(".unsent")
    assert "not saved" in told.inner_text()
    assert episode.patient.family_name in told.inner_text()
    told.get_by_role("link").click()
    page.get_by_role("button", name="Put it back").click()
    page.click("#save")
    page.wait_for_url(SAVED)
    assert Observation.objects.get().note == "Seen with the family"


def test_the_next_person_at_the_same_machine_sees_and_reads_nothing(
    page, live_server, browser, sign_in, nurse, episode
):
    address = live_server.url + log_url(episode)
    page.goto(address)
    type_a_set(page)
    page.close()

    sign_in(cast.a_physician(episode.patient.site))
    other = browser.new_page()
    for shown in (address, live_server.url + reverse("board")):
        other.goto(shown)
        other.wait_for_timeout(500)
        assert other.locator(".unsent").count() == 0
    (raw,) = records(other).values()
    assert set(json.loads(raw)) == {"at", "iv", "data"}
    for secret in ("family", episode.patient.family_name, str(episode.public_id), "pulse"):
        assert secret not in json.loads(raw)["data"] and secret not in "".join(records(other))
    opened = other.evaluate(
        """async () => {
            const [name, raw] = Object.entries(localStorage).find(pair => pair[0].includes(".unsent:"));
            const sealed = JSON.parse(raw), bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));
            const own = bytes(document.body.dataset.unsentKey);
            const key = await crypto.subtle.importKey("raw", own, "AES-GCM", false, ["decrypt"]);
            const how = {name: "AES-GCM", iv: bytes(sealed.iv), additionalData: new TextEncoder().encode(name)};
            return crypto.subtle.decrypt(how, key, bytes(sealed.data)).then(() => true, () => false);
        }"""
    )
    assert opened is False, "the other person's key does not open it"

    sign_in(nurse)
    other.goto(address)
    other.get_by_role("button", name="Put it back").wait_for()


def test_it_is_never_offered_for_another_patient(page, live_server, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    other = an_episode_hours_ago(2, cast.a_patient(episode.patient.site, "MRN-2", "Other"))
    page.goto(live_server.url + log_url(other))
    page.wait_for_timeout(500)
    assert page.locator(".unsent").count() == 0
    # Nor can a record be moved: it is sealed to its own name.
    page.evaluate(
        """() => { const [name, raw] = Object.entries(localStorage).find(pair => pair[0].includes(".unsent:"));
            localStorage.removeItem(name); localStorage.setItem(name + "x", raw); }"""
    )
    page.goto(live_server.url + log_url(episode))
    page.wait_for_timeout(500)
    assert page.locator(".unsent").count() == 0
    assert records(page) == {}


def test_signing_out_asks_and_leaves_nothing_behind(page, live_server, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    assert records(page) == {}


def test_after_a_long_shift_it_is_swept_out_also_by_somebody_who_is_signed_out(page, live_server, browser, episode):
    page.goto(live_server.url + log_url(episode))
    type_a_set(page)
    page.evaluate(
        """() => { const [name, raw] = Object.entries(localStorage).find(pair => pair[0].includes(".unsent:"));
            const sealed = JSON.parse(raw);
            localStorage.setItem(name, JSON.stringify({...sealed, at: sealed.at - 12 * 3600 * 1000})); }"""
    )
    page.close()
    browser.clear_cookies()
    signed_out = browser.new_page()
    signed_out.goto(live_server.url + reverse("sign_in"))
    assert records(signed_out) == {}


def test_what_is_thrown_away_is_gone(page, live_server, episode):
    address = live_server.url + log_url(episode)
    page.goto(address)
    type_a_set(page)
    page.goto(address)
    page.get_by_role("button", name="Throw it away").click()
    assert records(page) == {}


def test_new_words_do_not_overwrite_those_that_are_still_on_offer(page, live_server, episode):
    address = live_server.url + log_url(episode)
    page.goto(address)
    type_a_set(page)
    page.goto(address)
    page.get_by_role("button", name="Put it back").wait_for()
    page.fill("#id_pulse_per_minute", "64")
    wait_for_records(page, 2)


def test_rows_that_were_added_come_back_with_what_was_typed_in_them(page, live_server, episode):
    address = live_server.url + reverse("record_procedure", args=[episode.patient.public_id])
    page.goto(address)
    page.select_option("#id_level-0-level", "L3")
    for number, level in ((1, "L4"), (2, "T12")):
        page.click("[data-add-row=level]")
        page.select_option(f"#id_level-{number}-level", level)
    page.check("input[name=motor_L4_R][value='3']")
    page.wait_for_timeout(500)
    page.goto(address)
    page.get_by_role("button", name="Put it back").click()
    assert [page.input_value(f"#id_level-{n}-level") for n in range(3)] == ["L3", "L4", "T12"]
    assert page.locator("[data-rows=level] > fieldset:visible").count() == 3
    assert page.is_checked("input[name=motor_L4_R][value='3']")
