"""One set of measurements in a few readable lines: what was measured or asked, and nothing else (law 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from followup.models import Observation
from followup.red_flags.neurology import (
    CATALOGUE,
    MOTOR_FIELDS,
    NT,
    SENSORY_FIELDS,
    lower_extremity_motor_score,
    reference_value,
    steps_worse,
)
from followup.selectors.labels import label_of, words_of
from kyphotrack.language import mid_sentence, said
from procedures.models import Baseline, MeasuredState

_NEWS2_WORDS = {
    "respiration_rate": "respiration rate",
    "spo2_percent": "SpO₂",
    "supplemental_oxygen": "air or oxygen",
    "systolic_mmhg": "blood pressure",
    "pulse_per_minute": "pulse",
    "consciousness": "consciousness",
    "temperature_celsius": "temperature",
}
_CHEST = ("dyspnoea", "chest_pain", "haemoptysis", "syncope")
_COMPLICATIONS = (
    "rigors", "wound_redness_over_2_cm", "wound_discharge", "wound_pus", "wound_warmth", "wound_opening",
    "expanding_swelling", "dressing_soaked_twice", "urticaria", "wheeze", "lip_swelling", "calf_swelling_or_pain",
    "rib_tenderness",
)  # fmt: skip
_NO_ZONE = ZoneInfo("UTC")  # of values that are no times
_SCAN = ("acute_kidney_injury", "on_dialysis", "takes_metformin", "gadolinium_anaphylaxis", "pregnancy_possible")


@dataclass(frozen=True)
class Line:
    """One labelled line; the label may be empty. `typed`: a person's own words, the same in every language."""

    label: str
    text: str
    typed: str = ""

    @property
    def shown(self) -> str:
        return ": ".join(filter(None, (self.text and said(self.text), self.typed)))


@dataclass(frozen=True)
class Change:
    """One neurological item that differs from the baseline."""

    item: str
    before: str
    now: str
    worse: bool
    tested_at: datetime


def lines_of(row: MeasuredState, zone: ZoneInfo) -> tuple[Line, ...]:
    """The lines of an observation or a baseline, in the order of the bedside form; times in the site's zone."""
    lines = [Line("Vital signs", _joined(_vitals(row))), Line("Pain", _joined(_pain(row, zone)))]
    if isinstance(row, Observation):
        lines.insert(0, Line("NEWS2", _news2(row)))
        lines.append(Line("Chest", _joined(_answers(row, _CHEST))))
    lines += [
        Line("Neurology", _joined(_neurology(row.neurology, zone))),
        Line("Examination", _unreliable(row)),
        Line("Weight, blood", _joined(_weight_and_blood(row))),
    ]
    if isinstance(row, Observation):
        lines += [
            Line("Puncture site", row.get_puncture_site_display()),
            Line("Complications", _joined(_answers(row, _COMPLICATIONS))),
            Line("Getting up", _joined(_answers(row, ("walked", "orthostatic_symptoms")))),
            Line("Note", "", typed=row.note),
        ]
    return tuple(line for line in lines if line.shown)


def _earlier_reaction(row: Baseline) -> str:
    return row.contrast_reaction and f"earlier reaction: {mid_sentence(row.get_contrast_reaction_display())}"


def scan_lines(row: Baseline) -> tuple[Line, ...]:
    """What decides about a scan and its contrast. It names what was not asked too: whoever orders it must know."""
    known = {
        "MRI safety": Line("MRI safety", str(row.get_mri_safety_display()), typed=row.mri_safety_note),
        "Allergies": Line("Allergies", "", typed=row.allergies),
        "eGFR": Line("eGFR", _egfr(row)),
        "Contrast": Line("Contrast", _earlier_reaction(row)),
        "Kidneys, other": Line("Kidneys, other", _joined(_answers(row, _SCAN))),
    }
    unasked = [label_of(name) for name in _SCAN if getattr(row, name) is None]
    if not row.contrast_reaction:
        unasked.insert(0, label_of("contrast_reaction"))
    lines = [line for line in known.values() if line.shown]
    lines += [
        Line(label, "not measured" if label == "eGFR" else "not asked")
        for label in ("MRI safety", "Allergies", "eGFR")
        if not known[label].shown
    ]
    return (*lines, *([Line("Not asked", ", ".join(unasked))] if unasked else []))


