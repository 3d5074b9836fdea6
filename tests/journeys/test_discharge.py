"""A nurse discharges a patient by the checklist; a nurse or physician ends the monitoring of the others."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import DischargeChecklist, ImagingTask, MonitoringEnd, MonitoringSlot, RedFlag
from followup.services.discharge import (
    AlreadyDischarged,
    NotReadyForDischarge,
    ReasonMissing,
    discharge_patient,
    end_monitoring,
    last_answers,
    record_discharge_answers,
)
from followup.services.red_flags import close_flag
from kyphotrack.staff.models import Role
from patients.models import ChartEvent, Patient
from tests import cast
from tests.reading import hidden_fields, read, words

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
ARRANGED = {
    "responsible_adult_24_hours": "yes", "reachable_by_phone": "yes", "red_flag_sheet_given": "yes",
    "osteoporosis_plan_made": "yes", "analgesia_supplied": "yes", "walks_with_planned_help": "",
}  # fmt: skip


@pytest.fixture
def nurse(client, site):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


def episode(site, **procedure):
    started = {"time_zero": datetime.now(UTC) - timedelta(hours=3), "disposition": "SAME_DAY"} | procedure
    return cast.an_episode(cast.a_patient(site), **started)


def ready(site, **procedure):
    """Three hours after T0, with everything measured that the discharge asks for."""
    patient = episode(site, **procedure)
    cast.ready_to_go_home(patient, minutes=175)
    return patient


def address(procedure, page: str = "discharge") -> str:
    return reverse(page, args=[procedure.public_id])


def send(client, procedure, *, page: str = "discharge", follow=False, **typed):
    """Open the page, and send its form with everything arranged and the box ticked unless told otherwise."""
    opened = client.get(address(procedure, page)).content.decode()
    hidden = hidden_fields(opened, "form_token", "seen")
    sent = hidden | {"confirm": "on"} | (ARRANGED | {"action": "discharge"} if page == "discharge" else {}) | typed
    return client.post(address(procedure, page), sent, follow=follow)


def open_slots(procedure, place: str):
    return MonitoringSlot.objects.open().filter(procedure=procedure, place=place)


def shown(client, procedure, page: str = "discharge") -> str:
    return words(client.get(address(procedure, page)).content.decode())


# --- the checklist ----------------------------------------------------------------------------------------------------


def test_what_is_still_open_is_shown_with_counts_before_the_end(client, site, nurse):
    procedure = episode(site, disposition="OVERNIGHT")
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    overdue = open_slots(procedure, "WARD").filter(grace_ends_at__lt=datetime.now(UTC)).count()
    flags = procedure.red_flags.open().count()

    html = client.get(address(procedure)).content.decode()

    assert f"Still open: {flags} flags, 1 imaging task, {overdue} overdue checks" in words(html)
    assert "N1 New leg weakness" in words(html)
    assert reverse("imaging_task", args=[ImagingTask.objects.get().public_id]) in html
    assert ChartEvent.objects.filter(verb=ChartEvent.Verb.OPENED, by=nurse, patient=procedure.patient).count() == 1


def test_nothing_open_is_said_too(client, site, nurse):
    procedure = episode(site, time_zero=datetime.now(UTC) - timedelta(minutes=1))
    text = shown(client, procedure)
    assert "No flag, imaging task or overdue check is open." in text
    assert "Calls at home stay due: 2." in text


def test_every_item_says_what_it_says_and_why(client, site, nurse):
    procedure = episode(site)
    text = shown(client, procedure)
    assert "Checklist: 13 of 14 not met or not known" in text
    assert "✓ met Observed long enough: 3 h since T0; at least 120 min are needed" in text
    assert "✕ not met Planned sets done: of 7 planned sets 7 not done yet" in text
    assert "? not known Neurology as before, on a fresh full exam: no full exam was done" in text
    assert "? not known Reachable by phone: not asked" in text
    cast.ready_to_go_home(procedure, minutes=175)
    assert "5 of 14 not met or not known" in shown(client, procedure)


def test_a_patient_for_whom_everything_is_met_goes_home_and_is_called_there(client, site, nurse):
    procedure = ready(site)
    at_home = open_slots(procedure, "HOME").count()

    response = send(client, procedure, follow=True)

    procedure.refresh_from_db()
    assert response.redirect_chain == [(reverse("chart", args=[procedure.public_id]), 302)]
    assert procedure.discharged_by == nurse
    assert not open_slots(procedure, "WARD").exists()
    assert open_slots(procedure, "HOME").count() == at_home > 0
    text = words(response.content.decode())
    assert "Ward monitoring has ended" in text
    assert "At home" in text
    assert "Ward monitoring ended: discharged home" in text
    end = MonitoringEnd.objects.get(procedure=procedure)
    assert end.ending == "HOME" and {item["truth"] for item in end.checklist} == {"MET"}
    assert last_answers(procedure) == cast.ALL_ARRANGED


@pytest.mark.parametrize("answer", ["", "no"])
@pytest.mark.parametrize("name", [name for name in ARRANGED if name != "walks_with_planned_help"])
def test_an_item_that_is_not_asked_blocks_like_one_that_is_not_met(client, site, nurse, name, answer):
    procedure = ready(site)
    response = send(client, procedure, **{name: answer})
    procedure.refresh_from_db()
    assert response.status_code == 422
    assert "Not yet: " in words(response.content.decode())
    assert procedure.discharged_at is None
    assert open_slots(procedure, "HOME").exists()
    assert not DischargeChecklist.objects.exists(), "nothing is stored of a discharge that did not happen"


def test_an_open_red_flag_blocks_until_a_physician_closes_it(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    cast.ready_to_go_home(procedure, minutes=175)

    refused = send(client, procedure)

    assert refused.status_code == 422
    assert "No open red flag (open: N1 New leg weakness; a physician closes a red flag)" in words(
        refused.content.decode()
    )
    for flag in procedure.red_flags.open():
        close_flag(
            flag=flag, outcome="EXPLAINED", reason="Slept on it.", by=cast.a_physician(site), now=datetime.now(UTC)
        )
    assert send(client, procedure).status_code == 302
    assert ImagingTask.objects.open().filter(procedure=procedure).exists(), "the scan goes on being chased"


def test_an_amber_flag_stays_open_and_is_only_a_prompt(client, site, nurse):
    procedure = ready(site)
    cast.log(procedure, minutes=61, **cast.a_routine_set(pulse_per_minute=131))
    assert {flag.severity for flag in procedure.red_flags.open()} == {"AMBER"}
    assert "Overnight stay recommended because: an amber item is open" in shown(client, procedure)
    assert send(client, procedure).status_code == 302
    assert RedFlag.objects.open().filter(procedure=procedure, severity="AMBER").exists()


def test_the_answers_can_be_kept_before_the_patient_is_ready(client, site, nurse):
    procedure = episode(site)
    response = send(client, procedure, action="keep", confirm="", red_flag_sheet_given="", follow=True)
    text = words(response.content.decode())
    procedure.refresh_from_db()
    assert "The answers are kept. Nobody was discharged." in text
    assert "✓ met Reachable by phone: reachable" in text
    assert "? not known Written red-flag sheet given: not asked" in text
    assert procedure.discharged_at is None
    send(client, procedure, action="keep", red_flag_sheet_given="yes")
    send(client, procedure, action="keep", red_flag_sheet_given="yes")
    rows = DischargeChecklist.objects.order_by("pk")
    assert list(rows.values_list("red_flag_sheet_given", flat=True)) == [None, True], "one row a change, none is edited"
    assert rows[0].answered_by == nurse


def test_a_full_exam_of_more_than_thirty_minutes_ago_must_be_repeated(client, site, nurse):
    procedure = episode(site, time_zero=datetime.now(UTC) - timedelta(minutes=206))
    cast.ready_to_go_home(procedure, minutes=175)
    response = send(client, procedure)
    assert response.status_code == 422
    assert "the last full exam is 31 min old; it may be 30 minutes old" in words(response.content.decode())


def test_an_overnight_patient_stays_24_hours(site, nurse):
    procedure = ready(site, disposition="OVERNIGHT", time_zero=datetime.now(UTC) - timedelta(hours=3))
    with pytest.raises(NotReadyForDischarge) as refused:
        discharge_patient(procedure=procedure, answers=cast.ALL_ARRANGED, by=nurse, now=datetime.now(UTC))
    assert [item.code for item in refused.value.items] == ["MINIMUM_TIME", "PHASES"]


def test_a_missed_set_counts_once_the_item_that_it_raised_was_closed(site, nurse):
    procedure = ready(site)
    slot = procedure.monitoring_slots.get(due_at=procedure.time_zero + timedelta(minutes=30))
    procedure.monitoring_slots.filter(pk=slot.pk).update(state="MISSED", observation=None)
    now = datetime.now(UTC)
    with pytest.raises(NotReadyForDischarge, match="1 missed"):
        discharge_patient(procedure=procedure, answers=cast.ALL_ARRANGED, by=nurse, now=now)
    flag = RedFlag.objects.create(
        procedure=procedure, rule_code="N10", rule_title="Neurology not examined", ruleset_version="x",
        severity="AMBER", category="NEURO", reason="x", citation={}, raised_at=now,
    )  # fmt: skip
    flag.evidence.create(missed_check=slot, severity="AMBER", reason="x", values={}, measured_at=now, raised_at=now)
    close_flag(flag=flag, outcome="HANDLED", reason="Examined later.", by=nurse, now=now)
    assert discharge_patient(procedure=procedure, answers=cast.ALL_ARRANGED, by=nurse, now=now).discharged_at == now


# --- the prompt -------------------------------------------------------------------------------------------------------


def test_what_speaks_for_a_night_on_the_ward_is_said_on_the_chart_and_on_the_page(client, site, nurse):
    procedure = episode(site, kind="VERTEBROPLASTY", lives_alone=True, levels=("T12", "L1", "L2"))
    for page in ("chart", "discharge"):
        text = shown(client, procedure, page)
        assert "Overnight stay recommended" in text, page
        for reason in ("three or more levels", "higher risk of cement in the lung", "lives alone"):
            assert f"because: {reason}" in text, page
        assert "not known: blood thinner restarted within 24 h of the procedure; needs oxygen" in text


def test_a_patient_who_stays_anyway_gets_no_prompt(client, site, nurse):
    procedure = episode(site, disposition="OVERNIGHT", lives_alone=True)
    assert "Overnight stay" not in shown(client, procedure, "chart").replace("Overnight stay (24 h)", "")


# --- the form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tick", ["", "false"])
def test_without_the_tick_nothing_changes_and_the_page_says_why(client, site, nurse, tick):
    procedure = ready(site)
    response = send(client, procedure, confirm=tick)
    procedure.refresh_from_db()
    assert response.status_code == 422
    assert "Tick the box to discharge the patient. Nothing was changed." in response.content.decode()
    assert procedure.discharged_at is None
    assert open_slots(procedure, "HOME").exists()


def test_a_flag_that_came_up_after_the_page_was_opened_must_be_seen_first(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    refused = send(client, procedure, page="end_monitoring", ending="TRANSFERRED", reason="To surgery.", seen="")
    procedure.refresh_from_db()
    assert refused.status_code == 422
    assert "Something was raised since this page was opened" in refused.content.decode()
    assert 'name="confirm" checked' not in refused.content.decode()
    assert procedure.discharged_at is None
    again = send(client, procedure, page="end_monitoring", ending="TRANSFERRED", reason="To surgery.")
    assert again.status_code == 302


def test_a_form_that_another_person_opened_is_not_signed_by_the_next(client, site, nurse):
    procedure = ready(site)
    page = client.get(address(procedure)).content.decode()
    client.force_login(cast.a_nurse(site, "Nurse Next"))
    sent = hidden_fields(page, "form_token", "seen") | ARRANGED | {"confirm": "on", "action": "discharge"}

    response = client.post(address(procedure), sent)

    procedure.refresh_from_db()
    assert response.status_code == 422
    assert "Somebody else opened this form" in response.content.decode()
    assert procedure.discharged_at is None


def test_a_form_that_comes_back_after_signing_in_again_is_shown_and_not_saved(client, site, nurse):
    procedure = ready(site)
    response = send(client, procedure, redisplay="1")
    procedure.refresh_from_db()
    assert "It is not saved yet" in words(response.content.decode())
    assert procedure.discharged_at is None


def test_the_second_of_two_people_is_told_that_it_has_already_ended(client, site, nurse):
    procedure = ready(site)
    page = client.get(address(procedure)).content.decode()
    sent = hidden_fields(page, "form_token", "seen") | ARRANGED | {"confirm": "on", "action": "discharge"}
    first = cast.a_nurse(site, "Nurse First")
    discharge_patient(procedure=procedure, answers=cast.ALL_ARRANGED, by=first, now=datetime.now(UTC))

    response = client.post(address(procedure), sent, follow=True)

    assert "already ended" in words(response.content.decode())
    for page in ("discharge", "end_monitoring"):
        assert "discharged home, entered by Nurse First" in shown(client, procedure, page)
    procedure.refresh_from_db()
    assert procedure.discharged_by == first
    assert ChartEvent.objects.filter(verb=ChartEvent.Verb.DISCHARGED).count() == 1
    with pytest.raises(AlreadyDischarged):
        record_discharge_answers(procedure=procedure, answers=cast.ALL_ARRANGED, by=nurse, now=datetime.now(UTC))
    with pytest.raises(AlreadyDischarged):
        end_monitoring(procedure=procedure, ending="TRANSFERRED", reason="x", by=nurse, now=datetime.now(UTC))


# --- other ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "label", "called_at_home"),
    [
        ("TRANSFERRED", "Transferred to another ward or hospital", False),
        ("AGAINST_ADVICE", "Left against medical advice", True),
    ],
)
def test_a_nurse_ends_the_monitoring_of_one_who_does_not_go_home_by_the_checklist(
    client, site, nurse, ending, label, called_at_home
):
    procedure = episode(site)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)

    response = send(client, procedure, page="end_monitoring", ending=ending, reason="Said so.", follow=True)

    procedure.refresh_from_db()
    assert procedure.discharged_by == nurse
    assert not open_slots(procedure, "WARD").exists()
    assert open_slots(procedure, "HOME").exists() == called_at_home
    assert RedFlag.objects.open().filter(procedure=procedure, rule_code="N1").exists()
    assert ImagingTask.objects.open().filter(procedure=procedure).exists()
    text = words(response.content.decode())
    assert f"Ward monitoring ended: {label.lower()}" in text and "Said so." in text
    end = MonitoringEnd.objects.get(procedure=procedure)
    assert (end.ending, end.reason) == (ending, "Said so.")
    assert any(item["truth"] != "MET" for item in end.checklist), "the checklist as it stood is kept"
    event = ChartEvent.objects.get(verb=ChartEvent.Verb.DISCHARGED)
    assert (event.reason, event.detail["ending"]) == ("Said so.", ending)


@pytest.mark.parametrize(
    "typed", [{"reason": ""}, {"ending": ""}, {"confirm": ""}, {"ending": "HOME"}, {"reason": "  "}]
)
def test_another_end_needs_what_why_and_the_tick(client, site, nurse, typed):
    procedure = episode(site)
    facts = {"ending": "TRANSFERRED", "reason": "To surgery."} | typed
    response = send(client, procedure, page="end_monitoring", **facts)
    procedure.refresh_from_db()
    assert response.status_code == 422
    assert procedure.discharged_at is None
    with pytest.raises(ReasonMissing):
        end_monitoring(procedure=procedure, ending="TRANSFERRED", reason=" ", by=nurse, now=datetime.now(UTC))


def test_a_nurse_does_not_record_a_death(client, site, nurse):
    procedure = episode(site)
    assert 'value="DECEASED"' not in client.get(address(procedure, "end_monitoring")).content.decode()
    response = send(client, procedure, page="end_monitoring", ending="DECEASED", reason="x")
    assert response.status_code == 422
    assert Patient.objects.get().life_status == "ALIVE"


def test_a_physician_records_a_death_and_nothing_is_due_any_more_in_any_episode(client, site):
    physician = cast.a_physician(site)
    client.force_login(physician)
    earlier = ready(site)
    cast.log(earlier, minutes=176, neurology=WEAK_LEG)
    end_monitoring(procedure=earlier, ending="AGAINST_ADVICE", reason="x", by=physician, now=datetime.now(UTC))
    procedure = cast.an_episode(earlier.patient, time_zero=datetime.now(UTC) - timedelta(hours=1))

    response = send(client, procedure, page="end_monitoring", ending="DECEASED", reason="Cardiac arrest.", follow=True)

    patient = Patient.objects.get()
    assert patient.life_status == "DECEASED"
    assert not MonitoringSlot.objects.open().exists()
    assert set(procedure.monitoring_slots.values_list("waived_because", flat=True)) == {"DECEASED"}
    text = words(response.content.decode())
    assert "Died" in text and "Cardiac arrest." in text
    changed = ChartEvent.objects.get(verb=ChartEvent.Verb.CHANGED_DETAILS)
    assert (changed.by, changed.detail) == (physician, {"changed": {"life_status": ["ALIVE", "DECEASED"]}})
    assert RedFlag.objects.open().filter(procedure=earlier, rule_code="N1").exists(), "only a person closes a flag"
    assert "Died" in words(read(client, physician, "patient_list"))


def test_a_coordinator_may_read_the_chart_but_not_end_the_monitoring(client, site):
    procedure = episode(site)
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    for page in ("discharge", "end_monitoring"):
        assert client.get(address(procedure, page)).status_code == 403
        assert client.post(address(procedure, page), {"confirm": "on"}).status_code == 403
    procedure.refresh_from_db()
    assert procedure.discharged_at is None
