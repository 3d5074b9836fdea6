"""What a patient answers at a follow-up contact: the part of the observation form that can be asked by phone."""

from datetime import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.forms.bedside_layout import beside, checks, entry, in_line, pain_scale, part, section, stacked
from followup.forms.dose_rows import PARTS, name_of
from followup.forms.observation_form import ObservationForm, Source
from followup.models import FollowUpContact
from followup.red_flags.neurology import SAID_FIELDS
from followup.selectors.bedside import Bedside
from kyphotrack.staff.form_pages import issue_token

_PROBLEMS = (
    "dyspnoea", "chest_pain", "haemoptysis", "syncope", "rigors", "calf_swelling_or_pain", "fall",
    "wound_redness_over_2_cm", "wound_discharge", "wound_pus", "wound_warmth", "wound_opening", "expanding_swelling",
    "dressing_soaked_twice",
)  # fmt: skip
_NOT_SURE = _("A patient who is not sure: enter the worse answer, so that nothing is missed.")
_NEUROLOGY = ("saddle_sensation", "urinary_incontinence", "voiding", "bowel", "radicular_leg_pain")


class ContactAnswersForm(ObservationForm):
    """The questions of clinical-spec 9, bound to one contact. What it does not ask stays unknown."""

    def __init__(self, request: HttpRequest, *, contact: FollowUpContact, bedside: Bedside, now: datetime):
        super().__init__(request, bedside=bedside, now=now)
        self._binding = ("contact answers", contact.public_id, request.user)
        self.fields["form_token"].initial = issue_token(*self._binding)
        self.fields["source"] = forms.ChoiceField(
            label=_("How"),
            choices=[(Source.PHONE.value, _("By phone")), (Source.NURSE.value, _("With the patient"))],
            widget=forms.RadioSelect,
            error_messages={"required": _("Say how it was asked.")},
        )
        # Hesitancy is for an examiner; who finds it newly hard is taken at the word (Q7).
        voiding = self.fields["voiding"]
        voiding.choices = [one for one in voiding.choices if one[0] != "HESITANCY"]
        self.helper = FormHelper()
        self.helper.form_show_errors = False
        self.helper.attrs = {"novalidate": "", "autocomplete": "off"}
        self.helper.layout = Layout(
            "form_token",
            part("problems"),
            entry("effective_at"),
            stacked("source"),
            section(
                _("Pain"),
                in_line("pain_at_rest"),
                in_line("pain_on_movement"),
                pain_scale(),
                Div(*map(stacked, ("new_pain_site", "sudden_onset")), css_class="bedside-grid"),
                checks("pain_sites"),
            ),
            section(_("Walking"), entry("gait")),
            section(
                _("Pain medicine"),
                Div(*map(stacked, ("took_analgesia", "pain_relief")), css_class="bedside-grid"),
                *(
                    Div(*(entry(name_of(row, one)) for one in PARTS), css_class="bedside-grid dose-row")
                    for row in range(1, self.dose_rows + 1)
                ),
            ),
            section(
                _("Legs, feeling, bladder, bowel"),
                beside(_NOT_SURE),
                *map(in_line, SAID_FIELDS),
                *map(_choice, _NEUROLOGY),
            ),
            section(
                _("Problems"),
                beside(_NOT_SURE),
                Div(
                    *map(stacked, _PROBLEMS),
                    Field("temperature", template="followup/observation_fields/temperature.html"),
                    css_class="bedside-grid",
                ),
            ),
            section(_("Note"), entry("note")),
            part("save"),
        )


def _choice(name: str) -> object:
    return stacked(name) if name == "saddle_sensation" else entry(name)
