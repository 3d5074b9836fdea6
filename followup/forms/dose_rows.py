"""The doses that were given for the pain: a few rows of the observation form, each filled in or left empty."""

import re
from collections.abc import Callable, Sequence

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import choices_with_blank
from followup.forms.confirmation import AsksToConfirm
from followup.models import MedicationDose
from followup.red_flags.analgesics import parse_amount

ROWS = 3
PARTS = ("drug", "dose", "route", "given_at")
# What a row becomes: the words as they were typed, and the amount that they give.
COLUMNS = (*PARTS, "amount", "unit")
_Drug = MedicationDose.Drug
_NO_OPIOID = ("", _Drug.PARACETAMOL, _Drug.NSAID, _Drug.METAMIZOLE)
_NUMBER_WITH_UNIT = re.compile(r"\d\s*(?:(?:mg|g|[µμu]g|mcg)s?(?![a-z])|milligram|gram|microgram)", re.IGNORECASE)
_EXAMPLE = _("Write one amount with its unit: 5 mg, 2.5 mg, 1 g, 50 µg, 25 µg/h.")


def rows_for(doses: Sequence[MedicationDose]) -> int:
    """Three rows, or as many as an imported observation already has."""
    return max(ROWS, len(doses))


def name_of(row: int, part: str) -> str:
    return f"dose_{row}_{part}"


def dose_fields(rows: int, moment: Callable[[str], forms.Field]) -> dict[str, forms.Field]:
    """The fields of all rows; `moment` makes the field of the time that a dose was given."""
    fields: dict[str, forms.Field] = {}
    for row in range(1, rows + 1):
        fields[name_of(row, "drug")] = forms.ChoiceField(
            label=format_lazy(_("Drug {row}"), row=row),
            choices=[("", "–"), *MedicationDose.Drug.choices],
            required=False,
        )
        fields[name_of(row, "dose")] = forms.CharField(
            label=format_lazy(_("Dose {row} with unit"), row=row),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("5 mg")}),
        )
        fields[name_of(row, "route")] = forms.ChoiceField(
            label=format_lazy(_("Route {row}"), row=row),
            choices=choices_with_blank(MedicationDose.Route.choices, "–"),
            required=False,
        )
        fields[name_of(row, "given_at")] = moment(format_lazy(_("Given {row} at"), row=row))
    return fields


def initial_doses(doses: Sequence[MedicationDose]) -> dict[str, object]:
    return {
        name_of(row, part): getattr(dose, part) or (_amount_words(dose) if part == "dose" else "")
        for row, dose in enumerate(doses, start=1)
        for part in PARTS
    }


def _amount_words(dose: MedicationDose) -> str:
    """The amount as it would be typed, of an imported dose that came without words."""
    return f"{dose.amount.normalize():f} {dose.get_unit_display().split(' ')[0]}" if dose.amount else ""


def clean_doses(form: AsksToConfirm, rows: int) -> list[dict]:
    """The filled rows as MedicationDose columns; a half-filled row gets an error beside what is missing."""
    doses = []
    for row in range(1, rows + 1):
        dose = {part: form.cleaned_data.get(name_of(row, part)) for part in PARTS}
        if not any(dose.values()):
            continue
        for part, question in (
            ("drug", _("Which drug?")),
            ("route", _("By which route?")),
            ("given_at", _("Given when?")),
        ):
            name = name_of(row, part)
            if not dose[part] and name not in form.errors:
                form.add_error(name, question)
        doses.append(dose | _amount(form, name_of(row, "dose"), dose["dose"] or "", dose["drug"]))
    return doses


def _amount(form: AsksToConfirm, name: str, written: str, drug: str) -> dict:
    """Words such as "1 tablet" are taken as they are, once somebody knows what they cost: an opioid's day has no sum."""
    amount, unit = parse_amount(written) or (None, "")
    if amount is None and written and (_NUMBER_WITH_UNIT.search(written) or not any(map(str.isalpha, written))):
        form.add_error(
            name,
            format_lazy(_("“{written}” is not one amount with a unit. {example}"), written=written, example=_EXAMPLE),
        )
    elif amount is None and drug not in _NO_OPIOID and name not in form.errors:
        what = f"“{written}”" if written else _("a dose")
        form.ask(
            name,
            format_lazy(
                _("{what} without an amount (without one the day's opioid dose cannot be computed)"), what=what
            ),
        )
    return {"amount": amount, "unit": unit}
