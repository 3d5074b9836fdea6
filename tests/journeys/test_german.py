"""A ward that reads German: the switch, numbers as they are typed there, and no English on any page."""

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import override

from followup import demo_ward
from followup.models import Observation, OutgoingEmail, RedFlag
from followup.services.letters import letter, with_world
from kyphotrack.messages.compile import LOCALES
from kyphotrack.messages.update import read
from kyphotrack.staff.models import Role, User
from patients.models import ChartEvent
from tests import cast
from tests.bedside import an_episode_hours_ago, beside, filled_in, sent

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de"}
# What a machine reads; in the language of no page.
COORDINATES = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry"}
MACHINE_READ = COORDINATES | {"points", "datetime", "data-due"}
# Said in English on purpose: what people typed in the demo, names of tests and texts, and what only operators read.
ALSO_GERMAN = {"Info", "Version", "Status", "Score", "Kontakt", "Region", "Alternative", "E-Mail", "Name", "Import"}


class _Page(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.texts: list[str] = []
        self.machine_read: list[tuple] = []
        self.links: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._silent += tag in ("script", "style", "code", "q")
        self.texts += [given[name] for name in ("aria-label", "title", "placeholder", "alt") if given.get(name)]
        self.machine_read += [(tag, name, value) for name, value in attributes if name in MACHINE_READ]
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].split("#")[0])

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style", "code", "q")

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture
def episode(client):
    episode = an_episode_hours_ago(2.0)
    client.force_login(cast.a_nurse(episode.patient.site))
    return episode


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_switch_keeps_the_page_and_the_language(client, signed_in):
    if signed_in:
        client.force_login(cast.a_nurse(cast.a_site()))
    page = reverse("worklist") if signed_in else reverse("sign_in")
    assert b'<html lang="en-gb">' in client.get(page).content
    answer = client.post(reverse("set_language"), {"language": "de"}, headers={"referer": f"http://testserver{page}"})
    assert answer.status_code == 302
    assert answer.url.endswith(page)
    german = client.get(page)
    assert b'<html lang="de">' in german.content
    assert ("Arbeitsliste" if signed_in else "Anmelden") in german.content.decode()


def test_the_browser_s_language_is_taken_until_somebody_switches(client):
    assert b'<html lang="de">' in client.get(reverse("sign_in"), headers={"accept-language": "de-AT"}).content
    assert b'<html lang="en-gb">' in client.get(reverse("sign_in"), headers={"accept-language": "en-US"}).content
    client.post(reverse("set_language"), {"language": "en-gb"})
    assert b'<html lang="en-gb">' in client.get(reverse("sign_in"), headers=GERMAN).content


@pytest.mark.parametrize("language", ["de", "en-gb"])
@pytest.mark.parametrize("typed", ["38,4", "38.4", " 38,4 "])
def test_a_comma_and_a_point_are_the_same_in_both_languages(client, episode, language, typed):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert sent(client, episode, temperature=typed).status_code == 302
    assert Observation.objects.get().temperature_celsius == Decimal("38.4")


@pytest.mark.parametrize("language", ["de", "en-gb"])
@pytest.mark.parametrize("typed", ["38,4,0", "3.8,4", "38,405", "1,000", "38 4"])
def test_nothing_else_becomes_a_number(client, episode, language, typed):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = sent(client, episode, temperature=typed)
    assert page.status_code == 422
    assert beside(page, "temperature")
    assert filled_in(page)["temperature"] == typed
    assert not Observation.objects.exists()


def test_a_correction_shows_the_number_as_german_writes_it_and_takes_it_back(client, episode):
    sent(client, episode, temperature="38.4")
    observation = Observation.objects.get()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    address = reverse("correct_observation", args=[observation.public_id])
    shown = filled_in(client.get(address))
    assert shown["temperature"] == "38,4"
    answer = client.post(address, shown | {"correction_reason": "x"})
    assert answer.status_code == 302
    assert Observation.objects.latest("pk").temperature_celsius == Decimal("38.4")


def test_a_refusal_is_german(client, episode):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    page = sent(client, episode, temperature="60", pulse_per_minute="x")
    assert "Geben Sie eine ganze Zahl ein. Möglich ist 0 bis 300 /min." in beside(page, "pulse_per_minute")
    assert "60 °C ist unmöglich." in beside(page, "temperature") or "Möglich ist" in beside(page, "temperature")


