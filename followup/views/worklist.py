"""The physician's worklist, and its items alone for the refresh."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.selectors.worklist import worklist as open_items
from kyphotrack.staff.permissions import Capability, sites_of


@require_safe
@never_cache
def worklist(request: HttpRequest) -> HttpResponse:
    may_see_figures = sites_of(request.user, Capability.SEE_FIGURES).exists()
    return _show(request, "followup/worklist.html", may_see_figures=may_see_figures)


@require_safe
@never_cache
def worklist_rows(request: HttpRequest) -> HttpResponse:
    return _show(request, "followup/worklist_rows.html")


def _show(request: HttpRequest, template: str, **more) -> HttpResponse:
    now = timezone.now()
    context = {"worklist": open_items(user=request.user, now=now), "now": now, "nav": "worklist"} | more
    return render(request, template, context)
