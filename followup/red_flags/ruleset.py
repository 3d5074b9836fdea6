"""Every threshold, with its default from clinical-spec Appendix A. A change of any makes a new version (law 6).

Each field knows which direction is stricter, that is, which one raises more, earlier, or asks for more: a lead clinician
may make it stricter, a looser value needs a second person.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

LOWER, HIGHER = "LOWER", "HIGHER"


def _limit(default: Any, stricter: str, source: str, meaning: str) -> Any:
    return field(default=default, metadata={"stricter": stricter, "source": source, "meaning": meaning})


@dataclass(frozen=True)
class Ruleset:
    """Scores are 0-10, times in the unit of the name. Tags: [SEED] guideline, [F#] source, [DEF] our default, [OK] recalled."""

    version: str = "2026.2"

    # --- pain (2) -------------------------------------------------------------------------------------------------
    pain_severe: Decimal = _limit(Decimal(7), LOWER, "OK", "score from which pain is severe")
    pain_improvement: Decimal = _limit(Decimal(2), LOWER, "F10", "smallest fall that counts as relief")
    pain_rise: Decimal = _limit(Decimal(2), LOWER, "DEF", "rise above the nadir that counts")
    pain_rise_floor: Decimal = _limit(Decimal(4), LOWER, "DEF", "score below which a rise is only amber")
    pain_improved_without_baseline: Decimal = _limit(
        Decimal(3), HIGHER, "DEF", "nadir that counts as relief if no baseline"
    )
    pain_nadir_after_minutes: int = _limit(60, LOWER, "DEF", "earlier scores are no nadir: sedation lowers them")
    pain_baseline_max_days: int = _limit(7, HIGHER, "DEF", "oldest score that still is a baseline")
    pain_above_baseline: Decimal = _limit(Decimal(2), LOWER, "DEF", "points above the baseline that are red at once")
    pain_above_baseline_twice: Decimal = _limit(
        Decimal(1), LOWER, "F11", "points above the baseline that are red when seen twice"
    )
    pain_twice_apart_minutes: int = _limit(30, LOWER, "DEF", "how far apart those two readings lie")
    pain_small_rise_recheck_minutes: int = _limit(60, LOWER, "DEF", "when a small rise is asked about again")
    reassess_after_iv_minutes: int = _limit(15, LOWER, "OK", "time to peak effect, intravenous")
    reassess_after_sc_im_minutes: int = _limit(30, LOWER, "OK", "time to peak effect, subcutaneous or intramuscular")
    reassess_after_oral_minutes: int = _limit(60, LOWER, "OK", "time to peak effect, by mouth and any other route")
    undocumented_analgesia_minutes: int = _limit(
        60, LOWER, "DEF", "two severe scores this far apart, no dose documented"
    )
    pain_no_response_from_day: int = _limit(10, LOWER, "SEED", "first day of the two-week review")
    pain_no_response_to_day: int = _limit(18, HIGHER, "SEED", "last day of the two-week review")
    mme_rise_percent: int = _limit(50, LOWER, "DEF", "rise of the day's opioid dose over its lowest")
    mme_rise_milligrams: Decimal = _limit(Decimal(10), LOWER, "DEF", "and at least this many mg of morphine equivalent")
    mme_note_milligrams: Decimal = _limit(Decimal(50), LOWER, "F12", "a day's MME from which the page says so")

    # --- neurology (3) --------------------------------------------------------------------------------------------
    motor_drop: int = _limit(1, LOWER, "SEED", "grades of power lost that are new weakness")
    motor_drop_from_best_emergent: int = _limit(
        2, LOWER, "DEF", "grades below the best since the procedure that are emergent"
    )
    neurology_recheck_minutes: int = _limit(30, LOWER, "DEF", "repeat exam of a doubtful finding")
    residual_anaesthetic_recheck_minutes: int = _limit(
        15, LOWER, "DEF", "repeat exam while an anaesthetic may still act"
    )
    quick_abnormal_full_exam_minutes: int = _limit(15, LOWER, "DEF", "full exam after an abnormal quick one")
    neurology_baseline_hours: int = _limit(72, LOWER, "DEF", "older baseline exams are used with a caution")
    residual_millilitres: int = _limit(200, LOWER, "F9", "urine left after voiding that is red")
    catheterise_millilitres: int = _limit(600, LOWER, "F9", "urine left from which to catheterise")
    no_void_hours: int = _limit(6, LOWER, "DEF", "hours without urine from which to scan the bladder")
    gait_steps_emergent: int = _limit(2, LOWER, "DEF", "steps worse on the walking scale that are emergent")

    # --- NEWS2 (1) ------------------------------------------------------------------------------------------------
    news2_urgent: int = _limit(5, LOWER, "F5", "total that is urgent")
    news2_emergent: int = _limit(7, LOWER, "F5", "total that is emergent")
    news2_rise_info: int = _limit(2, LOWER, "DEF", "rise from the last set that is noted")

    # --- complications (4.1) --------------------------------------------------------------------------------------
    spo2_sign_percent: int = _limit(93, HIGHER, "OK", "SpO2 on air, scale 1, that is a sign")
    spo2_drop_points: int = _limit(4, LOWER, "DEF", "points of SpO2 below the baseline that are a sign")
    spo2_silent_percent: int = _limit(91, HIGHER, "DEF", "SpO2 on air, scale 1, that is red without a complaint")
    spo2_silent_scale_2_percent: int = _limit(83, HIGHER, "DEF", "the same on scale 2")
    respiration_sign: int = _limit(21, LOWER, "DEF", "respiration rate that is a sign")
    pulse_sign: int = _limit(111, LOWER, "DEF", "pulse that is a sign")
    systolic_sign_mmhg: int = _limit(100, HIGHER, "OK", "systolic pressure that is a sign")
    systolic_shock_mmhg: int = _limit(90, HIGHER, "OK", "systolic pressure that makes bleeding or allergy emergent")
    fever_celsius: Decimal = _limit(Decimal("38.0"), LOWER, "F15", "fever")
    fever_any_time_celsius: Decimal = _limit(Decimal("38.5"), LOWER, "DEF", "fever that counts on the first day too")
    fever_after_hours: int = _limit(24, LOWER, "DEF", "hours after T0 from which fever counts")
    fever_recheck_minutes: int = _limit(240, LOWER, "DEF", "vital signs again after fever")
    haemoglobin_drop_grams_per_decilitre: Decimal = _limit(
        Decimal("2.0"), LOWER, "DEF", "fall of haemoglobin that is bleeding"
    )

    # --- gates of a scan (4.2) ------------------------------------------------------------------------------------
    egfr_contrast_caution: int = _limit(45, HIGHER, "F19", "eGFR from which iodinated contrast needs no thought")
    egfr_contrast_low: int = _limit(30, HIGHER, "F19", "eGFR below which saline is given before contrast")

    # --- schedule and discharge (5) -------------------------------------------------------------------------------
    bed_rest_minutes: int = _limit(60, HIGHER, "F11", "lying flat after T0")
    same_day_minimum_minutes: int = _limit(120, HIGHER, "DEF", "shortest observation before a same-day discharge")
    discharge_exam_minutes: int = _limit(30, LOWER, "DEF", "oldest full exam that counts at discharge")
    discharge_news2_above_baseline: int = _limit(
        1, LOWER, "DEF", "points of NEWS2 above the baseline that allow discharge"
    )
    many_levels: int = _limit(3, LOWER, "F16", "levels in one session that raise the risk")
    fresh_fracture_days: int = _limit(14, HIGHER, "F16", "a fracture younger than this raises the risk")
    overnight_after_anticoagulant_hours: int = _limit(
        24, HIGHER, "DEF", "restart sooner than this: overnight stay recommended"
    )

    # --- response clocks (0) --------------------------------------------------------------------------------------
    acknowledge_neuro_minutes: int = _limit(15, LOWER, "DEF", "answer to an emergent neurological flag")
    acknowledge_cardio_minutes: int = _limit(5, LOWER, "DEF", "answer to an emergent flag of heart or lung")
    acknowledge_urgent_minutes: int = _limit(30, LOWER, "DEF", "answer to an urgent flag")
    acknowledge_amber_ward_minutes: int = _limit(60, LOWER, "DEF", "answer to an amber item in hospital")
    acknowledge_amber_home_minutes: int = _limit(240, LOWER, "DEF", "answer to an amber item at home")
    imaging_neuro_hours: int = _limit(4, LOWER, "F8", "scan performed, emergent neurology")
    imaging_cardio_hours: int = _limit(1, LOWER, "DEF", "scan performed, emergent heart or lung")
    imaging_urgent_hours: int = _limit(6, LOWER, "DEF", "scan performed, urgent; the guideline says immediate")
    imaging_ceiling_hours: int = _limit(24, LOWER, "F7", "hard breach: no urgent scan is later than this")

    # --- eligibility and fracture (7) -----------------------------------------------------------------------------
    conservative_days: int = _limit(42, HIGHER, "SEED", "days of non-invasive therapy before the procedure")
    height_loss_minimum_percent: Decimal = _limit(Decimal(25), HIGHER, "SEED", "height loss from which it is offered")
    height_loss_maximum_percent: Decimal = _limit(
        Decimal("66.7"), LOWER, "SEED", "height loss up to which it is possible"
    )
    acute_weeks: int = _limit(10, LOWER, "SEED", "a younger fracture is acute")
    acute_warning_days: int = _limit(14, HIGHER, "DEF", "days left of the acute window from which to warn")
    inr_maximum: Decimal = _limit(Decimal("1.5"), LOWER, "OK", "INR above which coagulation is uncorrected")
    platelets_minimum: int = _limit(50, HIGHER, "OK", "platelets in 10^9/L below which coagulation is uncorrected")

    # --- instruments (6) and bone health (8) ----------------------------------------------------------------------
    odi_minimum_answered: int = _limit(9, HIGHER, "F28", "answered sections that make an ODI score")
    timed_up_and_go_fall_risk_seconds: Decimal = _limit(
        Decimal(12), LOWER, "OK", "Timed Up and Go from which falls are likely"
    )
    care_gap_due_days: int = _limit(14, LOWER, "DEF", "no bone-health plan by this day: task")
    care_gap_days: int = _limit(42, LOWER, "DEF", "not started by this day: amber")
    care_gap_late_days: int = _limit(90, LOWER, "DEF", "not started by this day: letter; DXA due")
    denosumab_reminder_days: int = _limit(150, LOWER, "DEF", "reminder after the last injection")
    denosumab_due_days: int = _limit(183, LOWER, "F31", "next injection due")
    denosumab_overdue_days: int = _limit(197, LOWER, "DEF", "amber")
    denosumab_danger_days: int = _limit(211, LOWER, "F31", "urgent: rebound fractures")


DEFAULT_RULESET = Ruleset()

THRESHOLDS = tuple(one for one in fields(Ruleset) if one.name != "version")


def is_stricter(name: str, new: Decimal | int, old: Decimal | int) -> bool:
    """Whether the new value of a threshold raises more than the old one; equal is not stricter."""
    stricter = next(one.metadata["stricter"] for one in THRESHOLDS if one.name == name)
    return new < old if stricter == LOWER else new > old
