"""Enter what was answered at a follow-up contact."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from followup.contact_states import IllegalContactMove
from followup.forms.contact_form import ContactAnswersForm
from followup.models import FollowUpContact
from followup.selectors.bedside import bedside, treated_levels
from followup.services.contact_answers import record_contact_answers
from followup.services.observations import MeasuredBeforeProcedure, MeasuredInFuture, TokenOfOtherEpisode
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, require
from patients.services import note_chart_opened


@form_page
def answer_contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    now = timezone.now()
    visible = FollowUpContact.objects.visible_to(request.user).select_related("procedure__patient__site")
    contact = get_object_or_404(visible, public_id=contact_id)
    procedure, patient = contact.procedure, contact.procedure.patient
    require(request.user, Capability.RECORD_OBSERVATION, patient.site)
    with timezone.override(patient.site.zone):
        form = ContactAnswersForm(request, contact=contact, bedside=bedside(procedure, now=now), now=now)
        if may_be_saved(request) and form.is_valid():
            try:
                saved = record_contact_answers(
                    contact=contact, answers=form.answers(), doses=form.doses, source=form.source(), by=request.user,
                    now=now, form_token=form.form_id,
                )  # fmt: skip
            except (MeasuredInFuture, MeasuredBeforeProcedure) as refused:
                form.add_error("effective_at", str(refused))
            except (IllegalContactMove, TokenOfOtherEpisode) as refused:
                form.add_error(None, str(refused))
            else:
                return redirect("observation", observation_id=saved.observation.public_id)
        note_chart_opened(patient=patient, by=request.user, now=now)
        context = {
            "form": form, "contact": contact, "procedure": procedure, "patient": patient,
            "levels": treated_levels(procedure), "zone": patient.site.zone, "now": now, "nav": "patients",
        }  # fmt: skip
        return render(request, "followup/contact_answers.html", context, status=status_of(form))
