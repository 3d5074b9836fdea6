"""Tell the stories of the demo through the real services, each act with the time at which it would have happened."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F

from followup.demo_ward.people import PASSWORD, ROTA, SITES, STAFF, SWAP_BY, SWAP_IN_DAYS, SWAP_ROLE
from followup.demo_ward.stories import (
    NORMAL_FULL,
    NORMAL_MOTOR,
    STORIES,
    Acknowledged,
    Act,
    Discharged,
    KnownOfBones,
    Logged,
    Ordered,
    Overridden,
    Performed,
    Reported,
    SaidOfDrug,
    Scored,
    Selected,
    Story,
    Waived,
)
from followup.discharge_checklist import Answers
from followup.models import ImagingTask, MonitoringSlot, OutgoingEmail
from followup.monitoring_plan import plan_monitoring
from followup.red_flags.analgesics import parse_amount
from followup.services import bone_health, imaging_tasks
from followup.services.bone_health_plan import site_day
from followup.services.bone_health_tasks import find_care_gaps
from followup.services.discharge import discharge_patient
from followup.services.episodes import open_episode
from followup.services.missed_checks import mark_missed_slots
from followup.services.observations import record_observation
from followup.services.outcomes import record_outcome
from followup.services.selection import (
    criterion_key,
    eligibility_of,
    override_selection,
    record_selection,
    selection_at,
    without_reason,
)
from followup.services.slots import waive_slot
from kyphotrack.staff import services as staff_services
from kyphotrack.staff.models import Duty, Membership, Role, Site, User
from kyphotrack.wall_clock import instant_of
from patients.models import Patient
from patients.services import register_patient
from procedures.models import Procedure

_USUAL_VITALS = {
    "respiration_rate": 15, "spo2_percent": 97, "supplemental_oxygen": False, "systolic_mmhg": 132, "diastolic_mmhg": 78,
    "pulse_per_minute": 72, "consciousness": "A", "temperature_celsius": Decimal("36.7"),
}  # fmt: skip
_NO_COMPLAINTS = {
    "dyspnoea": False, "chest_pain": False, "haemoptysis": False, "syncope": False, "sudden_onset": False,
    "new_pain_site": False, "puncture_site": "DRY",
}  # fmt: skip
_ALL_ARRANGED = Answers(
    responsible_adult_24_hours=True, reachable_by_phone=True, red_flag_sheet_given=True, osteoporosis_plan_made=True,
    analgesia_supplied=True,
)  # fmt: skip
_ASKED = {"numbness": False, "leg_pain": False, "voided": True}
_QUICK = {name: NORMAL_MOTOR[name] for name in ("motor_L4_R", "motor_L4_L", "motor_S1_R", "motor_S1_L")} | _ASKED


def load(now: datetime, tell: Callable[[str], None]) -> None:
    """Fill an empty database; `tell` hears how far it is."""
    now = now.replace(second=0, microsecond=0)
    sites = {key: _site(facts) for key, facts in SITES.items()}
    people = _staff(sites, now)
    for number, story in enumerate(STORIES, start=1):
        tell(f"  {number} of {len(STORIES)}: {story.given_name} {story.family_name}, {_words(story.ago)} after T0")
        nurse, physician = people[story.site, Role.NURSE], people[story.site, Role.PHYSICIAN]
        patient = _patient(story, number, sites[story.site], nurse, now)
        procedure = _procedure(story, patient, physician, now)
        for act in _in_time_order(story):
            _do(act, procedure, nurse, physician)
    mark_missed_slots(now=now)
    find_care_gaps(now=now)
    _count_old_mail_as_sent()


def _words(ago: timedelta) -> str:
    hours, minutes = divmod(round(ago / timedelta(minutes=1)), 60)
    days = ago.days
    return f"{days} days" if days > 1 else f"{hours} h {minutes:02} min"


def _site(facts: dict) -> Site:
    return Site.objects.create(**facts, clinic_phone_24h="+00 000 000 00 00", neutral_sender_name="Care team")


def _staff(sites: dict[str, Site], now: datetime) -> dict[tuple[str, str], User]:
    """Everyone's account, membership and duty; returns the first of each site and role."""
    people: dict[tuple[str, str], User] = {}
    for colleague in STAFF:
        site = sites[colleague.site]
        user = User.objects.create_user(colleague.email, colleague.name, PASSWORD)
        Membership.objects.create(user=user, site=site, role=colleague.role)
        people.setdefault((colleague.site, colleague.role), user)
    _rota(now)
    return people


