"""The baseline on a page: pain, vital signs, and the whole neurological examination, unfolded."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django.utils.translation import gettext_lazy as _

from followup.forms.bedside_layout import (
    beside,
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
from followup.red_flags.neurology import DERMATOMES, ROOTS


def bedside_helper(*layout: object) -> FormHelper:
    """A form whose field templates show the errors beside each field."""
    helper = FormHelper()
    helper.form_show_errors = False
    helper.attrs = {"novalidate": ""}
    helper.layout = Layout("form_token", part("problems"), *layout)
    return helper


def baseline_page_helper(*, corrects: bool) -> FormHelper:
    reason = [entry("reason", "span-2")] if corrects else []
    return bedside_helper(
        "replaces",
        Div(entry("measured_at", "span-2"), *reason, css_class="bedside-grid"),
        *baseline_sections(),
        HTML('{% include "followup/procedure_save.html" with words=_("Save the baseline") %}'),
    )


def baseline_sections() -> list[Div]:
    return [
        section(
            _("Pain before the procedure"),
            in_line("pain_at_rest"),
            in_line("pain_on_movement"),
            checks("pain_sites"),
            checks("pain_characters"),
            pain_scale(),
        ),
        section(_("Vital signs before the procedure"), *vital_signs()),
        section(
            _("Power before the procedure, MRC 0–5"),
            fill("motor_", "5", _("I examined them: mark all muscles that are still blank 5")),
            *map(muscle_pair, ROOTS),
        ),
        section(
            _("Feeling before the procedure"),
            fill("sensory_", "NORMAL", _("I examined them: mark all places that are still blank normal")),
            *(stacked_pair(f"sensory_{dermatome}") for dermatome in DERMATOMES),
            stacked("saddle_sensation"),
            entry_pair("trunk_sensory_level"),
        ),
        section(
            _("Bladder, bowel, walking, reflexes before the procedure"),
            _grid("voiding", "urinary_incontinence", "post_void_residual_ml", "bowel", "anal_tone", "gait"),
            entry_pair("babinski"),
            entry_pair("clonus"),
            _grid("tone", "radicular_leg_pain", "asia_impairment_scale"),
        ),
        section(
            _("Weight and blood before the procedure"),
            Div(
                *map(entry, ("weight_kilograms", "height_centimetres", "haemoglobin_grams_per_decilitre", "inr")),
                *map(entry, ("platelets_per_nanolitre", "egfr_ml_per_minute")),
                entry("egfr_measured_on", "span-2"),
                css_class="bedside-grid",
            ),
        ),
        section(
            _("For a scan, and for the oxygen score"),
            _grid("mri_safety", "mri_safety_note", "allergies"),
            Div(
                *map(stacked, ("acute_kidney_injury", "on_dialysis", "takes_metformin", "pregnancy_possible")),
                stacked("contrast_reaction", "span-2"),
                stacked("gadolinium_anaphylaxis", "span-2"),
                css_class="bedside-grid",
            ),
            beside(
                _(
                    "SpO₂ is scored on scale 2 only where a clinician documented hypercapnic respiratory failure with a"
                    " prescribed target of 88–92 %: name the clinician, and when."
                )
            ),
            _grid("spo2_scale_2_authorised_by", "spo2_scale_2_authorised_at"),
        ),
    ]


def _grid(*names: str) -> Div:
    return Div(*(entry(name, "span-2") for name in names), css_class="bedside-grid")
