"""Keep each episode's line of the ward board in step with its slots, observations and flags."""

from collections.abc import Iterable, Sequence
from operator import itemgetter

from followup.models import MonitoringSlot, MonitoringStatus, RedFlag
from followup.models.monitoring_status import DANGER, NO_FLAG
from followup.red_flags.history import History
from followup.red_flags.neurology import compare_with_baseline, newest_answers
from followup.red_flags.news2 import score
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
        statuses, ["next_due_at", "next_due_grace_ends_at", "next_due_neuro", "next_due_only", "next_due_place"]
    )


def _set_next_due(status: MonitoringStatus, slots: Iterable[MonitoringSlot]) -> None:
    still_open = [slot for slot in slots if slot.state == MonitoringSlot.State.OPEN]
    due = min(still_open, key=lambda slot: slot.due_at, default=None)
    status.next_due_at = due.due_at if due else None
    status.next_due_grace_ends_at = due.grace_ends_at if due else None
    status.next_due_neuro = due.neuro if due else ""
    status.next_due_only = due.only if due else ""
    status.next_due_place = due.place if due else ""


def _set_measured(status: MonitoringStatus, rows: EpisodeRows, history: History) -> None:
    status.last_observation = max(rows.observations, key=lambda row: (row.effective_at, row.recorded_at), default=None)
    status.not_ruled_out = len(status.last_observation.undecided) if status.last_observation else None
    _set_news2(status, history)
    pain = trend(history, rows.ruleset)
    status.pain = pain.current
    status.pain_change_since_nadir = pain.since_nadir
    status.pain_change_since_baseline = pain.since_baseline
    exams = sorted(((reading.effective_at, reading.neurology) for reading in history.readings), key=itemgetter(0))
    newest = newest_answers(exams)
    exam = {name: answer for name, (answer, _examined_at) in newest.items()}
    status.neurology = compare_with_baseline(exam, rows.baseline.neurology if rows.baseline else {}).state
    status.neurology_checked_at = max((examined_at for _answer, examined_at in newest.values()), default=None)


def _set_news2(status: MonitoringStatus, history: History) -> None:
    """The last set of which any part was measured."""
    scored = sorted(
        ((reading.effective_at, reading.id, score(reading.vitals, reading.spo2_scale)) for reading in history.readings),
        key=itemgetter(0, 1),
    )
    last = next((one for one in reversed(scored) if one[2].parts), None)
    status.news2_measured_at = last[0] if last else None
    status.news2_total = last[2].total if last else None
    status.news2_lower_bound = last[2].lower_bound if last else None
    status.news2_band = (last[2].band or "") if last else ""


def _set_flags(status: MonitoringStatus, flags: Sequence[RedFlag]) -> None:
    status.danger = min((DANGER[flag.severity] for flag in flags), default=NO_FLAG)
    status.open_flags = sum(flag.severity != "INFO" for flag in flags)
