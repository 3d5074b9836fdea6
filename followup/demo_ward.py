"""The demo ward: invented people at two sites, each somewhere else on the way, with every clock dated to now.

All of it goes through the real services, with the times at which things would have happened.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from followup.models import ImagingTask, MonitoringSlot, RedFlag
from followup.monitoring_plan import PlannedSlot, plan_monitoring
from followup.red_flags.neurology import MOTOR_FIELDS, SENSORY_FIELDS
from followup.services import imaging_tasks
from followup.services.episodes import discharge_patient, open_episode
from followup.services.observations import record_observation
from followup.services.red_flags import acknowledge_flag
from followup.services.slots import mark_missed_slots
from kyphotrack.staff.models import Duty, DutyRole, Membership, Role, Site, User
from patients.models import Patient
from patients.services import register_patient
from procedures.models import Procedure

PASSWORD = "kyphotrack-demo"  # noqa: S105 - printed for everyone who tries the demo

SITES = {
    "north": {"name": "Northgate Spine Unit", "time_zone": "Europe/London", "emergency_number": "999"},
    "south": {"name": "Southlake Hospital", "time_zone": "Europe/Zurich", "emergency_number": "144"},
}
STAFF = (
    ("north", Role.NURSE, "nurse@north.example", "Nell North", DutyRole.CHARGE_NURSE),
    ("north", Role.NURSE, "nurse2@north.example", "Ned North", None),
    ("north", Role.PHYSICIAN, "physician@north.example", "Dr Pia North", DutyRole.ON_CALL_PHYSICIAN),
    ("north", Role.PHYSICIAN, "physician2@north.example", "Dr Paul North", DutyRole.BACKUP_PHYSICIAN),
    ("north", Role.LEAD_CLINICIAN, "lead@north.example", "Dr Lena North", DutyRole.SERVICE_LEAD),
    ("north", Role.COORDINATOR, "coordinator@north.example", "Cora North", None),
    ("south", Role.NURSE, "nurse@south.example", "Sam South", DutyRole.CHARGE_NURSE),
    ("south", Role.PHYSICIAN, "physician@south.example", "Dr Sue South", DutyRole.ON_CALL_PHYSICIAN),
)

_NORMAL_VITALS = {
    "respiration_rate": 15, "spo2_percent": 97, "supplemental_oxygen": False, "systolic_mmhg": 132, "diastolic_mmhg": 78,
    "pulse_per_minute": 74, "consciousness": "A", "temperature_celsius": Decimal("36.7"),
}  # fmt: skip
_QUICK = {
    "motor_L4_R": "5", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5", "numbness": False, "leg_pain": False,
    "voided": True,
}  # fmt: skip
_FULL = {
    **dict.fromkeys(MOTOR_FIELDS, "5"), **dict.fromkeys(SENSORY_FIELDS, "NORMAL"), "saddle_sensation": "NORMAL",
    "voiding": "NORMAL", "urinary_incontinence": "NONE", "bowel": "NORMAL", "numbness": False, "leg_pain": False,
    "voided": True,
}  # fmt: skip
_DENIED = {
    "dyspnoea": False, "chest_pain": False, "haemoptysis": False, "syncope": False, "sudden_onset": False,
    "new_pain_site": False,
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One observation besides the routine: minutes after T0, what it changes in a full set, and a dose given then.

    `lasting` is what every later routine set finds too.
    """

    minutes: int
    changes: dict
    neurology: dict | None = None
    dose: tuple[str, str, str] | None = None
    lasting: dict | None = None


@dataclass(frozen=True)
class Story:
    """One patient. `ago` is the time since T0; routine sets are logged up to now, or up to `logged_until`."""

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
    logged_until: timedelta | None = None
    discharged_after: timedelta | None = None
    events: tuple[Event, ...] = ()
    then: str = ""  # what people did afterwards: a function below


