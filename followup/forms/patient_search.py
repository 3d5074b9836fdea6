"""What the patient list is searched by."""

from datetime import date

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from followup.selectors.episode_state import EpisodeState
from kyphotrack.language import said_later

NO_PROCEDURE, OPEN_FLAG = "NO_PROCEDURE", "OPEN_FLAG"
# Beyond these, midnight in the zone of a site is no instant that a database holds.
_DAYS = [MinValueValidator(date(1800, 1, 1)), MaxValueValidator(date(9000, 1, 1))]


def _day(label) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=_DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class PatientSearchForm(forms.Form):
    q = forms.CharField(
        label=_("Name or record number"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    born = _day(_("Date of birth"))
    operated = _day(_("Day of the procedure"))
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Any")),
            *((state.name, said_later(state.label)) for state in EpisodeState),
            (NO_PROCEDURE, _("No procedure yet")),
            (OPEN_FLAG, _("With an open flag")),
        ],
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_method = "get"
        helper.attrs = {"role": "search"}
        helper.layout = Layout(
            Row(
                Column("q", css_class="col-md-6 col-xl-4"),
                Column("born", css_class="col-6 col-md-3 col-xl-2"),
                Column("operated", css_class="col-6 col-md-3 col-xl-2"),
                Column("state", css_class="col-6 col-xl-2"),
                Column(Submit("", _("Search"), css_class="w-100"), css_class="col-6 col-xl-2 align-self-end mb-3"),
                css_class="gx-3",
            )
        )
        return helper
