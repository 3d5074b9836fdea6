"""A stored observation as a form shows it, for its correction."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.forms import model_to_dict

from followup.forms.dose_rows import initial_doses
from followup.forms.pain_answers import typed_pain
from followup.models import MedicationDose, Observation

_DECIMALS = ("oxygen_flow_litres_per_minute", "weight_kilograms", "haemoglobin_grams_per_decilitre")


def typed_values(observation: Observation, doses: Sequence[MedicationDose]) -> dict[str, object]:
    """Field names of the observation form with the stored answers; what was not asked stays empty."""
    values = model_to_dict(observation) | dict(observation.neurology) | initial_doses(doses)
    del values["pain_scale"]  # without one the form shows its own first choice
    values |= typed_pain(observation)
    values["temperature"] = observation.temperature_celsius
    for name in _DECIMALS:
        values[name] = _as_typed(values[name])
    if values.get("last_void_at"):
        values["last_void_at"] = datetime.fromisoformat(str(values["last_void_at"]))
    # The correction has a reason and a token of its own.
    del values["correction_reason"], values["form_token"]
    return values


def _as_typed(number: Decimal | None) -> str | None:
    """ "3", not "3.0"."""
    return None if number is None else f"{number.normalize():f}"
