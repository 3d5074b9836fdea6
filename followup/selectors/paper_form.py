"""The blank chart: a place for everything that the bedside form asks, so that all of it can be typed in later.

A test holds it against the form itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A line of the chart is written in words or codes; these stand small below its name.
_YES_NO = _("yes / no")
_POWER = _("0–5, NT")
_FEELING = _("normal, altered, absent, NT")
_OXYGEN = ("supplemental_oxygen", "oxygen_device", "oxygen_flow_litres_per_minute", "inspired_oxygen_percent")


@dataclass(frozen=True)
class PaperLine:
    """One row of boxes. `fields`: the names of the form that it answers; `sides`: right and left in one box."""

    label: str | Promise
    fields: tuple[str, ...]
    how: str | Promise = ""
    sides: bool = False


def _line(label: str | Promise, *fields: str, how: str | Promise = "") -> PaperLine:
    return PaperLine(label, fields, how)


def _both(label: str | Promise, stem: str, how: str | Promise) -> PaperLine:
    return PaperLine(label, (f"{stem}_R", f"{stem}_L"), how, sides=True)


# Every check.
ROUTINE: Sequence[PaperLine] = (
    _line(_("Measured at"), "effective_at", how=_("day, time")),
    _line(_("Respirations /min"), "respiration_rate"),
    _line("SpO₂ %", "spo2_percent"),
    _line(_("Air, or oxygen"), *_OXYGEN, how=_("device, L/min or %")),
    _line(_("Blood pressure mmHg"), "systolic_mmhg", "diastolic_mmhg", how=_("systolic / diastolic")),
    _line(_("Pulse /min"), "pulse_per_minute"),
    _line(_("Consciousness"), "consciousness", how="A, C, V, P, U"),
    _line(_("Temperature °C"), "temperature", "temperature_unit"),
    _line(_("Pain at rest"), "pain_at_rest", "pain_at_rest_mm", how="0–10"),
    _line(_("Pain on movement"), "pain_on_movement", "pain_on_movement_mm", how="0–10"),
    _line(_("Hurts in a new place"), "new_pain_site", how=_YES_NO),
    _line(_("Came on suddenly"), "sudden_onset", how=_YES_NO),
    _line(_("Puncture site"), "puncture_site", how=_("dry, oozing, swelling")),
    _line(_("Short of breath"), "dyspnoea", how=_YES_NO),
    _line(_("Chest pain"), "chest_pain", how=_YES_NO),
    _line(_("Coughing blood"), "haemoptysis", how=_YES_NO),
    _line(_("Fainted or nearly"), "syncope", how=_YES_NO),
    _both(_("Ankle up (L4)"), "motor_L4", _POWER),
    _both(_("Ankle down (S1)"), "motor_S1", _POWER),
    _line(_("Numb legs or saddle"), "numbness", how=_YES_NO),
    _line(_("Passed urine since"), "voided", how=_YES_NO),
    _line(_("Leg pain"), "leg_pain", how=_YES_NO),
)  # fmt: skip

# With every full check.
FULL: Sequence[PaperLine] = (
    _line(_("Measured at"), "effective_at"),
    _both(_("Hip flexion (L2)"), "motor_L2", _POWER),
    _both(_("Knee extension (L3)"), "motor_L3", _POWER),
    _both(_("Great toe up (L5)"), "motor_L5", _POWER),
    _line(_("Muscles limited by pain"), "pain_limited"),
    _line(_("Anaesthetic may still act"), "residual_anaesthetic", how=_YES_NO),
    _both(_("Feeling: mid thigh (L2)"), "sensory_L2", _FEELING),
    _both(_("inner knee (L3)"), "sensory_L3", ""),
    _both(_("inner ankle (L4)"), "sensory_L4", ""),
    _both(_("back of the foot (L5)"), "sensory_L5", ""),
    _both(_("lateral heel (S1)"), "sensory_S1", ""),
    _both(_("hollow of the knee (S2)"), "sensory_S2", ""),
    _both(_("gluteal fold (S3)"), "sensory_S3", ""),
    _both(_("perianal (S4/5)"), "sensory_S4_5", ""),
    _line(_("Saddle sensation"), "saddle_sensation", how=_FEELING),
    _both(_("Sensory level on the trunk"), "trunk_sensory_level", _("none, T2–L1")),
    _line(_("Anal tone"), "anal_tone", how=_("normal, reduced, absent")),
    _both(_("Plantar reflex"), "babinski", _("down, up, NT")),
    _both(_("Clonus"), "clonus", _("none, present, NT")),
    _line(_("Muscle tone"), "tone", how=_("normal, spastic, flaccid")),
    _line(_("Leg pain along a nerve"), "radicular_leg_pain", how=_("none, one, both")),
    _line(_("Walking"), "gait", how=_("0 unaided, 1 aid, 2 supervised, 3 one person, 4 two, 5 cannot, NT")),
    _line(_("ASIA scale"), "asia_impairment_scale", how="A–E"),
    _line(
        _("Passing urine"), "voiding",
        how=_("normal, hesitant, no feeling, unable, catheter, newly hard or leaking"),
    ),
    _line(_("Last passed urine at"), "last_void_at"),
    _line(_("Incontinent of urine"), "urinary_incontinence", how=_("none, as before, new or worse")),
    _line(_("Urine left after voiding, mL"), "post_void_residual_ml"),
    _line(_("Bowel"), "bowel", how=_("normal, constipated, incontinent, no feeling of fullness")),
)  # fmt: skip

# Where something is wrong, and once a shift.
DETAILS: Sequence[PaperLine] = (
    _line(_("Asked at"), "effective_at"),
    _line(_("Seen, or told by phone"), "source"),
    _line(
        _("Where it hurts"), "pain_sites",
        how=_("treated level, above, below, elsewhere in the spine, ribs R/L, leg R/L, round the trunk, puncture, other"),
    ),
    _line(_("What it is like"), "pain_characters", how=_("in the back, along a nerve, burning, on breathing in")),
    _line(_("Since when"), "pain_onset_at", how=_("day, time")),
    _line(_("Came on with"), "pain_trigger", how=_("nothing, cough, bending, fall, other")),
    _line(_("Fell since the last contact"), "fall", how=_YES_NO),
    _line(_("Scale of pain"), "pain_scale", how=_("number, words, PAINAD, mm")),
    _line(_("Took pain medicine since"), "took_analgesia", how=_YES_NO),
    _line(_("Relief by it"), "pain_relief", how=_("none, some, good")),
    _line(_("Shaking chills"), "rigors", how=_YES_NO),
    _line(_("Wound: redness over 2 cm"), "wound_redness_over_2_cm"),
    _line(_("discharge · pus"), "wound_discharge", "wound_pus", how=_("yes / no, each")),
    _line(_("warm · open"), "wound_warmth", "wound_opening", how=_("yes / no, each")),
    _line(_("Swelling that grows"), "expanding_swelling"),
    _line(_("Dressing soaked twice in 1 h"), "dressing_soaked_twice"),
    _line(_("Hives · wheeze · lips swollen"), "urticaria", "wheeze", "lip_swelling", how=_("yes / no, each")),
    _line(_("One calf swollen or sore"), "calf_swelling_or_pain"),
    _line(_("A rib tender to touch"), "rib_tenderness"),
    _line(_("Got up and walked"), "walked"),
    _line(_("Dizzy or faint on standing"), "orthostatic_symptoms"),
    _line(_("Weight kg · haemoglobin g/dL"), "weight_kilograms", "haemoglobin_grams_per_decilitre"),
    _line(_("Says: legs weaker than before"), "said_legs_weaker", how=_("yes, no, not sure")),
    _line(_("Says: new numbness in the legs"), "said_legs_numb", how=_("yes, no, not sure")),
)  # fmt: skip

# The columns of the table of doses; the note has lines of its own below.
DOSES: Sequence[tuple[str | Promise, str]] = (
    (_("Given at"), "given_at"), (_("Pain medicine"), "drug"), (_("Dose with unit"), "dose"), (_("Route"), "route"),
)  # fmt: skip

ROUTINE_COLUMNS, FULL_COLUMNS, DETAIL_COLUMNS = 9, 5, 4
