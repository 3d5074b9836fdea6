"""Register a patient, and change identifying or contact details."""

from datetime import date, datetime
from zoneinfo import available_timezones

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Layout, Row, Submit
from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.form_pages import PageForm
from kyphotrack.staff.models import Site, validate_time_zone
from patients.models import Patient
from patients.services import DETAILS

_OLDEST_YEARS = 120
_RISK_NOTICE = _(
    "The patient was told that e-mail is not encrypted on its way and may be read by others who use the same mailbox, "
    "and agrees to reminders by e-mail."
)


class PatientForm(PageForm):
    """Identity, contact and e-mail consent. `existing` is the patient whose details are changed, with a reason."""

    site = forms.ModelChoiceField(Site.objects.none(), empty_label=_("Choose the site"), label=_("Site"))
    medical_record_number = forms.CharField(max_length=40, label=_("Medical record number (MRN)"))
    family_name = forms.CharField(label=_("Family name"), max_length=200)
    given_name = forms.CharField(label=_("Given name"), max_length=200, required=False)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a date, such as 1948-05-17.")},
    )
    gender = forms.ChoiceField(label=_("Gender"), choices=[("", _("Choose")), *Patient.AdministrativeGender.choices])
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.EmailField(label=_("E-mail address"), required=False, max_length=254)
    email_consent = forms.BooleanField(label=_RISK_NOTICE, required=False)
    time_zone = forms.CharField(
        max_length=64,
        required=False,
        validators=[validate_time_zone],
        label=_("Time zone, only where it is not the site's (such as Europe/Lisbon)"),
        widget=forms.TextInput(attrs={"list": "time-zones"}),
    )
    other_person = forms.BooleanField(required=False, label=_("I checked: this is another person"))

    def __init__(self, *args, sites: QuerySet[Site], now: datetime, existing: Patient | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.now, self.existing = now, existing
        self.look_alikes: list[Patient] = []
        self.fields["site"].queryset = sites
        if existing:
            self.fields["site"].disabled = True
            self.fields["site"].initial = existing.site
            self.fields["reason"] = forms.CharField(
                max_length=300, label=_("Why it is changed"), error_messages={"required": _("Say in a few words why.")}
            )
        elif len(sites) == 1:
            self.fields["site"].initial = sites[0]
        for name in self.fields:
            self.fields[name].widget.attrs.setdefault("autocomplete", "off")  # never the data of the patient before
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": ""}
        self.helper.layout = self._layout()

    def _layout(self) -> Layout:
        return Layout(
            "form_token",
            Row(Column("site", css_class="col-sm-6"), Column("medical_record_number", css_class="col-sm-6")),
            Row(Column("family_name", css_class="col-sm-6"), Column("given_name", css_class="col-sm-6")),
            Row(Column("birth_date", css_class="col-sm-6"), Column("gender", css_class="col-sm-6")),
            Row(Column("phone", css_class="col-sm-6"), Column("email", css_class="col-sm-6")),
            "email_consent",
            "time_zone",
            *(["reason"] if self.existing else []),
            *([self._look_alike_warning()] if self.look_alikes else []),
            Submit("save", _("Save changes") if self.existing else _("Register"), css_class="btn-lg"),
        )

    def _look_alike_warning(self) -> Div:
        return Div(HTML('{% include "patients/look_alikes.html" %}'), "other_person", css_class="alarm alarm-AMBER")

    def time_zones(self) -> list[str]:
        return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))

    def clean(self) -> dict:
        cleaned = super().clean()
        site, born = cleaned.get("site"), cleaned.get("birth_date")
        if site and born:
            self._check_birth_date(born, self.now.astimezone(site.zone).date())
        if cleaned.get("email_consent") and not cleaned.get("email"):
            self.add_error("email", _("Agreement to e-mail needs an address."))
        if not self.existing and not self.errors and not cleaned.get("other_person"):
            self._ask_about_look_alikes(cleaned)
        return cleaned

    def _check_birth_date(self, born: date, today: date) -> None:
        if born > today:
            self.add_error("birth_date", _("The date of birth lies in the future."))
        elif today.year - born.year - ((today.month, today.day) < (born.month, born.day)) > _OLDEST_YEARS:
            self.add_error(
                "birth_date",
                format_lazy(
                    _("This would make the patient older than {oldest_years}. Check the year."),
                    oldest_years=_OLDEST_YEARS,
                ),
            )

    def _ask_about_look_alikes(self, cleaned: dict) -> None:
        """The same family name and birth date at the site: most often the same person under a mistyped number."""
        born_alike = Patient.objects.visible_to(self.person).filter(
            site=cleaned["site"], birth_date=cleaned["birth_date"]
        )
        self.look_alikes = [
            other
            for other in born_alike.exclude(medical_record_number=cleaned["medical_record_number"])
            if other.family_name.casefold() == cleaned["family_name"].casefold()
        ]
        if self.look_alikes:
            self.helper.layout = self._layout()
            self.add_error("other_person", _("If it is the same person, open that chart instead."))

    def details(self) -> dict:
        return {name: self.cleaned_data[name] for name in DETAILS}
