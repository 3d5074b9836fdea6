"""Who may open and do what at their own site: one table of role against page."""

import uuid
from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from followup.models import OutgoingEmail, ShiftHandover
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.bone_health import record_facts, record_therapy
from followup.services.heights import record_heights
from followup.services.outcomes import record_outcome
from followup.services.rulesets import draft_ruleset
from kyphotrack.staff.models import Duty, Role
from kyphotrack.staff.permissions import ALLOWED, Capability
from kyphotrack.staff.services import add_weekly_duty
from tests.cast import (
    NORMAL_FULL_NEUROLOGY,
    T0,
    a_member,
    a_nurse,
    a_patient,
    a_physician,
    a_routine_set,
    a_site,
    accepted_by,
    an_episode,
    log,
)

pytestmark = pytest.mark.django_db
CLINICAL = {Role.NURSE, Role.PHYSICIAN, Role.LEAD_CLINICIAN}
CHART = CLINICAL | {Role.COORDINATOR}


@pytest.fixture
def things():
    site = a_site()
    a_physician(site)
    patient = a_patient(site)
    episode = an_episode(patient)
    saved = log(episode, minutes=30, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    lead = a_member(site, Role.LEAD_CLINICIAN, "Lead One")
    draft = draft_ruleset(
        site=site, thresholds={"pain_severe": "6"}, replaces=DEFAULT_RULESET.version, reason="x", by=lead, now=T0,
        form_token=uuid.uuid4(),
    )  # fmt: skip
    about = {"procedure": episode, "by": a_nurse(site), "now": T0 + timedelta(days=2)}
    drug = {"drug": "ALENDRONATE", "status": "CONSIDERED", "status_on": T0.date()}
    score = record_outcome(answers={"effective_at": T0, "kps": 70}, form_token=uuid.uuid4(), **about).row
    therapy = record_therapy(answers=drug, form_token=uuid.uuid4(), **about).row
    facts = record_facts(
        answers={"known_on": T0.date(), "fls_referred_on": T0.date()}, form_token=uuid.uuid4(), **about
    ).row  # fmt: skip
    measured = {"level": "L1", "imaged_on": T0.date(), "anterior_height_millimetres": Decimal(20)}
    measurement = record_heights(answers=measured, form_token=uuid.uuid4(), **about).row
    return {
        "measurement_id": measurement.public_id,
        "score_id": score.public_id,
        "therapy_id": therapy.public_id,
        "facts_id": facts.public_id,
        "patient_id": patient.public_id,
        "procedure_id": episode.public_id,
        "observation_id": saved.observation.public_id,
        "task_id": saved.imaging_tasks[0].public_id,
        "flag_id": saved.raised[0].public_id,
        "slot_id": episode.monitoring_slots.filter(state="OPEN").last().pk,
        "contact_id": episode.follow_up_contacts.get(code="FU4").public_id,
        "site_id": site.public_id,
        "ruleset_id": draft.public_id,
        "key": "URGENT",
        "handover_id": accepted_by(a_nurse(site), now=T0 + timedelta(hours=1)).public_id,
    }


# page, what its address needs, who may open it
PAGES = [
    ("patient", ["patient_id"], CHART),
    ("chart", ["procedure_id"], CHART),
    ("observation", ["observation_id"], CHART),
    ("imaging_task", ["task_id"], CHART),
    ("flag", ["flag_id"], CHART),
    ("register_patient", [], CHART),
    ("change_patient", ["patient_id"], CHART),
    ("record_procedure", ["patient_id"], CLINICAL),
    ("correct_baseline", ["procedure_id"], CLINICAL),
    ("selection", ["procedure_id"], CHART),
    ("override_selection", ["procedure_id"], {Role.PHYSICIAN, Role.LEAD_CLINICIAN}),
    ("log_observation", ["procedure_id"], CLINICAL),
    ("correct_observation", ["observation_id"], CLINICAL),
    ("mark_entered_in_error", ["observation_id"], CLINICAL),
    ("waive_slot", ["slot_id"], CLINICAL),
    ("answer_contact", ["contact_id"], CLINICAL),
    ("contact", ["contact_id"], CHART),
    ("mail_list", [], {Role.LEAD_CLINICIAN, Role.ADMINISTRATOR}),
    ("discharge", ["procedure_id"], CLINICAL),
    ("imaging_figures", [], CLINICAL),
    ("cohort", [], {Role.PHYSICIAN, Role.LEAD_CLINICIAN}),
    ("cohort_file", [], {Role.PHYSICIAN, Role.LEAD_CLINICIAN}),
    ("ruleset", ["ruleset_id"], CHART),
    ("draft_ruleset", ["site_id"], {Role.LEAD_CLINICIAN}),
    ("rewrite_ruleset", ["ruleset_id"], {Role.LEAD_CLINICIAN}),
    ("approve_ruleset", ["ruleset_id"], {Role.LEAD_CLINICIAN}),
    ("make_ruleset_live", ["ruleset_id"], {Role.LEAD_CLINICIAN}),
    ("withdraw_ruleset", ["ruleset_id"], {Role.LEAD_CLINICIAN}),
    ("end_monitoring", ["procedure_id"], CLINICAL),
    ("outcomes", ["procedure_id"], CHART),
    ("correct_outcome", ["score_id"], CLINICAL),
    ("heights", ["procedure_id"], CHART),
    ("correct_heights", ["measurement_id"], CLINICAL),
    ("bone_health", ["procedure_id"], CHART),
    ("record_therapy", ["procedure_id"], CLINICAL),
    ("record_bone_facts", ["procedure_id"], CLINICAL),
    ("correct_therapy", ["therapy_id"], CLINICAL),
    ("correct_bone_facts", ["facts_id"], CLINICAL),
    ("rota_of_site", ["site_id"], CHART | {Role.ADMINISTRATOR}),
    ("add_duty", ["site_id"], {Role.LEAD_CLINICIAN, Role.ADMINISTRATOR}),
    ("add_weekly_duty", ["site_id"], {Role.LEAD_CLINICIAN, Role.ADMINISTRATOR}),
    ("ladders_of_site", ["site_id"], CHART | {Role.ADMINISTRATOR}),
    ("change_ladder", ["site_id", "key"], {Role.LEAD_CLINICIAN}),
    ("print_paper_charts", ["site_id"], CHART),
    ("keep_paper_charts", ["site_id"], CHART),
    ("accepted_shift", ["handover_id"], CHART),
    ("operations", [], {Role.LEAD_CLINICIAN, Role.ADMINISTRATOR}),
]


SITE_PAGES = {"rota_of_site", "add_duty", "add_weekly_duty", "ladders_of_site", "change_ladder"}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("page", "needs", "allowed"), PAGES, ids=[page for page, *_rest in PAGES])
def test_page(client, things, role, page, needs, allowed):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.get(reverse(page, kwargs={name: things[name] for name in needs}))
    if role in allowed:
        assert answer.status_code == 200
    else:
        # Without a chart role the patient is not there at all; with one, the act is refused in words.
        # The rota and the ladders are the administrator's as well.
        there = role in CHART or (role == Role.ADMINISTRATOR and page in SITE_PAGES)
        assert answer.status_code == (403 if there or not needs else 404)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["board", "board_rows", "worklist", "worklist_rows", "handover", "patient_list"])
