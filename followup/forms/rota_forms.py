"""What a person types into the rota: one stretch of duty, or one that comes back each week."""

from datetime import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.http import HttpRequest

from followup.forms.site_moment import SiteMomentField
from kyphotrack.staff.form_pages import PageForm
from kyphotrack.staff.models import Duty, DutyRole, Site, User
from kyphotrack.staff.selectors import staff_of

WEEKDAYS = [
    (0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday"), (5, "Saturday"), (6, "Sunday"),
]  # fmt: skip


class _WhoForm(PageForm):
    role = forms.ChoiceField(label="On call as", choices=[("", "Choose"), *DutyRole.choices])
    person = forms.ModelChoiceField(queryset=User.objects.none(), label="Person", empty_label="Choose")

    def __init__(self, request: HttpRequest, *, purpose: str, site: Site):
        super().__init__(request, purpose=purpose, subject_id=site.public_id)
        self.fields["person"].queryset = staff_of(site)
        self.helper = FormHelper()

    def who(self) -> dict:
        return {"role": self.cleaned_data["role"], "user": self.cleaned_data["person"]}


class DutyForm(_WhoForm):
    kind = forms.ChoiceField(
        choices=Duty.Kind.choices, help_text="It takes the place of the weekly pattern of its role."
    )

    def __init__(self, request: HttpRequest, *, site: Site, now: datetime):
        super().__init__(request, purpose="duty", site=site)
        self.fields["starts_at"] = SiteMomentField("From", required=True, may_be_now=False)
        self.fields["ends_at"] = SiteMomentField("Until", may_be_now=False)
        self.fields["ends_at"].help_text = "Empty: until somebody ends it."
        self._now = now
        self.helper.layout = Layout(
            "form_token",
            Row(Column("role", css_class="col-md-6"), Column("person", css_class="col-md-6")),
            Row(Column("starts_at", css_class="col-md-4"), Column("ends_at", css_class="col-md-4"),
                Column("kind", css_class="col-md-4")),
            Submit("", "Enter the duty", css_id="save"),
        )  # fmt: skip

    def clean(self) -> None:
        starts_at, ends_at = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if ends_at and ends_at <= self._now:
            self.add_error("ends_at", "This lies behind. Only what is ahead can be entered.")
        elif starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", "A duty ends after it starts.")


class WeeklyDutyForm(_WhoForm):
    weekdays = forms.TypedMultipleChoiceField(
        label="Begins on", choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts = forms.TimeField(label="Handover at the start", widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(
        label="Handover at the end",
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text="Not later than the start: on the next day.",
    )

    def __init__(self, request: HttpRequest, *, site: Site):
        super().__init__(request, purpose="weekly-duty", site=site)
        self.helper.layout = Layout(
            "form_token",
            Row(Column("role", css_class="col-md-6"), Column("person", css_class="col-md-6")),
            "weekdays",
            Row(Column("starts", css_class="col-md-4"), Column("ends", css_class="col-md-4")),
            Submit("", "Enter the weekly duty", css_id="save"),
        )
