"""Who is on call: the coming days of a site, its gaps, and the stretches that make it."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from followup.forms.rota_forms import WEEKDAYS, DutyForm, WeeklyDutyForm
from kyphotrack.staff import services
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.models import Duty, Site, WeeklyDuty
from kyphotrack.staff.permissions import Capability, may, require, sites_of
from kyphotrack.staff.selectors import rota_of_site

_DAYS = 14
T = TypeVar("T", Duty, WeeklyDuty)


@require_safe
@never_cache
def rota(request: HttpRequest) -> HttpResponse:
    sites = list(sites_of(request.user, Capability.SEE_ROTA).order_by("name"))
    if len(sites) == 1:
        return redirect("rota_of_site", site_id=sites[0].public_id)
    return render(request, "followup/rota_sites.html", {"sites": sites, "nav": "rota"})


@require_safe
@never_cache
def rota_of(request: HttpRequest, site_id: UUID) -> HttpResponse:
    now = timezone.now()
    site = _visible_site(request, site_id)
    context = {
        "site": site,
        "rotas": rota_of_site(site, now=now, days=_DAYS),
        "weekday_names": [name for _number, name in WEEKDAYS],
        "days": _DAYS,
        "may_change": may(request.user, Capability.CHANGE_ROTA, site),
        "now": now,
        "nav": "rota",
    }
    with timezone.override(site.zone):
        return render(request, "followup/rota.html", context)


@form_page
def add_duty(request: HttpRequest, site_id: UUID) -> HttpResponse:
    now = timezone.now()
    site = _changeable_site(request, site_id)
    with timezone.override(site.zone):
        form = DutyForm(request, site=site, now=now)
        return _enter(request, form, services.add_duty, ("kind", "starts_at", "ends_at"), "duty", site=site, now=now)


@form_page
def add_weekly_duty(request: HttpRequest, site_id: UUID) -> HttpResponse:
    now = timezone.now()
    site = _changeable_site(request, site_id)
    form = WeeklyDutyForm(request, site=site)
    period = ("weekdays", "starts", "ends")
    return _enter(request, form, services.add_weekly_duty, period, "weekly duty", site=site, now=now)


@require_POST
def end_duty(request: HttpRequest, duty_id: int) -> HttpResponse:
    duty = _changeable_duty(request, Duty, duty_id)
    return _end(request, duty.site, partial(services.end_duty, duty=duty), "duty", now=timezone.now())


@require_POST
def end_weekly_duty(request: HttpRequest, weekly_id: int) -> HttpResponse:
    weekly = _changeable_duty(request, WeeklyDuty, weekly_id)
    return _end(
        request, weekly.site, partial(services.end_weekly_duty, weekly=weekly), "weekly duty", now=timezone.now()
    )


def _enter(
    request: HttpRequest,
    form: DutyForm | WeeklyDutyForm,
    add: Callable,
    period: Collection[str],
    words: str,
    *,
    site: Site,
    now: datetime,
) -> HttpResponse:
    """Show the form, or store what it says; `period` are the fields that say when."""
    if may_be_saved(request) and form.is_valid():
        when = {name: form.cleaned_data[name] for name in period}
        try:
            add(site=site, **form.who(), **when, by=request.user, now=now, form_token=form.form_id)
        except services.NotOnStaff as refused:
            form.add_error("person", str(refused))
        else:
            messages.success(request, f"The {words} is entered.")
            return redirect("rota_of_site", site_id=site.public_id)
    context = {"form": form, "site": site, "heading": f"Enter a {words}", "nav": "rota"}
    return render(request, "followup/rota_form.html", context, status=status_of(form))


def _end(request: HttpRequest, site: Site, end: Callable, words: str, *, now: datetime) -> HttpResponse:
    try:
        end(by=request.user, now=now)
    except services.EndedAlready as ended:
        messages.info(request, str(ended))
    else:
        messages.success(request, f"The {words} is ended.")
    return redirect("rota_of_site", site_id=site.public_id)


def _changeable_duty(request: HttpRequest, model: type[T], key: int) -> T:
    duty = get_object_or_404(model, pk=key, site__in=sites_of(request.user, Capability.SEE_ROTA))
    require(request.user, Capability.CHANGE_ROTA, duty.site)
    return duty


def _visible_site(request: HttpRequest, site_id: UUID) -> Site:
    return get_object_or_404(sites_of(request.user, Capability.SEE_ROTA), public_id=site_id)


def _changeable_site(request: HttpRequest, site_id: UUID) -> Site:
    site = _visible_site(request, site_id)
    require(request.user, Capability.CHANGE_ROTA, site)
    return site
