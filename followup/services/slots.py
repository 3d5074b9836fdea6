"""The due checks of an episode: what an observation completes, what a rule adds, what was missed or waived."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from followup.models import MonitoringSlot, Observation
from followup.models.monitoring_slot import MonitoringSlotQuerySet
from followup.red_flags.findings import Finding
from followup.red_flags.mobilisation import is_scored, latest
from followup.red_flags.news2 import monitoring_interval_minutes, score
from followup.services.history import history_of, read_episode
from followup.services.monitoring_status import refresh_after_slots
from followup.services.rulesets import ruleset_of
from followup.slot_coverage import Need, missing_parts
from kyphotrack.language import stored
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

State = MonitoringSlot.State
# A check that a rule asked for is short-notice; it has the grace of the 15-minute checks (clinical-spec 5.1).
_RECHECK_GRACE = timedelta(minutes=5)
_ONLY = {"PAIN": "PAIN", "FULL": "NEUROLOGY", "QUICK": "NEUROLOGY", "VITALS": "VITALS", "BLADDER_SCAN": "BLADDER_SCAN"}


class SlotNotOpen(ValueError):
    """The check was done, missed or waived in the meantime."""


def complete_slots(
    *,
    slots: Sequence[MonitoringSlot],
    observation: Observation,
    others: Iterable[Observation],
    by: User | None,
    now: datetime,
) -> list[MonitoringSlot]:
    """Mark done, unsaved, what this observation completes: the nearest set, and each short check a rule wanted.

    Returns the slots that changed; `save_states` stores them once the observation has a row. A slot is complete when
    the observations measured within its grace have together answered every part of its set.
    """
    at = observation.effective_at
    in_grace = [slot for slot in slots if abs(slot.due_at - at) <= slot.grace_ends_at - slot.due_at]
    whole_sets = sorted((slot for slot in in_grace if not slot.only), key=lambda slot: abs(slot.due_at - at))
    short = [slot for slot in slots if slot.only and _answers_short_check(at, slot)]
    everything = [observation, *(other for other in others if other.pk != observation.supersedes_id)]
    done = []
    for slot in [*whole_sets[:1], *short]:
        if not missing_in(slot, [observation] if slot.only else everything):
            slot.state, slot.observation, slot.closed_at, slot.closed_by = State.DONE, observation, now, by
            done.append(slot)
    return done


def reopen_slots(*, superseded_id: int | None, others: Iterable[Observation]) -> list[MonitoringSlot]:
    """Open again, unsaved, what a superseded observation had completed, unless the other ones complete it without it."""
    if superseded_id is None:
        return []
    current = sorted((one for one in others if one.pk != superseded_id), key=lambda one: one.effective_at)
    slots = list(MonitoringSlot.objects.filter(observation=superseded_id))
    for slot in slots:
        slot.state, slot.observation, slot.closed_at, slot.closed_by = State.OPEN, None, None, None
        slot.overdue_told_at = None
        completing = _completing(slot, current)
        if completing:
            slot.state, slot.observation = State.DONE, completing
            slot.closed_at, slot.closed_by = completing.recorded_at, completing.recorded_by
    return slots


def _completing(slot: MonitoringSlot, oldest_first: Sequence[Observation]) -> Observation | None:
    """The observation with which the slot's set was complete."""
    if slot.only:
        answering = (one for one in oldest_first if _answers_short_check(one.effective_at, slot))
        return next((one for one in answering if not missing_in(slot, [one])), None)
    seen: list[Observation] = []
    for one in oldest_first:
        seen.append(one)
        if not missing_in(slot, seen):
            return one
    return None


def save_states(slots: Sequence[MonitoringSlot]) -> None:
    MonitoringSlot.objects.bulk_update(slots, ["state", "observation", "closed_at", "closed_by", "overdue_told_at"])


def _answers_short_check(measured_at: datetime, slot: MonitoringSlot) -> bool:
    """Anything measured after it was asked for, before its due time or late; once it is missed, only what was in time."""
    in_time = slot.state == State.OPEN or measured_at <= slot.grace_ends_at
    return in_time and measured_at > (slot.asked_at or slot.due_at)


def missing_in(slot: MonitoringSlot, observations: Iterable[Observation]) -> tuple[str, ...]:
    """What this slot still lacks, in words; empty when it is complete."""
    grace = slot.grace_ends_at - slot.due_at
    measured = (
        observation for observation in observations if slot.only or abs(observation.effective_at - slot.due_at) <= grace
    )
    return missing_parts(
        Need(neuro=slot.neuro, only=slot.only, place=slot.place, asked_for_by=slot.asked_for_by),
        ({**vars(observation), **observation.neurology} for observation in measured),
    )


