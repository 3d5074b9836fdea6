"""Who the patient is. No clinical data stands here."""

import uuid
from datetime import date
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from kyphotrack.staff.models import Site, User, validate_time_zone
from kyphotrack.staff.permissions import CHART_ROLES


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: User) -> "PatientQuerySet":
        """Patients of the sites where this person may open charts. Every page's query starts here (law 11)."""
        return self.filter(site__in=Site.objects.filter(memberships__user=user, memberships__role__in=CHART_ROLES))


class Patient(models.Model):
    class AdministrativeGender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")
        UNKNOWN = "unknown", _("Unknown")

    class LifeStatus(models.TextChoices):
        ALIVE = "ALIVE", _("Alive")
        DECEASED = "DECEASED", _("Deceased")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    medical_record_number = models.CharField(_("medical record number"), max_length=40)
    family_name = models.CharField(max_length=200)
    given_name = models.CharField(max_length=200, blank=True)
    # Derived from the names by the services: patients/search_words.py.
    search_words = models.TextField(blank=True, editable=False)
    birth_date = models.DateField()
    gender = models.CharField(max_length=10, choices=AdministrativeGender)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[validate_time_zone], help_text="Only where it is not the site's."
    )
    life_status = models.CharField(max_length=10, choices=LifeStatus, default=LifeStatus.ALIVE)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "medical_record_number"],
                name="one_patient_a_site_and_record_number",
                violation_error_message="A patient with this record number is already registered at this site.",
            )
        ]

    def __str__(self) -> str:
        return f"Patient {self.pk}"  # no name: this text reaches logs and error reports

    @property
    def name(self) -> str:
        return f"{self.family_name}, {self.given_name}" if self.given_name else self.family_name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or self.site.time_zone)

    def age_on(self, day: date) -> int:
        before_birthday = (day.month, day.day) < (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - before_birthday
