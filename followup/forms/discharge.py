"""The confirmation that ends ward monitoring."""

from django import forms


class DischargeForm(forms.Form):
    confirm = forms.BooleanField(
        label="I have seen what is still open, and ward monitoring of this patient ends now.",
        error_messages={"required": "Tick the box to end ward monitoring. Nothing was changed."},
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
