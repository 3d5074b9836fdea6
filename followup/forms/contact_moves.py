"""What a person types to move, to call again, or to close a follow-up contact. `seen`: how many events were shown."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.forms.imaging_forms import words_field
from followup.forms.site_moment import SiteMomentField
from followup.models import FollowUpContact

Closed = FollowUpContact.Closed
# What a person may choose; the others follow from what happened to the patient.
_CLOSED_BY_HAND = (Closed.DECLINED, Closed.LETTER_SENT, Closed.NOT_REACHABLE, Closed.TRANSFERRED)


class _MoveForm(forms.Form):
    """`button` and the fields of a subclass, below a hidden count."""

    button = ""
    move = ""
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, *, chosen: bool, seen: int, action: str):
        super().__init__(request.POST if chosen else None, auto_id=f"id_{self.move}_%s", initial={"seen": seen})
        self.helper = FormHelper()
        self.helper.form_action = action
        self.helper.layout = Layout(*self.fields, Submit("", self.button, css_id=f"submit-{self.move}"))


class RescheduleForm(_MoveForm):
    button, move = _("Move it"), "reschedule"
    due_at = SiteMomentField(_("New date and time, in the patient's zone"), required=True, may_be_now=False)
    reason = words_field(_("Reason"), required=True, max_length=300)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["due_at"].error_messages["required"] = _("Enter the new date and time.")


class NotReachedForm(_MoveForm):
    button, move = _("Not reached"), "not-reached"
    reason = words_field(_("What happened"), required=True, max_length=300)
    next_try_at = SiteMomentField(_("Call again at"), required=True, may_be_now=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["next_try_at"].error_messages["required"] = _("Enter when the patient is called again.")


class CloseContactForm(_MoveForm):
    button, move = _("Close it"), "close"
    because = forms.ChoiceField(
        label=_("Why no answer is wanted any more"),
        choices=[("", _("Choose")), *((one.value, one.label) for one in _CLOSED_BY_HAND)],
    )


MOVES: dict[str, type[_MoveForm]] = {form.move: form for form in (NotReachedForm, RescheduleForm, CloseContactForm)}
