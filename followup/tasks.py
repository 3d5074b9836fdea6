"""The periodic jobs, each thin: read the clock, call one service. Nothing imports this module; Celery finds it by name."""

from celery import shared_task
from django.utils import timezone

from followup import jobs
from followup.models import KeptBy
from followup.services.job_runs import note_run, run_job
from followup.watch import CANARY


@shared_task(name="followup.climb_ladders")
def climb_ladders() -> None:
    run_job(jobs.climb_ladders, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.send_urgent_email")
def send_urgent_email() -> None:
    run_job(jobs.send_urgent_email, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.send_due_email")
def send_due_email() -> None:
    run_job(jobs.send_due_email, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.mark_missed_slots")
def mark_missed_slots() -> None:
    run_job(jobs.mark_missed_slots, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.find_care_gaps")
def find_care_gaps() -> None:
    run_job(jobs.find_care_gaps, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.raise_missed_contacts")
def raise_missed_contacts() -> None:
    run_job(jobs.raise_missed_contacts, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.tell_overdue_checks")
def tell_overdue_checks() -> None:
    run_job(jobs.tell_overdue_checks, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.queue_patient_reminders")
def queue_patient_reminders() -> None:
    run_job(jobs.queue_patient_reminders, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.queue_morning_digests")
def queue_morning_digests() -> None:
    run_job(jobs.queue_morning_digests, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.renew_fallback_file")
def renew_fallback_file() -> None:
    run_job(jobs.renew_fallback_file, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.watch")
def watch() -> None:
    run_job(jobs.watch, clock=timezone.now, kept_by=KeptBy.CELERY)


@shared_task(name="followup.answer_canary")
def answer_canary(queue: str) -> None:
    """The row proves that timetable, broker and a worker of this queue work together."""
    now = timezone.now()
    note_run(job=CANARY + queue, kept_by=KeptBy.CELERY, started_at=now, finished_at=now)
