"""Filling in the selection criteria, reading what they say, and a physician who goes ahead all the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from procedures.models import Fracture, Procedure, SelectionOverride, SelectionReview
from tests import cast
from tests.bedside import filled_in, opened
from tests.procedure_page import a_procedure, beside, url_of
from tests.reading import words

pytestmark = pytest.mark.django_db
NOT_SAVED = 422


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=3))


@pytest.fixture(autouse=True)
def signed_in(client, nurse):
    client.force_login(nurse)


def page_of(episode) -> str:
    return reverse("selection", args=[episode.public_id])


def override_of(episode) -> str:
    return reverse("override_selection", args=[episode.public_id])


def day(episode, days_before: int) -> str:
    zero = episode.time_zero.astimezone(episode.patient.site.zone)
    return f"{(zero - timedelta(days=days_before)).date():%Y-%m-%d}"


def all_met(episode) -> dict:
    therapy = dict.fromkeys(("analgesics", "physical_therapy", "osteoporosis_medication"), "YES")
    absent = dict.fromkeys(
        ("active_infection", "coagulopathy", "cement_or_contrast_allergy", "healed_fracture", "cord_compression",
         "pregnant", "cannot_lie_prone"), "no",
    )  # fmt: skip
    level = {
        "fractured_on": day(episode, 50), "stir_edema": "PRESENT", "posterior_cortex": "INTACT", "tenderness": ["ABOVE"],
        "imaging_confirms_level": "yes", "anterior_height_millimetres": "17", "mid_height_millimetres": "18.5",
        "posterior_height_millimetres": "24", "height_above_millimetres": "25", "height_below_millimetres": "26",
    }  # fmt: skip
    return {
        "therapy_started_on": day(episode, 42), "therapy_continues": "yes", "refractory": "yes", "bracing": "CONTRAINDICATED",
        "bracing_reason": "Skin trouble", **therapy, **absent, **{f"L1-{name}": value for name, value in level.items()},
    }  # fmt: skip


def answer(client, episode, **typed):
    return client.post(page_of(episode), opened(client, page_of(episode)) | typed)


def text(client, episode) -> str:
    return words(client.get(page_of(episode)).content.decode())


def test_nothing_is_answered_beforehand_and_the_page_says_how_much_is_missing(client, episode):
    filled = {name: value for name, value in opened(client, page_of(episode)).items() if value not in ("", [""])}
    assert set(filled) == {"form_token"}
    shown = text(client, episode)
    assert "incomplete: 19 items" in shown, "13 of the patient, whose pain the baseline knows, and 6 of the level"
    assert "E1 Severe back pain (7 or more) ✓ met Worst pain 8 of 10." in shown
    assert not SelectionReview.objects.exists()


def test_a_nurse_fills_in_the_page_and_all_criteria_are_met(client, episode, nurse):
    assert answer(client, episode, **all_met(episode)).status_code == 302
    shown = text(client, episode)
    assert "✓ met all criteria met" in shown
    assert "33.3 % of the height is lost." in shown
    assert "7 weeks old: acute" in shown
    review = SelectionReview.objects.get()
    assert (review.recorded_by, review.supersedes, review.bracing_reason) == (nurse, None, "Skin trouble")
    event = ChartEvent.objects.get(verb="RECORDED_SELECTION")
    assert (event.by, event.subject_id, event.detail["fractures"]) == (nurse, review.public_id, ["L1"])


def test_the_chart_and_the_saved_procedure_lead_to_the_page(client, site):
    patient = cast.a_patient(site)
    saved = client.post(url_of(patient), a_procedure(client, patient), follow=True).content.decode()
    address = page_of(Procedure.objects.get())
    assert f'<a href="{address}">Selection criteria</a>: incomplete:' in saved
    assert saved.count(address) == 2, "in the message, and on the chart itself"


def test_the_chart_shows_loss_grade_and_age_of_the_fracture(client, episode):
    answer(client, episode, **all_met(episode))
    shown = words(client.get(reverse("chart", args=[episode.public_id])).content.decode())
    assert "(acute); height loss 33.3 % measured, Genant 2 moderate" in shown
    assert "Selection all criteria met" in shown


def test_therapy_that_was_too_short_is_not_met_and_unknown_blocks_nothing(client, episode):
    answer(client, episode, therapy_started_on=day(episode, 41), therapy_continues="yes")
    shown = text(client, episode)
    assert "1 criterion not met; a physician's reason is missing; incomplete: 18 items" in shown
    assert "E2 At least 42 days of non-invasive therapy ✕ not met 41 days." in shown
    assert "A physician gives the reason for going ahead." in shown


def test_the_acute_window_that_closes_soon_is_said(client, episode):
    answer(client, episode, **all_met(episode) | {"L1-fractured_on": day(episode, 60)})
    assert "10 days of the acute window were left" in text(client, episode)


# --- going ahead all the same -----------------------------------------------------------------------------------------


@pytest.fixture
def breached(client, episode):
    answer(client, episode, **all_met(episode) | {"L1-posterior_cortex": "BREACHED"})
    return episode


@pytest.mark.parametrize("role", [Role.NURSE, Role.COORDINATOR])
def test_only_a_physician_overrides(client, breached, site, role):
    client.force_login(cast.a_member(site, role, f"Member {role}"))
    assert client.get(override_of(breached)).status_code == 403
    assert client.post(override_of(breached), {"reason": "x", "seen": "L1:E6"}).status_code == 403
    assert not SelectionOverride.objects.exists()


def test_a_physician_gives_the_reason_and_it_is_kept_with_what_was_seen(client, breached, physician):
    client.force_login(physician)
    assert override_of(breached) in client.get(page_of(breached)).content.decode()
    page = client.post(override_of(breached), opened(client, override_of(breached)))
    assert page.status_code == NOT_SAVED and not SelectionOverride.objects.exists(), "a reason is needed"

    form = opened(client, override_of(breached)) | {"reason": "Spine surgeon at hand."}
    assert client.post(override_of(breached), form).status_code == 302
    assert client.post(override_of(breached), form).status_code == 302, "a double tap"
    kept = SelectionOverride.objects.get()
    assert (kept.recorded_by, kept.reason) == (physician, "Spine surgeon at hand.")
    assert [(one["level"], one["code"], one["reason"]) for one in kept.criteria] == [("L1", "E6", "Breached.")]
    shown = text(client, breached)
    assert "1 criterion not met; overridden by a physician" in shown
    assert "Overridden" in shown and "by Physician One: L1 E6 (Breached.) Spine surgeon at hand." in shown
    event = ChartEvent.objects.get(verb="OVERRODE_SELECTION")
    assert (event.by, event.reason, event.detail["criteria"]) == (physician, "Spine surgeon at hand.", ["L1 E6"])


def test_after_a_change_of_the_answers_the_reason_is_asked_for_again(client, breached, physician):
    client.force_login(physician)
    client.post(override_of(breached), opened(client, override_of(breached)) | {"reason": "Surgeon at hand."})
    answer(client, breached, cannot_lie_prone="yes", reason="Tried it")
    shown = text(client, breached)
    assert "2 criteria not met; a physician's reason is missing" in shown
    assert "on an earlier version of the answers" in shown


def test_a_reason_counts_only_for_what_its_page_showed(client, breached, physician):
    client.force_login(physician)
    form = opened(client, override_of(breached)) | {"reason": "Surgeon at hand."}
    answer(client, breached, cannot_lie_prone="yes", reason="Tried it")
    page = client.post(override_of(breached), form)
    assert page.status_code == NOT_SAVED
    assert "The criteria changed since this page was opened." in words(page.content.decode())
    assert filled_in(page)["reason"] == "Surgeon at hand."
    assert client.post(override_of(breached), filled_in(page)).status_code == 302
    assert [one["code"] for one in SelectionOverride.objects.get().criteria] == ["XC7", "E6"]


def test_with_nothing_to_override_nothing_is_stored(client, episode, physician):
    client.force_login(physician)
    assert "No criterion waits for a reason." in words(client.get(override_of(episode)).content.decode())
    token = opened(client, override_of(episode)).get("form_token", "")
    assert client.post(override_of(episode), {"form_token": token, "seen": "", "reason": "x"}).status_code == NOT_SAVED
    assert not SelectionOverride.objects.exists()


# --- corrections ------------------------------------------------------------------------------------------------------


def test_adding_to_the_answers_needs_no_reason_and_makes_a_version(client, episode):
    answer(client, episode, refractory="yes")
    answer(client, episode, active_infection="no")
    first, second = SelectionReview.objects.order_by("pk")
    assert (second.supersedes, second.refractory, second.active_infection) == (first, True, False)
    assert first.active_infection is None


def test_a_correction_needs_a_reason_and_both_versions_stay_readable(client, episode, nurse):
    answer(client, episode, **all_met(episode))
    changed = {"refractory": "no", "L1-posterior_cortex": "BREACHED", "L1-mid_height_millimetres": "19"}
    page = answer(client, episode, **changed)
    assert page.status_code == NOT_SAVED
    assert "say in a few words why" in beside(page, "reason")
    assert {name: filled_in(page)[name] for name in changed} == changed | {"refractory": ["no"]}

    assert client.post(page_of(episode), filled_in(page) | {"reason": "Read the CT again"}).status_code == 302
    old, new = SelectionReview.objects.order_by("pk")
    assert (old.refractory, new.refractory, new.correction_reason) == (True, False, "Read the CT again")
    versions = list(Fracture.objects.filter(procedure=episode, level="L1").order_by("pk"))
    assert [one.posterior_cortex for one in versions] == ["", "INTACT", "BREACHED"]
    assert (versions[2].supersedes, versions[2].recorded_by) == (versions[1], nurse)
    assert versions[1].correction_reason.startswith("Facts were added"), "nothing recorded was changed by it"
    assert list(episode.fractures.current()) == versions[2:]
    shown = text(client, episode)
    assert shown.count("Refractory to therapy yes") == shown.count("Refractory to therapy no") == 1
    assert "Read the CT again" in shown


def test_a_fracture_of_the_procedure_page_is_not_overwritten_without_a_reason(client, site):
    patient = cast.a_patient(site)
    client.post(url_of(patient), a_procedure(client, patient, **{"level-0-height_loss_percent": "30"}))
    episode = Procedure.objects.get()
    assert beside(answer(client, episode, **{"L1-height_loss_percent": "10"}), "reason")
    assert Fracture.objects.get().height_loss_percent == 30
    assert answer(client, episode, **{"L1-height_loss_percent": "10"}, reason="Typing mistake").status_code == 302
    assert episode.fractures.current().get().height_loss_percent == 10


def test_nothing_new_makes_no_version(client, episode):
    assert "Nothing was changed" in words(answer(client, episode).content.decode())
    answer(client, episode, refractory="yes")
    assert answer(client, episode, reason="Once more").status_code == NOT_SAVED
    assert SelectionReview.objects.count() == 1


def test_a_double_tap_makes_one_version(client, episode):
    form = opened(client, page_of(episode)) | {"refractory": "yes"}
    assert [client.post(page_of(episode), form).status_code for _ in range(2)] == [302, 302]
    assert SelectionReview.objects.count() == 1
    assert ChartEvent.objects.filter(verb="RECORDED_SELECTION").count() == 1


def test_two_people_at_once_do_not_bury_each_other(client, episode):
    mine = opened(client, page_of(episode)) | {"refractory": "yes"}
    answer(client, episode, active_infection="no")
    page = client.post(page_of(episode), mine | {"reason": "As I saw it"})
    assert page.status_code == NOT_SAVED
    assert "saved meanwhile by somebody else" in words(page.content.decode())
    assert filled_in(page)["refractory"] == ["yes"]
    assert client.post(page_of(episode), filled_in(page)).status_code == 302
    assert SelectionReview.objects.count() == 2


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"therapy_started_on": -1}, "therapy_started_on", "lies after the procedure"),
        ({"therapy_started_on": 10, "therapy_ended_on": 11}, "therapy_ended_on", "cannot end before it starts"),
        ({"therapy_ended_on": -1}, "therapy_ended_on", "lies after the procedure"),
        ({"therapy_ended_on": 3, "therapy_continues": "yes"}, "therapy_ended_on", "went on until the procedure"),
        ({"bracing": "CONTRAINDICATED"}, "bracing_reason", "why?"),
        ({"pain_at_therapy_start": "11"}, "pain_at_therapy_start", "Possible is 0 to 10"),
        ({"refractory": "maybe"}, "refractory", "not one of the available choices"),
        ({"L1-fractured_on": -1}, "L1-fractured_on", "lies after the procedure"),
        ({"L1-fractured_on": "1948-05-16"}, "L1-fractured_on", "before the patient's birth"),
        ({"L1-date_precision": "MONTH"}, "L1-fractured_on", "any day of the month"),
        ({"L1-mri_on": 2, "L1-stir_edema": "NOT_DONE"}, "L1-mri_on", "no MRI was done"),
        ({"L1-biopsy_result": "Myeloma"}, "L1-biopsy_taken", "was a biopsy taken?"),
        ({"L1-tenderness": ["AT_LEVEL", "NOT_TENDER"]}, "L1-tenderness", "tender where?"),
        ({"L1-height_loss_percent": "100.1"}, "L1-height_loss_percent", "Possible is 0 to 100 %."),
        ({"L1-anterior_height_millimetres": "0"}, "L1-anterior_height_millimetres", "Possible is 0.1 to 99.9 mm."),
        ({"L1-canal_compromise_percent": "-1"}, "L1-canal_compromise_percent", "Possible is 0 to 100 %."),
        ({"L1-kyphosis_degrees": "181"}, "L1-kyphosis_degrees", "Possible is -180 to 180 °."),
        ({"L1-retropulsion_millimetres": "1e9"}, "L1-retropulsion_millimetres", "Possible is 0 to 99.9 mm."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(client, episode, typed, field, sentence):
    typed = {name: day(episode, value) if isinstance(value, int) else value for name, value in typed.items()}
    page = answer(client, episode, osteoporosis_medication="NO", **typed)
    assert page.status_code == NOT_SAVED
    assert sentence in beside(page, field)
    assert filled_in(page)["osteoporosis_medication"] == ["NO"]
    assert not SelectionReview.objects.exists()


@pytest.mark.parametrize("odd", ["9" * 5000, "🦴", "\x00", "0000-00-00", "NaN"])
def test_no_value_however_odd_is_a_server_error(client, episode, odd):
    days = ("therapy_started_on", "L1-fractured_on", "L1-mri_on")
    names = (*days, "pain_at_therapy_start", "L1-height_loss_percent", "L1-kyphosis_degrees", "replaces")
    assert answer(client, episode, **dict.fromkeys(names, odd)).status_code == NOT_SAVED


def test_what_a_physician_typed_in_the_reason_is_shown_as_typed(client, breached, physician):
    client.force_login(physician)
    reason = "🦴 <script>alert(1)</script>"
    client.post(override_of(breached), opened(client, override_of(breached)) | {"reason": reason})
    html = client.get(page_of(breached)).content.decode()
    assert "🦴 &lt;script&gt;alert(1)&lt;/script&gt;" in html and "<script>alert" not in html


def test_who_may_only_read_sees_the_result_and_no_form(client, breached, site):
    client.force_login(cast.a_member(site, Role.COORDINATOR, "Coordinator One"))
    html = client.get(page_of(breached)).content.decode()
    assert "1 criterion not met" in words(html) and 'name="therapy_started_on"' not in html
    assert client.post(page_of(breached), {"refractory": "yes"}).status_code == 403


def test_a_cancer_fracture_needs_no_six_weeks_and_the_page_says_so(client, site):
    patient = cast.a_patient(site)
    episode = cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=3), aetiology="CANCER")
    answer(client, episode, therapy_started_on=day(episode, 5), therapy_continues="yes")
    shown = text(client, episode)
    assert "✓ met Cancer: earlier intervention is warranted." in shown
    assert "AHA class IIa" in shown


def test_a_little_relief_suggests_refractory(client, episode):
    answer(client, episode, pain_at_therapy_start="9")
    assert "this suggests yes" in text(client, episode)
    answer(client, episode, pain_at_therapy_start="10", reason="Asked again")
    assert "this suggests no" in text(client, episode)
    assert SelectionReview.objects.current().get().pain_at_therapy_start == Decimal(10)
