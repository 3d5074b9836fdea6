"""Checks that nobody did by the time that the next one fell due: marked as missed, and judged like anything else."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q

from followup.models import MonitoringSlot
from followup.models.monitoring_slot import MonitoringSlotQuerySet
from followup.services.assessment import reassess
from followup.services.episodes import AFTER_LAST_SLOT, lock_episode_unless_busy
from followup.services.history import read_episode
from followup.services.monitoring_status import refresh_after_slots
from followup.services.rulesets import ruleset_of_episode

State = MonitoringSlot.State


def mark_missed_slots(*, now: datetime, limit: int = 100) -> int:
    """Mark the missed checks of at most `limit` episodes, the longest overdue first; returns how many checks.

    An episode that somebody is writing to is left for the next run. Two clocks at once do no harm: each episode is
    locked, and then looked at afresh.
    """
    overdue = missed_slots(now).order_by().values("procedure_id").annotate(since=Min("grace_ends_at")).order_by("since")
    episodes = [row["procedure_id"] for row in overdue[:limit]]
    return sum(_mark_missed_in(procedure_id=procedure_id, now=now) for procedure_id in episodes)


def missed_slots(now: datetime) -> MonitoringSlotQuerySet:
    """Overdue, and a later set of the episode has fallen due, which short-notice checks are superseded by as well."""
    later = MonitoringSlot.objects.filter(
        procedure=OuterRef("procedure"), due_at__gt=OuterRef("due_at"), due_at__lte=now, only=""
    )
    any_later = MonitoringSlot.objects.filter(procedure=OuterRef("procedure"), due_at__gt=OuterRef("due_at"), only="")
    # The last one of all has no next one to be missed by.
    last_of_all = ~Exists(any_later) & Q(grace_ends_at__lt=now - AFTER_LAST_SLOT)
    return MonitoringSlot.objects.overdue(now).filter(Exists(later) | last_of_all)


@transaction.atomic
def _mark_missed_in(*, procedure_id: int, now: datetime) -> int:
    """With each missed neurological check the episode is assessed again, so that it gets its flag at once (N10)."""
    # The episode's lock first, as every writer does, so that a set being saved now is not marked as missed.
    procedure = lock_episode_unless_busy(procedure_id, now=now)
    if procedure is None:
        return 0
    missed = list(missed_slots(now).filter(procedure=procedure))
    for slot in missed:
        slot.state, slot.closed_at = State.MISSED, now
    MonitoringSlot.objects.bulk_update(missed, ["state", "closed_at"])
    if any(slot.is_missed_neurology for slot in missed):
        reassess(rows=read_episode(procedure, ruleset=ruleset_of_episode(procedure)), by=None, now=now)
    elif missed:
        refresh_after_slots([procedure.pk])
    return len(missed)
