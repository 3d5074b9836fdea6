"""Notices to staff about a whole site, as counts: overdue checks, and what waits in the morning. No identifiers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from followup.models import (
    BoneHealthTask,
    CallTask,
    ImagingTask,
    MonitoringSlot,
    OutgoingEmail,
    RedFlag,
)
from followup.models.monitoring_slot import MonitoringSlotQuerySet
from followup.services.letter import Letter, render_letter
from kyphotrack.staff.models import Site, User

# Later than this a morning's digest is no news (the project's own figure).
DIGEST_OF_USE = timedelta(hours=3)
_RED = ("EMERGENT", "URGENT")


@dataclass(frozen=True)
class DigestLine:
    words: str
    count: int


def overdue_checks(site: Site, now: datetime) -> MonitoringSlotQuerySet:
    """Checks on the ward that nobody did within their grace, and that are not marked as missed yet."""
    at_site = {"procedure__patient__site": site, "place": MonitoringSlot.Place.WARD}
    return MonitoringSlot.objects.overdue(now).filter(**at_site)


def why_no_overdue_notice(row: OutgoingEmail, now: datetime) -> str:
    return _why_not_staff(row) or ("" if overdue_checks(row.site, now).exists() else "nothing is overdue any more")


def overdue_notice(row: OutgoingEmail) -> Letter:
    """As it is when the message is made, not when it was queued."""
    now = row.rendered_at  # type: ignore[attr-defined]  # set by the sender
    late = list(overdue_checks(row.site, now).order_by("grace_ends_at").values_list("grace_ends_at", flat=True))
    context = {
        "overdue": len(late),
        "minutes": int((now - late[0]).total_seconds() // 60) if late else 0,
        "link": f"{settings.SITE_ADDRESS}{reverse('board')}",
    }
    return render_letter(row, to=_recipient(row).email, context=context)


def digest_lines(site: Site) -> tuple[DigestLine, ...]:
    """What waits at the site, without what is zero."""
    of_site = {"procedure__patient__site": site}
    flags = RedFlag.objects.open().filter(**of_site)
    counted = (
        ("Urgent items", flags.filter(severity__in=_RED).count()),
        ("Requests under way", ImagingTask.objects.open().filter(**of_site).count()),
        ("Items to check", flags.filter(severity="AMBER").count()),
        (
            "Phone calls to make",
            CallTask.objects.filter(done_at__isnull=True, contact__procedure__patient__site=site).count(),
        ),
        ("Gaps in prevention", BoneHealthTask.objects.open().filter(**of_site).count()),
    )
    return tuple(DigestLine(words, count) for words, count in counted if count)


def why_no_digest(row: OutgoingEmail, now: datetime) -> str:
    if now - row.created_at > DIGEST_OF_USE:
        return "it would come too late"
    return _why_not_staff(row) or ("" if digest_lines(row.site) else "nothing waits any more")


def digest(row: OutgoingEmail) -> Letter:
    link = f"{settings.SITE_ADDRESS}{reverse('worklist')}"
    return render_letter(row, to=_recipient(row).email, context={"lines": digest_lines(row.site), "link": link})


def _why_not_staff(row: OutgoingEmail) -> str:
    return "" if _recipient(row).is_active else "the recipient's account is closed"


def _recipient(row: OutgoingEmail) -> User:
    assert row.recipient is not None  # noqa: S101 - a check constraint says so
    return row.recipient
