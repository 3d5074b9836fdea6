"""What is said when a shift is accepted: which patients, which shift, until when, and a note."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.forms.site_moment import SiteMomentField
from followup.models import ShiftHandover
from followup.selectors.handover import HandoverPatient
from followup.services.handovers import LONGEST_SHIFT
from kyphotrack.staff.form_pages import PageForm
from kyphotrack.staff.models import Site

# What stands in the form at first: usual hours (the project's own), each to be changed.
_USUAL = timedelta(hours=8)
_STARTS = ((5, ShiftHandover.Shift.NIGHT), (12, ShiftHandover.Shift.EARLY), (20, ShiftHandover.Shift.LATE))


def tick_of(patient: HandoverPatient) -> str:
    """The value of a patient's tick: who it is, and what was seen of the open items."""
    return f"{patient.row.procedure_id}.{patient.seen}"


class AcceptShiftForm(PageForm):
    """The ticks stand beside the patients, outside of the form's own layout."""

    patients = forms.Field(
        label=gettext_lazy("Patients"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one patient that you take over.")},
    )
    shift = forms.ChoiceField(label=gettext_lazy("Shift"), choices=ShiftHandover.Shift.choices)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What you were told and what you look at first. It cannot be changed later."),
    )

    def __init__(self, request: HttpRequest, *, site: Site, patients: Collection[HandoverPatient], now: datetime):
        local = timezone.localtime(now)
        super().__init__(
            request,
            purpose="accept shift",
            subject_id=site.public_id,
            initial={"shift": _shift_at(local), "ends_at": _next_half_hour(now + _USUAL)},
        )
        self.fields["ends_at"] = SiteMomentField(
            _("Until"),
            required=True,
            earliest=now,
            too_early=_("This lies behind. A shift that you accept lasts still."),
            may_be_now=False,
        )
        self.fields["ends_at"].help_text = _("So long these are “my patients” on the board.")
        self._now, self._patients = now, {str(one.row.procedure_id): one for one in patients}
        self.helper = FormHelper()
        self.helper.form_id = "accept-shift"
        self.helper.attrs = {"novalidate": "", "autocomplete": "off"}
        self.helper.layout = Layout(
            "form_token",
            Row(Column("shift", css_class="col-md-4"), Column("ends_at", css_class="col-md-4")),
            "note",
            Submit("", _("Accept the ticked patients"), css_id="save"),
        )

    def ticked(self) -> set[str]:
        """Who is ticked on the page: everyone at first, then whoever was."""
        return set(self._seen()) if self.is_bound else set(self._patients)

    def clean_patients(self) -> Sequence[HandoverPatient]:
        seen = self._seen()
        if not seen.keys() <= self._patients.keys():
            raise ValidationError(_("Somebody you ticked is no longer on the list. Look again, then accept."))
        taken = [self._patients[who] for who in seen]
        moved = "; ".join(_who(one) for one in taken if one.seen != seen[str(one.row.procedure_id)])
        if moved:
            raise ValidationError(
                _("Something has changed since you opened this page: %(names)s. Look again, then accept.")
                % {"names": moved}
            )
        return taken

    def clean_ends_at(self) -> datetime:
        ends_at = self.cleaned_data["ends_at"]
        if ends_at <= self._now or ends_at > self._now + LONGEST_SHIFT:
            raise ValidationError(_("A shift ends within 24 hours from now."))
        return ends_at

    def _seen(self) -> dict[str, str]:
        """By patient, what was seen of the open items."""
        return {who: seen for who, _dot, seen in (tick.partition(".") for tick in self.data.getlist("patients"))}


def _who(patient: HandoverPatient) -> str:
    return ", ".join(filter(None, (patient.row.bed, patient.row.patient_name)))


def _shift_at(local: datetime) -> str:
    return next((shift for hour, shift in _STARTS if local.hour < hour), ShiftHandover.Shift.NIGHT)


def _next_half_hour(moment: datetime) -> datetime:
    step = timedelta(minutes=30)
    return moment + (-(moment - datetime(2000, 1, 1, tzinfo=moment.tzinfo)) % step)
