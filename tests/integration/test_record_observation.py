"""record_observation: all or nothing, once, in any order, and within its budget of statements."""

import uuid
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection
from django.db.models import Model, QuerySet
from django.test.utils import CaptureQueriesContext

from followup.models import (
    Escalation,
    EscalationStep,
    FlagEvidence,
    ImagingTask,
    ImagingTaskHop,
    MedicationDose,
    MonitoringSlot,
    MonitoringStatus,
    Observation,
    OutgoingEmail,
    RedFlag,
)
from followup.services import observations
from followup.services.observations import (
    AlreadyCorrected,
    MeasuredBeforeProcedure,
    MeasuredInFuture,
    TokenOfOtherEpisode,
    correct_observation,
    mark_entered_in_error,
    record_observation,
)
from followup.services.red_flags import close_flag
from patients.models import ChartEvent
from tests.cast import (
    NORMAL_FULL_NEUROLOGY,
    a_nurse,
    a_patient,
    a_physician,
    a_routine_set,
    a_site,
    an_episode,
    log,
)

pytestmark = pytest.mark.django_db
WEAK = a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
WRITTEN = (
    Observation, MedicationDose, RedFlag, FlagEvidence, ImagingTask, ImagingTaskHop, Escalation, EscalationStep,
    OutgoingEmail, ChartEvent,
)  # fmt: skip


@pytest.fixture
def episode():
    site = a_site()
    a_physician(site)
    return an_episode(a_patient(site))


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in WRITTEN}


def a_dose(episode, minutes: float) -> dict:
    return {
        "drug": "MORPHINE",
        "dose": "5 mg",
        "route": "IV",
        "given_at": episode.time_zero + timedelta(minutes=minutes),
    }


def test_a_weak_leg_leaves_flag_task_ladder_mail_and_chart_event(episode):
    saved = log(episode, minutes=30, **WEAK)
    (flag,) = saved.raised
    (task,) = saved.imaging_tasks
    assert (flag.rule_code, flag.severity, flag.ruleset_version) == ("N1", "EMERGENT", "2026.2")
    assert (task.modality, task.priority, task.state) == ("MRI_AND_CT", "STAT", "requested")
    assert task.due_at - task.requested_at == timedelta(hours=4)
    assert Escalation.objects.live().get(imaging_task=task).next_due_at == flag.raised_at + timedelta(minutes=15)
    assert OutgoingEmail.objects.filter(recipient__full_name="Physician One").count() == 1
    assert ChartEvent.objects.filter(verb="RAISED_FLAG", subject_id=flag.public_id).count() == 1
    assert MonitoringStatus.objects.get(procedure=episode).danger == 0


def test_an_error_at_any_write_leaves_nothing_behind(episode, monkeypatch):
    """Each write of the save fails in turn, the last one too; nothing of the save may be there afterwards."""
    before, slots_before = counts(), list(MonitoringSlot.objects.order_by("pk").values_list("state", flat=True))
    written, failing = 0, 0

    def failing_at(original):
        def wrapper(*args, **kwargs):
            nonlocal written
            written += 1
            if written == failing:
                raise RuntimeError(f"write {failing}")
            return original(*args, **kwargs)

        return wrapper

    def save():
        record_observation(
            procedure=episode, answers={"effective_at": episode.time_zero + timedelta(minutes=30), **WEAK},
            doses=[a_dose(episode, 20)], source="NURSE", by=None, now=episode.time_zero + timedelta(minutes=31),
            form_token=uuid.uuid4(),
        )  # fmt: skip

    for owner, name in ((QuerySet, "bulk_create"), (QuerySet, "bulk_update"), (QuerySet, "update"), (Model, "save")):
        monkeypatch.setattr(owner, name, failing_at(getattr(owner, name)))
    for failing in range(1, 100):
        written = 0
        try:
            save()
        except RuntimeError:
            assert counts() == before, failing
            assert list(MonitoringSlot.objects.order_by("pk").values_list("state", flat=True)) == slots_before
        else:
            break
    assert failing > 13, "the save writes more tables than that"
    assert counts()["Observation"] == before["Observation"] + 1


def test_the_same_form_twice_is_one_observation(episode):
    token = uuid.uuid4()
    first = log(episode, minutes=30, form_token=token, **WEAK)
    second = log(episode, minutes=30, form_token=token, **WEAK)
    assert second.already_saved and second.observation == first.observation
    assert (Observation.objects.count(), RedFlag.objects.count(), ImagingTask.objects.count()) == (1, 1, 1)


