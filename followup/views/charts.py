"""The chart of one episode."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.selectors.bone_health import open_bone_health_tasks
from followup.selectors.contacts import contacts_of
from followup.selectors.patient_chart import episode_chart, episodes_for_chart
from kyphotrack.staff.permissions import Capability, capabilities_of
from patients.services import note_chart_opened


@require_safe
@never_cache
def chart(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    procedure = get_object_or_404(episodes_for_chart(request.user), public_id=procedure_id)
    patient = procedure.patient
    note_chart_opened(patient=patient, by=request.user, now=now)
    allowed = capabilities_of(request.user, patient.site)
    oldest_first = request.GET.get("order") == "oldest"
    with timezone.override(patient.site.zone):
        shown = episode_chart(
            procedure, now=now, oldest_first=oldest_first, sets_page=_page(request.GET.get("sets", ""))
        )
        context = {
            "chart": shown,
            "bone_health_tasks": open_bone_health_tasks(procedure),
            "contacts": contacts_of(procedure),
            "procedure": procedure,
            "patient": patient,
            "levels": [one.level.level for one in shown.treated],
            "zone": patient.site.zone,
            "oldest_first": oldest_first,
            "may_log": Capability.RECORD_OBSERVATION in allowed,
            "may_correct_baseline": Capability.RECORD_PROCEDURE in allowed,
            "may_discharge": Capability.DISCHARGE in allowed and not procedure.discharged_at,
            "now": now,
            "nav": "patients",
        }
        return render(request, "followup/chart.html", context)


def _page(typed: str) -> int:
    """The first page for whatever is no page number: an address is typed by anyone."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1
