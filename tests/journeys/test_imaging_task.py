"""A physician takes an imaging task from the request to the decision, hop by hop."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import ImagingTask, RedFlag
from followup.selectors.worklist import worklist
from followup.services import imaging_tasks as services
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
State = ImagingTask.State


@pytest.fixture
def colleague(site):
    return cast.a_physician(site, "Physician Two")


@pytest.fixture
def episode(site):
    return an_hour_after(site, "Weakleg")


@pytest.fixture
def task(episode) -> ImagingTask:
    return cast.log(episode, minutes=59, typed_after=0, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]


def an_hour_after(site, name: str):
    patient = cast.a_patient(site, f"MRN-{name}", name)
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=1))


def send(client, user, task, hop: str, **typed):
    client.force_login(user)
    return client.post(reverse("move_imaging_task", args=[task.public_id, hop]), typed)


def look(client, user, task) -> str:
    client.force_login(user)
    return client.get(reverse("imaging_task", args=[task.public_id])).content.decode()


# --- the worklist ---------------------------------------------------------------------------------------------------


def test_the_worklist_shows_what_why_for_whom_and_the_clocks(client, physician, task):
    client.force_login(physician)
    text = client.get(reverse("worklist")).content.decode()
    assert "MRI and CT without contrast (cement)" in text
    assert "Weaker than before the procedure" in text
    assert "Weakleg, Pat" in text
    assert "in 13 min" in text  # 15 minutes to acknowledge, one gone by
    assert "in 3 h 58 min" in text  # 4 hours to the scan


def test_one_click_from_the_list_acknowledges_with_a_comment(client, physician, task):
    response = send(client, physician, task, "acknowledge", comment="On my way.", back="worklist")

    assert response.url == reverse("worklist")
    task.refresh_from_db()
    assert task.state == State.RECEIVED
    hop = task.hops.get(to_state=State.RECEIVED)
    assert (hop.by, hop.comment) == (physician, "On my way.")
    text = client.get(response.url).content.decode()
    assert "Physician One" in text
    assert "On my way." in text
    assert reverse("move_imaging_task", args=[task.public_id, "acknowledge"]) not in text


def test_the_next_hops_are_one_click_too(client, physician, task):
    send(client, physician, task, "acknowledge")
    client.get(reverse("worklist"))
    send(client, physician, task, "order", modality=task.modality, region=task.region, back="worklist")
    send(client, physician, task, "performed", back="worklist")
    task.refresh_from_db()
    assert task.state == State.IN_PROGRESS
    assert "waits for the report" in client.get(reverse("worklist")).content.decode()


def test_the_most_dangerous_comes_first_then_the_untaken_then_the_least_time(site, physician):
    emergent_taken, emergent, urgent, amber = (
        an_hour_after(site, name) for name in ("Taken", "Emergent", "Urgent", "Amber")
    )
    cast.log(amber, minutes=30, **cast.a_routine_set(pain_on_movement=7))
    cast.log(urgent, minutes=31, **cast.a_routine_set(sudden_onset=True))
    cast.log(emergent, minutes=50, **cast.a_routine_set(neurology=WEAK_LEG))
    taken = cast.log(emergent_taken, minutes=40, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    services.acknowledge_imaging_task(task=taken, comment="", by=physician, now=datetime.now(UTC))

    items = worklist(user=physician, now=datetime.now(UTC)).items

    reds = [item.patient.family_name for item in items if item.is_task]
    assert reds == ["Emergent", "Taken", "Urgent"]
    severities = [item.severity for item in items]
    assert severities == sorted(severities, key=["EMERGENT", "URGENT", "AMBER"].index)
    assert items[-1].patient.family_name in ("Amber", "Emergent", "Taken")


def test_a_score_that_needs_a_clinician_and_no_scan_is_on_the_list_as_a_flag(site, physician):
    patient = an_hour_after(site, "Unwell")
    vitals = {"respiration_rate": 22, "pulse_per_minute": 112, "systolic_mmhg": 105}
    cast.log(patient, minutes=50, **cast.a_routine_set(**vitals))
    items = worklist(user=physician, now=datetime.now(UTC)).items
    assert [(item.is_task, item.what, item.why[0].rule_code) for item in items] == [(False, "NEWS2 medium", "V2")]


def test_a_remark_that_needs_nobody_is_not_on_the_list(site, physician):
    patient = an_hour_after(site, "Rising")
    cast.log(patient, minutes=20, **cast.a_routine_set())
    saved = cast.log(patient, minutes=50, **cast.a_routine_set(respiration_rate=22))
    assert [flag.severity for flag in saved.raised] == ["INFO"]
    assert worklist(user=physician, now=datetime.now(UTC)).items == ()


def test_a_nurse_reads_the_list_and_may_take_only_the_amber_items(site, client, task):
    other = an_hour_after(site, "Amber")
    cast.log(other, minutes=50, **cast.a_routine_set(pain_on_movement=7))
    nurse = cast.a_nurse(site)
    next_hop = {item.severity: item.next_hop for item in worklist(user=nurse, now=datetime.now(UTC)).items}
    assert next_hop == {"EMERGENT": "", "AMBER": "acknowledge"}


def test_an_empty_list_says_so(client, physician):
    client.force_login(physician)
    assert "Nothing waits" in client.get(reverse("worklist")).content.decode()


def test_the_list_holds_only_my_sites(task):
    stranger = cast.a_physician(cast.a_site("South unit"), "Physician South")
    assert worklist(user=stranger, now=datetime.now(UTC)).items == ()


# --- the page of one task -------------------------------------------------------------------------------------------


def test_the_page_tells_the_radiologist_everything(client, site, physician):
    baseline = cast.a_baseline(
        effective_at=datetime.now(UTC) - timedelta(hours=4), allergies="Iodinated contrast", egfr_ml_per_minute=41,
        mri_safety="CONDITIONAL", mri_safety_note="Stent of May",
    )  # fmt: skip
    patient = cast.a_patient(site, "MRN-Full", "Full")
    patient_episode = cast.an_episode(
        patient, time_zero=datetime.now(UTC) - timedelta(hours=1), levels=("L1", "T12"), baseline=baseline
    )
    task = cast.log(patient_episode, minutes=50, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    text = look(client, physician, task)
    for words in (
        "MRI and CT without contrast (cement)", "without contrast", "Stat", "Conditional device", "Stent of May",
        "Iodinated contrast", "41 mL/min", "Weaker than before the procedure", "N1", "T12, L1",
        task.clinical_question[:40],
    ):  # fmt: skip
        assert words in text, words


def test_opening_the_page_is_recorded_in_the_chart_and_changes_nothing(client, physician, task):
    look(client, physician, task)
    opened = ChartEvent.objects.get(verb=ChartEvent.Verb.OPENED)
    assert (opened.by, opened.patient) == (physician, task.procedure.patient)
    task.refresh_from_db()
    assert (task.state, task.acknowledged_at, task.hops.count()) == (State.REQUESTED, None, 1)


def test_from_the_request_to_the_decision(client, physician, episode, task):
    send(client, physician, task, "acknowledge", comment="Seen.")
    send(
        client, physician, task, "order", modality="CT_WITHOUT_CONTRAST", region="T11–L3", comment="MRI is full.",
        appointment_at=(datetime.now(UTC) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    send(client, physician, task, "performed", comment="")
    send(client, physician, task, "report", result="LEAK_COMPRESSING", comment="At L1, left foramen.")
    response = send(
        client, physician, task, "decide", decision="DECOMPRESSION", outcome="CONFIRMED", reason="Theatre tonight."
    )

    assert response.status_code == 302
    task.refresh_from_db()
    assert (task.state, task.result, task.decision) == (State.COMPLETED, "LEAK_COMPRESSING", "DECOMPRESSION")
    assert task.modality == "CT_WITHOUT_CONTRAST"
    assert [hop.to_state for hop in task.hops.order_by("pk")] == [
        State.REQUESTED, State.RECEIVED, State.ACCEPTED, State.IN_PROGRESS, State.REPORTED, State.COMPLETED,
    ]  # fmt: skip
    flags = RedFlag.objects.filter(imaging_task=task)
    assert {(flag.state, flag.outcome, flag.closed_by) for flag in flags} == {("CLOSED", "CONFIRMED", physician)}
    text = look(client, physician, task)
    for words in ("MRI is full.", "At L1, left foramen.", "Theatre tonight.", "Surgical decompression", "scan time"):
        assert words in text


def test_the_scan_time_is_typed_and_read_in_the_time_of_the_site(client, physician, task):
    send(
        client, physician, task, "order", modality=task.modality, region=task.region, appointment_at="2027-07-01T14:30"
    )
    assert task.hops.get(to_state=State.ACCEPTED).detail["appointment_at"] == "2027-07-01T12:30:00+00:00"
    assert "1 Jul 14:30" in look(client, physician, task)


def test_a_scan_time_at_the_end_of_time_is_refused_and_breaks_nothing(client):
    west = cast.a_site("West unit", "America/New_York")
    episode = an_hour_after(west, "West")
    task = cast.log(episode, minutes=50, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    response = send(
        client, cast.a_physician(west), task, "order", modality=task.modality, region="L1",
        appointment_at="9999-12-31T23:59",
    )  # fmt: skip
    assert response.status_code == 422


def test_only_the_next_hops_are_offered(client, physician, task):
    for hop, offered in (
        ("acknowledge", {"acknowledge", "order", "cancel"}),
        ("order", {"order", "cancel"}),
        ("performed", {"performed", "cancel"}),
        ("report", {"report", "cancel"}),
        ("decide", {"decide"}),
    ):
        text = look(client, physician, task)
        shown = {name for name in ("acknowledge", "order", "performed", "report", "decide", "cancel")
                 if reverse("move_imaging_task", args=[task.public_id, name]) in text}  # fmt: skip
        assert shown == offered
        send(
            client, physician, task, hop, modality=task.modality, region=task.region, result="EXPECTED",
            decision="OBSERVE", outcome="RULED_OUT", reason="All clear.",
        )  # fmt: skip
    assert "Nothing is left to do" in look(client, physician, task)


def test_a_task_that_worsened_after_it_was_ordered_asks_to_be_acknowledged_again(client, physician, episode):
    task = cast.log(episode, minutes=40, **cast.a_routine_set(sudden_onset=True)).imaging_tasks[0]
    send(client, physician, task, "order", modality=task.modality, region=task.region)
    cast.log(episode, minutes=59, typed_after=0, **cast.a_routine_set(neurology=WEAK_LEG))

    assert reverse("move_imaging_task", args=[task.public_id, "acknowledge"]) in look(client, physician, task)
    send(client, physician, task, "acknowledge", comment="Told the scanner.")

    task.refresh_from_db()
    assert task.state == State.ACCEPTED
    assert task.acknowledged_at
    assert "A further finding joined" in look(client, physician, task)


def test_cancelling_keeps_the_flags_open(client, physician, task):
    send(client, physician, task, "cancel", reason="Scanned elsewhere.")
    task.refresh_from_db()
    assert task.state == State.CANCELLED
    assert not RedFlag.objects.filter(imaging_task=task, state="CLOSED").exists()
    items = worklist(user=physician, now=datetime.now(UTC)).items
    assert [item.why[0].rule_code for item in items if item.severity == "EMERGENT"] == ["N1"]


# --- a page that is no longer current -------------------------------------------------------------------------------


def test_when_somebody_else_was_quicker_the_page_says_who_and_keeps_the_words(client, physician, colleague, task):
    send(client, colleague, task, "acknowledge", comment="Mine.")

    response = send(client, physician, task, "acknowledge", comment="I am going to the ward.", back="worklist")

    assert response.status_code == 409
    text = response.content.decode()
    assert "Physician Two" in text
    assert "Not saved." in text
    assert "I am going to the ward." in text
    assert task.hops.count() == 2


def test_words_typed_for_a_hop_that_is_still_legal_stay_in_their_field(client, physician, task):
    response = send(client, physician, task, "cancel", reason="")
    assert response.status_code == 422
    response = send(client, physician, task, "order", modality=task.modality, region="", comment="Half typed")
    assert response.status_code == 422
    assert "Half typed" in response.content.decode()
    task.refresh_from_db()
    assert task.state == State.REQUESTED


def test_a_double_tap_makes_one_hop_and_no_alarm(client, physician, task):
    first = send(client, physician, task, "acknowledge", comment="Once.")
    second = send(client, physician, task, "acknowledge", comment="Once.")
    assert (first.status_code, second.status_code) == (302, 302)
    assert task.hops.filter(to_state=State.RECEIVED).count() == 1


def test_a_form_that_only_comes_back_to_be_seen_again_saves_nothing(client, physician, task):
    response = send(client, physician, task, "acknowledge", comment="After the sign-in", redisplay="1")
    assert "After the sign-in" in response.content.decode()
    task.refresh_from_db()
    assert task.state == State.REQUESTED


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hop", ["acknowledge", "order", "performed", "report", "decide", "cancel"])
def test_a_nurse_reads_the_task_and_cannot_move_it(client, site, task, hop):
    nurse = cast.a_nurse(site)
    assert "A physician moves this task on" in look(client, nurse, task)
    assert send(client, nurse, task, hop, comment="x", reason="x").status_code == 403
    task.refresh_from_db()
    assert task.state == State.REQUESTED


def test_a_stranger_finds_no_such_task(client, task):
    stranger = cast.a_physician(cast.a_site("South unit"), "Physician South")
    client.force_login(stranger)
    assert client.get(reverse("imaging_task", args=[task.public_id])).status_code == 404
    assert send(client, stranger, task, "acknowledge").status_code == 404
    assert not ChartEvent.objects.filter(by=stranger).exists()


def test_an_auditor_finds_no_such_task(client, site, task):
    client.force_login(cast.a_member(site, Role.AUDITOR, "Auditor One"))
    assert client.get(reverse("imaging_task", args=[task.public_id])).status_code == 404


def test_a_link_moves_nothing(client, physician, task):
    client.force_login(physician)
    assert client.get(reverse("move_imaging_task", args=[task.public_id, "acknowledge"])).status_code == 405
    assert client.post(reverse("imaging_task", args=[task.public_id])).status_code == 405
    task.refresh_from_db()
    assert task.state == State.REQUESTED


@pytest.mark.parametrize(
    ("hop", "typed"),
    [
        ("acknowledge", {"comment": "x" * 1001}),
        ("order", {"modality": "CRYSTAL_BALL", "region": "L1"}),
        ("order", {"modality": "MRI_STIR", "region": "x" * 81}),
        ("order", {"modality": "MRI_STIR", "region": "L1", "appointment_at": "0001-01-01T00:00"}),
        ("order", {"modality": "MRI_STIR", "region": "L1", "appointment_at": "tomorrow"}),
        ("order", {"modality": "MRI_STIR", "region": "L1", "appointment_at": "99999-01-01T00:00"}),
        ("report", {"result": "", "comment": "words"}),
        ("report", {"result": "1e9"}),
        ("decide", {"decision": "OBSERVE", "outcome": "RULED_OUT", "reason": "   "}),
        ("decide", {"decision": "", "outcome": "", "reason": "because"}),
        ("cancel", {"reason": ""}),
    ],
)
def test_what_cannot_be_right_is_refused_beside_the_field(client, physician, task, hop, typed):
    response = send(client, physician, task, hop, **typed)
    assert response.status_code == 422
    task.refresh_from_db()
    assert task.state == State.REQUESTED


def test_every_script_and_emoji_is_kept_as_typed(client, physician, task):
    words = "Kommt gleich 🏃 – 我来了 <b>now</b>"
    send(client, physician, task, "acknowledge", comment=words)
    assert task.hops.get(to_state=State.RECEIVED).comment == words
    assert "&lt;b&gt;now&lt;/b&gt;" in look(client, physician, task)


def test_a_hop_that_does_not_exist_is_not_found(client, physician, task):
    assert send(client, physician, task, "teleport").status_code == 404