def test_a_form_of_another_episode_is_refused(episode):
    token = uuid.uuid4()
    log(episode, minutes=30, form_token=token, **a_routine_set())
    other = an_episode(a_patient(episode.patient.site, "MRN-0002"))
    with pytest.raises(TokenOfOtherEpisode):
        log(other, minutes=30, form_token=token, **a_routine_set())
    assert not other.observations.exists()


@pytest.mark.parametrize(("minutes", "typed_after", "error"), [
    (-1, 5, MeasuredBeforeProcedure), (60, -6, MeasuredInFuture),
])  # fmt: skip
def test_impossible_times_are_refused(episode, minutes, typed_after, error):
    with pytest.raises(error):
        log(episode, minutes=minutes, typed_after=typed_after, **a_routine_set())


@pytest.mark.parametrize(("minutes", "typed_after"), [(0, 1), (60, -5)])
def test_times_at_the_edge_are_taken(episode, minutes, typed_after):
    assert log(episode, minutes=minutes, typed_after=typed_after, **a_routine_set()).observation.pk


def findings(episode) -> set[tuple[str, str, float]]:
    """Rule, severity and minutes after T0 of each finding that a current observation supports."""
    return {
        (one.flag.rule_code, one.severity, (one.measured_at - episode.time_zero).total_seconds() / 60)
        for one in FlagEvidence.objects.filter(flag__procedure=episode, supported=True).select_related("flag")
    }


def test_the_order_of_entry_ends_in_the_same_findings():
    entries = [
        (120, a_routine_set(pain_on_movement=2)),
        (300, a_routine_set(pain_on_movement=6)),
        (360, WEAK),
    ]
    seen = []
    for number, order in enumerate(permutations(entries)):
        episode = an_episode(a_patient(a_site(), f"MRN-1{number}"))
        for minutes, answers in order:
            log(episode, minutes=minutes, typed_after=400 - minutes, **answers)
        seen.append(findings(episode))
    assert all(one == seen[0] for one in seen)
    assert ("P1", "URGENT", 300.0) in seen[0] and ("N1", "EMERGENT", 360.0) in seen[0]


def test_a_late_entry_raises_the_flag_now_and_says_how_late(episode):
    log(episode, minutes=300, **a_routine_set(pain_on_movement=6))
    saved = log(episode, minutes=120, typed_after=200, **a_routine_set(pain_on_movement=2))
    flag = next(one for one in saved.raised if one.rule_code == "P1")
    evidence = flag.evidence.get()
    assert evidence.late_by == timedelta(minutes=20)
    assert flag.acknowledge_by == flag.raised_at + timedelta(minutes=30)


def test_a_correction_keeps_both_and_leaves_the_flag_marked(episode):
    wrong = log(episode, minutes=30, **WEAK)
    corrected = correct_observation(
        observation=wrong.observation,
        answers={"effective_at": wrong.observation.effective_at, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY)},
        doses=[], reason="Left and right were mixed up", by=a_nurse(a_site()),
        now=episode.time_zero + timedelta(minutes=50), form_token=uuid.uuid4(),
    )  # fmt: skip
    flag = RedFlag.objects.get()
    assert corrected.observation.supersedes == wrong.observation
    assert Observation.objects.count() == 2 and Observation.objects.current().count() == 1
    assert flag.state == "OPEN" and flag.unsupported_since is not None
    assert not flag.evidence.get().supported


def test_two_corrections_of_one_observation_the_second_is_told(episode):
    saved = log(episode, minutes=30, **a_routine_set())
    facts = {"observation": saved.observation, "reason": "typed wrong", "by": a_nurse(a_site()),
             "now": episode.time_zero + timedelta(minutes=50)}  # fmt: skip
    mark_entered_in_error(**facts, form_token=uuid.uuid4())
    with pytest.raises(AlreadyCorrected):
        mark_entered_in_error(**facts, form_token=uuid.uuid4())
    assert not Observation.objects.current().exists()


def test_more_evidence_joins_the_open_flag_and_after_closing_a_new_observation_opens_a_new_one(episode):
    for minutes in (30, 60, 90):
        log(episode, minutes=minutes, **WEAK)
    flag = RedFlag.objects.get()
    assert flag.evidence.count() == 3
    assert (ImagingTask.objects.count(), Escalation.objects.count()) == (1, 1)
    close_flag(
        flag=flag, outcome="EXPLAINED", reason="Known foot drop", by=a_physician(a_site()),
        now=episode.time_zero + timedelta(minutes=95),
    )  # fmt: skip
    log(episode, minutes=100, pain_at_rest=1)
    assert RedFlag.objects.count() == 1
    log(episode, minutes=120, **WEAK)
    assert RedFlag.objects.count() == 2