_H = timedelta(hours=1)
_D = timedelta(days=1)
STORIES = (
    Story("north", "Alder", "Ann", date(1947, 3, 2), "female", "1", timedelta(minutes=20), "OVERNIGHT", ("L1",)),
    Story("north", "Birch", "Bruno", date(1951, 11, 20), "male", "2", 2 * _H, "SAME_DAY", ("L2",)),
    Story("north", "Cedar", "Clara", date(1944, 6, 9), "female", "3", 6 * _H + timedelta(minutes=27), "OVERNIGHT",
          ("T12", "L1"), logged_until=5 * _H + timedelta(minutes=30)),
    Story("north", "Elm", "Edith", date(1939, 1, 30), "female", "4", 23 * _H, "STAY_48H", ("T8",),
          kind=Procedure.Kind.VERTEBROPLASTY, aetiology=Procedure.Aetiology.CANCER),
    Story("north", "Fir", "Frank", date(1956, 9, 14), "male", "", 25 * _H, "SAME_DAY", ("L3",), discharged_after=3 * _H),
    Story("north", "Hazel", "Hanna", date(1950, 4, 25), "female", "", 9 * _D, "OVERNIGHT", ("L1",),
          discharged_after=25 * _H, events=(
              Event(7 * 24 * 60, {"pain_at_rest": Decimal(1), "pain_on_movement": Decimal(2), "source": "PHONE"}),)),
    Story("north", "Juniper", "Jon", date(1948, 8, 8), "male", "", 42 * _D, "OVERNIGHT", ("T11",),
          discharged_after=25 * _H, events=(
              Event(14 * 24 * 60, {"pain_at_rest": Decimal(1), "pain_on_movement": Decimal(3), "source": "PHONE"}),)),
    Story("north", "Larch", "Lotte", date(1943, 12, 1), "female", "5", 8 * _H, "OVERNIGHT", ("L2", "L3"), events=(
              Event(474, {}, {**_FULL, "saddle_sensation": "ALTERED", "voiding": "UNABLE", "voided": False,
                              "post_void_residual_ml": 450}),)),
    Story("north", "Maple", "Mia", date(1953, 2, 17), "female", "6", 20 * _H, "OVERNIGHT", ("T12",), events=(
              Event(1110, {"pain_at_rest": Decimal(4), "pain_on_movement": Decimal(6), "pain_sites": ["ADJACENT_ABOVE"]},
                    _FULL, ("MORPHINE", "2.5 mg", "IV")),), then="acknowledge"),
    Story("north", "Oak", "Otto", date(1946, 7, 23), "male", "7", 30 * _H, "STAY_48H", ("L4",), events=(
              Event(1560, {}, {**_FULL, "motor_L5_R": "3"}, lasting={"motor_L5_R": "3"}),), then="report"),
    Story("south", "Pine", "Petra", date(1949, 10, 5), "female", "A1", 4 * _H, "OVERNIGHT", ("L1",)),
    Story("south", "Rowan", "Rosa", date(1941, 5, 12), "female", "A2", 12 * _H, "OVERNIGHT", ("T10", "T11"),
          kind=Procedure.Kind.VERTEBROPLASTY),
    Story("south", "Spruce", "Stefan", date(1955, 3, 3), "male", "", 2 * _D, "SAME_DAY", ("L5",), discharged_after=4 * _H,
          events=(Event(24 * 60, {"pain_at_rest": Decimal(2), "pain_on_movement": Decimal(3), "source": "PHONE"}),)),
)  # fmt: skip


def load(now: datetime) -> int:
    """Fill an empty database; returns the number of patients."""
    now = now.replace(second=0, microsecond=0)
    sites = {key: _site(facts) for key, facts in SITES.items()}
    people = _staff(sites, now)
    for number, story in enumerate(STORIES, start=1):
        _tell(story, number, sites[story.site], people, now)
    mark_missed_slots(now=now)
    return len(STORIES)


def _site(facts: dict) -> Site:
    return Site.objects.create(**facts, clinic_phone_24h="+00 000 000 00 00", neutral_sender_name="Care team")


def _staff(sites: dict[str, Site], now: datetime) -> dict[tuple[str, str], User]:
    people: dict[tuple[str, str], User] = {}
    for key, role, address, name, duty in STAFF:
        user = User.objects.create_user(address, name, PASSWORD)
        Membership.objects.create(user=user, site=sites[key], role=role)
        if duty:
            Duty.objects.create(user=user, site=sites[key], role=duty, starts_at=now - timedelta(days=60))
        people.setdefault((key, role), user)
    return people


def _tell(story: Story, number: int, site: Site, people: dict, now: datetime) -> None:
    nurse, physician = people[story.site, Role.NURSE], people[story.site, Role.PHYSICIAN]
    time_zero = now - story.ago
    patient = _patient(story, number, site, nurse, time_zero)
    procedure = _procedure(story, patient, physician, time_zero)
    for minutes, changes, neurology, dose in _entries(story):
        _log(procedure, minutes, changes, neurology, dose, nurse)
    if story.discharged_after:
        discharge_patient(procedure=procedure, by=nurse, now=time_zero + story.discharged_after)
    if story.then == "acknowledge":
        _acknowledge(procedure, physician, now)
    elif story.then == "report":
        _scan_and_report(procedure, physician, now)


def _patient(story: Story, number: int, site: Site, nurse: User, time_zero: datetime) -> Patient:
    details = {
        "medical_record_number": f"DEMO-{number:03}", "family_name": story.family_name, "given_name": story.given_name,
        "birth_date": story.birth_date, "gender": story.gender, "email": "", "phone": "", "time_zone": "",
    }  # fmt: skip
    return register_patient(
        site=site, details=details, email_consent=False, by=nurse, now=time_zero - timedelta(hours=5)
    )


