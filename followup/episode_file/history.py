"""From the plain values of an episode file to the history that the rules read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from followup.episode_file.layout import BASELINE_MAX_DAYS, EPISODE, MISSED_CHECKS, OBSERVATIONS
from followup.episode_file.place import BadEpisode, Place
from followup.red_flags.history import (
    PAIN_CONTEXTS,
    Anticoagulant,
    Context,
    Dose,
    History,
    MissedCheck,
    Mobilisation,
    Pain,
    Reading,
    Symptoms,
    Vitals,
    Wound,
)
from followup.red_flags.neurology import parse_neurology

BASELINE_ID = "baseline"


def parse_episode(document: object) -> History:
    """The history of docs/episode_format.md. What is absent or null is not known; nothing has a normal default.

    Raises BadEpisode: one line that says which field of which row is wrong, and what is allowed.
    """
    episode = EPISODE.read(document, Place())
    procedure, baseline = episode["procedure"], episode.get("baseline")
    time_zero = procedure["ended_at"]
    if baseline:
        _check_baseline(baseline, time_zero)
    observations, missed_checks = episode.get("observations", ()), episode.get("missed_checks", ())
    _check_rows(observations, missed_checks, time_zero)
    authorised_at = (baseline or {}).get("spo2_scale_2_authorised_at")
    return History(
        context=_context(procedure, episode.get("context", {})),
        baseline=_reading(BASELINE_ID, baseline) if baseline else None,
        readings=tuple(
            _reading(
                row["id"],
                row,
                spo2_scale=2 if authorised_at and authorised_at <= row["measured_at"] else 1,
                source=row.get("source", "NURSE"),
            )
            for row in observations
        ),
        doses=tuple(Dose(**row) for row in episode.get("doses", ())),
        missed_checks=tuple(MissedCheck(**row) for row in missed_checks),
    )


def _check_baseline(baseline: Mapping[str, Any], time_zero: datetime) -> None:
    place = Place(path=("baseline",))
    measured_at = baseline["measured_at"]
    if not time_zero - timedelta(days=BASELINE_MAX_DAYS) <= measured_at <= time_zero:
        allowed = (
            f"at most {BASELINE_MAX_DAYS} days before procedure.ended_at ({time_zero.isoformat()}), and not after it"
        )
        raise place.below("measured_at").refuse(measured_at.isoformat(), allowed)
    for name, other in (
        ("spo2_scale_2_authorised_by", "spo2_scale_2_authorised_at"),
        ("spo2_scale_2_authorised_at", "spo2_scale_2_authorised_by"),
    ):
        if other in baseline and name not in baseline:
            raise BadEpisode(f"{place.below(name)}: missing; allowed is {name} and {other} together, or neither.")
    _check_pressures(baseline, place)


def _check_rows(observations: tuple[Any, ...], missed_checks: tuple[Any, ...], time_zero: datetime) -> None:
    taken = {BASELINE_ID}
    for rows, kind, time in ((observations, OBSERVATIONS, "measured_at"), (missed_checks, MISSED_CHECKS, "due_at")):
        for number, row in enumerate(rows, start=1):
            place = kind.place_of(number, row)
            if row["id"] in taken:
                allowed = f"an id that no other observation or missed check has, and not “{BASELINE_ID}”"
                raise place.below("id").refuse(row["id"], allowed)
            taken.add(row["id"])
            if row[time] < time_zero:
                allowed = f"procedure.ended_at ({time_zero.isoformat()}) or later"
                raise place.below(time).refuse(row[time].isoformat(), allowed)
            _check_pressures(row, place)


def _check_pressures(row: Mapping[str, Any], place: Place) -> None:
    vitals = row.get("vitals", {})
    systolic, diastolic = vitals.get("systolic_mmhg"), vitals.get("diastolic_mmhg")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise place.below("vitals").below("diastolic_mmhg").refuse(diastolic, f"less than the systolic {systolic}")


def _context(procedure: Mapping[str, Any], context: Mapping[str, Any]) -> Context:
    anticoagulants = tuple(Anticoagulant(**row) for row in context.get("anticoagulants", ()))
    return Context(
        time_zero=procedure["ended_at"],
        treated_levels=procedure.get("treated_levels", ()),
        aetiology=procedure.get("aetiology", "UNKNOWN"),
        **{**context, "anticoagulants": anticoagulants},
    )


def _reading(reading_id: str, row: Mapping[str, Any], **more: Any) -> Reading:
    return Reading(
        id=reading_id,
        effective_at=row["measured_at"],
        vitals=Vitals(**row.get("vitals", {})),
        pain=_pain(row.get("pain", {})),
        symptoms=Symptoms(**row.get("symptoms", {})),
        wound=Wound(**row.get("wound", {})),
        mobilisation=Mobilisation(**row.get("mobilisation", {})),
        haemoglobin_grams_per_decilitre=row.get("haemoglobin_grams_per_decilitre"),
        neurology=parse_neurology(
            {
                name: list(answer) if isinstance(answer, tuple) else answer
                for name, answer in row.get("neurology", {}).items()
            }
        ),
        **more,
    )


def _pain(answers: Mapping[str, Any]) -> Pain:
    """Scores on 0-10: millimetres are divided by ten."""
    changed: dict[str, Any] = {name: frozenset(answers[name]) for name in ("sites", "characters") if name in answers}
    if answers.get("scale") == "VAS_MM":
        changed |= {name: Decimal(answers[name]) / 10 for name in PAIN_CONTEXTS if name in answers}
    return Pain(**{**answers, **changed})
