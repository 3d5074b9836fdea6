"""No page without a sign-in, and no typed form lost to one that ended."""

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

from kyphotrack.staff.views import form_no_longer_valid


class SignInRequired(LoginRequiredMiddleware):
    """Django's default deny. A form that is sent after the session ended comes back with what was typed."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable) -> HttpResponse:
        if request.method == "POST":
            return form_no_longer_valid(request)
        return super().handle_no_permission(request, view_func)
