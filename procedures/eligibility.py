"""The selection criteria of the guideline as three-valued checks (clinical-spec 7.1). Pure.

Every check is MET, NOT_MET or UNKNOWN, and says why. UNKNOWN blocks nothing; NOT_MET asks a physician for a reason.

Readings of the table, where it leaves a choice; each is the one in which a blank never makes a patient look fitter:

- "Today" is the day of the procedure: neither therapy nor a fracture grows older after it.
- E1: with one of the two scores blank and the other below the cut, the criterion is unknown.
- E2: without an end and without a word on whether it goes on, the therapy may have been shorter: unknown from 42 days on,
  not met below. With an unknown cause, a short therapy is unknown too, since cancer would not need it.
- E2a to E2d count where the cause is osteoporotic. With an unknown cause, one that is not met leaves the whole unknown.
- XC2: the answer and the two measurements; any of them that shows it, shows it. XC3 and XC6 use what the baseline says.
- The result of a patient is the worst of the treated levels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from procedures.fracture_measures import FractureAge
from procedures.selection_facts import (
    CANCER,
    CONTRAINDICATED,
    OSTEOPOROTIC,
    UNKNOWN_CAUSE,
    YES,
    EligibilityLimits,
    LevelFacts,
    PatientFacts,
    TherapyComponent,
)
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth, all_of, any_of, truth


@dataclass(frozen=True)
class Check:
    """One criterion. `counts_as` is what it adds to the result; None where it is only shown. `source`: tag of the spec."""

    code: str
    title: str
    state: Truth
    reason: str
    source: str
    counts_as: Truth | None


@dataclass(frozen=True)
class AcuteWindow:
    """The six-week rule against the ten weeks in which height is restored better. None where the date is not known."""

    acute: bool | None = None
    days_left: int | None = None
    closes_soon: bool = False


@dataclass(frozen=True)
class LevelResult:
    level: str
    state: Truth
    checks: tuple[Check, ...]
    window: AcuteWindow


@dataclass(frozen=True)
class Eligibility:
    """`state` is the worst of the levels. `evidence`: how strong the guideline's advice is for this cause."""

    patient: tuple[Check, ...]
    levels: tuple[LevelResult, ...]
    state: Truth
    evidence: str

    def that_are(self, state: Truth) -> Iterator[tuple[str, Check]]:
        """The checks that count and are in this state, each with its level, which is empty for those of the patient."""
        yield from (("", check) for check in self.patient if check.counts_as is state)
        for result in self.levels:
            yield from ((result.level, check) for check in result.checks if check.counts_as is state)

    @property
    def incomplete(self) -> int:
        """How many items are missing."""
        return sum(1 for _ in self.that_are(UNKNOWN))


def eligibility(patient: PatientFacts, levels: Sequence[LevelFacts], limits: EligibilityLimits) -> Eligibility:
    """All checks of one procedure. Without a level nothing is known, and the result says so."""
    of_patient = tuple(_patient_checks(patient, limits))
    results = tuple(_level_result(level, of_patient, limits) for level in levels)
    return Eligibility(
        patient=of_patient,
        levels=results,
        state=all_of(result.state for result in results) if results else UNKNOWN,
        evidence=guideline_strength(patient.aetiology),
    )


def guideline_strength(aetiology: str) -> str:
    """How strongly the guideline advises it [SEED]."""
    if aetiology == CANCER:
        return (
            "Cancer-related fracture: the evidence is stronger here, and earlier intervention is warranted "
            "(AHA class IIa, level of evidence B)."
        )
    return "A reasonable option where severe pain is refractory; the evidence is stronger in cancer-related fractures."


def suggests_refractory(at_start: Decimal | None, now: Decimal | None, limits: EligibilityLimits) -> bool | None:
    """Whether pain fell by less than what counts as relief over the therapy. A suggestion: a physician decides."""
    return None if at_start is None or now is None else at_start - now < limits.pain_improvement


def _check(code: str, title: str, state: Truth, reason: str, source: str = "SEED") -> Check:
    return Check(code, title, state, reason, source, counts_as=state)


def _says(state: Truth, met: str, not_met: str, unknown: str) -> str:
    return {MET: met, NOT_MET: not_met, UNKNOWN: unknown}[state]


# --- the patient ------------------------------------------------------------------------------------------------------


