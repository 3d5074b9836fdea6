"""A follow-up contact: enter what was answered, move it, note a call that came to nothing, close it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from followup.contact_states import OPEN, WAITING, IllegalContactMove
from followup.forms.contact_form import ContactAnswersForm
from followup.forms.contact_moves import MOVES
from followup.models import FollowUpContact
from followup.selectors.bedside import bedside, treated_levels
from followup.services import contacts as services
from followup.services.contact_answers import record_contact_answers
from followup.services.observations import MeasuredBeforeProcedure, MeasuredInFuture, TokenOfOtherEpisode
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, may, require
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


_DONE = {
    "reschedule": "Moved. Reminders go by the new time.", "not-reached": "Noted. The call is due again at the time you gave.",
    "close": "Closed, with your reason. No reminder is sent any more.",
}  # fmt: skip


@form_page
def contact(request: HttpRequest, contact_id: UUID, move: str = "") -> HttpResponse:
    """What happened to a contact so far, and the three moves; a POST names one of them in its address."""
    if move and move not in MOVES:
        raise Http404
    if (request.method == "POST") != bool(move):
        return HttpResponseNotAllowed(["POST"] if move else ["GET", "HEAD"])
    now = timezone.now()
    visible = FollowUpContact.objects.visible_to(request.user).select_related("procedure__patient__site")
    shown = get_object_or_404(visible, public_id=contact_id)
    procedure, patient = shown.procedure, shown.procedure.patient
    require(request.user, Capability.HANDLE_CONTACTS, patient.site)
    with timezone.override(patient.zone):
        events = list(shown.events.select_related("by").order_by("pk"))
        forms = {
            name: form(
                request, chosen=name == move, seen=len(events), action=reverse("move_contact", args=[contact_id, name])
            )
            for name, form in MOVES.items()
        }
        if move and may_be_saved(request) and forms[move].is_valid():
            try:
                _carry_out(shown, move, forms[move].cleaned_data, request, now)
            except services.OutsideWindow as refused:
                forms[move].add_error("due_at", str(refused))
            except services.NextTryMissing as refused:
                forms[move].add_error("next_try_at", str(refused))
            except (services.ContactChanged, IllegalContactMove) as refused:
                messages.warning(request, f"{refused} Nothing was saved.")
                return redirect("contact", contact_id=contact_id)
            else:
                messages.success(request, _DONE[move])
                return redirect("contact", contact_id=contact_id)
        note_chart_opened(patient=patient, by=request.user, now=now)
        context = {
            "contact": shown, "events": events, "forms": {name.replace("-", "_"): form for name, form in forms.items()},
            "procedure": procedure, "patient": patient,
            "call": shown.call_tasks.filter(done_at__isnull=True).first(),
            "is_open": shown.state in OPEN, "is_waiting": shown.state in WAITING,
            "may_log": may(request.user, Capability.RECORD_OBSERVATION, patient.site),
            "levels": treated_levels(procedure), "zone": patient.zone, "now": now, "nav": "patients",
        }  # fmt: skip
        return render(request, "followup/contact.html", context, status=status_of(*forms.values()))


def _carry_out(shown: FollowUpContact, move: str, typed: dict, request: HttpRequest, now: datetime) -> None:
    carry_out = {
        "reschedule": services.move_contact, "not-reached": services.note_not_reached, "close": services.close_contact,
    }[move]  # fmt: skip
    carry_out(contact=shown, by=request.user, now=now, **typed)
