"""The proof that the machinery runs: the last run of each periodic job, and what the watchdog saw when it last looked."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptBy(models.TextChoices):
    """The clock that ran a job. Either of them suffices alone."""

    CELERY = "CELERY", _("Celery timetable")
    TICK = "TICK", _("manage.py tick")
    CRON = "CRON", _("cron")


class JobRun(models.Model):
    """The last run of one job by one clock. `finished_at` is that of the last run which did not fail."""

    job = models.CharField(max_length=60)
    kept_by = models.CharField(max_length=10, choices=KeptBy)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    handled = models.PositiveIntegerField(default=0)
    # The name of the error alone: its words may hold what must not leave a row (law 12). Empty after a good run.
    last_error = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "kept_by"], name="one_row_a_job_and_clock")]

    def __str__(self) -> str:
        return f"{self.job} by {self.get_kept_by_display()}"


class WatchdogReport(models.Model):
    """What the watchdog found when it last looked, in the one row that every staff page reads."""

    ONLY = 1

    looked_at = models.DateTimeField()
    # Codes, counts and times; no identifiers.
    findings = models.JSONField(default=list)
    heartbeat_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_watchdog_report", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"Watchdog report of {self.looked_at:%Y-%m-%d %H:%M:%S}"