def _patient_checks(facts: PatientFacts, limits: EligibilityLimits) -> Iterator[Check]:
    yield _severe_pain(facts, limits)
    yield _therapy(facts, limits)
    for code, title, component in (
        ("E2a", "Analgesics", facts.analgesics),
        ("E2b", "Physical therapy", facts.physical_therapy),
        ("E2c", "Bracing", facts.bracing),
        ("E2d", "Osteoporosis medication", facts.osteoporosis_medication),
    ):
        yield _component(code, title, component, facts.aetiology)
    refractory = truth(facts.refractory)
    yield _check(
        "E3", "Refractory to therapy", refractory,
        _says(refractory, "Refractory, as judged by a physician.", "Not refractory.", "Not judged yet."),
    )  # fmt: skip
    yield from (exclude(facts, limits) for exclude in _EXCLUSIONS)


def _severe_pain(facts: PatientFacts, limits: EligibilityLimits) -> Check:
    scores = (facts.pain_at_rest, facts.pain_on_movement)
    state = any_of(truth(None if score is None else score >= limits.pain_severe) for score in scores)
    known = [score for score in scores if score is not None]
    worst = f"Worst pain {max(known).normalize():f} of 10" if known else "Pain was not scored"
    lacks = "" if len(known) == 2 or state is MET else "; rest or movement was not scored" if known else ""
    return _check("E1", f"Severe back pain ({limits.pain_severe} or more)", state, f"{worst}{lacks}.", "DEF")


def _therapy(facts: PatientFacts, limits: EligibilityLimits) -> Check:
    title = f"At least {limits.conservative_days} days of non-invasive therapy"
    if facts.aetiology == CANCER:
        return _check("E2", title, MET, "Cancer: earlier intervention is warranted.")
    if facts.therapy_started_on is None:
        return _check("E2", title, UNKNOWN, "The start of the therapy is not known.")
    end = facts.on if facts.therapy_ended_on is None else min(facts.therapy_ended_on, facts.on)
    days = (end - facts.therapy_started_on).days
    if days < limits.conservative_days:
        if facts.aetiology == UNKNOWN_CAUSE:
            return _check("E2", title, UNKNOWN, f"{days} days, which is enough only in cancer; the cause is not known.")
        return _check("E2", title, NOT_MET, f"{days} days.")
    if facts.therapy_ended_on is None and not facts.therapy_continues:
        return _check("E2", title, UNKNOWN, f"Started {days} days before; the end is not known.")
    return _check("E2", title, MET, f"{days} days.")


def _component(code: str, title: str, component: TherapyComponent, aetiology: str) -> Check:
    why = component.contraindication.strip()
    if component.answer == CONTRAINDICATED:
        state, reason = (MET, f"Contraindicated: {why}") if why else (UNKNOWN, "Contraindicated, without a reason.")
    else:
        state = truth(None if component.answer is None else component.answer == YES)
        reason = _says(state, "Given.", "Not given.", "Not asked.")
    if aetiology == OSTEOPOROTIC:
        counts: Truth | None = state
    elif aetiology == UNKNOWN_CAUSE:
        counts = MET if state is MET else UNKNOWN
    else:
        counts = None
        reason += (
            " Not required in cancer." if (code, aetiology) == ("E2d", CANCER) else " Does not count for this cause."
        )
    return Check(code, title, state, reason, "SEED", counts)


def _exclusion(code: str, title: str, present: Truth, reason: str = "") -> Check:
    state = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}[present]
    return _check(code, title, state, reason or _says(state, "Absent.", "Present.", "Not asked."), "OK")


def _answered(code: str, title: str, name: str) -> Callable[[PatientFacts, EligibilityLimits], Check]:
    return lambda facts, _limits: _exclusion(code, title, truth(getattr(facts, name)))


def _coagulopathy(facts: PatientFacts, limits: EligibilityLimits) -> Check:
    """The answer, or both measurements, can rule it out; any one of the three can show it."""
    inr, platelets = facts.inr, facts.platelets_per_nanolitre
    high_inr = truth(None if inr is None else inr > limits.inr_maximum)
    few_platelets = truth(None if platelets is None else platelets < limits.platelets_minimum)
    measured = any_of((high_inr, few_platelets))
    present = MET if measured is MET else measured if facts.coagulopathy is None else truth(facts.coagulopathy)
    values = [f"INR {inr}"] if inr is not None else []
    values += [f"platelets {platelets} ×10⁹/L"] if platelets is not None else []
    said = {True: "answered: present", False: "answered: absent", None: "not asked"}[facts.coagulopathy]
    title = f"No uncorrected coagulopathy (INR above {limits.inr_maximum}, platelets below {limits.platelets_minimum})"
    words = ", ".join([*values, said])
    return _exclusion("XC2", title, present, f"{words[0].upper()}{words[1:]}.")


