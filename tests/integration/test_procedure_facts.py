"""The facts of fracture, treatment, drugs and stay on the procedure page: what is stored, asked about and refused."""

from datetime import datetime
from decimal import Decimal

import pytest

from procedures.models import Procedure, TreatedLevel
from tests import cast
from tests.bedside import filled_in
from tests.procedure_page import beside, local, refused, sent, to_confirm, typed_form, url_of
from tests.reading import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(client):
    patient = cast.a_patient(cast.a_site())
    client.force_login(cast.a_nurse(patient.site))
    return patient


# --- vertebrae --------------------------------------------------------------------------------------------------------


def test_a_fracture_is_not_younger_than_its_procedure(client, patient):
    today = datetime.now(patient.site.zone).date()
    page = sent(
        client, patient, started_at=local(patient, hours_ago=49), ended_at=local(patient, hours_ago=48),
        **{"level-0-fractured_on": today.isoformat()},
    )  # fmt: skip
    assert refused(page)
    assert "lies after the procedure" in beside(page, "level-0-fractured_on")


@pytest.mark.parametrize(("levels", "asked"), [(3, False), (4, True)])
def test_more_than_three_levels_in_one_session_are_asked_about_once(client, patient, levels, asked):
    rows = {}
    for number, level in enumerate(["T12", "L1", "L2", "L3"][:levels]):
        rows |= {f"level-{number}-level": level, f"level-{number}-approach": "BIPEDICULAR"}
    page = sent(client, patient, **{"level-TOTAL_FORMS": "4"}, **rows)
    assert Procedure.objects.exists() != asked
    if asked:
        assert "Please confirm 4 levels in one session." in beside(page, "level-3-approach")
        client.post(url_of(patient), filled_in(page) | {"confirmed": to_confirm(page)})
        assert TreatedLevel.objects.count() == 4


def test_what_imaging_and_treatment_showed_is_stored_with_the_row(client, patient):
    fracture = {
        "date_precision": "MONTH", "fractured_on": "2026-01-15", "morphology": "WEDGE", "stir_edema": "PRESENT",
        "mri_on": "2026-01-20", "vacuum_cleft": "yes", "posterior_cortex": "INTACT", "retropulsion_millimetres": "1.5",
        "canal_compromise_percent": "10", "tumour_extension": "no", "biopsy_taken": "yes", "biopsy_result": "No tumour",
        "tenderness": ["AT_LEVEL", "BELOW"], "imaging_confirms_level": "yes", "kyphosis_degrees": "-5",
        "anterior_height_millimetres": "17",
    }  # fmt: skip
    treatment = {
        "balloon_pressure_psi": "250", "balloon_volume_millilitres": "3.5", "implant": "Stent", "leakage": "ASYMPTOMATIC",
        "yeom_type": "B", "leak_size": "SMALL",
    }  # fmt: skip
    assert sent(client, patient, **{f"level-0-{name}": value for name, value in (fracture | treatment).items()}).url
    episode = Procedure.objects.get()
    broken, treated = episode.fractures.get(), episode.treated_levels.get()
    assert (broken.vacuum_cleft, broken.tumour_extension, broken.tenderness) == (True, False, ["AT_LEVEL", "BELOW"])
    assert (broken.kyphosis_degrees, broken.anterior_height_millimetres) == (-5, 17)
    assert (treated.balloon_pressure_psi, treated.balloon_volume_millilitres) == (250, Decimal("3.5"))
    assert (treated.implant, treated.yeom_type, treated.leak_size) == ("Stent", "B", "SMALL")


# --- around the procedure ---------------------------------------------------------------------------------------------


def test_what_is_not_said_around_the_procedure_stays_unknown(client, patient):
    sent(client, patient)
    episode = Procedure.objects.get()
    blank = (episode.lives_alone, episode.takes_anticoagulants, episode.antibiotic_given, episode.imaged_afterwards)
    assert blank == (None,) * 4
    assert (episode.setting, episode.cancer_kind, episode.perioperative_events) == ("", "", [])
    fracture = episode.fractures.get()
    assert (fracture.vacuum_cleft, fracture.stir_edema, fracture.tenderness) == (None, "", [])


def test_what_is_said_around_the_procedure_is_stored_and_shown(client, patient):
    page = client.post(
        url_of(patient),
        typed_form(
            patient, aetiology="CANCER", cancer_kind="MYELOMA", lives_alone="yes", setting="DAY_CASE", antibiotic_given="no",
            perioperative_events=["HYPOTENSION", "ARRHYTHMIA"], imaged_afterwards="yes", takes_anticoagulants="no",
        ),
        follow=True,
    )  # fmt: skip
    shown = words(page.content.decode())
    for line in ("Cancer: myeloma", "Setting Day case", "Lives alone yes", "Antibiotic not given", "Imaged after yes",
                 "Events hypotension, arrhythmia", "Blood thinners none"):  # fmt: skip
        assert line in shown, line


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"cancer_kind": "MYELOMA"}, "cancer_kind", "the cause is not cancer"),
        ({"perioperative_events": ["NONE", "OTHER"]}, "perioperative_events", "None, or which?"),
        ({"imaged_afterwards_on": "2999-01-01", "imaged_afterwards": "yes"}, "imaged_afterwards_on", "in the future"),
        (
            {"imaged_afterwards_on": "2020-01-01", "imaged_afterwards": "yes"},
            "imaged_afterwards_on",
            "before the procedure",
        ),
        ({"takes_anticoagulants": "no", "drug-0-drug": "WARFARIN"}, "takes_anticoagulants", "a drug is entered below"),
    ],
)
def test_what_does_not_go_together_is_refused_beside_its_field(client, patient, typed, field, sentence):
    page = sent(client, patient, **typed)
    assert refused(page)
    assert sentence in beside(page, field)


def test_a_date_of_imaging_needs_the_imaging(client, patient):
    today = datetime.now(patient.site.zone).date()
    page = sent(client, patient, imaged_afterwards_on=today.isoformat())
    assert "was it done?" in beside(page, "imaged_afterwards")


def test_a_drug_that_is_entered_answers_whether_one_is_taken(client, patient):
    row = {"drug-0-drug": "WARFARIN", "drug-0-last_dose_at": local(patient, hours_ago=60),
           "drug-0-restarted_at": local(patient, hours_ago=0.5)}  # fmt: skip
    assert sent(client, patient, **row).status_code == 302
    episode = Procedure.objects.get()
    assert episode.takes_anticoagulants is True
    assert episode.anticoagulants.get().restarted_at > episode.time_zero


def test_yes_without_a_drug_is_kept_as_said(client, patient):
    page = client.post(url_of(patient), typed_form(patient, takes_anticoagulants="yes"), follow=True)
    assert Procedure.objects.get().takes_anticoagulants is True
    assert "yes, drug not entered" in words(page.content.decode())
