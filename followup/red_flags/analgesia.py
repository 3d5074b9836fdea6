"""Pain against the medicine that was given for it: the criteria P4, P4b, P4c, P5 and P7 (clinical-spec 2.3)."""

from datetime import timedelta

from followup.red_flags.analgesics import DayOfAnalgesia, known_days
from followup.red_flags.findings import Recheck
from followup.red_flags.history import Dose, Reading
from followup.red_flags.pain import HIGHEST_SCORE, missing_scores
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.situation import Situation, Verdict, met, not_met, settle, unknown
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth, all_of, truth

_DAY = timedelta(days=1)


def _is_severe(reading: Reading, ruleset: Ruleset) -> bool:
    worst = reading.pain.worst
    return worst is not None and worst >= ruleset.pain_severe


def _severe_now(situation: Situation) -> Truth:
    """A score that was not asked for may be the severe one."""
    if _is_severe(situation.current, situation.ruleset):
        return MET
    may_be = situation.ruleset.pain_severe <= HIGHEST_SCORE and missing_scores(situation)
    return UNKNOWN if may_be else NOT_MET


def _time_to_effect(dose: Dose, ruleset: Ruleset) -> timedelta:
    if dose.route == "IV":
        return timedelta(minutes=ruleset.reassess_after_iv_minutes)
    if dose.route in ("SC", "IM"):
        return timedelta(minutes=ruleset.reassess_after_sc_im_minutes)
    return timedelta(minutes=ruleset.reassess_after_oral_minutes)


def severe_despite_dose(situation: Situation) -> Verdict:
    """P4: severe, a dose was given, and severe again after the time that its route needs."""
    now, ruleset = situation.current.effective_at, situation.ruleset
    severe_now = _severe_now(situation)
    if severe_now is NOT_MET or not situation.history.doses:
        return not_met()
    severe_before = [one for one in situation.earlier if _is_severe(one, ruleset)]
    if not severe_before:
        return not_met()
    begins = severe_before[0].effective_at
    acting = [
        dose
        for dose in situation.history.doses
        if begins <= dose.given_at and dose.given_at + _time_to_effect(dose, ruleset) <= now
    ]
    if not acting:
        return not_met()
    if severe_now is UNKNOWN:
        return unknown(*missing_scores(situation))
    dose = max(acting, key=lambda one: (one.given_at, one.drug, one.route))
    first = next(one for one in reversed(severe_before) if one.effective_at <= dose.given_at)
    return met(
        observed={"pain": str(situation.current.pain.worst), "dose": dose.drug, "route": dose.route},
        reference={
            "pain_before": str(first.pain.worst),
            "measured_at": first.effective_at.isoformat(),
            "given_at": dose.given_at.isoformat(),
        },
        score=situation.current.pain.worst,
        before=first.pain.worst,
        minutes=_minutes(now - dose.given_at),
    )


def severe_without_documented_dose(situation: Situation) -> Verdict:
    """P4b: severe at the bedside twice, an hour or more apart, and no dose was documented in between.

    Bedside only: doses taken at home are no rows, and P4c asks the patient instead.
    """
    now, ruleset = situation.current.effective_at, situation.ruleset
    severe_now = _severe_now(situation)
    if severe_now is NOT_MET or situation.current.source != "NURSE":
        return not_met()
    latest = now - timedelta(minutes=ruleset.undocumented_analgesia_minutes)
    # The last of the earlier severe scores leaves the shortest time in which a dose could stand.
    first = next(
        (
            one
            for one in reversed(situation.earlier)
            if one.effective_at <= latest and one.source == "NURSE" and _is_severe(one, ruleset)
        ),
        None,
    )
    if first is None or any(first.effective_at <= dose.given_at <= now for dose in situation.history.doses):
        return not_met()
    if severe_now is UNKNOWN:
        return unknown(*missing_scores(situation))
    return met(
        observed={"pain": str(situation.current.pain.worst), "doses": "none documented"},
        reference={"pain_before": str(first.pain.worst), "measured_at": first.effective_at.isoformat()},
        score=situation.current.pain.worst,
        before=first.pain.worst,
        minutes=_minutes(now - first.effective_at),
    )


