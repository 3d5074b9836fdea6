"""The outcome scores of an episode: list, form, correction."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from followup.forms.outcome_form import OutcomeForm
from followup.models import OutcomeScore
from followup.selectors.bedside import treated_levels
from followup.selectors.outcomes import last_weight, outcome_entries
from followup.services import outcomes as services
from followup.services.correctable_rows import Saved
from followup.services.observations import AlreadyCorrected, MeasuredInFuture, TokenOfOtherEpisode
from followup.services.rulesets import ruleset_of
from kyphotrack.language import said
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, may, require
from patients.services import note_chart_opened
from procedures.models import Procedure

SAVED_BEFORE = "This form was saved before. Nothing was stored now; what was changed since is not saved."


@form_page
def outcomes(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = Procedure.objects.visible_to(request.user).select_related("patient__site")
    procedure = get_object_or_404(visible, public_id=procedure_id)
    may_record = may(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    if request.method == "POST":
        require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    with timezone.override(procedure.patient.site.zone):
        form = None
        if may_record:
            form = OutcomeForm(request, procedure=procedure, last_weight=last_weight(procedure), now=now)

            def save() -> Saved[OutcomeScore]:
                return services.record_outcome(
                    procedure=procedure, answers=form.answers(), by=request.user, now=now, form_token=form.form_id
                )

            if _saved(request, form, save):
                return redirect("outcomes", procedure_id=procedure_id)
        return _page(request, procedure, now, form)


@form_page
def correct_outcome(request: HttpRequest, score_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = OutcomeScore.objects.visible_to(request.user).select_related("procedure__patient__site", "recorded_by")
    score = get_object_or_404(visible, public_id=score_id)
    procedure = score.procedure
    require(request.user, Capability.RECORD_OBSERVATION, procedure.patient.site)
    if score.entered_in_error or (request.method != "POST" and hasattr(score, "superseded_by")):
        messages.warning(request, "This version no longer counts, so it cannot be corrected.")
        return redirect("outcomes", procedure_id=procedure.public_id)
    with timezone.override(procedure.patient.site.zone):
        weight = last_weight(procedure, apart_from=score)
        form = OutcomeForm(request, procedure=procedure, last_weight=weight, now=now, correcting=score)

        def save() -> Saved[OutcomeScore]:
            about = {
                "score": score, "reason": form.cleaned_data["correction_reason"], "by": request.user, "now": now,
                "form_token": form.form_id,
            }  # fmt: skip
            if form.cleaned_data["entered_in_error"]:
                return services.strike_out_outcome(**about)
            return services.correct_outcome(answers=form.answers(), **about)

        if _saved(request, form, save):
            return redirect("outcomes", procedure_id=procedure.public_id)
        return _page(request, procedure, now, form)


def _saved(request: HttpRequest, form: OutcomeForm, save: Callable[[], Saved[OutcomeScore]]) -> bool:
    """False where the form is shown (again)."""
    if not may_be_saved(request) or not form.is_valid():
        return False
    try:
        saved = save()
    except (MeasuredInFuture, services.AnsweredTooEarly) as refused:
        form.add_error("effective_at", said(refused))
    except (AlreadyCorrected, TokenOfOtherEpisode, services.NothingAnswered) as refused:
        form.add_error(None, said(refused))
    else:
        if saved.already_saved:
            messages.warning(
                request, "This form was saved before. Nothing was stored now; what was changed since is not saved."
            )
        else:
            messages.success(request, "The scores are saved.")
        return True
    return False


def _page(request: HttpRequest, procedure: Procedure, now: datetime, form: OutcomeForm | None) -> HttpResponse:
    note_chart_opened(patient=procedure.patient, by=request.user, now=now)
    context = {
        "form": form,
        "entries": outcome_entries(procedure, ruleset_of(site=procedure.patient.site, at=now)),
        "procedure": procedure,
        "patient": procedure.patient,
        "levels": treated_levels(procedure),
        "zone": procedure.patient.site.zone,
        "now": now,
        "nav": "patients",
    }
    return render(request, "followup/outcomes.html", context, status=status_of(form) if form else 200)
