"""End ward monitoring: home when the whole checklist is met, or for another reason that a person gives."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from django.db import transaction

from followup.discharge_checklist import Answers, ChecklistItem, Stay, blocking, discharge_checklist
from followup.models import (
    DischargeChecklist,
    FlagEvidence,
    FollowUpContact,
    MonitoringEnd,
    MonitoringSlot,
    MonitoringStatus,
    RedFlag,
)
from followup.red_flags.rules import FAILED
from followup.services.contacts import close_contacts
from followup.services.episodes import lock_episode
from followup.services.history import EpisodeRows, history_of, read_episode
from followup.services.monitoring_status import refresh_after_slots, refresh_status
from followup.services.rulesets import ruleset_of_episode
from followup.services.slots import waive_open_slots
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from patients.services import record_death
from procedures.models import Procedure

Ending = MonitoringEnd.Ending
Because = MonitoringSlot.WaivedBecause
# Whoever goes home is called there; for the others nothing is due any more, and the reason stands with each check.
_NOTHING_IS_DUE_ANY_MORE = {Ending.TRANSFERRED: Because.TRANSFERRED, Ending.DECEASED: Because.DECEASED}


class AlreadyDischarged(ValueError):
    """Ward monitoring of this episode has already ended."""


class ReasonMissing(ValueError):
    """An end other than the discharge home needs a reason."""


class NotReadyForDischarge(ValueError):
    """Items of the checklist are not met, or not known."""

    def __init__(self, items: Sequence[ChecklistItem]):
        super().__init__("Not yet: " + "; ".join(f"{item.title} ({item.reason})" for item in items) + ".")
        self.items = items


def stay_of(
    *, rows: EpisodeRows, sets: Iterable[MonitoringSlot], flags: Iterable[RedFlag], answers: Answers, now: datetime
) -> Stay:
    """Rows as the values that the checklist reads. `sets`: all slots of the episode; `flags`: the open ones."""
    planned = [
        slot
        for slot in sets
        if slot.origin == MonitoringSlot.Origin.PROTOCOL and slot.place == MonitoringSlot.Place.WARD
    ]
    open_flags = list(flags)
    missed = [slot for slot in planned if slot.state == MonitoringSlot.State.MISSED]
    closed = FlagEvidence.objects.filter(missed_check__in=missed, flag__state=RedFlag.State.CLOSED)
    reviewed = set(closed.values_list("missed_check_id", flat=True)) if missed else set()
    return Stay(
        history=history_of(rows),
        disposition=rows.procedure.disposition,
        sets=tuple("REVIEWED" if slot.pk in reviewed else slot.state for slot in planned),
        red_flags=tuple(f"{flag.rule_code} {flag.rule_title}" for flag in open_flags if flag.is_red),
        failed_rules=any(flag.rule_code == FAILED.code for flag in open_flags),
        answers=answers,
        now=now,
    )


def read_stay(*, procedure: Procedure, answers: Answers, now: datetime) -> Stay:
    """Of an episode that was locked by `lock_episode`, which reads the site's thresholds with it."""
    return stay_of(
        rows=read_episode(procedure, ruleset=ruleset_of_episode(procedure)),
        sets=MonitoringSlot.objects.filter(procedure=procedure),
        flags=RedFlag.objects.open().filter(procedure=procedure).order_by("raised_at", "pk"),
        answers=answers,
        now=now,
    )


def last_answers(procedure: Procedure) -> Answers:
    """What was answered last; nothing, if nobody was asked."""
    row = DischargeChecklist.objects.filter(procedure=procedure).order_by("-answered_at", "-pk").first()
    return Answers(**{one.name: getattr(row, one.name) for one in fields(Answers)}) if row else Answers()


@transaction.atomic
def record_discharge_answers(
    *, procedure: Procedure, answers: Answers, by: User, now: datetime
) -> DischargeChecklist | None:
    """Keep the answers given so far as a new row; None where they are the last ones again. Raises AlreadyDischarged."""
    procedure = _lock(procedure, now)
    return _keep(procedure, answers, by=by, now=now)


@transaction.atomic
def discharge_patient(*, procedure: Procedure, answers: Answers, by: User, now: datetime) -> Procedure:
    """Discharge home: ward slots are waived, home slots and open flags stay.

    Raises AlreadyDischarged, and NotReadyForDischarge while any item of the checklist is not met or not known.
    """
    procedure = _lock(procedure, now)
    items = _checklist(procedure, answers, now)
    if blocking(items):
        raise NotReadyForDischarge(blocking(items))
    _keep(procedure, answers, by=by, now=now)
    return _end(procedure, ending=Ending.HOME, reason="", items=items, by=by, now=now)


