"""A date and time as it is typed at the site: to the minute, in its zone, also in the night when clocks change."""

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

_FORMAT = "%Y-%m-%dT%H:%M"


class SiteMomentField(forms.DateTimeField):
    """Read in the active zone. `earliest` and `latest` are limits; `kept` is the stored moment that a correction shows;
    `may_be_now` offers the button that fills in the present.

    The hour that autumn gives twice is read as its later half unless that lies after `latest`: a nurse must be able to
    log at half past two in that night. A stored moment that is sent back unchanged stays as it is, to the second.
    """

    def __init__(
        self,
        label: str,
        *,
        latest: datetime | None = None,
        earliest: datetime | None = None,
        too_early: str = "",
        kept: datetime | None = None,
        required: bool = False,
        may_be_now: bool = True,
    ):
        self.latest, self.earliest, self.too_early, self.kept = latest, earliest, too_early, kept
        self.may_be_now = may_be_now
        super().__init__(
            label=label,
            required=required,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local", "autocomplete": "off"}, format=_FORMAT),
            error_messages={
                "invalid": _("Enter a date and a time, such as 2026-03-10 09:30."),
                "required": _("Enter when this was measured."),
            },
        )

    def to_python(self, value: object) -> datetime | None:
        if self.kept and value == f"{timezone.localtime(self.kept):{_FORMAT}}":
            return self.kept
        try:
            moment = super().to_python(value)
            # In UTC: adding an hour to a time in a zone would add an hour of the clock on the wall (law 13).
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        except ValidationError:
            moment = self._in_the_hour_that_comes_twice(value)
            if moment is None:
                raise
            return moment

    def _in_the_hour_that_comes_twice(self, value: object) -> datetime | None:
        try:
            typed = parse_datetime(str(value).strip())
        except ValueError:
            return None
        if typed is None or typed.tzinfo is not None:
            return None
        zone = timezone.get_current_timezone()
        first, second = typed.replace(tzinfo=zone, fold=0), typed.replace(tzinfo=zone, fold=1)
        if first.utcoffset() <= second.utcoffset():  # the hour that spring leaves out
            return None
        later = second.astimezone(UTC)
        return later if self.latest is None or later <= self.latest else first.astimezone(UTC)

    def validate(self, value: datetime | None) -> None:
        super().validate(value)
        if value and self.earliest and value < self.earliest:
            raise ValidationError(self.too_early)
        if value and self.latest and value > self.latest:
            raise ValidationError(_("This time lies in the future."))
