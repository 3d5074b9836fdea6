"""Every threshold, with its default from clinical-spec Appendix A. A change of any makes a new version (law 6)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Ruleset:
    """Scores are 0-10, times in the unit of the name. Tags: [SEED] guideline, [F#] source, [DEF] our default."""

    version: str = "2026.1"

    pain_severe: Decimal = Decimal(7)  # [OK] common cut of "severe"
    pain_improvement: Decimal = Decimal(2)  # [F10] smallest change that matters to patients
    pain_rise: Decimal = Decimal(2)  # [DEF] the same
    pain_rise_floor: Decimal = Decimal(4)  # [DEF] keeps 0 -> 2 from alarming
    pain_improved_without_baseline: Decimal = Decimal(3)  # [DEF]
    pain_nadir_after_minutes: int = 60  # [DEF] sedation lowers early scores
    pain_baseline_max_days: int = 7  # [DEF]
    pain_above_baseline: Decimal = Decimal(2)  # [DEF]
    pain_above_baseline_twice: Decimal = Decimal(1)  # [F11][DEF]
    pain_twice_apart_minutes: int = 30  # [DEF]
    pain_small_rise_recheck_minutes: int = 60  # [DEF]
    reassess_after_iv_minutes: int = 15  # [OK] time to peak effect
    reassess_after_sc_im_minutes: int = 30
    reassess_after_oral_minutes: int = 60
    undocumented_analgesia_minutes: int = 60  # [DEF]

    motor_drop: int = 1  # [SEED] new weakness
    motor_drop_from_best_emergent: int = 2  # [DEF]
    neurology_recheck_minutes: int = 30  # [DEF]
    quick_abnormal_full_exam_minutes: int = 15  # [DEF] 5.1
    residual_millilitres: int = 200  # [F9]
    catheterise_millilitres: int = 600  # [F9]
    no_void_hours: int = 6  # [DEF]
    gait_steps_emergent: int = 2  # [DEF]

    news2_urgent: int = 5  # [F5]
    news2_emergent: int = 7  # [F5]
    news2_rise_info: int = 2  # [DEF]

    spo2_sign_percent: int = 93  # [OK] 4.1 C1
    spo2_drop_points: int = 4  # SPO2_DROP
    spo2_silent_percent: int = 91  # SPO2_LOW
    spo2_silent_scale_2_percent: int = 83  # 4.1 C2
    respiration_sign: int = 21  # RR_C1
    pulse_sign: int = 111  # PULSE_C1
    systolic_sign_mmhg: int = 100  # 4.1 C1

    acknowledge_neuro_minutes: int = 15  # [DEF]
    acknowledge_cardio_minutes: int = 5  # [DEF]
    acknowledge_urgent_minutes: int = 30  # [DEF]
    acknowledge_amber_ward_minutes: int = 60  # [DEF]
    acknowledge_amber_home_minutes: int = 240  # [DEF]
    imaging_neuro_hours: int = 4  # [F8][F9] GIRFT cauda equina pathway
    imaging_cardio_hours: int = 1  # [DEF]
    imaging_urgent_hours: int = 6  # [SEED] "immediate", the figure is [DEF]


DEFAULT_RULESET = Ruleset()
