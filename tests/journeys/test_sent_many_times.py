"""Whatever is sent again, by a double tap or a shaky network, is stored once and answered as the first time (goal R12)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.urls import reverse

from followup.models import FollowUpContact, ImagingTask, MonitoringSlot, OutgoingEmail, RedFlag
from followup.services import imaging_tasks
from followup.services.escalations import climb_due_ladders
from kyphotrack.staff.models import Duty, Role
from patients.models import ChartEvent
from tests import cast
from tests.bedside import ROUTINE, filled_in, local_minute, log_url, opened
from tests.procedure_page import a_procedure, url_of

pytestmark = pytest.mark.django_db
TIMES = 5
HOUR = timedelta(hours=1)
WEAK_LEG = cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
WARM = cast.a_routine_set(wound_warmth=True)
# Reading a chart is recorded each time, and a session is renewed.
_MAY_GROW = ("Session", "AccessAttempt", "AccessLog", "AccessFailureLog")


class Ward:
    """Somebody at a browser, and what they work on."""

    def __init__(self, client, site):
        self.client, self.site, self.now = client, site, datetime.now(UTC)
        self.nurse, self.physician = cast.a_nurse(site), cast.a_physician(site)

    def as_(self, person):
        self.client.force_login(person)
        return person

    def episode(self, hours=3.0, **facts):
        return cast.an_episode(cast.a_patient(self.site), time_zero=self.now - hours * HOUR, **facts)

    def scan(self, *hops) -> ImagingTask:
        """A scan that was asked for an hour ago, moved on by `hops`."""
        task = cast.log(self.episode(2), minutes=59, typed_after=0, **WEAK_LEG).imaging_tasks[0]
        for hop in hops:
            about = {"task": task, "comment": "", "by": self.physician, "now": task.requested_at}
            if hop == "order":
                imaging_tasks.order_imaging(modality=task.modality, region=task.region, appointment_at=None, **about)
            elif hop == "report":
                imaging_tasks.record_imaging_report(result="EXPECTED", **about)
            else:
                imaging_tasks.record_imaging_performed(**about)
        self.as_(self.physician)
        return task

    def form(self, name, *args, **typed):
        """The page of that name, opened and filled in."""
        address = reverse(name, args=args)
        return address, filled_in(self.client.get(address)) | typed


def registration(ward):
    ward.as_(ward.nurse)
    return ward.form(
        "register_patient", medical_record_number="MRN-9", family_name="Example", given_name="Pat", birth_date="1948-05-17",
        gender="female",
    )  # fmt: skip


def changed_details(ward):
    patient = ward.episode().patient
    ward.as_(ward.nurse)
    return ward.form("change_patient", patient.public_id, phone="+49 30 1", reason="New phone")


def procedure(ward):
    patient = cast.a_patient(ward.site)
    ward.as_(ward.nurse)
    return url_of(patient), a_procedure(ward.client, patient)


def observation(ward):
    episode = ward.episode()
    ward.as_(ward.nurse)
    return log_url(episode), opened(ward.client, log_url(episode)) | ROUTINE


def strike_out(ward):
    logged = cast.log(ward.episode(), minutes=60, **cast.a_routine_set())
    ward.as_(ward.nurse)
    return ward.form("mark_entered_in_error", logged.observation.public_id, reason="Wrong patient")


def outcome(ward):
    episode = ward.episode(50)
    ward.as_(ward.nurse)
    at = local_minute(episode, ward.now - HOUR)
    return ward.form("outcomes", episode.public_id, effective_at=at, kps="70")


def therapy(ward):
    episode = ward.episode(50)
    ward.as_(ward.nurse)
    today = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011
    return ward.form("record_therapy", episode.public_id, drug="RALOXIFENE", status="STARTED", status_on=today)


def waived_check(ward):
    slot = MonitoringSlot.objects.open().filter(procedure=ward.episode(0.1)).order_by("-due_at")[0]
    ward.as_(ward.nurse)
    return ward.form("waive_slot", slot.pk, because="ASLEEP")


def _contact(ward, act, **typed):
    contact = FollowUpContact.objects.get(procedure=ward.episode(6 * 24, disposition="SAME_DAY"), code="FU3")
    ward.as_(ward.nurse)
    if "due_at" in typed:
        typed["due_at"] = f"{contact.due_at + 3 * HOUR:%Y-%m-%dT%H:%M}"
    return reverse("move_contact", args=[contact.public_id, act]), typed | {"seen": "0"}


def moved_contact(ward):
    return _contact(ward, "reschedule", due_at="", reason="At the dentist then")


def closed_contact(ward):
    return _contact(ward, "close", because="DECLINED")


def acknowledged_flag(ward):
    cast.log(ward.episode(), minutes=60, **WARM)
    ward.as_(ward.physician)
    return reverse("acknowledge_flag", args=[RedFlag.objects.first().public_id]), {"comment": "I look"}


def closed_flag(ward):
    cast.log(ward.episode(), minutes=60, **WARM)
    ward.as_(ward.physician)
    typed = {"outcome": "EXPLAINED", "reason": "A warm dressing"}
    return reverse("close_flag", args=[RedFlag.objects.first().public_id]), typed


def _hop(ward, hop, before=(), **typed):
    return reverse("move_imaging_task", args=[ward.scan(*before).public_id, hop]), typed


def acknowledged_scan(ward):
    return _hop(ward, "acknowledge", comment="I come")


def performed_scan(ward):
    return _hop(ward, "performed", ["order"], comment="Done")


def reported_scan(ward):
    return _hop(ward, "report", ["order", "performed"], result="EXPECTED", comment="Fine")


def decided_scan(ward):
    before = ["order", "performed", "report"]
    return _hop(ward, "decide", before, decision="OBSERVE", outcome="RULED_OUT", reason="Looked at")


def cancelled_scan(ward):
    return _hop(ward, "cancel", reason="Not wanted")


def seen_scan(ward):
    task = ward.scan("order")
    climb_due_ladders(now=task.due_at)
    return reverse("note_task_seen", args=[task.public_id]), {}


def end_of_monitoring(ward):
    episode = ward.episode()
    ward.as_(ward.nurse)
    return ward.form("end_monitoring", episode.public_id, ending="TRANSFERRED", reason="Elsewhere", confirm="on")


def duty(ward):
    ward.as_(cast.a_member(ward.site, Role.LEAD_CLINICIAN, "Lead One"))
    day = (ward.now + timedelta(days=2)).date()
    return ward.form(
        "add_duty", ward.site.public_id, role="CHARGE_NURSE", person=ward.nurse.pk, kind="REGULAR",
        starts_at=f"{day}T08:00", ends_at=f"{day}T20:00",
    )  # fmt: skip


def ended_duty(ward):
    row = Duty.objects.create(site=ward.site, user=ward.nurse, role="CHARGE_NURSE", starts_at=ward.now)
    ward.as_(cast.a_member(ward.site, Role.LEAD_CLINICIAN, "Lead One"))
    return reverse("end_duty", args=[row.pk]), {}


def _mail(ward, verb, state, **typed):
    ward.scan()
    email = OutgoingEmail.objects.order_by("pk").first()
    OutgoingEmail.objects.filter(pk=email.pk).update(state=state, sent_at=ward.now, last_error="x")
    ward.as_(cast.a_member(ward.site, Role.ADMINISTRATOR, "Admin One"))
    return reverse("handle_mail", args=[email.pk, verb]), typed


def retried_mail(ward):
    return _mail(ward, "retry", "DEAD")


def withheld_mail(ward):
    return _mail(ward, "withhold", "QUEUED", reason="Wrong person")


def mail_that_came_back(ward):
    return _mail(ward, "bounced", "SENT")


WRITES = (
    registration, changed_details, procedure, observation, strike_out, outcome, therapy, waived_check, moved_contact,
    closed_contact, acknowledged_flag, closed_flag, acknowledged_scan, performed_scan, reported_scan, decided_scan,
    cancelled_scan, seen_scan, end_of_monitoring, duty, ended_duty, retried_mail, withheld_mail, mail_that_came_back,
)  # fmt: skip


@pytest.mark.parametrize("write", WRITES, ids=[write.__name__ for write in WRITES])
def test_it_is_stored_once_and_answered_alike(write, client, site, smtp_server):
    address, typed = write(Ward(client, site))
    before = _rows()
    first = client.post(address, typed)
    after_the_first = _rows()
    assert first.status_code == 302, first.content.decode()
    assert after_the_first != before, "nothing was stored"
    for _again in range(TIMES - 1):
        again = client.post(address, typed)
        assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert _rows() == after_the_first


def _rows() -> dict[str, object]:
    """Every row of every table with all its values; but for the notes of who read what."""
    rows: dict[str, object] = {}
    for model in apps.get_models():
        if model.__name__ not in _MAY_GROW:
            found = model._default_manager.all()
            if model is ChartEvent:
                found = found.exclude(verb=ChartEvent.Verb.OPENED)
            rows[model.__name__] = sorted(map(str, found.values_list()))
    return rows
