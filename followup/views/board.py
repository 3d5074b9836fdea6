"""The ward board, and its rows alone for the refresh."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup.selectors.board import ward_board
from followup.views.board_lines import board_lines


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
    return render(request, template, {"board": ward, "lines": board_lines(ward), "now": now, "nav": "board"})
