"""Two people, or two processes, at the same moment, on a database with row locks."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection

from followup.models import Escalation, EscalationStep, ImagingTask, Observation, RedFlag
from followup.services.escalations import climb_due_ladders
from followup.services.imaging_tasks import IllegalHop, acknowledge_imaging_task
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_physician, a_routine_set, a_site, an_episode, log

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


def test_two_clocks_climb_one_ladder_once(episode):
    task = log(episode, minutes=30, **WEAK).imaging_tasks[0]
    for minutes in (15, 30, 45):
        now = task.requested_at + timedelta(minutes=minutes)
        at_once(*[lambda now=now: climb_due_ladders(now=now)] * 4)
    numbers = list(EscalationStep.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [0, 1, 2, 3, 4]
