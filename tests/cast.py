"""The small fixed cast of every test: two sites, a few people, one patient with one treated vertebra."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from followup.discharge_checklist import Answers
from followup.models import ShiftHandover
from followup.selectors.handover import handover
from followup.services.discharge import discharge_patient
from followup.services.episodes import open_episode
from followup.services.handovers import accept_shift
from followup.services.observations import SavedObservation, record_observation
from kyphotrack.staff.models import Duty, DutyRole, Membership, Role, Site, User
from kyphotrack.staff.permissions import sites_of
from patients.models import Patient
from patients.services import register_patient
from procedures.models import Procedure

PASSWORD = "correct horse battery staple"
T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)

NORMAL_VITALS = {
    "respiration_rate": 16,
    "spo2_percent": 97,
    "supplemental_oxygen": False,
    "systolic_mmhg": 128,
    "diastolic_mmhg": 76,
    "pulse_per_minute": 72,
    "consciousness": "A",
    "temperature_celsius": Decimal("36.8"),
}
NORMAL_QUICK_NEUROLOGY = {
    "motor_L4_R": "5", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5",
    "numbness": False, "voided": True, "leg_pain": False,
}  # fmt: skip
NORMAL_FULL_NEUROLOGY = {
    **{f"motor_{root}_{side}": "5" for root in ("L2", "L3", "L4", "L5", "S1") for side in "RL"},
    **{
        f"sensory_{root}_{side}": "NORMAL"
        for root in ("L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4_5")
        for side in "RL"
    },
    "saddle_sensation": "NORMAL",
    "voiding": "NORMAL",
    "urinary_incontinence": "NONE",
    "bowel": "NORMAL",
    "radicular_leg_pain": "NONE",
    "gait": "1",
}


def a_site(name: str = "North unit", time_zone: str = "Europe/Berlin") -> Site:
    return Site.objects.get_or_create(
        name=name,
        defaults={
            "time_zone": time_zone,
            "emergency_number": "112",
            "clinic_phone_24h": "+49 30 5550100",
            "neutral_sender_name": "Care team",
        },
    )[0]


def a_member(site: Site, role: Role, name: str) -> User:
    address = f"{name.lower().replace(' ', '.')}@{site.name.lower().replace(' ', '-')}.example"
    user = User.objects.filter(email=address).first() or User.objects.create_user(address, name, PASSWORD)
    Membership.objects.get_or_create(user=user, site=site, role=role)
    return user


def a_nurse(site: Site, name: str = "Nurse One") -> User:
    return a_member(site, Role.NURSE, name)


def a_physician(site: Site, name: str = "Physician One", *, on_call: bool = True) -> User:
    user = a_member(site, Role.PHYSICIAN, name)
    if on_call and not Duty.objects.filter(site=site, user=user).exists():
        Duty.objects.create(
            site=site, user=user, role=DutyRole.ON_CALL_PHYSICIAN, starts_at=datetime(2020, 1, 1, tzinfo=UTC)
        )
    return user


def a_patient(site: Site, record_number: str = "MRN-0001", family_name: str = "Example", **details) -> Patient:
    known = {
        "medical_record_number": record_number,
        "family_name": family_name,
        "given_name": "Pat",
        "birth_date": date(1948, 5, 17),
        "gender": "female",
        "email": "",
        "phone": "",
        "time_zone": "",
    }
    return register_patient(
        site=site, details=known | details, email_consent=False, by=a_nurse(site), now=T0 - timedelta(days=1)
    )


def a_baseline(**changes) -> dict:
    return {
        "effective_at": T0 - timedelta(hours=3),
        **NORMAL_VITALS,
        "pain_at_rest": Decimal(6),
        "pain_on_movement": Decimal(8),
        "pain_scale": "NRS",
        "neurology": dict(NORMAL_FULL_NEUROLOGY),
        "mri_safety": "CLEAR",
    } | changes


def an_episode(
    patient: Patient | None = None,
    *,
    time_zero: datetime = T0,
    disposition: str = Procedure.Disposition.OVERNIGHT,
    baseline: dict | str | None = "normal",
    levels: tuple[str, ...] = ("L1",),
    **procedure,
) -> Procedure:
    patient = patient or a_patient(a_site())
    facts = {
        "kind": Procedure.Kind.BALLOON_KYPHOPLASTY,
        "aetiology": Procedure.Aetiology.OSTEOPOROTIC,
        "anaesthesia": Procedure.Anaesthesia.LOCAL_SEDATION,
        "disposition": disposition,
        "operator": "Operator One",
        "started_at": time_zero - timedelta(minutes=50),
        "ended_at": time_zero,
        "bed": "12",
        "notes": "",
    }
    if baseline == "normal":
        baseline = a_baseline(effective_at=time_zero - timedelta(hours=3))
    return open_episode(
        patient=patient,
        procedure=facts | procedure,
        fractures=[{"level": level, "fractured_on": None} for level in levels],
        treated_levels=[
            {
                "level": level,
                "approach": "BIPEDICULAR",
                "cement_volume_millilitres": Decimal("4.5"),
                "leakage": "NONE",
            }
            for level in levels
        ],
        anticoagulants=[],
        baseline=baseline,
        form_token=uuid.uuid4(),
        by=a_nurse(patient.site),
        now=time_zero + timedelta(minutes=2),
    )


def a_routine_set(**changes) -> dict:
    """A complete quick set in which nothing is wrong, as the nurse typed it."""
    return {
        **NORMAL_VITALS,
        "pain_at_rest": Decimal(2),
        "pain_on_movement": Decimal(3),
        "pain_scale": "NRS",
        "sudden_onset": False,
        "new_pain_site": False,
        "dyspnoea": False,
        "chest_pain": False,
        "haemoptysis": False,
        "syncope": False,
        "puncture_site": "DRY",
        "neurology": dict(NORMAL_QUICK_NEUROLOGY),
    } | changes


ALL_ARRANGED = Answers(
    responsible_adult_24_hours=True,
    reachable_by_phone=True,
    red_flag_sheet_given=True,
    osteoporosis_plan_made=True,
    analgesia_supplied=True,
)


def ready_to_go_home(procedure: Procedure, *, minutes: float) -> None:
    """Every planned set up to `minutes` after T0 done on time, and a last full exam then: nothing bars the discharge."""
    for slot in procedure.monitoring_slots.filter(place="WARD", only="").order_by("due_at"):
        due = (slot.due_at - procedure.time_zero).total_seconds() / 60
        if due <= minutes:
            log(
                procedure,
                minutes=due,
                typed_after=0,
                **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"voided": True}),
            )
    log(
        procedure,
        minutes=minutes,
        typed_after=0,
        **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"voided": True}, walked=True),
    )


def send_home(procedure: Procedure, *, by: User, now: datetime) -> Procedure:
    """Discharge home at `now`, after everything that the checklist asks for."""
    ready_to_go_home(procedure, minutes=(now - procedure.time_zero).total_seconds() / 60)
    return discharge_patient(procedure=procedure, answers=ALL_ARRANGED, by=by, now=now)


def log(
    procedure: Procedure,
    *,
    minutes: float,
    typed_after: float = 1,
    by: User | None = None,
    doses: list[dict] | None = None,
    form_token: uuid.UUID | None = None,
    **answers,
) -> SavedObservation:
    """An observation `minutes` after T0, typed `typed_after` minutes later; only the given answers are filled in."""
    measured_at = procedure.time_zero + timedelta(minutes=minutes)
    return record_observation(
        procedure=procedure,
        answers={"effective_at": measured_at} | answers,
        doses=doses or [],
        source="NURSE",
        by=by or a_nurse(procedure.patient.site),
        now=measured_at + timedelta(minutes=typed_after),
        form_token=form_token or uuid.uuid4(),
    )


def accepted_by(
    person: User, *, now: datetime, hours: float = 8, note: str = "", form_token: uuid.UUID | None = None
) -> ShiftHandover:
    """This person accepts the shift of everybody whom the handover shows at the first of their sites."""
    site = sites_of(person).order_by("pk")[0]
    return accept_shift(
        site=site,
        patients=[one for one in handover(user=person, now=now).patients if one.procedure.patient.site_id == site.pk],
        shift=ShiftHandover.Shift.NIGHT,
        ends_at=now + timedelta(hours=hours),
        note=note,
        by=person,
        now=now,
        form_token=form_token or uuid.uuid4(),
    )
