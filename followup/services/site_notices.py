"""One message a site for all that waits there: overdue checks to the nurse in charge, the morning's digest to physicians."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Max

from followup.models import MonitoringSlot, OutgoingEmail
from followup.services import outbox
from followup.services.notice_letters import DIGEST_OF_USE, digest_lines, overdue_checks
from kyphotrack.staff.models import DutyRole, Role, Site, User
from kyphotrack.staff.selectors import people_on_duty
from kyphotrack.wall_clock import instant_of

Purpose, Queue = OutgoingEmail.Purpose, OutgoingEmail.Queue
# Both are the project's own figures. No interval of the schedule is shorter than a quarter of an hour.
OVERDUE_NOTICE_EVERY = timedelta(minutes=15)
DIGEST_AT = time(7)


@transaction.atomic
def tell_overdue_checks(*, now: datetime) -> int:
    """Where a check is overdue that nobody was told of: one message for all of them. Returns how many were queued.

    A check may be overdue from the moment that it is due at all: reopened by a strike-out, or typed late. Of two clocks
    the one that marks the checks as told queues the message.
    """
    rows: list[OutgoingEmail] = []
    for site in Site.objects.order_by("pk"):
        untold = list(overdue_checks(site, now).filter(overdue_told_at__isnull=True).values_list("pk", flat=True))
        if not untold:
            continue
        prefix = f"{Purpose.OVERDUE_CHECKS}:{site.pk}:"
        last = OutgoingEmail.objects.filter(key__startswith=prefix).aggregate(last=Max("created_at"))["last"]
        people = people_on_duty(site=site, role=DutyRole.CHARGE_NURSE, now=now)
        if (last and now - last < OVERDUE_NOTICE_EVERY) or not people:
            continue
        if not MonitoringSlot.objects.filter(pk__in=untold, overdue_told_at__isnull=True).update(overdue_told_at=now):
            continue
        rows += [
            outbox.new_email(
                key=f"{prefix}{int(now.timestamp())}:{user.pk}", purpose=Purpose.OVERDUE_CHECKS, queue=Queue.MAIL,
                site=site, recipient=user, now=now,
            )
            for user in people
        ]  # fmt: skip
    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def queue_morning_digests(*, now: datetime) -> int:
    """Once a day of each site, from seven o'clock there, to its physicians; where nothing waits nobody is written to."""
    rows: list[OutgoingEmail] = []
    for site in Site.objects.order_by("pk"):
        today = now.astimezone(site.zone).date()
        begins_at = instant_of(today, DIGEST_AT, site.zone)
        prefix = f"{Purpose.MORNING_DIGEST}:{site.pk}:{today}:"
        if not begins_at <= now < begins_at + DIGEST_OF_USE:
            continue
        if OutgoingEmail.objects.filter(key__startswith=prefix).exists() or not digest_lines(site):
            continue
        rows += [
            outbox.new_email(
                key=f"{prefix}{user.pk}", purpose=Purpose.MORNING_DIGEST, queue=Queue.MAIL, site=site, recipient=user,
                now=now,
            )
            for user in _physicians(site)
        ]  # fmt: skip
    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _physicians(site: Site) -> list[User]:
    roles = [Role.PHYSICIAN, Role.LEAD_CLINICIAN]
    members = User.objects.filter(is_active=True, memberships__site=site, memberships__role__in=roles)
    return list(members.distinct().order_by("pk"))
