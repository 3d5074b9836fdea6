"""The confirmation that ends ward monitoring. It counts only for what its page showed."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.http import HttpRequest

from followup.selectors.discharge import StillOpen
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Procedure


class DischargeForm(PageForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    confirm = forms.BooleanField(
        label="I have seen what is still open. Ward monitoring of this patient ends now.",
        error_messages={"required": "Tick the box to end ward monitoring. Nothing was changed."},
    )

    def __init__(self, request: HttpRequest, *, procedure: Procedure, still_open: StillOpen):
        super().__init__(request, purpose="discharge", subject_id=procedure.public_id)
        self._open_now = still_open.alarms
        self.fields["seen"].initial = " ".join(self._open_now)
        self.helper = FormHelper()
        self.helper.layout = Layout("form_token", "seen", "confirm", Submit("", "End ward monitoring", css_id="save"))

    def clean(self) -> None:
        if set(self._open_now) - set(self.cleaned_data.get("seen", "").split()):
            self.add_error(
                "confirm", "Something was raised since this page was opened. Look again; nothing was changed."
            )
            self.data = self.data.copy()
            self.data["seen"] = " ".join(self._open_now)
            self.data.pop("confirm", None)
