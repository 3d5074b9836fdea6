"""Record, correct or strike out an observation: stored together with all that follows from it, or not at all."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from followup.models import ImagingTask, MedicationDose, MonitoringStatus, Observation, RedFlag
from followup.red_flags.assess import Assessment, assess
from followup.red_flags.news2 import monitoring_interval_minutes
from followup.red_flags.ruleset import Ruleset
from followup.services import slots
from followup.services.assessment import apply_assessment
from followup.services.contacts import answer_by_any_set
from followup.services.episodes import lock_episode
from followup.services.history import EpisodeRows, history_of, read_episode, spo2_scale_at, with_observation
from followup.services.monitoring_status import refresh_status
from followup.services.rulesets import ruleset_of_episode
from kyphotrack.staff.models import User
from patients.models import ChartEvent
from procedures.models import Procedure

# A tablet's clock may run ahead a little (clinical-spec 0).
CLOCK_TOLERANCE = timedelta(minutes=5)


class MeasuredInFuture(ValueError):
    """The measuring time lies more than five minutes ahead."""


class MeasuredBeforeProcedure(ValueError):
    """An observation after the procedure cannot have been measured before its end."""


class AlreadyCorrected(ValueError):
    """Somebody else corrected this observation first."""


class TokenOfOtherEpisode(ValueError):
    """The form was opened for another patient."""


@dataclass(frozen=True)
class SavedObservation:
    """What was stored, and what it raised: flags that are new or worse, and the imaging tasks opened or joined."""

    observation: Observation
    raised: tuple[RedFlag, ...] = ()
    imaging_tasks: tuple[ImagingTask, ...] = ()
    already_saved: bool = False


@transaction.atomic
def record_observation(
    *,
    procedure: Procedure,
    answers: dict,
    doses: Sequence[dict],
    source: str,
    by: User | None,
    now: datetime,
    form_token: uuid.UUID,
) -> SavedObservation:
    """Store an observation, assess the whole episode, and open or worsen flags, tasks, ladders and e-mail rows.

    `answers` holds names of Observation fields with their values; what is absent was not asked. The same `form_token`
    again gives the first result. Raises MeasuredInFuture, MeasuredBeforeProcedure, TokenOfOtherEpisode.
    """
    procedure = lock_episode(procedure, now=now)
    stored = _stored_with(form_token, procedure)
    if stored:
        return SavedObservation(stored, already_saved=True)
    observation = Observation(
        procedure=procedure, source=source, recorded_by=by, recorded_at=now, form_token=form_token, **answers
    )
    return _store(observation, doses, by=by, now=now, verb=ChartEvent.Verb.RECORDED_OBSERVATION)


@transaction.atomic
def correct_observation(
    *,
    observation: Observation,
    answers: dict,
    doses: Sequence[dict],
    reason: str,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> SavedObservation:
    """Store a new row in place of an observation, with a reason; both stay readable, and the episode is assessed anew.

    Raises AlreadyCorrected and the errors of `record_observation`.
    """
    return _supersede(observation, answers, doses, reason, by=by, now=now, form_token=form_token)


@transaction.atomic
def mark_entered_in_error(
    *, observation: Observation, reason: str, by: User, now: datetime, form_token: uuid.UUID
) -> SavedObservation:
    """Strike out an observation that should not be there, for instance one of another patient."""
    answers = {"effective_at": observation.effective_at, "entered_in_error": True}
    return _supersede(observation, answers, [], reason, by=by, now=now, form_token=form_token)


def _supersede(
    observation: Observation,
    answers: dict,
    doses: Sequence[dict],
    reason: str,
    *,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> SavedObservation:
    procedure = lock_episode(observation.procedure, now=now)
    stored = _stored_with(form_token, procedure)
    if stored:
        return SavedObservation(stored, already_saved=True)
    if Observation.objects.filter(supersedes=observation).exists():
        raise AlreadyCorrected("Somebody has corrected this observation in the meantime. Open the newest version.")
    correction = Observation(
        procedure=procedure,
        source=observation.source,
        recorded_by=by,
        recorded_at=now,
        form_token=form_token,
        supersedes=observation,
        correction_reason=reason,
        **answers,
    )
    return _store(correction, doses, by=by, now=now, verb=ChartEvent.Verb.CORRECTED_OBSERVATION)


def _stored_with(form_token: uuid.UUID, procedure: Procedure) -> Observation | None:
    stored = Observation.objects.filter(form_token=form_token).first()
    if stored and stored.procedure_id != procedure.pk:
        raise TokenOfOtherEpisode("This form was opened for another patient. Nothing was saved.")
    return stored


def _store(
    observation: Observation, doses: Sequence[dict], *, by: User | None, now: datetime, verb: str
) -> SavedObservation:
    procedure = observation.procedure
    _check_time(observation, now)
    before = read_episode(procedure, ruleset=ruleset_of_episode(procedure))
    observation.spo2_scale = spo2_scale_at(before.baseline, observation.effective_at)
    given = [MedicationDose(observation=observation, **dose) for dose in doses]
    # First what this set completes: a check that a late entry turns out to have done is missed no more (N10).
    changed = _complete_slots(observation, before, by=by, now=now)
    rows = with_observation(before, observation, given, slots=changed)
    history = history_of(rows)
    assessment = assess(history, rows.ruleset)

    _note_assessment(observation, assessment, rows.ruleset)
    observation.save(force_insert=True)
    MedicationDose.objects.bulk_create(given)
    slots.save_states(changed)
    answer_by_any_set(observation, by=by, now=now)
    changes = apply_assessment(rows=rows, assessment=assessment, by=by, now=now)
    open_slots = _add_slots(observation, rows, assessment, changes.new_findings, now=now)
    ChartEvent.objects.bulk_create(
        [
            ChartEvent.new(
                patient=procedure.patient,
                verb=verb,
                by=by,
                now=now,
                subject_id=observation.public_id,
                reason=observation.correction_reason,
            ),
            *changes.chart_events,
        ]
    )
    refresh_status(
        status=MonitoringStatus.objects.get(procedure=procedure),
        rows=rows,
        slots=open_slots,
        flags=changes.open_flags,
        history=history,
    )
    return SavedObservation(observation, raised=changes.raised, imaging_tasks=changes.imaging_tasks)


def _check_time(observation: Observation, now: datetime) -> None:
    if observation.effective_at > now + CLOCK_TOLERANCE:
        raise MeasuredInFuture("This time lies in the future.")
    if observation.effective_at < observation.procedure.time_zero:
        raise MeasuredBeforeProcedure("This time lies before the end of the procedure (T0).")


def _note_assessment(observation: Observation, assessment: Assessment, ruleset: Ruleset) -> None:
    """What was said then is kept (law 6): the score, the ruleset, and what could not be ruled out."""
    observation.ruleset_version = ruleset.version
    news2 = assessment.news2.get(str(observation.public_id))
    if news2:
        observation.news2_total, observation.news2_lower_bound = news2.total, news2.lower_bound
    observation.undecided = [
        {"rule_code": open_question.rule_code, "missing": list(open_question.missing), "reason": open_question.reason}
        for open_question in assessment.undecided_by(str(observation.public_id))
    ]


def _complete_slots(observation: Observation, before: EpisodeRows, *, by: User | None, now: datetime) -> list:
    """The slots that this observation completes, or that the one which it supersedes had completed; unsaved."""
    reopened = []
    if not before.procedure.discharged_at:  # then nothing on the ward is due any more
        reopened = slots.reopen_slots(superseded_id=observation.supersedes_id, others=before.observations)
    done = []
    if not observation.entered_in_error:
        known = [*before.slots, *(slot for slot in reopened if slot.state == slot.State.OPEN)]
        done = slots.complete_slots(slots=known, observation=observation, others=before.observations, by=by, now=now)
    return list(dict.fromkeys([*reopened, *done]))


def _add_slots(observation, rows: EpisodeRows, assessment: Assessment, new_findings, *, now) -> list:
    """Add the slots that rules and NEWS2 ask for; returns all that are open."""
    procedure = rows.procedure
    known = list(rows.slots)
    known += slots.add_rechecks(procedure=procedure, findings=new_findings, open_slots=known, now=now)
    news2 = assessment.news2.get(str(observation.public_id))
    latest = max((row.effective_at for row in rows.observations), default=None)
    if news2 and observation.effective_at == latest:
        known += slots.add_news2_slot(
            procedure=procedure,
            measured_at=observation.effective_at,
            interval_minutes=monitoring_interval_minutes(news2),
            open_slots=known,
        )
    return [slot for slot in known if slot.state == slot.State.OPEN]
