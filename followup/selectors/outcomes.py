"""The outcome scores of an episode, in words, the newest first; what was corrected stays readable."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from followup import instruments
from followup.models import OutcomeScore
from followup.models.outcome_score import ODI_FIELDS
from followup.red_flags.ruleset import Ruleset
from followup.selectors.measured_summary import Line
from procedures.models import Baseline, Procedure
from procedures.three_valued import MET, Truth

_CARES = {Truth.MET: "cares for self", Truth.NOT_MET: "does not care for self"}


@dataclass(frozen=True)
class OutcomeEntry:
    """One row. `falls`: the prompt for the risk of falls, or empty. `replaced_by`: the row that took its place."""

    score: OutcomeScore
    lines: tuple[Line, ...]
    falls: str
    replaced_by: OutcomeScore | None


def outcome_entries(procedure: Procedure, ruleset: Ruleset) -> tuple[OutcomeEntry, ...]:
    """One statement, however many rows. The risk of falls is judged by the thresholds that are given."""
    rows: list[OutcomeScore] = list(
        OutcomeScore._default_manager.filter(procedure=procedure)
        .select_related("recorded_by")
        .order_by("effective_at", "recorded_at", "pk")
    )
    replaced = {row.supersedes_id: row for row in rows if row.supersedes_id}
    entries = []
    odi_before: OutcomeScore | None = None
    for row in rows:
        counts = row.pk not in replaced
        if row.entered_in_error:
            continue
        entries.append(
            OutcomeEntry(
                row,
                tuple(_lines(row, odi_before if counts else None)),
                _falls(row, ruleset),
                replaced.get(row.pk),
            )
        )
        if counts and row.odi_percent is not None:
            odi_before = row
    return tuple(reversed(entries))


def last_weight(procedure: Procedure, *, apart_from: OutcomeScore | None = None) -> Decimal | None:
    """The newest weight that is known of the episode, from the scores or else from the baseline."""
    rows = OutcomeScore._default_manager.filter(
        procedure=procedure, superseded_by__isnull=True, entered_in_error=False, weight_kilograms__isnull=False
    )
    if apart_from:
        rows = rows.exclude(pk=apart_from.pk)
    newest = rows.order_by("effective_at", "pk").values_list("weight_kilograms", flat=True).last()
    if newest is not None:
        return newest
    return Baseline.objects.current().filter(procedure=procedure).values_list("weight_kilograms", flat=True).first()


def _lines(row: OutcomeScore, odi_before: OutcomeScore | None) -> Iterator[Line]:
    if odi := _odi(row, odi_before):
        yield Line("ODI", odi)
    if row.kps is not None:
        cares = _CARES[instruments.cares_for_self(row.kps)]
        yield Line("Karnofsky", f"{row.kps}: {instruments.kps_words(row.kps)} ({cares})")
        if row.ecog is None:
            yield Line(
                "ECOG", f"not asked; {instruments.ecog_shown_beside(row.kps)} would go with this Karnofsky score"
            )
    if row.ecog is not None:
        yield Line("ECOG", str(row.ecog))
    if row.mobility is not None:
        yield Line("Mobility", f"{row.mobility}: {instruments.MOBILITY[row.mobility]}")
    if row.tug_unable:
        yield Line("Timed Up and Go", "tried and could not do it")
    elif row.tug_seconds is not None:
        yield Line("Timed Up and Go", f"{row.tug_seconds} s")
    if row.weight_kilograms is not None:
        yield Line("Weight", f"{row.weight_kilograms} kg")


def _odi(row: OutcomeScore, before: OutcomeScore | None) -> str:
    answered = _answered(row.odi_sections)
    if not answered:
        return ""
    of = f"{answered} of {len(ODI_FIELDS)} sections answered"
    if row.odi_percent is None:
        return f"no score: {of}"
    words = f"{row.odi_percent} %: {instruments.odi_band(row.odi_percent).label} ({of})"
    change = instruments.odi_changed(before.odi_percent if before else None, row.odi_percent)
    if change:
        words += f"; {abs(change)} points {'better' if change < 0 else 'worse'} than the score before"
    elif change == 0:
        words += "; no change that matters since the score before"
    return words


def _answered(sections: Iterable[int | None]) -> int:
    return sum(section is not None for section in sections)


def _falls(row: OutcomeScore, ruleset: Ruleset) -> str:
    if instruments.fall_risk(row.tug_seconds, row.tug_unable, ruleset) is not MET:
        return ""
    limit = ruleset.timed_up_and_go_fall_risk_seconds
    return f"Risk of falls: Timed Up and Go takes {limit} s or longer, or could not be done."
