"""Noting on a page that one has seen an overdue step: on a flag's page and on an imaging task's."""

from collections.abc import Callable, Collection

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from followup.models import ImagingTask, RedFlag
from followup.selectors.flag import FlagPage
from followup.selectors.imaging_task import ImagingTaskPage
from followup.services.escalations import NothingToNote, take_note
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import Capability, require


def may_take_note(page: FlagPage | ImagingTaskPage, allowed: Collection[Capability], user: User) -> bool:
    if page.chase is None or not page.chase.may_be_noted or Capability.TAKE_NOTE not in allowed:
        return False
    return user.pk not in [note.user_id for note in page.notes]


def note_seen(
    request: HttpRequest, shown: RedFlag | ImagingTask, *, show: Callable[..., HttpResponse], address: str
) -> HttpResponse:
    """Take the note and go back to the page at `address`; where there is nothing to note, `show` it with the reason."""
    now = timezone.now()
    require(request.user, Capability.TAKE_NOTE, shown.procedure.patient.site)
    try:
        take_note(subject=shown, by=request.user, now=now)
    except NothingToNote as gone:
        return show(request, shown, now, refused=str(gone), status=409)
    messages.success(request, "Noted: you get no more e-mail about this step. The calls go on until it is done.")
    return redirect(address)
