"""An assessment as JSON, in clinical-time order: what was raised when, what it asks for, and what stays undecided."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from followup.episode_file.layout import VERSION
from followup.red_flags.citations import CITATIONS
from followup.red_flags.findings import Assessment, Finding, ImagingPlan, Undecided
from followup.red_flags.history import History
from followup.red_flags.news2 import News2Score
from followup.red_flags.rules import RULES_BY_CODE
from followup.red_flags.ruleset import THRESHOLDS, Ruleset
from followup.red_flags.urgency import clocks

# A patient who answers from home: an amber item has the longer clock (clinical-spec 0).
_AT_HOME = ("PATIENT", "PHONE")


def answer(history: History, assessment: Assessment, ruleset: Ruleset) -> dict[str, Any]:
    """Plain JSON values. Times are in UTC and count from when something was measured, as if it was typed at once."""
    source = {reading.id: reading.source for reading in history.readings}
    scale = {reading.id: reading.spo2_scale for reading in history.readings}
    moments = [("OBSERVATION", one.id, one.effective_at) for one in history.readings]
    moments += [("MISSED_CHECK", one.id, one.due_at) for one in history.missed_checks]
    timeline = []
    for kind, row_id, at in sorted(moments, key=lambda moment: (moment[2], moment[1])):
        in_hospital = source.get(row_id) not in _AT_HOME
        entry: dict[str, Any] = {"kind": kind, "id": row_id, "at": at}
        if row_id in assessment.news2:
            entry["news2"] = _news2(assessment.news2[row_id], scale[row_id])
        entry["raised"] = [_raised(one, ruleset, in_hospital) for one in assessment.raised_by(row_id)]
        entry["undecided"] = [_undecided(one) for one in assessment.undecided_by(row_id)]
        timeline.append(entry)
    said = {
        "episode_format": VERSION,
        "ruleset": {"version": ruleset.version, "changed": _changed(ruleset)},
        "time_zero": history.context.time_zero,
        "timeline": timeline,
    }
    return {key: plain(value) for key, value in said.items()}


def _changed(ruleset: Ruleset) -> dict[str, Any]:
    return {one.name: getattr(ruleset, one.name) for one in THRESHOLDS if getattr(ruleset, one.name) != one.default}


def _news2(news2: News2Score, spo2_scale: int) -> dict[str, Any]:
    return {
        "total": news2.total,
        "lower_bound": news2.lower_bound,
        "complete": news2.complete,
        "band": news2.band,
        "single_three": news2.single_three,
        "parts": news2.parts,
        "missing": news2.missing,
        "spo2_scale": spo2_scale,
    }


def _raised(finding: Finding, ruleset: Ruleset, in_hospital: bool) -> dict[str, Any]:
    rule = RULES_BY_CODE[finding.rule_code]
    citation = CITATIONS[rule.citation]
    limits = clocks(finding.severity, finding.category, ruleset, in_hospital=in_hospital)
    recheck = finding.recheck
    return {
        "rule_code": finding.rule_code,
        "title": rule.title,
        "severity": finding.severity.name,
        "category": finding.category,
        "reason": finding.reason,
        "observed": finding.evidence.get("observed", {}),
        "reference": finding.evidence.get("reference", {}),
        "citation": {"text": citation.text, "strength": citation.strength},
        "acknowledge_by": _after(finding, limits.acknowledge_within),
        "imaging": _imaging(finding.imaging, _after(finding, limits.imaging_within)) if finding.imaging else None,
        "recheck": recheck
        and {
            "kind": recheck.kind,
            "within_minutes": recheck.within_minutes,
            "due_at": _after(finding, timedelta(minutes=recheck.within_minutes)),
        },
    }


def _after(finding: Finding, span: timedelta | None) -> datetime | None:
    return finding.effective_at + span if span else None


def _imaging(plan: ImagingPlan, due_at: datetime | None) -> dict[str, Any]:
    return {
        "modality": plan.modality,
        "modality_words": plan.modality.label,
        "alternative": plan.alternative,
        "region": plan.region,
        "with_contrast": plan.with_contrast,
        "priority": plan.priority,
        "mri_state": plan.mri_state,
        "notes": plan.notes,
        "due_at": due_at,
    }


def _undecided(question: Undecided) -> dict[str, Any]:
    return {
        "rule_code": question.rule_code,
        "title": RULES_BY_CODE[question.rule_code].title,
        "missing": question.missing,
        "reason": question.reason,
    }


def plain(value: Any) -> Any:
    """The same in what JSON has: times in UTC, codes as their names, sets in order, decimals as numbers."""
    match value:
        case None | bool():
            return value
        case Enum():
            return value.value if isinstance(value, str) else value.name
        case int() | float() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds() / 60
        case Mapping():
            return {str(plain(key)): plain(one) for key, one in value.items()}
        case set() | frozenset():
            return sorted(map(plain, value), key=str)
        case list() | tuple():
            return [plain(one) for one in value]
    return str(value)
