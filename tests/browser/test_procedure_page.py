"""The procedure page in a real browser: rows, explicit marking, keyboard alone, and what happens to words not yet sent."""

import pytest
from django.conf import settings
from django.test import Client

from procedures.models import Procedure
from tests import cast
from tests.procedure_page import local, url_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def patient():
    return cast.a_patient(cast.a_site())


@pytest.fixture
def page(live_server, chromium, patient):
    client = Client()
    client.force_login(cast.a_nurse(patient.site))
    context = chromium.new_context(viewport={"width": 768, "height": 1024})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + url_of(patient))
    yield page
    context.close()


def open_rows(page) -> int:
    return page.locator("[data-rows=level] > fieldset:visible").count()


def answer(page, name: str) -> str:
    return page.locator(f"input[name={name}]:checked").get_attribute("value")


def test_a_procedure_is_recorded_by_keyboard_alone(page, patient):
    keyboard = page.keyboard
    page.locator("#id_kind").focus()
    for words in ("Balloon", "Osteo", "Local w", "Overnight"):
        keyboard.type(words)
        keyboard.press("Tab")
    page.fill("#id_started_at", local(patient, hours_ago=2))
    page.fill("#id_ended_at", local(patient, hours_ago=1))
    page.locator("#id_operator").focus()
    keyboard.type("Operator One")
    keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_bed", "Enter goes on; it does not send a half-filled form"

    page.locator("#id_level-0-level").focus()
    keyboard.type("L3")
    page.locator("#id_level-0-approach").focus()
    keyboard.type("Bip")
    page.locator("[data-add-row=level]").focus()
    keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_level-1-level"
    keyboard.type("T12")
    page.locator("#save").focus()
    keyboard.press("Enter")
    page.wait_for_url("**/episodes/**")
    episode = Procedure.objects.get()
    assert {row.level for row in episode.fractures.all()} == {"L3", "T12"}
    assert episode.treated_levels.get().level == "L3"


def test_one_row_stands_open_and_as_many_as_wanted_are_added(page):
    assert open_rows(page) == 1
    for _ in range(20):
        button = page.locator("[data-add-row=level]")
        if button.is_visible():
            button.click()
    assert open_rows(page) == 17, "T1 to L5"
    assert page.input_value("[name=level-TOTAL_FORMS]") == "17"
    assert not page.locator("[data-add-row=level]").is_visible()


def test_where_it_leaked_is_asked_only_after_a_leak(page):
    places = page.locator("#div_level-0-leakage_sites")
    assert not places.is_visible()
    page.select_option("#id_level-0-leakage", "SYMPTOMATIC")
    assert places.is_visible()


def test_marking_what_was_examined_fills_only_what_is_still_blank(page):
    assert answer(page, "motor_L5_R") == ""
    page.check("input[name=motor_L4_R][value='3']")
    page.get_by_role("button", name="mark all muscles").click()
    assert (answer(page, "motor_L4_R"), answer(page, "motor_L5_R"), answer(page, "sensory_L2_R")) == ("3", "5", "")
    assert page.get_by_role("status").first.inner_text() == "9 marked"


def test_the_first_problem_has_the_focus_and_leads_to_its_field(page):
    page.locator("#save").click()
    page.locator("#problems").wait_for()
    assert page.evaluate("document.activeElement.id") == "problems"
    page.get_by_role("link", name="Operator").click()
    assert page.evaluate("document.activeElement.id") == "id_operator"


def test_leaving_with_words_that_were_not_sent_asks_first(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("#id_operator").press_sequentially("Operator One")
    page.get_by_role("link", name="Board").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.input_value("#id_operator") == "Operator One"
