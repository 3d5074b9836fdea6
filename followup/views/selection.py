"""The selection criteria of an episode: look at them, answer them, and say why it went ahead all the same."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from followup.forms.selection_form import OverrideForm, SelectionForm
from followup.selectors.bedside import treated_levels
from followup.selectors.patient_chart import episodes_for_chart
from followup.selectors.selection import SOURCES, refractory_suggestion, selection_shown, versions_of
from followup.services.selection import (
    NothingToOverride,
    criterion_key,
    override_selection,
    record_selection,
    selection_at,
)
from kyphotrack.language import said
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, capabilities_of, require
from patients.services import note_chart_opened
from procedures.models import Procedure
from procedures.selection import CorrectionNeedsReason, SelectionChangedMeanwhile


@form_page
def selection(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = get_object_or_404(episodes_for_chart(request.user), public_id=procedure_id)
    site = procedure.patient.site
    if request.method == "POST":
        require(request.user, Capability.RECORD_PROCEDURE, site)
    allowed = capabilities_of(request.user, site)
    rows = selection_at(procedure, now=now)
    with timezone.override(site.zone):
        form = SelectionForm(request, rows=rows, suggestion=refractory_suggestion(rows))
        if may_be_saved(request) and form.is_valid() and _saved(request, procedure, form, now):
            return redirect("selection", procedure_id=procedure_id)
        note_chart_opened(patient=procedure.patient, by=request.user, now=now)
        context = {
            **_page(procedure, now),
            "shown": selection_shown(rows),
            "review": rows.review,
            "versions": versions_of(procedure),
            "sources": SOURCES,
            "form": form if Capability.RECORD_PROCEDURE in allowed else None,
            "may_override": Capability.OVERRIDE_SELECTION in allowed,
        }
        return render(request, "followup/selection.html", context, status=status_of(form))


def _saved(request: HttpRequest, procedure: Procedure, form: SelectionForm, now: datetime) -> bool:
    """False where the form comes back with what is to be mended."""
    try:
        record_selection(
            procedure=procedure,
            answers=form.answers(),
            fractures=form.fractures(),
            replaces=procedure.selection_reviews.filter(public_id=form.cleaned_data["replaces"]).first(),
            reason=form.cleaned_data["reason"],
            form_token=form.form_id,
            by=request.user,
            now=now,
        )
    except SelectionChangedMeanwhile as refused:
        form.add_error(None, said(refused))
        form.refer_to(procedure.selection_reviews.current().first())
        return False
    except CorrectionNeedsReason as refused:
        form.add_error("reason", said(refused))
        return False
    messages.success(request, "The answers are saved, and the criteria were checked again.")
    return True


@form_page
def override(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = get_object_or_404(episodes_for_chart(request.user), public_id=procedure_id)
    require(request.user, Capability.OVERRIDE_SELECTION, procedure.patient.site)
    shown = selection_shown(selection_at(procedure, now=now))
    waiting = [criterion_key(one.level, one.check) for one in shown.waiting]
    form = OverrideForm(request, procedure=procedure, waiting=waiting)
    if may_be_saved(request) and form.is_valid():
        try:
            override_selection(
                procedure=procedure,
                seen=form.cleaned_data["seen"].split(),
                reason=form.cleaned_data["reason"],
                form_token=form.form_id,
                by=request.user,
                now=now,
            )
        except NothingToOverride as refused:
            form.add_error(None, said(refused))
            form.refer_to(waiting)
        else:
            messages.success(request, "The reason is recorded.")
            return redirect("selection", procedure_id=procedure_id)
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {**_page(procedure, now), "shown": shown, "form": form}
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/selection_override.html", context, status=status_of(form))


def _page(procedure: Procedure, now: datetime) -> dict:
    return {
        "procedure": procedure,
        "patient": procedure.patient,
        "levels": treated_levels(procedure),
        "now": now,
        "nav": "patients",
    }
