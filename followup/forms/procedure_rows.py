"""The rows of a procedure: one for each vertebra that was broken or treated, one for each blood thinner."""

from datetime import date, datetime
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.forms import BaseFormSet, formset_factory

from followup.forms.bedside_layout import checks, entry
from followup.forms.confirmation import AsksToConfirm
from followup.forms.measured_state_fields import decimal_number
from followup.forms.site_moment import SiteMomentField
from patients.models import Patient
from procedures.models import AnticoagulantUse, TreatedLevel
from procedures.models.levels import LEVEL_CHOICES
from procedures.vertebrae import LEVELS, is_thoracic

# More cement than this is possible, but unusual (clinical-spec 7.3 [DEF]).
_USUAL_MILLILITRES = {True: Decimal(6), False: Decimal(8)}
_FRACTURE = ("level", "fractured_on", "height_loss_percent")
_TREATMENT = (
    "approach", "cement_volume_millilitres", "cement_product", "cement_lot", "leakage", "leakage_sites",
)  # fmt: skip


class LevelRow(AsksToConfirm):
    """One vertebra: its fracture, and how it was treated. Without an approach it was not treated."""

    level = forms.ChoiceField(choices=[("", "Choose"), *LEVEL_CHOICES], error_messages={"required": "Which vertebra?"})
    fractured_on = forms.DateField(
        label="Fractured on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Enter a date, such as 2026-03-10."},
    )
    height_loss_percent = decimal_number("Height loss %", 0, 100, "%")
    approach = forms.ChoiceField(choices=[("", "Not treated"), *TreatedLevel.Approach.choices], required=False)
    cement_volume_millilitres = decimal_number("Cement mL", Decimal("0.1"), 20, "mL")
    cement_product = forms.CharField(max_length=80, required=False)
    cement_lot = forms.CharField(max_length=40, required=False)
    leakage = forms.ChoiceField(
        label="Cement leakage", choices=[("", "Not assessed"), *TreatedLevel.Leakage.choices], required=False
    )
    leakage_sites = forms.MultipleChoiceField(
        label="Where it leaked",
        choices=TreatedLevel.LeakageSite.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, patient: Patient, now: datetime, **kwargs):
        self.born: date = patient.birth_date
        self.today: date = now.astimezone(patient.site.zone).date()
        super().__init__(*args, **kwargs)
        self.helper = _row_helper(
            self,
            *map(entry, (*_FRACTURE, "cement_volume_millilitres")),
            *(entry(name, "span-2") for name in ("approach", "leakage", "cement_product", "cement_lot")),
            Div(checks("leakage_sites"), css_class="span-all leak-sites"),
        )

    def clean_fractured_on(self) -> date | None:
        day = self.cleaned_data["fractured_on"]
        if day and day > self.today:
            raise forms.ValidationError("This date lies in the future.")
        if day and day < self.born:
            raise forms.ValidationError("This date lies before the patient's birth.")
        return day

    def clean(self) -> dict:
        cleaned = super().clean()
        level, millilitres = cleaned.get("level"), cleaned.get("cement_volume_millilitres")
        leakage, sites = cleaned.get("leakage"), cleaned.get("leakage_sites")
        treatment = any(cleaned.get(name) for name in _TREATMENT)
        if treatment and not cleaned.get("approach") and "approach" not in self.errors:
            self.add_error("approach", "A treatment is entered: by which approach?")
        if sites and leakage == TreatedLevel.Leakage.NONE:
            self.add_error("leakage", "A place is chosen below, but no leak was seen.")
        elif sites and not leakage and "leakage" not in self.errors:
            self.add_error("leakage", "A place is chosen below: with symptoms or without?")
        if level and millilitres and millilitres > _USUAL_MILLILITRES[is_thoracic(level)]:
            self.ask("cement_volume_millilitres", f"{millilitres} mL in {level}")
        return cleaned

    def fracture(self) -> dict:
        return {name: self.cleaned_data[name] for name in _FRACTURE}

    def treated_level(self) -> dict | None:
        if not self.cleaned_data["approach"]:
            return None
        return {name: self.cleaned_data[name] for name in ("level", *_TREATMENT)}


class AnticoagulantRow(forms.Form):
    """One blood thinner as it stood around the procedure."""

    drug = forms.ChoiceField(
        choices=[("", "None"), *AnticoagulantUse.Drug.choices], error_messages={"required": "Which drug?"}
    )
    last_dose_at = SiteMomentField("Last dose at", may_be_now=False)
    planned_restart_at = SiteMomentField("Planned restart at", may_be_now=False)

    def __init__(self, *args, latest: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["last_dose_at"].latest = latest
        self.helper = _row_helper(
            self, entry("drug", "span-2"), entry("last_dose_at", "span-2"), entry("planned_restart_at", "span-2")
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        last, restart = cleaned.get("last_dose_at"), cleaned.get("planned_restart_at")
        if last and restart and restart <= last:
            self.add_error("planned_restart_at", "The restart lies before the last dose.")
        return cleaned


def _row_helper(row: forms.Form, *layout: object) -> FormHelper:
    for name, field in row.fields.items():
        field.widget.attrs |= {"aria-describedby": f"{row.add_prefix(name)}_errors", "autocomplete": "off"}
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.form_show_errors = False
    helper.layout = Layout(Div(*layout, css_class="bedside-grid"))
    return helper


class Rows(BaseFormSet):
    """Rows are filled in or left empty; each value of the field `unique` may stand once."""

    unique = ""

    def filled(self) -> list[forms.Form]:
        return [row for row in self.forms if row.has_changed()]

    def clean(self) -> None:
        seen = set()
        for row in self.filled():
            value = row.cleaned_data.get(self.unique)
            if value and value in seen:
                row.add_error(self.unique, f"{value} stands in another row already.")
            seen.add(value)


class _LevelRows(Rows):
    unique = "level"

    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and not any(row.cleaned_data.get("approach") for row in self.filled()):
            raise forms.ValidationError("Enter at least one vertebra with the approach by which it was treated.")


class _AnticoagulantRows(Rows):
    unique = "drug"


# Rows that stand ready, so that the page works without a script; more are added on request.
_READY = 3
LevelRows = formset_factory(LevelRow, formset=_LevelRows, extra=_READY, max_num=len(LEVELS), absolute_max=len(LEVELS))
AnticoagulantRows = formset_factory(
    AnticoagulantRow, formset=_AnticoagulantRows, extra=_READY, max_num=len(AnticoagulantUse.Drug.choices),
    absolute_max=len(AnticoagulantUse.Drug.choices),
)  # fmt: skip
