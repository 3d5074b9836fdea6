"""B1 to B5 and B10 of made cohorts whose figures are worked out by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from followup.models import MedicationDose
from tests import cast, cohorts
from tests.cohorts import NOW, T0, row_of, values

pytestmark = pytest.mark.django_db


def test_pain_nearest_to_a_day():
    """Before 8, 8, 8, 8, 8; after 4, 4, 4, 4, 6."""
    for near, other in ((4, 9), (4, 9), (4, 9), (4, 9), (6, 0)):
        episode = cohorts.an_episode()
        cohorts.pain(episode, other, hours=1.5)
        cohorts.pain(episode, other, hours=5)
        cohorts.pain(episode, near, hours=22)
        cohorts.pain(episode, other, hours=27)
        cohorts.pain(episode, other, hours=49)
    found = row_of(cohorts.report(), "B1_DAY")
    assert (found.n, found.missing, values(found)) == (5, 0, (8.0, 4.4))
    # Standard error 0.4 (variance 0.8, of five), t(4; 0.975) = 2.776.
    assert found.estimates[1].low == pytest.approx(4.4 - 2.7764 * 0.4, abs=1e-3)


def test_of_two_scores_as_near_to_a_day_the_earlier_counts():
    for _patient in range(5):
        episode = cohorts.an_episode()
        cohorts.pain(episode, 3, hours=22)
        cohorts.pain(episode, 6, hours=26)
    assert values(row_of(cohorts.report(), "B1_DAY")) == (8.0, 3.0)


def test_only_scores_that_compare_make_a_pair():
    for _patient in range(5):
        cohorts.pain(cohorts.an_episode(), 4, hours=24)
    at_rest_only = cohorts.an_episode()
    cohorts.pain(at_rest_only, None, hours=24, pain_at_rest=Decimal(1))
    observed = cohorts.an_episode()
    cohorts.pain(observed, 0, hours=24, pain_scale="PAINAD")
    without_baseline = cohorts.an_episode(before=None)
    cohorts.pain(without_baseline, 0, hours=24)
    old_baseline = cohorts.an_episode()
    old_baseline.baselines.update(effective_at=T0 - timedelta(days=8))
    cohorts.pain(old_baseline, 0, hours=24)
    found = row_of(cohorts.report(), "B1_DAY")
    assert (found.n, found.missing, values(found)) == (5, 4, (8.0, 4.0))
    assert found.missing_percent == 45


def test_what_was_struck_out_or_corrected_does_not_count():
    for _patient in range(5):
        episode = cohorts.an_episode()
        cohorts.pain(episode, 2, hours=20)
        wrong = cohorts.pain(episode, 10, hours=24)
        cohorts.strike_out(wrong)
        corrected = cohorts.pain(episode, 9, days=14)
        cohorts.pain(episode, 3, days=14, supersedes=corrected, correction_reason="x")
    made = cohorts.report()
    assert values(row_of(made, "B1_DAY")) == (8.0, 2.0)
    assert values(row_of(made, "B3")) == (100.0,)


def test_pain_at_a_year_is_the_answer_of_the_contact_or_the_nearest():
    for _patient in range(4):
        episode = cohorts.an_episode()
        cohorts.pain(episode, 3, days=360)
        cohorts.pain(episode, 9, days=340)
        cohorts.pain(episode, 9, days=396)
    answered = cohorts.an_episode()
    cohorts.pain(answered, 9, days=365)
    answer = cohorts.pain(answered, 8, days=340)
    answered.follow_up_contacts.filter(code="FU8").update(state="ANSWERED", observation=answer)
    assert values(row_of(cohorts.report(), "B1_YEAR")) == (8.0, 4.0)


def test_days_until_relief():
    """Relief on day 1, 2, 3 and 4; one has none until day 30 (censored). S(3) = 2/5 is the first at or below a half."""
    for day in (1, 2, 3, 4):
        episode = cohorts.an_episode()
        cohorts.pain(episode, 7, hours=5)
        cohorts.pain(episode, 6, days=day)
    never = cohorts.an_episode()
    cohorts.pain(never, 7, days=30)
    mild = cohorts.an_episode(before=1)
    cohorts.pain(mild, 0, days=1)
    cohorts.an_episode()
    found = row_of(cohorts.report(), "B2")
    assert (found.n, found.missing, values(found)) == (5, 1, (3.0,))


def test_a_median_that_was_not_reached_is_not_made_up():
    for _patient in range(6):
        cohorts.pain(cohorts.an_episode(), 8, days=3)
    assert values(row_of(cohorts.report(), "B2")) == (None,)


def test_relief_at_two_weeks_by_age_of_the_fracture():
    """Acute: 5 of 6; chronic: 3 of 5; the day that is ten weeks old is chronic."""
    for fractured, later in ((69, (6,) * 5 + (7,)), (70, (6,) * 3 + (7, 6.1))):
        for score in later:
            cohorts.pain(cohorts.an_episode(fractured=fractured), score, days=14)
    made = cohorts.report()
    assert values(row_of(made, "B3", "ACUTE")) == (83.33,)
    assert values(row_of(made, "B3", "CHRONIC")) == (60.0,)
    assert (row_of(made, "B3").n, values(row_of(made, "B3"))) == (11, (72.73,))


def test_episodes_with_fractures_of_both_ages_stand_for_themselves():
    for fractured in (10,) * 5:
        episode = cohorts.an_episode(levels=("T12", "L1"), fractured=fractured)
        episode.fractures.filter(level="L1").update(fractured_on=T0.date() - timedelta(days=200))
        cohorts.pain(episode, 2, days=14)
    for _patient in range(5):
        cohorts.pain(cohorts.an_episode(), 2, days=14)
    made = cohorts.report()
    assert (row_of(made, "B3", "MIXED").n, row_of(made, "B3", "UNKNOWN").n) == (5, 5)


def test_odi_before_and_at_a_year():
    """Falls of 20, 20, 20, 10 and 9; a score older than 30 days, and one that was struck out, do not count."""
    for later in (38, 38, 38, 48, 49):
        episode = cohorts.an_episode()
        cohorts.scores(episode, days=-20, odi_percent=90)
        cohorts.scores(episode, days=-1, odi_percent=58)
        cohorts.scores(episode, days=365, odi_percent=later)
        cohorts.strike_out(cohorts.scores(episode, days=366, odi_percent=0))
    old = cohorts.an_episode()
    cohorts.scores(old, days=-31, odi_percent=90)
    cohorts.scores(old, days=365, odi_percent=0)
    made = cohorts.report()
    found = row_of(made, "B4_MEAN")
    assert (found.n, found.missing, values(found)) == (5, 1, (58.0, 42.2))
    assert values(row_of(made, "B4_IMPROVED")) == (80.0,)


def cancer(before: int | None, later: int | None, day: float = 30):
    episode = cohorts.an_episode(aetiology="CANCER")
    if before is not None:
        cohorts.scores(episode, days=-2, kps=before)
    if later is not None:
        cohorts.scores(episode, days=day, kps=later)


def test_karnofsky_in_cancer():
    """Below 70 before: 3 of 5; whatever before: 8 of 11; two without a score at one month."""
    for later in (70, 80, 90, 60, 50):
        cancer(60, later)
    for _patient in range(5):
        cancer(80, 90)
    cancer(None, 60)
    cancer(50, None)
    cancer(50, 90, day=46.5)
    for _patient in range(5):
        cohorts.scores(cohorts.an_episode(), days=30, kps=10)
    made = cohorts.report()
    below, any_before = row_of(made, "B5_BELOW_70"), row_of(made, "B5_ANY")
    assert (below.n, below.missing, values(below)) == (5, 3, (60.0,))
    assert (any_before.n, any_before.missing, values(any_before)) == (11, 2, (72.73,))


def test_the_two_karnofsky_figures_do_not_give_a_few_patients_away():
    """Two patients had 70 or more before: both figures together would tell how they fared."""
    for later in (70, 80, 90, 60, 50):
        cancer(60, later)
    for _patient in range(2):
        cancer(80, 90)
    made = cohorts.report()
    assert row_of(made, "B5_ANY").n == 7
    assert not row_of(made, "B5_BELOW_70").shown


def test_pain_medicine_on_the_second_day():
    """Of six who took it before and are known: two took none. A dose counts as well as an answer."""

    def took(before, answers=(), dose_hours=None):
        episode = cohorts.an_episode()
        cohorts.took_pain_medicine_before(episode, before)
        for hours, answer in answers:
            cohorts.pain(episode, 3, hours=hours, took_analgesia=answer)
        if dose_hours:
            given = {"drug": "PARACETAMOL", "dose": "1 g", "route": "PO"}
            MedicationDose.objects.create(
                observation=cohorts.pain(episode, 3, hours=dose_hours),
                given_at=T0 + timedelta(hours=dose_hours),
                **given,
            )

    took("YES", [(30, False)])
    took("YES", [(23, True), (25, False), (48, False)])
    took("YES", [(30, False), (40, True)])
    took("YES", [(30, True)])
    took("YES", [(30, False)], dose_hours=26)
    took("YES", dose_hours=47)
    took("YES", [(20, True), (49, False)])
    took("YES", dose_hours=50)
    took("NO", [(30, False)])
    took("CONTRAINDICATED", [(30, False)])
    took("", [(30, False)])
    found = row_of(cohorts.report(), "B10")
    assert (found.n, found.missing, values(found)) == (6, 3, (33.33,))


def test_nobody_of_another_site_is_counted():
    south = cast.a_site("South unit", "America/New_York")
    for site in (cast.a_site(), south):
        for _patient in range(5):
            cohorts.pain(cohorts.an_episode(site), 4 if site == south else 2, hours=24)
    physician = cohorts.the_physician()
    assert values(row_of(cohorts.report(physician), "B1_DAY")) == (8.0, 2.0)
    cast.a_member(south, "PHYSICIAN", "Physician One")
    both = cohorts.the_physician(south)
    both.memberships.create(site=cast.a_site(), role="PHYSICIAN")
    made = cohorts.report(both)
    assert (row_of(made, "B1_DAY").n, values(row_of(made, "B1_DAY"))) == (10, (8.0, 3.0))
    assert values(row_of(cohorts.report(both, sites=[south]), "B1_DAY")) == (8.0, 4.0)


def test_a_procedure_belongs_to_the_period_in_which_it_ended():
    for day in range(5):
        cohorts.pain(cohorts.an_episode(time_zero=T0 + timedelta(days=day)), 4, hours=24)
    made = cohorts.report(starts_at=T0, ends_at=T0 + timedelta(days=5))
    assert row_of(made, "B1_DAY").n == 5
    fewer = cohorts.report(starts_at=T0, ends_at=T0 + timedelta(days=4))
    assert not row_of(fewer, "B1_DAY").shown
    assert row_of(fewer, "B1_DAY").n == 0


def test_one_patient_with_five_procedures_is_one_patient():
    patient = cast.a_patient(cast.a_site())
    for day in range(5):
        cohorts.pain(cohorts.an_episode(patient=patient, time_zero=T0 + timedelta(days=60 * day)), 4, hours=24)
    assert not row_of(cohorts.report(), "B1_DAY").shown


def test_vertebroplasties_stand_beside_and_are_in_no_total():
    for kind in ("BALLOON_KYPHOPLASTY", "VERTEBROPLASTY"):
        for _patient in range(5):
            cohorts.pain(cohorts.an_episode(kind=kind), 2 if kind == "VERTEBROPLASTY" else 4, hours=24)
    made = cohorts.report()
    assert (row_of(made, "B1_DAY").n, values(row_of(made, "B1_DAY"))) == (5, (8.0, 4.0))
    assert values(row_of(made, "B1_DAY", "VERTEBROPLASTY")) == (8.0, 2.0)


def test_a_row_that_is_kept_back_does_not_come_out_of_the_others():
    """20 osteoporotic, 6 traumatic, 3 for cancer: 29 − 20 − 6 would be the 3."""
    for aetiology, patients in (("OSTEOPOROTIC", 20), ("TRAUMATIC", 6), ("CANCER", 3)):
        for _patient in range(patients):
            cohorts.pain(cohorts.an_episode(aetiology=aetiology), 4, hours=24)
    made = cohorts.report()
    assert row_of(made, "B1_DAY").n == 29
    assert row_of(made, "B1_DAY", "OSTEOPOROTIC").n == 20
    assert not row_of(made, "B1_DAY", "CANCER").shown
    assert not row_of(made, "B1_DAY", "OTHER").shown
    assert row_of(made, "B1_DAY", "CANCER").n == row_of(made, "B1_DAY", "CANCER").missing == 0


def test_nothing_at_all_is_no_report():
    cohorts.an_episode()
    found = cohorts.cohort_report(
        user=cohorts.the_physician(), sites=[cast.a_site()], starts_at=T0 + timedelta(days=1), ends_at=NOW, now=NOW
    )
    assert found is None
