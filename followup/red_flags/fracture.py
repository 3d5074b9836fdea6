"""A new fracture: criterion AF1 (clinical-spec 4.1). It builds on what pain and neurology said of the same reading."""

from followup.red_flags.findings import Severity
from followup.red_flags.new_pain import SPINE
from followup.red_flags.pain import missing_scores
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle
from procedures.three_valued import MET, UNKNOWN

# Each of these is URGENT in the table, and each deficit EMERGENT, unless its verdict says otherwise.
_PAIN = {"P1": "rose after relief", "P2": "is sudden or in a new place", "P8": "follows a fall"}
_DEFICITS = tuple(f"N{number}" for number in range(1, 10))


def new_fracture(situation: Situation) -> Verdict:
    """AF1: pain that rose after relief (P1), is sudden or new (P2) or follows a fall (P8), each urgent by itself, with a site
    in the spine or none noted. Not beside a new deficit that is emergent (N1 to N9): that has its own scan, sooner. A plain
    film alone never closes the flag.
    """
    sites = situation.current.pain.sites
    if sites and not sites & SPINE:
        return not_met()
    if any(_raised(situation, code, Severity.EMERGENT) for code in _DEFICITS):
        return not_met()
    because = [code for code in _PAIN if _raised(situation, code, Severity.URGENT)]
    if not because:
        return settle(None, _blanks(situation))
    verdicts = [situation.said[code] for code in because]
    return met(
        observed={"rules": because}
        | {name: value for one in verdicts for name, value in one.observed.items()}
        | {"sites": sorted(sites)},
        reference={name: value for one in verdicts for name, value in one.reference.items()},
        what=", ".join(_PAIN[code] for code in because),
    )


def _raised(situation: Situation, code: str, severity: Severity) -> bool:
    verdict = situation.said.get(code)
    return verdict is not None and verdict.truth is MET and verdict.severity in (None, severity)


def _blanks(situation: Situation) -> tuple[str, ...]:
    """What the rules below it still lack; where P8 is raised but milder, what could make it urgent."""
    missing: list[str] = []
    for code in _PAIN:
        verdict = situation.said.get(code)
        if verdict is None:
            continue
        if verdict.truth is UNKNOWN:
            missing += verdict.missing
        elif verdict.truth is MET:
            missing += (*missing_scores(situation), "pain_sites")
    return tuple(dict.fromkeys(missing))
