"""The ward board, and its rows alone for the refresh."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.selectors.board import ward_board
from followup.selectors.board_view import narrowed
from followup.views.board_lines import board_lines, for_template
from followup.views.wanted import wanted_patients


@require_safe
@never_cache
def board(request: HttpRequest) -> HttpResponse:
    return _show(request, "followup/board.html")


@require_safe
@never_cache
def board_rows(request: HttpRequest) -> HttpResponse:
    return _show(request, "followup/board_rows.html")


def _show(request: HttpRequest, template: str) -> HttpResponse:
    now = timezone.now()
    ward = ward_board(user=request.user, now=now)
    sites = sorted({row.site for row in ward.rows})
    wanted = wanted_patients(request.GET, sites)
    view = narrowed(ward, wanted)
    context = {
        "board": ward,
        "view": view,
        "lines": [for_template(line) for line in board_lines(ward, view.rows)],
        "sites": sites,
        "wanted": wanted,
        "query": request.GET.urlencode(),
        "now": now,
        "nav": "board",
    }
    return render(request, template, context)