@transaction.atomic
def end_monitoring(*, procedure: Procedure, ending: str, reason: str, by: User, now: datetime) -> Procedure:
    """End ward monitoring other than by discharge home, whatever the checklist says; it is kept all the same.

    After a transfer or a death no call at home is due. Flags stay open until a person closes them. Raises
    AlreadyDischarged and ReasonMissing.
    """
    if ending == Ending.HOME:
        raise ValueError("A discharge home goes by its checklist: discharge_patient.")
    if not reason.strip():
        raise ReasonMissing("Say in a few words why ward monitoring ends.")
    if ending == Ending.DECEASED:
        _lock_every_episode(procedure)
    procedure = _lock(procedure, now)
    items = _checklist(procedure, last_answers(procedure), now)
    procedure = _end(procedure, ending=ending, reason=reason, items=items, by=by, now=now)
    if ending == Ending.DECEASED:
        record_death(patient=procedure.patient, reason=reason, by=by, now=now)
        _end_in_every_episode(procedure, by=by, now=now)
    return procedure


def _checklist(procedure: Procedure, answers: Answers, now: datetime) -> tuple[ChecklistItem, ...]:
    return discharge_checklist(read_stay(procedure=procedure, answers=answers, now=now), ruleset_of_episode(procedure))


def _lock(procedure: Procedure, now: datetime) -> Procedure:
    procedure = lock_episode(procedure, now=now)
    if procedure.discharged_at:
        raise AlreadyDischarged("Ward monitoring of this patient has already ended.")
    return procedure


def _lock_every_episode(procedure: Procedure) -> None:
    """In one order, so that two who record the same death do not wait for each other for ever."""
    episodes = Procedure.objects.filter(patient=procedure.patient_id).order_by("pk")
    list(episodes.select_for_update(of=("self",)).values_list("pk", flat=True))


def _keep(procedure: Procedure, answers: Answers, *, by: User, now: datetime) -> DischargeChecklist | None:
    if answers == last_answers(procedure):
        return None
    return DischargeChecklist.objects.create(procedure=procedure, answered_at=now, answered_by=by, **asdict(answers))


def _end(
    procedure: Procedure, *, ending: str, reason: str, items: Sequence[ChecklistItem], by: User, now: datetime
) -> Procedure:
    procedure.discharged_at, procedure.discharged_by = now, by
    procedure.save(update_fields=["discharged_at", "discharged_by"])
    MonitoringEnd.objects.create(
        procedure=procedure,
        ending=ending,
        reason=reason,
        checklist=[asdict(item) | {"truth": item.truth.value} for item in items],
        ruleset_version=ruleset_of_episode(procedure).version,
    )
    slots = MonitoringSlot.objects.filter(procedure=procedure)
    because = _NOTHING_IS_DUE_ANY_MORE.get(Ending(ending))
    on_ward = slots.filter(place=MonitoringSlot.Place.WARD)
    waive_open_slots(slots if because else on_ward, because=because or Because.DISCHARGED, by=by, now=now)
    if ending == Ending.TRANSFERRED:
        # As the calls at home; the later contacts stay, until a person closes them.
        first_two = FollowUpContact.objects.filter(procedure=procedure, code__in=["FU1", "FU2"])
        close_contacts(first_two, because=FollowUpContact.Closed.TRANSFERRED, by=by, now=now)
    remaining = list(slots.open())
    status = MonitoringStatus.objects.get(procedure=procedure)
    if not remaining:
        status.watched_until = now
    rows = read_episode(procedure, ruleset=ruleset_of_episode(procedure))
    refresh_status(status=status, rows=rows, slots=remaining, flags=list(procedure.red_flags.open()))
    ChartEvent.new(
        patient=procedure.patient, verb=ChartEvent.Verb.DISCHARGED, by=by, now=now, subject_id=procedure.public_id,
        reason=reason, ending=ending,
    ).save()  # fmt: skip
    return procedure


def _end_in_every_episode(procedure: Procedure, *, by: User, now: datetime) -> None:
    """A patient who died is not called at home after an earlier procedure either. Call it with all of them locked."""
    of_patient = {"procedure__patient": procedure.patient_id}
    waive_open_slots(MonitoringSlot.objects.filter(**of_patient), because=Because.DECEASED, by=by, now=now)
    contacts = FollowUpContact.objects.filter(**of_patient)
    close_contacts(contacts, because=FollowUpContact.Closed.DECEASED, by=by, now=now)
    statuses = MonitoringStatus.objects.filter(**of_patient)
    statuses.filter(watched_until__gt=now).update(watched_until=now)
    refresh_after_slots(list(statuses.values_list("procedure_id", flat=True)))
