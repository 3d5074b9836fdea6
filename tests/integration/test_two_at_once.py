"""Two people, or two processes, at the same moment, on a database with row locks."""

import threading
import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import close_old_connections, connection

from followup.models import (
    Escalation,
    EscalationNote,
    EscalationStep,
    HandedOverPatient,
    ImagingTask,
    Observation,
    OutgoingEmail,
    RedFlag,
    ShiftHandover,
)
from followup.services.escalations import climb_due_ladders, take_note
from followup.services.imaging_tasks import IllegalHop, acknowledge_imaging_task, order_imaging
from tests.cast import (
    NORMAL_FULL_NEUROLOGY,
    a_nurse,
    a_patient,
    a_physician,
    a_routine_set,
    a_site,
    accepted_by,
    an_episode,
    log,
)  # fmt: skip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs_postgresql]
WEAK = a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
ROUNDS = 5


@pytest.fixture
def episode():
    site = a_site()
    a_physician(site)
    a_nurse(site)
    return an_episode(a_patient(site))


def at_once(*jobs) -> list:
    """Start all jobs behind one barrier, each on a connection of its own; what each returned or raised."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        close_old_connections()
        barrier.wait()
        try:
            results[number] = job()
        except Exception as error:  # the caller looks at what each one met
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_nurses_save_at_once_and_both_are_kept_with_one_flag(episode):
    nurse = a_nurse(a_site())
    for number in range(ROUNDS):
        minutes = 30 + number
        results = at_once(*[lambda minutes=minutes: log(episode, minutes=minutes, by=nurse, **WEAK)] * 2)
        assert not [one for one in results if isinstance(one, Exception)]
    assert Observation.objects.count() == 2 * ROUNDS
    assert (RedFlag.objects.filter(rule_code="N1").count(), ImagingTask.objects.count()) == (1, 1)
    assert RedFlag.objects.get(rule_code="N1").evidence.count() == 2 * ROUNDS


def test_two_nurses_accept_one_shift_at_once_and_a_double_tap_is_one(episode):
    now = episode.time_zero + timedelta(minutes=20)
    people = [a_nurse(a_site()), a_nurse(a_site(), "Nurse Two")]
    for _round in range(ROUNDS):
        jobs = [partial(accepted_by, person, now=now, form_token=uuid.uuid4()) for person in people]
        results = at_once(*jobs, *jobs)  # each of them taps twice
        assert not [one for one in results if isinstance(one, Exception)]
        assert len({one.pk for one in results}) == len(people)
    assert ShiftHandover.objects.count() == HandedOverPatient.objects.count() == ROUNDS * len(people)


def test_a_form_sent_many_times_at_once_is_stored_once(episode):
    token, nurse = uuid.uuid4(), a_nurse(a_site())
    results = at_once(*[lambda: log(episode, minutes=30, by=nurse, form_token=token, **WEAK)] * 6)
    assert {one.observation.pk for one in results} == {Observation.objects.get().pk}
    assert sum(not one.already_saved for one in results) == 1


def test_two_physicians_acknowledge_and_one_is_told_who_was_first(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    first, second = a_physician(a_site()), a_physician(a_site(), "Physician Two")
    results = at_once(
        *(
            lambda person=person: acknowledge_imaging_task(task=task, comment="", by=person, now=task.requested_at)
            for person in (first, second)
        )
    )
    assert sum(isinstance(one, IllegalHop) for one in results) == 1


def test_a_step_and_an_acknowledgement_meet_and_only_the_next_hop_climbs_afterwards(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    physician, now = a_physician(a_site()), task.requested_at + timedelta(minutes=15)
    at_once(
        lambda: climb_due_ladders(now=now),
        lambda: acknowledge_imaging_task(task=task, comment="", by=physician, now=now),
    )
    of_first_hop = EscalationStep.objects.filter(escalation__hop="ACKNOWLEDGE")
    taken = of_first_hop.count()
    assert Escalation.objects.live().get().hop == "ORDER"
    assert climb_due_ladders(now=now + timedelta(hours=3)) == 1
    assert of_first_hop.count() == taken <= 3


def test_two_physicians_order_at_once_and_one_clock_of_the_scan_runs(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    physicians, now = (a_physician(a_site()), a_physician(a_site(), "Physician Two")), task.requested_at
    ordered = {"modality": "MRI_AND_CT", "region": "L1", "appointment_at": None, "comment": ""}
    results = at_once(*(lambda by=by: order_imaging(task=task, by=by, now=now, **ordered) for by in physicians))
    assert sum(isinstance(one, IllegalHop) for one in results) == 1
    assert Escalation.objects.live().get().hop == "PERFORM"


def test_a_note_and_a_step_meet_and_who_noted_first_is_not_mailed(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    physician = a_physician(a_site())
    acknowledge_imaging_task(task=task, comment="", by=physician, now=task.requested_at)
    climb_due_ladders(now=task.requested_at + timedelta(minutes=15))
    for number in range(2, 2 + ROUNDS):
        # Nobody is the backup: everyone is told, and the physician too unless the note came first.
        now = task.requested_at + timedelta(minutes=15 * number)
        results = at_once(
            lambda now=now: climb_due_ladders(now=now), lambda now=now: take_note(subject=task, by=physician, now=now)
        )
        assert not [one for one in results if isinstance(one, Exception)]
        climb_due_ladders(now=now)  # a step that found the row locked is taken by the next run
    note = EscalationNote.objects.get()
    mailed = OutgoingEmail.objects.filter(recipient=physician, escalation_step__escalation=note.escalation)
    assert {mail.created_at for mail in mailed} <= {note.at - timedelta(minutes=15), note.at}
    numbers = list(note.escalation.steps.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(2 + ROUNDS))


def test_a_hop_and_a_step_meet_and_no_step_of_the_old_hop_comes_after_it(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    physician = a_physician(a_site())
    acknowledge_imaging_task(task=task, comment="", by=physician, now=task.requested_at)
    now = task.requested_at + timedelta(minutes=15)
    ordered = {"modality": "MRI_AND_CT", "region": "L1", "appointment_at": None, "comment": ""}
    at_once(
        lambda: climb_due_ladders(now=now),
        lambda: climb_due_ladders(now=now),
        lambda: order_imaging(task=task, by=physician, now=now, **ordered),
    )
    of_order = EscalationStep.objects.filter(escalation__hop="ORDER")
    taken = of_order.count()
    assert taken in (0, 2)
    assert Escalation.objects.live().get().hop == "PERFORM"
    climb_due_ladders(now=now + timedelta(hours=1))
    assert of_order.count() == taken


def test_two_clocks_climb_one_ladder_once(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    for minutes in (15, 30, 45):
        now = task.requested_at + timedelta(minutes=minutes)
        at_once(*[lambda now=now: climb_due_ladders(now=now)] * 4)
    numbers = list(EscalationStep.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [0, 1, 2, 3, 4]
