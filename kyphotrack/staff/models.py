"""Who uses the software, at which site, in which role. The lowest app of all: it knows no patient."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a known time zone. Use a name such as Europe/Berlin.")


class UserAccounts(BaseUserManager["User"]):
    """How accounts are made; the base class is Django's name for it."""

    def create_user(self, email: str, full_name: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), full_name=full_name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, full_name: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, full_name, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff, who signs in by e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserAccounts()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        # Stored in small letters, so that one address cannot become two accounts.
        constraints = [
            models.CheckConstraint(name="account_email_in_small_letters", condition=models.Q(email=Lower("email")))
        ]

    def __str__(self) -> str:
        return self.full_name


class Site(models.Model):
    """A hospital or unit. Patients belong to one site, and only its members see them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    emergency_number = models.CharField(max_length=40, help_text="What a patient dials in an emergency, such as 112.")
    clinic_phone_24h = models.CharField(max_length=40, help_text="The unit's phone that is answered day and night.")
    neutral_sender_name = models.CharField(
        max_length=80, help_text="From-name of e-mails. It must not reveal the specialty."
    )
    quiet_from = models.TimeField(null=True, blank=True, help_text="No reminder to a patient from this hour on.")
    quiet_until = models.TimeField(null=True, blank=True)
    sends_calendar_entries = models.BooleanField(
        default=True, help_text="Reminders of an appointment bring an entry for the patient's calendar, without a name."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="site_quiet_hours_both_or_neither",
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Role(models.TextChoices):
    NURSE = "NURSE", _("Nurse")
    PHYSICIAN = "PHYSICIAN", _("Physician")
    COORDINATOR = "COORDINATOR", _("Coordinator")
    LEAD_CLINICIAN = "LEAD_CLINICIAN", _("Lead clinician")
    AUDITOR = "AUDITOR", _("Auditor")
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")


class Membership(models.Model):
    """One person's role at one site."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "site", "role"], name="one_membership_a_user_site_and_role")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.site}"


class DutyRole(models.TextChoices):
    """Whom an escalation step names. The first two rungs are people on a rota, the others everyone of a role."""

    ON_CALL_PHYSICIAN = "ON_CALL_PHYSICIAN", _("On-call physician")
    BACKUP_PHYSICIAN = "BACKUP_PHYSICIAN", _("Backup physician")
    CHARGE_NURSE = "CHARGE_NURSE", _("Nurse in charge")
    SERVICE_LEAD = "SERVICE_LEAD", _("Service lead")


class DutyQuerySet(models.QuerySet["Duty"]):
    def at(self, now: datetime) -> "DutyQuerySet":
        return self.filter(models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=now), starts_at__lte=now)


class Duty(models.Model):
    """A stretch of the on-call rota. An open end lasts until somebody ends it.

    For its role and as long as it lasts it takes the place of the weekly pattern.
    """

    class Kind(models.TextChoices):
        REGULAR = "REGULAR", _("Duty")
        SWAP = "SWAP", _("Swap")
        HOLIDAY = "HOLIDAY", _("Holiday")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="duties")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(max_length=20, choices=DutyRole)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REGULAR)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # One opened form makes one stretch, however often it is sent.
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            models.CheckConstraint(
                name="duty_ends_after_it_starts",
                # A stretch that is taken back before it began ends where it starts.
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gte=models.F("starts_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.user}"


class WeeklyDuty(models.Model):
    """A stretch that comes back each week: on these days from one handover to the next, by the clock on the site's wall."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="weekly_duties")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="weekly_duties")
    role = models.CharField(max_length=20, choices=DutyRole)
    weekdays = models.JSONField(help_text="The days on which it begins, Monday is 0.")
    starts = models.TimeField()
    # Not after the start: the next day.
    ends = models.TimeField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(unique=True)

    class Meta:
        verbose_name_plural = "weekly duties"
        constraints = [
            models.CheckConstraint(
                name="weekly_duty_is_ended_at_a_time_by_a_person",
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, weekly: {self.user}"
