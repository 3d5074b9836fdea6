"""The rules of a zone change after due times were stored: contacts to come keep their hour on the wall, the past stays."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from followup.models import ContactEvent, FollowUpContact, OutgoingEmail
from followup.services.contacts import move_contact
from followup.services.patient_reminders import queue_patient_reminders
from followup.services.zone_rules import follow_zone_rules
from patients.services import change_patient_details
from tests import cast
from tests.integration.test_patient_reminders import DETAILS
from tests.zone_files import write_zone

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = "America/Sao_Paulo"  # three hours behind, without summer time
NOW = cast.T0 + 12 * DAY


@pytest.fixture
def the_rules_change(tmp_path):
    """Call it, and the zone has another rule from then on: by default from the twentieth day."""
    before = zoneinfo.TZPATH

    def change(from_then: datetime = cast.T0 + 20 * DAY) -> None:
        write_zone(tmp_path, ZONE, hours=-3, later_hours=-2, from_then=from_then)
        zoneinfo.reset_tzpath([str(tmp_path)])
        zoneinfo.ZoneInfo.clear_cache()

    yield change
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.fixture
def episode(site, nurse):
    return episode_of(site, nurse)


def episode_of(site, nurse, *, time_zero: datetime = cast.T0):
    patient = cast.a_patient(site)
    details = DETAILS | {"time_zone": ZONE}
    change_patient_details(
        patient=patient, details=details, email_consent=True, reason="x", by=nurse, now=time_zero - HOUR
    )
    return cast.an_episode(patient, time_zero=time_zero, disposition="SAME_DAY")


def on_the_wall(contact) -> tuple:
    local = contact.due_at.astimezone(contact.procedure.patient.zone)
    return local.hour, local.minute


def of(episode, code: str) -> FollowUpContact:
    return FollowUpContact.objects.select_related("procedure__patient__site").get(procedure=episode, code=code)


def test_contacts_to_come_keep_their_hour_and_the_past_stays(episode, the_rules_change):
    before = {contact.code: contact for contact in FollowUpContact.objects.all()}
    hour = on_the_wall(of(episode, "FU5"))
    the_rules_change()
    followed = list(follow_zone_rules(now=NOW))
    after = {contact.code: contact for contact in FollowUpContact.objects.all()}
    for code in ("FU1", "FU2", "FU3", "FU4"):  # fallen due, or before the change
        assert after[code].due_at == before[code].due_at
    for code in ("FU5", "FU6", "FU7", "FU8"):
        assert after[code].due_at == before[code].due_at - HOUR
        assert after[code].window_closes_at == before[code].window_closes_at - HOUR
        assert after[code].next_reminder_at == before[code].next_reminder_at - HOUR
        assert on_the_wall(of(episode, code)) == hour
    assert [(one.contact.code, one.moved) for one in followed] == [(f"FU{n}", True) for n in (5, 6, 7, 8)]
    (event,) = ContactEvent.objects.filter(contact=after["FU5"])
    assert (event.due_before, event.due_after) == (before["FU5"].due_at, after["FU5"].due_at)
    assert event.reason == f"By the rules of today in the time zone {ZONE}."


def test_a_second_run_finds_nothing_and_old_rules_find_nothing(episode, the_rules_change):
    assert list(follow_zone_rules(now=NOW)) == []
    the_rules_change()
    assert len(list(follow_zone_rules(now=NOW))) == 4
    assert list(follow_zone_rules(now=NOW)) == []


def test_a_time_that_a_person_chose_is_listed_and_left(episode, nurse, the_rules_change):
    visit = of(episode, "FU5")
    chosen = visit.due_at + DAY
    move_contact(contact=visit, due_at=chosen, reason="x", seen=0, by=nurse, now=NOW)
    assert list(follow_zone_rules(now=NOW)) == []
    the_rules_change()
    followed = {one.contact.code: one for one in follow_zone_rules(now=NOW)}
    assert (followed["FU5"].moved, of(episode, "FU5").due_at) == (False, chosen)
    assert followed["FU6"].moved


def test_a_reminder_that_went_out_named_the_hour_on_the_wall_and_is_not_sent_again(episode, the_rules_change):
    visit = of(episode, "FU5")
    FollowUpContact.objects.exclude(pk=visit.pk).update(next_reminder_at=None)
    queue_patient_reminders(now=visit.due_at - DAY)
    the_rules_change()
    list(follow_zone_rules(now=visit.due_at - DAY + HOUR))
    moved = of(episode, "FU5")
    assert (moved.due_at, moved.next_reminder_at) == (visit.due_at - HOUR, visit.due_at - HOUR)
    queue_patient_reminders(now=visit.due_at - DAY + 2 * HOUR)
    assert OutgoingEmail.objects.count() == 1
    queue_patient_reminders(now=moved.due_at)
    assert OutgoingEmail.objects.count() == 2


def test_the_command_lists_what_it_moved(site, nurse, the_rules_change, capsys):
    now = datetime.now(UTC)
    episode_of(site, nurse, time_zero=now - 12 * DAY)
    call_command("follow_zone_rules")
    assert capsys.readouterr().out == "Contacts that stand at another instant by the rules of today: 0.\n"
    the_rules_change(from_then=now + 8 * DAY)
    call_command("follow_zone_rules")
    said = capsys.readouterr().out
    assert said.count("moved") == 4 and said.endswith("today: 4.\n") and "Example" not in said
