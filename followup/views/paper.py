"""Blank charts with the schedule, for the hour in which nothing runs: to print at once, or as a file to keep."""

import base64
import hashlib
from datetime import datetime
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.services.paper_file import STYLE, paper_text, take_on_paper
from kyphotrack.staff.models import Site
from kyphotrack.staff.permissions import sites_of

# The style stands in the page itself, as the file is read with nothing beside it: this very text is let through, no other.
_THIS_STYLE = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"


@require_safe
@never_cache
def paper(request: HttpRequest) -> HttpResponse:
    context = {"sites": sites_of(request.user).order_by("name"), "nav": "handover"}
    return render(request, "followup/paper.html", context)


@require_safe
@never_cache
@csp_update({"style-src": [SELF, _THIS_STYLE]})
def print_charts(request: HttpRequest, site_id: UUID) -> HttpResponse:
    site, now = _site(request, site_id), timezone.now()
    return HttpResponse(paper_text(take_on_paper(site=site, by=request.user, now=now), print_at_once=True))


@require_safe
@never_cache
def keep_charts(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """A name without a site or a person: it stands in lists of downloads (law 11)."""
    site, now = _site(request, site_id), timezone.now()
    text = paper_text(take_on_paper(site=site, by=request.user, now=now))
    return HttpResponse(text, headers={"Content-Disposition": f'attachment; filename="{_file_name(site, now)}"'})


def _site(request: HttpRequest, site_id: UUID) -> Site:
    return get_object_or_404(sites_of(request.user), public_id=site_id)


def _file_name(site: Site, now: datetime) -> str:
    return f"paper-charts-{now.astimezone(site.zone):%Y-%m-%d-%H%M}.html"
