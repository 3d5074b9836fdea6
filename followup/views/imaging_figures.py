"""How fast the imaging loop runs at my sites."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.forms.period import PeriodForm
from followup.selectors.imaging_figures import imaging_loop
from kyphotrack.staff.permissions import Capability, sites_of


@require_safe
@never_cache
def imaging_figures(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    sites = list(sites_of(request.user, Capability.SEE_FIGURES).order_by("name"))
    if not sites:
        raise PermissionDenied(f"Your role does not allow you to {Capability.SEE_FIGURES.value}.")
    zones = {site.time_zone: site.zone for site in sites}
    zone = next(iter(zones.values())) if len(zones) == 1 else UTC
    form = PeriodForm(request.GET, today=now.astimezone(zone).date())
    loop = period = None
    if form.is_valid():
        first, last = period = form.cleaned_data["first_day"], form.cleaned_data["last_day"]
        loop = imaging_loop(
            user=request.user,
            sites=sites,
            starts_at=_midnight(first, zone),
            ends_at=_midnight(last + timedelta(days=1), zone),
            now=now,
        )
    context = {
        "form": form,
        "loop": loop,
        "period": period,
        "sites": sites,
        "zone": str(zone),
        "now": now,
        "nav": "worklist",
    }
    return render(request, "followup/imaging_figures.html", context)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
