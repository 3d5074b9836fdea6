"""The operator's page of e-mail rows: see, try again, withhold, mark as come back; and the mail service's own door."""

import hashlib
import hmac
import json

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from followup.models import OutgoingEmail
from followup.selectors.outgoing_mail import FILTERS, outgoing_mail, visible_mail
from followup.services import outgoing_mail as services
from kyphotrack.staff.permissions import Capability, sites_of

_MOST_BYTES = 20_000


@require_safe
@never_cache
def mail_list(request: HttpRequest) -> HttpResponse:
    if not sites_of(request.user, Capability.SEE_OPERATIONS).exists():
        raise PermissionDenied(f"Your role does not allow you to {Capability.SEE_OPERATIONS.value}.")
    shown = outgoing_mail(user=request.user, chosen=request.GET.get("state", ""), page=request.GET.get("page", ""))
    return render(request, "followup/outgoing_mail.html", {"mail": shown, "filters": FILTERS})


@require_POST
@never_cache
def handle_mail(request: HttpRequest, email_id: int, verb: str) -> HttpResponse:
    now = timezone.now()
    email = get_object_or_404(visible_mail(request.user), pk=email_id)
    reason = request.POST.get("reason", "").strip()[:80]
    try:
        if verb == "retry":
            services.retry_email(email=email, by=request.user, now=now)
        elif verb == "withhold" and reason:
            services.withhold_email(email=email, reason=reason, by=request.user, now=now)
        elif verb == "withhold":
            raise services.NotPossible("Say in a few words why it is not sent.")
        elif verb == "bounced":
            services.mark_bounced(email=email, by=request.user, now=now)
        else:
            raise Http404
    except services.NotPossible as refused:
        messages.warning(request, f"{refused} Nothing was changed.")
    else:
        messages.success(request, "Done.")
    return redirect("mail_list")


@csrf_exempt  # signed instead
@login_not_required
@require_POST
@never_cache
def bounces(request: HttpRequest) -> HttpResponse:
    """A mail service says that a message came back: JSON with `message_id` and `kind`, "hard" or "soft".

    Signed by X-Signature: sha256=HMAC of the body with MAIL_WEBHOOK_SECRET; without that setting there is no such door.
    The answer is the same whether or not the message is known.
    """
    if not settings.MAIL_WEBHOOK_SECRET:
        raise Http404
    body = request.read(_MOST_BYTES + 1)
    wanted = hmac.new(settings.MAIL_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    given = request.headers.get("X-Signature", "").removeprefix("sha256=")
    if len(body) > _MOST_BYTES or not hmac.compare_digest(wanted.encode(), given.encode()):
        return JsonResponse({"error": "The signature does not fit."}, status=403)
    try:
        said = json.loads(body)
        message_id, kind = str(said["message_id"]), str(said["kind"])
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"error": "Send JSON with message_id and kind."}, status=400)
    if kind not in ("hard", "soft"):
        return JsonResponse({"error": "kind is hard or soft."}, status=400)
    email = OutgoingEmail.objects.filter(message_id=message_id).first() if kind == "hard" else None
    if email:
        try:
            services.mark_bounced(email=email, by=None, now=timezone.now())
        except services.NotPossible:
            # It came back before our own note that it left; the service tells again what it got no 200 for.
            return JsonResponse({"error": "Not noted as sent yet."}, status=409)
    return JsonResponse({"status": "noted"})
