"""The examination before the procedure: everything that later findings are compared with."""

from datetime import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Field, Fieldset, Layout, Row, Submit
from django import forms

from followup.forms.measured_state_fields import (
    PAIN_FIELDS,
    VITALS_FIELDS,
    MeasuredStateForm,
    moment_field,
    neurology_fields,
    pain_fields,
    vitals_fields,
)
from followup.red_flags.neurology import CATALOGUE, DERMATOMES, ROOTS, SIDES
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Baseline

CHOICES = "components/choice_field.html"
# Items that only make sense between two checks after the procedure.
_NOT_BEFORE = {"voided", "numbness", "leg_pain", "residual_anaesthetic", "last_void_at"}
EXAM_FIELDS = tuple(name for name in CATALOGUE if name not in _NOT_BEFORE)
_OTHER_EXAM = tuple(
    name for name in EXAM_FIELDS if not name.startswith(("motor", "sensory")) and CATALOGUE[name].kind != "motor_fields"
)
_SAFETY = ("mri_safety", "mri_safety_note", "allergies", "egfr_ml_per_minute")
_SCALE_2 = ("spo2_scale_2_authorised_by", "spo2_scale_2_authorised_at")


class BaselineFields(MeasuredStateForm):
    """The baseline part of a page. `baseline()` is what the services take; None if nothing was entered."""

    measured_at = moment_field("Measured at")
    mri_safety = forms.ChoiceField(
        label="MRI safety", choices=[("", "Not asked"), *Baseline.MriSafety.choices], required=False
    )
    mri_safety_note = forms.CharField(label="Device, stent or other reason", max_length=200, required=False)
    allergies = forms.CharField(label="Allergies, above all to contrast", max_length=400, required=False)
    egfr_ml_per_minute = forms.DecimalField(
        label="eGFR mL/min/1.73 m²",
        required=False,
        min_value=0,
        max_value=200,
        max_digits=4,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "6"}),
    )
    spo2_scale_2_authorised_by = forms.CharField(
        label="SpO₂ scale 2 authorised by (name of the clinician)", max_length=200, required=False
    )
    spo2_scale_2_authorised_at = moment_field("Authorised at")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields |= vitals_fields() | pain_fields() | neurology_fields(EXAM_FIELDS)

    def clean(self) -> dict:
        cleaned = super().clean()
        if bool(cleaned.get("spo2_scale_2_authorised_by")) != bool(cleaned.get("spo2_scale_2_authorised_at")):
            self.add_error("spo2_scale_2_authorised_by", "Scale 2 needs both the clinician's name and the time.")
        if not self.errors and self._entered() and not cleaned.get("measured_at"):
            self.add_error("measured_at", "When was the baseline measured?")
        return cleaned

    def _entered(self) -> dict:
        cleaned = self.cleaned_data
        columns = self.measured_answers() | {name: cleaned.get(name) for name in (*_SAFETY, *_SCALE_2)}
        return {name: value for name, value in columns.items() if value not in (None, "", [], {})}

    def baseline(self) -> dict | None:
        entered = self._entered()
        return {"effective_at": self.cleaned_data["measured_at"], **entered} if entered else None


class BaselineForm(BaselineFields, PageForm):
    """The page that corrects a baseline, or records a first one. A correction needs a reason."""

    def __init__(self, *args, current: Baseline | None, **kwargs):
        super().__init__(*args, initial=initial_from(current) if current else {}, **kwargs)
        if current:
            self.fields["reason"] = forms.CharField(
                max_length=500,
                label="Why it is corrected",
                error_messages={"required": "Say in a few words why; the old version stays readable."},
            )
        self.fields["measured_at"].required = True
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "form_token",
            *(["reason"] if current else []),
            *baseline_layout(),
            Submit("save", "Save the baseline", css_class="btn-lg"),
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not self._entered():
            self.add_error(None, "Nothing was entered. Fill in what was examined.")
        return cleaned


def initial_from(baseline: Baseline) -> dict:
    names = (*(name for name in (*VITALS_FIELDS, *PAIN_FIELDS) if not name.startswith("temperature")), *_SAFETY, *_SCALE_2)
    values = {name: getattr(baseline, name) for name in names}
    for name in ("pain_at_rest", "pain_on_movement"):
        values[name] = None if values[name] is None else f"{values[name].normalize():f}"
    values |= {"measured_at": baseline.effective_at, "temperature": baseline.temperature_celsius}
    return values | {
        name: datetime.fromisoformat(str(value)) if CATALOGUE[name].kind == "time" else value
        for name, value in baseline.neurology.items()
    }


def _choice(*names: str) -> list[Field]:
    return [Field(name, template=CHOICES) for name in names]


def baseline_layout() -> list:
    """Crispy layout of the baseline: pain, vital signs, power, feeling, the rest of the exam, safety."""
    return [
        HTML('{% include "followup/to_confirm.html" %}'),
        Row(Column("measured_at", css_class="col-12 col-md-4")),
        Fieldset(
            "Pain before the procedure",
            *_choice("pain_at_rest", "pain_on_movement"),
            Row(Column("pain_scale", css_class="col-12 col-md-4")),
            *_choice("pain_sites"),
        ),
        Fieldset(
            "Vital signs before the procedure",
            Row(*(Column(name, css_class="col-6 col-md-4 col-lg-2") for name in (
                "respiration_rate", "spo2_percent", "pulse_per_minute", "systolic_mmhg", "diastolic_mmhg", "temperature",
            ))),
            Row(
                Column(*_choice("consciousness"), css_class="col-12 col-lg-6"),
                Column(*_choice("supplemental_oxygen"), css_class="col-8 col-lg-4"),
                Column(*_choice("temperature_unit"), css_class="col-4 col-lg-2"),
            ),
            Row(
                Column("oxygen_device", css_class="col-6"),
                Column("oxygen_flow_litres_per_minute", css_class="col-6"),
            ),
        ),
        Fieldset(
            "Power, MRC 0–5",
            HTML(
                '<p><button type="button" class="btn btn-outline-secondary" data-fill="motor_" data-with="5">'
                "I examined them: mark all untouched muscles 5/5</button></p>"
            ),
            _grid([f"motor_{root}_{side}" for root in ROOTS for side in SIDES]),
            *_choice("pain_limited"),
        ),
        Fieldset(
            "Feeling",
            HTML(
                '<p><button type="button" class="btn btn-outline-secondary" data-fill="sensory_" data-with="NORMAL">'
                "I examined them: mark all untouched places normal</button></p>"
            ),
            _grid([f"sensory_{dermatome}_{side}" for dermatome in DERMATOMES for side in SIDES]),
        ),
        Fieldset("Saddle, bladder, bowel, walking, reflexes", _grid(_OTHER_EXAM)),
        Fieldset(
            "For a scan",
            Row(*(Column(name, css_class="col-12 col-md-6") for name in _SAFETY)),
            HTML(
                '<p class="muted">SpO₂ scale 2 only where a clinician documented hypercapnic respiratory failure with a '
                "prescribed target of 88–92 %.</p>"
            ),
            Row(*(Column(name, css_class="col-12 col-md-6") for name in _SCALE_2)),
        ),
    ]  # fmt: skip


def _grid(names) -> Row:
    return Row(*(Column(name, css_class="col-6 col-lg-3") for name in names))
