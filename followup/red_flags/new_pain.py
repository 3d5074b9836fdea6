"""Pain that is new by its onset, its place or its cause: the criteria P2, P2r and P8 (clinical-spec 2.3)."""

from followup.red_flags.findings import Severity
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown
from procedures.three_valued import MET, any_of, truth

SPINE = frozenset({"TREATED_LEVEL", "ADJACENT_ABOVE", "ADJACENT_BELOW", "OTHER_SPINE"})
_SPINE_GIRDLE_LEG = SPINE | {"GIRDLE", "LEG_RIGHT", "LEG_LEFT"}
_RIBS = frozenset({"RIB_RIGHT", "RIB_LEFT"})


def sudden_or_new(situation: Situation) -> Verdict:
    """P2: sudden onset, or a new site in the spine, round the trunk or down a leg, at any score. A new site of which nobody
    noted the place may be the spine.
    """
    pain = situation.current.pain
    if pain.sudden_onset:
        return met(observed={"sudden_onset": True}, what="came on or got worse suddenly")
    may_be_spine = not pain.sites or bool(pain.sites & _SPINE_GIRDLE_LEG)
    if pain.new_site and may_be_spine:
        return met(
            observed={"new_site": True, "sites": sorted(pain.sites)}, what="is in a place that did not hurt before"
        )
    missing = ["sudden_onset"] if pain.sudden_onset is None else []
    if pain.new_site is None and may_be_spine:
        missing.append("new_pain_site")
    return settle(None, tuple(missing))


def new_rib_pain(situation: Situation) -> Verdict:
    """P2r: a new site at the ribs only. With breathlessness it is urgent."""
    pain = situation.current.pain
    if pain.new_site is False or not pain.sites <= _RIBS:
        return not_met()
    if pain.new_site and pain.sites:
        dyspnoea = situation.current.symptoms.dyspnoea
        return met(
            observed={"new_site": True, "sites": sorted(pain.sites), "dyspnoea": dyspnoea},
            severity=Severity.URGENT if dyspnoea else None,
        )
    missing = {"new_pain_site": pain.new_site is None, "pain_sites": not pain.sites}
    return unknown(*(name for name, blank in missing.items() if blank))


def fall(situation: Situation) -> Verdict:
    """P8: a fall since the last contact, with any pain or a site in the spine. Amber if the pain was put down to the fall, or
    nobody scored it; a fall without pain is noted.
    """
    pain = situation.current.pain
    by_trigger = truth(None if pain.trigger is None else pain.trigger == "FALL")
    fell = any_of((truth(pain.fall), by_trigger))
    if fell is not MET:
        blanks = {"fall": pain.fall is None, "pain_trigger": pain.trigger is None}
        return settle(None, tuple(name for name, blank in blanks.items() if blank))
    observed = {
        "fall": pain.fall,
        "pain_trigger": pain.trigger,
        "pain": None if pain.worst is None else str(pain.worst),
        "sites": sorted(pain.sites),
    }
    if pain.worst:
        return met(observed=observed, what=f"pain of {pain.worst.normalize():f} after it")
    if pain.sites & SPINE:
        return met(observed=observed, what="pain in the spine after it")
    if pain.worst is None:
        return met(observed=observed, severity=Severity.AMBER, what="pain was not scored: ask and examine")
    if by_trigger is MET:
        return met(observed=observed, severity=Severity.AMBER, what="pain came on with it, and is 0 now: examine")
    return met(observed=observed, severity=Severity.INFO, what="no pain after it")
