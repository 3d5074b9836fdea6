"""Schedule, coverage of a check, ladder, scan and spine: the pure planners."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.escalation_ladder import ladder_as_json, ladder_for, ladder_from_json, next_due_at, steps_due
from followup.monitoring_plan import plan_monitoring
from followup.red_flags.findings import Severity
from followup.red_flags.history import Context
from followup.red_flags.modality import CHEST, LUNG, NEURO, NEURO_SACRAL, SPINE, more_urgent_of, plan_imaging
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.red_flags.urgency import clocks
from followup.slot_coverage import Need, missing_parts
from procedures.three_valued import MET, NOT_MET, UNKNOWN, all_of, any_of, truth
from procedures.vertebrae import UnknownLevel, above, below, is_thoracic, span
from tests.cast import NORMAL_FULL_NEUROLOGY, a_routine_set

T0 = datetime(2026, 3, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("disposition", "ward", "home"), [("SAME_DAY", 7, 2), ("OVERNIGHT", 16, 0), ("STAY_48H", 22, 0)]
)
def test_number_of_sets(disposition, ward, home):
    slots = plan_monitoring(T0, disposition)
    assert [sum(slot.place == place for slot in slots) for place in ("WARD", "HOME")] == [ward, home]
    assert [slot.due_at for slot in slots] == sorted(slot.due_at for slot in slots)


def test_each_slot_of_a_plan():
    """The whole table of 5.1 and 5.2: minutes after T0, phase, exam, place and grace."""
    planned = {
        disposition: [
            (round((one.due_at - T0).total_seconds() / 60), one.phase, one.neuro, one.place, one.grace // MINUTE)
            for one in plan_monitoring(T0, disposition)
        ]
        for disposition in ("SAME_DAY", "STAY_48H")
    }
    arrival_to_b = [
        (0, "arrival", "FULL", "WARD", 5), (15, "A", "QUICK", "WARD", 5), (30, "A", "FULL", "WARD", 5),
        (45, "A", "QUICK", "WARD", 5), (60, "A", "FULL", "WARD", 5), (90, "B", "QUICK", "WARD", 10),
        (120, "B", "FULL", "WARD", 10),
    ]  # fmt: skip
    assert planned["SAME_DAY"] == [
        *arrival_to_b, (1440, "home", "QUICK", "HOME", 240), (2880, "home", "QUICK", "HOME", 480),
    ]  # fmt: skip
    assert planned["STAY_48H"] == [
        *arrival_to_b,
        *((minutes, "C", "FULL" if minutes == 360 else "QUICK", "WARD", 15) for minutes in (180, 240, 300, 360)),
        *((minutes, "D", "FULL", "WARD", 30) for minutes in (600, 840, 1080, 1320, 1440)),
        *((minutes, "E", "FULL", "WARD", 30) for minutes in (1680, 1920, 2160, 2400, 2640, 2880)),
    ]


def test_full_neurology_at_0_30_60_120_min_6_h_and_every_four_hourly_set():
    full = [slot for slot in plan_monitoring(T0, "STAY_48H") if slot.neuro == "FULL"]
    hours = [(slot.due_at - T0).total_seconds() / 3600 for slot in full]
    assert hours == [0, 0.5, 1, 2, 6, 10, 14, 18, 22, 24, 28, 32, 36, 40, 44, 48]


@pytest.mark.parametrize(("minutes", "grace"), [(15, 5), (90, 10), (180, 15), (600, 30)])
def test_grace(minutes, grace):
    slot = next(one for one in plan_monitoring(T0, "STAY_48H") if one.due_at == T0 + timedelta(minutes=minutes))
    assert slot.grace == timedelta(minutes=grace)


def test_a_change_of_clocks_does_not_stretch_an_interval():
    evening = datetime(2026, 3, 28, 22, tzinfo=ZoneInfo("Europe/Berlin"))
    for time_zero in (evening, evening.astimezone(UTC)):
        assert plan_monitoring(time_zero, "OVERNIGHT")[-1].due_at - evening.astimezone(UTC) == timedelta(hours=24)


def test_a_set_is_complete_only_when_every_part_is_answered():
    quick, full = Need("QUICK", "", "WARD"), Need("FULL", "", "WARD")
    routine = a_routine_set()
    flat = {**routine, **routine["neurology"]}
    assert missing_parts(quick, [flat]) == ()
    assert missing_parts(full, [flat]) == ("full neurology",)
    assert missing_parts(full, [flat, NORMAL_FULL_NEUROLOGY]) == ()
    assert missing_parts(quick, [{**flat, "temperature_celsius": None}]) == ("vital signs",)
    assert missing_parts(quick, [{}]) == ("vital signs", "pain score", "puncture site", "quick neurology")


def test_a_short_check_and_a_call_home_need_only_their_part():
    assert missing_parts(Need("QUICK", "PAIN", "WARD"), [{"pain_at_rest": 0}]) == ()
    assert missing_parts(Need("QUICK", "PAIN", "WARD"), [{"pain_on_movement": 0}]) == ()
    assert missing_parts(Need("QUICK", "PAIN", "WARD"), [{"pain_at_rest": ""}]) == ("pain score",)
    assert missing_parts(Need("QUICK", "BLADDER_SCAN", "WARD"), [{"voided": True}]) == ("bladder scan",)
    assert missing_parts(Need("QUICK", "BLADDER_SCAN", "WARD"), [{"post_void_residual_ml": 0}]) == ()
    assert missing_parts(Need("QUICK", "", "HOME"), [{"pain_at_rest": 3}]) == ()
    assert missing_parts(Need("QUICK", "", "HOME"), [{}]) == ("the call or the patient's answers",)


@pytest.mark.parametrize(("consciousness", "complete"), [("A", True), ("C", False), ("V", False), ("", False)])
def test_the_exam_of_a_confused_patient_is_repeated_when_alert(consciousness, complete):
    """N11: what is not noted is not alert. Any other check takes the exam as it comes."""
    exam = {**NORMAL_FULL_NEUROLOGY, "consciousness": consciousness}
    repeat = Need("FULL", "NEUROLOGY", "WARD", asked_for_by="N11")
    assert missing_parts(repeat, [exam]) == (() if complete else ("full neurology while alert",))
    assert missing_parts(Need("FULL", "NEUROLOGY", "WARD", asked_for_by="NQ"), [exam]) == ()
    # A look at the confused patient in between takes nothing away from the exam when alert.
    alert = {**NORMAL_FULL_NEUROLOGY, "consciousness": "A"}
    assert missing_parts(repeat, [exam, alert]) == ()


@pytest.mark.parametrize(
    ("severity", "category", "acknowledge", "imaging"),
    [
        (Severity.EMERGENT, "NEURO", 15, 4),
        (Severity.EMERGENT, "PAIN", 15, 4),
        (Severity.EMERGENT, "CARDIORESPIRATORY", 5, 1),
        (Severity.URGENT, "PAIN", 30, 6),
        (Severity.AMBER, "PAIN", 60, None),
    ],
)
def test_response_clocks(severity, category, acknowledge, imaging):
    limits = clocks(severity, category, DEFAULT_RULESET)
    assert limits.acknowledge_within == timedelta(minutes=acknowledge)
    assert limits.imaging_within == (None if imaging is None else timedelta(hours=imaging))


def test_an_emergent_ladder_tells_physician_and_nurse_then_backup_then_lead_for_ever():
    ladder = ladder_for(Severity.EMERGENT, "NEURO", DEFAULT_RULESET)
    steps = steps_due(ladder, T0, 0, T0 + timedelta(minutes=60))
    assert [(step.number, step.role, (step.due_at - T0).seconds // 60) for step in steps] == [
        (0, "ON_CALL_PHYSICIAN", 0), (1, "CHARGE_NURSE", 0), (2, "BACKUP_PHYSICIAN", 15), (3, "SERVICE_LEAD", 30),
        (4, "SERVICE_LEAD", 45), (5, "SERVICE_LEAD", 60),
    ]  # fmt: skip


def test_an_amber_ladder_asks_the_nurse_and_then_the_physician():
    ladder = ladder_for(Severity.AMBER, "PAIN", DEFAULT_RULESET)
    assert [step.role for step in steps_due(ladder, T0, 0, T0 + timedelta(hours=1))] == [
        "CHARGE_NURSE", "ON_CALL_PHYSICIAN",
    ]  # fmt: skip


def test_steps_below_on_and_above_their_time_and_taken_ones_do_not_come_back():
    ladder = ladder_for(Severity.URGENT, "PAIN", DEFAULT_RULESET)
    assert len(steps_due(ladder, T0, 1, T0 + timedelta(minutes=29))) == 0
    assert len(steps_due(ladder, T0, 1, T0 + timedelta(minutes=30))) == 1
    assert next_due_at(ladder, T0, 1) == T0 + timedelta(minutes=30)
    assert next_due_at(ladder, T0, 40) > next_due_at(ladder, T0, 39)


def test_a_stored_ladder_is_the_same_ladder():
    ladder = ladder_for(Severity.EMERGENT, "CARDIORESPIRATORY", DEFAULT_RULESET)
    assert ladder_from_json(ladder_as_json(ladder)) == ladder


def context(**changes) -> Context:
    return replace(Context(T0, ("L1",), "OSTEOPOROTIC", "CLEAR"), **changes)


@pytest.mark.parametrize(
    ("kind", "changes", "modality", "region"),
    [
        (SPINE, {}, "MRI_STIR", "T11–L3"),
        (NEURO, {}, "MRI_AND_CT", "T11–L3"),
        (NEURO_SACRAL, {}, "MRI_AND_CT", "T11–L3 and lumbosacral spine"),
        (NEURO, {"treated_levels": ("T8",)}, "MRI_AND_CT", "whole spine"),
        (NEURO, {"mri_safety": "BLOCKED"}, "CT_WITHOUT_CONTRAST", "T11–L3"),
        (SPINE, {"mri_safety": "BLOCKED"}, "CT_WITHOUT_CONTRAST", "T11–L3"),
        (SPINE, {"aetiology": "CANCER"}, "MRI_STIR",
         "whole spine (whole-spine MRI and treatment plan within 24 h of suspicion)"),
        (LUNG, {}, "CTPA", "chest"),
        (CHEST, {}, "CHEST_XRAY", "chest"),
    ],
)  # fmt: skip
def test_which_scan_of_which_part(kind, changes, modality, region):
    plan = plan_imaging(kind, Severity.EMERGENT, context(**changes), DEFAULT_RULESET)
    assert (plan.modality.name, plan.region, plan.priority) == (modality, region, "STAT")


def test_an_unscreened_patient_gets_ct_in_parallel_when_it_is_an_emergency():
    plan = plan_imaging(NEURO, Severity.EMERGENT, context(mri_safety="UNKNOWN"), DEFAULT_RULESET)
    assert "CT in parallel" in plan.notes[0]
    assert (
        "CT in parallel"
        not in plan_imaging(SPINE, Severity.URGENT, context(mri_safety="UNKNOWN"), DEFAULT_RULESET).notes[0]
    )


def test_joining_widens_and_never_lowers():
    narrow = plan_imaging(SPINE, Severity.URGENT, context(), DEFAULT_RULESET)
    wide = plan_imaging(NEURO_SACRAL, Severity.EMERGENT, context(), DEFAULT_RULESET)
    for first, second in ((narrow, wide), (wide, narrow)):
        both = more_urgent_of(first, second)
        assert (both.modality.name, both.priority) == ("MRI_AND_CT", "STAT")
        assert "lumbosacral" in both.region


def test_the_spine():
    assert (above("L1"), below("T12"), above("T1"), below("L5")) == ("T12", "L1", None, "S1")
    assert (span(["L1"]), span(["T1"]), span(["L5"]), span(["T12", "L2"])) == ("T11–L3", "T1–T3", "L3–S1", "T10–L4")
    assert is_thoracic("T12") and not is_thoracic("L1")
    with pytest.raises(UnknownLevel):
        above("L6")


@pytest.mark.parametrize(
    ("values", "every", "some"),
    [([], MET, NOT_MET), ([MET, UNKNOWN], UNKNOWN, MET), ([NOT_MET, UNKNOWN], NOT_MET, UNKNOWN),
     ([MET, MET], MET, MET), ([MET, NOT_MET, UNKNOWN], NOT_MET, MET)],
)  # fmt: skip
def test_three_valued_logic(values, every, some):
    assert (all_of(values), any_of(values)) == (every, some)
    assert (truth(True), truth(False), truth(None)) == (MET, NOT_MET, UNKNOWN)
