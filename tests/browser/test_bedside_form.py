"""The bedside form in a real browser: what the scripts make quicker, and that the routine set stays where it was."""

import pytest
from django.conf import settings
from django.test import Client

from tests import cast
from tests.bedside import an_episode_hours_ago, log_url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COMPLICATIONS = "#complications input[type=radio]"


@pytest.fixture
def page(live_server, chromium):
    episode = an_episode_hours_ago(1.5, cast.a_patient(cast.a_site()))
    client = Client()
    client.force_login(cast.a_nurse(episode.patient.site))
    context = chromium.new_context(viewport={"width": 768, "height": 1024})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + log_url(episode))
    yield page
    context.close()


def answers(page, value: str) -> int:
    return page.locator(f"{COMPLICATIONS}[value='{value}']:checked").count()


def test_one_press_answers_no_to_all_that_is_still_blank(page):
    page.click("#complications > summary")
    assert (answers(page, ""), answers(page, "no")) == (13, 0)
    page.check("input[name=rigors][value=yes]", force=True)
    page.click("#complications [data-fill]")
    assert (answers(page, ""), answers(page, "no"), answers(page, "yes")) == (0, 12, 1)
    assert page.locator("#complications [role=status]").inner_text() == "12 marked"


def test_a_wound_that_is_not_dry_opens_the_questions_about_it(page):
    page.check("input[name=puncture_site][value=DRY]", force=True)
    assert not page.locator("#complications").get_attribute("open")
    page.check("input[name=puncture_site][value=OOZE]", force=True)
    assert page.locator("#complications").get_attribute("open") is not None


def test_on_the_line_of_100_mm_the_boxes_take_the_place_of_the_buttons(page):
    page.click("#pain-details > summary")
    page.select_option("#id_pain_scale", "VAS_MM")
    page.click("#pain-details > summary")
    assert not page.is_visible("#div_pain_at_rest")
    page.fill("#id_pain_at_rest_mm", "35")
    page.click("#pain-details > summary")
    page.select_option("#id_pain_scale", "NRS")
    assert page.is_visible("#div_pain_at_rest")
    assert page.input_value("#pain-scale #id_pain_at_rest_mm") == "35", "what was typed is not lost"


def test_a_score_that_was_chosen_stays_in_sight_when_the_scale_changes(page):
    page.check("input[name=pain_at_rest][value='4']", force=True)
    page.click("#pain-details > summary")
    page.select_option("#id_pain_scale", "VAS_MM")
    assert page.is_visible("#div_pain_at_rest")
    assert not page.is_visible("#div_pain_on_movement")


def test_nothing_new_stands_between_the_routine_questions(page):
    """Of what is open at first, everything up to the last routine question is the routine set."""
    asked = page.evaluate(
        """() => {
            const last = document.getElementById("div_leg_pain");
            return Array.from(document.querySelectorAll(".bedside-field"))
                .filter(one => one.checkVisibility())
                .filter(one => last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING)
                .map(one => one.id.slice(4));
        }"""
    )
    assert asked == [
        "effective_at", "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg", "diastolic_mmhg",
        "pulse_per_minute", "temperature", "consciousness", "pain_at_rest", "pain_on_movement", "new_pain_site",
        "sudden_onset", "puncture_site", "dyspnoea", "chest_pain", "haemoptysis", "syncope", "motor_L4_R", "motor_L4_L",
        "motor_S1_R", "motor_S1_L", "numbness", "voided",
    ]  # fmt: skip
