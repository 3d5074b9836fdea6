"""A site's own escalation ladders: each change is a row of its own."""

from django.db import models
from django.db.models import Exists, OuterRef

from followup.escalation_ladder import Ladder, LadderKey, ladder_from_json
from followup.models.escalation import LADDER_WORDS, choices
from kyphotrack.staff.models import Site, User


class SiteLadderQuerySet(models.QuerySet["SiteLadder"]):
    def in_force(self) -> "SiteLadderQuerySet":
        """The newest of each site and key."""
        newer = SiteLadder.objects.filter(site=OuterRef("site"), key=OuterRef("key"), number__gt=OuterRef("number"))
        return self.filter(~Exists(newer))


class SiteLadder(models.Model):
    """One version of one ladder of a site, never edited. An escalation that runs keeps the ladder that it started with.

    A row without a ladder says that the site went back to the default.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="ladders")
    key = models.CharField(max_length=16, choices=choices(LADDER_WORDS))
    number = models.PositiveIntegerField()
    ladder = models.JSONField(null=True, blank=True)
    reason = models.TextField(max_length=1000)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    form_token = models.UUIDField(unique=True, help_text="One opened form makes one version, however often it is sent.")

    objects = SiteLadderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "key", "number"], name="one_ladder_a_site_key_and_number")
        ]

    def __str__(self) -> str:
        return f"Ladder {self.pk}"

    @property
    def content(self) -> Ladder | None:
        return ladder_from_json(self.ladder) if self.ladder else None

    @property
    def ladder_key(self) -> LadderKey:
        return LadderKey(self.key)
