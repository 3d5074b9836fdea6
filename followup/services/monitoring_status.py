"""Keep each episode's line of the ward board in step with its slots, observations and flags."""

from collections.abc import Iterable, Sequence

from followup.models import MonitoringSlot, MonitoringStatus, RedFlag
from followup.models.monitoring_status import DANGER, NO_FLAG
from followup.red_flags.history import History
from followup.red_flags.neurology import compare_with_baseline
from followup.red_flags.pain import trend
from followup.services.history import EpisodeRows, history_of


def refresh_status(
    *,
    status: MonitoringStatus,
    rows: EpisodeRows,
    slots: Iterable[MonitoringSlot],
    flags: Sequence[RedFlag],
    history: History | None = None,
) -> MonitoringStatus:
    """Derive the line anew from the episode's rows and save it. `flags` are the open ones."""
    _set_next_due(status, slots)
    _set_measured(status, rows, history or history_of(rows))
    _set_flags(status, flags)
    status.save()
    return status


def refresh_flags(*, procedure_id: int) -> None:
    """After a person acknowledged or closed a flag."""
    status = MonitoringStatus.objects.get(procedure_id=procedure_id)
    _set_flags(status, list(RedFlag.objects.open().filter(procedure_id=procedure_id)))
    status.save(update_fields=["danger", "open_flags"])


def refresh_after_slots(procedure_ids: Sequence[int]) -> None:
    """After slots were missed or waived: the next due time of these episodes, in three statements."""
    slots: dict[int, list[MonitoringSlot]] = {}
    for slot in MonitoringSlot.objects.open().filter(procedure__in=procedure_ids):
        slots.setdefault(slot.procedure_id, []).append(slot)
    statuses = list(MonitoringStatus.objects.filter(procedure__in=procedure_ids))
    for status in statuses:
        _set_next_due(status, slots.get(status.procedure_id, []))
    MonitoringStatus.objects.bulk_update(
        statuses, ["next_due_at", "next_due_grace_ends_at", "next_due_neuro", "next_due_place"]
    )


def _set_next_due(status: MonitoringStatus, slots: Iterable[MonitoringSlot]) -> None:
    still_open = [slot for slot in slots if slot.state == MonitoringSlot.State.OPEN]
    due = min(still_open, key=lambda slot: slot.due_at, default=None)
    status.next_due_at = due.due_at if due else None
    status.next_due_grace_ends_at = due.grace_ends_at if due else None
    status.next_due_neuro = due.neuro if due else ""
    status.next_due_place = due.place if due else ""


def _set_measured(status: MonitoringStatus, rows: EpisodeRows, history: History) -> None:
    newest_first = sorted(rows.observations, key=lambda row: (row.effective_at, row.recorded_at), reverse=True)
    status.last_observation = newest_first[0] if newest_first else None
    with_vitals = next((row for row in newest_first if row.news2_total is not None or _has_vitals(row)), None)
    status.news2_total = with_vitals.news2_total if with_vitals else None
    status.news2_lower_bound = with_vitals.news2_lower_bound if with_vitals else None
    pain = trend(history)
    status.pain = pain.current
    status.pain_change_since_nadir = pain.since_nadir
    status.pain_change_since_baseline = pain.since_baseline
    checked = next((row for row in newest_first if row.neurology), None)
    status.neurology_checked_at = checked.effective_at if checked else None
    status.neurology = (
        compare_with_baseline(checked.neurology, rows.baseline.neurology if rows.baseline else {}).state
        if checked
        else MonitoringStatus.Neurology.NOT_CHECKED
    )


def _has_vitals(row) -> bool:
    return any(
        value not in (None, "")
        for value in (
            row.respiration_rate, row.spo2_percent, row.supplemental_oxygen, row.systolic_mmhg, row.pulse_per_minute,
            row.consciousness, row.temperature_celsius,
        )
    )  # fmt: skip


def _set_flags(status: MonitoringStatus, flags: Sequence[RedFlag]) -> None:
    status.danger = min((DANGER[flag.severity] for flag in flags), default=NO_FLAG)
    status.open_flags = sum(flag.severity != "INFO" for flag in flags)
