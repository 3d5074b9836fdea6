"""What the patient list is searched by."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.utils.translation import gettext_lazy as _


class PatientSearchForm(forms.Form):
    q = forms.CharField(
        label=_("Name or record number"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    born = forms.DateField(
        label=_("Date of birth"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_method = "get"
        helper.attrs = {"role": "search"}
        helper.layout = Layout(
            Row(
                Column("q", css_class="col-md-6"),
                Column("born", css_class="col-md-3"),
                Column(Submit("", _("Search"), css_class="w-100"), css_class="col-md-3 align-self-end mb-3"),
                css_class="g-3",
            )
        )
        return helper
