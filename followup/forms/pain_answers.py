"""The pain part of a form: scores as buttons, or as millimetres of a 100 mm line, with the scale that they are on."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import choices_with_blank, whole_number
from followup.selectors.labels import PAIN_SITES
from kyphotrack.language import said_later
from procedures.models import MeasuredState

PainScale = MeasuredState.PainScale
SCORES = ("pain_at_rest", "pain_on_movement")
PAIN_FIELDS = (*SCORES, "pain_scale", "pain_sites", "pain_characters")
_LONGEST_LINE = 100


def millimetres_of(score: str) -> str:
    """The name of the box in millimetres that belongs to a score."""
    return f"{score}_mm"


MILLIMETRES = tuple(map(millimetres_of, SCORES))


def pain_fields() -> dict[str, forms.Field]:
    return {
        "pain_at_rest": _score(_("Pain at rest")),
        "pain_on_movement": _score(_("Pain on movement")),
        "pain_scale": forms.ChoiceField(
            label=_("Scale"), choices=PainScale.choices, required=False, initial=PainScale.NRS
        ),
        "pain_at_rest_mm": whole_number(_("Pain at rest, mm"), 0, _LONGEST_LINE, "mm"),
        "pain_on_movement_mm": whole_number(_("Pain on movement, mm"), 0, _LONGEST_LINE, "mm"),
        "pain_sites": forms.MultipleChoiceField(
            label=_("Where"),
            choices=[(code, said_later(words.capitalize())) for code, words in PAIN_SITES.items()],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        ),
        "pain_characters": forms.MultipleChoiceField(
            label=_("What it is like"),
            choices=MeasuredState.PainCharacter.choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        ),
    }


def _score(label: str) -> forms.TypedChoiceField:
    """0 to 10 as a row of buttons."""
    return forms.TypedChoiceField(
        label=label,
        choices=choices_with_blank((str(number), str(number)) for number in range(_LONGEST_LINE // 10 + 1)),
        coerce=Decimal,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose a number from 0 to 10.")},
    )


def clean_pain(form: forms.Form) -> None:
    """Millimetres become the score, a tenth of them, on the scale VAS_MM. One observation has one scale."""
    cleaned = form.cleaned_data
    typed = {score: cleaned.get(millimetres_of(score)) for score in SCORES}
    in_millimetres = any(value is not None for value in typed.values())
    chosen = cleaned.get("pain_scale")
    if in_millimetres and chosen in (PainScale.VERBAL, PainScale.PAINAD):
        form.add_error("pain_scale", _("Millimetres belong to the line of 100 mm. Choose that scale, or clear them."))
    for score, millimetres in typed.items():
        if cleaned.get(score) is None:
            continue
        if millimetres is not None:
            form.add_error(millimetres_of(score), _("Give either millimetres or a score from 0 to 10, not both."))
        elif in_millimetres or chosen == PainScale.VAS_MM:
            form.add_error(score, _("On the line of 100 mm, enter this score in millimetres."))
    if in_millimetres and not form.errors:
        cleaned["pain_scale"] = PainScale.VAS_MM
        cleaned |= {score: Decimal(mm) / 10 for score, mm in typed.items() if mm is not None}


def pain_columns(cleaned: dict) -> dict:
    """The columns of the pain part. A scale without a score says nothing, so it stays blank."""
    columns = {name: cleaned[name] for name in PAIN_FIELDS if name in cleaned}
    if all(columns.get(score) is None for score in SCORES):
        columns["pain_scale"] = ""
    return columns


def typed_pain(row: MeasuredState) -> dict:
    """A stored row as the form shows it: "3", not "3.0", since the buttons are whole numbers; a VAS in millimetres."""
    on_line = row.pain_scale == PainScale.VAS_MM
    values: dict = {"pain_sites": row.pain_sites, "pain_characters": row.pain_characters}
    for score in SCORES:
        stored = getattr(row, score)
        shown = None if stored is None else f"{(stored * 10 if on_line else stored).normalize():f}"
        values |= {score: None if on_line else shown, millimetres_of(score): shown if on_line else None}
    return values | ({"pain_scale": row.pain_scale} if row.pain_scale else {})


def offer_stored(field: forms.ChoiceField, stored: object) -> None:
    """A correction shows the stored answer also where the form offers no such choice, as 3.5 from an import."""
    if stored and str(stored) not in {str(code) for code, _words in field.choices}:
        field.choices = [*field.choices, (stored, stored)]
