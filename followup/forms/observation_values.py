"""A stored observation as a form shows it, for its correction."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.forms import model_to_dict

from followup.forms.dose_rows import initial_doses
from followup.models import MedicationDose, Observation


def typed_values(observation: Observation, doses: Sequence[MedicationDose]) -> dict[str, object]:
    """Field names of the observation form with the stored answers; what was not asked stays empty."""
    values = model_to_dict(observation) | dict(observation.neurology) | initial_doses(doses)
    values["temperature"] = observation.temperature_celsius
    for name in ("pain_at_rest", "pain_on_movement", "oxygen_flow_litres_per_minute"):
        values[name] = _as_typed(values[name])
    if not values["pain_scale"]:
        del values["pain_scale"]
    if values.get("last_void_at"):
        values["last_void_at"] = datetime.fromisoformat(str(values["last_void_at"]))
    # The correction has a reason and a token of its own.
    del values["correction_reason"], values["form_token"]
    return values


def _as_typed(number: Decimal | None) -> str | None:
    """ "3", not "3.0": the choices of a pain score are whole numbers."""
    return None if number is None else f"{number.normalize():f}"
