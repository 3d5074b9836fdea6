"""The physician's worklist, and its items alone for the refresh."""

from dataclasses import replace
from itertools import zip_longest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.forms.flag_forms import CloseFlagForm
from followup.forms.imaging_forms import DecideForm, ReportForm
from followup.selectors.worklist import worklist as open_items
from followup.selectors.worklist_view import narrowed
from followup.views.worklist_return import wanted_of
from kyphotrack.staff.permissions import Capability, sites_of

# What the hops on the list ask for, with the choices and lengths of the item's own page.
_FIELDS = {
    "report": ReportForm.base_fields,
    "decide": DecideForm.base_fields,
    "close": CloseFlagForm.base_fields,
}


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
    sites = list(sites_of(request.user).order_by("name").values_list("name", flat=True))
    wanted = wanted_of(request.GET)
    if wanted.site not in sites:
        wanted = replace(wanted, site="")
    view = narrowed(open_items(user=request.user, now=now), wanted)
    shown = [f"item-{item.public_id}" for item in view.in_order]
    # After the last one the one before it is looked at.
    lines = list(zip_longest(view.in_order, shown[1:] + shown[-2:-1], fillvalue=""))
    context = {
        "view": view,
        "worklist": view.rest,
        "to_do": lines[: len(view.to_do)],
        "waiting": lines[len(view.to_do) :],
        "sites": sites,
        "wanted": wanted,
        "query": urlencode(wanted.as_query()),
        "fields": _FIELDS,
        "now": now,
        "nav": "worklist",
    }
    return render(request, template, context | more)
