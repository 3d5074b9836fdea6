"""The fields that baseline and observation forms share: vital signs, weight, haemoglobin, pain, neurology.

Impossible values are refused beside the field with the allowed range. Alarming ones are asked about once and then
taken. Nothing is filled in beforehand with a normal value.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import (
    SEEN_EMPTY,
    DecimalNumber,
    OtherUnit,
    YesNo,
    choices_with_blank,
    decimal_number,
    whole_number,
)
from followup.forms.confirmation import AsksToConfirm
from followup.forms.pain_answers import MILLIMETRES, clean_pain, pain_columns
from followup.forms.second_look import POUND, ask_about_weight
from followup.forms.site_moment import SiteMomentField
from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS, NT, Field
from followup.red_flags.news2 import HARD_LIMITS, SOFT_LIMITS, celsius_from_fahrenheit
from followup.selectors.known_weight import last_known_weight
from kyphotrack.language import said_later
from patients.models import Patient
from procedures.models import MeasuredState

UNITS = {
    "respiration_rate": "/min",
    "spo2_percent": "%",
    "oxygen_flow_litres_per_minute": "L/min",
    "inspired_oxygen_percent": "%",
    "systolic_mmhg": "mmHg",
    "diastolic_mmhg": "mmHg",
    "pulse_per_minute": "/min",
    "temperature_celsius": "°C",
}
_WHOLE_NUMBERS = {
    "respiration_rate": _("Respiration rate"),
    "spo2_percent": "SpO₂",
    "systolic_mmhg": _("Systolic"),
    "diastolic_mmhg": _("Diastolic"),
    "pulse_per_minute": _("Pulse"),
}
VITALS_FIELDS = (
    "respiration_rate", "spo2_percent", "supplemental_oxygen", "oxygen_device", "oxygen_flow_litres_per_minute",
    "inspired_oxygen_percent", "systolic_mmhg", "diastolic_mmhg", "pulse_per_minute", "consciousness", "temperature",
    "temperature_unit",
)  # fmt: skip
BODY_FIELDS = ("weight_kilograms", "haemoglobin_grams_per_decilitre")
_CONSCIOUSNESS = [
    ("A", _("A alert")), ("C", _("C new confusion")), ("V", _("V to voice")), ("P", _("P to pain")), ("U", _("U unresponsive")),
]  # fmt: skip
_CELSIUS, _FAHRENHEIT = "C", "F"
# As the columns allow (procedures.models.measured_state).
_INSPIRED_OXYGEN = (21, 100)
_WEIGHT = (20, 350)
_HAEMOGLOBIN = (2, 25)
_POSSIBLE_TEMPERATURE = _("Possible is 25.0 to 45.0 °C (77 to 113 °F).")


def neurology_field(field: Field, *, as_buttons: bool = False) -> forms.Field:
    """The form field of one item of the exam; its answers come from the catalogue."""
    label = said_later(field.label[0].upper() + field.label[1:])
    answers = [(code, said_later(words)) for code, words in field.choices]
    if field.kind == "boolean":
        return YesNo(label=label)
    if field.kind == "millilitres":
        return whole_number(label, 0, 2000, "mL")
    if field.kind == "time":
        return SiteMomentField(label)
    if field.kind == "motor_fields":
        return forms.MultipleChoiceField(
            label=label,
            choices=[(name, said_later(CATALOGUE[name].label)) for name in MOTOR_FIELDS],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    if as_buttons:
        short = [(code, code if is_a_grade(code) else words) for code, words in answers]
        return forms.ChoiceField(
            label=label, choices=choices_with_blank(short), required=False, widget=forms.RadioSelect
        )
    return forms.ChoiceField(label=label, choices=[("", _("not examined")), *answers], required=False)


def is_a_grade(code: str) -> bool:
    """A power grade, or not testable: the code says it, and there is no room for more."""
    return code.isdigit() or code == NT


def vitals_fields() -> dict[str, forms.Field]:
    numbers = {
        name: whole_number(f"{label} {UNITS[name]}", *map(int, HARD_LIMITS[name]), UNITS[name])
        for name, label in _WHOLE_NUMBERS.items()
    }
    return {
        "respiration_rate": numbers["respiration_rate"],
        "spo2_percent": numbers["spo2_percent"],
        "supplemental_oxygen": YesNo(label=_("Oxygen given")),
        "oxygen_device": forms.CharField(
            label=_("Oxygen device"), required=False, max_length=60, widget=forms.TextInput(attrs=SEEN_EMPTY)
        ),
        "oxygen_flow_litres_per_minute": decimal_number(
            _("Flow L/min"), *HARD_LIMITS["oxygen_flow_litres_per_minute"], UNITS["oxygen_flow_litres_per_minute"]
        ),
        "inspired_oxygen_percent": whole_number("FiO₂ %", *_INSPIRED_OXYGEN, "%"),
        "systolic_mmhg": numbers["systolic_mmhg"],
        "diastolic_mmhg": numbers["diastolic_mmhg"],
        "pulse_per_minute": numbers["pulse_per_minute"],
        "consciousness": forms.ChoiceField(
            label=_("Consciousness"),
            choices=choices_with_blank(_CONSCIOUSNESS),
            required=False,
            widget=forms.RadioSelect,
        ),
        "temperature": DecimalNumber(
            label=_("Temperature"),
            required=False,
            max_digits=6,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "6"}),
            error_messages=dict.fromkeys(
                ("invalid", "max_digits", "max_whole_digits", "max_decimal_places"),
                format_lazy(_("Enter a number, such as 36.8. {possible}"), possible=_POSSIBLE_TEMPERATURE),
            ),
        ),
        "temperature_unit": forms.ChoiceField(
            label=_("Unit"), choices=[(_CELSIUS, "°C"), (_FAHRENHEIT, "°F")], initial=_CELSIUS, required=False,
            widget=forms.RadioSelect,
        ),
    }  # fmt: skip


def body_fields() -> dict[str, forms.Field]:
    return {
        "weight_kilograms": decimal_number(_("Weight kg"), *_WEIGHT, "kg", [POUND]),
        "haemoglobin_grams_per_decilitre": decimal_number(
            _("Haemoglobin g/dL"), *_HAEMOGLOBIN, "g/dL", [OtherUnit("g/L", Decimal("0.1"))]
        ),
    }


def neurology_fields(names: Iterable[str], *, as_buttons: Iterable[str] = ()) -> dict[str, forms.Field]:
    buttons = set(as_buttons)
    return {name: neurology_field(CATALOGUE[name], as_buttons=name in buttons) for name in names}


class MeasuredStateForm(AsksToConfirm):
    """Validation of the shared fields, for forms that take part of them. Mix in before the page's form class."""

    patient: Patient

    def corrects(self) -> MeasuredState | None:
        """The stored row that this form corrects, if it does."""
        return None

    def height_centimetres(self) -> Decimal | None:
        """The patient's height, where it is known."""
        return None

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if "temperature" in self.fields:
            self._clean_temperature(cleaned)
        systolic, diastolic = cleaned.get("systolic_mmhg"), cleaned.get("diastolic_mmhg")
        if systolic is not None and diastolic is not None and diastolic >= systolic:
            self.add_error("diastolic_mmhg", _("The diastolic pressure must be below the systolic."))
        if cleaned.get("supplemental_oxygen") is False and cleaned.get("oxygen_flow_litres_per_minute"):
            self.add_error("supplemental_oxygen", _("A flow is entered, but oxygen is answered with no."))
        on_air = cleaned.get("supplemental_oxygen") is False
        if on_air and (cleaned.get("inspired_oxygen_percent") or 0) > _INSPIRED_OXYGEN[0]:
            self.add_error("supplemental_oxygen", _("More than 21 % is entered, but oxygen is answered with no."))
        if MILLIMETRES[0] in self.fields:
            clean_pain(self)
        for name in cleaned.get("pain_limited", []):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Limited by pain, but no power is entered."))
        self._ask_about_alarming_values(cleaned)
        return cleaned

    def _clean_temperature(self, cleaned: dict) -> None:
        typed = cleaned.get("temperature")
        cleaned["temperature_celsius"] = None
        if typed is None:
            return
        in_fahrenheit = cleaned.get("temperature_unit") == _FAHRENHEIT
        celsius = celsius_from_fahrenheit(typed) if in_fahrenheit else typed.quantize(Decimal("0.1"), ROUND_HALF_UP)
        low, high = HARD_LIMITS["temperature_celsius"]
        usual_low, usual_high = SOFT_LIMITS["temperature_celsius"]
        if low <= celsius <= high:
            cleaned["temperature_celsius"] = celsius
            if not usual_low <= celsius <= usual_high:
                self.ask(
                    "temperature",
                    format_lazy(_("{celsius} °C (typed as {typed} °F)"), celsius=celsius, typed=typed)
                    if in_fahrenheit
                    else f"{celsius} °C",
                )
        elif in_fahrenheit and low <= typed <= high:
            self.add_error(
                "temperature",
                format_lazy(_("{typed} °F is impossible. Did you mean {typed} °C? Choose the unit °C."), typed=typed),
            )
        elif not in_fahrenheit and low <= celsius_from_fahrenheit(typed) <= high:
            self.add_error(
                "temperature",
                format_lazy(_("{typed} °C is impossible. Did you mean {typed} °F? Choose the unit °F."), typed=typed),
            )
        else:
            self.add_error("temperature", _POSSIBLE_TEMPERATURE)

    def _ask_about_alarming_values(self, cleaned: dict) -> None:
        """Each value outside the usual range is taken once somebody has confirmed this very value."""
        for name in _WHOLE_NUMBERS:
            low, high = SOFT_LIMITS.get(name, HARD_LIMITS[name])
            value = cleaned.get(name)
            if value is not None and not low <= value <= high:
                self.ask(name, f"{value} {UNITS[name]}")
        if cleaned.get("supplemental_oxygen") and "oxygen_device" in cleaned and not cleaned["oxygen_device"]:
            self.ask("oxygen_device", _("oxygen without a device"))
        if cleaned.get("weight_kilograms") is not None:
            ask_about_weight(
                self,
                cleaned["weight_kilograms"],
                known=last_known_weight(self.patient, instead_of=self.corrects()),
                height_centimetres=self.height_centimetres(),
            )

    def measured_answers(self) -> dict:
        """Model columns of the shared fields; blank ones are unknown."""
        cleaned = self.cleaned_data
        columns = {
            name: cleaned[name]
            for name in (*VITALS_FIELDS, *BODY_FIELDS)
            if name in cleaned and not name.startswith("temperature")
        }
        columns |= {"temperature_celsius": cleaned.get("temperature_celsius"), **pain_columns(cleaned)}
        answered = {name: cleaned[name] for name in CATALOGUE if cleaned.get(name) not in (None, "", [])}
        columns["neurology"] = {
            name: answer.astimezone(UTC).isoformat() if isinstance(answer, datetime) else answer
            for name, answer in answered.items()
        }
        return columns
