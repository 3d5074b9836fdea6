"""The periodic jobs, each thin: read the clock, call one service. Nothing imports this module; Celery finds it by name."""

from celery import shared_task
from django.utils import timezone

from followup import jobs


@shared_task(name="followup.climb_ladders")
def climb_ladders() -> None:
    jobs.climb_ladders(timezone.now)


@shared_task(name="followup.send_urgent_email")
def send_urgent_email() -> None:
    jobs.send_urgent_email(timezone.now)


@shared_task(name="followup.send_due_email")
def send_due_email() -> None:
    jobs.send_due_email(timezone.now)


@shared_task(name="followup.mark_missed_slots")
def mark_missed_slots() -> None:
    jobs.mark_missed_slots(timezone.now)


@shared_task(name="followup.find_care_gaps")
def find_care_gaps() -> None:
    jobs.find_care_gaps(timezone.now)


@shared_task(name="followup.raise_missed_contacts")
def raise_missed_contacts() -> None:
    jobs.raise_missed_contacts(timezone.now)
