"""One flag with everything that its page shows, and which capability it takes to act on it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from followup.models import EscalationStep, FlagEvidence, MonitoringSlot, RedFlag
from followup.selectors.chase import Chase, Noted, Told, chase_of, notes_of, told
from followup.selectors.labels import Value, values_of
from followup.selectors.open_questions import OpenQuestions, open_questions
from followup.selectors.typed_late import late_minutes
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


@dataclass(frozen=True)
class EvidenceLine:
    """One finding, with what was seen and what it was compared with. `source` tells what became of the observation.

    `late_minutes` is 0 where the alarm came at once. `not_asked` is what that observation could not rule out besides.
    """

    evidence: FlagEvidence
    observed: tuple[Value, ...]
    reference: tuple[Value, ...]
    source: str
    late_minutes: int
    not_asked: OpenQuestions


@dataclass(frozen=True)
class FlagPage:
    flag: RedFlag
    level_names: tuple[str, ...]
    evidence: tuple[EvidenceLine, ...]
    history: tuple[ChartEvent, ...]
    told: tuple[Told, ...]
    chase: Chase | None
    notes: tuple[Noted, ...]
    citation_strength: str


def flag_page(flag: RedFlag) -> FlagPage:
    evidence = flag.evidence.select_related("observation__superseded_by", "missed_check").order_by("measured_at", "pk")
    zone = flag.procedure.patient.site.zone
    strength = flag.citation.get("strength", "")
    return FlagPage(
        flag=flag,
        level_names=level_names(flag.procedure),
        evidence=tuple(_evidence_line(one, zone) for one in evidence),
        # The flag's own columns keep the last acknowledgement only; the chart's events keep every one.
        history=tuple(
            ChartEvent.objects.filter(patient_id=flag.procedure.patient_id, subject_id=flag.public_id)
            .select_related("by")
            .order_by("at", "pk")
        ),
        told=told(EscalationStep.objects.filter(escalation__red_flag=flag)),
        chase=chase_of(flag),
        notes=notes_of(flag),
        citation_strength=STRENGTHS.get(strength, strength),
    )


def needed_to_acknowledge(flag: RedFlag) -> Capability:
    """An amber item is the nurse's as well as the physician's (clinical-spec 0)."""
    return Capability.ACKNOWLEDGE_FLAG if flag.is_red else Capability.CLOSE_AMBER_FLAG


def needed_to_close(flag: RedFlag) -> Capability:
    return Capability.DECIDE if flag.is_red else Capability.CLOSE_AMBER_FLAG


def level_names(procedure: Procedure) -> tuple[str, ...]:
    return tuple(sorted(procedure.treated_levels.values_list("level", flat=True), key=LEVELS.index))


def _evidence_line(evidence: FlagEvidence, zone: ZoneInfo) -> EvidenceLine:
    # Of a check that was not done there are no values; when it was due stands in the line itself.
    values = {} if evidence.missed_check else evidence.values
    return EvidenceLine(
        evidence=evidence,
        observed=tuple(values_of(values.get("observed", {}), zone)),
        reference=tuple(values_of(values.get("reference", {}), zone)),
        source=_what_became_of(evidence),
        late_minutes=0 if evidence.missed_check else late_minutes(evidence.late_by),
        not_asked=open_questions(evidence.observation),
    )


def _what_became_of(evidence: FlagEvidence) -> str:
    if evidence.missed_check:
        done = evidence.missed_check.state == MonitoringSlot.State.DONE
        return "it was done in time, and entered late" if done else ""
    correction = getattr(evidence.observation, "superseded_by", None)
    if correction is None:
        return ""
    return "source entered in error" if correction.entered_in_error else "source corrected"
