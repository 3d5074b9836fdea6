"""What a person types into the rota: one stretch of duty, or one that comes back each week."""

from datetime import datetime

from crispy_forms.bootstrap import InlineCheckboxes
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.forms.site_moment import SiteMomentField
from kyphotrack.staff.form_pages import PageForm
from kyphotrack.staff.models import Duty, DutyRole, Site, User
from kyphotrack.staff.selectors import staff_of

WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")),
    (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip


class _WhoForm(PageForm):
    role = forms.ChoiceField(label=_("On call as"), choices=[("", _("Choose")), *DutyRole.choices])
    person = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Person"), empty_label=_("Choose"))

    def __init__(self, request: HttpRequest, *, purpose: str, site: Site):
        super().__init__(request, purpose=purpose, subject_id=site.public_id)
        self.fields["person"].queryset = staff_of(site)
        self.helper = FormHelper()

    def who(self) -> dict:
        return {"role": self.cleaned_data["role"], "user": self.cleaned_data["person"]}


class DutyForm(_WhoForm):
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Duty.Kind.choices, help_text=_("It takes the place of the weekly pattern of its role.")
    )

    def __init__(self, request: HttpRequest, *, site: Site, now: datetime):
        super().__init__(request, purpose="duty", site=site)
        self.fields["starts_at"] = SiteMomentField(_("From"), required=True, may_be_now=False)
        self.fields["ends_at"] = SiteMomentField(_("Until"), may_be_now=False)
        self.fields["ends_at"].help_text = _("Empty: until somebody ends it.")
        self._now = now
        self.helper.layout = Layout(
            "form_token",
            Row(Column("role", css_class="col-md-6"), Column("person", css_class="col-md-6")),
            Row(Column("starts_at", css_class="col-md-4"), Column("ends_at", css_class="col-md-4"),
                Column("kind", css_class="col-md-4")),
            Submit("", _("Enter the duty"), css_id="save"),
        )  # fmt: skip

    def clean(self) -> None:
        starts_at, ends_at = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if ends_at and ends_at <= self._now:
            self.add_error("ends_at", _("This lies behind. Only what is ahead can be entered."))
        elif starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("A duty ends after it starts."))


class WeeklyDutyForm(_WhoForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Begins on"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts = forms.TimeField(label=_("Handover at the start"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(
        label=_("Handover at the end"),
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Not later than the start: on the next day."),
    )

    def __init__(self, request: HttpRequest, *, site: Site):
        super().__init__(request, purpose="weekly-duty", site=site)
        self.helper.layout = Layout(
            "form_token",
            Row(Column("role", css_class="col-md-6"), Column("person", css_class="col-md-6")),
            InlineCheckboxes("weekdays"),
            Row(Column("starts", css_class="col-md-4"), Column("ends", css_class="col-md-4")),
            Submit("", _("Enter the weekly duty"), css_id="save"),
        )
