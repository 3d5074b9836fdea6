"""How the watching ran, in made cohorts: checks, contacts, gaps, hops, and flags for each rule."""

from datetime import timedelta

import pytest

from followup.models import BoneHealthTask, ImagingTask, ImagingTaskHop, MonitoringSlot
from tests import cast, cohorts
from tests.cohorts import NOW, T0

pytestmark = pytest.mark.django_db


def shares(made):
    return {one.name: one for one in (made.operations.checks, *made.operations.contacts, made.operations.gaps)}


def test_observation_sets_on_time():
    """Of each of five: three done of which one was measured after its grace, one missed, one overdue, one waived, one ahead."""
    for _patient in range(5):
        episode = cohorts.an_episode()
        MonitoringSlot.objects.filter(procedure=episode).delete()
        done = {"state": "DONE", "observation": cohorts.pain(episode, 3, hours=1)}
        late = {"state": "DONE", "observation": cohorts.pain(episode, 3, hours=3)}
        waived = {"state": "WAIVED", "waived_because": "ASLEEP"}
        ahead = NOW - T0 + timedelta(hours=1)
        for number, (columns, after) in enumerate(
            [(done, 1), (done, 1), (late, 1), ({"state": "MISSED"}, 1), ({}, 1), (waived, 1), ({}, ahead)]
        ):
            due = T0 + (after if isinstance(after, timedelta) else timedelta(hours=after))
            MonitoringSlot.objects.create(
                procedure=episode, due_at=due, grace_ends_at=due + timedelta(minutes=15), phase="C", neuro="QUICK",
                asked_for_by=str(number), **columns,
            )  # fmt: skip
    found = shares(cohorts.report())["checks"]
    assert (found.n, found.share.value) == (25, 40.0)


def test_contacts_that_were_answered():
    """FU4 of six: two answered, one reached by a call, one missed; one died and one was transferred, so nobody asks."""
    for state, because in (
        ("ANSWERED", ""), ("ANSWERED", ""), ("REACHED", ""), ("MISSED", ""), ("MISSED", ""), ("CLOSED", "DECEASED"),
        ("CLOSED", "TRANSFERRED"),
    ):  # fmt: skip
        episode = cohorts.an_episode()
        answer = cohorts.pain(episode, 2, days=14) if state in ("ANSWERED", "REACHED") else None
        episode.follow_up_contacts.filter(code="FU4").update(state=state, closed_because=because, observation=answer)
    found = shares(cohorts.report())
    assert (found["FU4"].n, found["FU4"].share.value) == (5, 60.0)
    assert found["FU8"].n == 7


def test_open_gaps_of_therapy():
    for gap, state in (("GAP", "OPEN"), ("GAP_LATE", "OPEN"), ("DUE", "OPEN"), ("GAP", "DONE"), (None, None)):
        episode = cohorts.an_episode()
        if gap:
            closed = {
                "closed_at": NOW,
                "closed_by": cohorts.the_physician(),
                "closed_because": "ANSWERED",
                "closing_words": "x",
            }
            BoneHealthTask.objects.create(
                procedure=episode, kind="THERAPY", gap=gap, severity="AMBER", reason="x", action="x",
                ruleset_version="test", due_on=T0.date(), opened_at=T0, state=state, **(closed if state == "DONE" else {}),
            )  # fmt: skip
    cohorts.an_episode(aetiology="TRAUMATIC")
    found = shares(cohorts.report())["gaps"]
    assert (found.n, found.share.value) == (5, 40.0)


def a_scan(episode, *, result: str = "", minutes: tuple[int, ...] = ()) -> ImagingTask:
    """`minutes` after the request: acknowledged, ordered, performed, reported, decided."""
    asked = T0 + timedelta(hours=1)
    states = ("received", "accepted", "in-progress", "reported", "completed")[: len(minutes)]
    task = ImagingTask.objects.create(
        procedure=episode, severity="URGENT", priority="URGENT", modality="CT_WITHOUT_CONTRAST", body_region="SPINE",
        modality_class="CROSS", region="L1", with_contrast=False, mri_state="CLEAR", clinical_question="x",
        state=states[-1] if states else "requested", requested_at=asked, acknowledge_by=asked + timedelta(minutes=30),
        due_at=asked + timedelta(hours=6), result=result, decision="OBSERVE" if len(minutes) == 5 else "",
    )  # fmt: skip
    ImagingTaskHop.objects.create(task=task, to_state="requested", at=asked)
    for state, after in zip(states, minutes, strict=True):
        ImagingTaskHop.objects.create(
            task=task, to_state=state, by=cohorts.the_physician(), at=asked + timedelta(minutes=after)
        )
    return task


