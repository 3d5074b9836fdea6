"""The patients of the demo and what happened to each. All of them are invented."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from followup.models import ImagingTask, MonitoringSlot, Observation
from procedures.models import Procedure

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Act:
    """Something that a person did, `after` T0."""

    after: timedelta


@dataclass(frozen=True)
class Logged(Act):
    """An observation besides the routine sets. What it found in `lasting` every later set finds too."""

    answers: dict = field(default_factory=dict)
    neurology: dict = field(default_factory=dict)
    lasting: dict = field(default_factory=dict)
    dose: dict | None = None
    source: str = Observation.Source.NURSE


@dataclass(frozen=True)
class Waived(Act):
    """The check that was due `due` after T0 is not done, with a reason."""

    due: timedelta
    because: str


@dataclass(frozen=True)
class Acknowledged(Act):
    comment: str


@dataclass(frozen=True)
class Ordered(Act):
    appointment_after: timedelta


@dataclass(frozen=True)
class Performed(Act):
    pass


@dataclass(frozen=True)
class Reported(Act):
    result: str
    comment: str


@dataclass(frozen=True)
class Discharged(Act):
    pass


@dataclass(frozen=True)
class Scored(Act):
    """Outcome instruments, before the procedure or after it."""

    answers: dict = field(default_factory=dict)


@dataclass(frozen=True)
class SaidOfDrug(Act):
    """A statement on a bone-health drug; `days_ago` counts back from the day of the act."""

    drug: str
    status: str
    days_ago: int = 0
    physician: str = ""
    reason: str = ""


@dataclass(frozen=True)
class KnownOfBones(Act):
    """Facts of bone health. `denosumab_days_ago` counts back from the day of the act."""

    facts: dict = field(default_factory=dict)
    denosumab_days_ago: int | None = None


@dataclass(frozen=True)
class Selected(Act):
    """The selection criteria were answered: for the patient, and the same for each fracture."""

    answers: dict = field(default_factory=dict)
    fracture: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Overridden(Act):
    reason: str


@dataclass(frozen=True)
class Story:
    """One patient. `ago` is the time since T0; the routine sets are logged up to now, or up to `logged_until`.

    `left_out` are due times whose set was not done; `vitals` what differs from the usual, already before the procedure; `facts`
    are columns of the procedure.
    """

    site: str
    family_name: str
    given_name: str
    birth_date: date
    gender: str
    bed: str
    ago: timedelta
    disposition: str
    levels: tuple[str, ...]
    kind: str = Procedure.Kind.BALLOON_KYPHOPLASTY
    aetiology: str = Procedure.Aetiology.OSTEOPOROTIC
    facts: dict = field(default_factory=dict)
    vitals: dict = field(default_factory=dict)
    logged_until: timedelta | None = None
    left_out: tuple[timedelta, ...] = ()
    acts: tuple[Act, ...] = ()


NORMAL_MOTOR = {f"motor_{root}_{side}": "5" for root in ("L2", "L3", "L4", "L5", "S1") for side in "RL"}
NORMAL_FULL = {
    **NORMAL_MOTOR,
    **{
        f"sensory_{root}_{side}": "NORMAL"
        for root in ("L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4_5")
        for side in "RL"
    },
    "saddle_sensation": "NORMAL", "voiding": "NORMAL", "urinary_incontinence": "NONE", "bowel": "NORMAL",
}  # fmt: skip


_NO_EXCLUSION = dict.fromkeys(
    ("active_infection", "coagulopathy", "cement_or_contrast_allergy", "healed_fracture", "cord_compression", "pregnant",
     "cannot_lie_prone"), False,
)  # fmt: skip
_THERAPY = {
    "therapy_continues": True, "analgesics": "YES", "physical_therapy": "YES", "bracing": "CONTRAINDICATED",
    "bracing_reason": "Skin trouble below the brace", "osteoporosis_medication": "YES",
    "pain_at_therapy_start": Decimal(8), "refractory": True,
}  # fmt: skip
_CONFIRMED = {
    "date_precision": "DAY", "morphology": "WEDGE", "stir_edema": "PRESENT", "posterior_cortex": "INTACT",
    "tenderness": ["AT_LEVEL"], "imaging_confirms_level": True, "anterior_height_millimetres": Decimal("17.0"),
    "mid_height_millimetres": Decimal("18.5"), "posterior_height_millimetres": Decimal("24.0"),
    "height_above_millimetres": Decimal("25.0"), "height_below_millimetres": Decimal("26.0"),
}  # fmt: skip


def _called(after: timedelta, at_rest: int, on_movement: int) -> Logged:
    pain = {"pain_at_rest": Decimal(at_rest), "pain_on_movement": Decimal(on_movement), "pain_scale": "NRS"}
    return Logged(after, answers=pain, source=Observation.Source.PHONE)


_ARRIVED = Story("north", "Alder", "Ann", date(1947, 3, 2), "female", "1", 20 * _MINUTE, "OVERNIGHT", ("L1",))
_GOING_HOME = Story(
    "north", "Birch", "Bruno", date(1951, 11, 20), "male", "2", 2 * _HOUR, "SAME_DAY", ("L2",),
    facts={"setting": "DAY_CASE", "lives_alone": False, "takes_anticoagulants": False, "antibiotic_given": True,
           "perioperative_events": ["NONE"]},
    acts=(Selected(2 * _MINUTE, _THERAPY | _NO_EXCLUSION, _CONFIRMED),),
)  # fmt: skip
_NEURO_CHECK_OVERDUE = Story(
    "north", "Cedar", "Clara", date(1944, 6, 9), "female", "3", 6 * _HOUR + 27 * _MINUTE, "OVERNIGHT", ("T12", "L1"),
    logged_until=5 * _HOUR + 30 * _MINUTE,
)  # fmt: skip
_FIRST_NIGHT = Story(
    "north", "Elm", "Edith", date(1939, 1, 30), "female", "4", 23 * _HOUR, "STAY_48H", ("T8",),
    kind=Procedure.Kind.VERTEBROPLASTY, aetiology=Procedure.Aetiology.CANCER,
    facts={"cancer_kind": "MYELOMA", "setting": "INPATIENT", "perioperative_events": ["HYPOTENSION"], "lives_alone": True},
    vitals={"spo2_percent": 95, "pulse_per_minute": 94}, left_out=(14 * _HOUR,),
    acts=(
        Selected(2 * _MINUTE, _NO_EXCLUSION | {"refractory": True, "analgesics": "YES"},
                 _CONFIRMED | {"morphology": "CRUSH", "posterior_cortex": "BREACHED", "tumour_extension": True}),
        Overridden(5 * _MINUTE, "No neurological deficit; tumour board advised it, spine surgeon at hand."),
        Waived(14 * _HOUR + 10 * _MINUTE, due=14 * _HOUR, because=MonitoringSlot.WaivedBecause.ASLEEP),
    ),
)  # fmt: skip
_AT_HOME = Story(
    "north", "Fir", "Frank", date(1956, 9, 14), "male", "", 25 * _HOUR, "SAME_DAY", ("L3",),
    acts=(Discharged(3 * _HOUR),),
)  # fmt: skip
_DAY_9 = Story(
    "north", "Hazel", "Hanna", date(1950, 4, 25), "female", "", 9 * _DAY, "OVERNIGHT", ("L1",),
    acts=(
        # Broken while the next injection was late: the gap was there before the procedure.
        KnownOfBones(20 * _HOUR, {"calcium": Decimal("2.35"), "calcium_unit": "MMOL_PER_L"}, denosumab_days_ago=191),
        SaidOfDrug(22 * _HOUR, "DENOSUMAB", "STARTED", days_ago=560, physician="Dr Pia North"),
        Discharged(25 * _HOUR), _called(7 * _DAY, 1, 2),
        Scored(7 * _DAY, {"contact": "FU3", "mobility": 1}),
    ),
)  # fmt: skip
_WEEK_6 = Story(
    "north", "Juniper", "Jon", date(1948, 8, 8), "male", "", 42 * _DAY, "OVERNIGHT", ("T11",),
    acts=(
        Scored(-2 * _DAY, {"contact": "BASELINE", "kps": 50, "mobility": 3, "tug_unable": True}),
        Discharged(25 * _HOUR), _called(7 * _DAY, 1, 3), _called(14 * _DAY, 1, 2),
        KnownOfBones(14 * _DAY, {"vitamin_d": Decimal(16), "vitamin_d_unit": "NG_PER_ML"}),
        KnownOfBones(14 * _DAY, {"egfr_ml_per_minute": Decimal(33)}),
        SaidOfDrug(15 * _DAY, "ZOLEDRONATE", "PRESCRIBED", physician="Dr Paul North"),
        Scored(41 * _DAY, {"contact": "FU5", "kps": 80, "mobility": 1, "tug_seconds": Decimal("13.5")}),
    ),
)  # fmt: skip
_CAUDA_EQUINA = Story(
    "north", "Larch", "Lotte", date(1943, 12, 1), "female", "5", 8 * _HOUR, "OVERNIGHT", ("L2", "L3"),
    acts=(
        Selected(3 * _MINUTE, _THERAPY | {"osteoporosis_medication": "NO"},
                 {"stir_edema": "PRESENT", "posterior_cortex": "INTACT"}),
        Logged(
            7 * _HOUR + 54 * _MINUTE,
            neurology={**NORMAL_FULL, "saddle_sensation": "ALTERED", "voiding": "UNABLE", "voided": False,
                       "post_void_residual_ml": 450},
        ),
    ),
)  # fmt: skip
_PAIN_ROSE = Story(
    "north", "Maple", "Mia", date(1953, 2, 17), "female", "6", 20 * _HOUR, "OVERNIGHT", ("T12",),
    acts=(
        Logged(
            18 * _HOUR + 30 * _MINUTE,
            answers={"pain_at_rest": Decimal(4), "pain_on_movement": Decimal(6), "pain_scale": "NRS",
                     "pain_sites": ["ADJACENT_ABOVE"], "sudden_onset": False},
            neurology=NORMAL_FULL,
            dose={"drug": "MORPHINE", "dose": "2.5 mg", "route": "IV"},
        ),
        Acknowledged(18 * _HOUR + 50 * _MINUTE, "Seen at the bedside; MRI being arranged."),
    ),
)  # fmt: skip
_SCAN_REPORTED = Story(
    "north", "Oak", "Otto", date(1946, 7, 23), "male", "7", 30 * _HOUR, "STAY_48H", ("L4",),
    acts=(
        Logged(26 * _HOUR, neurology={**NORMAL_FULL, "motor_L5_R": "3"}, lasting={"motor_L5_R": "3"}),
        Acknowledged(26 * _HOUR + 10 * _MINUTE, "On my way."),
        Ordered(26 * _HOUR + 20 * _MINUTE, appointment_after=27 * _HOUR + 30 * _MINUTE),
        Performed(27 * _HOUR + 40 * _MINUTE),
        Reported(29 * _HOUR + 20 * _MINUTE, ImagingTask.Result.LEAK_ASYMPTOMATIC,
                 "Small foraminal leak at L4 right, no compression."),
    ),
)  # fmt: skip
_SOUTH = (
    Story("south", "Pine", "Petra", date(1949, 10, 5), "female", "A1", 4 * _HOUR, "OVERNIGHT", ("L1",)),
    Story("south", "Rowan", "Rosa", date(1941, 5, 12), "female", "A2", 12 * _HOUR, "OVERNIGHT", ("T10", "T11"),
          kind=Procedure.Kind.VERTEBROPLASTY, vitals={"spo2_percent": 95}, left_out=(4 * _HOUR,)),
    Story("south", "Spruce", "Stefan", date(1955, 3, 3), "male", "", 2 * _DAY, "SAME_DAY", ("L5",),
          acts=(Discharged(4 * _HOUR), _called(24 * _HOUR, 2, 3))),
)  # fmt: skip

STORIES = (
    _ARRIVED, _GOING_HOME, _NEURO_CHECK_OVERDUE, _FIRST_NIGHT, _AT_HOME, _DAY_9, _WEEK_6, _CAUDA_EQUINA, _PAIN_ROSE,
    _SCAN_REPORTED, *_SOUTH,
)  # fmt: skip
