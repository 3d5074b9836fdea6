"""The examination before the procedure: everything that later findings are compared with."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import OtherUnit, YesNo, buttons, decimal_number, whole_number
from followup.forms.baseline_layout import baseline_page_helper
from followup.forms.measured_state_fields import (
    BODY_FIELDS,
    VITALS_FIELDS,
    MeasuredStateForm,
    body_fields,
    neurology_fields,
    vitals_fields,
)
from followup.forms.pain_answers import offer_stored, pain_fields, typed_pain
from followup.forms.site_moment import SiteMomentField
from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS, SAID_FIELDS, SENSORY_FIELDS
from kyphotrack.staff.form_pages import PageForm
from patients.models import Patient
from procedures.models import Baseline
from procedures.services import CLOCK_TOLERANCE

# Asked only of the time between two checks after the procedure.
_NOT_BEFORE = {"voided", "numbness", "leg_pain", "residual_anaesthetic", "last_void_at", *SAID_FIELDS}
_EXAM = tuple(name for name in CATALOGUE if name not in _NOT_BEFORE)
_AS_BUTTONS = (*MOTOR_FIELDS, *SENSORY_FIELDS, "saddle_sensation")
_YES_NO = {
    "acute_kidney_injury": _("Acute kidney injury"),
    "on_dialysis": _("On dialysis"),
    "takes_metformin": _("Takes metformin"),
    "gadolinium_anaphylaxis": _("Anaphylaxis after gadolinium"),
    "pregnancy_possible": _("Pregnancy possible"),
}
_SAFETY = (
    "mri_safety", "mri_safety_note", "allergies", "egfr_ml_per_minute", "egfr_measured_on", *_YES_NO, "contrast_reaction",
)  # fmt: skip
_BLOOD = ("height_centimetres", "inr", "platelets_per_nanolitre")
_SCALE_2 = ("spo2_scale_2_authorised_by", "spo2_scale_2_authorised_at")
_OWN_COLUMNS = (*_BLOOD, *_SAFETY, *_SCALE_2)
_HEIGHT = (80, 230)
_INCHES_AND_METRES = (OtherUnit("in", Decimal("2.54")), OtherUnit("m", Decimal(100)))
_BLANK = (None, "", [], {})


class BaselineFields(MeasuredStateForm):
    """The baseline part of a page. Nothing is filled in beforehand; what stays blank is unknown."""

    mri_safety = forms.ChoiceField(
        label=_("MRI safety"), choices=[("", _("Not asked")), *Baseline.MriSafety.choices], required=False
    )
    mri_safety_note = forms.CharField(label=_("Device, stent or other reason"), max_length=200, required=False)
    allergies = forms.CharField(label=_("Allergies, above all to contrast"), max_length=400, required=False)
    spo2_scale_2_authorised_by = forms.CharField(label=_("Scale 2 authorised by"), max_length=200, required=False)

    def __init__(self, *args, now: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self._today = timezone.localdate(now)
        latest = now + CLOCK_TOLERANCE
        self.fields |= {
            "measured_at": SiteMomentField(_("Measured at"), latest=latest, may_be_now=False),
            **vitals_fields(),
            **body_fields(),
            "height_centimetres": decimal_number(_("Height cm"), *_HEIGHT, "cm", _INCHES_AND_METRES),
            **pain_fields(),
            **neurology_fields(_EXAM, as_buttons=_AS_BUTTONS),
            # The upper ends are what the columns hold.
            "egfr_ml_per_minute": decimal_number(_("eGFR mL/min/1.73 m²"), 0, 999, _("mL/min/1.73 m²")),
            "egfr_measured_on": forms.DateField(
                label=_("eGFR measured on"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"invalid": _("Enter a date, such as 2026-03-10.")},
            ),
            "inr": decimal_number("INR", 0, 99, unit=""),
            "platelets_per_nanolitre": whole_number(
                _("Platelets ×10⁹/L"), 0, 9999, "×10⁹/L", [OtherUnit(_("per µL"), Decimal("0.001"))]
            ),
            **{name: YesNo(label=label) for name, label in _YES_NO.items()},
            "contrast_reaction": buttons(
                _("Earlier reaction to iodinated contrast"), Baseline.ContrastReaction.choices
            ),
            "spo2_scale_2_authorised_at": SiteMomentField(_("Scale 2 authorised at"), latest=latest, may_be_now=False),
        }
        self.fields["urinary_incontinence"].choices = [
            ("", _("not examined")), ("NONE", _("none")), ("PRE_EXISTING", _("long-standing")),
            ("NEW_OR_WORSE", _("new or worse")),
        ]  # fmt: skip
        voiding = self.fields["voiding"]
        voiding.choices = [one for one in voiding.choices if one[0] != "NEW_TROUBLE"]  # new is only what came after
        for name, field in self.fields.items():
            if name not in ("form_token", "replaces", "temperature_unit"):
                field.widget.attrs["aria-describedby"] = f"{name}_errors"
                field.widget.attrs.setdefault("autocomplete", "off")

    def clean(self) -> dict:
        cleaned = super().clean()
        if bool(cleaned.get("spo2_scale_2_authorised_by")) != bool(cleaned.get("spo2_scale_2_authorised_at")):
            self.add_error("spo2_scale_2_authorised_by", _("Scale 2 needs both the clinician's name and the time."))
        measured_on = cleaned.get("egfr_measured_on")
        if measured_on and measured_on > self._today:
            self.add_error("egfr_measured_on", _("This day lies in the future."))
        if measured_on and cleaned.get("egfr_ml_per_minute") is None and "egfr_ml_per_minute" not in self.errors:
            self.add_error("egfr_ml_per_minute", _("Measured on a day, but no eGFR is entered."))
        if self._entered() and not cleaned.get("measured_at") and "measured_at" not in self.errors:
            self.add_error("measured_at", _("When was the baseline measured?"))
        return cleaned

    def height_centimetres(self) -> Decimal | None:
        return self.cleaned_data.get("height_centimetres")

    def _columns(self) -> dict:
        return self.measured_answers() | {name: self.cleaned_data.get(name) for name in _OWN_COLUMNS}

    def _entered(self) -> dict:
        return {name: value for name, value in self._columns().items() if value not in _BLANK}

    def baseline(self) -> dict | None:
        """Columns of a Baseline as the services take them; None if nothing was entered."""
        entered = self._entered()
        return {"effective_at": self.cleaned_data["measured_at"], **entered} if entered else None


class BaselineForm(BaselineFields, PageForm):
    """The page that corrects a baseline, or records a first one. A correction needs a reason."""

    # The version that the person saw: it must still be the current one when the form is saved.
    replaces = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, patient: Patient, current: Baseline | None, **kwargs):
        super().__init__(*args, initial=stored_values(current) if current else {}, **kwargs)
        self.patient, self.current = patient, current
        self.fields["measured_at"].required = True
        self.fields["replaces"].initial = current.public_id if current else None
        if current:
            self.fields["reason"] = forms.CharField(
                max_length=500,
                label=_("Why it is corrected"),
                widget=forms.TextInput(attrs={"autocomplete": "off", "aria-describedby": "reason_errors"}),
                error_messages={"required": _("Say in a few words why. The old version stays readable.")},
            )
            self.fields["measured_at"].kept = current.effective_at
            self.fields["spo2_scale_2_authorised_at"].kept = current.spo2_scale_2_authorised_at
            for name in ("pain_at_rest", "pain_on_movement", "pain_scale"):
                offer_stored(self.fields[name], self.initial.get(name))
        self.helper = baseline_page_helper(corrects=bool(current))

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not self._entered():
            self.add_error(None, _("Nothing was entered, so nothing was saved."))
        return cleaned

    def corrects(self) -> Baseline | None:
        return self.current

    def says_the_same(self, stored: Baseline) -> bool:
        """Whether a stored version is this very form, so that it was only sent twice."""
        columns = {"effective_at": self.cleaned_data["measured_at"], **self._columns()}
        return stored.correction_reason == self.cleaned_data.get("reason", "") and all(
            getattr(stored, name) == value or (getattr(stored, name) in _BLANK and value in _BLANK)
            for name, value in columns.items()
        )

    def refer_to(self, current: Baseline) -> None:
        """After somebody else's version the page comes back against that one, for a person to compare and save."""
        self.data = self.data.copy()
        self.data["replaces"] = str(current.public_id)


def stored_values(baseline: Baseline) -> dict:
    """A stored baseline as its correction shows it."""
    measured = (name for name in (*VITALS_FIELDS, *BODY_FIELDS) if not name.startswith("temperature"))
    return {
        **{name: getattr(baseline, name) for name in (*measured, *_OWN_COLUMNS)},
        "measured_at": baseline.effective_at,
        "temperature": baseline.temperature_celsius,
        **typed_pain(baseline),
        **baseline.neurology,
    }
