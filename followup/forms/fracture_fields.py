"""What is asked of one broken vertebra: on its row of the procedure page, and on the page of the selection criteria."""

from datetime import date
from decimal import Decimal

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _

from followup.forms.bedside_layout import Disclosure, checks, entry
from followup.forms.measured_state_fields import YesNo, decimal_number
from patients.models import Patient
from procedures.models import Fracture
from procedures.models.fracture import FRACTURE_FACTS

_NOT_ASSESSED = ("", _("Not assessed"))
_HEIGHTS = (
    "anterior_height_millimetres", "mid_height_millimetres", "posterior_height_millimetres", "height_above_millimetres",
    "height_below_millimetres",
)  # fmt: skip


class YesNoList(YesNo):
    """The three answers as a list, for rows of many fields."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.widget = forms.Select()
        self.choices = [("", _("Not asked")), ("yes", _("Yes")), ("no", _("No"))]


def day_field(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a date, such as 2026-03-10.")},
    )


def _millimetres(label: str) -> forms.DecimalField:
    return decimal_number(label, Decimal("0.1"), Decimal("99.9"), "mm")


def _percent(label: str) -> forms.DecimalField:
    field = decimal_number(label, 0, 100, "%")
    # Django fills this message in one place and not in another, so that it must not hold the sign at all.
    field.error_messages["invalid"] = _("Enter a number from 0 to 100.")
    return field


class FractureFields(forms.Form):
    """The facts of a fracture; whatever stays blank is not known. `latest`: the last day that a date may name."""

    fractured_on = day_field(_("Fractured on"))
    date_precision = forms.ChoiceField(
        label=_("Fracture date known"), choices=[("", _("Not said")), *Fracture.DatePrecision.choices], required=False
    )
    morphology = forms.ChoiceField(
        label=_("Morphology"), choices=[_NOT_ASSESSED, *Fracture.Morphology.choices], required=False
    )
    height_loss_percent = _percent(_("Height loss %"))
    anterior_height_millimetres = _millimetres(_("Anterior mm"))
    mid_height_millimetres = _millimetres(_("Mid mm"))
    posterior_height_millimetres = _millimetres(_("Posterior mm"))
    height_above_millimetres = _millimetres(_("Vertebra above mm"))
    height_below_millimetres = _millimetres(_("Vertebra below mm"))
    kyphosis_degrees = decimal_number(_("Kyphosis angle °"), -180, 180, "°")
    stir_edema = forms.ChoiceField(
        label=_("Edema on STIR or fat-saturated T2"), choices=[_NOT_ASSESSED, *Fracture.Edema.choices], required=False
    )
    mri_on = day_field(_("MRI on"))
    vacuum_cleft = YesNoList(label=_("Vacuum cleft"))
    posterior_cortex = forms.ChoiceField(
        label=_("Posterior cortex"),
        choices=[_NOT_ASSESSED, *Fracture.Cortex.choices],
        required=False,
    )
    retropulsion_millimetres = decimal_number(_("Retropulsion mm"), 0, Decimal("99.9"), "mm")
    canal_compromise_percent = _percent(_("Canal compromise %"))
    tumour_extension = YesNoList(label=_("Tumour extends beyond"))
    biopsy_taken = YesNoList(label=_("Biopsy taken"))
    biopsy_result = forms.CharField(label=_("Biopsy result"), max_length=200, required=False)
    tenderness = forms.MultipleChoiceField(
        label=_("Tender on percussion or palpation"),
        choices=Fracture.Tenderness.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    imaging_confirms_level = YesNoList(label=_("Imaging confirms this level (radiologist or physician)"))

    def __init__(
        self, *args, patient: Patient, latest: date, too_late: str = _("This date lies in the future."), **kwargs
    ):
        self.born, self.latest, self.too_late = patient.birth_date, latest, too_late
        super().__init__(*args, **kwargs)

    def clean_fractured_on(self) -> date | None:
        return self._possible_day("fractured_on")

    def clean_mri_on(self) -> date | None:
        return self._possible_day("mri_on")

    def _possible_day(self, name: str) -> date | None:
        day = self.cleaned_data[name]
        if day and day > self.latest:
            raise forms.ValidationError(self.too_late)
        if day and day < self.born:
            raise forms.ValidationError(_("This date lies before the patient's birth."))
        return day

    def clean(self) -> dict:
        cleaned = super().clean()
        precision = cleaned.get("date_precision")
        if precision in ("DAY", "MONTH") and not cleaned.get("fractured_on") and "fractured_on" not in self.errors:
            self.add_error("fractured_on", _("Enter the date, or any day of the month."))
        if cleaned.get("mri_on") and cleaned.get("stir_edema") == Fracture.Edema.NOT_DONE:
            self.add_error("mri_on", _("A date is entered, but no MRI was done."))
        if cleaned.get("biopsy_result") and not cleaned.get("biopsy_taken"):
            self.add_error("biopsy_taken", _("A result is entered: was a biopsy taken?"))
        tender = cleaned.get("tenderness") or []
        if len(tender) > 1 and Fracture.Tenderness.NOT_TENDER in tender:
            self.add_error("tenderness", _("Not tender, or tender where?"))
        return cleaned

    def fracture(self) -> dict:
        return {name: self.cleaned_data[name] for name in FRACTURE_FACTS}


def criteria_of_a_level() -> Div:
    """What the selection criteria ask of a level (clinical-spec 7.1, E4 to E10)."""
    return Div(
        entry("stir_edema", "span-2"), entry("mri_on"), entry("date_precision"),
        entry("posterior_cortex", "span-2"), entry("imaging_confirms_level", "span-2"),
        Div(checks("tenderness"), css_class="span-all"),
        css_class="bedside-grid",
    )  # fmt: skip


def heights() -> Disclosure:
    return Disclosure(
        _("Heights in mm, from which the loss is worked out"), Div(*map(entry, _HEIGHTS), css_class="bedside-grid")
    )


def further_imaging() -> Disclosure:
    short = ("kyphosis_degrees", "retropulsion_millimetres", "canal_compromise_percent", "vacuum_cleft", "biopsy_taken")
    return Disclosure(
        _("Shape, canal, tumour, biopsy"),
        Div(
            entry("morphology"), *map(entry, short), entry("tumour_extension"), entry("biopsy_result", "span-2"),
            css_class="bedside-grid",
        ),
    )  # fmt: skip
