"""The link in a reminder by which a patient asks for no more e-mail (RFC 8058: one POST, no sign-in, no cookie)."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from followup.services import patient_reminders
from patients.models import EmailConsent


@csrf_exempt  # a mail program sends it without ever having been here
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """Reading changes nothing: mail scanners open links. The page is the same for a link that nobody was sent."""
    done = request.method == "POST"
    if done:
        consent = EmailConsent.objects.select_related("patient__site").filter(public_id=consent_id).first()
        if consent:
            patient_reminders.unsubscribe(consent=consent, now=timezone.now())
    answer = render(request, "followup/unsubscribe.html", {"done": done})
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
