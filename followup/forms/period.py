"""From which day to which day figures are made."""

from datetime import date, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

_FIRST = date(2000, 1, 1)


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date, such as 2026-03-10.")},
    )


class PeriodForm(forms.Form):
    """Both days belong to the period. Where none is asked for it is the last `default_days`, and the fields show it."""

    default_days = 90
    first_day = _day(_("From"))
    last_day = _day(_("To"))

    def __init__(self, data, *, today: date):
        self.today = today
        first = today - timedelta(days=self.default_days - 1)
        super().__init__(data or {"first_day": first.isoformat(), "last_day": today.isoformat()})

    def clean_last_day(self) -> date:
        last = self.cleaned_data["last_day"] or self.today
        if not _FIRST <= last <= self.today:
            raise forms.ValidationError(
                format_lazy(_("Choose a day from {first} to today, {today}."), first=_FIRST, today=self.today)
            )
        return last

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        last = cleaned.get("last_day")
        if last is None or "first_day" not in cleaned:
            return cleaned
        first = cleaned["first_day"] or max(last - timedelta(days=self.default_days - 1), _FIRST)
        if not _FIRST <= first <= last:
            self.add_error(
                "first_day",
                format_lazy(_("Choose a day from {first} to the last day, {last}."), first=_FIRST, last=last),
            )
        cleaned["first_day"] = first
        return cleaned

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_method = "get"
        columns = [Column(name, css_class="col-md-3") for name in self.fields]
        show = Column(Submit("", _("Show"), css_class="w-100"), css_class="col-md-2 align-self-end mb-3")
        helper.layout = Layout(Row(*columns, show, css_class="g-3"))
        return helper