def changes_against_baseline(
    exam: Mapping[str, object], baseline: Mapping[str, object], *, tested_at: Mapping[str, datetime]
) -> tuple[Change, ...]:
    """Each comparable item that is worse or better. A blank baseline counts as healthy (clinical-spec 3.5)."""
    changes = []
    for name, value in exam.items():
        field = CATALOGUE.get(name)
        if field is None or not field.best_to_worst:
            continue
        before = reference_value(name, baseline)
        steps = steps_worse(name, value, before)
        if steps:
            known = name in baseline
            changes.append(
                Change(
                    field.label,
                    f"{_answer(name, before)}{'' if known else ' (assumed: not examined before)'}",
                    _answer(name, value),
                    worse=steps > 0,
                    tested_at=tested_at[name],
                )
            )
    return tuple(sorted(changes, key=lambda change: not change.worse))


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(str(part) for part in parts if part)


def _news2(row: Observation) -> str:
    if row.news2_total is not None:
        return str(row.news2_total)
    missing = [words for name, words in _NEWS2_WORDS.items() if getattr(row, name) in (None, "")]
    if len(missing) == len(_NEWS2_WORDS):
        return ""
    return f"at least {row.news2_lower_bound}; not measured: {', '.join(missing)}"


def _vitals(row: MeasuredState) -> Iterable[str]:
    if row.respiration_rate is not None:
        yield f"RR {row.respiration_rate}/min"
    oxygen = _oxygen(row)
    if row.spo2_percent is not None:
        yield f"SpO₂ {row.spo2_percent} %{' ' if oxygen else ''}{oxygen}"
    elif oxygen:
        yield oxygen
    if row.systolic_mmhg is not None:
        yield f"BP {row.systolic_mmhg}/{'?' if row.diastolic_mmhg is None else row.diastolic_mmhg} mmHg"
    if row.pulse_per_minute is not None:
        yield f"pulse {row.pulse_per_minute}/min"
    if row.consciousness:
        yield mid_sentence(row.get_consciousness_display())
    if row.temperature_celsius is not None:
        yield f"{row.temperature_celsius} °C"


def _oxygen(row: MeasuredState) -> str:
    if row.supplemental_oxygen is None:
        return ""
    if not row.supplemental_oxygen:
        return "on air"
    flow = f"{row.oxygen_flow_litres_per_minute} L/min" if row.oxygen_flow_litres_per_minute is not None else ""
    inspired = f"FiO₂ {row.inspired_oxygen_percent} %" if row.inspired_oxygen_percent is not None else ""
    return " ".join(filter(None, ("on oxygen", flow, inspired, row.oxygen_device)))


def _pain(row: MeasuredState, zone: ZoneInfo) -> Iterable[str]:
    if row.pain_at_rest is not None:
        yield f"at rest {_score(row, row.pain_at_rest)}"
    if row.pain_on_movement is not None:
        yield f"on movement {_score(row, row.pain_on_movement)}"
    if row.pain_scale not in ("", MeasuredState.PainScale.NRS):
        yield row.get_pain_scale_display()
    if row.pain_sites:
        yield words_of("pain_sites", row.pain_sites, zone)
    if row.pain_characters:
        yield mid_sentence(words_of("pain_characters", row.pain_characters, zone))
    if not isinstance(row, Observation):
        return
    if row.new_pain_site is not None:
        yield "in a new place" if row.new_pain_site else "no new place"
    if row.sudden_onset is not None:
        yield "sudden onset" if row.sudden_onset else "no sudden onset"
    if row.pain_onset_at:
        yield f"since {_moment(row.pain_onset_at, zone)}"
    if row.pain_trigger:
        yield f"after: {mid_sentence(row.get_pain_trigger_display())}"
    if row.took_analgesia is not None:
        yield "took pain medicine" if row.took_analgesia else "took no pain medicine"
    if row.pain_relief:
        yield mid_sentence(row.get_pain_relief_display())
    if row.fall is not None:
        yield "fell" if row.fall else "did not fall"


