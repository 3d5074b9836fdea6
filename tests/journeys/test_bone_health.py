"""A nurse keeps the bone-health plan of a patient; the worklist and the chart show what is missing."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import BoneHealthFacts, BoneHealthTask, BoneHealthTherapy
from followup.services.bone_health import record_facts, record_therapy
from followup.services.bone_health_tasks import find_care_gaps
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast
from tests.bedside import an_episode_hours_ago, beside, filled_in
from tests.reading import read, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def episode(site):
    """Day 45, and nothing was said of the bones."""
    return an_episode_hours_ago(24 * 45, cast.a_patient(site))


@pytest.fixture
def gap(episode) -> BoneHealthTask:
    find_care_gaps(now=datetime.now(UTC))
    return BoneHealthTask.objects.get()


def today(episode, days: int = 0) -> str:
    return f"{(datetime.now(episode.patient.site.zone) + timedelta(days=days)).date()}"


def page(client, episode) -> str:
    return words(client.get(reverse("bone_health", args=[episode.public_id])).content.decode())


def send(client, name: str, *args, follow=True, **typed):
    address = reverse(name, args=args)
    return client.post(address, filled_in(client.get(address)) | typed, follow=follow)


def therapy(client, episode, **typed):
    usual = {"drug": "ALENDRONATE", "status": "STARTED", "status_on": today(episode)}
    return send(client, "record_therapy", episode.public_id, **usual | typed)


def facts(client, episode, **typed):
    return send(client, "record_bone_facts", episode.public_id, **{"known_on": today(episode)} | typed)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_gap_is_said_in_words_with_its_day(client, nurse, episode, gap):
    text = page(client, episode)
    since = (episode.time_zero.astimezone(episode.patient.site.zone) + timedelta(days=42)).date()
    assert f"by day 42 ({since.day} {since:%b %Y})" in text
    assert "Amber" in text and "Physician: start a bone-health therapy, or enter why not." in text
    assert ChartEvent.objects.filter(verb="OPENED", by=nurse, patient=episode.patient).exists()


def test_starting_a_drug_closes_the_gap(client, nurse, episode, gap):
    text = words(therapy(client, episode, physician="Dr One").content.decode())
    assert "No gap is open." in text
    assert "Alendronate 70 mg a week: Started" in text
    assert "Closed gaps" in text and "answered by what was recorded" in text
    gap.refresh_from_db()
    assert (gap.state, gap.closed_by) == ("DONE", nurse)


def test_the_history_of_a_drug_stays_readable(client, nurse, episode):
    therapy(client, episode, status="PRESCRIBED", status_on=today(episode, -3), physician="Dr One")
    text = words(therapy(client, episode).content.decode())
    assert "Alendronate 70 mg a week: Prescribed" in text and "Alendronate 70 mg a week: Started" in text


def test_what_speaks_against_a_drug_is_said_at_once_and_stays_on_the_page(client, nurse, episode):
    facts(client, episode, egfr_ml_per_minute="34.9")
    answer = therapy(client, episode, drug="ZOLEDRONATE", status="PRESCRIBED").content.decode()
    assert words(answer).count("eGFR 34.9 mL/min/1.73 m²") >= 2
    assert "is below 35." in words(answer)
    assert "Calcium is not known: measure it first." in words(answer)


def test_values_are_shown_in_the_unit_that_was_typed_and_in_the_other(client, nurse, episode):
    text = words(
        facts(
            client, episode, vitamin_d="45", vitamin_d_unit="NMOL_PER_L", dxa_on=today(episode, -3), dxa_t_score="-2.5",
            dxa_site="SPINE", calcium="2.35", calcium_unit="MMOL_PER_L", prior_bone_radiotherapy="no",
        ).content.decode()
    )  # fmt: skip
    assert "45 nmol/L (= 18 ng/mL), below the target of 20 ng/mL" in text
    assert "-2.5: osteoporosis" in text
    assert "2.35 mmol/L" in text
    stored = BoneHealthFacts._default_manager.get()
    assert (stored.vitamin_d, stored.vitamin_d_unit) == (45, "NMOL_PER_L")
    assert (stored.prior_bone_radiotherapy, stored.bone_metastasis) == (False, None)


def test_the_days_that_follow_from_an_injection_are_shown(client, nurse, episode):
    text = words(facts(client, episode, denosumab_given_on=today(episode, -200)).content.decode())
    given = (datetime.now(episode.patient.site.zone) - timedelta(days=200)).date()
    for days in (0, 150, 183, 197, 211):
        on = given + timedelta(days=days)
        assert f"{on.day} {on:%b %Y}" in text
    assert BoneHealthTask.objects.get(kind="DENOSUMAB").severity == "AMBER"


def test_an_episode_of_another_cause_says_that_no_plan_is_asked_for(client, nurse, site):
    episode = an_episode_hours_ago(24 * 45, cast.a_patient(site, "MRN-7"), aetiology="TRAUMATIC")
    assert "No bone-health plan is asked for" in page(client, episode)


def test_an_older_episode_points_to_the_newer_one(client, nurse, site, episode):
    newer = an_episode_hours_ago(24 * 2, episode.patient)
    html = client.get(reverse("bone_health", args=[episode.public_id])).content.decode()
    assert reverse("bone_health", args=[newer.public_id]) in html


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"drug": ""}, "drug", "required"),
        ({"status": ""}, "status", "required"),
        ({"status_on": ""}, "status_on", "Enter the day."),
        ({"status_on": "soon"}, "status_on", "Enter a date"),
        ({"status_on": "1900-01-01"}, "status_on", "before the patient's birth"),
        ({"status_on": "2199-01-01"}, "status_on", "lies in the future"),
        ({"drug": "OTHER"}, "other_drug", "Which drug?"),
        ({"other_drug": "Drug X"}, "other_drug", "A drug of the list is chosen"),
        ({"status": "DECLINED"}, "reason", "why"),
        ({"status": "CONTRAINDICATED"}, "reason", "why"),
        ({"status": "DEFERRED"}, "deferred_until", "Until when?"),
        ({"deferred_until": "2199-01-01"}, "deferred_until", "not “Deferred”"),
        ({"status": "DEFERRED", "deferred_until": "2020-01-01"}, "deferred_until", "must lie after"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_beside_its_field(client, nurse, episode, typed, field, says):
    answer = therapy(client, episode, **typed)
    assert answer.status_code == 422
    assert says in beside(answer, field)
    assert not BoneHealthTherapy._default_manager.exists()


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"known_on": ""}, "known_on", "Enter the day."),
        ({"dxa_t_score": "-2.5"}, "dxa_on", "When was it scanned?"),
        ({"dxa_on": "2199-01-01"}, "dxa_on", "lies in the future"),
        ({"dxa_on": "2020-01-01", "dxa_t_score": "-25"}, "dxa_t_score", "Possible is -10 to 10"),
        ({"dxa_on": "2020-01-01", "dxa_t_score": "2.5"}, "dxa_t_score", "Please confirm a T-score above zero"),
        ({"vitamin_d": "20"}, "vitamin_d_unit", "In which unit?"),
        ({"vitamin_d": "300", "vitamin_d_unit": "NG_PER_ML"}, "vitamin_d", "Did you mean 300 nmol/L?"),
        ({"calcium": "2.35", "calcium_unit": "MG_PER_DL"}, "calcium", "Did you mean 2.35 mmol/L?"),
        ({"calcium": "9.4", "calcium_unit": "MMOL_PER_L"}, "calcium", "Did you mean 9.4 mg/dL?"),
        ({"calcium": "30", "calcium_unit": "MG_PER_DL"}, "calcium", "Possible is 4 to 20 mg/dL"),
        ({"creatinine": "80", "creatinine_unit": "MG_PER_DL"}, "creatinine", "Did you mean 80 µmol/L?"),
        ({"egfr_ml_per_minute": "0"}, "egfr_ml_per_minute", "Possible is 1 to 200"),
        ({"tsh_milliunits_per_litre": "1.234"}, "tsh_milliunits_per_litre", "two decimals"),
        ({"vitamin_d_iu_per_day": "lots"}, "vitamin_d_iu_per_day", "whole number"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_beside_its_field(client, nurse, episode, typed, field, says):
    answer = facts(client, episode, **typed)
    assert answer.status_code == 422
    assert says in beside(answer, field)
    assert not BoneHealthFacts._default_manager.exists()


def test_no_fact_at_all_is_refused(client, nurse, episode):
    answer = facts(client, episode)
    assert answer.status_code == 422
    assert "Enter at least one fact" in answer.content.decode()


# --- correction ------------------------------------------------------------------------------------------------------


def test_a_statement_is_corrected_with_a_reason(client, nurse, episode, gap):
    therapy(client, episode)
    wrong = BoneHealthTherapy._default_manager.get()
    refused = send(client, "correct_therapy", wrong.public_id, status="PRESCRIBED")
    assert refused.status_code == 422
    assert "why it is corrected" in beside(refused, "correction_reason")
    answer = send(client, "correct_therapy", wrong.public_id, status="PRESCRIBED", correction_reason="Not fetched yet.")
    text = words(answer.content.decode())
    assert "Not fetched yet." in text
    assert "Physician: start a bone-health therapy" in text
    assert BoneHealthTask.objects.open().count() == 1


def test_an_entry_of_another_patient_is_struck_out(client, nurse, episode):
    facts(client, episode, denosumab_given_on=today(episode, -200))
    row = BoneHealthFacts._default_manager.get()
    answer = send(
        client, "correct_bone_facts", row.public_id, entered_in_error="on", correction_reason="Another patient."
    )
    assert "Struck out" in answer.content.decode()
    assert not BoneHealthTask.objects.open().filter(kind="DENOSUMAB").exists()
    assert client.get(reverse("correct_bone_facts", args=[row.public_id])).status_code == 302


def test_a_double_tap_stores_one_row(client, nurse, episode):
    address = reverse("record_therapy", args=[episode.public_id])
    form = filled_in(client.get(address)) | {"drug": "RALOXIFENE", "status": "STARTED", "status_on": today(episode)}
    client.post(address, form)
    assert "saved before" in client.post(address, form, follow=True).content.decode()
    assert BoneHealthTherapy._default_manager.count() == 1


# --- closing, and where a gap is seen ----------------------------------------------------------------------------------


def close(client, task, **typed):
    return client.post(reverse("close_bone_health_task", args=[task.public_id]), typed)


def test_a_nurse_closes_an_amber_gap_with_words(client, nurse, episode, gap):
    refused = close(client, gap, words="  ")
    assert refused.status_code == 422
    assert "Say in a few words what was done." in refused.content.decode()
    assert close(client, gap, words="Told the GP.").status_code == 302
    gap.refresh_from_db()
    assert (gap.state, gap.closed_because, gap.closing_words, gap.closed_by) == ("DONE", "SAID", "Told the GP.", nurse)
    assert "Told the GP." in page(client, episode)
    again = close(client, gap, words="Mine.")
    assert again.status_code == 302
    gap.refresh_from_db()
    assert gap.closing_words == "Told the GP."


def test_only_a_physician_closes_what_is_urgent(client, nurse, physician, episode):
    facts(client, episode, denosumab_given_on=today(episode, -211))
    urgent = BoneHealthTask.objects.get(severity="URGENT")
    assert "A physician closes this." in page(client, episode)
    assert close(client, urgent, words="x").status_code == 403
    client.force_login(physician)
    assert close(client, urgent, words="Zoledronate next week.").status_code == 302


def test_the_worklist_has_a_section_with_the_gravest_first(client, nurse, episode, gap):
    facts(client, episode, denosumab_given_on=today(episode, -211))
    text = words(client.get(reverse("worklist")).content.decode())
    section = text.split("Bone health: 2 gaps")[1]
    assert section.index("Urgent") < section.index("Amber")
    assert episode.patient.name in section
    assert "Bone health: 2 gaps" in words(client.get(reverse("worklist_rows")).content.decode())


def test_the_chart_shows_an_open_gap(client, nurse, episode, gap):
    text = words(client.get(reverse("chart", args=[episode.public_id])).content.decode())
    assert "Bone-health therapy: No bone-health therapy was started" in text


def test_no_gap_of_another_site_is_on_the_worklist(client, gap):
    client.force_login(cast.a_physician(cast.a_site("South unit"), "Physician South"))
    assert "Bone health" not in client.get(reverse("worklist")).content.decode()


# --- who -------------------------------------------------------------------------------------------------------------


def test_a_coordinator_reads_and_records_and_closes_nothing(client, episode, gap):
    coordinator = cast.a_member(episode.patient.site, Role.COORDINATOR, "Coordinator One")
    html = read(client, coordinator, "bone_health", episode.public_id)
    assert "Physician: start a bone-health therapy" in words(html)
    for name in ("record_therapy", "record_bone_facts"):
        assert reverse(name, args=[episode.public_id]) not in html
        assert client.get(reverse(name, args=[episode.public_id])).status_code == 403
    assert reverse("close_bone_health_task", args=[gap.public_id]) not in html
    assert close(client, gap, words="x").status_code == 403


def test_a_stranger_finds_nothing(client, nurse, episode, gap):
    about = {"procedure": episode, "by": nurse, "now": datetime.now(UTC)}
    on = episode.time_zero.date()
    said = {"drug": "ALENDRONATE", "status": "CONSIDERED", "status_on": on}
    drug = record_therapy(answers=said, form_token=uuid.uuid4(), **about).row
    fact = record_facts(answers={"known_on": on, "dxa_ordered_on": on}, form_token=uuid.uuid4(), **about).row
    client.force_login(cast.a_physician(cast.a_site("South unit"), "Physician South"))
    for at in (
        reverse("bone_health", args=[episode.public_id]), reverse("record_therapy", args=[episode.public_id]),
        reverse("record_bone_facts", args=[episode.public_id]), reverse("correct_therapy", args=[drug.public_id]),
        reverse("correct_bone_facts", args=[fact.public_id]),
    ):  # fmt: skip
        assert client.get(at).status_code == 404
    assert close(client, gap, words="x").status_code == 404
