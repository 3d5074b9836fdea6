"""A nurse logs an observation at the bedside, and reads at once what it raised."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from followup.models import ImagingTask, MonitoringSlot, Observation, RedFlag
from followup.services.imaging_tasks import acknowledge_imaging_task
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from tests import cast
from tests.bedside import (
    ROUTINE,
    an_episode_hours_ago,
    filled_in,
    local_minute,
    log_url,
    opened,
    save,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


@pytest.fixture
def episode(site):
    return an_episode_hours_ago(2.0, cast.a_patient(site))


def words_of(page) -> str:
    """The page as it reads, without its tags."""
    text = page.content.decode().split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("&gt;", ">")


def test_new_leg_weakness_is_answered_at_once_with_flag_reason_scan_and_what_is_next(client, nurse, episode):
    form = opened(client, log_url(episode))
    page = client.post(log_url(episode), form | ROUTINE | {"motor_L4_R": "3"}, follow=True)
    text = words_of(page)
    observation = Observation.objects.get()
    assert page.redirect_chain == [(reverse("observation", args=[observation.public_id]), 302)]
    assert (observation.recorded_by, observation.source) == (nurse, "NURSE")
    task = ImagingTask.objects.get()
    assert text.index("EMERGENT") < text.index("Example, Pat"), "the alarm stands before everything else"
    assert 'role="alert"' in page.content.decode()
    for said in (
        "N1 New leg weakness", "Weaker than before the procedure", "GIRFT", "Strength: guideline", "ruleset 2026.2",
        "MRI and CT without contrast", task.region, "Scan due", "Re-check",
        "New sensory loss (N2) could not be ruled out", "NEWS2 © Royal College of Physicians 2017", "0 — low risk",
        "Decision support",
    ):  # fmt: skip
        assert said in text, said
    assert reverse("imaging_task", args=[task.public_id]) in page.content.decode()


def test_once_a_physician_has_answered_the_page_no_longer_calls_for_one(client, nurse, site, episode):
    saved = cast.log(episode, minutes=60, **cast.a_routine_set(neurology={"motor_L4_R": "3"}))
    address = reverse("observation", args=[saved.observation.public_id])
    assert "Call the on-call physician now" in words_of(client.get(address))
    physician = cast.a_physician(site)
    acknowledge_imaging_task(task=ImagingTask.objects.get(), comment="", by=physician, now=datetime.now(UTC))
    answered = words_of(client.get(address))
    assert "Call the on-call physician now" not in answered
    assert "Acknowledged by Physician One" in answered


def test_nothing_clinical_is_filled_in_beforehand(client, nurse, episode):
    cast.log(episode, minutes=60, **cast.a_routine_set())
    form = opened(client, log_url(episode))
    assert form.pop("effective_at") and form.pop("form_token")
    assert (form.pop("temperature_unit"), form.pop("pain_scale")) == (["C"], "NRS")
    assert {name: value for name, value in form.items() if value not in ("", [""])} == {}


def test_the_last_value_with_its_time_and_the_baseline_stand_beside_each_field(client, nurse, episode):
    measured = cast.log(episode, minutes=60, **cast.a_routine_set(pulse_per_minute=91)).observation.effective_at
    text = words_of(client.get(log_url(episode)))
    assert f"Pulse /min was 91 ({local_minute(episode, measured)[-5:]}) · base 72" in text
    assert f"was 3 ({local_minute(episode, measured)[-5:]}) · base 8" in text, "pain on movement"
    assert "Ankle dorsiflexion, right (L4)" in text


def test_the_due_check_decides_whether_the_full_examination_is_open(client, nurse, site):
    full_is_due = an_episode_hours_ago(2.0, cast.a_patient(site, "MRN-1"))
    quick_is_due = an_episode_hours_ago(1.5, cast.a_patient(site, "MRN-2"))
    for episode in (full_is_due, quick_is_due):
        MonitoringSlot.objects.filter(procedure=episode, due_at__lt=datetime.now(UTC) - timedelta(minutes=2)).delete()
    for episode, full in ((full_is_due, True), (quick_is_due, False)):
        page = client.get(log_url(episode)).content.decode()
        folded = re.search(r"<details([^>]*)>\s*<summary>Full examination", page).group(1)
        assert ("open" in folded) is full
        assert ("Set with full neurology" in page) is full


def test_a_double_tap_stores_one_observation_and_shows_it(client, nurse, episode):
    form = opened(client, log_url(episode)) | ROUTINE
    first, second = (save(client, log_url(episode), form) for _ in range(2))
    assert Observation.objects.count() == 1
    assert first.url == second.url == reverse("observation", args=[Observation.objects.get().public_id])
    assert "Nothing was stored twice" in words_of(client.get(second.url))


def test_a_saved_form_that_was_changed_by_way_of_the_back_button_is_neither_lost_nor_taken_for_the_first(
    client, nurse, episode
):
    form = opened(client, log_url(episode)) | ROUTINE
    save(client, log_url(episode), form)
    changed = save(client, log_url(episode), form, pulse_per_minute="88")
    assert changed.status_code == 422
    assert "This form was saved already" in words_of(changed)
    assert Observation.objects.get().pulse_per_minute == 72
    again = filled_in(changed)
    assert again["pulse_per_minute"] == "88"
    assert save(client, log_url(episode), again).status_code == 302
    assert sorted(Observation.objects.values_list("pulse_per_minute", flat=True)) == [72, 88]


def test_a_form_opened_for_one_patient_never_saves_to_another(client, nurse, site, episode):
    other = an_episode_hours_ago(2.0, cast.a_patient(site, "MRN-0002", "Other"))
    form = opened(client, log_url(episode)) | ROUTINE
    refused = save(client, log_url(other), form, pulse_per_minute="143")
    assert refused.status_code == 422
    assert not Observation.objects.exists()
    assert "another patient" in words_of(refused)
    assert filled_in(refused)["pulse_per_minute"] == "143"
    assert save(client, log_url(other), filled_in(refused)).status_code == 422
    assert not Observation.objects.exists()


def test_when_somebody_else_signed_in_nothing_is_saved_in_their_name_unasked(client, nurse, site, episode):
    form = opened(client, log_url(episode)) | ROUTINE
    second = cast.a_nurse(site, "Nurse Two")
    client.force_login(second)
    refused = save(client, log_url(episode), form)
    assert (refused.status_code, Observation.objects.count()) == (422, 0)
    assert "Somebody else opened this form" in words_of(refused)
    assert save(client, log_url(episode), filled_in(refused)).status_code == 302
    assert Observation.objects.get().recorded_by == second


def test_a_form_from_before_the_last_sign_in_comes_back_with_what_was_typed(site, episode):
    nurse = cast.a_nurse(site)
    client = Client(enforce_csrf_checks=True)
    client.force_login(nurse)
    form = opened(client, log_url(episode)) | ROUTINE
    refused = client.post(log_url(episode), form | {"csrfmiddlewaretoken": "of the session before"})
    assert (refused.status_code, Observation.objects.count()) == (403, 0)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', refused.content.decode()))
    shown = client.post(log_url(episode), hidden)
    assert (shown.status_code, Observation.objects.count()) == (200, 0)
    again = filled_in(shown)
    assert again["systolic_mmhg"] == "128"
    assert again["motor_L4_R"] == ["5"]
    again["csrfmiddlewaretoken"] = re.search(r'csrfmiddlewaretoken" value="(\w+)"', shown.content.decode()).group(1)
    assert client.post(log_url(episode), again).status_code == 302
    assert Observation.objects.get().systolic_mmhg == 128


def test_two_nurses_at_once_are_both_kept(client, site, episode):
    forms = []
    for name, pulse in (("Nurse One", "70"), ("Nurse Two", "75")):
        browser = Client()
        browser.force_login(cast.a_nurse(site, name))
        forms.append((browser, opened(browser, log_url(episode)) | ROUTINE | {"pulse_per_minute": pulse}))
    for browser, form in forms:
        assert save(browser, log_url(episode), form).status_code == 302
    kept = Observation.objects.order_by("pulse_per_minute").values_list("pulse_per_minute", "recorded_by__full_name")
    assert list(kept) == [(70, "Nurse One"), (75, "Nurse Two")]


def test_a_late_entry_says_how_late_the_alarm_was(client, nurse, episode):
    form = opened(client, log_url(episode)) | ROUTINE | {"sudden_onset": "yes"}
    an_hour_ago = datetime.now(UTC) - timedelta(minutes=62)
    page = client.post(log_url(episode), form | {"effective_at": local_minute(episode, an_hour_ago)}, follow=True)
    assert re.search(
        r"Late entry: typed 6[23] min after it was measured. The alarm came that much late.", words_of(page)
    )
    assert re.search(r"The alarm came 6[23] min after the measurement", words_of(page))


def test_a_late_entry_shows_what_it_raised_on_a_later_observation(client, nurse, episode):
    later = cast.log(episode, minutes=100, **cast.a_routine_set(pain_on_movement=Decimal(5), pain_at_rest=None))
    assert not RedFlag.objects.filter(rule_code="P1").exists()
    form = opened(client, log_url(episode)) | ROUTINE | {"pain_on_movement": "3", "pain_at_rest": ""}
    at = local_minute(episode, episode.time_zero + timedelta(minutes=80))
    page = client.post(log_url(episode), form | {"effective_at": at}, follow=True)
    assert "P1 Pain rose after relief" in words_of(page)
    assert "Found on the observation of" in words_of(page)
    assert reverse("observation", args=[later.observation.public_id]) in page.content.decode()


def test_pain_site_onset_and_the_doses_that_were_given_are_stored(client, nurse, episode):
    given = datetime.now(UTC) - timedelta(minutes=20)
    form = opened(client, log_url(episode)) | ROUTINE
    page = client.post(
        log_url(episode),
        form
        | {
            "pain_sites": ["ADJACENT_ABOVE", "LEG_LEFT"], "pain_trigger": "BEND", "pain_relief": "PARTIAL",
            "pain_onset_at": local_minute(episode, given), "dose_1_drug": "OXYCODONE", "dose_1_dose": "5 mg",
            "dose_1_route": "PO", "dose_1_given_at": local_minute(episode, given),
        },
        follow=True,
    )  # fmt: skip
    stored = Observation.objects.get()
    dose = stored.doses.get()
    assert (stored.pain_sites, stored.pain_trigger, stored.pain_relief) == (
        ["ADJACENT_ABOVE", "LEG_LEFT"],
        "BEND",
        "PARTIAL",
    )
    assert (dose.drug, dose.dose, dose.route) == ("OXYCODONE", "5 mg", "PO")
    assert abs(dose.given_at - given) < timedelta(minutes=1)
    assert stored.pain_onset_at == dose.given_at
    assert "Oxycodone 5 mg, by mouth" in words_of(page)


def test_what_the_patient_tells_by_phone_after_discharge_is_stored_as_told_by_phone(client, nurse, site):
    episode = an_episode_hours_ago(20, cast.a_patient(site), disposition="SAME_DAY")
    episode.discharged_at, episode.discharged_by = episode.time_zero + timedelta(hours=3), nurse
    episode.save(update_fields=["discharged_at", "discharged_by"])
    form = opened(client, log_url(episode))
    page = client.post(log_url(episode), form | {"dyspnoea": "yes"}, follow=True)
    assert Observation.objects.get().source == "PHONE"
    assert "C4 Chest symptom at home" in words_of(page)


def test_a_half_answered_check_stays_due_and_the_page_says_what_it_lacks(client, nurse, episode):
    form = opened(client, log_url(episode)) | ROUTINE | {"puncture_site": ""}
    page = client.post(log_url(episode), form, follow=True)
    assert re.search(r"still lacks\s+puncture site, full neurology", words_of(page))


def test_only_those_with_a_role_at_the_site_can_log(client, site, episode):
    stranger = cast.a_nurse(cast.a_site("South unit"))
    coordinator = cast.a_member(site, Role.COORDINATOR, "Coordinator One")
    observation = cast.log(episode, minutes=10, **cast.a_routine_set()).observation
    slot = episode.monitoring_slots.first()
    addresses = [
        log_url(episode),
        reverse("correct_observation", args=[observation.public_id]),
        reverse("mark_entered_in_error", args=[observation.public_id]),
        reverse("waive_slot", args=[slot.pk]),
    ]
    for user, expected in ((stranger, 404), (coordinator, 403)):
        client.force_login(user)
        for address in addresses:
            assert client.get(address).status_code == client.post(address, ROUTINE).status_code == expected, address
    result = reverse("observation", args=[observation.public_id])
    assert client.get(result).status_code == 200
    client.force_login(stranger)
    assert client.get(result).status_code == 404
    client.logout()
    assert client.get(log_url(episode)).url.startswith(reverse("sign_in"))
    assert Observation.objects.count() == 1


def test_two_identifiers_stand_on_the_page_and_none_in_its_title_or_address(client, nurse, episode):
    page = client.get(log_url(episode)).content.decode()
    title = re.search(r"<title>(.*?)</title>", page).group(1)
    assert title == "Log an observation · Kyphotrack"
    for identifier in ("Example, Pat", "17 May 1948", "MRN-0001", "L1"):
        assert identifier in words_of(client.get(log_url(episode)))
        assert identifier not in title + log_url(episode)


def test_opening_the_form_is_recorded_in_the_chart(client, nurse, episode):
    opened(client, log_url(episode))
    event = ChartEvent.objects.get(verb=ChartEvent.Verb.OPENED)
    assert (event.patient, event.by) == (episode.patient, nurse)
