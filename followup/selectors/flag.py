"""One flag with everything that its page shows, and which capability it takes to act on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from followup.models import EscalationStep, FlagEvidence, MonitoringSlot, Observation, RedFlag
from followup.red_flags.neurology import CATALOGUE
from kyphotrack.staff.models import DutyRole
from kyphotrack.staff.permissions import Capability
from patients.models import ChartEvent
from procedures.models import Procedure
from procedures.vertebrae import LEVELS

STRENGTHS = {
    "GUIDELINE": "guideline",
    "COHORT": "cohort study",
    "CONSENSUS": "consensus",
    "SITE_POLICY": "site policy, no guideline gives a figure",
}
# Keys of a finding that are neither a column of the observation nor an item of the neurological examination.
_LABELS = {
    "news2": "NEWS2",
    "nadir": "lowest since the procedure",
    "baseline": "before the procedure",
    "pain": "pain",
    "new_site": "in a new place",
}


@dataclass(frozen=True)
class Value:
    label: str
    words: str


@dataclass(frozen=True)
class EvidenceLine:
    """One finding, with what was seen and what it was compared with. `source` tells what became of what it rests on."""

    evidence: FlagEvidence
    observed: tuple[Value, ...]
    reference: tuple[Value, ...]
    source: str


@dataclass(frozen=True)
class Told:
    """A step of the ladder that was taken: which role was told, and when."""

    role: str
    at: datetime


@dataclass(frozen=True)
class FlagPage:
    flag: RedFlag
    level_names: tuple[str, ...]
    evidence: tuple[EvidenceLine, ...]
    history: tuple[ChartEvent, ...]
    told: tuple[Told, ...]
    citation_strength: str


def flag_page(flag: RedFlag) -> FlagPage:
    evidence = flag.evidence.select_related("observation__superseded_by", "missed_check").order_by("measured_at", "pk")
    strength = flag.citation.get("strength", "")
    return FlagPage(
        flag=flag,
        level_names=level_names(flag.procedure),
        evidence=tuple(_evidence_line(one) for one in evidence),
        # The flag's own columns keep the last acknowledgement only; the chart's events keep every one.
        history=tuple(
            ChartEvent.objects.filter(patient_id=flag.procedure.patient_id, subject_id=flag.public_id)
            .select_related("by")
            .order_by("at", "pk")
        ),
        told=told(EscalationStep.objects.filter(escalation__red_flag=flag)),
        citation_strength=STRENGTHS.get(strength, strength),
    )


def needed_to_acknowledge(flag: RedFlag) -> Capability:
    """An amber item is the nurse's as well as the physician's (clinical-spec 0)."""
    return Capability.ACKNOWLEDGE_FLAG if flag.is_red else Capability.CLOSE_AMBER_FLAG


def needed_to_close(flag: RedFlag) -> Capability:
    return Capability.DECIDE if flag.is_red else Capability.CLOSE_AMBER_FLAG


def level_names(procedure: Procedure) -> tuple[str, ...]:
    return tuple(sorted(procedure.treated_levels.values_list("level", flat=True), key=LEVELS.index))


def told(steps: QuerySet[EscalationStep]) -> tuple[Told, ...]:
    return tuple(
        Told(DutyRole(role).label, at) for role, at in steps.order_by("taken_at", "pk").values_list("role", "taken_at")
    )


def _evidence_line(evidence: FlagEvidence) -> EvidenceLine:
    return EvidenceLine(
        evidence=evidence,
        # Of a check that was not done there are no values; when it was due stands in the line itself.
        observed=() if evidence.missed_check else tuple(_values(evidence.values.get("observed", {}))),
        reference=() if evidence.missed_check else tuple(_values(evidence.values.get("reference", {}))),
        source=_what_became_of(evidence),
    )


def _what_became_of(evidence: FlagEvidence) -> str:
    if evidence.missed_check:
        done = evidence.missed_check.state == MonitoringSlot.State.DONE
        return "it was done in time, and entered late" if done else ""
    correction = getattr(evidence.observation, "superseded_by", None)
    if correction is None:
        return ""
    return "source entered in error" if correction.entered_in_error else "source corrected"


def _values(values: Mapping[str, object]) -> Iterator[Value]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from (Value(_label(part), f"{points} points") for part, points in value.items() if points)
        else:
            yield Value(_label(name), _words(name, value))


def _label(name: str) -> str:
    if name in _LABELS:
        return _LABELS[name]
    if name in CATALOGUE:
        return CATALOGUE[name].label
    column = next((field for field in Observation._meta.fields if field.name == name), None)
    return str(column.verbose_name) if column else name.replace("_", " ")


def _words(name: str, value: object) -> str:
    if value is None or value == "":
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one).replace("_", " ").lower() for one in value)
    choices = dict(CATALOGUE[name].choices) if name in CATALOGUE else {}
    return choices.get(str(value), str(value))
