"""Ending ward monitoring: home by the checklist, or for another reason. What is still open is shown before."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from followup.forms.discharge import DischargeForm, OtherEndForm
from followup.models import MonitoringEnd
from followup.selectors.bedside import treated_levels
from followup.selectors.discharge import discharge_page, still_open
from followup.selectors.patient_chart import episodes_for_chart
from followup.services import discharge as services
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, capabilities_of, require
from patients.services import note_chart_opened
from procedures.models import Procedure

_ENDED = "Ward monitoring has ended. Open flags and imaging tasks stay open."
Ending = MonitoringEnd.Ending


@form_page
def discharge(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = _procedure(request, procedure_id)
    answers = services.last_answers(procedure)
    page = discharge_page(procedure, answers=answers, now=now)
    form = DischargeForm(request, procedure=procedure, still_open=page.still_open, answers=answers)
    if may_be_saved(request) and form.is_valid():
        act = services.discharge_patient if form.discharging else services.record_discharge_answers
        try:
            act(procedure=procedure, answers=form.answers(), by=request.user, now=now)
        except services.AlreadyDischarged as already:
            messages.warning(request, str(already))
            return redirect("chart", procedure_id=procedure_id)
        except services.NotReadyForDischarge as not_yet:
            form.add_error(None, str(not_yet))
            page = discharge_page(procedure, answers=form.answers(), now=now)
        else:
            messages.success(request, _ENDED if form.discharging else "The answers are kept. Nobody was discharged.")
            return redirect("chart" if form.discharging else "discharge", procedure_id=procedure_id)
    context = {"page": page, "still_open": page.still_open, "form": form}
    return _page(request, procedure, "followup/discharge.html", context, now)


@form_page
def end_monitoring(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = _procedure(request, procedure_id)
    open_now = still_open(procedure, now=now)
    endings = [Ending.TRANSFERRED, Ending.AGAINST_ADVICE]
    if Capability.RECORD_DEATH in capabilities_of(request.user, procedure.patient.site):
        endings.append(Ending.DECEASED)
    form = OtherEndForm(request, procedure=procedure, still_open=open_now, endings=endings)
    if may_be_saved(request) and form.is_valid():
        try:
            services.end_monitoring(
                procedure=procedure,
                ending=form.cleaned_data["ending"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
            )
        except services.AlreadyDischarged as already:
            messages.warning(request, str(already))
        else:
            messages.success(request, _ENDED)
        return redirect("chart", procedure_id=procedure_id)
    return _page(request, procedure, "followup/end_monitoring.html", {"still_open": open_now, "form": form}, now)


def _procedure(request: HttpRequest, procedure_id: UUID) -> Procedure:
    procedure = get_object_or_404(episodes_for_chart(request.user), public_id=procedure_id)
    require(request.user, Capability.DISCHARGE, procedure.patient.site)
    return procedure


def _page(request: HttpRequest, procedure: Procedure, template: str, context: dict, now: datetime) -> HttpResponse:
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context |= {
        "procedure": procedure,
        "patient": procedure.patient,
        "levels": treated_levels(procedure),
        "zone": procedure.patient.site.zone,
        "now": now,
        "nav": "patients",
    }
    with timezone.override(procedure.patient.site.zone):
        return render(request, template, context, status=status_of(context["form"]))
