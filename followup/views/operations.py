"""How the machinery runs: the banner of every staff page, a page for those who mend it, and the readiness check."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followup import jobs
from followup.selectors import operations as machinery
from kyphotrack.staff.permissions import Capability, sites_of


def watchdog_banner(request: HttpRequest) -> dict:
    """A context processor; read only where a template shows the banner."""
    return {"watchdog": SimpleLazyObject(lambda: machinery.banner(now=timezone.now()))}


@require_safe
@never_cache
def operations(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if not sites_of(request.user, Capability.SEE_OPERATIONS).exists():
        raise PermissionDenied(f"Your role does not allow you to {Capability.SEE_OPERATIONS.value}.")
    watch = jobs.look_at_machinery(timezone.now)
    context = {"operations": machinery.operations(user=request.user, watch=watch, now=now), "now": now}
    return render(request, "followup/operations.html", context)


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if alarms reach people, else 503; what fails is named, nobody is."""
    parts = machinery.readiness(now=timezone.now())
    ready = all(parts.values())
    return JsonResponse({"status": "ready" if ready else "not ready", **parts}, status=200 if ready else 503)
