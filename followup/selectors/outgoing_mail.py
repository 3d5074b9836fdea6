"""E-mail rows for the people who mend the machinery: no patient, no recipient, no content."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet

from followup.models import EmailEvent, OutgoingEmail
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import Capability, sites_of

State = OutgoingEmail.State
PAGE_SIZE = 50
FILTERS = {
    "waiting": (State.QUEUED, State.CLAIMED, State.FAILED), "given-up": (State.DEAD,), "withheld": (State.WITHHELD,),
    "sent": (State.SENT,),
}  # fmt: skip


@dataclass(frozen=True)
class MailList:
    chosen: str
    page: Page


def visible_mail(user: User) -> QuerySet[OutgoingEmail]:
    return OutgoingEmail.objects.filter(site__in=sites_of(user, Capability.SEE_OPERATIONS)).select_related("site")


def outgoing_mail(*, user: User, chosen: str, page: str) -> MailList:
    """The newest first. An unknown filter shows what waits, an unknown page the nearest."""
    chosen = chosen if chosen in FILTERS else "waiting"
    rows = visible_mail(user).filter(state__in=FILTERS[chosen]).order_by("-pk")
    rows = rows.prefetch_related(Prefetch("events", EmailEvent.objects.select_related("by").order_by("at", "pk")))
    return MailList(chosen, Paginator(rows, PAGE_SIZE).get_page(page))
