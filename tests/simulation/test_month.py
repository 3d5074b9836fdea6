"""A month of a busy unit, with time as an argument: the messages that arrive are those of an independent oracle.

Every set on time, every contact, alarms with all their hops, moves, deaths, withdrawals, and the change of the clocks. The
jobs run at each instant at which the script or the oracle says that something happens, and every six hours. `make month`
runs 400 episodes, CI a few.
"""

import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from email.message import EmailMessage

import pytest

from followup import jobs
from followup.models import FollowUpContact, ImagingTask, OutgoingEmail
from followup.services import contacts as contact_services
from followup.services import imaging_tasks, patient_reminders
from followup.services.contact_answers import record_contact_answers
from followup.services.discharge import discharge_patient, end_monitoring
from followup.services.observations import record_observation
from kyphotrack.staff.models import Duty, DutyRole, Role
from patients.services import change_patient_details, record_death
from procedures.models import Procedure
from tests import cast
from tests.ledger import unexplained
from tests.simulation import oracle
from tests.simulation.script import BEGINS, DAY, HOUR, MINUTE, Case, draw_month

pytestmark = pytest.mark.django_db
EPISODES = int(os.environ.get("MONTH_EPISODES", "10"))
SEED = int(os.environ.get("MONTH_SEED", "6"))
# The gaps of bone health ask for no message of their own, and the watchdog looks at the clock of the machine.
JOBS = [job for job in jobs.JOBS if job not in (jobs.find_care_gaps, jobs.watch)]
FULL_AND_WELL = cast.NORMAL_FULL_NEUROLOGY | {"voided": True}


class Unit:
    """The people of the unit doing what the script says, each act with its instant."""

    def __init__(self) -> None:
        self.site = cast.a_site()
        self.site.quiet_from, self.site.quiet_until = time(20), time(8)
        self.site.save()
        self.nurse = cast.a_nurse(self.site)
        self.people = {
            oracle.ON_CALL: self._on_duty(Role.PHYSICIAN, "On Call", DutyRole.ON_CALL_PHYSICIAN),
            oracle.BACKUP: self._on_duty(Role.PHYSICIAN, "Backup", DutyRole.BACKUP_PHYSICIAN),
            oracle.LEAD: self._on_duty(Role.LEAD_CLINICIAN, "Lead", DutyRole.SERVICE_LEAD),
            oracle.CHARGE_NURSE: self._on_duty(Role.NURSE, "In Charge", DutyRole.CHARGE_NURSE),
        }
        self.episodes: dict[int, Procedure] = {}

    def _on_duty(self, role: str, name: str, duty: str):
        user = cast.a_member(self.site, role, name)
        Duty.objects.create(site=self.site, user=user, role=duty, starts_at=BEGINS - 30 * DAY)
        return user

    @property
    def addresses(self) -> dict[str, str]:
        return {who: user.email for who, user in self.people.items()}

    def acts_of(self, case: Case) -> list[tuple[datetime, Callable[[datetime], None]]]:
        acts = [(case.time_zero + 2 * MINUTE, lambda now: self._open(case, now))]
        for minute in case.sets:
            at = case.time_zero + minute * MINUTE
            if at <= case.discharged_at:
                # The set of the first minute is typed with the episode.
                acts.append((max(at, case.time_zero + 2 * MINUTE), lambda now, at=at: self._set(case, at, now)))
        acts.append((case.discharged_at, lambda now: self._let_go(case, now)))
        alive = [case.died_at] if case.died_at else []
        for code, at in case.answers.items():
            if all(at < one for one in alive):
                acts.append((at, lambda now, code=code: self._answer(case, code, now)))
        for code, (at, by) in case.moves.items():
            if all(at < one for one in alive):
                acts.append((at, lambda now, code=code, by=by: self._move(case, code, by, now)))
        if case.died_at:
            acts.append((case.died_at, lambda now: self._die(case, now)))
        if case.unsubscribed_at:
            acts.append((case.unsubscribed_at, lambda now: self._unsubscribe(case, now)))
        if case.alarm:
            acts += [(at, lambda now, hop=hop: self._hop(case, hop, now)) for hop, at in case.alarm.hops.items()]
        return acts

    def _open(self, case: Case, now: datetime) -> None:
        number = f"SIM-{case.number}"
        patient = cast.a_patient(self.site, number, time_zone=case.zone)
        if case.agreed_to_email:
            details = {
                "medical_record_number": number, "family_name": "Example", "given_name": "Pat",
                "birth_date": cast.date(1948, 5, 17), "gender": "female", "email": case.address, "phone": "",
                "time_zone": case.zone,
            }  # fmt: skip
            change_patient_details(
                patient=patient, details=details, email_consent=True, reason="agreed", by=self.nurse, now=now
            )
        self.episodes[case.number] = cast.an_episode(patient, time_zero=case.time_zero, disposition=case.disposition)

    def _set(self, case: Case, at: datetime, now: datetime) -> None:
        answers = cast.a_routine_set(neurology=FULL_AND_WELL, walked=at > case.time_zero + 90 * MINUTE or None)
        if case.alarm and at == case.alarm.at:
            changed = {"neurology": FULL_AND_WELL | {"motor_L4_R": "3"}}
            answers |= changed if case.alarm.kind == "WEAK_LEG" else {"sudden_onset": True}
        self._record(case, answers | {"effective_at": at}, "NURSE", now)

    def _record(self, case: Case, answers: dict, source: str, now: datetime) -> None:
        record_observation(
            procedure=self.episodes[case.number], answers=answers, doses=[], source=source, by=self.nurse, now=now,
            form_token=uuid.uuid4(),
        )  # fmt: skip

    def _let_go(self, case: Case, now: datetime) -> None:
        about = {"procedure": self.episodes[case.number], "by": self.nurse, "now": now}
        if case.alarm:
            end_monitoring(ending="TRANSFERRED", reason="To where the scan is.", **about)
        else:
            discharge_patient(answers=cast.ALL_ARRANGED, **about)

    def _contact(self, case: Case, code: str) -> FollowUpContact:
        return FollowUpContact.objects.get(procedure=self.episodes[case.number], code=code)

    def _answer(self, case: Case, code: str, now: datetime) -> None:
        answers = {"effective_at": now, "pain_at_rest": Decimal(2), "pain_scale": "NRS"}
        if code in ("FU1", "FU2"):
            self._record(case, answers, "PHONE", now)
            return
        record_contact_answers(
            contact=self._contact(case, code), answers=answers, doses=[], source="PHONE", by=self.nurse, now=now,
            form_token=uuid.uuid4(),
        )  # fmt: skip

    def _move(self, case: Case, code: str, by, now: datetime) -> None:
        contact = self._contact(case, code)
        contact_services.move_contact(
            contact=contact, due_at=contact.due_at + by, reason="x", seen=contact.events.count(), by=self.nurse, now=now
        )

    def _die(self, case: Case, now: datetime) -> None:
        record_death(patient=self.episodes[case.number].patient, reason="x", by=self.nurse, now=now)

    def _unsubscribe(self, case: Case, now: datetime) -> None:
        for consent in self.episodes[case.number].patient.email_consents.all():
            patient_reminders.unsubscribe(consent=consent, now=now)

    def _hop(self, case: Case, hop: str, now: datetime) -> None:
        task = ImagingTask.objects.get(procedure=self.episodes[case.number])
        about = {"task": task, "by": self.people[oracle.ON_CALL], "now": now}
        if hop == "acknowledge":
            imaging_tasks.acknowledge_imaging_task(comment="", **about)
        elif hop == "order":
            imaging_tasks.order_imaging(
                modality=task.modality, region=task.region, appointment_at=None, comment="", **about
            )
        elif hop == "perform":
            imaging_tasks.record_imaging_performed(comment="", **about)
        elif hop == "report":
            imaging_tasks.record_imaging_report(result="EXPECTED", comment="", **about)
        else:
            imaging_tasks.decide_imaging_task(decision="OBSERVE", outcome="RULED_OUT", reason="x", **about)