def _allergy(facts: PatientFacts, _limits: EligibilityLimits) -> Check:
    title = "No allergy to cement or contrast"
    if facts.contrast_reaction:
        return _exclusion("XC3", title, MET, "Present: the baseline holds an earlier reaction to contrast.")
    return _exclusion("XC3", title, truth(facts.cement_or_contrast_allergy))


def _pregnancy(facts: PatientFacts, _limits: EligibilityLimits) -> Check:
    if facts.pregnant is None and facts.pregnancy_possible is False:
        return _exclusion("XC6", "Not pregnant", NOT_MET, "Absent: the baseline says that it is not possible.")
    return _exclusion("XC6", "Not pregnant", truth(facts.pregnant))


_EXCLUSIONS: tuple[Callable[[PatientFacts, EligibilityLimits], Check], ...] = (
    _answered("XC1", "No active local or systemic infection", "active_infection"),
    _coagulopathy,
    _allergy,
    _answered("XC4", "Fracture neither healed nor without symptoms", "healed_fracture"),
    _answered("XC5", "No retropulsion with cord compression or new deficit", "cord_compression"),
    _pregnancy,
    _answered("XC7", "Able to lie prone", "cannot_lie_prone"),
)


# --- one level --------------------------------------------------------------------------------------------------------


def _level_result(facts: LevelFacts, of_patient: Sequence[Check], limits: EligibilityLimits) -> LevelResult:
    window = acute_window(facts.age, limits)
    checks = tuple(_level_checks(facts, limits, window))
    counted = [check.counts_as for check in (*of_patient, *checks) if check.counts_as is not None]
    return LevelResult(facts.level, all_of(counted), checks, window)


def _level_checks(facts: LevelFacts, limits: EligibilityLimits, window: AcuteWindow) -> Iterator[Check]:
    loss, least, most = (
        facts.height_loss_percent,
        limits.height_loss_minimum_percent,
        limits.height_loss_maximum_percent,
    )
    lost = "Height loss was not measured." if loss is None else f"{loss} % of the height is lost."
    enough, kept = (truth(None), truth(None)) if loss is None else (truth(loss >= least), truth(loss <= most))
    yield _check("E4", f"Height loss of {least} % or more", enough, lost)
    yield _check("E5", f"Keeps a third of its height (loss up to {most} %)", kept, lost)
    cortex = truth(facts.posterior_cortex_intact)
    yield _check("E6", "Posterior cortex intact", cortex, _says(cortex, "Intact.", "Breached.", "Not assessed."))
    tender = truth(facts.tender)
    yield _check(
        "E7", "Pain at this level on examination", tender,
        _says(tender, "Tender at the level or next to it.", "Not tender here.", "Not examined."),
    )  # fmt: skip
    seen = truth(facts.imaging_confirms_level)
    yield _check(
        "E8", "Imaging agrees with the examination", seen,
        _says(seen, "Confirmed by radiologist or physician.", "Imaging does not confirm it.", "Not confirmed yet."),
    )  # fmt: skip
    edema = truth(None if facts.no_mri else facts.edema)
    unknown = "No MRI: CT or a bone scan may stand in, as a physician judges." if facts.no_mri else "Not assessed."
    yield _check(
        "E9", "Acute or subacute on MRI", edema,
        _says(edema, "Marrow edema on STIR or fat-saturated T2.", "No marrow edema.", unknown),
    )  # fmt: skip
    yield _timing(facts.age, limits, window)


def acute_window(age: FractureAge | None, limits: EligibilityLimits) -> AcuteWindow:
    """Weeks are whole weeks. Where only the month is known, the days left count from its first day."""
    if age is None:
        return AcuteWindow()
    may_be_acute, surely_acute = (days // 7 < limits.acute_weeks for days in (age.least, age.most))
    left = max(limits.acute_weeks * 7 - age.most, 0)
    return AcuteWindow(
        acute=surely_acute if surely_acute == may_be_acute else None,
        days_left=left,
        closes_soon=0 < left <= limits.acute_warning_days,
    )


def _timing(age: FractureAge | None, limits: EligibilityLimits, window: AcuteWindow) -> Check:
    title = f"Timing: acute below {limits.acute_weeks} weeks"
    if age is None:
        return Check("E10", title, UNKNOWN, "The date of the fracture is not known.", "SEED", None)
    weeks = f"{age.least // 7}" if age.least // 7 == age.most // 7 else f"{age.least // 7} to {age.most // 7}"
    if window.acute is None:
        return Check("E10", title, UNKNOWN, f"{weeks} weeks old: acute or chronic.", "SEED", None)
    kind = "acute, height is restored better" if window.acute else "chronic"
    return Check("E10", title, MET, f"{weeks} weeks old: {kind}.", "SEED", None)
