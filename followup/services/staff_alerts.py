"""E-mails to staff about an open item: what one says, and whether it is still right to send it.

They name no patient, procedure, body part, rule or score: only that an item waits, with a link behind the sign-in.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from followup.escalation_ladder import Hop
from followup.models import EscalationNote, OutgoingEmail, RedFlag
from followup.services.imaging_state import hop_of_task
from followup.services.letter import Letter, render_letter

State = OutgoingEmail.State


def with_world(rows: QuerySet[OutgoingEmail]) -> QuerySet[OutgoingEmail]:
    """The rows with what it takes to judge and to render them, in one query."""
    later = OutgoingEmail.objects.filter(
        recipient=OuterRef("recipient"),
        escalation_step__escalation=OuterRef("escalation_step__escalation"),
        escalation_step__number__gt=OuterRef("escalation_step__number"),
    ).exclude(state__in=[State.WITHHELD, State.DEAD])
    noted = EscalationNote.objects.filter(escalation=OuterRef("escalation_step__escalation"), by=OuterRef("recipient"))
    return rows.select_related(
        "escalation_step__escalation__imaging_task",
        "escalation_step__escalation__red_flag",
    ).annotate(has_later_notice=Exists(later), has_taken_note=Exists(noted))


def why_withheld(row: OutgoingEmail, now: datetime) -> str:
    """Why this message would be wrong now, in words; empty when it is right. `row` was read `with_world`."""
    assert row.escalation_step is not None and row.recipient is not None  # noqa: S101 - check constraints say so
    escalation = row.escalation_step.escalation
    task, flag = escalation.imaging_task, escalation.red_flag
    if not row.recipient.is_active:
        return "the recipient's account is closed"
    if task and hop_of_task(task) != escalation.hop:
        return "the task was acknowledged" if escalation.hop == Hop.ACKNOWLEDGE else "the task was moved on"
    if flag and flag.state != (RedFlag.State.OPEN if escalation.hop == Hop.ACKNOWLEDGE else RedFlag.State.ACKNOWLEDGED):
        return "the flag was acknowledged or closed"
    if escalation.stopped_at:
        return f"the escalation stopped: {escalation.stopped_because}"
    if row.has_taken_note:  # type: ignore[attr-defined]  # an annotation
        return "the recipient noted that they have seen it"
    # After a long outage of the mail server one message a person and item is enough.
    if row.has_later_notice:  # type: ignore[attr-defined]  # an annotation
        return "a later notice takes its place"
    return ""


def letter(row: OutgoingEmail) -> Letter:
    """Render the message of a row that was read `with_world`."""
    assert row.escalation_step is not None and row.recipient is not None  # noqa: S101 - check constraints say so
    escalation = row.escalation_step.escalation
    if escalation.imaging_task:
        path = reverse("imaging_task", args=[escalation.imaging_task.public_id])
    else:
        assert escalation.red_flag is not None  # noqa: S101 - a check constraint says so
        path = reverse("flag", args=[escalation.red_flag.public_id])
    context = {
        "link": f"{settings.SITE_ADDRESS}{path}",
        "notice": _notice_number(row),
        "is_acknowledged": escalation.hop != Hop.ACKNOWLEDGE,
    }
    return render_letter(row, to=row.recipient.email, context=context)


def _notice_number(row: OutgoingEmail) -> int:
    """How often people were told by this step: those who are told at the same time get the same notice."""
    step = row.escalation_step
    assert step is not None  # noqa: S101 - a check constraint says so
    if step.due_at == step.escalation.started_at:
        return 1
    return step.escalation.steps.filter(due_at__lte=step.due_at).values("due_at").distinct().count()
