"""A coordinator moves a follow-up contact, notes a call that came to nothing, and closes one; nobody enters answers so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from followup.models import CallTask, FollowUpContact
from followup.services.contacts import raise_missed_contacts
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast
from tests.bedside import an_episode_hours_ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(site):
    return cast.a_member(site, Role.COORDINATOR, "Coordinator One")


@pytest.fixture
def episode(site):
    return an_episode_hours_ago(6 * 24, cast.a_patient(site, time_zone="Asia/Kathmandu"), disposition="SAME_DAY")


def contact_of(episode, code="FU3") -> FollowUpContact:
    return FollowUpContact.objects.get(procedure=episode, code=code)


def page_of(client, person, contact) -> str:
    client.force_login(person)
    answer = client.get(reverse("contact", args=[contact.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, contact, act, seen=0, **typed):
    return client.post(reverse("move_contact", args=[contact.public_id, act]), typed | {"seen": str(seen)})


def wall(moment, zone) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


def test_a_time_is_typed_in_the_patients_zone_and_the_history_says_who_moved_it(client, episode, coordinator):
    contact = contact_of(episode)
    assert "Asia/Kathmandu" in page_of(client, coordinator, contact)
    wanted = (contact.due_at + timedelta(hours=3)).replace(second=0, microsecond=0)
    sent = send(client, contact, "reschedule", due_at=wall(wanted, episode.patient.zone), reason="At the dentist then")
    assert sent.status_code == 302
    contact.refresh_from_db()
    assert contact.due_at == wanted
    shown = page_of(client, coordinator, contact)
    assert "At the dentist then" in shown and "Coordinator One" in shown and "At the dentist" in shown
    event = ChartEvent.objects.get(verb="HANDLED_CONTACT")
    assert (event.by, event.reason, event.detail["what"]) == (coordinator, "At the dentist then", "moved")


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"due_at": "2020-01-01T10:00", "reason": "Later please"}, "due_at", "in the window of this contact"),
        ({"due_at": "half past nine", "reason": "Later please"}, "due_at", "Enter a date and a time"),
        ({"due_at": "", "reason": "Later please"}, "due_at", "Enter the new date and time."),
        ({"due_at": "2020-01-01T10:00", "reason": ""}, "reason", "This field is required."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_stays_typed(client, episode, coordinator, typed, field, words):
    contact = contact_of(episode)
    client.force_login(coordinator)
    sent = send(client, contact, "reschedule", **typed)
    shown = sent.content.decode()
    assert sent.status_code == 422
    beside = shown.split(f'id="div_id_reschedule_{field}"')[1].split("</div>\n")[0]
    assert words in beside
    for value in filter(None, typed.values()):
        assert value in shown
    contact.refresh_from_db()
    assert not contact.events.exists()


def missed(episode) -> FollowUpContact:
    raise_missed_contacts(now=timezone.now())
    return contact_of(episode, "FU2")


def test_not_reached_puts_the_call_off_until_the_next_try(client, episode, coordinator):
    contact = missed(episode)
    assert "Called, and not reached" in page_of(client, coordinator, contact)
    later = (timezone.now() + timedelta(hours=4)).replace(second=0, microsecond=0)
    typed = {"next_try_at": wall(later, episode.patient.zone), "reason": "Nobody picked up"}
    assert send(client, contact, "not-reached", seen=1, **typed).status_code == 302
    assert CallTask.objects.get(contact=contact).due_at == later
    contact.refresh_from_db()
    assert contact.state == "NOT_REACHED"
    assert send(client, contact, "not-reached", seen=1, **typed).status_code == 302  # a double tap
    assert contact.events.filter(happening="NOT_REACHED").count() == 1
    past = typed | {"next_try_at": "2020-01-01T10:00"}
    refused = send(client, contact, "not-reached", seen=2, **past)
    assert refused.status_code == 422 and "a time to come" in refused.content.decode()


def test_closing_ends_the_call_and_leaves_nothing_to_do(client, episode, coordinator):
    contact = missed(episode)
    page_of(client, coordinator, contact)
    assert send(client, contact, "close", seen=1).status_code == 422
    assert send(client, contact, "close", seen=1, because="DECEASED").status_code == 422  # only a physician's discharge
    assert send(client, contact, "close", seen=1, because="LETTER_SENT").status_code == 302
    contact.refresh_from_db()
    assert (contact.state, contact.closed_because) == ("CLOSED", "LETTER_SENT")
    assert not contact.call_tasks.filter(done_at__isnull=True).exists()
    assert "Nothing is left to do" in page_of(client, coordinator, contact)


def test_who_was_slower_is_told_and_keeps_the_words(client, episode, coordinator, nurse):
    contact = missed(episode)
    client.force_login(nurse)
    assert send(client, contact, "close", seen=1, because="DECLINED").status_code == 302
    client.force_login(coordinator)
    later = wall(timezone.now() + timedelta(hours=4), episode.patient.zone)
    answer = send(client, contact, "not-reached", seen=1, next_try_at=later, reason="Line was busy")
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "since you opened it" in shown and "Line was busy" in shown and nurse.full_name in shown
    contact.refresh_from_db()
    assert contact.state == "CLOSED"


def test_two_people_who_note_the_same_call_do_not_write_over_each_other(client, episode, coordinator, nurse):
    contact = missed(episode)
    later = wall(timezone.now() + timedelta(hours=4), episode.patient.zone)
    client.force_login(nurse)
    assert send(client, contact, "not-reached", seen=1, next_try_at=later, reason="Engaged").status_code == 302
    client.force_login(coordinator)
    assert send(client, contact, "not-reached", seen=1, next_try_at=later, reason="Away").status_code == 409
    assert contact.events.filter(happening="NOT_REACHED").count() == 1


def test_the_worklist_leads_a_coordinator_to_the_call_and_a_nurse_to_the_answers(client, episode, coordinator, nurse):
    contact = missed(episode)
    handle, answers = (reverse(name, args=[contact.public_id]) for name in ("contact", "answer_contact"))
    for person, may_answer in ((coordinator, False), (nurse, True)):
        client.force_login(person)
        for where in (reverse("worklist"), reverse("chart", args=[episode.public_id])):
            shown = client.get(where).content.decode()
            assert handle in shown, where
            assert (answers in shown) == may_answer, where
        assert (answers in page_of(client, person, contact)) == may_answer


def test_an_act_that_does_not_exist_is_not_found(client, episode, coordinator):
    client.force_login(coordinator)
    assert send(client, contact_of(episode), "erase").status_code == 404
