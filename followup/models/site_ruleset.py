"""A site's own thresholds: each change is a row of its own, from the draft to the day that a later one takes over."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import Site, User
from kyphotrack.staff.permissions import sites_of


class SiteRulesetQuerySet(models.QuerySet["SiteRuleset"]):
    def visible_to(self, user: User) -> "SiteRulesetQuerySet":
        return self.filter(site__in=sites_of(user))

    def live(self) -> "SiteRulesetQuerySet":
        """Every version that went live, the newest first."""
        return self.filter(state=SiteRuleset.State.LIVE).order_by("-effective_from")

    def in_force(self, at: datetime) -> "SiteRulesetQuerySet":
        """The versions that were live by then; the first of a site is the one in force."""
        return self.live().filter(effective_from__lte=at)


class SiteRuleset(models.Model):
    """One version of one site's thresholds. What it changes is never edited: another change is another row.

    In force is the version of the site with the latest `effective_from`; a site without one uses the defaults.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        PROPOSED = "PROPOSED", _("Waits for a second approval")
        APPROVED = "APPROVED", _("Approved, not live")
        LIVE = "LIVE", _("Live")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rulesets")
    number = models.PositiveIntegerField()
    version = models.CharField(max_length=40, unique=True)
    base_version = models.CharField(max_length=20, help_text="Version of the defaults that it changes.")
    changes = models.JSONField(default=dict, blank=True, help_text="Only what differs from the defaults, as text.")
    # As they stood when it was drafted, so that a later change of the defaults does not rewrite what was decided.
    replaces = models.CharField(max_length=40, help_text="Version in force when it was drafted.")
    differences = models.JSONField(help_text="Each threshold that it changes: name, old, new, whether it is looser.")
    needs_second_person = models.BooleanField()
    reason = models.TextField(max_length=1000)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    form_token = models.UUIDField(unique=True, help_text="One opened form makes one version, however often it is sent.")

    replay = models.JSONField(null=True, blank=True, help_text="What it would have raised, missed and changed.")
    replayed_at = models.DateTimeField(null=True, blank=True)
    replayed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    effective_from = models.DateTimeField(null=True, blank=True)
    made_live_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawal_reason = models.TextField(blank=True, max_length=1000)

    objects = SiteRulesetQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["site", "-effective_from"], name="ruleset_by_site_and_start")]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="one_ruleset_a_site_and_number"),
            models.UniqueConstraint(fields=["site", "effective_from"], name="one_ruleset_a_site_and_start"),
            models.CheckConstraint(
                name="ruleset_is_live_from_a_time_by_a_person",
                condition=models.Q(state="LIVE", effective_from__isnull=False, made_live_by__isnull=False)
                | (~models.Q(state="LIVE") & models.Q(effective_from__isnull=True, made_live_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="ruleset_is_withdrawn_at_a_time_by_a_person",
                condition=models.Q(state="WITHDRAWN", withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                | (~models.Q(state="WITHDRAWN") & models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="ruleset_replay_time_and_person_go_together",
                condition=models.Q(replay__isnull=True, replayed_at__isnull=True, replayed_by__isnull=True)
                | models.Q(replay__isnull=False, replayed_at__isnull=False, replayed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="ruleset_is_approved_only_after_a_replay",
                condition=models.Q(state__in=["DRAFT", "WITHDRAWN"]) | models.Q(replay__isnull=False),
            ),
            models.CheckConstraint(
                name="ruleset_waits_for_a_second_person_only_if_looser",
                condition=~models.Q(state="PROPOSED") | models.Q(needs_second_person=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Ruleset {self.version}"


class RulesetApproval(models.Model):
    """One person has seen the replay of this version and stands for it. Nobody counts twice."""

    ruleset = models.ForeignKey(SiteRuleset, on_delete=models.PROTECT, related_name="approvals")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replay_seen = models.CharField(max_length=64, help_text="Fingerprint of the version and replay that were shown.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ruleset", "user"], name="one_approval_a_ruleset_and_person")]

    def __str__(self) -> str:
        return f"Approval {self.pk}"
