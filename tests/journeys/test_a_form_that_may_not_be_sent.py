"""The sign-in changed or ended while somebody was typing: nothing is saved unasked, and nothing typed is lost."""

import re
from html import unescape

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from followup.models import Observation
from patients.models import ChartEvent, Patient
from procedures.models import Procedure
from tests import cast
from tests.bedside import filled_in, opened
from tests.journeys.test_other_site_sees_nothing import FORM, addresses_of, an_episode_with_everything
from tests.procedure_page import a_procedure, url_of
from tests.reading import words

pytestmark = pytest.mark.django_db

SIGN_IN, SIGN_OUT = "/sign-in/", "/sign-out/"
STALE = 403


@pytest.fixture
def patient(site):
    return cast.a_patient(site)


@pytest.fixture
def browser(nurse):
    """A signed-in browser whose forms must carry the token of the sign-in, as real ones must."""
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, nurse)
    return browser


def token_on(page) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[-1]


def sign_in(browser, user) -> None:
    page = browser.get(SIGN_IN)
    sent = {"username": user.email, "password": cast.PASSWORD, "csrfmiddlewaretoken": token_on(page)}
    assert browser.post(SIGN_IN, sent).status_code == 302


def kept(page) -> dict[str, list[str]]:
    """What the page carries along unseen, to be sent by its button."""
    form = page.content.decode().split("<main", 1)[1]
    values: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        values.setdefault(name, []).append(unescape(value))
    return values


def open_and_type(browser, patient) -> dict:
    token = token_on(browser.get(url_of(patient)))
    typed = {"operator": "Op <&\" 'Two", "notes": "line one\r\nline two", "pain_sites": ["OTHER", "LEG_LEFT"]}
    return a_procedure(browser, patient) | typed | {"csrfmiddlewaretoken": token}


def test_after_a_new_sign_in_the_form_comes_back_with_what_was_typed_and_can_be_saved(browser, nurse, patient):
    typed = open_and_type(browser, patient)
    browser.cookies.pop("sessionid")
    sign_in(browser, nurse)  # as in another tab

    page = browser.post(url_of(patient), typed)
    assert page.status_code == STALE
    assert "Nothing was saved yet" in words(page.content.decode())

    page = browser.post(url_of(patient), kept(page))
    assert "It is not saved yet" in words(page.content.decode())
    assert not Procedure.objects.exists()
    shown = filled_in(page)
    assert unescape(shown["operator"]) == typed["operator"]
    assert set(shown["pain_sites"]) == {"OTHER", "LEG_LEFT"}

    answer = shown | {"csrfmiddlewaretoken": token_on(page), "pain_sites": [], "operator": "Operator Two"}
    assert browser.post(url_of(patient), answer).status_code == 302
    assert Procedure.objects.get().operator == "Operator Two"


def test_a_form_sent_after_the_session_ended_is_kept_until_one_is_signed_in_again(browser, nurse, patient):
    typed = open_and_type(browser, patient)
    browser.cookies.pop("sessionid")

    page = browser.post(url_of(patient), typed)
    assert page.status_code == STALE
    text = words(page.content.decode())
    assert "You are signed out" in text
    assert "Sign in, in a new tab" in text

    sign_in(browser, nurse)
    page = browser.post(url_of(patient), kept(page))
    assert page.status_code == STALE, "the sign-in changed the token once more"
    page = browser.post(url_of(patient), kept(page))
    assert unescape(filled_in(page)["operator"]) == typed["operator"]
    assert not Procedure.objects.exists()


def test_somebody_else_who_signs_in_meanwhile_is_told_whose_form_it_is(browser, patient, site):
    typed = open_and_type(browser, patient)
    browser.cookies.pop("sessionid")
    sign_in(browser, cast.a_nurse(site, "Nurse Two"))
    page = browser.post(url_of(patient), kept(browser.post(url_of(patient), typed)))
    assert "Somebody else opened this form" in words(page.content.decode())
    assert not Procedure.objects.exists()


def test_a_page_that_is_only_read_leads_to_the_sign_in_and_back(patient):
    page = Client().get(url_of(patient))
    assert page.url == f"{SIGN_IN}?next={url_of(patient)}"


def test_what_a_signed_out_person_sends_is_not_stored(client, patient):
    answer = client.post("/patients/new/", {"family_name": "Ghost", "medical_record_number": "1"})
    assert answer.status_code == STALE
    assert Patient.objects.count() == 1


def test_a_password_never_travels_back(nurse):
    browser = Client(enforce_csrf_checks=True)
    page = browser.post(SIGN_IN, {"username": nurse.email, "password": "a secret of mine", "csrfmiddlewaretoken": "x"})
    assert page.status_code == STALE
    assert "a secret of mine" not in page.content.decode()
    assert "This page was out of date" in words(page.content.decode())


def test_a_sign_out_from_an_old_page_says_that_one_is_still_signed_in(browser, nurse):
    page = browser.post(SIGN_OUT, {"csrfmiddlewaretoken": "x"})
    assert "You are still signed in as Nurse One" in words(page.content.decode())
    assert browser.post(SIGN_OUT, {"csrfmiddlewaretoken": token_on(browser.get("/board/"))}).status_code == 302
    assert browser.get("/board/").status_code == 302


def test_signing_out_by_a_mere_link_is_refused(browser):
    assert browser.get(SIGN_OUT).status_code == 405


def test_a_wrong_password_says_so_and_keeps_the_address(client, nurse):
    page = client.post(SIGN_IN, {"username": nurse.email, "password": "wrong"})
    assert "The e-mail address or the password is not right" in words(page.content.decode())
    assert nurse.email in page.content.decode()


def test_the_address_for_signing_in_is_not_case_sensitive_and_leads_to_the_board(client, nurse):
    page = client.post(SIGN_IN, {"username": nurse.email.upper(), "password": cast.PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("board")


# --- what is only shown again saves nothing, wherever it is sent ------------------------------------------------------


def everything_stored() -> dict[str, list]:
    """All rows of all tables of the project, but for the note that a chart was opened."""
    stored = {}
    for model in apps.get_models():
        if model._meta.app_label in ("patients", "procedures", "followup"):
            rows = model.objects.exclude(verb="OPENED") if model is ChartEvent else model.objects.all()
            stored[model.__name__] = list(rows.order_by("pk").values())
    return stored


def test_a_form_that_is_only_shown_again_stores_nothing_at_any_address(client):
    episode = an_episode_with_everything()
    client.force_login(cast.a_physician(episode.patient.site))
    before = everything_stored()
    assert Observation.objects.exists()
    for addresses in [*addresses_of(episode).values(), ["/patients/new/"]]:
        for address in addresses:
            page = client.get(address)
            form = filled_in(page) if page.status_code == 200 else {}
            answers = {name: value for name, value in FORM.items() if name != "form_token"}
            client.post(address, form | answers | {"redisplay": "1"})
            assert everything_stored() == before, address


def test_the_opened_form_shows_no_warning_of_being_unsaved(client, nurse, patient):
    client.force_login(nurse)
    assert opened(client, url_of(patient))
    assert "It is not saved yet" not in client.get(url_of(patient)).content.decode()
