"""The services of the selection criteria: rows into facts, what the database refuses, and that all is stored or nothing."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.selection import (
    NothingToOverride,
    current_baseline,
    eligibility_of,
    embolism_risk_of,
    limits_of,
    override_selection,
    read_selection,
    record_selection,
)
from patients.models import ChartEvent
from procedures.models import Baseline, Fracture, Procedure, SelectionOverride, SelectionReview, TreatedLevel
from procedures.models.selection import SELECTION_ANSWERS
from procedures.selection import CorrectionNeedsReason, SelectionChangedMeanwhile
from procedures.selection_facts import EligibilityLimits
from procedures.three_valued import MET, NOT_MET, UNKNOWN
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site), levels=("L1", "L3"))


def record(episode, *, answers=None, fractures=(), reason="", replaces="current", form_token=None, minutes=60):
    current = episode.selection_reviews.current().first()
    return record_selection(
        procedure=episode, answers=answers or {}, fractures=fractures, reason=reason,
        replaces=current if replaces == "current" else replaces, form_token=form_token or uuid.uuid4(),
        by=cast.a_nurse(episode.patient.site), now=episode.time_zero + timedelta(minutes=minutes),
    )  # fmt: skip


def judged(episode):
    return eligibility_of(read_selection(episode, baseline=current_baseline(episode), ruleset=DEFAULT_RULESET))


def state(episode, code: str, level: str = ""):
    result = judged(episode)
    checks = next(one.checks for one in result.levels if one.level == level) if level else result.patient
    return next(check.state for check in checks if check.code == code)


def test_the_thresholds_of_the_ruleset_are_the_defaults_of_the_specification():
    assert limits_of(DEFAULT_RULESET) == EligibilityLimits()


@pytest.mark.parametrize(
    ("facts", "code", "expected"),
    [
        ({"posterior_cortex": "INTACT"}, "E6", MET),
        ({"posterior_cortex": "BREACHED"}, "E6", NOT_MET),
        ({"posterior_cortex": ""}, "E6", UNKNOWN),
        ({"tenderness": ["AT_LEVEL"]}, "E7", MET),
        ({"tenderness": ["ELSEWHERE", "BELOW"]}, "E7", MET),
        ({"tenderness": ["ELSEWHERE"]}, "E7", NOT_MET),
        ({"tenderness": ["NOT_TENDER"]}, "E7", NOT_MET),
        ({"tenderness": []}, "E7", UNKNOWN),
        ({"imaging_confirms_level": False}, "E8", NOT_MET),
        ({"stir_edema": "PRESENT"}, "E9", MET),
        ({"stir_edema": "ABSENT"}, "E9", NOT_MET),
        ({"stir_edema": "NOT_DONE"}, "E9", UNKNOWN),
        ({"height_loss_percent": Decimal("24.9")}, "E4", NOT_MET),
        ({"height_loss_percent": Decimal("66.8")}, "E5", NOT_MET),
    ],
)
def test_what_is_recorded_of_a_level_is_what_is_judged(episode, facts, code, expected):
    record(episode, fractures=[{"level": "L3", **facts}])
    assert state(episode, code, "L3") is expected
    assert state(episode, code, "L1") is UNKNOWN


def test_a_complete_measurement_goes_before_an_estimate_and_a_half_one_does_not(episode):
    heights = {
        "anterior_height_millimetres": Decimal(20), "mid_height_millimetres": Decimal(20),
        "posterior_height_millimetres": Decimal(20), "height_above_millimetres": Decimal(25),
    }  # fmt: skip
    record(episode, fractures=[{"level": "L1", "height_loss_percent": Decimal(40), **heights}])
    assert state(episode, "E4", "L1") is MET, "the estimate of 40 %"
    record(episode, fractures=[{"level": "L1", "height_below_millimetres": Decimal(25)}])
    assert state(episode, "E4", "L1") is NOT_MET, "20 % measured"


def test_the_baseline_gives_pain_and_coagulation(site):
    baseline = cast.a_baseline(inr=Decimal("1.6"), platelets_per_nanolitre=200, pregnancy_possible=False)
    episode = cast.an_episode(cast.a_patient(site), baseline=baseline)
    assert (state(episode, "E1"), state(episode, "XC2"), state(episode, "XC6")) == (MET, NOT_MET, MET)


@pytest.mark.parametrize(
    ("reaction", "expected"), [("SEVERE", NOT_MET), ("MILD_MODERATE", NOT_MET), ("NONE", UNKNOWN), ("", UNKNOWN)]
)
def test_an_earlier_reaction_to_contrast_is_an_allergy(site, reaction, expected):
    episode = cast.an_episode(cast.a_patient(site), baseline=cast.a_baseline(contrast_reaction=reaction))
    assert state(episode, "XC3") is expected


def test_without_a_baseline_nothing_of_it_is_assumed(site):
    episode = cast.an_episode(cast.a_patient(site), baseline=None)
    assert {check.state for check in judged(episode).patient} == {UNKNOWN}


def test_a_fracture_that_was_not_treated_does_not_decide(site):
    episode = cast.an_episode(cast.a_patient(site), levels=("L1",))
    Fracture.objects.create(procedure=episode, level="T7", posterior_cortex="BREACHED")
    result = judged(episode)
    assert [one.level for one in result.levels] == ["L1"] and result.state is UNKNOWN


def test_the_day_is_that_of_the_procedure_at_its_site():
    """Shortly after midnight in Berlin it is still the day before in UTC."""
    patient = cast.a_patient(cast.a_site("Night unit", "Europe/Berlin"))
    episode = cast.an_episode(patient, time_zero=cast.T0.replace(hour=23, minute=30))
    start = cast.T0.date() - timedelta(days=41)
    record(episode, answers={"therapy_started_on": start, "therapy_continues": True})
    assert state(episode, "E2") is MET


@pytest.mark.parametrize(
    ("facts", "high"),
    [
        ({"kind": "VERTEBROPLASTY"}, MET),
        ({"levels": ("T12",)}, MET),
        ({"levels": ("L1", "L2", "L3")}, MET),
        ({}, UNKNOWN),  # nobody said when it broke
    ],
)
def test_the_risk_of_an_embolism_follows_the_procedure(site, facts, high):
    episode = cast.an_episode(cast.a_patient(site), **facts)
    assert embolism_risk_of(read_selection(episode, baseline=None, ruleset=DEFAULT_RULESET)).high is high


def test_an_old_fracture_of_one_lumbar_level_is_no_risk(site):
    episode = cast.an_episode(cast.a_patient(site))
    record(episode, fractures=[{"level": "L1", "fractured_on": cast.T0.date() - timedelta(days=14)}])
    assert embolism_risk_of(read_selection(episode, baseline=None, ruleset=DEFAULT_RULESET)).high is NOT_MET


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_correction_without_a_reason_is_refused_and_stores_nothing(episode):
    record(episode, answers={"refractory": True}, fractures=[{"level": "L1", "posterior_cortex": "INTACT"}])
    with pytest.raises(CorrectionNeedsReason):
        record(episode, answers={"refractory": False})
    with pytest.raises(CorrectionNeedsReason):
        record(episode, answers={"refractory": True}, fractures=[{"level": "L1", "posterior_cortex": "BREACHED"}])
    assert SelectionReview.objects.count() == 1
    assert Fracture.objects.current().get(level="L1").posterior_cortex == "INTACT"
    assert ChartEvent.objects.filter(verb="RECORDED_SELECTION").count() == 1


def test_a_blank_that_takes_something_back_is_a_correction(episode):
    record(episode, answers={"refractory": True})
    with pytest.raises(CorrectionNeedsReason):
        record(episode, answers={"refractory": None})


def test_a_version_replaces_only_the_one_that_was_seen(episode):
    record(episode, answers={"refractory": True})
    with pytest.raises(SelectionChangedMeanwhile):
        record(episode, answers={"pregnant": False}, replaces=None)


def test_the_same_form_twice_is_one_version(episode):
    token = uuid.uuid4()
    first = record(episode, answers={"refractory": True}, form_token=token)
    assert record(episode, answers={"refractory": True}, replaces=None, form_token=token) == first
    assert SelectionReview.objects.count() == 1


def test_only_fractures_with_something_new_get_a_row(episode):
    record(episode, fractures=[{"level": "L1", "posterior_cortex": "INTACT"}, {"level": "L3", "posterior_cortex": ""}])
    assert {one.level: one.supersedes is not None for one in Fracture.objects.current()} == {"L1": True, "L3": False}
    assert ChartEvent.objects.get(verb="RECORDED_SELECTION").detail["fractures"] == ["L1"]


def test_a_treated_level_without_a_fracture_gets_its_first_one_when_something_is_known(site):
    episode = cast.an_episode(cast.a_patient(site))
    TreatedLevel.objects.create(procedure=episode, level="L2", approach="BIPEDICULAR")
    record(episode, fractures=[{"level": "L2", "tenderness": []}])
    assert not episode.fractures.filter(level="L2").exists()
    record(episode, fractures=[{"level": "L2", "tenderness": ["AT_LEVEL"]}])
    assert episode.fractures.get(level="L2").recorded_by == cast.a_nurse(site)


def test_an_error_at_the_last_write_leaves_nothing_behind(episode, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("patients.models.ChartEvent.save", fails)
    with pytest.raises(RuntimeError):
        record(episode, answers={"refractory": True}, fractures=[{"level": "L1", "posterior_cortex": "INTACT"}])
    assert not SelectionReview.objects.exists()
    assert Fracture.objects.current().get(level="L1").posterior_cortex == ""


# --- overrides --------------------------------------------------------------------------------------------------------


def override(episode, seen, token=None):
    return override_selection(
        procedure=episode, seen=seen, reason="Discussed with the spine surgeon.", form_token=token or uuid.uuid4(),
        by=cast.a_physician(episode.patient.site), now=episode.time_zero + timedelta(hours=2),
    )  # fmt: skip


def test_an_override_holds_for_exactly_what_was_seen(episode):
    record(episode, answers={"pregnant": True}, fractures=[{"level": "L3", "posterior_cortex": "BREACHED"}])
    for seen in ([], [":XC6"], [":XC6", "L1:E6"], [":XC6", "L3:E6", "L3:E4"]):
        with pytest.raises(NothingToOverride):
            override(episode, seen)
    token = uuid.uuid4()
    kept = override(episode, ["L3:E6", ":XC6"], token)
    assert [(one["level"], one["code"]) for one in kept.criteria] == [("", "XC6"), ("L3", "E6")]
    assert kept.ruleset_version == DEFAULT_RULESET.version
    assert override(episode, ["L3:E6", ":XC6"], token) == kept
    with pytest.raises(NothingToOverride):
        override(episode, ["L3:E6", ":XC6"])
    assert SelectionOverride.objects.count() == 1


def test_a_criterion_that_fails_after_the_override_waits_for_a_reason_of_its_own(episode):
    """A corrected baseline makes no new version of the answers, and an old reason does not cover what is new."""
    record(episode, answers={"pregnant": True})
    override(episode, [":XC6"])
    baseline = Baseline.objects.current().get(procedure=episode)
    Baseline.objects.filter(pk=baseline.pk).update(inr=Decimal("2.0"))
    assert [one["code"] for one in override(episode, [":XC2"]).criteria] == ["XC2"]


# --- what the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {"height_loss_percent": Decimal("100.1")},
        {"canal_compromise_percent": -1},
        {"kyphosis_degrees": 181},
        {"anterior_height_millimetres": 0},
        {"retropulsion_millimetres": -1},
        {"date_precision": "DAY"},
        {"stir_edema": "NOT_DONE", "mri_on": cast.T0.date()},
        {"biopsy_result": "Myeloma"},
        {"biopsy_result": "Myeloma", "biopsy_taken": False},
    ],
)
def test_a_fracture_that_cannot_be_is_refused_by_the_database_too(episode, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        Fracture.objects.create(procedure=episode, level="T9", **facts)


def test_a_second_first_fracture_of_a_level_is_refused(episode):
    with pytest.raises(IntegrityError), transaction.atomic():
        Fracture.objects.create(procedure=episode, level="L1")


@pytest.mark.parametrize(
    "facts",
    [
        {"therapy_started_on": cast.T0.date(), "therapy_ended_on": cast.T0.date() - timedelta(days=1)},
        {"therapy_ended_on": cast.T0.date(), "therapy_continues": True},
        {"bracing": "CONTRAINDICATED"},
        {"osteoporosis_medication": "CONTRAINDICATED"},
        {"pain_at_therapy_start": Decimal("10.1")},
    ],
)
def test_answers_that_cannot_be_are_refused_by_the_database_too(episode, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        record(episode, answers=facts)


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        (Procedure, {"cancer_kind": "MYELOMA"}),
        (Procedure, {"imaged_afterwards_on": cast.T0.date()}),
        (TreatedLevel, {"yeom_type": "B"}),
        (TreatedLevel, {"leak_size": "LARGE", "leakage": ""}),
        (TreatedLevel, {"balloon_volume_millilitres": 0}),
    ],
)
def test_facts_of_a_procedure_that_cannot_be_are_refused_by_the_database_too(episode, model, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all().update(**facts)


def test_nothing_has_a_normal_value_as_default():
    names = [*SELECTION_ANSWERS]
    assert all(SelectionReview._meta.get_field(name).get_default() in (None, "") for name in names)
