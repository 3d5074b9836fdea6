"""Signing in and out, health, and the page for a form that may no longer be sent as it is."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from kyphotrack.staff.forms import SignInForm

_NOT_TYPED = {"csrfmiddlewaretoken", "redisplay"}
_A_YEAR = 365 * 24 * 60 * 60


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "staff/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    pass


# Whoever cannot read the sign-in page must be able to switch it.
set_language = login_not_required(django_set_language)


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Day or night, kept per browser and not per person: it belongs to the screen and the hour."""
    came_from = request.headers.get("Referer", "")
    here = {request.get_host()}
    answer = HttpResponseRedirect(
        came_from if url_has_allowed_host_and_scheme(came_from, here, request.is_secure()) else "/"
    )
    if request.POST.get("theme") in ("light", "dark"):
        answer.set_cookie(
            "theme",
            request.POST["theme"],
            max_age=_A_YEAR,
            secure=request.is_secure(),
            httponly=True,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )
    else:
        answer.delete_cookie("theme", samesite=settings.SESSION_COOKIE_SAMESITE)
    return answer


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers. Whether the rest of the machinery does is what /readyz says."""
    return JsonResponse({"status": "alive"})


@login_not_required
@never_cache
def form_no_longer_valid(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The sign-in changed or ended since the form was opened. Nothing is saved; what was typed can be shown again.

    The typed values travel back as hidden fields with a fresh token, and the form's own page shows them again,
    unsaved, when it sees ``redisplay``. A password never travels back.
    """
    if request.resolver_match and request.resolver_match.url_name in ("sign_in", "sign_out"):
        return render(request, "staff/sign_in_out_of_date.html", status=403)
    typed = [(name, value) for name, values in request.POST.lists() if name not in _NOT_TYPED for value in values]
    context = {"typed": typed, "address": request.get_full_path()}
    return render(request, "staff/form_no_longer_valid.html", context, status=403)