def _procedure(story: Story, patient: Patient, physician: User, time_zero: datetime) -> Procedure:
    return open_episode(
        patient=patient,
        procedure={
            "kind": story.kind, "aetiology": story.aetiology, "anaesthesia": Procedure.Anaesthesia.LOCAL_SEDATION,
            "disposition": story.disposition, "operator": str(physician), "bed": story.bed, "notes": "",
            "started_at": time_zero - timedelta(minutes=45), "ended_at": time_zero,
        },
        fractures=[
            {"level": level, "fractured_on": time_zero.date() - timedelta(days=50), "height_loss_percent": Decimal(32)}
            for level in story.levels
        ],
        treated_levels=[
            {"level": level, "approach": "BIPEDICULAR", "cement_volume_millilitres": Decimal("4.0"), "leakage": "NONE"}
            for level in story.levels
        ],
        anticoagulants=[],
        baseline={
            "effective_at": time_zero - timedelta(hours=3), **_NORMAL_VITALS, "pain_at_rest": Decimal(6),
            "pain_on_movement": Decimal(8), "pain_scale": "NRS", "neurology": {**_baseline_exam(), "gait": "1"},
            "mri_safety": "CLEAR",
        },
        form_token=uuid.uuid4(),
        by=physician,
        now=time_zero + timedelta(minutes=1),
    )  # fmt: skip


def _baseline_exam() -> dict:
    return {name: value for name, value in _FULL.items() if name not in ("numbness", "leg_pain", "voided")}


def _entries(story: Story) -> list[tuple[float, dict, dict, tuple | None]]:
    """Routine sets and events in time order; minutes after T0, changes, neurology and dose."""
    end = min(story.ago, story.logged_until or story.ago, story.discharged_after or story.ago)
    start = datetime(2000, 1, 1)  # noqa: DTZ001 - only differences are used
    planned = [slot for slot in plan_monitoring(start, story.disposition) if slot.place == MonitoringSlot.Place.WARD]
    routine = [_routine(slot, start, story) for slot in planned if slot.due_at - start + timedelta(minutes=4) <= end]
    events = [(float(event.minutes), event.changes, event.neurology or {}, event.dose) for event in story.events]
    return sorted([*routine, *events], key=lambda entry: entry[0])


def _routine(slot: PlannedSlot, start: datetime, story: Story) -> tuple[float, dict, dict, None]:
    minutes = (slot.due_at - start).total_seconds() / 60
    lasting = [event.lasting for event in story.events if event.lasting and event.minutes <= minutes]
    neurology = dict(_FULL if slot.neuro == "FULL" else _QUICK)
    for found in lasting:
        neurology |= found
    pain = Decimal(4) if minutes < 60 else Decimal(3) if minutes < 600 else Decimal(2)
    changes = {
        **_NORMAL_VITALS, **_DENIED, "pain_at_rest": pain - 1, "pain_on_movement": pain, "pain_scale": "NRS",
        "pain_sites": ["TREATED_LEVEL"], "puncture_site": "DRY",
        # A little life in the numbers, the same on every load.
        "pulse_per_minute": 70 + int(minutes) % 9, "respiration_rate": 14 + int(minutes) % 3,
    }  # fmt: skip
    return minutes + 2, changes, neurology, None


def _log(procedure: Procedure, minutes: float, changes: dict, neurology: dict, dose: tuple | None, nurse: User) -> None:
    measured_at = procedure.time_zero + timedelta(minutes=minutes)
    answers = {"effective_at": measured_at, **changes, "neurology": neurology}
    source = answers.pop("source", "NURSE")
    doses = []
    if dose:
        drug, amount, route = dose
        doses = [{"drug": drug, "dose": amount, "route": route, "given_at": measured_at}]
    record_observation(
        procedure=procedure, answers=answers, doses=doses, source=source, by=nurse,
        now=measured_at + timedelta(minutes=1), form_token=uuid.uuid4(),
    )  # fmt: skip


def _acknowledge(procedure: Procedure, physician: User, now: datetime) -> None:
    task = ImagingTask.objects.open().get(procedure=procedure)
    imaging_tasks.acknowledge_imaging_task(
        task=task, comment="Seen at the bedside; MRI being arranged.", by=physician, now=now - timedelta(minutes=70)
    )
    for flag in RedFlag.objects.open().filter(procedure=procedure, state=RedFlag.State.OPEN):
        acknowledge_flag(flag=flag, comment="", by=physician, now=now - timedelta(minutes=70))


def _scan_and_report(procedure: Procedure, physician: User, now: datetime) -> None:
    task = ImagingTask.objects.open().get(procedure=procedure)
    facts = {"task": task, "by": physician}
    imaging_tasks.acknowledge_imaging_task(comment="On my way.", now=now - timedelta(minutes=230), **facts)
    imaging_tasks.order_imaging(
        modality=task.modality, region=task.region, appointment_at=now - timedelta(minutes=150), comment="",
        now=now - timedelta(minutes=220), **facts,
    )  # fmt: skip
    imaging_tasks.record_imaging_performed(comment="", now=now - timedelta(minutes=140), **facts)
    imaging_tasks.record_imaging_report(
        result=ImagingTask.Result.LEAK_ASYMPTOMATIC, comment="Small foraminal leak at L4 right, no compression.",
        now=now - timedelta(minutes=40), **facts,
    )  # fmt: skip
    for flag in RedFlag.objects.open().filter(procedure=procedure, state=RedFlag.State.OPEN):
        acknowledge_flag(flag=flag, comment="", by=physician, now=now - timedelta(minutes=140))
