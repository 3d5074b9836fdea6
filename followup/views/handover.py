"""The handover of a shift: the list to read and to accept, and what was accepted before."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.forms.shift_form import AcceptShiftForm, tick_of
from followup.models import ShiftHandover
from followup.selectors.accepted_shift import accepted_shift, accepted_shifts, shift_accepted_with
from followup.selectors.board_view import narrowed
from followup.selectors.handover import Handover, by_bed
from followup.selectors.handover import handover as shift_to_hand_over
from followup.services.handovers import accept_shift
from followup.views.board_lines import board_lines
from followup.views.wanted import wanted_patients
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.models import Site
from kyphotrack.staff.permissions import Capability, require, sites_of


@form_page
def handover(request: HttpRequest) -> HttpResponse:
    """The shift of one site can be accepted: of the one that was asked for, or the only one that there is."""
    now = timezone.now()
    whole = shift_to_hand_over(user=request.user, now=now)
    sites = sorted({one.row.site for one in whole.patients})
    wanted = wanted_patients(request.GET, sites)
    site = _site(request, wanted.site)
    zone = site.zone if site else timezone.get_default_timezone()
    with timezone.override(zone):
        form = _form(request, site, whole, now)
        if form and may_be_saved(request) and form.is_valid():
            typed = form.cleaned_data
            accepted = accept_shift(
                site=site, patients=typed["patients"], shift=typed["shift"], ends_at=typed["ends_at"],
                note=typed["note"], by=request.user, now=now, form_token=form.form_id,
            )  # fmt: skip
            messages.success(request, _("The shift is yours. Its patients are “my patients” until it ends."))
            return redirect("accepted_shift", handover_id=accepted.public_id)
        if form and form.form_id and (sent_before := shift_accepted_with(form.form_id, request.user)):
            return redirect("accepted_shift", handover_id=sent_before.public_id)
        view = narrowed(whole.board, wanted)
        context = {
            "handover": whole, "view": view, "wanted": wanted, "sites": sites, "site": site, "form": form,
            "lines": _lines(request, whole, view, form), "by_bed": request.GET.get("sort") == "bed",
            "one_page_each": request.GET.get("print") == "each", "now": now, "zone": zone, "nav": "handover",
        }  # fmt: skip
        return render(request, "followup/handover.html", context, status=status_of(form) if form else 200)


@require_safe
@never_cache
def handover_history(request: HttpRequest) -> HttpResponse:
    page = accepted_shifts(user=request.user, page_number=request.GET.get("page", ""))
    context = {"page": page, "now": timezone.now(), "nav": "handover"}
    return render(request, "followup/handover_history.html", context)


@require_safe
@never_cache
def show_accepted_shift(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    visible = ShiftHandover.objects.visible_to(request.user).select_related("site", "accepted_by")
    accepted = get_object_or_404(visible, public_id=handover_id)
    now = timezone.now()
    context = {
        "shift": accepted_shift(accepted), "handover": accepted, "lasts": accepted.ends_at > now, "now": now,
        "zone": accepted.site.zone, "nav": "handover",
    }  # fmt: skip
    with timezone.override(accepted.site.zone):
        return render(request, "followup/accepted_shift.html", context)


def _site(request: HttpRequest, name: str) -> Site | None:
    """The one site that the list is about; None where several are shown together."""
    sites = sites_of(request.user)
    found = list(sites.filter(name=name) if name else sites[:2])
    return found[0] if len(found) == 1 else None


def _form(request: HttpRequest, site: Site | None, whole: Handover, now: datetime) -> AcceptShiftForm | None:
    if site is None:
        return None
    if request.method == "POST":
        require(request.user, Capability.ACCEPT_SHIFT, site)
    elif not sites_of(request.user, Capability.ACCEPT_SHIFT).filter(pk=site.pk).exists():
        return None
    of_site = [one for one in whole.patients if one.procedure.patient.site_id == site.pk]
    return AcceptShiftForm(request, site=site, patients=of_site, now=now)


def _lines(request: HttpRequest, whole: Handover, view, form: AcceptShiftForm | None) -> list[dict]:
    """Each patient with the words of the board, and whether he is ticked."""
    of_row = {one.row.procedure_id: one for one in whole.patients}
    shown = [of_row[row.procedure_id] for row in view.rows if row.procedure_id in of_row]
    if request.GET.get("sort") == "bed":
        shown = by_bed(shown)
    ticked = form.ticked() if form else set()
    words = board_lines(whole.board, [one.row for one in shown])
    return [
        {"one": one, "words": line, "tick": tick_of(one), "ticked": str(one.row.procedure_id) in ticked}
        for one, line in zip(shown, words, strict=True)
    ]
