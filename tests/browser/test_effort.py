"""What it costs a nurse to log a set: fields, taps and keystrokes, counted in a real browser and written in docs/effort.md."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from followup import jobs
from followup.models import Observation
from tests import cast
from tests.bedside import ROUTINE, log_url
from tests.machinery import all_is_well

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "effort.md"
QUICK = {name: value for name, value in ROUTINE.items() if name != "temperature_unit"}  # Celsius is what it is set to
NEWS2_AND_PAIN = {
    name: QUICK[name]
    for name in (
        "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg", "diastolic_mmhg", "pulse_per_minute",
        "temperature", "consciousness", "pain_at_rest", "pain_on_movement",
    )
}  # fmt: skip
_YES_NO = {True: "yes", False: "no"}
QUICK_IS_DUE, FULL_IS_DUE = 46, 121  # minutes after the procedure
FULL = QUICK | {name: _YES_NO.get(value, value) for name, value in cast.NORMAL_FULL_NEUROLOGY.items()}  # type: ignore[call-overload]


@dataclass
class Effort:
    fields: int
    taps: int
    keystrokes: int

    def line(self, name: str) -> str:
        return f"| {name} | {self.fields} | {self.taps} | {self.keystrokes} |"


@pytest.fixture
def open_form(open_page):
    """The form so long after the procedure, with everything done that was due before."""

    def opened(minutes: float = FULL_IS_DUE):
        episode = cast.an_episode(
            cast.a_patient(cast.a_site(), f"MRN-{uuid.uuid4().hex[:6]}"),
            time_zero=datetime.now(UTC) - timedelta(minutes=minutes),
        )
        for slot in episode.monitoring_slots.open().filter(due_at__lt=datetime.now(UTC) - timedelta(minutes=10)):
            after = (slot.due_at - episode.time_zero).total_seconds() / 60
            cast.log(episode, minutes=after, typed_after=0, **cast.a_routine_set(neurology=FULL_NEUROLOGY))
        all_is_well()
        jobs.watch(timezone.now)
        page = open_page(cast.a_nurse(episode.patient.site), log_url(episode), width=768, height=1024, has_touch=True)
        return page, episode

    return opened


FULL_NEUROLOGY = cast.NORMAL_FULL_NEUROLOGY | {"voided": True, "numbness": False, "leg_pain": False}


def in_order_of_the_page(page, answers: dict) -> list[str]:
    places = page.evaluate(
        """names => names.map(name => {
            const all = Array.from(document.querySelectorAll("#observation-form [name]"));
            return all.findIndex(one => one.name === name);
        })""",
        list(answers),
    )
    assert min(places) >= 0
    return [name for _place, name in sorted(zip(places, answers, strict=True))]


def kind_of(page, name: str) -> str:
    return page.evaluate("name => document.querySelector(`#observation-form [name='${name}']`).type", name)


def by_touch(page, answers: dict) -> int:
    """One tap for a button, one for a box and one for each sign typed into it, two for a list, one to save."""
    taps = 0
    for name in in_order_of_the_page(page, answers):
        box, value = page.locator(f"#observation-form [name='{name}']"), answers[name]
        kind = kind_of(page, name)
        if kind == "radio":
            page.locator(f"#observation-form [name='{name}'][value='{value}']").tap()
            taps += 1
        elif kind == "select-one":
            box.select_option(value)
            taps += 2
        else:
            box.tap()
            page.keyboard.type(value)
            taps += 1 + len(value)
    page.locator("#save").tap()
    return taps + 1


def by_keyboard(page, answers: dict) -> int:
    """Every key that is pressed, from the first field on: to go on, to choose, to type, and to save."""
    keys = 0

    def press(key: str) -> None:
        nonlocal keys
        page.keyboard.press(key)
        keys += 1

    page.focus("#id_respiration_rate")
    for name in in_order_of_the_page(page, answers):
        while page.evaluate("document.activeElement.name") != name:
            press("Tab")
            assert keys < 1000, name
        if kind_of(page, name) == "select-one":
            _choose(page, name, answers[name], press)
        elif kind_of(page, name) == "radio":
            label = page.locator(f"#observation-form [name='{name}'][value='{answers[name]}'] + label").inner_text()
            while page.evaluate("document.activeElement.value") != answers[name]:
                press(label.strip()[0].lower())
        else:
            for sign in answers[name]:
                press(sign)
    while page.evaluate("document.activeElement.id") != "save":
        press("Tab")
    press("Enter")
    return keys


def _choose(page, name: str, value: str, press) -> None:
    """A closed list goes down by one with each arrow."""
    while page.input_value(f"#observation-form [name='{name}']") != value:
        press("ArrowDown")


def saved(page, episode) -> Observation:
    page.wait_for_url(lambda address: not address.endswith(log_url(episode)))
    return Observation.objects.filter(procedure=episode).order_by("-pk")[0]


@pytest.mark.parametrize(
    ("name", "answers", "minutes"),
    [
        ("NEWS2 and pain alone", NEWS2_AND_PAIN, QUICK_IS_DUE),
        ("routine quick set", QUICK, QUICK_IS_DUE),
        ("routine full set", FULL, FULL_IS_DUE),
    ],
)
def test_the_effort_is_what_the_document_says(open_form, name, answers, minutes):
    page, episode = open_form(minutes)
    taps = by_touch(page, answers)
    touched = saved(page, episode)
    page, episode = open_form(minutes)
    keystrokes = by_keyboard(page, answers)
    typed = saved(page, episode)

    for observation in (touched, typed):
        assert (observation.respiration_rate, observation.pain_on_movement) == (16, 3)
        assert observation.news2_total == 0
    assert touched.neurology == typed.neurology
    line = Effort(len(answers), taps, keystrokes).line(name)
    assert line in DOCUMENT.read_text(), f"docs/effort.md should hold: {line}"


def test_the_routine_set_and_the_save_button_stand_on_an_upright_tablet_without_scrolling(open_form):
    page, _episode = open_form()
    floor = page.locator(".save-bar").bounding_box()["y"]
    assert page.locator("#save").bounding_box()["y"] + 44 <= 1024
    for name in QUICK:
        box = page.locator(f"#div_{name}").bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= floor, (name, box, floor)
        assert box["x"] + box["width"] <= 768, name
    assert page.evaluate("scrollY") == 0


def test_a_typed_sign_chooses_in_a_row_of_buttons(open_form):
    page, _episode = open_form()

    def chosen(name: str) -> str:
        return page.evaluate("name => document.querySelector(`[name='${name}']:checked`).value", name)

    page.focus("[name=pain_at_rest]:checked")
    for key, value in (
        ("7", "7"),
        ("1", "1"),
        ("1", "10"),
        ("x", "10"),
        ("-", ""),
        ("0", "0"),
        ("1", "1"),
        ("0", "10"),
        ("0", "0"),
    ):
        page.keyboard.press(key)
        assert chosen("pain_at_rest") == value, key
    page.focus("[name=new_pain_site]:checked")
    page.keyboard.press("Y")
    assert chosen("new_pain_site") == "yes"
    assert page.locator("#pain-details").get_attribute("open") is not None
