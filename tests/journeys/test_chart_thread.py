"""A nurse or physician reads the story of an episode: everything in time order, nothing hidden."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from followup.models import ImagingTask, MonitoringSlot
from followup.services import imaging_tasks
from followup.services.discharge import end_monitoring
from followup.services.episodes import correct_baseline
from followup.services.missed_checks import mark_missed_slots
from followup.services.observations import correct_observation, mark_entered_in_error
from followup.services.red_flags import acknowledge_flag, close_flag
from followup.services.slots import waive_slot
from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


def episode(site, *, hours_ago: float = 6, name: str = "Example", number: str = "", **procedure):
    patient = cast.a_patient(site, number or f"MRN-{name}", name)
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago), **procedure)


def chart_words(client, user, procedure, query: str = "") -> str:
    return words(read(client, user, "chart", procedure.public_id, query=query))


def entry_of(html: str, anchor: str) -> str:
    """The list item of one entry of the thread."""
    return html.split(f'id="{anchor}"')[1].split('<li class="entry')[0]


def test_the_thread_runs_in_clinical_time_and_can_be_turned_round(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=120, note="Sat up.")
    cast.log(procedure, minutes=60, typed_after=200, note="Lay flat.")

    newest_first = chart_words(client, nurse, procedure)
    oldest_first = chart_words(client, nurse, procedure, query="?order=oldest")

    assert newest_first.index("Sat up.") < newest_first.index("Lay flat.")
    assert oldest_first.index("Lay flat.") < oldest_first.index("Sat up.")
    for strange in ("?order=", "?order=%00", "?order=sideways&order=x"):
        assert chart_words(client, nurse, procedure, query=strange) == newest_first


def test_a_late_entry_says_when_it_was_measured_and_when_it_was_typed(client, site, nurse):
    procedure = episode(site)
    late = cast.log(procedure, minutes=60, typed_after=90, pain_at_rest=Decimal(2)).observation
    at_once = cast.log(procedure, minutes=120, pain_at_rest=Decimal(2)).observation
    html = read(client, nurse, "chart", procedure.public_id)
    zone = site.zone

    note = words(entry_of(html, f"entry-{late.public_id}"))
    assert f"Late entry: measured {late.effective_at.astimezone(zone):%H:%M}, typed" in note
    assert f"{late.recorded_at.astimezone(zone):%H:%M} (90 min later)" in note
    assert "Nurse One" in note
    assert "Late entry" not in entry_of(html, f"entry-{at_once.public_id}")


def test_a_corrected_row_stays_struck_through_with_the_reason_and_a_link_to_the_new_one(client, site, nurse):
    procedure = episode(site)
    dose = {"drug": "MORPHINE", "dose": "5 mg", "route": "IV", "given_at": procedure.time_zero + timedelta(minutes=50)}
    old = cast.log(procedure, minutes=60, pulse_per_minute=41, doses=[dose]).observation
    new = correct_observation(
        observation=old, answers={"effective_at": old.effective_at, "pulse_per_minute": 81}, doses=[],
        reason="Wrong box.", by=cast.a_nurse(site, "Nurse Two"), now=datetime.now(UTC), form_token=uuid.uuid4(),
    ).observation  # fmt: skip
    html = read(client, nurse, "chart", procedure.public_id)

    struck, current = entry_of(html, f"entry-{old.public_id}"), entry_of(html, f"entry-{new.public_id}")

    assert "<del" in struck
    assert "pulse 41/min" in struck
    assert "by Nurse Two: Wrong box." in words(struck)
    assert f'href="#entry-{new.public_id}"' in struck
    assert "<del" not in current
    assert "pulse 81/min" in current
    assert f'href="#entry-{old.public_id}"' in current
    assert '<del class="entry-heading">Morphine 5 mg intravenous</del>' in html


def test_a_row_entered_in_error_stays_struck_through_with_its_reason(client, site, nurse):
    procedure = episode(site)
    wrong = cast.log(procedure, minutes=60, pain_at_rest=Decimal(3)).observation
    mark_entered_in_error(
        observation=wrong, reason="Bed 14, not 12.", by=nurse, now=datetime.now(UTC), form_token=uuid.uuid4()
    )
    html = read(client, nurse, "chart", procedure.public_id)

    struck = words(entry_of(html, f"entry-{wrong.public_id}"))
    assert "Entered in error" in struck
    assert "Bed 14, not 12." in struck
    assert html.count('class="entry entry-OBSERVATION"') == 1


def test_the_whole_story_of_a_flag_stands_in_the_thread(client, site, nurse, physician):
    procedure = episode(site, hours_ago=5)
    at = procedure.time_zero + timedelta(minutes=60)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    cast.log(procedure, minutes=70, neurology=WEAK_LEG)
    task = ImagingTask.objects.get(procedure=procedure)

    def minutes(count: int) -> dict:
        return {"task": task, "by": physician, "now": at + timedelta(minutes=count)}

    imaging_tasks.acknowledge_imaging_task(comment="Keep flat.", **minutes(20))
    imaging_tasks.order_imaging(
        modality="CT_WITHOUT_CONTRAST", region="L1", appointment_at=None, comment="MRI is down.", **minutes(30)
    )
    imaging_tasks.record_imaging_performed(comment="", **minutes(60))
    imaging_tasks.record_imaging_report(result="LEAK_COMPRESSING", comment="Canal.", **minutes(70))
    imaging_tasks.decide_imaging_task(
        decision="DECOMPRESSION", outcome="CONFIRMED", reason="Theatre is ready.", **minutes(80)
    )

    shown = chart_words(client, nurse, procedure, query="?order=oldest").split("Everything in time order")[1]

    story = [
        "N1 New leg weakness: raised", "Imaging: requested Scan MRI and CT", "Told: nurse in charge, on-call physician",
        "N1 New leg weakness: found again",
        "N1 acknowledged", "Imaging: acknowledged", "Imaging: ordered", "CT without contrast, L1",
        "MRI is down.", "Imaging: performed", "Imaging: reported", "Cement leak, compressing",
        "N1 closed: Complication confirmed", "Imaging: decided", "Surgical decompression",
    ]  # fmt: skip
    positions = [shown.index(text) for text in story]
    assert positions == sorted(positions)
    assert shown.count("Keep flat.") == 2  # for the task, and for the flag that it answers


def test_an_amber_flag_acknowledged_and_closed_by_the_nurse_is_told_with_her_words(client, site, nurse):
    procedure = episode(site, hours_ago=5)
    flag = cast.log(procedure, minutes=60, pain_at_rest=Decimal(7)).raised[0]
    now = datetime.now(UTC)
    acknowledge_flag(flag=flag, comment="Dose is coming.", by=nurse, now=now - timedelta(minutes=20))
    close_flag(flag=flag, outcome="HANDLED", reason="4 after the dose.", by=nurse, now=now)

    shown = chart_words(client, nurse, procedure)

    assert f"{flag.rule_code} acknowledged Nurse One Dose is coming." in shown
    assert f"{flag.rule_code} closed: Re-checked and handled Nurse One 4 after the dose." in shown


def test_missed_and_waived_checks_and_the_discharge_stand_in_the_thread(client, site, nurse):
    procedure = episode(site, hours_ago=1.2)
    now = datetime.now(UTC)
    mark_missed_slots(now=now)
    slot = MonitoringSlot.objects.open().filter(procedure=procedure).order_by("due_at").last()
    waive_slot(slot=slot, because="REFUSED", by=nurse, now=now)
    end_monitoring(procedure=procedure, ending="AGAINST_ADVICE", reason="Wants to go home.", by=nurse, now=now)

    shown = chart_words(client, nurse, procedure).split("Everything in time order")[1]

    assert "Check missed (full neurology)" in shown
    assert (
        f"Check not done (full neurology): refused due {slot.due_at.astimezone(site.zone):%-d %b %H:%M} Nurse One"
        in shown
    )
    assert "Ward monitoring ended: left against medical advice Nurse One" in shown
    assert "Wants to go home." in shown
    ended = MonitoringSlot.objects.filter(procedure=procedure, waived_because="DISCHARGED").count()
    assert f"Checks that are no longer due: {ended}" in shown


def test_a_corrected_baseline_keeps_the_old_one_in_the_thread(client, site, nurse, physician):
    procedure = episode(site)
    before = procedure.time_zero - timedelta(hours=3)
    correct_baseline(
        procedure=procedure, baseline=cast.a_baseline(effective_at=before, pain_at_rest=Decimal(9)),
        replaces=procedure.baselines.get(), reason="Sheet of the clinic.", by=physician, now=datetime.now(UTC),
    )  # fmt: skip
    html = read(client, nurse, "chart", procedure.public_id)
    facts, thread = html.split('id="thread"')

    assert "at rest 9 · on movement 8" in words(facts)
    assert "at rest 6 · on movement 8" not in words(facts)
    assert "Superseded" in words(thread)
    assert "at rest 6 · on movement 8" in words(thread)
    assert "Sheet of the clinic." in words(thread)


def test_times_are_those_of_the_site_wherever_the_reader_sits(client):
    far = cast.a_site("Far unit", "America/New_York")
    procedure = cast.an_episode(cast.a_patient(far), time_zero=datetime(2026, 3, 10, 3, 30, tzinfo=UTC))
    shown = chart_words(client, cast.a_nurse(far), procedure)
    assert "T0 (end) 9 Mar 2026 23:30" in shown
    assert "Monday 9 March 2026" in shown
