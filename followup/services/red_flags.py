"""What a person does with a flag: acknowledge it, and close it with an outcome and a reason."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from followup.models import RedFlag
from followup.services import escalations
from followup.services.imaging_state import seen_of
from followup.services.monitoring_status import refresh_flags
from followup.services.rulesets import ruleset_of
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

State = RedFlag.State


class FlagNotOpen(ValueError):
    """The flag was closed in the meantime, or is no longer what the person was shown."""


def _lock(flag: RedFlag, seen: str) -> RedFlag:
    """As it is now. `seen`: the mark of what the person was shown (`imaging_state.seen_of`); empty: no page showed it."""
    Procedure.objects.select_for_update().get(pk=flag.procedure_id)
    flag = RedFlag.objects.select_related("procedure__patient__site", "imaging_task").get(pk=flag.pk)
    if flag.state == State.CLOSED:
        raise FlagNotOpen(f"This flag was closed by {flag.closed_by} in the meantime.")
    if seen and seen != seen_of(flag):
        raise FlagNotOpen("This flag has become graver since you opened the page. Look at it first, then send again.")
    return flag


@transaction.atomic
def acknowledge_flag(*, flag: RedFlag, comment: str, by: User, now: datetime, seen: str = "") -> RedFlag:
    """Take a flag: its ladder stops, and the clock for closing it starts. Raises FlagNotOpen.

    Acknowledging twice keeps the first name.
    """
    flag = _lock(flag, seen)
    if flag.state == State.ACKNOWLEDGED:
        return flag
    mark_acknowledged([flag], comment=comment, by=by, now=now)
    site = flag.procedure.patient.site
    escalations.next_hop_of_flag(flag=flag, because="acknowledged", ruleset=ruleset_of(site=site, at=now), now=now)
    return flag


def mark_acknowledged(flags: Sequence[RedFlag], *, comment: str, by: User, now: datetime) -> None:
    for flag in flags:
        flag.state, flag.acknowledged_at, flag.acknowledged_by = State.ACKNOWLEDGED, now, by
        flag.acknowledge_comment = comment
    RedFlag.objects.bulk_update(flags, ["state", "acknowledged_at", "acknowledged_by", "acknowledge_comment"])
    ChartEvent.objects.bulk_create(
        ChartEvent.new(
            patient=flag.procedure.patient, verb=ChartEvent.Verb.ACKNOWLEDGED, by=by, now=now,
            subject_id=flag.public_id, reason=comment, rule_code=flag.rule_code,
        )
        for flag in flags
    )  # fmt: skip


@transaction.atomic
def close_flag(*, flag: RedFlag, outcome: str, reason: str, by: User, now: datetime, seen: str = "") -> RedFlag:
    """Close a flag with an outcome and a reason: the only way that a flag ends (law 5). Raises FlagNotOpen."""
    flag = _lock(flag, seen)
    mark_closed([flag], outcome=outcome, reason=reason, by=by, now=now)
    return flag


def mark_closed(flags: Sequence[RedFlag], *, outcome: str, reason: str, by: User, now: datetime) -> None:
    """Close flags of one episode, whose row the caller holds locked."""
    if not reason.strip():
        raise ValueError("Say in a few words why the flag is closed.")
    for flag in flags:
        flag.state, flag.closed_at, flag.closed_by = State.CLOSED, now, by
        flag.outcome, flag.closing_reason = outcome, reason
    RedFlag.objects.bulk_update(flags, ["state", "closed_at", "closed_by", "outcome", "closing_reason"])
    escalations.stop_for_flags(flags=flags, because="closed", now=now)
    ChartEvent.objects.bulk_create(
        ChartEvent.new(
            patient=flag.procedure.patient, verb=ChartEvent.Verb.CLOSED_FLAG, by=by, now=now,
            subject_id=flag.public_id, reason=reason, rule_code=flag.rule_code, outcome=outcome,
        )
        for flag in flags
    )  # fmt: skip
    for procedure_id in {flag.procedure_id for flag in flags}:
        refresh_flags(procedure_id=procedure_id)