def _rota(now: datetime) -> None:
    """The weeks as they have been for two months, and one swap to come."""
    for weekly in ROTA:
        user = User.objects.get(email=weekly.email)
        site = Site.objects.get(memberships__user=user)
        staff_services.add_weekly_duty(
            site=site, user=user, role=weekly.role, weekdays=weekly.weekdays, starts=weekly.starts, ends=weekly.ends,
            by=user, now=now - timedelta(days=60), form_token=uuid.uuid4(),
        )  # fmt: skip
    user = User.objects.get(email=SWAP_BY)
    site = Site.objects.get(memberships__user=user)
    day = now.astimezone(site.zone).date() + timedelta(days=SWAP_IN_DAYS)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    handovers = [instant_of(day + timedelta(days=one), time(8), site.zone) for one in (0, 1)]
    staff_services.add_duty(
        site=site, user=user, role=SWAP_ROLE, kind=Duty.Kind.SWAP, starts_at=handovers[0], ends_at=handovers[1], by=user,
        now=now, form_token=uuid.uuid4(),
    )  # fmt: skip


def _patient(story: Story, number: int, site: Site, nurse: User, now: datetime) -> Patient:
    details = {
        "medical_record_number": f"DEMO-{number:03}", "family_name": story.family_name, "given_name": story.given_name,
        "birth_date": story.birth_date, "gender": story.gender, "email": "", "phone": "", "time_zone": "",
    }  # fmt: skip
    registered_at = now - story.ago - timedelta(hours=5)
    return register_patient(site=site, details=details, email_consent=False, by=nurse, now=registered_at)


def _procedure(story: Story, patient: Patient, physician: User, now: datetime) -> Procedure:
    time_zero = now - story.ago
    return open_episode(
        patient=patient,
        procedure={
            "kind": story.kind, "aetiology": story.aetiology, "anaesthesia": Procedure.Anaesthesia.LOCAL_SEDATION,
            "disposition": story.disposition, "operator": str(physician), "bed": story.bed, "notes": "",
            "started_at": time_zero - timedelta(minutes=45), "ended_at": time_zero, **story.facts,
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
            "effective_at": time_zero - timedelta(hours=3), **_USUAL_VITALS, **story.vitals, "pain_at_rest": Decimal(6),
            "pain_on_movement": Decimal(8), "pain_scale": "NRS", "neurology": {**NORMAL_FULL, "gait": "1"},
            "mri_safety": "CLEAR",
        },
        form_token=uuid.uuid4(),
        by=physician,
        now=time_zero + timedelta(minutes=1),
    )  # fmt: skip


# --- what is done, and when -----------------------------------------------------------------------------------------


def _in_time_order(story: Story) -> list[Act]:
    return sorted([*_routine_sets(story), *_looks_before_going(story), *story.acts], key=lambda act: act.after)


def _routine_sets(story: Story) -> Iterator[Logged]:
    """A set for each due check on the ward up to now, with what an earlier act found for good."""
    ends = [story.ago, story.logged_until, *(act.after for act in story.acts if isinstance(act, Discharged))]
    start = datetime(2000, 1, 1, tzinfo=UTC)  # only differences are used
    for slot in plan_monitoring(start, story.disposition):
        routine = _routine_set(slot.neuro, slot.due_at - start, story)
        typed = routine.after + timedelta(minutes=1)
        if slot.place != MonitoringSlot.Place.WARD or slot.due_at - start in story.left_out:
            continue
        if typed <= min(end for end in ends if end is not None):
            yield replace(routine, neurology=routine.neurology | _found_for_good(story, routine.after))


def _looks_before_going(story: Story) -> Iterator[Logged]:
    """The fresh full exam that the discharge asks for, and the walk to the door."""
    for act in story.acts:
        if isinstance(act, Discharged):
            look = _routine_set(MonitoringSlot.Neuro.FULL, act.after - timedelta(minutes=15), story)
            yield replace(look, answers=look.answers | {"walked": True}, neurology=look.neurology | {"gait": "1"})


def _found_for_good(story: Story, until: timedelta) -> dict:
    found: dict = {}
    for act in story.acts:
        if isinstance(act, Logged) and act.after <= until:
            found |= act.lasting
    return found


def _routine_set(neuro: str, due: timedelta, story: Story) -> Logged:
    minutes = round(due / timedelta(minutes=1))
    pain = Decimal(4 if minutes < 60 else 3 if minutes < 600 else 2)
    vitals = _USUAL_VITALS | story.vitals
    # A little life in the numbers, the same on every load.
    lively = {
        "pulse_per_minute": vitals["pulse_per_minute"] + minutes % 9 - 4,
        "respiration_rate": vitals["respiration_rate"] + minutes % 3 - 1,
        "systolic_mmhg": vitals["systolic_mmhg"] + minutes % 11 - 5,
    }
    return Logged(
        due + timedelta(minutes=1 + minutes % 4),
        answers={
            **vitals, **lively, **_NO_COMPLAINTS, "pain_at_rest": pain - 1, "pain_on_movement": pain, "pain_scale": "NRS",
            "pain_sites": ["TREATED_LEVEL"],
        },
        neurology=NORMAL_FULL | _ASKED if neuro == MonitoringSlot.Neuro.FULL else _QUICK,
    )  # fmt: skip


