"""Record a procedure, and correct its baseline."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from followup.forms.baseline_form import BaselineForm
from followup.forms.procedure_form import AnticoagulantRows, LevelRows, ProcedureForm
from followup.services.episodes import correct_baseline as store_baseline
from followup.services.episodes import open_episode
from kyphotrack.staff.form_pages import may_be_saved
from kyphotrack.staff.permissions import Capability, require
from patients.models import Patient
from patients.services import note_chart_opened
from procedures.models import Baseline, Procedure
from procedures.services import ImpossibleBaselineTime, ImpossibleProcedureTime

_NO_BASELINE = (
    "No baseline was entered: every finding will be compared with a healthy person. Record it as soon as you can."
)


def record_procedure(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    now = timezone.now()
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("site"), public_id=patient_id)
    require(request.user, Capability.RECORD_PROCEDURE, patient.site)
    with timezone.override(patient.site.zone):
        sent = request.POST if request.method == "POST" else None
        form = ProcedureForm(request, purpose="procedure", subject_id=patient_id, now=now)
        levels, drugs = LevelRows(sent, prefix="level"), AnticoagulantRows(sent, prefix="drug")
        if may_be_saved(request) and all([form.is_valid(), levels.is_valid(), drugs.is_valid()]):
            try:
                episode = _open(patient, form, levels, drugs, request.user, now)
            except ImpossibleProcedureTime as error:
                form.add_error("ended_at", str(error))
            except ImpossibleBaselineTime as error:
                form.add_error("measured_at", str(error))
            else:
                if not form.baseline():
                    messages.warning(request, _NO_BASELINE)
                return redirect("chart", procedure_id=episode.public_id)
        if request.method == "GET":
            note_chart_opened(patient=patient, by=request.user, now=now)
        context = {
            "form": form,
            "levels": levels,
            "anticoagulants": drugs,
            "to_confirm": [*form.to_confirm, *levels.to_confirm()],
            "patient": patient,
            "now": now,
            "nav": "patients",
        }
        return render(request, "followup/procedure.html", context)


def _open(patient: Patient, form: ProcedureForm, levels, drugs, by, now) -> Procedure:
    rows = levels.filled()
    return open_episode(
        patient=patient,
        procedure=form.procedure(),
        fractures=[row.fracture() for row in rows],
        treated_levels=[treated for row in rows if (treated := row.treated_level())],
        anticoagulants=[row.cleaned_data for row in drugs.filled()],
        baseline=form.baseline(),
        form_token=form.form_id,
        by=by,
        now=now,
    )


def correct_baseline(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    episodes = Procedure.objects.visible_to(request.user).select_related("patient__site")
    procedure = get_object_or_404(episodes, public_id=procedure_id)
    patient = procedure.patient
    require(request.user, Capability.RECORD_PROCEDURE, patient.site)
    current = Baseline.objects.current().filter(procedure=procedure).first()
    with timezone.override(patient.site.zone):
        form = BaselineForm(request, purpose="baseline", subject_id=procedure_id, current=current)
        if may_be_saved(request) and form.is_valid():
            try:
                store_baseline(
                    procedure=procedure,
                    baseline=form.baseline(),
                    reason=form.cleaned_data.get("reason", ""),
                    by=request.user,
                    now=now,
                )
            except ImpossibleBaselineTime as error:
                form.add_error("measured_at", str(error))
            else:
                messages.success(request, "The baseline is saved, and the whole episode was assessed again.")
                return redirect("chart", procedure_id=procedure_id)
        if request.method == "GET":
            note_chart_opened(patient=patient, by=request.user, now=now)
        context = {
            "form": form,
            "current": current,
            "to_confirm": form.to_confirm,
            "procedure": procedure,
            "patient": patient,
            "levels": list(procedure.treated_levels.values_list("level", flat=True)),
            "now": now,
            "nav": "patients",
        }
        return render(request, "followup/baseline.html", context)