def _score(row: MeasuredState, score: Decimal) -> str:
    """A score out of ten; of a line of 100 mm with what was read off it."""
    shown = f"{score.normalize():f}"
    return f"{shown} ({(score * 10).normalize():f} mm)" if row.pain_scale == MeasuredState.PainScale.VAS_MM else shown


def _answers(row: MeasuredState, names: tuple[str, ...]) -> Iterable[str]:
    """What is there, and then what was denied; nothing of what was not asked."""
    asked = {name: getattr(row, name) for name in names if getattr(row, name) is not None}
    present = [_label(row, name) for name, there in asked.items() if there]
    absent = [_label(row, name) for name, there in asked.items() if not there]
    yield ", ".join(present)
    if absent:
        yield f"not {', not '.join(absent)}" if present else f"denies: {', '.join(absent)}"


def _label(row: MeasuredState, name: str) -> str:
    """A wound is not just "warm": out of its place on the form it needs its noun."""
    words = str(row._meta.get_field(name).verbose_name)
    return f"wound: {words}" if name.startswith("wound_") else words


def _weight_and_blood(row: MeasuredState) -> Iterable[str]:
    names = ["weight_kilograms", "haemoglobin_grams_per_decilitre"]
    if isinstance(row, Baseline):
        names[1:1] = ["height_centimetres"]
        names += ["inr", "platelets_per_nanolitre"]
    for name in names:
        if getattr(row, name) is not None:
            yield f"{label_of(name)} {words_of(name, getattr(row, name), _NO_ZONE)}"


def _egfr(row: Baseline) -> str:
    if row.egfr_ml_per_minute is None:
        return ""
    measured = f", {row.egfr_measured_on:%-d %b %Y}" if row.egfr_measured_on else ", day not known"
    return f"{words_of('egfr_ml_per_minute', row.egfr_ml_per_minute, _NO_ZONE)}{measured}"


def _unreliable(row: MeasuredState) -> str:
    """Of a patient who is not alert, what a neurological examination finds is doubtful (clinical-spec 3.5, N11)."""
    if not row.neurology or row.consciousness in ("", MeasuredState.Consciousness.ALERT):
        return ""
    return f"exam unreliable: patient not alert ({mid_sentence(row.get_consciousness_display())})"


def _neurology(exam: Mapping[str, object], zone: ZoneInfo) -> Iterable[str]:
    """Power and feeling as a count of what is normal and the rest by name; every other item by name."""
    yield _group(exam, MOTOR_FIELDS, "power", "5")
    legs = lower_extremity_motor_score(exam)
    if legs is not None:
        yield f"leg motor score (LEMS) {legs} of 50"
    yield _group(exam, SENSORY_FIELDS, "feeling", "NORMAL")
    for name, value in exam.items():
        if name not in MOTOR_FIELDS and name not in SENSORY_FIELDS:
            yield _item(name, value, zone)


def _group(exam: Mapping[str, object], names: tuple[str, ...], what: str, normal: str) -> str:
    tested = [name for name in names if exam.get(name) not in (None, NT)]
    untestable = sum(exam.get(name) == NT for name in names)
    if not tested and not untestable:
        return ""
    differ = ", ".join(
        f"{CATALOGUE[name].label} {_answer(name, exam[name])}" for name in tested if exam[name] != normal
    )
    normal_ones = sum(exam[name] == normal for name in tested)
    return "; ".join(
        filter(
            None,
            (
                differ,
                f"{what} normal in {normal_ones} of {len(tested)} tested" if tested else "",
                f"{what} not testable in {untestable}" if untestable else "",
            ),
        )
    )


def _item(name: str, value: object, zone: ZoneInfo) -> str:
    field = CATALOGUE.get(name)
    if field is None:
        return f"{name}: {value}"
    if field.kind == "boolean":
        return field.label if value else f"not: {field.label}"
    if field.kind == "time":
        return f"{field.label} {_moment(datetime.fromisoformat(str(value)), zone)}"
    return f"{field.label}: {_answer(name, value)}"


def _answer(name: str, value: object) -> str:
    field = CATALOGUE[name]
    if field.kind == "motor_fields":
        return ", ".join(CATALOGUE[one].label for one in value if one in CATALOGUE) or "no muscle"
    return dict(field.choices).get(str(value), str(value))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d %b %H:%M}"
