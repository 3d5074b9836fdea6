"""The confirmation that ends ward monitoring."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms


class DischargeForm(forms.Form):
    confirm = forms.BooleanField(
        label="I have seen what is still open. Ward monitoring of this patient ends now.",
        error_messages={"required": "Tick the box to end ward monitoring. Nothing was changed."},
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.layout = Layout("confirm", Submit("", "End ward monitoring"))
        return helper
