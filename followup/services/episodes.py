"""Open an episode (the procedure and its schedule), correct its baseline, lock it for a writer."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from followup.models import MonitoringSlot, MonitoringStatus
from followup.monitoring_plan import plan_monitoring
from followup.services.assessment import reassess
from followup.services.contacts import lay_out_contacts
from followup.services.history import read_episode
from followup.services.monitoring_status import refresh_status
from followup.services.rulesets import ruleset_of, ruleset_of_episode, with_ruleset
from kyphotrack.staff.models import User
from patients.models import Patient
from procedures import services as procedures
from procedures.models import Baseline, Procedure

# After the last planned slot the patient stays on the board this long, so that a late set is still chased.
AFTER_LAST_SLOT = timedelta(hours=2)


def lock_episode(procedure: Procedure, *, now: datetime) -> Procedure:
    """Lock the episode's row, so that two writers of one episode queue up; returns it read afresh.

    The thresholds in force at its site come in the same statement: `rulesets.ruleset_of_episode`.
    """
    episodes = Procedure.objects.select_for_update(of=("self",)).select_related("patient__site")
    return with_ruleset(episodes, at=now).get(pk=procedure.pk)


def lock_episode_unless_busy(procedure_id: int, *, now: datetime) -> Procedure | None:
    """For the timetable: the locked episode, or None while somebody else writes to it; the next run finds it again."""
    episodes = Procedure.objects.select_for_update(skip_locked=True, of=("self",)).select_related("patient__site")
    return with_ruleset(episodes, at=now).filter(pk=procedure_id).first()


@transaction.atomic
def open_episode(
    *,
    patient: Patient,
    procedure: dict,
    fractures: list[dict],
    treated_levels: list[dict],
    anticoagulants: list[dict],
    baseline: dict | None,
    form_token: uuid.UUID,
    by: User,
    now: datetime,
) -> Procedure:
    """Store procedure, levels and baseline, and lay out the monitoring slots of the disposition and the follow-up contacts.

    The same `form_token` twice gives the first procedure again. Raises the errors of `procedures.services`.
    """
    patient = Patient.objects.select_for_update(of=("self",)).select_related("site").get(pk=patient.pk)
    already = Procedure.objects.filter(form_token=form_token, patient=patient).first()
    if already:
        return already
    stored = procedures.record_procedure(
        patient=patient,
        procedure=procedure,
        fractures=fractures,
        treated_levels=treated_levels,
        anticoagulants=anticoagulants,
        baseline=baseline,
        form_token=form_token,
        by=by,
        now=now,
    )
    slots = MonitoringSlot.objects.bulk_create(
        MonitoringSlot(
            procedure=stored,
            due_at=planned.due_at,
            grace_ends_at=planned.due_at + planned.grace,
            phase=planned.phase,
            neuro=planned.neuro,
            place=planned.place,
        )
        for planned in plan_monitoring(stored.time_zero, stored.disposition)
    )
    lay_out_contacts(stored)
    status = MonitoringStatus.objects.create(
        procedure=stored, watched_until=max(slot.grace_ends_at for slot in slots) + AFTER_LAST_SLOT
    )
    rows = read_episode(stored, ruleset=ruleset_of(site=patient.site, at=now))
    refresh_status(status=status, rows=rows, slots=slots, flags=[])
    return stored


@transaction.atomic
def correct_baseline(
    *, procedure: Procedure, baseline: dict, replaces: Baseline | None, reason: str, by: User, now: datetime
) -> Baseline:
    """Store a new baseline in place of the one that the person saw, and assess the whole episode against it.

    Raises the errors of `procedures.services.record_baseline`.
    """
    procedure = lock_episode(procedure, now=now)
    stored = procedures.record_baseline(
        procedure=procedure, baseline=baseline, replaces=replaces, reason=reason, by=by, now=now
    )
    reassess(rows=read_episode(procedure, ruleset=ruleset_of_episode(procedure)), by=by, now=now)
    return stored
