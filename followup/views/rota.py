"""Who is on call: the coming days of a site, its gaps, and the stretches that make it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from followup.forms.rota_forms import WEEKDAYS, DutyForm, WeeklyDutyForm
from kyphotrack.language import said
from kyphotrack.staff import services
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.models import Duty, Site, WeeklyDuty
from kyphotrack.staff.permissions import Capability, may, require, sites_of
from kyphotrack.staff.selectors import rota_of_site

_DAYS = 14


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
        if may_be_saved(request) and form.is_valid():
            period = {name: form.cleaned_data[name] for name in ("kind", "starts_at", "ends_at")}
            try:
                services.add_duty(site=site, **form.who(), **period, by=request.user, now=now, form_token=form.form_id)
            except services.NotOnStaff as refused:
                form.add_error("person", said(refused))
            else:
                messages.success(request, "The duty is entered.")
                return redirect("rota_of_site", site_id=site_id)
        context = {"form": form, "site": site, "heading": "Enter a duty", "nav": "rota"}
        return render(request, "followup/rota_form.html", context, status=status_of(form))


@form_page
def add_weekly_duty(request: HttpRequest, site_id: UUID) -> HttpResponse:
    now = timezone.now()
    site = _changeable_site(request, site_id)
    form = WeeklyDutyForm(request, site=site)
    if may_be_saved(request) and form.is_valid():
        period = {name: form.cleaned_data[name] for name in ("weekdays", "starts", "ends")}
        try:
            services.add_weekly_duty(
                site=site, **form.who(), **period, by=request.user, now=now, form_token=form.form_id
            )
        except services.NotOnStaff as refused:
            form.add_error("person", said(refused))
        else:
            messages.success(request, "The weekly duty is entered.")
            return redirect("rota_of_site", site_id=site_id)
    context = {"form": form, "site": site, "heading": "Enter a weekly duty", "nav": "rota"}
    return render(request, "followup/rota_form.html", context, status=status_of(form))


@require_POST
def end_duty(request: HttpRequest, duty_id: int) -> HttpResponse:
    now = timezone.now()
    duty = get_object_or_404(Duty, pk=duty_id, site__in=sites_of(request.user, Capability.SEE_ROTA))
    require(request.user, Capability.CHANGE_ROTA, duty.site)
    try:
        services.end_duty(duty=duty, by=request.user, now=now)
    except services.EndedAlready as ended:
        messages.info(request, str(ended))
    else:
        messages.success(request, "The duty is ended.")
    return redirect("rota_of_site", site_id=duty.site.public_id)


@require_POST
def end_weekly_duty(request: HttpRequest, weekly_id: int) -> HttpResponse:
    now = timezone.now()
    weekly = get_object_or_404(WeeklyDuty, pk=weekly_id, site__in=sites_of(request.user, Capability.SEE_ROTA))
    require(request.user, Capability.CHANGE_ROTA, weekly.site)
    try:
        services.end_weekly_duty(weekly=weekly, by=request.user, now=now)
    except services.EndedAlready as ended:
        messages.info(request, str(ended))
    else:
        messages.success(request, "The weekly duty is ended.")
    return redirect("rota_of_site", site_id=weekly.site.public_id)


def _visible_site(request: HttpRequest, site_id: UUID) -> Site:
    return get_object_or_404(sites_of(request.user, Capability.SEE_ROTA), public_id=site_id)


def _changeable_site(request: HttpRequest, site_id: UUID) -> Site:
    site = _visible_site(request, site_id)
    require(request.user, Capability.CHANGE_ROTA, site)
    return site
