"""What is written down explains what is (goal R20, invariant I8).

`unexplained` replays the lines of the history, which are only added, and compares the end with the state in the rows: who,
when, why, and by which rules. It knows the tables and the pure tables of moves, and none of the services.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from django.db.models import F, Max

from followup.contact_states import State as Contact
from followup.contact_states import after
from followup.models import (
    ContactEvent,
    EmailEvent,
    Escalation,
    EscalationStep,
    FollowUpContact,
    ImagingTask,
    ImagingTaskHop,
    MonitoringSlot,
    Observation,
    OutgoingEmail,
    RedFlag,
)
from followup.services.imaging_state import TRANSITIONS
from patients.models import ChartEvent, Patient
from procedures.models import Procedure

Verb = ChartEvent.Verb


def unexplained() -> list[str]:
    """What the ledger does not explain, in words; empty when it explains all."""
    events: dict[str, list[ChartEvent]] = defaultdict(list)
    for event in ChartEvent.objects.exclude(verb=Verb.OPENED).order_by("pk"):
        events[event.verb].append(event)
    return [
        *_flags([*events[Verb.RAISED_FLAG], *events[Verb.ACKNOWLEDGED], *events[Verb.CLOSED_FLAG]]),
        *_tasks(events[Verb.MOVED_IMAGING_TASK]),
        *_contacts(events[Verb.HANDLED_CONTACT]),
        *_ladders(),
        *_observations([*events[Verb.RECORDED_OBSERVATION], *events[Verb.CORRECTED_OBSERVATION]]),
        *_slots(events[Verb.WAIVED_SLOT], events[Verb.DISCHARGED]),
        *_ends_of_monitoring(events[Verb.DISCHARGED]),
        *_patients(events[Verb.CHANGED_DETAILS]),
        *_mail(),
    ]


def _flags(events: list[ChartEvent]) -> Iterator[str]:
    of_flag: dict = defaultdict(list)
    for event in sorted(events, key=lambda event: event.pk):
        of_flag[event.subject_id].append(event)
    for flag in RedFlag.objects.all():
        state: tuple = ()
        for event in of_flag.pop(flag.public_id, ()):
            if event.verb == Verb.RAISED_FLAG:
                if not event.detail.get("ruleset_version"):
                    yield f"{flag}: raised by rules of no version"
                state = ("OPEN", event.detail["severity"], None, None, None, "", "")
            elif event.verb == Verb.ACKNOWLEDGED and state and state[0] == "OPEN":
                state = ("ACKNOWLEDGED", state[1], event.by_id, event.at, None, "", "")
            elif event.verb == Verb.CLOSED_FLAG and state and state[0] != "CLOSED":
                outcome = event.detail["outcome"]
                state = ("CLOSED", state[1], *state[2:4], (event.by_id, event.at), outcome, event.reason)
            else:
                yield f"{flag}: {event.verb} after {state}"
        closed = (flag.closed_by_id, flag.closed_at) if flag.closed_at else None
        now = (
            flag.state, flag.severity, flag.acknowledged_by_id, flag.acknowledged_at, closed, flag.outcome, flag.closing_reason
        )  # fmt: skip
        if now != state:
            yield f"{flag}: is {now}, the ledger says {state}"
    yield from (f"event of no flag: {key}" for key in of_flag)


def _tasks(events: list[ChartEvent]) -> Iterator[str]:
    in_chart: dict = defaultdict(list)
    for event in events:
        in_chart[event.subject_id].append((event.detail["to_state"], event.by_id, event.at, event.reason))
    for task in ImagingTask.objects.all():
        hops = list(ImagingTaskHop.objects.filter(task=task).order_by("pk"))
        if not hops or hops[0].by_id or hops[0].to_state != "requested":
            yield f"{task}: not asked for by a rule first"
            continue
        for before, hop in pairwise(hops):
            # A finding that joins leaves it where it stands, or has it acknowledged anew.
            joined = hop.by_id is None and hop.to_state in (before.to_state, "requested")
            taken_where_it_stands = hop.by_id and hop.to_state == before.to_state
            if not (joined or taken_where_it_stands or hop.to_state in TRANSITIONS[before.to_state]):
                yield f"{task}: {before.to_state} became {hop.to_state}"
        said: dict = {"result": "", "decision": ""}
        for hop in hops:
            said |= {name: value for name, value in hop.detail.items() if name in _SAID_OF_TASK}
        for name, value in said.items():
            if getattr(task, name) != value:
                yield f"{task}: {name} is {getattr(task, name)}, the ledger says {value}"
        if task.state != hops[-1].to_state:
            yield f"{task}: is {task.state}, the ledger says {hops[-1].to_state}"
        if task.acknowledged_at not in (None, *(hop.at for hop in hops if hop.by_id)):
            yield f"{task}: acknowledged at a time at which nobody moved it"
        by_people = [(hop.to_state, hop.by_id, hop.at, hop.comment) for hop in hops if hop.by_id]
        if by_people != in_chart[task.public_id]:
            yield f"{task}: the chart says other than its hops"


_SAID_OF_TASK = ("severity", "modality", "region", "result", "decision")


def _contacts(events: list[ChartEvent]) -> Iterator[str]:
    in_chart = {(event.subject_id, event.by_id, event.at) for event in events}
    of_contact: dict[int, list[ContactEvent]] = defaultdict(list)
    for event in ContactEvent.objects.order_by("pk"):
        of_contact[event.contact_id].append(event)
    for contact in FollowUpContact.objects.all():
        state, due_at = Contact.PLANNED, None
        for event in of_contact[contact.pk]:
            state = after(state, event.happening)
            if event.state != state:
                yield f"{contact}: {event.happening} led to {event.state}"
            if event.happening == "MOVED":
                if due_at and event.due_before != due_at:
                    yield f"{contact}: moved from a time at which it was not due"
                due_at = event.due_after
            by_hand = event.happening in ("MOVED", "NOT_REACHED")
            if by_hand and (contact.public_id, event.by_id, event.at) not in in_chart:
                yield f"{contact}: {event.happening} is not in the chart"
        if contact.state != state:
            yield f"{contact}: is {contact.state}, the ledger says {state}"
        if due_at and contact.due_at != due_at:
            yield f"{contact}: due at {contact.due_at}, the ledger says {due_at}"


def _ladders() -> Iterator[str]:
    taken = dict(EscalationStep.objects.order_by().values_list("escalation").annotate(Max("number")))
    late = EscalationStep.objects.filter(taken_at__gt=F("escalation__stopped_at"))
    yield from (f"{step}: taken after its ladder had stopped" for step in late)
    for ladder in Escalation.objects.all():
        climbed = taken.get(ladder.pk, -1) + 1
        if ladder.steps_taken != climbed:
            yield f"{ladder}: {ladder.steps_taken} steps taken, the ledger has {climbed}"
        if ladder.stopped_at and not ladder.stopped_because:
            yield f"{ladder}: stopped for no reason"


def _observations(events: list[ChartEvent]) -> Iterator[str]:
    said = {(event.subject_id, event.verb, event.by_id, event.at, event.reason) for event in events}
    stored = {
        (
            one.public_id,
            Verb.CORRECTED_OBSERVATION if one.supersedes_id else Verb.RECORDED_OBSERVATION,
            one.recorded_by_id,
            one.recorded_at,
            one.correction_reason,
        )
        for one in Observation.objects.all()
    }
    yield from (f"observation without its line, or line without its observation: {one}" for one in said ^ stored)


def _slots(waived: list[ChartEvent], discharged: list[ChartEvent]) -> Iterator[str]:
    by_hand = {(event.subject_id, event.by_id, event.at, event.detail["due_at"]) for event in waived}
    with_the_end = {(event.patient_id, event.by_id, event.at) for event in discharged}
    for slot in MonitoringSlot.objects.select_related("procedure", "observation"):
        ended = (slot.procedure.patient_id, slot.closed_by_id, slot.closed_at) in with_the_end
        said = (slot.procedure.public_id, slot.closed_by_id, slot.closed_at, slot.due_at.isoformat()) in by_hand
        if slot.state == "WAIVED" and not (ended or said):
            yield f"{slot}: waived by nobody"
        if slot.observation and slot.closed_at != slot.observation.recorded_at:
            yield f"{slot}: done at another time than its observation was stored"
        if (slot.state == "OPEN" and slot.closed_at) or (slot.state == "MISSED" and not slot.closed_at):
            yield f"{slot}: {slot.state}, closed at {slot.closed_at}"


def _ends_of_monitoring(discharged: list[ChartEvent]) -> Iterator[str]:
    said = [(event.subject_id, event.by_id, event.at) for event in discharged]
    ended = [
        (one.public_id, one.discharged_by_id, one.discharged_at) for one in Procedure.objects.all() if one.discharged_at
    ]
    if sorted(said, key=str) != sorted(ended, key=str):
        yield "monitoring ended other than the chart says"


def _patients(events: list[ChartEvent]) -> Iterator[str]:
    of_patient: dict[int, list[ChartEvent]] = defaultdict(list)
    for event in events:
        of_patient[event.patient_id].append(event)
    for patient in Patient.objects.all():
        last: dict[str, str] = {}
        agreed = None
        for event in of_patient[patient.pk]:
            agreed = event.detail.get("email_consent", agreed)
            for name, (old, new) in event.detail.get("changed", {}).items():
                if last.get(name, old) != old:
                    yield f"{patient.pk}: {name} changed from what it was not"
                last[name] = new
        for name, value in last.items():
            if str(getattr(patient, name)) != value:
                yield f"{patient.pk}: {name} is not what the ledger says"
        if patient.life_status != "ALIVE" and "life_status" not in last:
            yield f"{patient.pk}: died and nobody said so"
        live = patient.email_consents.filter(withdrawn_at__isnull=True).exists()
        if agreed is not None and live != agreed:
            yield f"{patient.pk}: agrees to e-mail {live}, the ledger says {agreed}"


def _mail() -> Iterator[str]:
    last: dict[int, EmailEvent] = {event.email_id: event for event in EmailEvent.objects.order_by("pk")}
    for mail in OutgoingEmail.objects.select_related("contact"):
        event = last.get(mail.pk)
        if (mail.state == "WITHHELD" and not mail.withheld_because) or (mail.state == "DEAD" and not mail.last_error):
            yield f"{mail}: {mail.state} for no reason"
        if event and event.what == "WITHHELD" and (mail.state, mail.withheld_because) != ("WITHHELD", event.reason):
            yield f"{mail}: is {mail.state}, a person withheld it"
        if (mail.last_error == "came back") != bool(event and event.what == "CAME_BACK"):
            yield f"{mail}: came back, or not"
        if mail.contact and f":{mail.contact.public_id}:{mail.occurrence}:" not in mail.key:
            yield f"{mail}: its key names another occasion"
