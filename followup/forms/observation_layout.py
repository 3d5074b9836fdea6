"""The observation form on the page, in the order of the bedside: what is routine first, what is rare folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms

from followup.forms.dose_rows import PARTS, name_of
from followup.red_flags.neurology import DERMATOMES, SIDES

if TYPE_CHECKING:
    from followup.forms.observation_form import ObservationForm

_TEMPLATES = "followup/observation_fields"


def observation_helper(form: ObservationForm) -> FormHelper:
    due = form.bedside.due
    full_neurology = due.wants_full_neurology and not form.correcting
    helper = FormHelper()
    helper.form_id = "observation-form"
    helper.form_show_errors = False  # each field's own template shows them beside it
    helper.attrs = {"novalidate": "", "autocomplete": "off"}
    helper.layout = Layout(
        "form_token",
        _part("problems"),
        Div(
            _part("heading"),
            Div(
                _entry("effective_at"),
                _part("typed_at"),
                *([_stacked("source")] if "source" in form.fields else []),
                *([_entry("correction_reason")] if form.correcting else []),
            ),
            css_class="bedside-top",
        ),
        _section("Vital signs", *_vitals()),
        _section("Pain", *_pain(form.dose_rows)),
        _section("Chest", Div(*map(_stacked, _CHEST), css_class="bedside-grid")),
        _section(
            "Neurology",
            *(_muscle_pair(root) for root in ("L4", "S1")),
            Div(*map(_stacked, ("numbness", "voided", "leg_pain")), css_class="bedside-grid"),
            Disclosure("Full examination", *_full_neurology(thoracic=form.bedside.thoracic), wanted=full_neurology),
            Disclosure("Bladder and bowel", _bladder(), wanted=full_neurology or due.wants_bladder_scan),
        ),
        _section("Note", _entry("note")),
        _part("save"),
    )
    return helper


_CHEST = ("dyspnoea", "chest_pain", "haemoptysis", "syncope")


def _vitals() -> list[Div]:
    return [
        Div(
            _entry("respiration_rate"),
            _entry("spo2_percent"),
            Div(
                _stacked("supplemental_oxygen"),
                Div(
                    _entry("oxygen_device"),
                    _entry("oxygen_flow_litres_per_minute"),
                    css_class="bedside-grid oxygen-detail",
                ),
                css_class="span-2 oxygen",
            ),
            _entry("systolic_mmhg"),
            _entry("diastolic_mmhg"),
            _entry("pulse_per_minute"),
            Field("temperature", template=f"{_TEMPLATES}/temperature.html"),
            css_class="bedside-grid",
        ),
        Div(_in_line("consciousness")),
    ]


def _pain(dose_rows: int) -> list[object]:
    return [
        _in_line("pain_at_rest"),
        _in_line("pain_on_movement"),
        Div(
            _stacked("new_pain_site"),
            _stacked("sudden_onset"),
            _stacked("puncture_site", "span-2"),
            css_class="bedside-grid",
        ),
        Disclosure(
            "Where, since when, what was given",
            Field("pain_sites", template=f"{_TEMPLATES}/checks.html"),
            Div(_entry("pain_onset_at", "span-2"), _entry("pain_scale", "span-2"), css_class="bedside-grid"),
            _stacked("pain_trigger"),
            *(
                Div(*(_entry(name_of(row, part)) for part in PARTS), css_class="bedside-grid dose-row")
                for row in range(1, dose_rows + 1)
            ),
            Div(_stacked("pain_relief", "span-2"), _stacked("took_analgesia", "span-2"), css_class="bedside-grid"),
            css_id="pain-details",
        ),
    ]


def _full_neurology(*, thoracic: bool) -> list[object]:
    return [
        *(_muscle_pair(root) for root in ("L2", "L3", "L5")),
        _stacked("residual_anaesthetic"),
        HTML("<h3>Feeling</h3>"),
        *(_pair(f"sensory_{dermatome}") for dermatome in DERMATOMES),
        _stacked("saddle_sensation"),
        *([_entry_pair("trunk_sensory_level")] if thoracic else []),
        HTML("<h3>Reflexes, tone, walking</h3>"),
        _entry_pair("babinski"),
        _entry_pair("clonus"),
        Div(
            *(_entry(name, "span-2") for name in ("anal_tone", "tone", "radicular_leg_pain", "gait")),
            _entry("asia_impairment_scale", "span-2"),
            css_class="bedside-grid",
        ),
    ]


def _bladder() -> Div:
    return Div(
        *(
            _entry(name, "span-2")
            for name in ("voiding", "last_void_at", "urinary_incontinence", "post_void_residual_ml", "bowel")
        ),
        css_class="bedside-grid",
    )


def _section(title: str, *content: object) -> Div:
    return Div(HTML(f"<h2>{title}</h2>"), *content, css_class="bedside-section")


def _part(name: str) -> HTML:
    return HTML(f"{{% include '{_TEMPLATES}/{name}.html' %}}")


def _entry(name: str, width: str = "") -> Field:
    return Field(name, template=f"{_TEMPLATES}/entry.html", wrapper_class=width)


def _stacked(name: str, width: str = "") -> Field:
    """Choices below their label."""
    return Field(name, template=f"{_TEMPLATES}/choices.html", wrapper_class=width)


def _in_line(name: str) -> Field:
    """Choices beside their label, over the whole width."""
    return Field(name, template=f"{_TEMPLATES}/choices.html", wrapper_class="in-line")


def _muscle_pair(root: str) -> Div:
    return Div(
        *(Field(f"motor_{root}_{side}", template=f"{_TEMPLATES}/muscle.html") for side in SIDES),
        css_class="bedside-pair",
    )


def _pair(stem: str) -> Div:
    return Div(*(_stacked(f"{stem}_{side}") for side in SIDES), css_class="bedside-pair")


def _entry_pair(stem: str) -> Div:
    return Div(*(_entry(f"{stem}_{side}") for side in SIDES), css_class="bedside-pair")


class Disclosure(Div):
    """A folded part that works without scripts. It opens where it is wanted, or where anything is in it."""

    template = f"{_TEMPLATES}/disclosure.html"

    def __init__(self, summary: str, *fields: object, wanted: bool = False, css_id: str | None = None):
        super().__init__(*fields, css_id=css_id)
        self.summary, self.wanted = summary, wanted
        self.is_open = wanted

    def render(self, form: forms.Form, context, template_pack=None, **kwargs):
        names = [pointer.name for pointer in self.get_field_names()]
        self.is_open = self.wanted or any(_is_used(form, name) for name in names)
        return super().render(form, context, template_pack=template_pack, **kwargs)


def _is_used(form: forms.Form, name: str) -> bool:
    shown = form[name].value()
    return bool(form[name].errors) or (shown not in (None, "", []) and shown != form.fields[name].initial)
