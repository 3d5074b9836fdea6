"""Ending ward monitoring: what is still open is shown before it is confirmed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from followup.forms.discharge import DischargeForm
from followup.selectors.bedside import treated_levels
from followup.selectors.discharge import still_open
from followup.selectors.patient_chart import episodes_for_chart
from followup.services.episodes import AlreadyDischarged, discharge_patient
from kyphotrack.staff.form_pages import may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, require
from patients.services import note_chart_opened


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def discharge(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = get_object_or_404(episodes_for_chart(request.user), public_id=procedure_id)
    require(request.user, Capability.DISCHARGE, procedure.patient.site)
    open_now = still_open(procedure, now=now)
    form = DischargeForm(request, procedure=procedure, still_open=open_now)
    if may_be_saved(request) and form.is_valid():
        try:
            discharge_patient(procedure=procedure, by=request.user, now=now)
        except AlreadyDischarged as already:
            messages.warning(request, str(already))
        else:
            messages.success(request, "Ward monitoring has ended. Open flags and imaging tasks stay open.")
        return redirect("chart", procedure_id=procedure_id)
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {
        "procedure": procedure,
        "patient": procedure.patient,
        "levels": treated_levels(procedure),
        "still_open": open_now,
        "form": form,
        "zone": procedure.patient.site.zone,
        "now": now,
        "nav": "patients",
    }
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/discharge.html", context, status=status_of(form))
