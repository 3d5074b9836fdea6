"""The page that records a procedure: facts, vertebrae, anticoagulants, and the baseline."""

from datetime import datetime, timedelta
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Fieldset, Layout, Row, Submit
from django import forms
from django.forms import BaseFormSet, formset_factory

from followup.forms.baseline_form import BaselineFields, baseline_layout
from followup.forms.measured_state_fields import moment_field
from kyphotrack.staff.form_pages import PageForm
from procedures.models import AnticoagulantUse, Procedure, TreatedLevel
from procedures.models.levels import LEVEL_CHOICES
from procedures.vertebrae import is_thoracic

_LONGEST_PROCEDURE = timedelta(hours=24)
# More cement than this is possible, but unusual (clinical-spec 7.3): asked about once.
_USUAL_MILLILITRES = {True: Decimal(6), False: Decimal(8)}
_CHOOSE = ("", "Choose")


class ProcedureForm(BaselineFields, PageForm):
    """Facts of the procedure and the baseline; the vertebrae and drugs stand in the row sets beside it."""

    kind = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Kind.choices])
    aetiology = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Aetiology.choices], label="Cause of the fracture")
    anaesthesia = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Anaesthesia.choices])
    disposition = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Disposition.choices], label="Planned stay")
    operator = forms.CharField(max_length=200)
    started_at = moment_field("Started at", required=True)
    ended_at = moment_field("Ended at (T0: needle out, dressing on)", required=True)
    bed = forms.CharField(max_length=40, required=False)
    notes = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    PROCEDURE_FIELDS = (
        "kind", "aetiology", "anaesthesia", "disposition", "operator", "started_at", "ended_at", "bed", "notes",
    )  # fmt: skip

    def __init__(self, *args, now: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            "form_token",
            Fieldset(
                "Procedure",
                Row(*(Column(name, css_class="col-12 col-md-6") for name in self.PROCEDURE_FIELDS[:4])),
                Row(*(Column(name, css_class="col-12 col-md-4") for name in ("started_at", "ended_at", "operator"))),
                Row(Column("bed", css_class="col-12 col-md-4"), Column("notes", css_class="col-12 col-md-8")),
            ),
            Fieldset("Vertebrae", HTML('{% include "followup/procedure_rows.html" with rows=levels row="vertebra" %}')),
            Fieldset(
                "Anticoagulants and antiplatelets",
                HTML('{% include "followup/procedure_rows.html" with rows=anticoagulants row="drug" %}'),
            ),
            HTML('<h2 id="baseline">Baseline: how the patient was before</h2>'),
            HTML('<p class="muted">Leave blank what was not examined. A blank item counts as healthy later on.</p>'),
            *baseline_layout(),
            Div(Submit("save", "Save and start the schedule", css_class="btn-lg"), css_class="mt-3"),
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        started, ended = cleaned.get("started_at"), cleaned.get("ended_at")
        if ended and ended > self.now + timedelta(minutes=5):
            self.add_error("ended_at", "The end of the procedure lies in the future.")
        if started and ended and started > ended:
            self.add_error("started_at", "The procedure cannot start after its end.")
        if started and ended and ended - started > _LONGEST_PROCEDURE:
            self.add_error("started_at", "This is more than 24 hours before the end. Check the date.")
        measured = cleaned.get("measured_at")
        if measured and ended and not ended - timedelta(days=30) <= measured <= ended:
            self.add_error("measured_at", "The baseline is measured before the end of the procedure, at most 30 days.")
        return cleaned

    def procedure(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.PROCEDURE_FIELDS}


class LevelRow(forms.Form):
    """One vertebra: its fracture, and how it was treated. Without an approach it was not treated."""

    level = forms.ChoiceField(choices=[_CHOOSE, *LEVEL_CHOICES])
    fractured_on = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    height_loss_percent = forms.DecimalField(
        label="Height loss %", required=False, min_value=0, max_value=100, max_digits=4, decimal_places=1
    )
    approach = forms.ChoiceField(choices=[("", "Not treated"), *TreatedLevel.Approach.choices], required=False)
    cement_volume_millilitres = forms.DecimalField(
        label="Cement mL",
        required=False,
        min_value=Decimal("0.1"),
        max_value=Decimal(20),
        max_digits=3,
        decimal_places=1,
        error_messages={
            "min_value": "Possible is 0.1 to 20 mL.",
            "max_value": "Possible is 0.1 to 20 mL.",
            "max_digits": "Possible is 0.1 to 20 mL.",
        },
    )
    cement_product = forms.CharField(max_length=80, required=False)
    cement_lot = forms.CharField(max_length=40, required=False)
    leakage = forms.ChoiceField(choices=[("", "Not said"), *TreatedLevel.Leakage.choices], required=False)
    leakage_sites = forms.MultipleChoiceField(
        choices=TreatedLevel.LeakageSite.choices, required=False, widget=forms.SelectMultiple(attrs={"size": 3})
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        treated = cleaned.get("approach")
        if not treated and (cleaned.get("cement_volume_millilitres") or cleaned.get("leakage")):
            self.add_error("approach", "Cement was entered: by which approach?")
        if cleaned.get("leakage") == "NONE" and cleaned.get("leakage_sites"):
            self.add_error("leakage_sites", "A place of leakage is chosen, but no leak was seen.")
        self._ask_about_much_cement(cleaned)
        return cleaned

    def _ask_about_much_cement(self, cleaned: dict) -> None:
        level, millilitres = cleaned.get("level"), cleaned.get("cement_volume_millilitres")
        if not level or not millilitres or millilitres <= _USUAL_MILLILITRES[is_thoracic(level)]:
            return
        words = f"{millilitres} mL in {level}"
        if f"{level}={millilitres}" not in self.data.getlist("confirmed"):
            self.to_confirm = (f"{level}={millilitres}", words)
            self.add_error("cement_volume_millilitres", f"Please confirm {words}.")

    def fracture(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("level", "fractured_on", "height_loss_percent")}

    def treated_level(self) -> dict | None:
        names = (
            "level", "approach", "cement_volume_millilitres", "cement_product", "cement_lot", "leakage", "leakage_sites",
        )  # fmt: skip
        return {name: self.cleaned_data[name] for name in names} if self.cleaned_data["approach"] else None


class _UniqueRows(BaseFormSet):
    """Rows of which each value of `unique` may stand once."""

    unique = ""

    def filled(self) -> list[forms.Form]:
        return [row for row in self.forms if row.has_changed()]

    def clean(self) -> None:
        seen = set()
        for row in self.filled():
            value = row.cleaned_data.get(self.unique) if row.is_valid() else None
            if value and value in seen:
                row.add_error(self.unique, "This stands in another row already.")
            seen.add(value)


class _LevelRows(_UniqueRows):
    unique = "level"

    def clean(self) -> None:
        super().clean()
        if not any(row.cleaned_data.get("approach") for row in self.filled() if row.is_valid()) and not any(self.errors):
            raise forms.ValidationError("Enter at least one vertebra with the approach by which it was treated.")

    def to_confirm(self) -> list[tuple[str, str]]:
        return [row.to_confirm for row in self.forms if hasattr(row, "to_confirm")]


class AnticoagulantRow(forms.Form):
    drug = forms.ChoiceField(choices=[("", "None"), *AnticoagulantUse.Drug.choices])
    last_dose_at = moment_field("Last dose at")
    planned_restart_at = moment_field("Planned restart at")


class _DrugRows(_UniqueRows):
    unique = "drug"


# A few rows stand ready, so that the page works without a script; the script adds more.
LevelRows = formset_factory(LevelRow, formset=_LevelRows, extra=2, max_num=17, absolute_max=17)
AnticoagulantRows = formset_factory(AnticoagulantRow, formset=_DrugRows, extra=1, max_num=10, absolute_max=10)
