"""What the procedure page refuses, asks about and accepts. Nothing typed is lost, and nothing is a server error."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from followup.models import MonitoringSlot
from followup.monitoring_plan import plan_monitoring
from procedures.models import Baseline, Procedure, TreatedLevel
from tests import cast
from tests.bedside import filled_in
from tests.procedure_page import NOT_SAVED, beside, local, refused, sent, to_confirm, typed_form, url_of
from tests.reading import words

pytestmark = pytest.mark.django_db

HUGE = "9" * 5000


@pytest.fixture
def patient(client):
    patient = cast.a_patient(cast.a_site())
    client.force_login(cast.a_nurse(patient.site))
    return patient


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "started", "ended", "sentence"),
    [
        ("ended_at", 1, -1, "lies in the future"),
        ("started_at", 1, 2, "cannot start after its end"),
        ("started_at", 27, 2, "more than 24 hours before the end"),
    ],
)
def test_impossible_times_are_refused_beside_the_time(client, patient, field, started, ended, sentence):
    page = sent(client, patient, started_at=local(patient, hours_ago=started), ended_at=local(patient, hours_ago=ended))
    assert refused(page)
    assert sentence in beside(page, field)


def test_a_tablet_whose_clock_is_a_few_minutes_ahead_is_not_refused(client, patient):
    assert sent(client, patient, ended_at=local(patient, hours_ago=-4 / 60)).status_code == 302


@pytest.mark.parametrize(("hours_before_the_end", "taken"), [(30 * 24 - 1, True), (30 * 24 + 1, False), (-0.5, False)])
def test_the_baseline_lies_in_the_thirty_days_before_the_end(client, patient, hours_before_the_end, taken):
    page = sent(client, patient, measured_at=local(patient, hours_ago=1 + hours_before_the_end), gait="1")
    assert Procedure.objects.exists() == taken
    assert bool(beside(page, "measured_at")) != taken


def test_a_baseline_needs_its_time(client, patient):
    page = sent(client, patient, gait="1")
    assert refused(page)
    assert "When was the baseline measured?" in beside(page, "measured_at")


def test_the_hour_that_autumn_gives_twice_can_be_typed(client, monkeypatch):
    site = cast.a_site("Autumn unit", "Europe/Berlin")
    patient = cast.a_patient(site)
    client.force_login(cast.a_nurse(site))
    now = datetime(2025, 10, 26, 2, 0, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    page = sent(client, patient, started_at="2025-10-26T01:30", ended_at="2025-10-26T02:30")
    assert page.status_code == 302
    assert Procedure.objects.get().time_zero == datetime(2025, 10, 26, 1, 30, tzinfo=UTC), "the later of the two"


def test_an_hour_of_the_schedule_is_an_hour_also_in_the_night_when_clocks_change(client, monkeypatch):
    site = cast.a_site("Autumn unit", "Europe/Berlin")
    patient = cast.a_patient(site)
    client.force_login(cast.a_nurse(site))
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2025, 10, 25, 23, 0, tzinfo=UTC))
    sent(client, patient, started_at="2025-10-26T00:10", ended_at="2025-10-26T00:45")
    episode = Procedure.objects.get()
    plan = plan_monitoring(datetime(2025, 10, 25, 22, 45, tzinfo=UTC), episode.disposition)
    due = sorted(MonitoringSlot.objects.filter(procedure=episode).values_list("due_at", flat=True))
    assert due == sorted(slot.due_at for slot in plan)


@pytest.mark.parametrize(
    "moment", ["0000-00-00T00:00", "9999-12-31T23:59", "2026-03-29T02:30", "🕐", "1e9", HUGE, "\x00"]
)
def test_no_time_however_odd_is_a_server_error(client, moment):
    patient = cast.a_patient(cast.a_site("Western unit", "America/Los_Angeles"))
    client.force_login(cast.a_nurse(patient.site))
    fields = ["started_at", "ended_at", "measured_at", "drug-0-last_dose_at", "level-0-fractured_on"]
    page = sent(client, patient, **dict.fromkeys(fields, moment), **{"drug-0-drug": "WARFARIN", "gait": "1"})
    assert page.status_code == NOT_SAVED
    for field in fields:
        assert beside(page, field) or moment.startswith("2026"), field


# --- vertebrae --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "millilitres", "outcome"),
    [
        ("L1", "0.1", "taken"),
        ("L1", "8", "taken"),
        ("T12", "6", "taken"),
        ("L1", "8.1", "asked"),
        ("T12", "6.1", "asked"),
        ("L1", "20", "asked"),
        ("L1", "0", "refused"),
        ("L1", "20.1", "refused"),
        ("L1", "-3", "refused"),
        ("L1", "1e9", "refused"),
        ("L1", "NaN", "refused"),
        ("L1", "4,5", "taken"),
        ("L1", "4.5,0", "refused"),
        ("L1", "4,500", "refused"),
        ("L1", HUGE, "refused"),
    ],
)
def test_the_volume_of_cement(client, patient, level, millilitres, outcome):
    page = sent(client, patient, **{"level-0-level": level, "level-0-cement_volume_millilitres": millilitres})
    assert Procedure.objects.exists() == (outcome == "taken")
    told = beside(page, "level-0-cement_volume_millilitres")
    if outcome == "asked":
        assert f"Please confirm {millilitres} mL in {level}." in told
        again = client.post(url_of(patient), filled_in(page) | {"confirmed": to_confirm(page)})
        assert again.status_code == 302
        assert TreatedLevel.objects.get().cement_volume_millilitres == Decimal(millilitres)
    elif outcome == "refused":
        assert "Possible is 0.1 to 20 mL." in told
        assert filled_in(page)["level-0-cement_volume_millilitres"] == millilitres


def test_a_vertebra_stands_once(client, patient):
    page = sent(client, patient, **{"level-1-level": "L1", "level-1-approach": "PARAPEDICULAR"})
    assert refused(page)
    assert "L1 stands in another row already." in beside(page, "level-1-level")


def test_at_least_one_vertebra_was_treated(client, patient):
    page = sent(
        client, patient, **{"level-0-approach": "", "level-0-cement_volume_millilitres": "", "level-0-leakage": ""}
    )
    assert refused(page)
    assert "Enter at least one vertebra with the approach" in words(page.content.decode())


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"level": ""}, "level", "Which vertebra?"),
        ({"level": "S1"}, "level", "not one of the available choices"),
        ({"approach": ""}, "approach", "by which approach?"),
        ({"leakage": "NONE", "leakage_sites": ["VEIN"]}, "leakage", "no leak was seen"),
        ({"leakage": "", "leakage_sites": ["VEIN"]}, "leakage", "with symptoms or without?"),
        ({"height_loss_percent": "100.1"}, "height_loss_percent", "Possible is 0 to 100 %."),
        ({"height_loss_percent": "-1"}, "height_loss_percent", "Possible is 0 to 100 %."),
        ({"height_loss_percent": "33.33"}, "height_loss_percent", "one decimal"),
        ({"height_loss_percent": "NaN"}, "height_loss_percent", "Enter a number from 0 to 100"),
        ({"leakage": "NONE", "yeom_type": "S"}, "leakage", "no leak was seen"),
        ({"leakage": "", "leak_size": "SMALL"}, "leakage", "with symptoms or without?"),
        ({"yeom_type": "X"}, "yeom_type", "not one of the available choices"),
        ({"balloon_pressure_psi": "1000"}, "balloon_pressure_psi", "Possible is 0 to 999 psi."),
        ({"balloon_volume_millilitres": "0"}, "balloon_volume_millilitres", "Possible is 0.1 to 99.9 mL."),
        ({"stir_edema": "NOT_DONE", "mri_on": "2026-01-05"}, "mri_on", "no MRI was done"),
        ({"date_precision": "DAY"}, "fractured_on", "Enter the date"),
        (
            {"approach": "", "cement_volume_millilitres": "", "leakage": "", "implant": "Spine jack"},
            "approach",
            "by which",
        ),
        ({"fractured_on": "2999-01-01"}, "fractured_on", "lies in the future"),
        ({"fractured_on": "1948-05-16"}, "fractured_on", "before the patient's birth"),
    ],
)
def test_a_row_is_refused_beside_its_field(client, patient, typed, field, sentence):
    page = sent(client, patient, **{f"level-0-{name}": value for name, value in typed.items()})
    assert refused(page)
    assert sentence in beside(page, f"level-0-{field}")


def test_a_fracture_that_was_not_treated_is_stored_as_a_fracture(client, patient):
    sent(client, patient, **{"level-1-level": "T7", "level-1-height_loss_percent": "20"})
    episode = Procedure.objects.get()
    assert episode.fractures.get(level="T7").height_loss_percent == 20
    assert [row.level for row in episode.treated_levels.all()] == ["L1"]


def test_a_row_can_be_added_without_a_script_and_nothing_is_saved_by_it(client, patient):
    form = typed_form(patient, redisplay="level")
    page = client.post(url_of(patient), form)
    assert not Procedure.objects.exists()
    again = filled_in(page)
    assert (again["level-TOTAL_FORMS"], again["level-3-level"], again["level-0-level"]) == ("4", "", "L1")
    client.post(url_of(patient), again | {"level-3-level": "L4", "level-3-approach": "BIPEDICULAR"})
    assert {row.level for row in TreatedLevel.objects.all()} == {"L1", "L4"}


@pytest.mark.parametrize("total", ["", "-1", "1e9", "999999999", HUGE, "🧮"])
def test_a_damaged_number_of_rows_is_no_server_error(client, patient, total):
    for asked in ({}, {"redisplay": "level"}):
        page = sent(client, patient, **{"level-TOTAL_FORMS": total}, **asked)
        assert page.status_code == NOT_SAVED


# --- drugs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"drug": "", "last_dose_at": 50}, "drug", "Which drug?"),
        ({"drug": "WARFARIN", "last_dose_at": -1}, "last_dose_at", "lies in the future"),
        (
            {"drug": "WARFARIN", "last_dose_at": 1, "planned_restart_at": 2},
            "planned_restart_at",
            "before the last dose",
        ),
        ({"drug": "WARFARIN", "last_dose_at": 1, "restarted_at": 2}, "restarted_at", "before the last dose"),
        ({"drug": "WARFARIN", "restarted_at": -1}, "restarted_at", "lies in the future"),
    ],
)
def test_a_drug_is_refused_beside_its_field(client, patient, typed, field, sentence):
    row = {
        f"drug-0-{name}": local(patient, hours_ago=value) if name.endswith("_at") else value
        for name, value in typed.items()
    }
    page = sent(client, patient, **row)
    assert refused(page)
    assert sentence in beside(page, f"drug-0-{field}")


def test_a_drug_stands_once(client, patient):
    page = sent(client, patient, **{"drug-0-drug": "ASPIRIN", "drug-1-drug": "ASPIRIN"})
    assert refused(page)
    assert "stands in another row already" in beside(page, "drug-1-drug")


# --- the baseline -----------------------------------------------------------------------------------------------------


def with_baseline(client, patient, **typed):
    return sent(client, patient, measured_at=local(patient, hours_ago=5), **typed)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("pulse_per_minute", "301", "Possible is 0 to 300 /min."),
        ("spo2_percent", "101", "Possible is 40 to 100 %."),
        ("temperature", "98.2", "Did you mean 98.2 °F?"),
        ("egfr_ml_per_minute", "-1", "Possible is 0 to 999 mL/min/1.73 m²."),
        ("post_void_residual_ml", "2001", "Possible is 0 to 2000 mL."),
        ("pain_at_rest", "11", "Choose a number from 0 to 10."),
        ("motor_L2_R", "6", "not one of the available choices"),
        ("allergies", "x" * 401, "at most 400"),
        ("allergies", "nul\x00", "Null characters"),
    ],
)
def test_an_impossible_finding_is_refused_beside_its_field(client, patient, field, value, sentence):
    page = with_baseline(client, patient, **{field: value})
    assert refused(page)
    assert sentence in beside(page, field)


def test_an_alarming_value_is_asked_about_once_and_stays_confirmed_while_another_field_is_mended(client, patient):
    page = with_baseline(client, patient, pulse_per_minute="181", operator="")
    assert "Please confirm 181 /min." in beside(page, "pulse_per_minute")
    page = client.post(url_of(patient), filled_in(page) | {"confirmed": to_confirm(page)})
    assert not beside(page, "pulse_per_minute")
    assert "required" in beside(page, "operator")
    client.post(url_of(patient), filled_in(page) | {"operator": "Operator Two"})
    assert Baseline.objects.get().pulse_per_minute == 181


def test_confirming_one_value_does_not_confirm_another(client, patient):
    page = with_baseline(client, patient, pulse_per_minute="181")
    page = client.post(url_of(patient), filled_in(page) | {"confirmed": to_confirm(page), "pulse_per_minute": "281"})
    assert refused(page)
    assert "Please confirm 281 /min." in beside(page, "pulse_per_minute")


def test_a_temperature_in_fahrenheit_is_converted_and_the_question_names_both(client, patient):
    page = with_baseline(client, patient, temperature="107", temperature_unit="F")
    assert "Please confirm 41.7 °C (typed as 107 °F)." in beside(page, "temperature")
    client.post(url_of(patient), filled_in(page) | {"confirmed": to_confirm(page)})
    assert Baseline.objects.get().temperature_celsius == Decimal("41.7")


def test_half_a_tenth_of_a_degree_is_rounded_up(client, patient):
    with_baseline(client, patient, temperature="38.05")
    assert Baseline.objects.get().temperature_celsius == Decimal("38.1")


@pytest.mark.parametrize("half", ["by", "at"])
def test_oxygen_scale_2_names_who_and_when(client, patient, half):
    given = {"by": "Dr Example", "at": local(patient, hours_ago=9)}[half]
    page = with_baseline(client, patient, gait="1", **{f"spo2_scale_2_authorised_{half}": given})
    assert refused(page)
    assert "both the clinician's name and the time" in beside(page, "spo2_scale_2_authorised_by")


def test_limited_by_pain_needs_a_power(client, patient):
    page = with_baseline(client, patient, pain_limited=["motor_L4_R"])
    assert refused(page)
    assert "no power is entered" in beside(page, "motor_L4_R")


# --- much of everything -----------------------------------------------------------------------------------------------


def test_a_long_stay_with_every_row_and_field_filled_in_is_not_too_much(client, patient):
    levels = ["T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "T1", "T2", "T3", "T4"]
    rows: dict[str, object] = {"level-TOTAL_FORMS": len(levels)}
    for number, level in enumerate(levels):
        rows |= {
            f"level-{number}-level": level, f"level-{number}-approach": "BIPEDICULAR",
            f"level-{number}-leakage": "ASYMPTOMATIC", f"level-{number}-leakage_sites": ["EPIDURAL", "VEIN", "PULMONARY"],
            f"level-{number}-cement_lot": "🧱", f"level-{number}-height_loss_percent": "30",
        }  # fmt: skip
    page = sent(client, patient, **rows)
    assert to_confirm(page) == ["level-16-approach=17 levels in one session"]
    assert client.post(url_of(patient), filled_in(page) | {"confirmed": to_confirm(page)}).status_code == 302
    assert TreatedLevel.objects.count() == len(levels)


def test_ten_megabytes_are_answered_with_a_page_that_says_so(client, patient):
    page = sent(client, patient, notes="x" * 10_000_000)
    assert page.status_code == 400
    assert "larger than allowed" in page.content.decode()
    assert not Procedure.objects.exists()


def test_an_emoji_and_markup_in_a_note_are_kept_as_typed(client, patient):
    note = "🦴 <script>alert(1)</script> \"'&"
    page = client.post(url_of(patient), typed_form(patient, notes=note), follow=True)
    assert Procedure.objects.get().notes == note
    assert "<script>alert(1)" not in page.content.decode()


def test_the_page_needs_the_same_few_statements_for_a_first_and_a_later_procedure(
    client, patient, django_assert_max_num_queries
):
    for hours_ago in (2000, 1000, 500):
        cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago))
        with django_assert_max_num_queries(12):
            client.get(url_of(patient))
