"""Register a patient, and change identifying or contact details."""

from datetime import date

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Layout, Row, Submit
from django import forms

from kyphotrack.staff.form_pages import PageForm
from kyphotrack.staff.models import Site, validate_time_zone
from patients.models import Patient
from patients.services import DETAILS

_OLDEST_YEARS = 120
_RISK_NOTICE = (
    "The patient was told that e-mail is not encrypted on its way and may be read by others who use the same mailbox, "
    "and agrees to reminders by e-mail."
)


class PatientForm(PageForm):
    """Identity, contact and e-mail consent. `site` is asked only of someone who may register at several."""

    site = forms.ModelChoiceField(Site.objects.none(), empty_label="Choose the site")
    medical_record_number = forms.CharField(max_length=40, label="Medical record number (MRN)")
    family_name = forms.CharField(max_length=200)
    given_name = forms.CharField(max_length=200, required=False)
    birth_date = forms.DateField(
        label="Date of birth",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Enter a date, such as 1948-05-17."},
    )
    gender = forms.ChoiceField(choices=[("", "Choose"), *Patient.AdministrativeGender.choices])
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(label="E-mail address", required=False, max_length=254)
    email_consent = forms.BooleanField(label=_RISK_NOTICE, required=False)
    time_zone = forms.CharField(
        max_length=64, required=False, validators=[validate_time_zone], label="Time zone, where it is not the site's"
    )
    same_person_checked = forms.BooleanField(
        required=False, label="I checked: this is another person than the one named above."
    )

    def __init__(self, *args, sites, today: date, existing: Patient | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.existing = today, existing
        self.look_alikes: list[Patient] = []
        self.fields["site"].queryset = sites
        if existing or len(sites) == 1:
            self.fields["site"].initial = existing.site if existing else sites[0]
        if existing:
            self.fields["site"].disabled = True
            self.fields["reason"] = forms.CharField(
                max_length=300, label="Why it is changed", error_messages={"required": "Say in a few words why."}
            )
        self.helper = FormHelper()
        self.helper.layout = self._layout()

    def _layout(self) -> Layout:
        return Layout(
            "form_token",
            Row(Column("site"), Column("medical_record_number")),
            Row(Column("family_name"), Column("given_name")),
            Row(Column("birth_date"), Column("gender")),
            Row(Column("phone"), Column("email")),
            "email_consent",
            "time_zone",
            *(["reason"] if self.existing else []),
            Div(
                HTML(
                    "{% for other in form.look_alikes %}<p>Already registered with this name and date of birth: "
                    "<strong>{{ other.name }}</strong>, MRN <strong>{{ other.medical_record_number }}</strong>.</p>"
                    "{% endfor %}"
                ),
                "same_person_checked",
            )
            if self.look_alikes
            else Div(),
            Submit("save", "Save changes" if self.existing else "Register"),
        )

    def clean_birth_date(self) -> date:
        born = self.cleaned_data["birth_date"]
        if born > self.today:
            raise forms.ValidationError("The date of birth lies in the future.")
        if self.today.year - born.year > _OLDEST_YEARS:
            raise forms.ValidationError(f"This would make the patient older than {_OLDEST_YEARS}. Check the year.")
        return born

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("email_consent") and not cleaned.get("email"):
            self.add_error("email", "Agreement to e-mail needs an address.")
        self._ask_about_look_alikes(cleaned)
        return cleaned

    def _ask_about_look_alikes(self, cleaned: dict) -> None:
        site, name, born = cleaned.get("site"), cleaned.get("family_name"), cleaned.get("birth_date")
        if self.existing or not (site and name and born) or cleaned.get("same_person_checked"):
            return
        alike = Patient.objects.filter(site=site, family_name__iexact=name, birth_date=born)
        self.look_alikes = [one for one in alike if one.medical_record_number != cleaned.get("medical_record_number")]
        if self.look_alikes:
            self.helper.layout = self._layout()
            self.add_error("same_person_checked", "Is this the same person? Then open the existing chart instead.")

    def details(self) -> dict:
        return {name: self.cleaned_data[name] for name in DETAILS}
