"""The chart's thread also tells of criteria, discharge answers, contacts, outcome scores and bone health, with corrections."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from followup.contact_states import Happening
from followup.models import BoneHealthTask, ContactEvent, DischargeChecklist
from followup.services.bone_health import correct_therapy, record_facts, record_therapy
from followup.services.bone_health_tasks import find_care_gaps
from followup.services.contacts import close_contact, move_contact
from followup.services.outcomes import correct_outcome, record_outcome, strike_out_outcome
from followup.services.selection import record_selection
from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def procedure(site):
    return cast.an_episode(cast.a_patient(site), time_zero=NOW - timedelta(hours=40))


@pytest.fixture
def about(physician, procedure):
    return {"by": physician, "now": NOW - timedelta(hours=1)}


@pytest.fixture
def thread(client, nurse, procedure):
    """The words of each entry, the newest first."""

    def opened() -> list[str]:
        html = read(client, nurse, "chart", procedure.public_id).split('id="thread-heading"')[1]
        return [words(one) for one in html.split('<li class="entry')[1:]]

    return opened


def the(entries: list[str], *parts: str) -> str:
    found = [one for one in entries if all(part in one for part in parts)]
    assert len(found) == 1, (parts, found or entries)
    return found[0]


def test_outcome_scores_with_their_correction_and_what_was_entered_in_error(thread, procedure, about):
    at = NOW - timedelta(hours=3)

    def scores(kps: int) -> dict:
        return {"effective_at": at, "kps": kps}

    first = record_outcome(procedure=procedure, answers=scores(90), form_token=uuid.uuid4(), **about).row
    again = correct_outcome(
        score=first, answers=scores(60), reason="Read the wrong line.", form_token=uuid.uuid4(), **about
    ).row
    entries = thread()
    assert "Superseded" in the(entries, "Karnofsky 90")
    assert "Read the wrong line." in the(entries, "Karnofsky 60")

    strike_out_outcome(score=again, reason="Other patient.", form_token=uuid.uuid4(), **about)
    assert "Entered in error" in the(thread(), "Karnofsky 60")


def test_drugs_and_facts_of_bone_health_with_a_correction(thread, procedure, about):
    day = (NOW - timedelta(hours=1)).date()

    def said(status: str) -> dict:
        return {"drug": "ALENDRONATE", "status": status, "status_on": day}

    drug = record_therapy(procedure=procedure, answers=said("STARTED"), form_token=uuid.uuid4(), **about).row
    correct_therapy(
        therapy=drug, answers=said("PRESCRIBED"), reason="Not fetched yet.", form_token=uuid.uuid4(), **about
    )
    facts = {"known_on": day, "dxa_ordered_on": day}
    record_facts(procedure=procedure, answers=facts, form_token=uuid.uuid4(), **about)

    entries = thread()
    assert "Superseded" in the(entries, ": started")
    assert "Not fetched yet." in the(entries, ": prescribed")
    the(entries, "what became known", "DXA ordered on")


def test_selection_criteria_and_a_corrected_fracture(thread, procedure, about):
    record_selection(
        procedure=procedure, answers={"refractory": False}, fractures=[], replaces=None, reason="",
        form_token=uuid.uuid4(), **about,
    )  # fmt: skip
    review = procedure.selection_reviews.get()
    record_selection(
        procedure=procedure, answers={"refractory": True}, fractures=[{"level": "L1", "morphology": "WEDGE"}],
        replaces=review, reason="Asked the family doctor.", form_token=uuid.uuid4(), by=about["by"], now=NOW,
    )  # fmt: skip
    entries = thread()
    assert "Superseded" in the(entries, "Selection criteria: answers", "Refractory to therapy no")
    assert "Asked the family doctor." in the(entries, "Selection criteria: answers", "Refractory to therapy yes")
    the(entries, "Selection criteria: fracture L1", "Morphology Wedge")


def test_the_answers_of_the_discharge_checklist(thread, procedure, about):
    DischargeChecklist.objects.create(
        procedure=procedure, answered_at=about["now"], answered_by=about["by"], reachable_by_phone=False,
        red_flag_sheet_given=True,
    )  # fmt: skip
    entry = the(thread(), "Discharge checklist answered")
    assert "Reachable by phone no" in entry
    assert "Red flag sheet given yes" in entry
    assert "Osteoporosis plan made" not in entry  # nobody asked


def test_what_happened_to_a_contact(thread, procedure, about):
    contact = procedure.follow_up_contacts.get(code="FU4")
    move_contact(
        contact=contact, due_at=contact.due_at + timedelta(hours=1), reason="Away on that day.", seen=0, **about
    )
    close_contact(contact=contact, because="DECLINED", seen=1, by=about["by"], now=NOW)
    entries = thread()
    assert "Away on that day." in the(entries, "FU4", ": moved", "Due")
    the(entries, "FU4", ": closed: the patient does not want it")


def test_a_gap_of_bone_health_stands_in_the_thread(client, nurse, site):
    procedure = cast.an_episode(cast.a_patient(site), time_zero=NOW - timedelta(days=60))
    find_care_gaps(now=NOW)
    task = BoneHealthTask.objects.filter(procedure=procedure).first()
    shown = words(read(client, nurse, "chart", procedure.public_id).split('id="thread-heading"')[1])
    assert f"Bone-health gap, {task.get_kind_display().lower()}: open" in shown
    assert task.reason in shown


@pytest.mark.parametrize("happening", list(Happening))
def test_whatever_happens_to_a_contact_has_its_words(thread, procedure, about, happening):
    """Of every kind, so that none breaks the chart of the patient to whom it happens."""
    moved = {"due_before": NOW, "due_after": NOW} if happening is Happening.MOVED else {}
    contact = procedure.follow_up_contacts.get(code="FU4")
    ContactEvent.objects.create(
        contact=contact, happening=happening, state=contact.state, at=about["now"], by=about["by"], **moved
    )
    the(thread(), "FU4, ")
