"""What a rule raised, on which evidence, and what a person made of it."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.models.imaging_task import ImagingTask
from followup.models.monitoring_slot import MonitoringSlot
from followup.models.observation import Observation
from kyphotrack.staff.models import User
from procedures.models import Procedure


class Severity(models.TextChoices):
    EMERGENT = "EMERGENT", _("Emergent")
    URGENT = "URGENT", _("Urgent")
    AMBER = "AMBER", _("Amber")
    INFO = "INFO", _("Info")


RED = (Severity.EMERGENT, Severity.URGENT)


class RedFlagQuerySet(models.QuerySet["RedFlag"]):
    def open(self) -> "RedFlagQuerySet":
        """Still in somebody's hands: raised or acknowledged, and not closed by a person."""
        return self.exclude(state=RedFlag.State.CLOSED)

    def visible_to(self, user: User) -> "RedFlagQuerySet":
        return self.filter(procedure__in=Procedure.objects.visible_to(user))


class RedFlag(models.Model):
    """Open -> acknowledged -> closed. Only a person closes; EMERGENT and URGENT are the red flags proper."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
        CLOSED = "CLOSED", _("Closed")

    class Outcome(models.TextChoices):
        CONFIRMED = "CONFIRMED", _("Complication confirmed")
        RULED_OUT = "RULED_OUT", _("Complication ruled out")
        EXPLAINED = "EXPLAINED", _("Other cause found")
        HANDLED = "HANDLED", _("Re-checked and handled")
        SOURCE_WRONG = "SOURCE_WRONG", _("The observation was wrong")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="red_flags")
    rule_code = models.CharField(max_length=10)
    rule_title = models.CharField(max_length=120)
    ruleset_version = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    category = models.CharField(max_length=20)
    state = models.CharField(max_length=15, choices=State, default=State.OPEN)
    reason = models.TextField(help_text="The sentence that was shown when it was raised.")
    citation = models.JSONField(help_text="Source and strength, as they stood then.")
    raised_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True, blank=True)
    imaging_task = models.ForeignKey(
        ImagingTask, null=True, blank=True, on_delete=models.PROTECT, related_name="red_flags"
    )
    # Set while no current observation supports it any more; the flag stays until a person closes it (law 4).
    unsupported_since = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    acknowledge_comment = models.TextField(blank=True, max_length=500)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=15, choices=Outcome, blank=True)
    closing_reason = models.TextField(blank=True, max_length=1000)

    objects = RedFlagQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["procedure", "raised_at"], name="flag_by_episode_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "rule_code"], condition=~models.Q(state="CLOSED"), name="one_open_flag_a_rule"
            ),
            models.CheckConstraint(
                name="flag_closed_by_a_person_with_outcome_and_reason",
                condition=(
                    models.Q(state="CLOSED", closed_at__isnull=False, closed_by__isnull=False)
                    & ~models.Q(outcome="")
                    & ~models.Q(closing_reason="")
                )
                | (~models.Q(state="CLOSED") & models.Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")),
            ),
            models.CheckConstraint(
                name="flag_acknowledged_time_and_person_go_together",
                condition=models.Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Flag {self.rule_code} {self.pk}"

    @property
    def is_red(self) -> bool:
        return self.severity in RED


class FlagEvidence(models.Model):
    """One finding: this rule, on this observation. A further finding of an open flag's rule joins that flag."""

    flag = models.ForeignKey(RedFlag, on_delete=models.PROTECT, related_name="evidence")
    # What the rule saw: an observation, or a check that nobody did (N10).
    observation = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.PROTECT, related_name="flag_evidence"
    )
    missed_check = models.ForeignKey(
        MonitoringSlot, null=True, blank=True, on_delete=models.PROTECT, related_name="flag_evidence"
    )
    severity = models.CharField(max_length=10, choices=Severity)
    reason = models.TextField()
    values = models.JSONField(help_text="What was observed, and the reference it was compared with.")
    measured_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    ruleset_version = models.CharField(max_length=40, help_text="May be later than that which raised the flag.")
    # False once a re-assessment no longer finds it, for instance after a correction.
    supported = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "observation"], name="one_evidence_a_flag_and_observation"),
            models.UniqueConstraint(fields=["flag", "missed_check"], name="one_evidence_a_flag_and_missed_check"),
            models.CheckConstraint(
                name="evidence_is_an_observation_or_a_missed_check",
                condition=models.Q(observation__isnull=False, missed_check__isnull=True)
                | models.Q(observation__isnull=True, missed_check__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk}"

    @property
    def late_by(self) -> timedelta | None:
        """How long after the measurement the alarm came; None for a check that was not done, as nothing was measured."""
        return None if self.missed_check_id else self.raised_at - self.measured_at
