"""The page of one flag: why it was raised, on which evidence, and what people make of it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followup.forms.flag_forms import AcknowledgeFlagForm, CloseFlagForm
from followup.forms.imaging_forms import show_as_seen
from followup.models import RedFlag
from followup.selectors.flag import flag_page, needed_to_acknowledge, needed_to_close
from followup.services import red_flags as services
from followup.services.imaging_state import seen_of
from followup.views.seen import may_take_note, note_seen
from followup.views.worklist_return import back_to_worklist, kept
from kyphotrack.staff.form_pages import may_be_saved
from kyphotrack.staff.permissions import capabilities_of, require
from patients.services import note_chart_opened


@require_safe
def flag(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    return _page(request, _visible_flag(request, flag_id), timezone.now())


@require_POST
def acknowledge_flag(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    now = timezone.now()
    shown = _visible_flag(request, flag_id)
    require(request.user, needed_to_acknowledge(shown), shown.procedure.patient.site)
    form = AcknowledgeFlagForm(request.POST, action=_address("acknowledge_flag", shown), kept=kept(request.POST))
    if not form.is_valid() or not may_be_saved(request):
        return _page(request, shown, now, acknowledging=form, status=422)
    try:
        saved = services.acknowledge_flag(flag=shown, by=request.user, now=now, **form.cleaned_data)
    except services.FlagNotOpen as closed:
        return _page(request, _visible_flag(request, flag_id), now, unsaved=form, refused=str(closed), status=409)
    sent_twice = saved.acknowledged_by == request.user and saved.acknowledge_comment == form.cleaned_data["comment"]
    if saved.acknowledged_at != now and not sent_twice:
        refused = f"{saved.acknowledged_by} acknowledged this flag before you."
        return _page(request, _visible_flag(request, flag_id), now, unsaved=form, refused=refused, status=409)
    messages.success(request, "Acknowledged: the flag is in your hands.")
    return redirect(back_to_worklist(request.POST) or reverse("flag", args=[flag_id]))


@require_POST
def close_flag(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    now = timezone.now()
    shown = _visible_flag(request, flag_id)
    require(request.user, needed_to_close(shown), shown.procedure.patient.site)
    form = CloseFlagForm(request.POST, action=_address("close_flag", shown), kept=kept(request.POST))
    if not form.is_valid() or not may_be_saved(request):
        return _page(request, shown, now, closing=form, status=422)
    try:
        services.close_flag(flag=shown, by=request.user, now=now, **form.cleaned_data)
    except services.FlagNotOpen as closed:
        shown = _visible_flag(request, flag_id)
        if shown.closed_by != request.user or shown.closing_reason != form.cleaned_data["reason"]:  # no double tap
            return _page(request, shown, now, unsaved=form, refused=str(closed), status=409)
    messages.success(request, "The flag is closed.")
    return redirect(back_to_worklist(request.POST) or reverse("flag", args=[flag_id]))


@require_POST
def note_flag_seen(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    return note_seen(request, _visible_flag(request, flag_id), show=_page, address=reverse("flag", args=[flag_id]))


def _visible_flag(request: HttpRequest, flag_id: UUID) -> RedFlag:
    flags = RedFlag.objects.visible_to(request.user).select_related(
        "procedure__patient__site", "imaging_task", "acknowledged_by", "closed_by"
    )
    return get_object_or_404(flags, public_id=flag_id)


def _address(name: str, shown: RedFlag) -> str:
    return reverse(name, args=[shown.public_id])


def _page(
    request: HttpRequest,
    shown: RedFlag,
    now: datetime,
    *,
    acknowledging: Form | None = None,
    closing: Form | None = None,
    unsaved: Form | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    patient = shown.procedure.patient
    note_chart_opened(patient=patient, by=request.user, now=now)
    allowed = capabilities_of(request.user, patient.site)
    is_open = shown.state != RedFlag.State.CLOSED
    may_acknowledge = shown.state == RedFlag.State.OPEN and needed_to_acknowledge(shown) in allowed
    may_close = is_open and needed_to_close(shown) in allowed
    acknowledging = acknowledging or AcknowledgeFlagForm(action=_address("acknowledge_flag", shown))
    closing = closing or CloseFlagForm(action=_address("close_flag", shown))
    for form in (acknowledging, closing):
        show_as_seen(form, seen_of(shown))
    page = flag_page(shown)
    context = {
        "page": page,
        "may_take_note": may_take_note(page, allowed, request.user),
        "note_address": reverse("note_flag_seen", args=[shown.public_id]),
        "acknowledging": acknowledging if may_acknowledge else None,
        "closing": closing if may_close else None,
        "waits_for_others": is_open and not may_close,
        "refused": refused,
        "unsaved": unsaved,
        "now": now,
        "nav": "worklist",
    }
    with timezone.override(patient.site.zone):
        return render(request, "followup/flag.html", context, status=status)