def test_lists_open_for_everyone_and_show_patients_to_chart_roles_only(client, things, role, page):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.get(reverse(page))
    assert answer.status_code == 200
    assert (b"MRN-0001" in answer.content) == (role in CHART)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["handover_history", "paper"])
def test_shifts_and_paper_open_for_everyone_and_name_sites_to_chart_roles_only(client, things, role, page):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.get(reverse(page))
    assert answer.status_code == 200
    assert (b"North unit" in answer.content) == (role in CHART)


@pytest.mark.parametrize("role", list(Role))
def test_who_accepts_a_shift(client, things, role):
    """422: it may be accepted, and nobody was ticked."""
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.post(reverse("handover"), {"shift": "NIGHT"})
    assert answer.status_code == (422 if role in CLINICAL else 403 if role in CHART else 200)
    assert ShiftHandover.objects.count() == 1


@pytest.mark.parametrize("role", list(Role))
def test_the_style_page_opens_for_everyone_and_shows_no_patient(client, things, role):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.get(reverse("style_page"))
    assert answer.status_code == 200
    assert b"MRN-0001" not in answer.content


@pytest.mark.parametrize("role", list(Role))
def test_the_list_of_rules_shows_versions_to_chart_roles_only(client, things, role):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.get(reverse("rulesets"))
    assert answer.status_code == 200
    assert (str(things["ruleset_id"]).encode() in answer.content) == (role in CHART)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("page", "thing"), [("note_task_seen", "task_id"), ("note_flag_seen", "flag_id")])
