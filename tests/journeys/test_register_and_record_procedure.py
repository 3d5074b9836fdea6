"""A nurse registers a patient and records the procedure with its baseline; the schedule of checks starts."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from followup.models import MonitoringSlot, MonitoringStatus
from kyphotrack.staff.models import Role
from patients.models import ChartEvent, EmailConsent, Patient
from procedures.models import Baseline, Fracture, Procedure, TreatedLevel
from tests import cast
from tests.bedside import filled_in, opened
from tests.procedure_page import a_procedure, beside, local, url_of
from tests.reading import words

pytestmark = pytest.mark.django_db

NOT_SAVED = 422
REGISTER = "/patients/new/"
ELSE = {
    "medical_record_number": "MRN-77", "family_name": "Müller-Ωmega", "given_name": "Pat", "birth_date": "1948-05-17",
    "gender": "female", "phone": "+49 30 5550100",
}  # fmt: skip
BASELINE = {
    "pain_at_rest": "6", "pain_on_movement": "8", "respiration_rate": "16", "spo2_percent": "97",
    "supplemental_oxygen": "no", "systolic_mmhg": "128", "diastolic_mmhg": "76", "pulse_per_minute": "72",
    "consciousness": "A", "temperature": "98.2", "temperature_unit": "F", "motor_L4_R": "4", "sensory_S3_L": "ALTERED",
    "saddle_sensation": "NORMAL", "voiding": "NORMAL", "gait": "1", "asia_impairment_scale": "D", "mri_safety": "CLEAR",
    "allergies": "None known", "egfr_ml_per_minute": "61.5",
}  # fmt: skip


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def patient(site):
    return cast.a_patient(site)


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_from_registration_to_the_first_check_that_is_due(client, nurse, site):
    page = client.post(REGISTER, opened(client, REGISTER) | ELSE, follow=True)
    patient = Patient.objects.get()
    assert page.redirect_chain == [(reverse("patient", args=[patient.public_id]), 302)]
    assert (patient.site, patient.registered_by, patient.family_name) == (site, nurse, "Müller-Ωmega")

    form = a_procedure(client, patient, hours_ago=1, **BASELINE, measured_at=local(patient, hours_ago=5))
    form |= {
        "level-0-height_loss_percent": "35", "level-0-fractured_on": "2026-01-02", "level-0-leakage": "ASYMPTOMATIC",
        "level-0-leakage_sites": ["DISC_ABOVE", "VEIN"], "level-1-level": "T12", "drug-0-drug": "APIXABAN",
        "drug-0-last_dose_at": local(patient, hours_ago=48),
    }  # fmt: skip
    page = client.post(url_of(patient), form, follow=True)
    episode = Procedure.objects.get()
    assert page.redirect_chain == [(reverse("chart", args=[episode.public_id]), 302)]
    assert "the schedule of checks has started" in words(page.content.decode())

    minute_ago = datetime.now(UTC) - timedelta(hours=1, minutes=1)
    assert minute_ago < episode.time_zero <= datetime.now(UTC) - timedelta(hours=1), "typed in the site's zone"
    assert {row.level for row in Fracture.objects.all()} == {"L1", "T12"}
    treated = TreatedLevel.objects.get()
    assert (treated.level, treated.cement_volume_millilitres) == ("L1", Decimal("4.5"))
    assert treated.leakage_sites == ["DISC_ABOVE", "VEIN"]
    assert episode.anticoagulants.get().drug == "APIXABAN"
    assert MonitoringSlot.objects.filter(procedure=episode).exists()
    assert MonitoringStatus.objects.watched(datetime.now(UTC)).filter(procedure=episode).exists()

    baseline = Baseline.objects.get()
    assert (baseline.pain_at_rest, baseline.egfr_ml_per_minute) == (6, Decimal("61.5"))
    assert baseline.temperature_celsius == Decimal("36.8")
    assert baseline.supplemental_oxygen is False
    assert baseline.neurology == {
        "motor_L4_R": "4", "sensory_S3_L": "ALTERED", "saddle_sensation": "NORMAL", "voiding": "NORMAL", "gait": "1",
        "asia_impairment_scale": "D",
    }  # fmt: skip
    events = ChartEvent.objects.exclude(verb="OPENED").order_by("pk").values_list("verb", flat=True)
    assert list(events) == ["REGISTERED", "RECORDED_PROCEDURE", "RECORDED_BASELINE"]


def test_two_identifiers_stand_on_the_pages_and_none_in_title_or_address(client, nurse, patient):
    for address in (url_of(patient), reverse("change_patient", args=[patient.public_id])):
        html = client.get(address).content.decode()
        assert {"Example, Pat", "MRN-0001", "17 May 1948"} <= {
            text for text in ("Example, Pat", "MRN-0001", "17 May 1948") if text in html.split("<main")[1]
        }
        title = re.search("<title>(.*?)</title>", html).group(1)
        for known in ("Example", "MRN-0001", "1948"):
            assert known not in title + address


def test_opening_the_pages_is_recorded_in_the_chart(client, nurse, patient):
    client.get(url_of(patient))
    client.get(reverse("change_patient", args=[patient.public_id]))
    assert ChartEvent.objects.filter(verb="OPENED", by=nurse).count() == 2


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_patient_is_registered_only_at_a_site_where_one_may(client, site):
    south, foreign = cast.a_site("South unit"), cast.a_site("Foreign unit")
    nurse = cast.a_nurse(site)
    nurse.memberships.create(site=south, role=Role.COORDINATOR)
    nurse.memberships.create(site=foreign, role=Role.AUDITOR)
    client.force_login(nurse)
    form = opened(client, REGISTER)
    assert form["site"] == "", "with two sites none is chosen beforehand"
    assert client.post(REGISTER, form | ELSE | {"site": foreign.pk}).status_code == NOT_SAVED
    assert client.post(REGISTER, form | ELSE | {"site": ""}).status_code == NOT_SAVED
    assert not Patient.objects.exists()
    client.post(REGISTER, form | ELSE | {"site": south.pk})
    assert Patient.objects.get().site == south


def test_without_a_role_for_it_nobody_registers_or_changes(client, site, patient):
    client.force_login(cast.a_member(site, Role.AUDITOR, "Auditor One"))
    assert client.get(REGISTER).status_code == 403
    assert client.post(REGISTER, ELSE | {"site": site.pk}).status_code == 403
    assert client.get(reverse("change_patient", args=[patient.public_id])).status_code == 404


def test_a_record_number_that_is_taken_is_told_beside_it_and_what_was_typed_stays(client, nurse, patient):
    page = client.post(REGISTER, opened(client, REGISTER) | ELSE | {"medical_record_number": "MRN-0001"})
    assert page.status_code == NOT_SAVED
    assert "already registered at this site" in page.content.decode()
    assert filled_in(page)["family_name"] == "Müller-Ωmega"
    assert Patient.objects.count() == 1


def test_the_same_record_number_may_exist_at_another_site(client, patient):
    south = cast.a_site("South unit")
    client.force_login(cast.a_nurse(south))
    client.post(REGISTER, opened(client, REGISTER) | ELSE | {"medical_record_number": "MRN-0001"})
    assert Patient.objects.get(site=south).medical_record_number == patient.medical_record_number


def test_a_double_tap_registers_one_patient_and_both_lead_to_the_chart(client, nurse):
    form = opened(client, REGISTER) | ELSE
    first, second = client.post(REGISTER, form), client.post(REGISTER, form)
    assert first.url == second.url == reverse("patient", args=[Patient.objects.get().public_id])


@pytest.mark.parametrize("name", ["Müller-Ωmega", "MÜLLER-ΩMEGA"])
def test_a_look_alike_is_asked_about_and_not_refused(client, nurse, site, name):
    client.post(REGISTER, opened(client, REGISTER) | ELSE)
    again = ELSE | {"medical_record_number": "MRN-78", "family_name": name, "given_name": "Paula"}
    page = client.post(REGISTER, opened(client, REGISTER) | again)
    assert page.status_code == NOT_SAVED
    assert "Müller-Ωmega, Pat, born 17 May 1948, MRN MRN-77" in words(page.content.decode())
    client.post(REGISTER, filled_in(page) | {"other_person": "on"})
    assert Patient.objects.filter(site=site).count() == 2


def test_a_look_alike_at_another_site_is_not_shown(client, nurse):
    client.post(REGISTER, opened(client, REGISTER) | ELSE)
    client.force_login(cast.a_nurse(cast.a_site("South unit")))
    assert client.post(REGISTER, opened(client, REGISTER) | ELSE).status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"birth_date": "2999-01-01"}, "lies in the future"),
        ({"birth_date": "1850-01-01"}, "older than 120"),
        ({"birth_date": "1948-02-31"}, "Enter a date"),
        ({"birth_date": "🎂"}, "Enter a date"),
        ({"birth_date": ""}, "required"),
        ({"email": "not an address"}, "valid email"),
        ({"email_consent": "on"}, "needs an address"),
        ({"time_zone": "Mars/Olympus"}, "not a known time zone"),
        ({"gender": "x"}, "not one of the available choices"),
        ({"family_name": "x" * 201}, "at most 200"),
        ({"family_name": "nul\x00"}, "Null characters"),
        ({"medical_record_number": "   "}, "required"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_stored(client, nurse, typed, sentence):
    page = client.post(REGISTER, opened(client, REGISTER) | ELSE | typed)
    assert page.status_code == NOT_SAVED
    assert sentence in words(page.content.decode())
    assert filled_in(page)["phone"] == ELSE["phone"]
    assert not Patient.objects.exists()


def test_somebody_born_today_at_the_site_can_be_registered(client, nurse, site):
    today = datetime.now(site.zone).date()
    client.post(REGISTER, opened(client, REGISTER) | ELSE | {"birth_date": today.isoformat()})
    assert Patient.objects.get().birth_date == today


def test_consent_to_email_is_kept_with_the_notice_that_was_shown(client, nurse):
    html = client.get(REGISTER).content.decode()
    assert "e-mail is not encrypted" in html
    client.post(REGISTER, opened(client, REGISTER) | ELSE | {"email": "pat@home.example", "email_consent": "on"})
    consent = EmailConsent.objects.get()
    assert (consent.address, consent.risk_notice_shown, consent.recorded_by) == ("pat@home.example", True, nurse)


# --- changing details -------------------------------------------------------------------------------------------------


def change(client, patient, **typed):
    address = reverse("change_patient", args=[patient.public_id])
    return client.post(address, opened(client, address) | typed)


def test_a_change_needs_a_reason_and_keeps_old_and_new(client, nurse, patient):
    page = change(client, patient, family_name="Renamed")
    assert page.status_code == NOT_SAVED
    assert "Say in a few words why." in page.content.decode()
    assert filled_in(page)["family_name"] == "Renamed"

    assert change(client, patient, family_name="Renamed", reason="Married").status_code == 302
    patient.refresh_from_db()
    event = ChartEvent.objects.get(verb="CHANGED_DETAILS")
    assert patient.family_name == "Renamed"
    assert (event.reason, event.by, event.detail["changed"]) == (
        "Married", nurse, {"family_name": ["Example", "Renamed"]},
    )  # fmt: skip


def test_the_site_of_a_patient_does_not_change_by_a_form(client, nurse, patient):
    south = cast.a_site("South unit")
    nurse.memberships.create(site=south, role=Role.NURSE)
    change(client, patient, site=south.pk, reason="x", phone="1")
    patient.refresh_from_db()
    assert (patient.site.name, patient.phone) == ("North unit", "1")


def test_unticking_the_consent_withdraws_it(client, nurse, patient):
    change(client, patient, email="pat@home.example", email_consent="on", reason="Asked at the desk")
    form = opened(client, reverse("change_patient", args=[patient.public_id]))
    del form["email_consent"]
    client.post(reverse("change_patient", args=[patient.public_id]), form | {"reason": "Does not want it any more"})
    assert EmailConsent.objects.get().withdrawn_at


def test_a_number_of_another_patient_is_refused_on_a_change(client, nurse, patient, site):
    cast.a_patient(site, "MRN-0002", "Other")
    page = change(client, patient, medical_record_number="MRN-0002", reason="Typing mistake")
    assert page.status_code == NOT_SAVED
    assert "already registered at this site" in page.content.decode()


# --- sent twice, by another, for another ------------------------------------------------------------------------------


def test_a_double_tap_records_one_procedure(client, nurse, patient):
    form = a_procedure(client, patient)
    first, second = client.post(url_of(patient), form), client.post(url_of(patient), form)
    assert first.url == second.url == reverse("chart", args=[Procedure.objects.get().public_id])


def test_a_saved_form_that_was_changed_by_way_of_the_back_button_is_not_taken_for_saved(client, nurse, patient):
    form = a_procedure(client, patient)
    client.post(url_of(patient), form)
    page = client.post(url_of(patient), form | {"operator": "Somebody else"}, follow=True)
    assert "what was changed since then is not saved" in words(page.content.decode())
    assert Procedure.objects.get().operator == "Operator One"


def test_a_form_opened_for_one_patient_never_saves_to_another(client, nurse, patient, site):
    other = cast.a_patient(site, "MRN-0002", "Other")
    form = a_procedure(client, patient)
    page = client.post(url_of(other), form)
    assert page.status_code == NOT_SAVED
    assert "opened for another patient" in page.content.decode()
    assert not Procedure.objects.exists()
    assert filled_in(page)["operator"] == "Operator One"
    again = client.post(url_of(other), filled_in(page))
    assert again.status_code == NOT_SAVED and not Procedure.objects.exists(), "not by a second try either"


def test_when_somebody_else_signed_in_nothing_is_saved_in_their_name_unasked(client, nurse, patient, site):
    form = a_procedure(client, patient)
    client.force_login(cast.a_nurse(site, "Nurse Two"))
    page = client.post(url_of(patient), form)
    assert page.status_code == NOT_SAVED
    assert "Somebody else opened this form" in page.content.decode()
    assert not Procedure.objects.exists()


def test_a_procedure_that_another_person_recorded_meanwhile_is_asked_about(client, nurse, patient):
    client.post(url_of(patient), a_procedure(client, patient, hours_ago=1))
    page = client.post(url_of(patient), a_procedure(client, patient, hours_ago=1.1))
    assert page.status_code == NOT_SAVED
    assert "a further procedure, besides the one that ended" in beside(page, "ended_at")
    ticks = re.findall(r'name="confirmed" value="([^"]*)"', page.content.decode())
    client.post(url_of(patient), filled_in(page) | {"confirmed": ticks})
    assert Procedure.objects.count() == 2


# --- the baseline -----------------------------------------------------------------------------------------------------


def test_nothing_is_filled_in_with_a_normal_value(client, nurse, patient):
    form = opened(client, url_of(patient))
    filled = {name: value for name, value in form.items() if value not in ("", [""])}
    assert set(filled) <= {
        "form_token", "pain_scale", "temperature_unit",
        *(f"{rows}-{part}_FORMS" for rows in ("level", "drug") for part in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")),
    }  # fmt: skip


def test_a_procedure_without_a_baseline_is_saved_and_the_page_warns(client, nurse, patient):
    page = client.post(url_of(patient), a_procedure(client, patient), follow=True)
    assert "every finding will be compared with a healthy person" in words(page.content.decode())
    assert not Baseline.objects.exists()


def test_an_old_examination_is_taken_with_a_caution(client, nurse, patient):
    form = a_procedure(client, patient, gait="1", measured_at=local(patient, hours_ago=1 + 73))
    page = client.post(url_of(patient), form, follow=True)
    assert "more than 72 hours before" in words(page.content.decode())
    assert Baseline.objects.get().neurology == {"gait": "1"}


def baseline_url(episode) -> str:
    return reverse("correct_baseline", args=[episode.public_id])


@pytest.fixture
def episode(patient):
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=2))


def test_a_first_baseline_can_be_entered_later(client, nurse, patient):
    episode = cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=2), baseline=None)
    typed = {"measured_at": local(patient, hours_ago=5), "motor_L4_R": "3"}
    client.post(baseline_url(episode), opened(client, baseline_url(episode)) | typed)
    baseline = Baseline.objects.get()
    assert (baseline.neurology, baseline.supersedes, baseline.correction_reason) == ({"motor_L4_R": "3"}, None, "")


def test_a_corrected_baseline_keeps_the_old_one_and_assesses_the_episode_again(client, nurse, episode):
    cast.log(episode, minutes=60, by=nurse, neurology=cast.NORMAL_QUICK_NEUROLOGY | {"motor_L4_R": "3"})
    flag = episode.red_flags.get(rule_code="N1")
    form = opened(client, baseline_url(episode)) | {"motor_L4_R": "3", "reason": "Old foot drop, in the referral"}
    assert client.post(baseline_url(episode), form).status_code == 302
    first, second = Baseline.objects.order_by("pk")
    assert (second.supersedes, second.correction_reason) == (first, "Old foot drop, in the referral")
    assert second.effective_at == first.effective_at, "a time that was not touched stays, to the second"
    assert second.pain_at_rest == first.pain_at_rest
    assert (first.neurology["motor_L4_R"], second.neurology["motor_L4_R"]) == ("5", "3")
    flag.refresh_from_db()
    assert flag.state == "OPEN", "nothing automatic closes a flag"
    assert flag.unsupported_since, "but it is marked as no longer supported"


def test_a_correction_needs_a_reason(client, nurse, episode):
    page = client.post(baseline_url(episode), opened(client, baseline_url(episode)) | {"gait": "2"})
    assert page.status_code == NOT_SAVED
    assert "Say in a few words why" in beside(page, "reason")
    assert Baseline.objects.count() == 1


def test_a_double_tap_stores_one_correction(client, nurse, episode):
    form = opened(client, baseline_url(episode)) | {"gait": "2", "reason": "Seen walking"}
    first, second = client.post(baseline_url(episode), form), client.post(baseline_url(episode), form)
    assert first.status_code == second.status_code == 302
    assert Baseline.objects.count() == 2


def test_two_corrections_at_once_do_not_bury_each_other(client, nurse, episode):
    mine = opened(client, baseline_url(episode)) | {"gait": "2", "reason": "Seen walking"}
    theirs = opened(client, baseline_url(episode)) | {"gait": "3", "reason": "Asked the family"}
    client.post(baseline_url(episode), theirs)
    page = client.post(baseline_url(episode), mine)
    assert page.status_code == NOT_SAVED
    assert "The baseline was saved meanwhile" in words(page.content.decode())
    assert Baseline.objects.current().get().neurology["gait"] == "3"
    assert filled_in(page)["reason"] == "Seen walking"
    client.post(baseline_url(episode), filled_in(page))
    assert Baseline.objects.current().get().neurology["gait"] == "2"
    assert Baseline.objects.count() == 3


def test_who_may_only_register_cannot_record_a_procedure(client, site, patient, episode):
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    assert client.get(url_of(patient)).status_code == 403
    assert client.post(baseline_url(episode), {}).status_code == 403
