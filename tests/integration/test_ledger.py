"""The ledger explains the state, and what is changed behind it is found: one tampering each (goal R20)."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from followup.models import (
    ContactEvent,
    EmailEvent,
    Escalation,
    FollowUpContact,
    ImagingTask,
    ImagingTaskHop,
    MonitoringSlot,
    OutgoingEmail,
    RedFlag,
)
from followup.services import contacts, imaging_tasks, outgoing_mail, slots
from followup.services.discharge import end_monitoring
from followup.services.observations import mark_entered_in_error
from patients.models import ChartEvent, Patient
from patients.services import change_patient_details
from procedures.models import Procedure
from tests import cast
from tests.integration.test_patient_reminders import DETAILS
from tests.ledger import unexplained

pytestmark = pytest.mark.django_db
WEAK = cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})


@pytest.fixture
def a_story(site, nurse, physician):
    """A bit of everything that leaves a line."""
    patient = cast.a_patient(site)
    about = {"by": nurse, "now": cast.T0 + timedelta(hours=2)}
    change_patient_details(patient=patient, details=DETAILS, email_consent=True, reason="x", by=nurse, now=cast.T0)
    change_patient_details(
        patient=patient, details=DETAILS | {"phone": "1"}, email_consent=True, reason="x", by=nurse, now=cast.T0
    )
    episode = cast.an_episode(patient)
    wrong = cast.log(episode, minutes=1, **cast.a_routine_set())
    mark_entered_in_error(observation=wrong.observation, reason="x", form_token=uuid.uuid4(), **about)
    task = cast.log(episode, minutes=30, **WEAK).imaging_tasks[0]
    by_physician = about | {"by": physician}
    imaging_tasks.acknowledge_imaging_task(task=task, comment="I come", **by_physician)
    imaging_tasks.order_imaging(
        task=task, modality=task.modality, region=task.region, appointment_at=None, comment="", **by_physician
    )
    # Graver, and it joins a scan that is ordered: the state stays.
    cast.log(episode, minutes=35, **WEAK | {"neurology": WEAK["neurology"] | {"bowel": "NEW_INCONTINENCE"}})
    email = OutgoingEmail.objects.order_by("pk").first()
    OutgoingEmail.objects.filter(pk=email.pk).update(state="QUEUED", withheld_because="")
    outgoing_mail.withhold_email(email=email, reason="x", **about)
    slots.waive_slot(slot=MonitoringSlot.objects.open().order_by("-due_at")[0], because="ASLEEP", **about)
    visit = FollowUpContact.objects.get(code="FU4")
    contacts.move_contact(contact=visit, due_at=visit.due_at + timedelta(days=1), reason="x", seen=0, **about)
    end_monitoring(
        procedure=episode, ending="TRANSFERRED", reason="x", by=nurse, now=about["now"] + timedelta(minutes=1)
    )
    assert MonitoringSlot.objects.filter(state="WAIVED").count() > 1
    assert ImagingTask.objects.get(pk=task.pk).state == "accepted"


def test_the_ledger_explains_a_story(a_story):
    assert unexplained() == []


def a(model, **what):
    return model.objects.filter(**what).order_by("pk")[:1]


def change(model, columns, **what):
    return lambda: model.objects.filter(pk__in=[row.pk for row in a(model, **what)]).update(**columns)


def lose(model, **what):
    return lambda: model.objects.filter(pk__in=[row.pk for row in a(model, **what)]).delete()


LATER = cast.T0 + timedelta(days=3)
TAMPERINGS = {
    "flag acknowledged by nobody": change(RedFlag, {"state": "ACKNOWLEDGED"}, state="OPEN"),
    "flag made milder": change(RedFlag, {"severity": "AMBER"}, severity="EMERGENT"),
    "raising lost": lose(ChartEvent, verb="RAISED_FLAG"),
    "acknowledgement lost": lose(ChartEvent, verb="ACKNOWLEDGED"),
    "rules of no version": change(ChartEvent, {"detail": {"severity": "EMERGENT"}}, verb="RAISED_FLAG"),
    "task moved behind the hops": change(ImagingTask, {"state": "in-progress"}),
    "scan changed": change(ImagingTask, {"region": "elsewhere"}),
    "hop lost": lose(ImagingTaskHop, to_state="accepted", by__isnull=False),
    "hop by another": lambda: ImagingTaskHop.objects.filter(to_state="received").update(by=cast.a_nurse(cast.a_site())),
    "chart of the hop lost": lose(ChartEvent, verb="MOVED_IMAGING_TASK"),
    "contact moved back": change(FollowUpContact, {"due_at": cast.T0 + timedelta(days=14)}, code="FU4"),
    "contact reopened": change(FollowUpContact, {"state": "PLANNED", "closed_because": ""}, state="CLOSED"),
    "contact's line lost": lose(ContactEvent, happening="CLOSED"),
    "move not in the chart": lose(ChartEvent, verb="HANDLED_CONTACT"),
    "step forgotten": change(Escalation, {"steps_taken": 0}, steps_taken__gt=0),
    "ladder stopped for no reason": change(Escalation, {"stopped_because": ""}, stopped_at__isnull=False),
    "observation's line lost": lose(ChartEvent, verb="RECORDED_OBSERVATION"),
    "correction by another time": change(ChartEvent, {"at": LATER}, verb="CORRECTED_OBSERVATION"),
    "waived by nobody": change(
        MonitoringSlot, {"state": "WAIVED", "waived_because": "ASLEEP", "observation": None, "closed_at": LATER}
    ),
    "waiving lost": lose(ChartEvent, verb="WAIVED_SLOT"),
    "end of monitoring taken back": change(Procedure, {"discharged_at": None, "discharged_by": None}),
    "died and nobody said so": change(Patient, {"life_status": "DECEASED"}),
    "phone changed": change(Patient, {"phone": "2"}),
    "consent withdrawn by nobody": lambda: Patient.objects.get().email_consents.update(withdrawn_at=LATER),
    "withheld mail sent": change(OutgoingEmail, {"state": "SENT", "sent_at": LATER}, state="WITHHELD"),
    "withheld for no reason": change(OutgoingEmail, {"withheld_because": ""}, state="WITHHELD"),
    "came back and nobody said so": change(OutgoingEmail, {"state": "DEAD", "last_error": "came back"}, state="QUEUED"),
    "withholding of another mail": lambda: EmailEvent.objects.update(reason="y"),
}  # fmt: skip


def test_each_change_behind_the_ledger_is_found(a_story):
    not_found = []
    for name, tamper in TAMPERINGS.items():
        with transaction.atomic():
            tampered = tamper()
            assert tampered, name
            if not unexplained():
                not_found.append(name)
            transaction.set_rollback(True)
    assert not_found == []
    assert unexplained() == []