def _do(act: Act, procedure: Procedure, nurse: User, physician: User) -> None:
    at = procedure.time_zero + act.after
    match act:
        case Logged():
            _log(act, procedure, nurse)
        case Waived():
            slot = procedure.monitoring_slots.get(due_at=procedure.time_zero + act.due)
            waive_slot(slot=slot, because=act.because, by=nurse, now=at)
        case Discharged():
            discharge_patient(procedure=procedure, answers=_ALL_ARRANGED, by=nurse, now=at)
        case Selected():
            _select(act, procedure, physician, at)
        case Overridden():
            _override(act, procedure, physician, at)
        case Acknowledged():
            imaging_tasks.acknowledge_imaging_task(task=_task(procedure), comment=act.comment, by=physician, now=at)
        case Ordered():
            task = _task(procedure)
            imaging_tasks.order_imaging(
                task=task, modality=task.modality, region=task.region, comment="", by=physician, now=at,
                appointment_at=procedure.time_zero + act.appointment_after,
            )  # fmt: skip
        case Performed():
            imaging_tasks.record_imaging_performed(task=_task(procedure), comment="", by=physician, now=at)
        case Reported():
            imaging_tasks.record_imaging_report(
                task=_task(procedure), result=act.result, comment=act.comment, by=physician, now=at
            )
        case Scored():
            typed_at = max(at, procedure.recorded_at)
            answers = {"effective_at": at, **act.answers}
            record_outcome(procedure=procedure, answers=answers, by=nurse, now=typed_at, form_token=uuid.uuid4())
        case SaidOfDrug() | KnownOfBones():
            _tell_of_bones(act, procedure, nurse, at)


def _tell_of_bones(act: SaidOfDrug | KnownOfBones, procedure: Procedure, nurse: User, at: datetime) -> None:
    today = site_day(procedure, at)
    about = {"procedure": procedure, "by": nurse, "now": at, "form_token": uuid.uuid4()}
    if isinstance(act, SaidOfDrug):
        status_on = today - timedelta(days=act.days_ago)
        said = {"drug": act.drug, "status": act.status, "physician": act.physician, "reason": act.reason}
        bone_health.record_therapy(answers={**said, "status_on": status_on}, **about)
        return
    ago = act.denosumab_days_ago
    given = {} if ago is None else {"denosumab_given_on": today - timedelta(days=ago)}
    bone_health.record_facts(answers={"known_on": today, **act.facts, **given}, **about)


def _select(act: Selected, procedure: Procedure, physician: User, at: datetime) -> None:
    """Therapy began when the fracture did; the images are of the week before the procedure."""
    fractures = list(procedure.fractures.current())
    started_on = min(fracture.fractured_on for fracture in fractures)
    seen_on = {"mri_on": procedure.time_zero.date() - timedelta(days=6)} if act.fracture else {}
    record_selection(
        procedure=procedure,
        answers={"therapy_started_on": started_on, **act.answers},
        fractures=[{"level": fracture.level, **seen_on, **act.fracture} for fracture in fractures],
        replaces=None,
        reason="",
        form_token=uuid.uuid4(),
        by=physician,
        now=at,
    )


def _override(act: Overridden, procedure: Procedure, physician: User, at: datetime) -> None:
    rows = selection_at(procedure, now=at)
    override_selection(
        procedure=procedure,
        seen=[criterion_key(*one) for one in without_reason(rows, eligibility_of(rows))],
        reason=act.reason,
        form_token=uuid.uuid4(),
        by=physician,
        now=at,
    )


def _dose(written: dict, given_at: datetime) -> dict:
    """With the amount as a number, as the form stores it."""
    amount, unit = parse_amount(written["dose"]) or (None, "")
    return {**written, "given_at": given_at, "amount": amount, "unit": unit}


def _log(act: Logged, procedure: Procedure, nurse: User) -> None:
    measured_at = procedure.time_zero + act.after
    record_observation(
        procedure=procedure,
        answers={"effective_at": measured_at, **act.answers, "neurology": act.neurology},
        doses=[_dose(act.dose, measured_at)] if act.dose else [],
        source=act.source,
        by=nurse,
        now=measured_at + timedelta(minutes=1),
        form_token=uuid.uuid4(),
    )


def _task(procedure: Procedure) -> ImagingTask:
    return ImagingTask.objects.open().get(procedure=procedure)


def _count_old_mail_as_sent() -> None:
    """Alarms that somebody took hours ago were mailed hours ago: only what is open now is news."""
    OutgoingEmail.objects.filter(escalation_step__escalation__stopped_at__isnull=False).update(
        state=OutgoingEmail.State.SENT, sent_at=F("due_at"), attempts=1, fence=1
    )