def run_month(cases: list[Case], smtp_server) -> Counter[oracle.Message]:
    unit = Unit()
    wanted = oracle.expected(cases, unit.addresses)
    acts: dict[datetime, list[Callable]] = defaultdict(list)
    for case in cases:
        for at, act in unit.acts_of(case):
            acts[at].append(act)
    first = min(acts)
    # Between what is expected, so that what nobody expects is found too.
    hours = {first + number * HOUR for number in range(0, int((oracle.ENDS - first) / HOUR), 6)}
    arrived: Counter[oracle.Message] = Counter()
    for instant in sorted(hours | {at for at in acts if at < oracle.ENDS} | {at for *_who, at in wanted}):
        for act in acts.get(instant, ()):
            act(instant)
        for job in JOBS:
            job(lambda now=instant: now)
        arrived.update(_arrived(smtp_server.messages, instant))
        smtp_server.messages.clear()
    return arrived, wanted


def _arrived(messages: list[EmailMessage], instant: datetime) -> list[oracle.Message]:
    return [(mail["To"], mail["Subject"], instant) for mail in messages]


def test_the_messages_of_a_month_are_those_of_the_oracle(site, smtp_server, monkeypatch):
    monkeypatch.setattr("followup.services.outbox.nudge", lambda: None)  # nobody listens, and each would wait for that
    cases = draw_month(EPISODES, SEED)
    arrived, wanted = run_month(cases, smtp_server)
    lost, beyond = wanted - arrived, arrived - wanted
    by_subject = Counter(subject for (_to, subject, _at), number in wanted.items() for _one in range(number))
    print(
        f"\nmonth: seed={SEED} episodes={EPISODES} expected={wanted.total()} received={arrived.total()}"
        f" lost={lost.total()} beyond={beyond.total()} {dict(by_subject)}"
    )
    assert not lost and not beyond, f"lost {sorted(lost, key=str)[:10]}\nbeyond {sorted(beyond, key=str)[:10]}"
    assert all(by_subject[subject] for subject in (oracle.URGENT, oracle.FORM, oracle.VISIT, oracle.DIGEST))
    # The rows say the same: each is settled, and each that was not sent says why.
    states = Counter(OutgoingEmail.objects.values_list("state", flat=True))
    assert set(states) <= {"SENT", "WITHHELD"} and states["SENT"] == arrived.total()
    assert not OutgoingEmail.objects.filter(state="WITHHELD", withheld_because="").exists()
    assert unexplained() == []
