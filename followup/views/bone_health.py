"""The bone-health page of an episode, its two forms with their corrections, and the closing of a gap."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from followup.forms.bone_health_forms import BoneHealthForm, CloseTaskForm, FactsForm, TherapyForm
from followup.models import BoneHealthFacts, BoneHealthTask, BoneHealthTherapy
from followup.red_flags.findings import Severity
from followup.selectors.bedside import treated_levels
from followup.selectors.bone_health import bone_health_page, check_words
from followup.services import bone_health as services
from followup.services.bone_health_tasks import TaskAlreadyClosed, close_bone_health_task
from followup.services.correctable_rows import Saved
from followup.services.observations import AlreadyCorrected, TokenOfOtherEpisode
from followup.views.outcomes import SAVED_BEFORE
from kyphotrack.language import said
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, capabilities_of, require
from patients.services import note_chart_opened
from procedures.models import Procedure


@require_safe
@never_cache
def bone_health(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    return _page(request, _visible_episode(request, procedure_id), timezone.now())


@form_page
def record_therapy(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = _visible_episode(request, procedure_id)
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    form = TherapyForm(request, procedure=procedure, now=now)
    return _form_page(
        request, procedure, now, form,
        lambda: services.record_therapy(
            procedure=procedure, answers=form.answers(), by=request.user, now=now, form_token=form.form_id
        ),
    )  # fmt: skip


@form_page
def record_bone_facts(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = _visible_episode(request, procedure_id)
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    form = FactsForm(request, procedure=procedure, now=now)
    return _form_page(
        request, procedure, now, form,
        lambda: services.record_facts(
            procedure=procedure, answers=form.answers(), by=request.user, now=now, form_token=form.form_id
        ),
    )  # fmt: skip


@form_page
def correct_therapy(request: HttpRequest, therapy_id: UUID) -> HttpResponse:
    visible = BoneHealthTherapy.objects.visible_to(request.user).select_related(
        "procedure__patient__site", "recorded_by"
    )
    therapy = get_object_or_404(visible, public_id=therapy_id)
    return _correct(
        request, therapy, TherapyForm, lambda **values: services.correct_therapy(therapy=therapy, **values)
    )  # fmt: skip


@form_page
def correct_bone_facts(request: HttpRequest, facts_id: UUID) -> HttpResponse:
    visible = BoneHealthFacts.objects.visible_to(request.user).select_related("procedure__patient__site", "recorded_by")
    facts = get_object_or_404(visible, public_id=facts_id)
    return _correct(request, facts, FactsForm, lambda **values: services.correct_facts(facts=facts, **values))


@require_POST
def close_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = BoneHealthTask.objects.visible_to(request.user).select_related("procedure__patient__site")
    task = get_object_or_404(visible, public_id=task_id)
    procedure = task.procedure
    require(request.user, _needed_to_close(task), procedure.patient.site)
    form = _close_form(task, request)
    if not form.is_valid() or not may_be_saved(request):
        return _page(request, procedure, now, closing=(task, form), status=422)
    try:
        close_bone_health_task(task=task, words=form.cleaned_data["words"], by=request.user, now=now)
    except TaskAlreadyClosed as refused:
        messages.warning(request, said(refused))
    else:
        messages.success(request, "Closed, with your words. A gap that becomes graver opens again.")
    return redirect("bone_health", procedure_id=procedure.public_id)


def _visible_episode(request: HttpRequest, procedure_id: UUID) -> Procedure:
    visible = Procedure.objects.visible_to(request.user).select_related("patient__site")
    return get_object_or_404(visible, public_id=procedure_id)


def _correct(
    request: HttpRequest,
    row: BoneHealthTherapy | BoneHealthFacts,
    of_kind: type[BoneHealthForm],
    correct: Callable[..., Saved],
) -> HttpResponse:
    now, procedure = timezone.now(), row.procedure
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    if row.entered_in_error or (request.method != "POST" and hasattr(row, "superseded_by")):
        messages.warning(request, "This version no longer counts, so it cannot be corrected.")
        return redirect("bone_health", procedure_id=procedure.public_id)
    form = of_kind(request, procedure=procedure, now=now, correcting=row)

    def save() -> Saved:
        about = {
            "reason": form.cleaned_data["correction_reason"], "by": request.user, "now": now, "form_token": form.form_id,
        }  # fmt: skip
        if form.cleaned_data["entered_in_error"]:
            return services.strike_out(row=row, **about)
        return correct(answers=form.answers(), **about)

    return _form_page(request, procedure, now, form, save)


def _form_page(
    request: HttpRequest, procedure: Procedure, now: datetime, form: BoneHealthForm, save: Callable[[], Saved]
) -> HttpResponse:
    """Save a form that may be saved and go to the page; else show the form (again)."""
    if may_be_saved(request) and form.is_valid():
        try:
            saved = save()
        except (
            AlreadyCorrected, TokenOfOtherEpisode, services.DayInFuture, services.NothingKnown,
        ) as refused:  # fmt: skip
            form.add_error(None, said(refused))
        else:
            _say_what_was_saved(request, procedure, saved)
            return redirect("bone_health", procedure_id=procedure.public_id)
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {"form": form, "is_therapy": isinstance(form, TherapyForm), **_who(procedure, now)}
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/bone_health_form.html", context, status=status_of(form))


def _say_what_was_saved(request: HttpRequest, procedure: Procedure, saved: Saved) -> None:
    if saved.already_saved:
        messages.warning(request, SAVED_BEFORE)
        return
    messages.success(request, "Saved.")
    row = saved.row
    if isinstance(row, BoneHealthTherapy) and row.status in ("CONSIDERED", "PRESCRIBED", "STARTED"):
        for check in check_words(procedure, row.drug):
            if check.severity is Severity.AMBER:
                messages.warning(request, f"{row.drug_words}: {check.text}")


def _needed_to_close(task: BoneHealthTask) -> Capability:
    """What is urgent waits for a physician."""
    return Capability.DECIDE if task.severity == "URGENT" else Capability.CLOSE_AMBER_FLAG


def _close_form(task: BoneHealthTask, request: HttpRequest | None = None) -> CloseTaskForm:
    action = reverse("close_bone_health_task", args=[task.public_id])
    return CloseTaskForm(request.POST if request else None, task_id=task.public_id, action=action)


def _who(procedure: Procedure, now: datetime) -> dict:
    patient = procedure.patient
    return {
        "procedure": procedure,
        "patient": patient,
        "levels": treated_levels(procedure),
        "zone": patient.site.zone,
        "now": now,
        "nav": "patients",
    }


def _page(
    request: HttpRequest,
    procedure: Procedure,
    now: datetime,
    *,
    closing: tuple[BoneHealthTask, CloseTaskForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    allowed = capabilities_of(request.user, procedure.patient.site)
    page = bone_health_page(procedure, now=now)
    sent = {closing[0].pk: closing[1]} if closing else {}
    context = {
        "page": page,
        "open_tasks": [
            (task, sent.get(task.pk) or _close_form(task) if _needed_to_close(task) in allowed else None)
            for task in page.tasks
        ],
        "may_record": Capability.RECORD_OBSERVATION in allowed,
        **_who(procedure, now),
    }
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/bone_health.html", context, status=status)