def severe_and_medicine_does_not_help(situation: Situation) -> Verdict:
    """P4c: severe, took pain medicine, and it did not help."""
    pain = situation.current.pain
    severe_now = _severe_now(situation)
    no_help = truth(None if pain.relief is None else pain.relief == "NONE")
    answer = all_of((severe_now, truth(pain.took_analgesia), no_help))
    if answer is MET:
        return met(observed={"pain": str(pain.worst), "took_analgesia": True, "relief": "NONE"}, score=pain.worst)
    if answer is NOT_MET:
        return not_met()
    scores = missing_scores(situation) if severe_now is UNKNOWN else ()
    return unknown(
        *scores,
        *(
            name
            for name, value in {"took_analgesia": pain.took_analgesia, "pain_relief": pain.relief}.items()
            if value is None
        ),
    )


def severe(situation: Situation) -> Verdict:
    """P5: severe pain: treat it, and score it again when the dose should have worked."""
    severe_now = _severe_now(situation)
    if severe_now is not MET:
        return unknown(*missing_scores(situation)) if severe_now is UNKNOWN else not_met()
    now = situation.current.effective_at
    since = situation.earlier[-1].effective_at if situation.earlier else situation.history.context.time_zero
    given = [dose for dose in situation.history.doses if since <= dose.given_at <= now]
    waits = [(dose.given_at, _time_to_effect(dose, situation.ruleset)) for dose in given]
    by_mouth = timedelta(minutes=situation.ruleset.reassess_after_oral_minutes)
    minutes = _minutes(max(waits)[1] if waits else by_mouth)
    return met(
        observed={"pain": str(situation.current.pain.worst)},
        score=situation.current.pain.worst,
        minutes=minutes,
        recheck=Recheck("PAIN", minutes),
    )


def analgesic_creep(situation: Situation) -> Verdict:
    """P7: the day's opioid dose is half as much again as on the lowest day since the procedure, and at least 10 mg of
    morphine equivalent more; or the WHO step goes up again after it had gone down. It may be the pain that returns. Days
    are counted from T0. A dose of today without an amount, or without a known equivalent, leaves it open.
    """
    time_zero, now = situation.history.context.time_zero, situation.current.effective_at
    today = (now - time_zero) // _DAY
    begins = time_zero + today * _DAY
    if today < 1 or not any(begins <= dose.given_at <= now for dose in situation.history.doses):
        return not_met()  # nothing taken today is no creep
    days = known_days(
        situation.history.doses,
        time_zero=time_zero,
        until=now,
        days_without={
            (one.effective_at - time_zero) // _DAY
            for one in situation.earlier
            if one.pain.took_analgesia is False and time_zero <= one.effective_at
        },
    )
    current = days.pop(today)
    fired = _dose_rose(days, current, today, situation.ruleset) or _step_rose_again(days, current, today)
    may_be_more = not current.complete and any(one.complete for one in days.values())
    return settle(fired, ("dose_amount",) if may_be_more else ())


def _dose_rose(
    earlier: dict[int, DayOfAnalgesia], current: DayOfAnalgesia, today: int, ruleset: Ruleset
) -> Verdict | None:
    totals = [(one.mme, day) for day, one in earlier.items() if one.mme is not None]
    if not totals:
        return None
    lowest, day = min(totals)
    by_share = current.lower_bound * 100 >= lowest * (100 + ruleset.mme_rise_percent)
    if not by_share or current.lower_bound < lowest + ruleset.mme_rise_milligrams:
        return None
    shown = f"{'' if current.complete else 'at least '}{current.lower_bound.normalize():f} mg"
    return met(
        observed={"day": today, "mme": shown},
        reference={"day": day, "mme": f"{lowest.normalize():f} mg"},
        what=f"{shown} of morphine equivalent on day {today}, {lowest.normalize():f} mg on day {day}",
    )


def _step_rose_again(earlier: dict[int, DayOfAnalgesia], current: DayOfAnalgesia, today: int) -> Verdict | None:
    if current.who_step is None:
        return None
    highest: tuple[int, int] | None = None  # the highest step so far, and its day
    for day, one in sorted(earlier.items()):
        step = one.who_step
        if step is None:
            continue
        if highest is not None and step < highest[0] and step < current.who_step:
            return met(
                observed={"day": today, "who_step": current.who_step},
                reference={"day": day, "who_step": step, "day_before": highest[1], "who_step_before": highest[0]},
                what=f"WHO step {current.who_step} on day {today}, after it had come down to {step} on day {day}",
            )
        if highest is None or step > highest[0]:
            highest = step, day
    return None


def _minutes(time: timedelta) -> int:
    return time // timedelta(minutes=1)
