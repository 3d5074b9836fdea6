"""The doses that were given for the pain: a few rows of the observation form, each filled in or left empty."""

from collections.abc import Callable, Sequence

from django import forms

from followup.forms.measured_state_fields import choices_with_blank
from followup.models import MedicationDose

ROWS = 3
PARTS = ("drug", "dose", "route", "given_at")


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
            label=f"Drug {row}", choices=[("", "–"), *MedicationDose.Drug.choices], required=False
        )
        fields[name_of(row, "dose")] = forms.CharField(
            label=f"Dose {row} with unit",
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "5 mg"}),
        )
        fields[name_of(row, "route")] = forms.ChoiceField(
            label=f"Route {row}", choices=choices_with_blank(MedicationDose.Route.choices, "–"), required=False
        )
        fields[name_of(row, "given_at")] = moment(f"Given {row} at")
    return fields


def initial_doses(doses: Sequence[MedicationDose]) -> dict[str, object]:
    return {name_of(row, part): getattr(dose, part) for row, dose in enumerate(doses, start=1) for part in PARTS}


def clean_doses(form: forms.Form, rows: int) -> list[dict]:
    """The filled rows as MedicationDose columns; a half-filled row gets an error beside what is missing."""
    doses = []
    for row in range(1, rows + 1):
        dose = {part: form.cleaned_data.get(name_of(row, part)) for part in PARTS}
        if not any(dose.values()):
            continue
        for part, question in (("drug", "Which drug?"), ("route", "By which route?"), ("given_at", "Given when?")):
            name = name_of(row, part)
            if not dose[part] and name not in form.errors:
                form.add_error(name, question)
        doses.append(dose)
    return doses
