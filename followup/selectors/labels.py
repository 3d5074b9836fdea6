"""How the names and values that the rules speak of read on a page: labels, units, words, times in the site's zone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from followup.models import MedicationDose, Observation
from followup.red_flags.neurology import CATALOGUE
from procedures.models import Baseline, MeasuredState

PAIN_SITES = {
    "TREATED_LEVEL": "treated level",
    "ADJACENT_ABOVE": "level above",
    "ADJACENT_BELOW": "level below",
    "OTHER_SPINE": "elsewhere in the spine",
    "RIB_RIGHT": "ribs right",
    "RIB_LEFT": "ribs left",
    "LEG_RIGHT": "leg right",
    "LEG_LEFT": "leg left",
    "GIRDLE": "round the trunk",
    "PUNCTURE_SITE": "puncture site",
    "OTHER": "other",
}
# The unit of a value; a label that ends on it loses it, since it stands with the value.
_UNITS = {
    "respiration_rate": "/min",
    "spo2_percent": "%",
    "oxygen_flow_litres_per_minute": "L/min",
    "inspired_oxygen_percent": "%",
    "systolic_mmhg": "mmHg",
    "diastolic_mmhg": "mmHg",
    "pulse_per_minute": "/min",
    "temperature_celsius": "°C",
    "weight_kilograms": "kg",
    "haemoglobin_grams_per_decilitre": "g/dL",
    "post_void_residual_ml": "mL",
    "egfr_ml_per_minute": "mL/min/1.73 m²",
    "height_centimetres": "cm",
    "platelets_per_nanolitre": "×10⁹/L",
    "hours_without_urine": "h",
}
_SCORES = {"pain", "nadir", "baseline", "pain_at_rest", "pain_on_movement"}
# Names of a finding that are neither a column nor an item of the neurological examination.
_LABELS = {
    "news2": "NEWS2",
    "nadir": "lowest since the procedure",
    "baseline": "before the procedure",
    "pain": "pain",
    "symptoms": "symptoms",
    "hours_without_urine": "without urine",
    "new_site": "pain in a place that did not hurt before",
    "trigger": "what set the pain off",
    "relief": "whether pain medicine helped",
    "sites": "where it hurts",
    "characters": "what the pain is like",
    "site": "puncture site",
    "dose": "what was given for the pain",
}
_COLUMNS = {
    "pain_sites": "where it hurts",
    "pain_characters": "what the pain is like",
    "pain_trigger": "what set the pain off",
    "pain_relief": "whether pain medicine helped",
    "pain_onset_at": "since when it hurts",
}
_CHOICES: dict[str, Mapping[str, str]] = {
    "pain_sites": PAIN_SITES,
    "sites": PAIN_SITES,
    "pain_characters": dict(MeasuredState.PainCharacter.choices),
    "characters": dict(MeasuredState.PainCharacter.choices),
    "trigger": dict(Observation.PainTrigger.choices),
    "relief": dict(Observation.PainRelief.choices),
    "site": dict(Observation.PunctureSite.choices),
    "drug": dict(MedicationDose.Drug.choices),
    "route": dict(MedicationDose.Route.choices),
}
_BEFORE = "baseline_"


@dataclass(frozen=True)
class Value:
    """One value as a page shows it."""

    label: str
    words: str


def label_of(name: str) -> str:
    """What a column, an item of the exam or a name in a finding is called, without its unit."""
    if name in CATALOGUE:
        return _without_unit(CATALOGUE[name].label, name)
    if name in _LABELS or name in _COLUMNS:
        return _LABELS.get(name) or _COLUMNS[name]
    if name.startswith(_BEFORE):
        return f"{label_of(name.removeprefix(_BEFORE))} before the procedure"
    column = _column(name)
    return _without_unit(str(column.verbose_name), name) if column else name.replace("_", " ")


def values_of(values: Mapping[str, object], zone: ZoneInfo) -> Iterator[Value]:
    """The values of a finding, as a rule kept them, in words. The parts of a score are given where they add to it."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from (Value(label_of(part), f"{points} points") for part, points in value.items() if points)
        else:
            yield Value(label_of(name), words_of(name, value, zone))


def words_of(name: str, value: object, zone: ZoneInfo) -> str:
    """One value with its unit; a time in the site's zone."""
    if value is None or value in ("", []):
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(_choice(name, one)) for one in value)
    moment = _moment(value)
    if moment:
        return f"{moment.astimezone(zone):%-d %b %H:%M}"
    unit = "of 10" if _own_name(name) in _SCORES else _UNITS.get(_own_name(name), "")
    number = _number(value) if unit else None
    return f"{number} {unit}" if number else _choice(name, value)


def _own_name(name: str) -> str:
    return name.removeprefix(_BEFORE)


def _column(name: str):
    fields = (*Observation._meta.fields, *Baseline._meta.fields, *MedicationDose._meta.fields)
    return next((field for field in fields if field.name == name), None)


def _without_unit(label: str, name: str) -> str:
    unit = _UNITS.get(name)
    return label.removesuffix(unit).rstrip(" ,") if unit else label


def _choice(name: str, value: object) -> str:
    """The words of an answer. A code that no list knows, such as the name of a muscle, reads as a label or plainly."""
    code = str(value)
    if name in CATALOGUE and CATALOGUE[name].choices:
        return dict(CATALOGUE[name].choices).get(code, code)
    choices = _CHOICES.get(name) or dict(getattr(_column(name), "flatchoices", None) or ())
    if code in choices:
        return choices[code]
    if code in CATALOGUE:
        return CATALOGUE[code].label
    # The code of a rule stays as it is.
    return code.replace("_", " ").lower() if code.isupper() and ("_" in code or len(code) > 3) else code


def _moment(value: object) -> datetime | None:
    """A time with its zone; a bare date or number is none."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _number(value: object) -> str | None:
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except InvalidOperation:
        return None
