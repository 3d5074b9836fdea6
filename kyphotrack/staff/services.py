"""The rota: enter a stretch of duty or a weekly one, and end it. The rows say who did it and when; none is deleted."""

import uuid
from collections.abc import Collection
from datetime import datetime, time

from django.db import transaction

from kyphotrack.staff.models import Duty, Site, User, WeeklyDuty


class NotOnStaff(ValueError):
    """The person has no open account or no role at the site."""


class EndedAlready(ValueError):
    """Somebody else ended this duty in the meantime."""


@transaction.atomic
def add_duty(
    *,
    site: Site,
    user: User,
    role: str,
    kind: str,
    starts_at: datetime,
    ends_at: datetime | None,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> Duty:
    """A stretch that takes the place of the weekly pattern for its role. The same `form_token` again gives the first row."""
    _check_staff(site, user)
    columns = {
        "site": site,
        "user": user,
        "role": role,
        "kind": kind,
        # What lies behind was as it was.
        "starts_at": max(starts_at, now),
        "ends_at": ends_at,
        "entered_by": by,
    }
    duty, _is_new = Duty.objects.get_or_create(form_token=form_token, defaults=columns)
    return duty


@transaction.atomic
def add_weekly_duty(
    *,
    site: Site,
    user: User,
    role: str,
    weekdays: Collection[int],
    starts: time,
    ends: time,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> WeeklyDuty:
    _check_staff(site, user)
    columns = {
        "site": site,
        "user": user,
        "role": role,
        "weekdays": sorted(weekdays),
        "starts": starts,
        "ends": ends,
        "since": now,
        "entered_by": by,
    }
    weekly, _is_new = WeeklyDuty.objects.get_or_create(form_token=form_token, defaults=columns)
    return weekly


@transaction.atomic
def end_duty(*, duty: Duty, by: User, now: datetime) -> Duty:
    """It ends now; one that has not begun never does. Raises EndedAlready."""
    duty = Duty.objects.select_for_update(of=("self",)).get(pk=duty.pk)
    if duty.ends_at is not None and duty.ends_at <= now:
        raise EndedAlready("This duty has ended already.")
    duty.ends_at, duty.ended_by = max(duty.starts_at, now), by
    duty.save(update_fields=["ends_at", "ended_by"])
    return duty


@transaction.atomic
def end_weekly_duty(*, weekly: WeeklyDuty, by: User, now: datetime) -> WeeklyDuty:
    """From now on it comes back no more. Raises EndedAlready."""
    weekly = WeeklyDuty.objects.select_for_update(of=("self",)).get(pk=weekly.pk)
    if weekly.ended_at is not None:
        raise EndedAlready("This weekly duty has ended already.")
    weekly.ended_at, weekly.ended_by = now, by
    weekly.save(update_fields=["ended_at", "ended_by"])
    return weekly


def _check_staff(site: Site, user: User) -> None:
    if not user.is_active or not user.memberships.filter(site=site).exists():
        raise NotOnStaff(f"{user} has no role at {site}, so nothing would reach them there.")
