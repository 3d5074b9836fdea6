"""The count on the board is that of the list on the chart: what the last observation could not rule out."""

import uuid
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from followup.models import MonitoringStatus
from followup.services.observations import correct_observation, mark_entered_in_error
from tests import cast

pytestmark = pytest.mark.django_db


def count(procedure) -> int | None:
    return MonitoringStatus.objects.get(procedure=procedure).not_ruled_out


def test_nothing_was_measured_nothing_is_counted():
    assert count(cast.an_episode()) is None


def test_a_partial_set_leaves_more_open_than_a_routine_set_and_that_more_than_a_full_exam():
    procedure = cast.an_episode()
    counts = []
    for minutes, answers in enumerate((
        {"pain_at_rest": 2},
        cast.a_routine_set(),
        cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | cast.NORMAL_QUICK_NEUROLOGY),
    )):  # fmt: skip
        saved = cast.log(procedure, minutes=60 + minutes, **answers).observation
        assert count(procedure) == len(saved.undecided)
        counts.append(count(procedure))
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 3


def test_a_late_entry_does_not_hide_what_the_last_set_left_open():
    procedure = cast.an_episode()
    last = cast.log(procedure, minutes=90, pain_at_rest=2).observation
    cast.log(procedure, minutes=60, typed_after=40, **cast.a_routine_set())
    assert count(procedure) == len(last.undecided)


def test_a_correction_counts_and_a_struck_out_set_does_not():
    procedure = cast.an_episode()
    first = cast.log(procedure, minutes=60, **cast.a_routine_set()).observation
    partial = cast.log(procedure, minutes=90, pain_at_rest=2).observation
    by, now = cast.a_nurse(procedure.patient.site), procedure.time_zero + timedelta(minutes=95)
    fuller = correct_observation(
        observation=partial, answers={"effective_at": partial.effective_at} | cast.a_routine_set(), doses=[],
        reason="Rest was on paper", by=by, now=now, form_token=uuid.uuid4(),
    ).observation  # fmt: skip
    assert count(procedure) == len(fuller.undecided) < len(partial.undecided)
    mark_entered_in_error(observation=fuller, reason="Other patient", by=by, now=now, form_token=uuid.uuid4())
    assert count(procedure) == len(first.undecided)


def test_the_migration_fills_the_lines_that_there_are():
    procedure = cast.an_episode()
    saved = cast.log(procedure, minutes=60, pain_at_rest=2).observation
    never = cast.an_episode(cast.a_patient(procedure.patient.site, "MRN-2"))
    MonitoringStatus.objects.update(not_ruled_out=None)
    import_module("followup.migrations.0014_not_ruled_out").fill(apps, SimpleNamespace(connection=connection))
    assert (count(procedure), count(never)) == (len(saved.undecided), None)
