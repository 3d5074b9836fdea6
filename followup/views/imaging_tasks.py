"""The page of one imaging task, and the hops that people make on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followup.forms.imaging_forms import HOP_FORMS, HopForm, show_as_seen
from followup.models import ImagingTask
from followup.selectors.imaging_task import HOP_LEADS_TO, HOP_NEEDS, imaging_task_page, legal_hops
from followup.services import imaging_tasks as services
from followup.services.imaging_state import seen_of
from followup.views.seen import may_take_note, note_seen
from followup.views.worklist_return import back_to_worklist, kept
from kyphotrack.staff.form_pages import may_be_saved
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import capabilities_of, require
from patients.services import note_chart_opened


@dataclass(frozen=True)
class Hop:
    """Which service carries a hop out, and what the page says afterwards."""

    carry_out: Callable[..., ImagingTask]
    done: str


HOPS = {
    "acknowledge": Hop(services.acknowledge_imaging_task, "Acknowledged: the task is in your hands."),
    "order": Hop(services.order_imaging, "The scan is ordered."),
    "performed": Hop(services.record_imaging_performed, "The scan was performed."),
    "report": Hop(services.record_imaging_report, "The report is in: a decision is needed."),
    "decide": Hop(services.decide_imaging_task, "Decided: the task and its flags are closed."),
    "cancel": Hop(services.cancel_imaging_task, "The scan is cancelled. Its flags stay open."),
}


@require_safe
def imaging_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    return _page(request, _visible_task(request, task_id), timezone.now())


@require_POST
def move_imaging_task(request: HttpRequest, task_id: UUID, hop: str) -> HttpResponse:
    """Make one hop. Where somebody else was quicker nothing is saved, and the typed words are shown again (409)."""
    now = timezone.now()
    task = _visible_task(request, task_id)
    if hop not in HOPS:
        raise Http404
    site = task.procedure.patient.site
    require(request.user, HOP_NEEDS[hop], site)
    with timezone.override(site.zone):
        form = HOP_FORMS[hop](request.POST, task=task, hop=hop, action=_address(task, hop), kept=kept(request.POST))
        if not form.is_valid() or not may_be_saved(request):
            return _page(request, task, now, sent=(hop, form), status=422)
    try:
        HOPS[hop].carry_out(task=task, **form.cleaned_data, by=request.user, now=now)
    except services.IllegalHop as illegal:
        unseen = isinstance(illegal, services.NotWhatWasShown)
        if unseen or not _is_sent_twice(task, hop, form, request.user):
            moved_on = _visible_task(request, task_id)
            return _page(request, moved_on, now, sent=(hop, form), refused=str(illegal), status=409)
    messages.success(request, HOPS[hop].done)
    return redirect(back_to_worklist(request.POST) or reverse("imaging_task", args=[task_id]))


@require_POST
def note_task_seen(request: HttpRequest, task_id: UUID) -> HttpResponse:
    task = _visible_task(request, task_id)
    return note_seen(request, task, show=_page, address=reverse("imaging_task", args=[task_id]))


def _visible_task(request: HttpRequest, task_id: UUID) -> ImagingTask:
    tasks = ImagingTask.objects.visible_to(request.user).select_related("procedure__patient__site")
    return get_object_or_404(tasks, public_id=task_id)


def _is_sent_twice(task: ImagingTask, hop: str, form: HopForm, user: User) -> bool:
    """A double tap: the same person's same words made this very hop a moment ago."""
    last = task.hops.order_by("-at", "-pk").first()
    if last is None or last.by_id != user.pk:
        return False
    words = form.cleaned_data.get("comment", form.cleaned_data.get("reason"))
    return last.comment == words and (hop == "acknowledge" or last.to_state == HOP_LEADS_TO[hop])


def _address(task: ImagingTask, hop: str) -> str:
    return reverse("move_imaging_task", args=[task.public_id, hop])


def _page(
    request: HttpRequest,
    task: ImagingTask,
    now: datetime,
    *,
    sent: tuple[str, HopForm] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    patient = task.procedure.patient
    note_chart_opened(patient=patient, by=request.user, now=now)
    allowed = capabilities_of(request.user, patient.site)
    legal = legal_hops(task)
    sent_hop, sent_form = sent or ("", None)
    forms = [
        sent_form
        if sent_form and hop == sent_hop
        else HOP_FORMS[hop](
            task=task,
            hop=hop,
            action=_address(task, hop),
            initial={"modality": task.modality, "region": task.region},
        )
        for hop in legal
        if HOP_NEEDS[hop] in allowed
    ]
    for form in forms:
        show_as_seen(form, seen_of(task))
    page = imaging_task_page(task, now=now)
    context = {
        "page": page,
        "may_take_note": may_take_note(page, allowed, request.user),
        "note_address": reverse("note_task_seen", args=[task.public_id]),
        "forms": forms,
        "waits_for_others": bool(legal) and not forms,
        "refused": refused,
        # Where the hop's own form is no longer on the page, its words still are.
        "unsaved": sent_form if sent_form and sent_hop not in legal else None,
        "now": now,
        "nav": "worklist",
    }
    with timezone.override(patient.site.zone):
        return render(request, "followup/imaging_task.html", context, status=status)
