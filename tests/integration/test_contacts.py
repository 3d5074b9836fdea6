"""Follow-up contacts as rows: laid out with the episode, answered by sets, moved, missed, called about, closed."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.models import CallTask, ContactEvent, FollowUpContact
from followup.services.contacts import (
    ContactChanged,
    NextTryMissing,
    OutsideWindow,
    close_contact,
    lay_out_contacts,
    move_contact,
    note_not_reached,
    raise_missed_contacts,
)
from followup.services.discharge import end_monitoring
from followup.services.observations import correct_observation, mark_entered_in_error
from tests import cast

pytestmark = pytest.mark.django_db


def after(hours: float):
    return cast.T0 + timedelta(hours=hours)


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site), disposition="SAME_DAY")


def contact(episode, code="FU1") -> FollowUpContact:
    return FollowUpContact.objects.get(procedure=episode, code=code)


def states(episode) -> dict[str, str]:
    return dict(FollowUpContact.objects.filter(procedure=episode).values_list("code", "state"))


def test_an_episode_comes_with_its_eight_contacts_in_one_statement(episode):
    assert states(episode) == {f"FU{number}": "PLANNED" for number in range(1, 9)}
    FollowUpContact.objects.all().delete()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        lay_out_contacts(episode)
    assert len(queries) == 1


def test_the_zone_is_the_patients(site):
    episode = cast.an_episode(cast.a_patient(site, time_zone="Asia/Kathmandu"))
    opens = contact(episode, "FU3").window_opens_at.astimezone(episode.patient.zone)
    assert (opens.hour, opens.minute) == (0, 0)


@pytest.mark.parametrize(("hours", "answered"), [(19.99, False), (20, True), (27.99, True), (28, False)])
def test_a_pain_score_in_the_window_answers_the_first_contact(episode, hours, answered):
    cast.log(episode, minutes=hours * 60, pain_at_rest=Decimal(2))
    assert (contact(episode).state == "ANSWERED") is answered


def test_one_call_answers_the_contact_and_the_check_at_home(episode):
    cast.log(episode, minutes=24 * 60, pain_at_rest=Decimal(2))
    assert episode.monitoring_slots.get(place="HOME", due_at=after(24)).state == "DONE"
    assert (contact(episode).state, contact(episode, "FU2").state) == ("ANSWERED", "PLANNED")


def test_blank_pain_answers_nothing(episode):
    cast.log(episode, minutes=24 * 60, fall=False)
    assert contact(episode).state == "PLANNED"


def test_a_set_of_day_7_does_not_answer_the_later_contacts(episode):
    cast.log(episode, minutes=7 * 24 * 60, pain_at_rest=Decimal(2))
    assert contact(episode, "FU3").state == "PLANNED"


def test_a_correction_takes_the_place_and_a_strike_out_asks_again(episode):
    first = cast.log(episode, minutes=24 * 60, pain_at_rest=Decimal(2)).observation
    about = {"reason": "typing error", "by": cast.a_nurse(episode.patient.site), "now": after(25)}
    second = correct_observation(
        observation=first, answers={"effective_at": first.effective_at, "pain_at_rest": Decimal(3)}, doses=[],
        form_token=uuid.uuid4(), **about,
    ).observation  # fmt: skip
    assert (contact(episode).state, contact(episode).observation) == ("ANSWERED", second)
    mark_entered_in_error(observation=second, form_token=uuid.uuid4(), **about)
    assert (contact(episode).state, contact(episode).observation) == ("PLANNED", None)


# --- missed ----------------------------------------------------------------------------------------------------------


def test_a_window_that_closes_unanswered_asks_for_a_call_once(episode):
    assert raise_missed_contacts(now=after(28) - timedelta(seconds=1)) == 0
    assert raise_missed_contacts(now=after(28)) == 1
    assert raise_missed_contacts(now=after(28)) == 0
    task = CallTask.objects.get()
    assert (task.contact.code, task.kind) == ("FU1", "CALL_SAME_DAY")
    assert task.due_at == cast.T0.replace(day=11, hour=23, minute=0)  # midnight in Berlin


def test_the_last_two_are_missed_without_a_call(episode):
    assert raise_missed_contacts(now=after(24 * 400)) == 8
    assert sorted(CallTask.objects.values_list("contact__code", flat=True)) == [f"FU{n}" for n in range(1, 7)]


def test_a_run_is_bounded_and_the_longest_overdue_come_first(episode):
    assert raise_missed_contacts(now=after(24 * 400), limit=3) == 3
    assert [code for code, state in sorted(states(episode).items()) if state == "MISSED"] == ["FU1", "FU2", "FU3"]


def test_a_run_takes_as_many_statements_for_eight_contacts_as_for_one(episode):
    counts = []
    for hours in (28, 24 * 400):
        with CaptureQueriesContext(connection) as queries:
            raise_missed_contacts(now=after(hours))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_late_entry_measured_in_time_ends_the_call(episode):
    raise_missed_contacts(now=after(28))
    cast.log(episode, minutes=24 * 60, typed_after=6 * 60, pain_at_rest=Decimal(2))
    assert contact(episode).state == "REACHED"
    assert CallTask.objects.get().done_at == after(30)


def test_who_is_not_reached_is_called_again(episode, nurse):
    raise_missed_contacts(now=after(28))
    about = {"contact": contact(episode), "reason": "No answer", "seen": 1, "by": nurse, "now": after(29)}
    with pytest.raises(NextTryMissing):
        note_not_reached(next_try_at=after(29), **about)
    note_not_reached(next_try_at=after(31), **about)
    assert (contact(episode).state, CallTask.objects.get().due_at) == ("NOT_REACHED", after(31))
    close_contact(contact=contact(episode), because="NOT_REACHABLE", seen=2, by=nurse, now=after(32))
    assert (contact(episode).state, CallTask.objects.get().done_at) == ("CLOSED", after(32))
    assert list(ContactEvent.objects.order_by("pk").values_list("happening", "by")) == [
        ("MISSED", None), ("NOT_REACHED", nurse.pk), ("CLOSED", nurse.pk),
    ]  # fmt: skip


def test_a_call_that_comes_to_nothing_while_the_window_is_open_leaves_the_contact_waiting(episode, nurse):
    note_not_reached(contact=contact(episode), reason="x", next_try_at=after(3), seen=0, by=nurse, now=after(2))
    assert contact(episode).state == "PLANNED"
    assert CallTask.objects.get().due_at == after(3)


def test_a_form_that_is_sent_twice_does_nothing_twice(episode, nurse):
    about = {
        "contact": contact(episode),
        "reason": "x",
        "next_try_at": after(3),
        "seen": 0,
        "by": nurse,
        "now": after(2),
    }
    note_not_reached(**about)
    with pytest.raises(ContactChanged):
        note_not_reached(**about)
    assert ContactEvent.objects.count() == 1


def test_a_move_keeps_old_and_new_time_with_person_and_reason(episode, nurse):
    visit = contact(episode, "FU4")
    later = visit.due_at + timedelta(days=2)
    move_contact(contact=visit, due_at=later, reason="Holiday", seen=0, by=nurse, now=after(50))
    event = ContactEvent.objects.get()
    assert contact(episode, "FU4").due_at == event.due_after == later
    assert (event.due_before, event.by, event.reason, event.at) == (visit.due_at, nurse, "Holiday", after(50))


@pytest.mark.parametrize("which", ["before", "at the end", "past"])
def test_a_move_stays_in_the_window_and_in_the_time_to_come(episode, nurse, which):
    visit = contact(episode, "FU4")
    now = visit.window_opens_at + timedelta(days=1)
    due_at = {
        "before": visit.window_opens_at - timedelta(seconds=1), "at the end": visit.window_closes_at,
        "past": now - timedelta(seconds=1),
    }[which]  # fmt: skip
    with pytest.raises(OutsideWindow):
        move_contact(contact=visit, due_at=due_at, reason="x", seen=0, by=nurse, now=now)


def test_a_death_closes_all_and_a_transfer_the_first_two(site, physician):
    for number, (ending, left) in enumerate([("DECEASED", 0), ("TRANSFERRED", 6)]):
        episode = cast.an_episode(cast.a_patient(site, f"MRN-{number}"))
        end_monitoring(procedure=episode, ending=ending, reason="x", by=physician, now=after(3))
        assert FollowUpContact.objects.open().filter(procedure=episode).count() == left
    raise_missed_contacts(now=after(24 * 400))
    assert CallTask.objects.filter(contact__code__in=["FU1", "FU2"]).count() == 0
