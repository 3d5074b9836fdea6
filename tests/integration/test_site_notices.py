"""One message a site: overdue checks to the nurse in charge, the morning's digest to physicians."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from followup.models import MonitoringSlot, OutgoingEmail
from followup.services.observations import mark_entered_in_error
from followup.services.outbox import send_due
from followup.services.site_notices import OVERDUE_NOTICE_EVERY, queue_morning_digests, tell_overdue_checks
from kyphotrack.staff.models import Duty, DutyRole, Membership
from tests import cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def deliver(now):
    return send_due(queue=OutgoingEmail.Queue.MAIL, clock=lambda: now)


def at(minutes):
    return cast.T0 + minutes * MINUTE


@pytest.fixture
def in_charge(site, nurse):
    Duty.objects.create(site=site, user=nurse, role=DutyRole.CHARGE_NURSE, starts_at=cast.T0 - timedelta(days=1))
    return nurse


def test_one_message_for_all_that_is_overdue_at_the_site(site, in_charge, smtp_server):
    cast.a_nurse(site, "Nurse Two")  # not in charge
    for number in range(3):
        cast.an_episode(cast.a_patient(site, f"MRN-{number}"))
    assert tell_overdue_checks(now=at(5)) == 0
    assert tell_overdue_checks(now=at(5) + timedelta(seconds=1)) == 1
    assert deliver(at(6)).sent == 1
    (mail,) = smtp_server.messages
    assert (mail["To"], mail["Subject"]) == (in_charge.email, "Checks are overdue")
    assert "3 checks at your site are overdue, the longest for 1 min" in mail.get_body(("plain",)).get_content()
    assert "List-Unsubscribe" not in mail


def test_the_next_message_comes_with_the_next_overdue_check_and_not_sooner_than_a_quarter_of_an_hour(site, in_charge):
    cast.an_episode()
    assert tell_overdue_checks(now=at(6)) == 1
    assert tell_overdue_checks(now=at(7)) == 0
    assert tell_overdue_checks(now=at(6) + OVERDUE_NOTICE_EVERY - timedelta(seconds=1)) == 0
    assert tell_overdue_checks(now=at(6) + OVERDUE_NOTICE_EVERY) == 1
    assert tell_overdue_checks(now=at(6) + OVERDUE_NOTICE_EVERY) == 0
    # Nothing new was overdue since.
    assert tell_overdue_checks(now=at(29) + OVERDUE_NOTICE_EVERY - timedelta(minutes=10)) == 0


def test_a_check_that_a_strike_out_opens_again_is_told_too(site, in_charge):
    """Its grace ended before the last message, and nobody was told that it is to be done after all."""
    one, other = cast.an_episode(), cast.an_episode(cast.a_patient(site, "MRN-2"))
    whole_set = cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"voided": True})
    done = cast.log(one, minutes=2, **whole_set)
    assert MonitoringSlot.objects.overdue(at(6)).get().procedure == other
    assert tell_overdue_checks(now=at(6)) == 1
    cast.log(other, minutes=7, **whole_set)
    mark_entered_in_error(
        observation=done.observation, reason="Wrong patient", by=in_charge, now=at(8), form_token=uuid.uuid4()
    )
    assert tell_overdue_checks(now=at(6) + OVERDUE_NOTICE_EVERY - timedelta(seconds=1)) == 0
    MonitoringSlot.objects.filter(due_at__gt=cast.T0).update(
        overdue_told_at=at(9)
    )  # the later sets are not the question
    assert tell_overdue_checks(now=at(6) + OVERDUE_NOTICE_EVERY) == 1
    assert tell_overdue_checks(now=at(6) + 2 * OVERDUE_NOTICE_EVERY) == 0


def test_a_check_that_was_overdue_when_its_episode_was_typed_is_told_too(site, in_charge):
    cast.an_episode()
    assert tell_overdue_checks(now=at(10)) == 1
    cast.an_episode(cast.a_patient(site, "MRN-2"))  # typed at minute 24
    MonitoringSlot.objects.filter(due_at__gt=cast.T0).update(overdue_told_at=at(9))
    assert tell_overdue_checks(now=at(25)) == 1


def test_nobody_to_tell_is_no_telling(site):
    cast.an_episode()
    Membership.objects.update(role="AUDITOR")
    assert tell_overdue_checks(now=at(6)) == 0
    cast.a_member(site, "NURSE", "Nurse Two")
    assert tell_overdue_checks(now=at(7)) == 1


def test_it_is_withheld_where_the_checks_were_done_meanwhile(site, in_charge, smtp_server):
    episode = cast.an_episode()
    tell_overdue_checks(now=at(6))
    cast.log(episode, minutes=4, **cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"voided": True}))
    assert deliver(at(7)).withheld == 1
    assert OutgoingEmail.objects.get(purpose="OVERDUE_CHECKS").withheld_because == "nothing is overdue any more"
    assert smtp_server.messages == []


def test_each_site_is_told_of_its_own(site, in_charge):
    south = cast.a_site("South unit", "America/New_York")
    cast.an_episode(cast.a_patient(south, "MRN-S"))
    assert tell_overdue_checks(now=at(6)) == 1
    assert OutgoingEmail.objects.get().recipient == cast.a_nurse(south)  # nobody there is on the rota


# --- the morning's digest --------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(site, physician):
    cast.log(cast.an_episode(), minutes=30, **cast.a_routine_set(neurology={"motor_L4_R": "3", "motor_L4_L": "5"}))


def seven(day, hour=7, minute=0):
    """On a day of March 2026 in Berlin."""
    return datetime(2026, 3, day, hour, minute, tzinfo=cast.a_site().zone).astimezone(UTC)


def test_the_digest_comes_at_seven_of_the_site_once_a_day_with_counts_alone(waiting, physician, smtp_server):
    assert queue_morning_digests(now=seven(11) - timedelta(seconds=1)) == 0
    assert queue_morning_digests(now=seven(11)) == 1
    assert queue_morning_digests(now=seven(11, 8)) == 0
    assert deliver(seven(11, 7, 1)).sent == 1
    (mail,) = smtp_server.messages
    assert (mail["To"], mail["Subject"]) == (physician.email, "What waits this morning")
    text = mail.get_body(("plain",)).get_content().replace("\r", "")
    assert "- Urgent items: 1\n- Requests under way: 1\n" in text
    assert queue_morning_digests(now=seven(12)) == 1


@pytest.mark.parametrize("day", [28, 29, 30])
def test_once_on_the_days_around_a_change_of_clocks(waiting, day):
    quarter_hours = [seven(day, 0) + number * 15 * MINUTE for number in range(96)]
    assert sum(queue_morning_digests(now=now) for now in quarter_hours) == 1
    assert OutgoingEmail.objects.get(purpose="MORNING_DIGEST").created_at == seven(day)


def test_nobody_is_written_to_where_nothing_waits_and_none_late(site, physician, waiting):
    assert queue_morning_digests(now=seven(11, 10)) == 0
    south = cast.a_site("South unit", "Europe/Berlin")
    cast.a_physician(south, "Physician South")
    assert queue_morning_digests(now=seven(11)) == 1


def test_a_digest_that_could_not_leave_for_three_hours_is_withheld(waiting, smtp_server):
    queue_morning_digests(now=seven(11))
    assert deliver(seven(11, 10, 1)).withheld == 1
    assert OutgoingEmail.objects.get(purpose="MORNING_DIGEST").withheld_because == "it would come too late"
