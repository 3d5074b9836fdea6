"""The heights of the treated vertebrae of an episode on later images: list, form, correction."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from followup.forms.heights_form import HeightsForm
from followup.models import HeightMeasurement
from followup.selectors.bedside import treated_levels
from followup.selectors.heights import height_entries
from followup.services import heights as services
from followup.services.correctable_rows import Saved
from followup.services.observations import AlreadyCorrected, TokenOfOtherEpisode
from followup.views.outcomes import SAVED_BEFORE
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, may, require
from patients.services import note_chart_opened
from procedures.models import Procedure


@form_page
def heights(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = Procedure.objects.visible_to(request.user).select_related("patient__site")
    procedure = get_object_or_404(visible, public_id=procedure_id)
    if request.method == "POST":
        require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    elif not may(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site):
        return _page(request, procedure, now, None)
    form = HeightsForm(request, procedure=procedure, now=now)
    return _save_or_show(
        request, procedure, now, form,
        lambda: services.record_heights(
            procedure=procedure, answers=form.answers(), by=request.user, now=now, form_token=form.form_id
        ),
    )  # fmt: skip


@form_page
def correct_heights(request: HttpRequest, measurement_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = HeightMeasurement.objects.visible_to(request.user).select_related(
        "procedure__patient__site", "recorded_by"
    )
    measurement = get_object_or_404(visible, public_id=measurement_id)
    procedure = measurement.procedure
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    if measurement.entered_in_error or (request.method != "POST" and hasattr(measurement, "superseded_by")):
        messages.warning(request, _("This version no longer counts, so it cannot be corrected."))
        return redirect("heights", procedure_id=procedure.public_id)
    form = HeightsForm(request, procedure=procedure, now=now, correcting=measurement)

    def save() -> Saved[HeightMeasurement]:
        about = {
            "measurement": measurement, "reason": form.cleaned_data["correction_reason"], "by": request.user,
            "now": now, "form_token": form.form_id,
        }  # fmt: skip
        if form.cleaned_data["entered_in_error"]:
            return services.strike_out_heights(**about)
        return services.correct_heights(answers=form.answers(), **about)

    return _save_or_show(request, procedure, now, form, save)


def _save_or_show(
    request: HttpRequest,
    procedure: Procedure,
    now: datetime,
    form: HeightsForm,
    save: Callable[[], Saved[HeightMeasurement]],
) -> HttpResponse:
    if may_be_saved(request) and form.is_valid():
        try:
            saved = save()
        except services.NotOnThisDay as refused:
            form.add_error("imaged_on", str(refused))
        except (AlreadyCorrected, TokenOfOtherEpisode, services.NotTreated, services.NothingMeasured) as refused:
            form.add_error(None, str(refused))
        else:
            if saved.already_saved:
                messages.warning(request, SAVED_BEFORE)
            else:
                messages.success(request, _("The heights are saved."))
            return redirect("heights", procedure_id=procedure.public_id)
    return _page(request, procedure, now, form)


def _page(request: HttpRequest, procedure: Procedure, now: datetime, form: HeightsForm | None) -> HttpResponse:
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {
        "form": form,
        "entries": height_entries(procedure),
        "procedure": procedure,
        "patient": procedure.patient,
        "levels": treated_levels(procedure),
        "zone": procedure.patient.site.zone,
        "now": now,
        "nav": "patients",
    }
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/heights.html", context, status=status_of(form) if form else 200)
