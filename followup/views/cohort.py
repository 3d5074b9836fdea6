"""The cohort report of my sites: outcomes beside published numbers, and how the watching ran. As a page and as a file."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.forms.cohort_filter import CohortFilter
from followup.selectors.cohort.csv_lines import csv_lines
from followup.selectors.cohort.report import CohortReport, cohort_report
from kyphotrack.staff.models import Site
from kyphotrack.staff.permissions import Capability, sites_of
from kyphotrack.wall_clock import start_of_day


@dataclass(frozen=True)
class _Asked:
    """`report` is None where the filter is not valid, and where the period holds no procedure."""

    form: CohortFilter
    sites: list[Site]
    zone: tzinfo
    now: datetime
    period: tuple[date, date] | None = None
    report: CohortReport | None = None


@require_safe
@never_cache
def cohort(request: HttpRequest) -> HttpResponse:
    return _page(request, _asked(request))


@require_safe
@never_cache
def cohort_file(request: HttpRequest) -> HttpResponse:
    """The same figures as comma-separated values; where there are none, the page that says why.

    In English, whatever the page speaks: files of two people must hold the same words and decimal points.
    """
    with override("en-gb"):
        asked = _asked(request)
        lines = csv_lines(asked.report, sites=asked.sites, period=asked.period) if asked.report and asked.period else []
        rows = [[str(cell) for cell in line] for line in lines]
    if asked.period is None or not rows:
        return _page(request, _asked(request))
    first, last = asked.period
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="cohort-{first}-to-{last}.csv"'
    # Spreadsheets read UTF-8 only where this mark says so.
    response.write("\ufeff")
    csv.writer(response).writerows(rows)
    return response


def _asked(request: HttpRequest) -> _Asked:
    now = timezone.now()
    sites = list(sites_of(request.user, Capability.SEE_COHORT).order_by("name"))
    if not sites:
        raise PermissionDenied(f"Your role does not allow you to {Capability.SEE_COHORT.value}.")
    form = CohortFilter(request.GET, today=now.astimezone(_zone_of(sites)).date(), sites=sites)
    if not form.is_valid():
        return _Asked(form, sites, _zone_of(sites), now)
    chosen = form.chosen_sites()
    zone = _zone_of(chosen)
    first, last = form.cleaned_data["first_day"], form.cleaned_data["last_day"]
    report = cohort_report(
        user=request.user,
        sites=chosen,
        starts_at=start_of_day(first, zone),
        ends_at=start_of_day(last + timedelta(days=1), zone),
        now=now,
    )
    return _Asked(form, chosen, zone, now, (first, last), report)


def _zone_of(sites: list[Site]) -> tzinfo:
    """Days are those of the sites, where they share a zone."""
    zones = {site.time_zone: site.zone for site in sites}
    return next(iter(zones.values())) if len(zones) == 1 else UTC


def _page(request: HttpRequest, asked: _Asked) -> HttpResponse:
    context = {"asked": asked, "form": asked.form, "report": asked.report, "nav": "cohort"}
    with timezone.override(asked.zone):
        return render(request, "followup/cohort.html", context)
