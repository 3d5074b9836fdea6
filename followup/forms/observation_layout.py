"""The observation form on the page, in the order of the bedside: what is routine first, what is rare folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django.utils.translation import gettext_lazy as _

from followup.forms.bedside_layout import (
    Disclosure,
    checks,
    entry,
    entry_pair,
    fill,
    in_line,
    muscle_pair,
    pain_scale,
    part,
    section,
    stacked,
    stacked_pair,
    vital_signs,
)
from followup.forms.dose_rows import PARTS, name_of
from followup.forms.measured_state_fields import BODY_FIELDS
from followup.red_flags.neurology import DERMATOMES, SAID_FIELDS

if TYPE_CHECKING:
    from followup.forms.observation_form import ObservationForm


def observation_helper(form: ObservationForm) -> FormHelper:
    due = form.bedside.due
    full_neurology = due.wants_full_neurology and not form.correcting
    helper = FormHelper()
    helper.form_id = "observation-form"
    helper.form_show_errors = False  # each field's own template shows them beside it
    helper.attrs = {"novalidate": "", "autocomplete": "off"}
    helper.layout = Layout(
        "form_token",
        part("problems"),
        Div(
            part("heading"),
            Div(
                entry("effective_at"),
                part("typed_at"),
                *([stacked("source")] if "source" in form.fields else []),
                *([entry("correction_reason")] if form.correcting else []),
            ),
            css_class="bedside-top",
        ),
        section(_("Vital signs"), *vital_signs()),
        section(_("Pain"), *_pain(form.dose_rows)),
        section(_("Chest"), Div(*map(stacked, _CHEST), css_class="bedside-grid")),
        section(
            _("Neurology"),
            *(muscle_pair(root) for root in ("L4", "S1")),
            Div(*map(stacked, ("numbness", "voided", "leg_pain")), part("void_clock"), css_class="bedside-grid"),
            Disclosure(_("Full examination"), *_full_neurology(thoracic=form.bedside.thoracic), wanted=full_neurology),
            Disclosure(_("In the patient's words, where nobody examines"), *map(stacked, SAID_FIELDS)),
            Disclosure(_("Bladder and bowel"), _bladder(), wanted=full_neurology or due.wants_bladder_scan),
        ),
        section(
            _("Wound, bleeding, getting up"),
            Disclosure(
                _("Infection, bleeding, allergy"),
                fill(" ".join(_COMPLICATIONS), "no", _("I asked and looked: all that are still blank are no")),
                Div(*map(stacked, _COMPLICATIONS), css_class="bedside-grid"),
                css_id="complications",
            ),
            Disclosure(
                _("Getting up, weight, haemoglobin"),
                Div(
                    *map(stacked, ("walked", "orthostatic_symptoms")),
                    *map(entry, BODY_FIELDS),
                    css_class="bedside-grid",
                ),
            ),
        ),
        section(_("Note"), entry("note")),
        part("save"),
    )
    return helper


_CHEST = ("dyspnoea", "chest_pain", "haemoptysis", "syncope")
_COMPLICATIONS = (
    "rigors", "wound_redness_over_2_cm", "wound_discharge", "wound_pus", "wound_warmth", "wound_opening",
    "expanding_swelling", "dressing_soaked_twice", "urticaria", "wheeze", "lip_swelling", "calf_swelling_or_pain",
    "rib_tenderness",
)  # fmt: skip


def _pain(dose_rows: int) -> list[object]:
    return [
        in_line("pain_at_rest"),
        in_line("pain_on_movement"),
        Div(
            stacked("new_pain_site"),
            stacked("sudden_onset"),
            stacked("puncture_site", "span-2"),
            css_class="bedside-grid",
        ),
        Disclosure(
            _("Where, since when, a fall, what was given"),
            checks("pain_sites"),
            checks("pain_characters"),
            Div(stacked("fall", "span-2"), entry("pain_onset_at", "span-2"), css_class="bedside-grid"),
            stacked("pain_trigger"),
            pain_scale(),
            *(
                Div(*(entry(name_of(row, part)) for part in PARTS), css_class="bedside-grid dose-row")
                for row in range(1, dose_rows + 1)
            ),
            Div(stacked("pain_relief", "span-2"), stacked("took_analgesia", "span-2"), css_class="bedside-grid"),
            css_id="pain-details",
        ),
    ]


def _full_neurology(*, thoracic: bool) -> list[object]:
    return [
        *(muscle_pair(root) for root in ("L2", "L3", "L5")),
        stacked("residual_anaesthetic"),
        HTML('<h3>{% translate "Feeling" %}</h3>'),
        *(stacked_pair(f"sensory_{dermatome}") for dermatome in DERMATOMES),
        stacked("saddle_sensation"),
        *([entry_pair("trunk_sensory_level")] if thoracic else []),
        HTML('<h3>{% translate "Reflexes, tone, walking" %}</h3>'),
        entry_pair("babinski"),
        entry_pair("clonus"),
        Div(
            *(entry(name, "span-2") for name in ("anal_tone", "tone", "radicular_leg_pain", "gait")),
            entry("asia_impairment_scale", "span-2"),
            css_class="bedside-grid",
        ),
    ]


def _bladder() -> Div:
    return Div(
        *(
            entry(name, "span-2")
            for name in ("voiding", "last_void_at", "urinary_incontinence", "post_void_residual_ml", "bowel")
        ),
        css_class="bedside-grid",
    )
