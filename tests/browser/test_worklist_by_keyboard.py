"""A physician works two items down by keyboard alone, in a real browser; after each act the next item has the focus."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import ImagingTask
from followup.services import imaging_tasks as services
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SADDLE = cast.NORMAL_FULL_NEUROLOGY | {"saddle_sensation": "ALTERED"}


@pytest.fixture
def tasks():
    site = cast.a_site()
    now = datetime.now(UTC)
    made = []
    for number in range(2):
        episode = cast.an_episode(
            cast.a_patient(site, f"MRN-{number}", f"Family{number}"), time_zero=now - timedelta(minutes=61 - number)
        )
        made += cast.log(episode, minutes=59, **cast.a_routine_set(neurology=SADDLE)).imaging_tasks
    return made


@pytest.fixture
def page(open_page, tasks):
    return open_page(cast.a_physician(tasks[0].procedure.patient.site), reverse("worklist") + "?mine=1")


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


def tab_to(page, wanted: str, most: int = 40) -> int:
    for pressed in range(most):
        if focused(page) == wanted:
            return pressed
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def rows(page) -> list[str]:
    return page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)")


def test_after_each_act_the_next_item_has_the_focus(page, tasks):
    first, second = (row.removeprefix("item-") for row in rows(page)[:2])
    tab_to(page, f"acknowledge-comment-{first}")
    page.keyboard.type("Seen")
    page.keyboard.press("Enter")  # in a field of one line Enter sends
    page.wait_for_selector("text=Acknowledged: the task is in your hands.")
    assert ImagingTask.objects.get(public_id=first).hops.last().comment == "Seen"

    assert "mine=1" in page.url
    assert focused(page) == f"item-{second}"
    assert page.locator(f"#item-{second}").evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
    # The row and not its button: a second Enter by mistake acknowledges nothing.
    page.keyboard.press("Enter")
    assert ImagingTask.objects.get(public_id=second).acknowledged_at is None

    assert tab_to(page, f"acknowledge-{second}") <= 4
    page.keyboard.press("Enter")
    page.wait_for_url(f"**item-{first}")
    assert ImagingTask.objects.get(public_id=second).acknowledged_at is not None
    assert focused(page) in rows(page)


def test_report_and_decision_are_given_in_place_by_keyboard(page, tasks):
    task, _other = tasks
    physician = cast.a_physician(task.procedure.patient.site)
    now = datetime.now(UTC)
    services.order_imaging(
        task=task, modality=task.modality, region=task.region, appointment_at=None, comment="", by=physician, now=now
    )
    services.record_imaging_performed(task=task, comment="", by=physician, now=now)
    page.reload()

    tab_to(page, f"report-result-{task.public_id}")
    page.keyboard.type("Normal")
    page.keyboard.press("Tab")
    page.keyboard.type("No leak")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The report is in: a decision is needed.")

    tab_to(page, f"decide-decision-{task.public_id}")
    page.keyboard.type("Observe")
    page.keyboard.press("Tab")
    page.keyboard.type("Complication ruled")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # without a reason the browser sends nothing and says what is missing
    assert focused(page) == f"decide-reason-{task.public_id}"
    page.keyboard.type("Scan is clear")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Decided: the task and its flags are closed.")
    task.refresh_from_db()
    assert (task.state, task.result, task.decision) == ("completed", "EXPECTED", "OBSERVE")
    assert f"item-{task.public_id}" not in rows(page)


def test_what_was_chosen_for_a_decision_survives_the_refresh(page, tasks):
    task, _other = tasks
    physician = cast.a_physician(task.procedure.patient.site)
    now = datetime.now(UTC)
    services.order_imaging(
        task=task, modality=task.modality, region=task.region, appointment_at=None, comment="", by=physician, now=now
    )
    services.record_imaging_performed(task=task, comment="", by=physician, now=now)
    page.reload()
    page.select_option(f"#report-result-{task.public_id}", "NEW_FRACTURE")
    with page.expect_response(lambda response: "/worklist/rows/" in response.url and "mine=1" in response.url):
        page.evaluate("htmx.trigger('[data-live]', 'look-again')")
    page.locator("[data-live]:not(.htmx-request)").wait_for()
    assert page.input_value(f"#report-result-{task.public_id}") == "NEW_FRACTURE"
