"""Alarms that could not be delivered to somebody while the item is still open: whoever reads the worklist phones them."""

from dataclasses import dataclass
from datetime import datetime

from followup.models import OutgoingEmail
from kyphotrack.staff.models import DutyRole, User
from procedures.models import Procedure


@dataclass(frozen=True)
class UndeliveredAlert:
    """`item_page` and `item_id` make the link to what the alarm is about."""

    person: str
    role: str
    gave_up_because: str
    queued_at: datetime
    item_page: str
    item_id: str


def undelivered_alerts(user: User) -> tuple[UndeliveredAlert, ...]:
    """One line a person and item, the newest alarm of each."""
    given_up = OutgoingEmail.objects.filter(
        state=OutgoingEmail.State.DEAD, escalation_step__escalation__stopped_at__isnull=True, recipient__isnull=False
    ).select_related(
        "recipient", "escalation_step__escalation__imaging_task", "escalation_step__escalation__red_flag"
    )  # fmt: skip
    visible = set(Procedure.objects.visible_to(user).values_list("pk", flat=True)) if given_up.exists() else set()
    lines: dict[tuple[int, int], UndeliveredAlert] = {}
    for email in given_up.order_by("pk"):
        step = email.escalation_step
        item = step.escalation.imaging_task or step.escalation.red_flag  # type: ignore[union-attr]
        if item is None or step is None or email.recipient is None or item.procedure_id not in visible:
            continue
        lines[email.recipient.pk, step.escalation_id] = UndeliveredAlert(
            person=email.recipient.full_name,
            role=DutyRole(step.role).label,
            gave_up_because=email.last_error,
            queued_at=email.created_at,
            item_page="imaging_task" if step.escalation.imaging_task_id else "flag",
            item_id=str(item.public_id),
        )
    return tuple(lines.values())