def test_who_may_note_that_they_have_seen_it(client, things, role, page, thing):
    """409: nobody is called about a later step yet, so that nothing can be noted."""
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.post(reverse(page, kwargs={thing: things[thing]}))
    assert answer.status_code == (409 if role in CLINICAL else 403 if role in CHART else 404)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["end_duty", "end_weekly_duty"])
def test_the_lead_and_the_administrator_end_duties(client, things, role, page):
    site = a_site()
    duty = Duty.objects.filter(site=site).first()
    weekly = add_weekly_duty(
        site=site, user=a_nurse(site), role="CHARGE_NURSE", weekdays=[0], starts=time(7), ends=time(19),
        by=a_nurse(site), now=T0, form_token=uuid.uuid4(),
    )  # fmt: skip
    client.force_login(a_member(site, role, f"Member {role}"))
    ids = {"duty_id": duty.pk} if page == "end_duty" else {"weekly_id": weekly.pk}
    answer = client.post(reverse(page, kwargs=ids))
    allowed = role in (Role.LEAD_CLINICIAN, Role.ADMINISTRATOR)
    assert answer.status_code == (302 if allowed else 403 if role in CHART else 404)
    duty.refresh_from_db()
    weekly.refresh_from_db()
    ended = {"end_duty": duty.ends_at, "end_weekly_duty": weekly.ended_at}
    assert (ended[page] is not None) == allowed


@pytest.mark.parametrize("role", list(Role))
def test_only_a_physician_moves_a_scan(client, things, role):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.post(reverse("move_imaging_task", kwargs={"task_id": things["task_id"], "hop": "acknowledge"}))
    allowed = Capability.ACKNOWLEDGE_FLAG in ALLOWED[role]
    assert (answer.status_code == 302) == allowed
    assert answer.status_code in (302, 403, 404)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", ["retry", "withhold", "bounced"])
def test_only_who_sees_operations_handles_mail(client, things, role, verb):
    email = OutgoingEmail.objects.first()
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    answer = client.post(reverse("handle_mail", args=[email.pk, verb]), {"reason": "x"})
    assert answer.status_code == (302 if role in (Role.LEAD_CLINICIAN, Role.ADMINISTRATOR) else 404)


@pytest.mark.parametrize("role", list(Role))
def test_who_moves_a_contact(client, things, role):
    client.force_login(a_member(a_site(), role, f"Member {role}"))
    page = reverse("move_contact", args=[things["contact_id"], "close"])
    answer = client.post(page, {"seen": 0, "because": "DECLINED"})
    assert answer.status_code == (302 if role in CHART else 404)


def test_a_closed_account_is_out_at_the_next_request(client, things):
    nurse = a_member(a_site(), Role.NURSE, "Leaving Nurse")
    client.force_login(nurse)
    assert client.get(reverse("board")).status_code == 200
    nurse.is_active = False
    nurse.save()
    assert client.get(reverse("board")).status_code == 302


def test_a_right_that_was_withdrawn_is_gone_at_the_next_request(client, things):
    nurse = a_member(a_site(), Role.NURSE, "Moving Nurse")
    client.force_login(nurse)
    page = reverse("chart", kwargs={"procedure_id": things["procedure_id"]})
    assert client.get(page).status_code == 200
    nurse.memberships.all()._raw_delete("default")
    assert client.get(page).status_code == 404


def test_an_unknown_id_looks_like_a_foreign_one(client, things):
    client.force_login(a_member(a_site("South unit"), Role.NURSE, "South Nurse"))
    foreign = client.get(reverse("chart", kwargs={"procedure_id": things["procedure_id"]}))
    unknown = client.get(reverse("chart", kwargs={"procedure_id": uuid.uuid4()}))
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
