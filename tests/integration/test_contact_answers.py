"""What was answered by phone is judged like a set at the bedside, and is on the lists until then."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from followup.contact_states import IllegalContactMove
from followup.models import CallTask, FollowUpContact, Observation
from followup.selectors.contacts import contact_worklist
from followup.services.contact_answers import record_contact_answers
from followup.services.contacts import raise_missed_contacts
from kyphotrack.staff.models import Role
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode(site, physician):
    return cast.an_episode(cast.a_patient(site), disposition="SAME_DAY")


def answer(episode, code="FU1", *, hours=24.0, form_token=None, **answers):
    now = cast.T0 + timedelta(hours=hours)
    return record_contact_answers(
        contact=FollowUpContact.objects.get(procedure=episode, code=code), answers={"effective_at": now} | answers,
        doses=[], source="PHONE", by=cast.a_nurse(episode.patient.site), now=now, form_token=form_token or uuid.uuid4(),
    )  # fmt: skip


def state(episode, code="FU1"):
    return FollowUpContact.objects.get(procedure=episode, code=code).state


def test_trouble_breathing_told_by_phone_raises_its_red_flag_with_the_answer(episode):
    saved = answer(episode, dyspnoea=True)
    assert [(flag.rule_code, flag.severity) for flag in saved.raised if flag.rule_code == "C4"] == [("C4", "EMERGENT")]
    assert saved.imaging_tasks
    assert state(episode) == "ANSWERED"


def test_a_pain_score_on_day_7_answers_that_contact_alone(episode):
    answer(episode, "FU3", hours=7 * 24, pain_at_rest=Decimal(2))
    assert (state(episode, "FU3"), state(episode, "FU4")) == ("ANSWERED", "PLANNED")


def test_the_same_form_twice_is_one_answer_and_another_one_is_refused_whole(episode):
    token = uuid.uuid4()
    answer(episode, form_token=token, pain_at_rest=Decimal(2))
    assert answer(episode, form_token=token, pain_at_rest=Decimal(2)).already_saved
    with pytest.raises(IllegalContactMove):
        answer(episode, pain_at_rest=Decimal(2))
    assert Observation.objects.count() == 1


def test_a_call_after_the_window_reaches_the_patient_and_ends_the_task(episode):
    raise_missed_contacts(now=cast.T0 + timedelta(hours=28))
    answer(episode, hours=30, pain_at_rest=Decimal(2))
    assert (state(episode), CallTask.objects.get().done_at) == ("REACHED", cast.T0 + timedelta(hours=30))


def test_the_list_holds_what_is_due_today_and_the_calls(episode, site):
    user = cast.a_member(site, Role.COORDINATOR, "Coordinator One")
    stranger = cast.a_nurse(cast.a_site("South unit"), "Nurse South")
    shown = contact_worklist(user=user, now=cast.T0 + timedelta(hours=21))
    assert [one.code for one in shown.today] == ["FU1"]
    now = cast.T0 + timedelta(hours=29)
    raise_missed_contacts(now=now)
    shown = contact_worklist(user=user, now=now)
    assert ([call.contact.code for call in shown.calls], shown.today) == (["FU1"], ())
    assert contact_worklist(user=stranger, now=now).calls == ()


def test_a_coordinator_sees_calls_on_the_worklist_and_contacts_on_the_chart(client, episode, site):
    raise_missed_contacts(now=cast.T0 + timedelta(hours=28))
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    worklist = client.get(reverse("worklist")).content.decode()
    assert "1 to call" in worklist and "FU1, 24 hours: Missed" in worklist
    assert "FU8, 12 months" in client.get(reverse("chart", args=[episode.public_id])).content.decode()
