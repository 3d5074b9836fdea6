"""A baseline that comes late, or is corrected: the whole episode is assessed against it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from followup.models import ImagingTask, MonitoringStatus, RedFlag
from followup.services.episodes import correct_baseline
from procedures.models import Baseline
from procedures.services import ImpossibleBaselineTime
from tests.cast import T0, a_baseline, a_nurse, a_patient, a_physician, a_site, an_episode, log

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    site = a_site()
    a_physician(site)
    return an_episode(a_patient(site), baseline=None)


def record(episode, pain: int, reason: str = "", minutes: int = 300, **changes):
    return correct_baseline(
        procedure=episode,
        baseline=a_baseline(pain_at_rest=Decimal(pain), pain_on_movement=Decimal(pain), **changes),
        reason=reason,
        replaces=Baseline.objects.current().filter(procedure=episode).first(),
        by=a_nurse(a_site()),
        now=episode.time_zero + timedelta(minutes=minutes),
    )


def test_a_late_baseline_raises_what_was_not_known_before(episode):
    log(episode, minutes=120, pain_at_rest=Decimal(6))
    assert not RedFlag.objects.filter(rule_code="P3").exists()
    record(episode, pain=4)
    flag = RedFlag.objects.get(rule_code="P3")
    assert flag.severity == "URGENT" and flag.imaging_task == ImagingTask.objects.get()
    assert flag.evidence.get().late_by == timedelta(hours=3)
    assert MonitoringStatus.objects.get().danger == 1


def test_a_corrected_baseline_keeps_both_and_marks_what_it_no_longer_supports(episode):
    log(episode, minutes=120, pain_at_rest=Decimal(6))
    record(episode, pain=4)
    record(episode, pain=8, reason="Typed the wrong number", minutes=310)
    assert Baseline.objects.count() == 2 and Baseline.objects.current().count() == 1
    flag = RedFlag.objects.get(rule_code="P3")
    assert flag.state == "OPEN" and flag.unsupported_since is not None
    assert MonitoringStatus.objects.get().pain_change_since_baseline == -2


@pytest.mark.parametrize(
    "measured_at", [T0 + timedelta(minutes=1), T0 - timedelta(days=30, minutes=1), T0 + timedelta(days=1)]
)
def test_a_baseline_is_measured_before_the_end_of_the_procedure_and_not_long_before(episode, measured_at):
    with pytest.raises(ImpossibleBaselineTime):
        record(episode, pain=4, effective_at=measured_at)


def test_scale_2_counts_from_the_moment_a_clinician_authorised_it(episode):
    record(
        episode,
        pain=4,
        spo2_scale_2_authorised_by="Dr One",
        spo2_scale_2_authorised_at=episode.time_zero + timedelta(hours=10),
    )
    before = log(episode, minutes=9 * 60, spo2_percent=90, supplemental_oxygen=False)
    after = log(episode, minutes=11 * 60, spo2_percent=90, supplemental_oxygen=False)
    assert (before.observation.spo2_scale, after.observation.spo2_scale) == (1, 2)
    assert (before.observation.news2_lower_bound, after.observation.news2_lower_bound) == (3, 0)
