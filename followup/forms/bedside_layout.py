"""What a bedside form is laid out with: entries, rows of buttons, left and right side by side, folded parts."""

from crispy_forms.layout import HTML, Div, Field
from django import forms
from django.utils.translation import gettext as _

from followup.red_flags.neurology import SIDES

_TEMPLATES = "followup/observation_fields"


def section(title: str, *content: object) -> Div:
    return Div(HTML(f"<h2>{title}</h2>"), *content, css_class="bedside-section")


def part(name: str) -> HTML:
    return HTML(f"{{% include '{_TEMPLATES}/{name}.html' %}}")


def entry(name: str, width: str = "") -> Field:
    return Field(name, template=f"{_TEMPLATES}/entry.html", wrapper_class=width)


def checks(name: str) -> Field:
    """Several may be chosen."""
    return Field(name, template=f"{_TEMPLATES}/checks.html")


def stacked(name: str, width: str = "") -> Field:
    """Choices below their label."""
    return Field(name, template=f"{_TEMPLATES}/choices.html", wrapper_class=width)


def in_line(name: str) -> Field:
    """Choices beside their label, over the whole width."""
    return Field(name, template=f"{_TEMPLATES}/choices.html", wrapper_class="in-line")


def muscle_pair(root: str) -> Div:
    return Div(
        *(Field(f"motor_{root}_{side}", template=f"{_TEMPLATES}/muscle.html") for side in SIDES),
        css_class="bedside-pair",
    )


def stacked_pair(stem: str) -> Div:
    return Div(*(stacked(f"{stem}_{side}") for side in SIDES), css_class="bedside-pair")


def entry_pair(stem: str) -> Div:
    return Div(*(entry(f"{stem}_{side}") for side in SIDES), css_class="bedside-pair")


def pain_scale() -> Div:
    """The scale, and the boxes in millimetres that a line of 100 mm is entered in."""
    return Div(
        entry("pain_scale", "span-2"),
        *map(entry, ("pain_at_rest_mm", "pain_on_movement_mm")),
        css_class="bedside-grid",
        css_id="pain-scale",
    )


def beside(words: str) -> HTML:
    """A line of explanation between fields."""
    return HTML(f'<p class="beside">{words}</p>')


def fill(names: str, answer: str, words: str) -> HTML:
    """A person's explicit act: all fields whose names start with one of `names` and that are blank get this answer.

    Without a script there is no such button, and each item is answered by itself.
    """
    return HTML(
        f'<p class="fill"><button type="button" class="btn btn-outline-secondary" data-fill="{names}" '
        f'data-with="{answer}" data-marked="{_("{} marked")}" hidden>{words}</button> <span role="status"></span></p>'
    )


def vital_signs() -> list[Div]:
    return [
        Div(
            entry("respiration_rate"),
            entry("spo2_percent"),
            Div(
                stacked("supplemental_oxygen"),
                Div(
                    entry("oxygen_device"),
                    entry("oxygen_flow_litres_per_minute"),
                    entry("inspired_oxygen_percent"),
                    css_class="bedside-grid oxygen-detail",
                ),
                css_class="span-2 oxygen",
            ),
            entry("systolic_mmhg"),
            entry("diastolic_mmhg"),
            entry("pulse_per_minute"),
            Field("temperature", template=f"{_TEMPLATES}/temperature.html"),
            css_class="bedside-grid",
        ),
        Div(in_line("consciousness")),
    ]


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
