"""Whom an alarm of a site calls, and when: read by the ward, changed by its lead clinician."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.escalation_ladder import LadderKey
from followup.forms.ladder_form import LadderForm
from followup.selectors.ladders import ladders_of_site
from followup.services import site_ladders as services
from followup.services.rulesets import ruleset_of
from kyphotrack.language import said
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.models import Site
from kyphotrack.staff.permissions import Capability, may, require, sites_of


@require_safe
@never_cache
def ladders(request: HttpRequest, site_id: UUID) -> HttpResponse:
    site = _visible_site(request, site_id)
    context = {
        "site": site,
        "ladders": ladders_of_site(site, ruleset=ruleset_of(site=site, at=timezone.now())),
        "may_change": may(request.user, Capability.CHANGE_LADDERS, site),
        "nav": "rota",
    }
    with timezone.override(site.zone):
        return render(request, "followup/ladders.html", context)


@form_page
def change_ladder(request: HttpRequest, site_id: UUID, key: str) -> HttpResponse:
    now = timezone.now()
    site = _visible_site(request, site_id)
    require(request.user, Capability.CHANGE_LADDERS, site)
    if key not in LadderKey.__members__:
        raise Http404
    ruleset = ruleset_of(site=site, at=now)
    shown = next(one for one in ladders_of_site(site, ruleset=ruleset) if one.key == key)
    form = LadderForm(request, site=site, key=shown.key, live=shown.ladder, number=shown.number, ruleset=ruleset)
    if may_be_saved(request) and form.is_valid():
        try:
            services.store_ladder(
                site=site,
                key=shown.key,
                ladder=form.ladder(),
                replaces=form.cleaned_data["replaces"],
                reason=form.cleaned_data["reason"],
                ruleset=ruleset,
                by=request.user,
                now=now,
                form_token=form.form_id,
            )
        except (services.BadLadder, services.LadderOvertaken) as refused:
            form.add_error(None, said(refused))
        else:
            messages.success(request, "The ladder is changed. Calls that run already keep the one they started with.")
            return redirect("ladders_of_site", site_id=site_id)
    context = {"form": form, "site": site, "shown": shown, "nav": "rota"}
    return render(request, "followup/ladder_form.html", context, status=status_of(form))


def _visible_site(request: HttpRequest, site_id: UUID) -> Site:
    return get_object_or_404(sites_of(request.user, Capability.SEE_ROTA), public_id=site_id)