def test_a_graver_finding_widens_the_open_task_and_restarts_its_ladder(episode):
    log(episode, minutes=120, **a_routine_set(pain_on_movement=2))
    log(episode, minutes=300, **a_routine_set(pain_on_movement=6))
    task = ImagingTask.objects.get()
    due_before = task.due_at
    log(episode, minutes=310, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"saddle_sensation": "ALTERED"}))
    task.refresh_from_db()
    assert (task.severity, task.modality, task.priority) == ("EMERGENT", "MRI_AND_CT", "STAT")
    assert task.due_at < due_before and "lumbosacral" in task.region
    assert Escalation.objects.filter(imaging_task=task).count() == 2
    assert Escalation.objects.live().filter(imaging_task=task).count() == 1


def test_a_milder_finding_joins_quietly_and_lowers_nothing(episode):
    log(episode, minutes=30, **WEAK)
    task = ImagingTask.objects.get()
    log(episode, minutes=40, **a_routine_set(sudden_onset=True))
    joined = ImagingTask.objects.get()
    assert (joined.severity, joined.due_at, joined.modality) == (task.severity, task.due_at, task.modality)
    assert (
        set(joined.red_flags.values_list("rule_code", flat=True)) == {"N1", "P2", "AF1"}
        and Escalation.objects.count() == 1
    )


def test_the_nearest_check_is_done_by_a_full_set_and_stays_due_after_half_a_set(episode):
    log(episode, minutes=15, pain_at_rest=2)
    slot = episode.monitoring_slots.get(due_at=episode.time_zero + timedelta(minutes=15))
    assert slot.state == "OPEN"
    log(episode, minutes=17, **a_routine_set())
    slot.refresh_from_db()
    assert slot.state == "DONE"


def test_news2_of_5_adds_an_hourly_check_only_where_the_protocol_is_slower(episode):
    sick = a_routine_set(respiration_rate=22, spo2_percent=93, supplemental_oxygen=True, oxygen_device="mask")
    log(episode, minutes=840, **sick)
    added = episode.monitoring_slots.get(origin="NEWS2")
    assert added.due_at == episode.time_zero + timedelta(minutes=900)


def test_a_save_that_raises_nothing_takes_14_statements_and_history_adds_none(episode):
    nurse = a_nurse(a_site())
    taken = []
    for minutes in (15, 30, 45):
        with CaptureQueriesContext(connection) as queries:
            log(episode, minutes=minutes, by=nurse, **a_routine_set())
        taken.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert max(taken) <= 14 and taken[2] <= taken[0]


def test_rule_hits_add_no_statements(episode):
    nurse = a_nurse(a_site())
    one = a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
    many = a_routine_set(
        neurology=NORMAL_FULL_NEUROLOGY
        | {"motor_L4_R": "3", "saddle_sensation": "ABSENT", "sensory_L5_R": "ABSENT", "bowel": "NEW_INCONTINENCE",
           "gait": "5", "urinary_incontinence": "NEW_OR_WORSE"}
    )  # fmt: skip
    other = an_episode(a_patient(a_site(), "MRN-0002"))
    taken = []
    for procedure, answers in ((episode, one), (other, many)):
        with CaptureQueriesContext(connection) as queries:
            log(procedure, minutes=30, by=nurse, **answers)
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_rules_see_more_than_the_person_who_types(episode):
    """Law 14: what a rule reads does not depend on who saves."""
    log(episode, minutes=120, by=a_nurse(a_site(), "Nurse One"), **a_routine_set(pain_on_movement=2))
    saved = log(episode, minutes=300, by=a_nurse(a_site(), "Nurse Two"), **a_routine_set(pain_on_movement=6))
    assert {flag.rule_code for flag in saved.raised} == {"P1", "AF1"}


def test_the_service_module_has_one_way_in():
    assert {name for name in vars(observations) if name.startswith("record")} == {"record_observation"}


def test_a_check_that_a_rule_asked_for_is_answered_late_but_never_by_something_measured_before(episode):
    log(episode, minutes=120, pain_at_rest=Decimal(8))
    recheck = episode.monitoring_slots.get(origin="RULE", asked_for_by="P5")
    log(episode, minutes=110, typed_after=20, pain_at_rest=Decimal(3))
    recheck.refresh_from_db()
    assert recheck.state == "OPEN"
    late = log(episode, minutes=210, pain_at_rest=Decimal(2))
    recheck.refresh_from_db()
    assert recheck.state == "DONE" and recheck.observation == late.observation
