"""A follow-up contact: enter what was answered, move it, note a call that came to nothing, close it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import BoundField, Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from followup.contact_states import OPEN, WAITING, Happening, IllegalContactMove
from followup.forms.contact_form import ContactAnswersForm
from followup.forms.contact_moves import MOVES
from followup.models import FollowUpContact
from followup.selectors.bedside import bedside, treated_levels
from followup.services import contacts as services
from followup.services.contact_answers import record_contact_answers
from followup.services.observations import MeasuredBeforeProcedure, MeasuredInFuture, TokenOfOtherEpisode
from kyphotrack.language import said, stored
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.models import User
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
                form.add_error("effective_at", said(refused))
            except (IllegalContactMove, TokenOfOtherEpisode) as refused:
                form.add_error(None, said(refused))
            else:
                return redirect("observation", observation_id=saved.observation.public_id)
        note_chart_opened(patient=patient, by=request.user, now=now)
        context = {
            "form": form, "contact": contact, "procedure": procedure, "patient": patient,
            "levels": treated_levels(procedure), "zone": patient.site.zone, "now": now, "nav": "patients",
        }  # fmt: skip
        return render(request, "followup/contact_answers.html", context, status=status_of(form))


_HAPPENING = {"reschedule": Happening.MOVED, "not-reached": Happening.NOT_REACHED, "close": Happening.CLOSED}
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
    shown = _visible(request, contact_id)
    require(request.user, Capability.HANDLE_CONTACTS, shown.procedure.patient.site)
    with timezone.override(shown.procedure.patient.zone):
        forms = _forms(request, shown, chosen=move)
        if not move or not may_be_saved(request) or not forms[move].is_valid():
            return _page(request, shown, forms, now)
        try:
            _carry_out(shown, move, forms[move].cleaned_data, request, now)
        except services.OutsideWindow as refused:
            forms[move].add_error("due_at", said(refused))
        except services.NextTryMissing as refused:
            forms[move].add_error("next_try_at", said(refused))
        except (services.ContactChanged, IllegalContactMove) as refused:
            if not _was_sent_twice(shown, move, forms[move].cleaned_data, request.user):
                fresh = _visible(request, contact_id)
                typed = forms[move].visible_fields()
                anew = _forms(request, fresh, chosen="")
                return _page(request, fresh, anew, now, refused=said(refused), unsaved=typed)
        if forms[move].errors:
            return _page(request, shown, forms, now)
        messages.success(request, _DONE[move])
        return redirect("contact", contact_id=contact_id)


def _visible(request: HttpRequest, contact_id: UUID) -> FollowUpContact:
    visible = FollowUpContact.objects.visible_to(request.user).select_related("procedure__patient__site")
    return get_object_or_404(visible, public_id=contact_id)


def _forms(request: HttpRequest, shown: FollowUpContact, *, chosen: str) -> dict[str, Form]:
    seen = shown.events.count()
    return {
        name: form(
            request, chosen=name == chosen, seen=seen, action=reverse("move_contact", args=[shown.public_id, name])
        )
        for name, form in MOVES.items()
    }


def _page(
    request: HttpRequest,
    shown: FollowUpContact,
    forms: dict[str, Form],
    now: datetime,
    *,
    refused: str = "",
    unsaved: Sequence[BoundField] = (),
) -> HttpResponse:
    """`unsaved`: what was typed into a form that came too late, so that no word is lost."""
    procedure, patient = shown.procedure, shown.procedure.patient
    note_chart_opened(patient=patient, by=request.user, now=now)
    context = {
        "contact": shown, "events": shown.events.select_related("by").order_by("pk"),
        "forms": {name.replace("-", "_"): form for name, form in forms.items()},
        "refused": refused, "unsaved": unsaved, "procedure": procedure, "patient": patient,
        "call": shown.call_tasks.filter(done_at__isnull=True).first(),
        "is_open": shown.state in OPEN, "is_waiting": shown.state in WAITING,
        "may_log": may(request.user, Capability.RECORD_OBSERVATION, patient.site),
        "levels": treated_levels(procedure), "zone": patient.zone, "now": now, "nav": "patients",
    }  # fmt: skip
    return render(request, "followup/contact.html", context, status=409 if refused else status_of(*forms.values()))


def _was_sent_twice(shown: FollowUpContact, move: str, typed: dict, by: User) -> bool:
    """A double tap: the last thing that happened is this very move, by this person and in these words."""
    last = shown.events.order_by("pk").last()
    if last is None or last.by_id != by.pk or last.happening != _HAPPENING[move]:
        return False
    words = typed["reason"] if "reason" in typed else stored(FollowUpContact.Closed(typed["because"]).label)
    return last.reason == words and last.due_after == typed.get("due_at")


def _carry_out(shown: FollowUpContact, move: str, typed: dict, request: HttpRequest, now: datetime) -> None:
    carry_out = {
        "reschedule": services.move_contact, "not-reached": services.note_not_reached, "close": services.close_contact,
    }[move]  # fmt: skip
    carry_out(contact=shown, by=request.user, now=now, **typed)
