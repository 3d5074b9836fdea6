"""A nurse or a physician reads why a flag was raised, takes note of it, and closes it with a reason."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import RedFlag
from followup.services import red_flags as services
from followup.services.observations import correct_observation
from patients.models import ChartEvent
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
CLOSING = {"outcome": "EXPLAINED", "reason": "Examined: old footdrop."}


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=2))


@pytest.fixture
def red(episode) -> RedFlag:
    cast.log(episode, minutes=100, **cast.a_routine_set(neurology=WEAK_LEG))
    return episode.red_flags.get(rule_code="N1")


@pytest.fixture
def amber(episode) -> RedFlag:
    cast.log(episode, minutes=100, **cast.a_routine_set(pain_on_movement=7))
    return episode.red_flags.get(rule_code="P5")


def look(client, user, flag) -> str:
    client.force_login(user)
    response = client.get(reverse("flag", args=[flag.public_id]))
    assert response.status_code == 200
    return response.content.decode()


def send(client, user, flag, url_name: str, **typed):
    client.force_login(user)
    return client.post(reverse(url_name, args=[flag.public_id]), typed)


def test_the_page_says_which_rule_on_which_values_and_how_strong_its_source_is(client, physician, red):
    text = look(client, physician, red)
    for words in (
        "N1", red.rule_title, red.ruleset_version, red.reason.split(":")[0], "ankle dorsiflexion, right (L4)",
        "3 against gravity", "5 normal", "GIRFT", "Strength: guideline", "compared with",
    ):  # fmt: skip
        assert words in text, words
    assert reverse("observation", args=[red.evidence.get().observation.public_id]) in text


def test_a_late_entry_says_how_late_the_alarm_was(client, physician, episode):
    cast.log(episode, minutes=30, typed_after=75, **cast.a_routine_set(neurology=WEAK_LEG))
    assert "1 h 15 min after it was measured" in look(client, physician, episode.red_flags.get(rule_code="N1"))


def test_a_corrected_source_and_lost_support_are_marked_and_the_flag_stays(client, nurse, physician, red):
    observation = red.evidence.get().observation
    answers = {"effective_at": observation.effective_at} | cast.a_routine_set()
    correct_observation(
        observation=observation, answers=answers, doses=[], reason="Wrong side", by=nurse, now=datetime.now(UTC),
        form_token=uuid.uuid4(),
    )  # fmt: skip
    text = look(client, physician, red)
    assert "source corrected" in text
    assert "no longer supported" in text.lower()
    assert "stays open until a person closes it" in text


def test_opening_the_page_is_recorded(client, nurse, red):
    look(client, nurse, red)
    assert ChartEvent.objects.get(verb=ChartEvent.Verb.OPENED).by == nurse


def test_a_physician_acknowledges_with_a_comment(client, physician, red):
    response = send(client, physician, red, "acknowledge_flag", comment="Coming.")
    assert response.url == reverse("flag", args=[red.public_id])
    red.refresh_from_db()
    assert (red.state, red.acknowledged_by, red.acknowledge_comment) == ("ACKNOWLEDGED", physician, "Coming.")
    assert "Coming." in look(client, physician, red)


def test_from_the_worklist_one_returns_to_the_worklist(client, physician, amber):
    response = send(client, physician, amber, "acknowledge_flag", comment="", back="worklist")
    assert response.url == reverse("worklist")


def test_the_second_to_acknowledge_is_told_who_was_first_and_keeps_the_words(client, site, physician, red):
    services.acknowledge_flag(
        flag=red, comment="", by=cast.a_physician(site, "Physician Two"), now=datetime.now(UTC) - timedelta(minutes=1)
    )
    response = send(client, physician, red, "acknowledge_flag", comment="I take it.")
    assert response.status_code == 409
    assert "Physician Two" in response.content.decode()
    assert "I take it." in response.content.decode()
    red.refresh_from_db()
    assert red.acknowledged_by.full_name == "Physician Two"


def test_a_nurse_acknowledges_and_closes_an_amber_item(client, nurse, amber):
    send(client, nurse, amber, "acknowledge_flag", comment="Analgesia given.")
    send(client, nurse, amber, "close_flag", outcome="HANDLED", reason="3 of 10 after 60 min.")
    amber.refresh_from_db()
    assert (amber.state, amber.outcome, amber.closed_by) == ("CLOSED", "HANDLED", nurse)
    assert amber.closing_reason == "3 of 10 after 60 min."


def test_a_nurse_reads_a_red_flag_and_cannot_take_or_close_it(client, nurse, red):
    text = look(client, nurse, red)
    assert "A physician closes a red flag" in text
    assert reverse("close_flag", args=[red.public_id]) not in text
    assert send(client, nurse, red, "acknowledge_flag").status_code == 403
    assert send(client, nurse, red, "close_flag", **CLOSING).status_code == 403
    red.refresh_from_db()
    assert red.state == "OPEN"


def test_a_physician_closes_a_red_flag_with_outcome_and_reason(client, physician, red):
    send(client, physician, red, "close_flag", **CLOSING)
    red.refresh_from_db()
    assert (red.state, red.outcome, red.closing_reason) == ("CLOSED", CLOSING["outcome"], CLOSING["reason"])
    text = look(client, physician, red)
    assert CLOSING["reason"] in text
    assert "Nothing is left to do" in text
    assert reverse("close_flag", args=[red.public_id]) not in text


@pytest.mark.parametrize("missing", ["outcome", "reason"])
def test_without_outcome_and_reason_no_flag_closes(client, physician, red, missing):
    response = send(client, physician, red, "close_flag", **(CLOSING | {missing: "  "}))
    assert response.status_code == 422
    kept = {"outcome": CLOSING["reason"], "reason": 'value="EXPLAINED" selected'}[missing]
    assert kept in response.content.decode()
    red.refresh_from_db()
    assert red.state == "OPEN"


def test_who_closes_a_closed_flag_is_told_by_whom_and_keeps_the_words(client, site, physician, red):
    services.close_flag(
        flag=red, outcome="RULED_OUT", reason="Mine.", by=cast.a_physician(site, "Physician Two"), now=datetime.now(UTC)
    )
    response = send(client, physician, red, "close_flag", **CLOSING)
    assert response.status_code == 409
    assert "Physician Two" in response.content.decode()
    assert CLOSING["reason"] in response.content.decode()
    red.refresh_from_db()
    assert red.outcome == "RULED_OUT"


def test_a_double_tap_closes_once_and_raises_no_alarm(client, physician, red):
    assert send(client, physician, red, "close_flag", **CLOSING).status_code == 302
    assert send(client, physician, red, "close_flag", **CLOSING).status_code == 302
    assert ChartEvent.objects.filter(verb=ChartEvent.Verb.CLOSED_FLAG).count() == 1


def test_a_stranger_finds_no_such_flag(client, red):
    stranger = cast.a_physician(cast.a_site("South unit"), "Physician South")
    client.force_login(stranger)
    assert client.get(reverse("flag", args=[red.public_id])).status_code == 404
    assert send(client, stranger, red, "acknowledge_flag").status_code == 404
    assert send(client, stranger, red, "close_flag", **CLOSING).status_code == 404


def test_a_link_closes_nothing(client, physician, red):
    client.force_login(physician)
    for url_name in ("acknowledge_flag", "close_flag"):
        assert client.get(reverse(url_name, args=[red.public_id])).status_code == 405
    red.refresh_from_db()
    assert red.state == "OPEN"


def test_title_names_no_patient(client, physician, red):
    assert red.procedure.patient.family_name not in look(client, physician, red).split("</title>")[0]
