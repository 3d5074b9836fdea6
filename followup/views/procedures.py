"""Record a procedure, and correct its baseline."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from followup.forms.baseline_form import BaselineForm
from followup.forms.procedure_form import ProcedureForm
from followup.selectors.baseline_caution import baseline_caution
from followup.selectors.selection import selection_shown
from followup.services import episodes
from followup.services.rulesets import ruleset_of
from followup.services.selection import current_baseline, selection_at
from kyphotrack.language import said
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import Capability, require
from patients.models import Patient
from patients.services import note_chart_opened
from procedures.models import Baseline, Procedure
from procedures.services import BaselineChangedMeanwhile, ImpossibleBaselineTime, ImpossibleProcedureTime


@form_page
def record_procedure(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    now = timezone.now()
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("site"), public_id=patient_id)
    require(request.user, Capability.RECORD_PROCEDURE, patient.site)
    with timezone.override(patient.site.zone):
        form = ProcedureForm(request, patient=patient, now=now)
        if may_be_saved(request) and form.is_valid():
            try:
                episode = _open(form, by=request.user, now=now)
            except ImpossibleProcedureTime as refused:
                form.add_error("ended_at", said(refused))
            except ImpossibleBaselineTime as refused:
                form.add_error("measured_at", said(refused))
            else:
                _say_what_was_saved(request, episode, form.baseline(), now)
                return redirect("chart", procedure_id=episode.public_id)
        note_chart_opened(patient=patient, by=request.user, now=now)
        context = {"form": form, "patient": patient, "now": now, "nav": "patients"}
        return render(request, "followup/procedure.html", context, status=status_of(form))


def _open(form: ProcedureForm, *, by: User, now: datetime) -> Procedure:
    rows = form.levels.filled()
    return episodes.open_episode(
        patient=form.patient,
        procedure=form.procedure(),
        fractures=[row.fracture() for row in rows],
        treated_levels=[treated for row in rows if (treated := row.treated_level())],
        anticoagulants=[row.cleaned_data for row in form.anticoagulants.filled()],
        baseline=form.baseline(),
        form_token=form.form_id,
        by=by,
        now=now,
    )


def _say_what_was_saved(request: HttpRequest, episode: Procedure, baseline: dict | None, now: datetime) -> None:
    if episode.recorded_at != now:
        messages.warning(
            request,
            f"This procedure was saved already at {timezone.localtime(episode.recorded_at):%H:%M}. "
            "Nothing was stored twice, and what was changed since then is not saved.",
        )
        return
    messages.success(request, "The procedure is saved, and the schedule of checks has started.")
    shown = selection_shown(selection_at(episode, now=now))
    address = reverse("selection", args=[episode.public_id])
    messages.info(request, format_html('<a href="{}">Selection criteria</a>: {}.', address, shown.words))
    if not baseline:
        messages.warning(
            request,
            "No baseline was entered: every finding will be compared with a healthy person. Enter it as soon as you can.",
        )
    else:
        _warn_of_an_old_examination(request, episode, current_baseline(episode), now)


def _warn_of_an_old_examination(
    request: HttpRequest, episode: Procedure, baseline: Baseline | None, now: datetime
) -> None:
    caution = baseline_caution(baseline, episode, ruleset_of(site=episode.patient.site, at=now))
    if caution:
        messages.warning(request, caution)


@form_page
def correct_baseline(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = Procedure.objects.visible_to(request.user).select_related("patient__site")
    procedure = get_object_or_404(visible, public_id=procedure_id)
    patient = procedure.patient
    require(request.user, Capability.RECORD_PROCEDURE, patient.site)
    current = current_baseline(procedure)
    with timezone.override(patient.site.zone):
        form = BaselineForm(
            request, purpose="baseline", subject_id=procedure_id, patient=patient, current=current, now=now
        )
        if may_be_saved(request) and form.is_valid() and _baseline_saved(request, procedure, form, now):
            return redirect("chart", procedure_id=procedure_id)
        note_chart_opened(patient=patient, by=request.user, now=now)
        context = {
            "form": form,
            "procedure": procedure,
            "patient": patient,
            "levels": list(procedure.treated_levels.values_list("level", flat=True)),
            "now": now,
            "nav": "patients",
        }
        return render(request, "followup/baseline.html", context, status=status_of(form))


def _baseline_saved(request: HttpRequest, procedure: Procedure, form: BaselineForm, now: datetime) -> bool:
    """False where the form comes back with what is to be mended."""
    seen = procedure.baselines.filter(public_id=form.cleaned_data["replaces"]).first()
    try:
        stored = episodes.correct_baseline(
            procedure=procedure,
            baseline=form.baseline(),
            replaces=seen,
            reason=form.cleaned_data.get("reason", ""),
            by=request.user,
            now=now,
        )
    except ImpossibleBaselineTime as refused:
        form.add_error("measured_at", said(refused))
        return False
    except BaselineChangedMeanwhile as refused:
        current = current_baseline(procedure)
        if form.says_the_same(current):
            messages.success(request, "Saved before; nothing was stored twice.")
            return True
        form.add_error(None, said(refused))
        form.refer_to(current)
        return False
    messages.success(request, "The baseline is saved, and the whole episode was assessed again.")
    _warn_of_an_old_examination(request, procedure, stored, now)
    return True
