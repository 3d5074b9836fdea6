"""The patients of my sites, and the page of one patient."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.forms.patient_search import NO_PROCEDURE, OPEN_FLAG, PatientSearchForm
from followup.selectors.episode_state import EpisodeState
from followup.selectors.patient_list import Search, patient_page, patient_summary
from followup.selectors.recent_patients import recent_patients
from kyphotrack.staff.permissions import Capability, capabilities_of, sites_of
from patients.models import Patient
from patients.services import note_chart_opened


@require_safe
@never_cache
def patient_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    # A value that cannot be read is named beside its field; the others still search.
    form = PatientSearchForm(request.GET)
    form.full_clean()
    searched = any(form.cleaned_data.values())
    found = patient_page(
        user=request.user, search=_search(form.cleaned_data), page_number=request.GET.get("page", ""), now=now
    )
    sought = request.GET.copy()
    sought.pop("page", None)
    context = {
        "form": form,
        "lines": found.lines,
        "page": found.page,
        "searched": searched,
        "recent": () if searched or found.page.number > 1 else recent_patients(user=request.user, now=now),
        "search_terms": sought.urlencode(),
        "several_sites": sites_of(request.user).count() > 1,
        "may_register": sites_of(request.user, Capability.REGISTER_PATIENT).exists(),
        "now": now,
        "nav": "patients",
    }
    return render(request, "followup/patient_list.html", context)


def _search(typed: dict) -> Search:
    state = typed.get("state", "")
    return Search(
        words=typed.get("q", ""),
        born=typed.get("born"),
        operated=typed.get("operated"),
        state=EpisodeState.__members__.get(state),
        no_procedure=state == NO_PROCEDURE,
        open_flag=state == OPEN_FLAG,
    )


@require_safe
@never_cache
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = Patient.objects.visible_to(request.user).select_related("site")
    patient = get_object_or_404(visible, public_id=patient_id)
    note_chart_opened(patient=patient, by=request.user, now=now)
    allowed = capabilities_of(request.user, patient.site)
    with timezone.override(patient.site.zone):
        context = {
            "patient": patient,
            "summary": patient_summary(patient=patient, now=now),
            "may_change": Capability.REGISTER_PATIENT in allowed,
            "may_record_procedure": Capability.RECORD_PROCEDURE in allowed,
            "now": now,
            "nav": "patients",
        }
        return render(request, "followup/patient.html", context)