def test_the_hops_of_the_loop():
    """Acknowledged after 10 to 50 min, scanned after 100 to 500, decided after 200 to 600: R type 7 quartiles."""
    for number in range(1, 6):
        tens, hundreds = number * 10, number * 100
        task = a_scan(
            cohorts.an_episode(), result="EXPECTED", minutes=(tens, 60, hundreds, hundreds + 50, hundreds + 100)
        )
        cohorts.a_flag(task.procedure, "P1", severity="URGENT", imaging_task=task)
    hops = {str(hop.words): hop.figures for hop in cohorts.report().hops}
    for name, minutes in (
        ("Flag to acknowledgement", (20, 30, 40)),
        ("Flag to scan", (200, 300, 400)),
        ("Flag to decision", (300, 400, 500)),
    ):
        found = hops[name]
        middle = (found.lower_quartile, found.median, found.upper_quartile)
        assert (found.finished, middle) == (5, tuple(timedelta(minutes=one) for one in minutes)), name
    # Targets: 30 min, of which three kept it; 6 h, of which three kept it; none for the decision.
    assert [hop.within_percent for hop in hops.values()] == [60, 60, None, None]


def test_a_red_flag_without_a_scan_has_its_clock_too():
    for number in range(1, 6):
        episode = cohorts.an_episode()
        raised = T0 + timedelta(hours=1)
        seen = {"acknowledged_at": raised + timedelta(minutes=number), "acknowledged_by": cohorts.the_physician()}
        cohorts.a_flag(
            episode, "V2", severity="URGENT", acknowledge_by=raised + timedelta(minutes=4), state="ACKNOWLEDGED", **seen
        )
    found = cohorts.report().hops[-1]
    assert (str(found.words), found.figures.median) == (
        "Red flag without a scan, to acknowledgement", timedelta(minutes=3),
    )  # fmt: skip
    assert found.figures.within_percent == 80


def rules(made):
    return {row.rule_code: row for row in made.operations.rules}


def test_flags_for_each_rule_and_the_share_that_a_scan_confirmed():
    """Ten episodes. P1: six flags, five answered by a scan, two confirmed. P5: five flags without a scan."""
    outcomes = ["CONFIRMED", "CONFIRMED", "RULED_OUT", "SOURCE_WRONG", "EXPLAINED", ""]
    for outcome in outcomes:
        episode = cohorts.an_episode()
        cohorts.a_flag(episode, "P1", closed=outcome, severity="URGENT", imaging_task=a_scan(episode, result="OTHER"))
    for _patient in range(5):
        cohorts.a_flag(cohorts.an_episode(), "P5", closed="HANDLED")
    found = rules(cohorts.report())
    assert list(found) == ["", "P1", "P5"]
    assert (found[""].flags, round(found[""].per_100_episodes, 1)) == (11, 100.0)
    assert (found["P1"].flags, round(found["P1"].per_100_episodes, 1), found["P1"].scanned) == (6, 54.5, 5)
    assert found["P1"].confirmed.value == 40.0
    assert (found["P5"].flags, found["P5"].confirmed) == (5, None)


def test_a_rare_rule_is_kept_back_with_the_next_one():
    """11 − 6 would be the five of both; shown beside P5 the three of N1 would come out."""
    for code, flags in (("P1", 9), ("P5", 6), ("N1", 3)):
        for _patient in range(flags):
            cohorts.a_flag(cohorts.an_episode(), code)
    found = rules(cohorts.report())
    assert (found[""].flags, found["P1"].flags) == (18, 9)
    assert not found["P5"].shown
    assert not found["N1"].shown


def test_a_kind_of_few_patients_is_left_out_of_the_operations():
    """Else the flags of the one implant would be all flags minus those of the kyphoplasties."""
    for _patient in range(6):
        cohorts.a_flag(cohorts.an_episode(), "P5")
    cohorts.a_flag(cohorts.an_episode(kind="IMPLANT"), "P1")
    made = cohorts.report()
    assert (made.operations.episodes, [str(words) for words in made.too_few]) == (6, ["Other augmentation (implant)"])
    assert list(rules(made)) == ["", "P5"]
    assert [count.episodes for count in made.kinds] == [6, None]


def test_scans_of_few_patients_are_not_shown():
    patient = cast.a_patient(cast.a_site())
    for number in range(6):
        episode = cohorts.an_episode(patient=patient, time_zero=T0 + timedelta(days=number))
        task = a_scan(episode, result="OTHER", minutes=(10, 20, 30, 40, 50))
        cohorts.a_flag(episode, "P1", severity="URGENT", imaging_task=task)
    for _patient in range(5):
        cohorts.an_episode()
    made = cohorts.report()
    assert made.operations.hops == ()
    assert not rules(made)[""].shown


def test_five_finished_scans_of_one_patient_among_many_waiting_ones_show_no_time():
    patient = cast.a_patient(cast.a_site())
    for number in range(6):
        episode = cohorts.an_episode(patient=patient, time_zero=T0 + timedelta(days=number))
        task = a_scan(episode, result="OTHER", minutes=(10, 20, 30, 40, 50))
        cohorts.a_flag(episode, "P1", severity="URGENT", imaging_task=task)
    for _patient in range(5):
        task = a_scan(cohorts.an_episode(), result="", minutes=(10,))
        cohorts.a_flag(task.procedure, "P1", severity="URGENT", imaging_task=task)
    hops = {str(hop.words): hop.figures for hop in cohorts.report().hops}
    assert hops["Flag to acknowledgement"].median == timedelta(minutes=10)
    assert (hops["Flag to scan"].median, hops["Flag to scan"].within_percent) == (None, None)
