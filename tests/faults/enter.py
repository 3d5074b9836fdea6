"""The process that types what a script says, as a person would: what was not answered with "saved" is sent again.

Reads the script from its input; prints `ready`, and then `due <address> <moment>` for what falls due and when.
"""

import json
import sys
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import django

from tests.faults.script import Script

# So that no check of the schedule is missed while a case runs, which would be told as well.
_JUST_NOW = timedelta(minutes=4)
# A visit of two weeks is reminded of a day before.
_FIRST_REMINDER = timedelta(days=13)
_SECONDS_TO_PREPARE_ONE = 0.5


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    script = Script.from_json(json.loads(sys.stdin.readline()))
    django.setup()
    episodes = [_flag_episode(script, number) for number in range(script.flags)]
    begins = time.time() + 1 + _SECONDS_TO_PREPARE_ONE * script.reminders
    for number, moment in enumerate(script.reminder_moments()):
        _reminder(script, number, begins + moment)
    say("ready")
    # Each nurse at a keyboard of her own: one who waits holds up no other.
    nurses = [
        threading.Thread(target=_nurse, args=(script, number, episodes[number], begins + moment))
        for number, moment in enumerate(script.flag_moments())
    ]
    for nurse in nurses:
        nurse.start()
    for nurse in nurses:
        nurse.join()
    say("done")


def _answer(episode) -> None:
    """A physician looks at it and ends all that is open of it, in one go: nobody is told any more."""
    from django.db import transaction

    from followup.models import ImagingTask, RedFlag
    from followup.services.imaging_tasks import acknowledge_imaging_task, cancel_imaging_task
    from followup.services.red_flags import close_flag
    from tests import cast

    now = datetime.now(UTC)
    physician = cast.a_physician(episode.patient.site)
    with transaction.atomic():
        for task in ImagingTask.objects.filter(procedure=episode):
            acknowledge_imaging_task(task=task, comment="", by=physician, now=now)
            cancel_imaging_task(task=task, reason="as before the procedure", by=physician, now=now)
        for flag in RedFlag.objects.open().filter(procedure=episode):
            close_flag(flag=flag, outcome="EXPLAINED", reason="as before the procedure", by=physician, now=now)
    episode.monitoring_slots.open().delete()  # those that the flag asked for


def _nurse(script: Script, number: int, episode, at: float) -> None:
    from django.db import connection

    time.sleep(max(at - time.time(), 0))
    _type_until_saved(episode)
    for address in script.told_of(number):
        say("due", address, time.time())
    if script.answered_after is not None:
        time.sleep(script.answered_after)
        _answer(episode)
    connection.close()


def _flag_episode(script: Script, number: int):
    from tests import cast

    site = cast.a_site(script.site_of(number), script.zone)
    cast.a_physician(site)
    patient = cast.a_patient(site, f"MRN-{number:04}")
    episode = cast.an_episode(patient, time_zero=datetime.now(UTC) - _JUST_NOW)
    if script.answered_after is not None:
        # In a long case its checks would become overdue before it is typed about, which would be told as well.
        episode.monitoring_slots.all().delete()
    return episode


def _reminder(script: Script, number: int, due: float) -> None:
    """A patient at home."""
    from followup.models import FollowUpContact
    from patients.services import change_patient_details
    from tests import cast

    now = datetime.now(UTC)
    details = {
        "medical_record_number": f"MRN-R{number:04}", "family_name": "Example", "given_name": "Pat",
        "birth_date": cast.date(1948, 5, 17), "gender": "female", "email": script.patient_address(number),
        "phone": "", "time_zone": script.zone,
    }  # fmt: skip
    site = cast.a_site(f"{script.case.lower()} reminders", script.zone)
    patient = cast.a_patient(site, details["medical_record_number"])
    change_patient_details(
        patient=patient, details=details, email_consent=True, reason="agreed", by=cast.a_nurse(site), now=now
    )
    later = timedelta(hours=script.rule_brings_forward_hours)
    time_zero = datetime.fromtimestamp(due, UTC) - _FIRST_REMINDER + later
    episode = cast.an_episode(patient, time_zero=time_zero, disposition="SAME_DAY")
    # The checks of the ward and the other contacts of the past two weeks are no part of the case.
    episode.monitoring_slots.all().delete()
    FollowUpContact.objects.filter(procedure=episode).exclude(code="FU4").update(next_reminder_at=None)
    say("due", script.patient_address(number), due)


def _type_until_saved(episode) -> None:
    from django.db import DatabaseError, connection

    from followup.services.observations import record_observation
    from tests import cast

    now = datetime.now(UTC)
    answers = cast.a_routine_set(
        neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}, effective_at=now - timedelta(minutes=1)
    )
    nurse, token = None, uuid.uuid4()
    while True:
        try:
            nurse = nurse or cast.a_nurse(episode.patient.site)
            record_observation(
                procedure=episode, answers=answers, doses=[], source="NURSE", by=nurse, now=now, form_token=token
            )
            return
        except DatabaseError as error:
            # The page says that it could not be saved; the form is still there and is sent again.
            print(type(error).__name__, error, file=sys.stderr, flush=True)
            connection.close()
            time.sleep(0.3)


if __name__ == "__main__":
    main()