def test_what_is_stored_is_english_whatever_the_page_speaks(client, episode):
    """Law 6: what was said then is kept, in one language, so that it can be searched, exported and compared."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    sent(client, episode, pain_at_rest="9", fall="yes")
    observation = Observation.objects.get()
    flags = list(RedFlag.objects.filter(procedure=episode))
    assert flags
    with override("de"):
        for flag in flags:
            assert re.search(r"\b(Pain|fall|Fall)\b", f"{flag.rule_title} {flag.reason}"), flag.reason
            assert "Schmerz" not in flag.reason
    for event in ChartEvent.objects.all():
        assert not re.search(r"[äöüß]", str(event.detail)), event.detail
    assert "Schmerz" in client.get(reverse("observation", args=[observation.public_id])).content.decode()


def test_what_a_machine_reads_has_points_in_german_too(client, episode):
    """A decimal comma in a picture would draw another one, and in a time name none."""
    for minutes, pain in ((30, "3.5"), (60, "7.5")):
        cast.log(episode, minutes=minutes, **cast.a_routine_set(pain_at_rest=Decimal(pain)))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    read = _Page(client.get(reverse("chart", args=[episode.public_id])).content.decode()).machine_read
    numbers = [value for _tag, name, value in read if name in COORDINATES]
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", number) for number in numbers)
    assert any("." in number for number in numbers)
    points = [value for _tag, name, value in read if name == "points"]
    assert points and all(re.fullmatch(r"(-?\d+(\.\d+)?,-?\d+(\.\d+)? ?)+", line) for line in points)
    times = [value for _tag, name, value in read if name in ("datetime", "data-due")]
    assert times and all(datetime.fromisoformat(time) for time in times)


def _english_phrases() -> set[str]:
    """Messages without holes that German says otherwise, and that no German message happens to be."""
    messages = [
        message for message in read(LOCALES / "de" / "LC_MESSAGES" / "django.po")
        if message.id and isinstance(message.id, str)
    ]  # fmt: skip
    german = {message.string for message in messages}
    whole = {message.id for message in messages if "{" not in message.id and "%(" not in message.id}
    return {phrase for phrase in whole if phrase not in german} - ALSO_GERMAN


def test_no_page_says_a_word_of_english(settings):
    """Every page of the demo ward that a link leads to, up to four of each kind, as lead, nurse and physician."""
    demo_ward.load(timezone.now(), tell=lambda words: None)
    phrases, found, kinds = _english_phrases(), [], set()
    for role in (Role.LEAD_CLINICIAN, Role.PHYSICIAN, Role.NURSE):
        client = Client(headers=GERMAN)
        client.force_login(User.objects.filter(memberships__role=role).order_by("pk").first())
        waiting, seen, of_kind = [reverse("board"), reverse("worklist"), reverse("patient_list")], set(), Counter()
        while waiting:
            address = waiting.pop(0)
            kind = "" if address in seen else resolve(address.split("?")[0]).url_name
            seen.add(address)
            if not kind or of_kind[kind] >= 4 or (role != Role.LEAD_CLINICIAN and kind in kinds and of_kind[kind] >= 1):
                continue
            of_kind[kind] += 1
            answer = client.get(address, follow=True)
            assert answer.status_code in (200, 403), address
            if not answer["Content-Type"].startswith("text/html"):
                continue
            page = _Page(answer.content.decode())
            assert '<html lang="de">' in answer.content.decode()
            found += [(kind, text) for text in page.texts if text.strip(" .:,;") in phrases]
            waiting += page.links
        kinds |= set(of_kind)
    assert len(kinds) > 25
    assert sorted(set(found)) == []


def test_the_cohort_s_file_is_the_same_in_both_languages(client):
    demo_ward.load(timezone.now(), tell=lambda words: None)
    client.force_login(User.objects.filter(memberships__role=Role.LEAD_CLINICIAN).order_by("pk").first())
    files = []
    for language in ("en-gb", "de"):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer = client.get(reverse("cohort_file"))
        assert answer["Content-Type"].startswith("text/csv")
        files.append(answer.content)
    assert files[0] == files[1]


@pytest.mark.parametrize(("language", "subject"), [("de", "dringender Punkt"), ("en-gb", "urgent item")])
def test_an_e_mail_speaks_the_language_of_the_installation_whoever_s_page_made_it(settings, language, subject):
    """Nobody has said which language a recipient reads."""
    settings.LANGUAGE_CODE = language
    site = cast.a_site()
    cast.a_physician(site)
    episode = cast.an_episode(cast.a_patient(site))
    cast.log(episode, minutes=30, **cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    row = with_world(OutgoingEmail.objects.filter(purpose="URGENT_ITEM")).first()
    for page in ("de", "en-gb"):
        with override(page):
            message = letter(row)
        assert subject in message.subject
        assert f'<html lang="{language}">' in message.html
