"""The physician's worklist, and its items alone for the refresh."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.selectors.worklist import worklist as open_items


@require_safe
@never_cache
def worklist(request: HttpRequest) -> HttpResponse:
    return _show(request, "followup/worklist.html")


@require_safe
@never_cache
def worklist_rows(request: HttpRequest) -> HttpResponse:
    return _show(request, "followup/worklist_rows.html")


def _show(request: HttpRequest, template: str) -> HttpResponse:
    now = timezone.now()
    return render(
        request, template, {"worklist": open_items(user=request.user, now=now), "now": now, "nav": "worklist"}
    )
