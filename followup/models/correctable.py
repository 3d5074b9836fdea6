"""Rows that a person types and never changes: a correction is a new row in place of the old one, with a reason (law 1)."""

import uuid

from django.db import models

from kyphotrack.staff.models import User
from procedures.models import Procedure


class CorrectableQuerySet(models.QuerySet["Correctable"]):
    def current(self) -> "CorrectableQuerySet":
        """What counts now: not superseded, and not a mere note that a row was entered in error."""
        return self.filter(superseded_by__isnull=True, entered_in_error=False)

    def visible_to(self, user: User) -> "CorrectableQuerySet":
        return self.filter(procedure__in=Procedure.objects.visible_to(user))


class Correctable(models.Model):
    """A subclass adds its own foreign key `procedure`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recorded_at = models.DateTimeField(help_text="When it was typed.")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(unique=True, help_text="One opened form makes one row, however often it is sent.")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    correction_reason = models.TextField(blank=True, max_length=500)
    entered_in_error = models.BooleanField(
        default=False, help_text="The superseded row should not be there, for instance because it is another patient's."
    )

    objects = CorrectableQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


def correction_has_a_reason(prefix: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{prefix}_correction_has_a_reason",
        condition=models.Q(supersedes__isnull=True, correction_reason="", entered_in_error=False)
        | (models.Q(supersedes__isnull=False) & ~models.Q(correction_reason="")),
    )


def is_possible(prefix: str, limits: dict[str, tuple]) -> list[models.CheckConstraint]:
    """Check constraints that refuse what is impossible; blank is allowed."""
    return [
        models.CheckConstraint(
            name=f"{prefix}_{field}_is_possible",
            condition=models.Q(**{f"{field}__isnull": True})
            | models.Q(**{f"{field}__gte": low, f"{field}__lte": high}),
        )
        for field, (low, high) in limits.items()
    ]


def go_together(prefix: str, value: str, unit: str) -> models.CheckConstraint:
    """A number means nothing without the unit that it was typed in."""
    return models.CheckConstraint(
        name=f"{prefix}_{value}_and_its_unit_go_together",
        condition=models.Q(**{f"{value}__isnull": True, unit: ""})
        | (models.Q(**{f"{value}__isnull": False}) & ~models.Q(**{unit: ""})),
    )
