"""One observation at the bedside: which fields there are, what they refuse, and what they hand to the service.

The order on the page and the look of the fields stand in `observation_layout`.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import YesNo, buttons
from followup.forms.dose_rows import COLUMNS, clean_doses, dose_fields, rows_for
from followup.forms.measured_state_fields import MeasuredStateForm, body_fields, neurology_fields, vitals_fields
from followup.forms.observation_layout import observation_helper
from followup.forms.observation_values import typed_values
from followup.forms.pain_answers import offer_stored, pain_fields
from followup.forms.site_moment import SiteMomentField
from followup.models import Observation
from followup.red_flags.neurology import CATALOGUE, MOTOR_FIELDS, SAID_FIELDS, SENSORY_FIELDS, TRUNK_FIELDS
from followup.selectors.bedside import Bedside
from followup.services.observations import CLOCK_TOLERANCE
from kyphotrack.staff.form_pages import PageForm

Source = Observation.Source
# How far back an onset, a dose or the last void may lie (clinical-spec 0).
_LONGEST_AGO = timedelta(days=30)
_YES_NO = {
    "new_pain_site": _("Hurts in a new place"),
    "sudden_onset": _("Came on suddenly"),
    "took_analgesia": _("Took pain medicine since the last check"),
    "fall": _("Fell since the last contact"),
    "dyspnoea": _("Short of breath"),
    "chest_pain": _("Chest pain"),
    "haemoptysis": _("Coughing blood"),
    "syncope": _("Fainted or nearly"),
    "rigors": _("Shaking chills"),
    "wound_redness_over_2_cm": _("Redness over 2 cm"),
    "wound_discharge": _("Wound discharge"),
    "wound_pus": _("Pus"),
    "wound_warmth": _("Wound warm"),
    "wound_opening": _("Wound open"),
    "expanding_swelling": _("Swelling that grows"),
    "dressing_soaked_twice": _("Dressing soaked twice in 1 h"),
    "urticaria": _("Hives"),
    "wheeze": _("Wheeze"),
    "lip_swelling": _("Lips or tongue swollen"),
    "calf_swelling_or_pain": _("One calf newly swollen or sore"),
    "rib_tenderness": _("A rib tender to touch"),
    "walked": _("Got up and walked"),
    "orthostatic_symptoms": _("Dizzy or faint on standing"),
}
_CHOICES = {
    "pain_trigger": (_("Came on with"), Observation.PainTrigger.choices),
    "pain_relief": (_("Relief by what was given"), Observation.PainRelief.choices),
    "puncture_site": (_("Puncture site"), Observation.PunctureSite.choices),
}
_OWN_COLUMNS = ("effective_at", *_YES_NO, *_CHOICES, "pain_onset_at", "note")
# What is there without anybody having answered a question.
_NO_ANSWER = ("effective_at", "pain_scale")
# Fields that stand inside another one, or are not shown.
_DESCRIBED_BY_OTHERS = ("form_token", "pain_limited", "temperature_unit")


class ObservationForm(MeasuredStateForm, PageForm):
    """Bound to one episode (or to the observation that it corrects), to one person, and sent once."""

    def __init__(self, request: HttpRequest, *, bedside: Bedside, now: datetime, correcting: Observation | None = None):
        self.bedside, self.now, self.correcting = bedside, now, correcting
        self.patient = bedside.procedure.patient
        self.doses: list[dict] = []
        old_doses = list(correcting.doses.order_by("pk")) if correcting else []
        self.dose_rows = rows_for(old_doses)
        super().__init__(
            request,
            purpose="correct observation" if correcting else "log observation",
            subject_id=correcting.public_id if correcting else bedside.procedure.public_id,
            initial=typed_values(correcting, old_doses) if correcting else {"effective_at": now},
        )
        self.fields.update(self._fields())
        self._describe_fields()
        self.helper = observation_helper(self)

    def _fields(self) -> dict[str, forms.Field]:
        names = [name for name in CATALOGUE if self.bedside.thoracic or name not in TRUNK_FIELDS]
        neurology = neurology_fields(
            names, as_buttons=[*MOTOR_FIELDS, *SENSORY_FIELDS, *SAID_FIELDS, "saddle_sensation"]
        )
        fields = {
            "effective_at": self._moment(_("Measured at"), required=True, limited=False),
            **vitals_fields(),
            **body_fields(),
            **pain_fields(),
            **{name: YesNo(label=label) for name, label in _YES_NO.items()},
            **{name: buttons(label, choices) for name, (label, choices) in _CHOICES.items()},
            **dose_fields(self.dose_rows, self._moment),
            **neurology,
            "pain_onset_at": self._moment(_("Since when")),
            "last_void_at": self._moment(_("Last passed urine at")),
            "note": forms.CharField(
                label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
            ),
        }
        for name in ("pain_at_rest", "pain_on_movement", "pain_scale"):
            offer_stored(fields[name], self.initial.get(name))
        if self.bedside.procedure.discharged_at and not self.correcting:
            fields["source"] = forms.ChoiceField(
                label=_("How"),
                choices=[(Source.PHONE.value, _("By phone")), (Source.NURSE.value, _("With the patient"))],
                initial=Source.PHONE,
                widget=forms.RadioSelect,
            )
        if self.correcting:
            fields["correction_reason"] = forms.CharField(
                label=_("Why it is corrected"),
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"required": _("Say in a few words why it is corrected.")},
            )
        return fields

    def _moment(self, label: str, *, required: bool = False, limited: bool = True) -> SiteMomentField:
        return SiteMomentField(
            label,
            required=required,
            latest=self.now + CLOCK_TOLERANCE,
            earliest=self.bedside.procedure.time_zero - _LONGEST_AGO if limited else None,
            too_early=_("This time lies more than 30 days before the procedure."),
        )

    def _describe_fields(self) -> None:
        """What the page shows with each field, and what a screen reader reads with it."""
        for name, field in self.fields.items():
            stored_as = "temperature_celsius" if name == "temperature" else name
            field.beside = self.bedside.beside.get(stored_as)
            if name not in _DESCRIBED_BY_OTHERS:
                below = (f"{name}_beside", f"{name}_errors") if field.beside else (f"{name}_errors",)
                field.widget.attrs["aria-describedby"] = " ".join(below)
            if isinstance(field, SiteMomentField):
                field.kept = self.initial.get(name) if self.correcting else None

    def corrects(self) -> Observation | None:
        return self.correcting

    def height_centimetres(self) -> Decimal | None:
        return self.bedside.height_centimetres

    def clean(self) -> dict:
        cleaned = super().clean()
        self.doses = clean_doses(self, self.dose_rows)
        self._take_time_zero_for_its_minute(cleaned)
        if not self.errors and not self._anything_answered():
            self.add_error(None, _("Nothing was entered, so nothing was saved."))
        return cleaned

    def _take_time_zero_for_its_minute(self, cleaned: dict) -> None:
        """A time typed to the minute must not lie before a T0 in that same minute."""
        time_zero = self.bedside.procedure.time_zero
        typed = cleaned.get("effective_at")
        if typed and time_zero - timedelta(minutes=1) < typed < time_zero and typed.minute == time_zero.minute:
            cleaned["effective_at"] = time_zero

    def _anything_answered(self) -> bool:
        answers = self.answers()
        return bool(self.doses) or any(
            value not in (None, "", [], {}) for name, value in answers.items() if name not in _NO_ANSWER
        )

    def answers(self) -> dict:
        """Columns of an Observation; what was not asked is empty."""
        return self.measured_answers() | {name: self.cleaned_data.get(name) for name in _OWN_COLUMNS}

    def source(self) -> str:
        """A symptom told by phone weighs more than one on the ward, where somebody can measure (rules C3 and C4)."""
        return self.cleaned_data.get("source") or Source.NURSE

    def is_what_was_saved(self, saved: Observation) -> bool:
        """Whether a stored observation says the same, so that this form was only sent twice."""
        doses = [{part: getattr(dose, part) for part in COLUMNS} for dose in saved.doses.order_by("pk")]
        return doses == self.doses and all(getattr(saved, name) == value for name, value in self.answers().items())
