"""The Celery application. A message only says "look now": every promise is a row (docs/architecture.md, law 7)."""

import os

from celery import Celery

from kyphotrack.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphotrack.settings")

from django.conf import settings

app = Celery("kyphotrack")


def _configuration() -> dict:
    return dict(
        broker_url=settings.REDIS_URL,
        timezone="UTC",
        beat_schedule=TIMETABLE,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=500,
        task_soft_time_limit=45,
        task_time_limit=60,
        # Above the longest task, and scanned every 5 s: a killed worker's message comes back in about two minutes.
        broker_transport_options={
            "visibility_timeout": 120,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "health_check_interval": 25,
            "socket_timeout": 30,
            "socket_keepalive": not settings.REDIS_URL.startswith("redis+socket"),
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_soft_shutdown_timeout=30,
        worker_enable_soft_shutdown_on_idle=True,
        # For the timetable. The nudge of a save has less patience still: followup/services/outbox.py.
        task_publish_retry=True,
        task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2},
        task_default_queue="bulk",
        task_routes={
            "followup.send_urgent_email": {"queue": "urgent"},
            "followup.climb_ladders": {"queue": "urgent"},
            "followup.send_due_email": {"queue": "mail"},
        },
    )


# Read when first used: this module is imported with the package, before the settings are there.
app.add_defaults(_configuration)
app.autodiscover_tasks(["followup"])
