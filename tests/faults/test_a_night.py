"""F17: nothing runs for a night, and then one clock starts. Time is an argument; the server is real.

Alarms first and once for each person; a reminder of the night in the morning, not in quiet hours; one that is a day late
is no e-mail any more, and somebody phones.
"""

from datetime import UTC, datetime, time, timedelta

import pytest

from followup import jobs
from followup.models import CallTask, Escalation, FollowUpContact
from kyphotrack.staff.models import Site
from patients.services import change_patient_details
from tests import cast

pytestmark = [pytest.mark.faults, pytest.mark.django_db]
HOUR = timedelta(hours=1)
STOPS = datetime(2026, 3, 24, 21, 0, tzinfo=UTC)  # ten in the evening in Berlin
STARTS = STOPS + 8 * HOUR  # six in the morning: still quiet
MORNING = datetime(2026, 3, 25, 7, 0, tzinfo=UTC)  # eight o'clock
DETAILS = {
    "family_name": "Example", "given_name": "Pat", "birth_date": cast.date(1948, 5, 17), "gender": "female", "phone": "",
    "time_zone": "",
}  # fmt: skip


def a_reminder_due(at: datetime, number: int) -> FollowUpContact:
    site = cast.a_site()
    record = f"MRN-R{number:03}"
    patient = cast.a_patient(site, record)
    details = DETAILS | {"medical_record_number": record, "email": f"patient.{number}@patients.example"}
    change_patient_details(
        patient=patient, details=details, email_consent=True, reason="agreed", by=cast.a_nurse(site),
        now=at - timedelta(days=14),
    )  # fmt: skip
    episode = cast.an_episode(patient, time_zero=at - timedelta(days=13), disposition="SAME_DAY")
    episode.monitoring_slots.all().delete()
    FollowUpContact.objects.filter(procedure=episode).exclude(code="FU4").update(next_reminder_at=None)
    visit = FollowUpContact.objects.get(procedure=episode, code="FU4")
    FollowUpContact.objects.filter(pk=visit.pk).update(next_reminder_at=at)
    return visit


def run_the_clock(now: datetime) -> None:
    for job in (jobs.climb_ladders, jobs.send_urgent_email, jobs.queue_patient_reminders, jobs.send_due_email):
        job(lambda: now)


def test_f17_a_night_without_any_clock(smtp_server):
    site = cast.a_site()
    Site.objects.update(quiet_from=time(20), quiet_until=time(8))
    physician, nurse = cast.a_physician(site), cast.a_nurse(site)
    weak = cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}
    expected = {}
    for number in range(5):
        episode = cast.an_episode(cast.a_patient(site, f"MRN-{number:03}"), time_zero=STOPS - timedelta(minutes=50))
        cast.log(episode, minutes=49, by=nurse, **cast.a_routine_set(neurology=weak))
    of_the_night = [a_reminder_due(STOPS + number * HOUR, number) for number in range(1, 4)]
    too_late = a_reminder_due(STOPS - 80 * HOUR, 9)  # the last of its three is a day late as well
    assert smtp_server.messages == []

    run_the_clock(STARTS)
    expected = {physician.email: 5, nurse.email: 5}
    assert received(smtp_server) == expected  # of all the repeats of the night, the newest
    assert set(Escalation.objects.filter(next_due_at__lte=STARTS)) == set()
    run_the_clock(MORNING)
    got = received(smtp_server)
    assert {to: count for to, count in got.items() if "patient" in to} == {
        f"patient.{number}@patients.example": 1 for number in (1, 2, 3)
    }
    assert CallTask.objects.filter(contact__in=of_the_night).count() == 0
    assert CallTask.objects.get(contact=too_late).kind == "EMAIL_TOO_LATE"
    before = len(smtp_server.messages)
    run_the_clock(MORNING)
    assert len(smtp_server.messages) == before


def received(server) -> dict[str, int]:
    counts: dict[str, int] = {}
    for mail in server.messages:
        counts[mail["To"]] = counts.get(mail["To"], 0) + 1
    return counts
