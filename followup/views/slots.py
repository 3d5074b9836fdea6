"""Record that a due check cannot be done."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from followup.forms.observation_reasons import WaiveSlotForm
from followup.models import MonitoringSlot
from followup.selectors.bedside import treated_levels
from followup.services import slots as services
from kyphotrack.language import said
from kyphotrack.staff.form_pages import may_be_saved
from kyphotrack.staff.permissions import Capability, require
from patients.services import note_chart_opened
from procedures.models import Procedure


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def waive_slot(request: HttpRequest, slot_id: int) -> HttpResponse:
    now = timezone.now()
    slots = MonitoringSlot.objects.filter(procedure__in=Procedure.objects.visible_to(request.user))
    slot = get_object_or_404(slots.select_related("procedure__patient__site", "closed_by"), pk=slot_id)
    procedure, patient = slot.procedure, slot.procedure.patient
    require(request.user, Capability.RECORD_OBSERVATION, patient.site)
    form = WaiveSlotForm(request, slot=slot)
    if may_be_saved(request) and form.is_valid():
        try:
            services.waive_slot(slot=slot, because=form.cleaned_data["because"], by=request.user, now=now)
        except services.SlotNotOpen as refused:
            messages.warning(request, said(refused))
        else:
            messages.success(request, "Recorded: this check is not done, with your reason. The next one stays due.")
        return redirect("chart", procedure_id=procedure.public_id)
    note_chart_opened(patient=patient, by=request.user, now=now)
    context = {
        "form": form,
        "slot": slot,
        "is_open": slot.state == MonitoringSlot.State.OPEN,
        "procedure": procedure,
        "patient": patient,
        "levels": treated_levels(procedure),
        "zone": patient.site.zone,
        "now": now,
        "nav": "patients",
    }
    with timezone.override(patient.site.zone):
        refused = form.is_bound and form.errors
        return render(request, "followup/waive_slot.html", context, status=422 if refused else 200)