def add_rechecks(
    *, procedure: Procedure, findings: Iterable[Finding], open_slots: Sequence[MonitoringSlot], now: datetime
) -> list[MonitoringSlot]:
    """Slots that rules ask for. The clock starts now, also for a late entry; one open slot a rule is enough."""
    asked_already = {slot.asked_for_by for slot in open_slots if slot.state == State.OPEN}
    added = []
    for finding in findings:
        if finding.recheck is None or finding.rule_code in asked_already:
            continue
        asked_already.add(finding.rule_code)
        due_at = max(finding.effective_at, now) + timedelta(minutes=finding.recheck.within_minutes)
        added.append(
            MonitoringSlot(
                procedure=procedure,
                due_at=due_at,
                grace_ends_at=due_at + _RECHECK_GRACE,
                phase="re-check",
                neuro=MonitoringSlot.Neuro.FULL if finding.recheck.kind == "FULL" else MonitoringSlot.Neuro.QUICK,
                only=_ONLY[finding.recheck.kind],
                place=MonitoringSlot.Place.HOME if procedure.discharged_at else MonitoringSlot.Place.WARD,
                origin=MonitoringSlot.Origin.RULE,
                asked_for_by=finding.rule_code,
                asked_at=finding.effective_at,
            )
        )
    # A check of the same rule at the very same instant is there already: a save must never fail for it.
    return MonitoringSlot.objects.bulk_create(added, ignore_conflicts=True)


def add_news2_slot(
    *,
    procedure: Procedure,
    measured_at: datetime,
    interval_minutes: int | None,
    open_slots: Sequence[MonitoringSlot],
) -> list[MonitoringSlot]:
    """A set of vital signs at the NEWS2 interval, where the protocol's next check comes later (clinical-spec 1.3)."""
    if interval_minutes is None or procedure.discharged_at:
        return []
    due_at = measured_at + timedelta(minutes=interval_minutes)
    asks_for_vitals = ("", MonitoringSlot.Only.VITALS)
    on_ward = (slot for slot in open_slots if slot.state == State.OPEN and slot.place == MonitoringSlot.Place.WARD)
    if any(slot.only in asks_for_vitals and measured_at < slot.due_at <= due_at for slot in on_ward):
        return []
    return MonitoringSlot.objects.bulk_create(
        [
            MonitoringSlot(
                procedure=procedure,
                due_at=due_at,
                grace_ends_at=due_at + _RECHECK_GRACE,
                phase="NEWS2",
                neuro=MonitoringSlot.Neuro.QUICK,
                only=MonitoringSlot.Only.VITALS,
                origin=MonitoringSlot.Origin.NEWS2,
                asked_for_by="NEWS2",
                asked_at=measured_at,
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def waive_slot(*, slot: MonitoringSlot, because: str, by: User, now: datetime) -> MonitoringSlot:
    """Record why a due check is not done (asleep, refused, off the ward, transferred). Twice is once. Raises SlotNotOpen.

    What was refused is offered again (design 5); the other due times stay as they are.
    """
    Procedure.objects.select_for_update().get(pk=slot.procedure_id)
    slot = MonitoringSlot.objects.select_related("procedure__patient").get(pk=slot.pk)
    if (slot.state, slot.waived_because, slot.closed_by_id) == (State.WAIVED, because, by.pk):
        return slot
    if slot.state != State.OPEN:
        raise SlotNotOpen(f"This check is no longer due: it is {stored(slot.get_state_display()).lower()}.")
    slot.state, slot.waived_because, slot.closed_at, slot.closed_by = State.WAIVED, because, now, by
    slot.save(update_fields=["state", "waived_because", "closed_at", "closed_by"])
    if because == MonitoringSlot.WaivedBecause.REFUSED and slot.place == MonitoringSlot.Place.WARD:
        _offer_again(slot, now)
    ChartEvent.new(
        patient=slot.procedure.patient, verb=ChartEvent.Verb.WAIVED_SLOT, by=by, now=now,
        subject_id=slot.procedure.public_id, reason=stored(slot.get_waived_because_display()), due_at=slot.due_at.isoformat(),
    ).save()  # fmt: skip
    refresh_after_slots([slot.procedure_id])
    return slot


def _offer_again(refused: MonitoringSlot, now: datetime) -> None:
    """The same check once more after the interval of the last NEWS2, unless one that covers it is due by then."""
    minutes = _last_news2_interval_minutes(refused.procedure, now)
    if minutes is None:  # the protocol alone counts
        return
    due_at = now + timedelta(minutes=minutes)
    covers = MonitoringSlot.objects.open().filter(procedure=refused.procedure, only__in=["", refused.only])
    if covers.filter(due_at__gt=now, due_at__lte=due_at).exists():
        return
    by_protocol = refused.origin == MonitoringSlot.Origin.PROTOCOL
    MonitoringSlot.objects.create(
        procedure=refused.procedure,
        due_at=due_at,
        grace_ends_at=due_at + _RECHECK_GRACE,
        phase="refused",
        neuro=refused.neuro,
        only=refused.only,
        origin=MonitoringSlot.Origin.RULE if by_protocol else refused.origin,
        asked_for_by="REFUSAL" if by_protocol else refused.asked_for_by,
        asked_at=refused.asked_at,
    )


def _last_news2_interval_minutes(procedure: Procedure, now: datetime) -> int | None:
    """None where nothing was measured, or what was measured decides nothing."""
    history = history_of(read_episode(procedure, ruleset=ruleset_of(site=procedure.patient.site, at=now)))
    last = latest(sorted(history.readings, key=lambda one: (one.effective_at, one.id)), is_scored)
    return monitoring_interval_minutes(score(last.vitals, last.spo2_scale)) if last else None


def waive_open_slots(slots: MonitoringSlotQuerySet, *, because: str, by: User, now: datetime) -> int:
    """When monitoring ends, these are not due any more."""
    return slots.open().update(state=State.WAIVED, waived_because=because, closed_at=now, closed_by=by)
