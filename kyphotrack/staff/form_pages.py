"""Every form page: bound to one subject and one person, sent once, and shown again with what was typed.

A form carries a signed token made when it was opened. It names what the form is about, who opened it, and a fresh id; so a
form opened for one patient never saves to another, one person's form is never signed by the next, and a double tap
stores one row.
"""

import uuid
from collections.abc import Callable

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kyphotrack.language import said
from kyphotrack.staff.models import User

_SALT = "kyphotrack.form"


class UnusableToken(ValueError):
    """The form cannot be saved as it stands; the text says why, and what to do."""


class FormOpenedForAnother(UnusableToken):
    """The form was opened for another patient or another item."""


class FormOpenedByAnother(UnusableToken):
    """Somebody else was signed in when the form was opened."""


def issue_token(purpose: str, subject_id: object, user: User) -> str:
    return signing.dumps([purpose, str(subject_id), user.pk, uuid.uuid4().hex], salt=_SALT)


def read_token(value: str, purpose: str, subject_id: object, user: User) -> uuid.UUID:
    """The form's own id. Raises UnusableToken or one of its subclasses."""
    try:
        opened_for, subject, opened_by, form_id = signing.loads(value, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise UnusableToken(
            "The form was damaged on the way. Nothing was saved. Check it and press save again."
        ) from None
    if (opened_for, subject) != (purpose, str(subject_id)):
        raise FormOpenedForAnother(
            "This form was opened for another patient or item, so it cannot be saved here. Nothing was saved. Open the form "
            "of the right patient anew."
        )
    if opened_by != user.pk:
        raise FormOpenedByAnother(
            f"Somebody else opened this form. Nothing was saved. If it is right, save again: it is then signed {user}."
        )
    return uuid.UUID(form_id)


class PageForm(forms.Form):
    """A form of one page. `form_id` is there once the form is valid."""

    form_token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, request: HttpRequest, *, purpose: str, subject_id: object, **kwargs):
        self.person: User = request.user
        self._binding = (purpose, subject_id, request.user)
        self.form_id: uuid.UUID | None = None
        super().__init__(request.POST if request.method == "POST" else None, **kwargs)
        self.fields["form_token"].initial = issue_token(*self._binding)

    def clean_form_token(self) -> str:
        value = self.cleaned_data["form_token"]
        try:
            self.form_id = read_token(value, *self._binding)
        except FormOpenedForAnother as error:
            # It keeps its token: whoever is sure opens the right patient's form, and this one never saves here.
            self.add_error(None, said(error))
        except UnusableToken as error:
            self.renew_token()
            self.add_error(None, said(error))
        return value

    def renew_token(self) -> None:
        """The page comes back with a token of its own, so that a person who has checked it can save."""
        self.data = self.data.copy()
        self.data[self.add_prefix("form_token")] = issue_token(*self._binding)

    def fields_with_errors(self) -> list[forms.BoundField]:
        """What the summary at the top of the page names, in the order of the fields."""
        return [self[name] for name in self.fields if name in self.errors]


def form_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page with a form. No browser keeps it: on a shared tablet the Back button would show it to the next person."""
    return require_http_methods(["GET", "HEAD", "POST"])(never_cache(view))


def may_be_saved(request: HttpRequest) -> bool:
    """False for the first showing, and for a form that only comes back to be seen again (`form_no_longer_valid`)."""
    return request.method == "POST" and "redisplay" not in request.POST


def status_of(*shown: forms.BaseForm | forms.BaseFormSet) -> int:
    """422 for a page that comes back with something to mend, so that no script takes it for a success."""
    return 422 if any(form.is_bound and not form.is_valid() for form in shown) else 200
