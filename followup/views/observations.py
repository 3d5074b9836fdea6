"""Log, show, correct and strike out an observation."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from followup.forms.observation_form import ObservationForm
from followup.forms.observation_reasons import EnteredInErrorForm
from followup.models import Observation
from followup.selectors.bedside import bedside, treated_levels
from followup.selectors.saved_observation import saved_observation
from followup.services import observations as services
from followup.services.observations import SavedObservation
from kyphotrack.language import said
from kyphotrack.staff.form_pages import may_be_saved
from kyphotrack.staff.permissions import Capability, capabilities_of, require
from patients.services import note_chart_opened
from procedures.models import Procedure


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def log_observation(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    episodes = Procedure.objects.visible_to(request.user).select_related("patient__site")
    procedure = get_object_or_404(episodes, public_id=procedure_id)
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    with timezone.override(procedure.patient.site.zone):
        form = ObservationForm(request, bedside=bedside(procedure, now=now), now=now)

        def save() -> SavedObservation:
            return services.record_observation(
                procedure=procedure,
                answers=form.answers(),
                doses=form.doses,
                source=form.source(),
                by=request.user,
                now=now,
                form_token=form.form_id,
            )

        return _saved(request, form, save) or _form_page(request, procedure, form, now)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct_observation(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    now = timezone.now()
    observation = _visible_observation(request, observation_id)
    procedure = observation.procedure
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    if observation.entered_in_error or (request.method != "POST" and hasattr(observation, "superseded_by")):
        messages.warning(request, "This version no longer counts, so it cannot be corrected. The newest one is linked.")
        return redirect("observation", observation_id=observation_id)
    with timezone.override(procedure.patient.site.zone):
        shown = bedside(procedure, now=now, correcting=observation)
        form = ObservationForm(request, bedside=shown, now=now, correcting=observation)

        def save() -> SavedObservation:
            return services.correct_observation(
                observation=observation,
                answers=form.answers(),
                doses=form.doses,
                reason=form.cleaned_data["correction_reason"],
                by=request.user,
                now=now,
                form_token=form.form_id,
            )

        return _saved(request, form, save) or _form_page(request, procedure, form, now)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def mark_entered_in_error(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    now = timezone.now()
    observation = _visible_observation(request, observation_id)
    procedure = observation.procedure
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    form = EnteredInErrorForm(request, observation=observation)
    if may_be_saved(request) and form.is_valid():
        try:
            saved = services.mark_entered_in_error(
                observation=observation,
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
                form_token=form.form_id,
            )
        except (services.AlreadyCorrected, services.TokenOfOtherEpisode) as refused:
            form.add_error(None, said(refused))
        else:
            messages.success(request, "Struck out. It stays readable, and the episode was assessed again without it.")
            return redirect("observation", observation_id=saved.observation.public_id)
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {
        "form": form,
        "saved": saved_observation(observation, now=now),
        **_who(procedure, now),
    }
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/observation_in_error.html", context, status=_status(form))


@require_safe
@never_cache
def observation(request: HttpRequest, observation_id: UUID) -> HttpResponse:
    now = timezone.now()
    shown = _visible_observation(request, observation_id)
    procedure = shown.procedure
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    allowed = capabilities_of(request.user, procedure.patient.site)
    context = {
        "saved": saved_observation(shown, now=now),
        "may_record": Capability.RECORD_OBSERVATION in allowed,
        **_who(procedure, now),
    }
    with timezone.override(procedure.patient.site.zone):
        return render(request, "followup/observation.html", context)


def _visible_observation(request: HttpRequest, observation_id: UUID) -> Observation:
    observations = Observation.objects.filter(procedure__in=Procedure.objects.visible_to(request.user))
    return get_object_or_404(
        observations.select_related("procedure__patient__site", "recorded_by", "supersedes", "superseded_by"),
        public_id=observation_id,
    )


def _saved(request: HttpRequest, form: ObservationForm, save: Callable[[], SavedObservation]) -> HttpResponse | None:
    """Save a form that may be saved and go to what was saved; None where the form must be shown (again)."""
    if not may_be_saved(request) or not form.is_valid():
        return None
    try:
        saved = save()
    except (services.MeasuredInFuture, services.MeasuredBeforeProcedure) as refused:
        form.add_error("effective_at", said(refused))
    except (services.AlreadyCorrected, services.TokenOfOtherEpisode) as refused:
        form.add_error(None, said(refused))
    else:
        if not saved.already_saved or form.is_what_was_saved(saved.observation):
            if saved.already_saved:
                messages.info(request, "This form was saved before. Nothing was stored twice.")
            return redirect("observation", observation_id=saved.observation.public_id)
        _refuse_new_content(form, saved.observation)
    return None


def _refuse_new_content(form: ObservationForm, stored: Observation) -> None:
    """Saved, reached again by the Back button, changed and sent: the first answer alone would hide the change."""
    form.renew_token()
    otherwise = "" if form.correcting else " Or save again: this is then stored as a further observation."
    form.add_error(
        None,
        format_html(
            "This form was saved already at {}. What was changed since then is not saved. "
            '<a href="{}">Open what was saved</a> and correct it.{}',
            f"{timezone.localtime(stored.recorded_at):%H:%M}",
            reverse("observation", args=[stored.public_id]),
            otherwise,
        ),
    )


def _form_page(request: HttpRequest, procedure: Procedure, form: ObservationForm, now: datetime) -> HttpResponse:
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {"form": form, **_who(procedure, now)}
    return render(request, "followup/observation_form.html", context, status=_status(form))


def _status(form) -> int:
    return 422 if form.is_bound and form.errors else 200


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
