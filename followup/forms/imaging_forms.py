"""What a person types for each hop of an imaging task. Field names are those of the service that carries it out."""

from collections.abc import Mapping
from datetime import UTC, datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Hidden, Layout, Row, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from followup.models import ImagingTask, RedFlag
from followup.red_flags.findings import Modality
from kyphotrack.language import said_later

NOTHING_KEPT: Mapping[str, str] = {}
MODALITIES = [(modality.name, said_later(modality.label)) for modality in Modality]


def words_field(label: str, *, required: bool, max_length: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def seen_field() -> forms.CharField:
    """The mark of what the page showed of the item (`imaging_state.seen_of`)."""
    return forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


def show_as_seen(form: forms.Form, mark: str) -> None:
    """The page shows the item as it is now, and so does a form that came back with it."""
    form.initial["seen"] = mark
    if form.is_bound:
        form.data = form.data.copy()
        form.data["seen"] = mark


def hidden(kept: Mapping[str, str]) -> list[Hidden]:
    return [Hidden(name, value) for name, value in kept.items()]


class HopForm(forms.Form):
    """A hop with its words. `task` gives what was asked for; several of these forms stand on one page.

    `kept` goes along unseen: where the person came from.
    """

    button = ""
    fields_in_order: tuple = ("comment",)
    seen = seen_field()

    def __init__(
        self,
        *args,
        task: ImagingTask,
        hop: str,
        action: str = "",
        kept: Mapping[str, str] = NOTHING_KEPT,
        **kwargs,
    ):
        super().__init__(*args, auto_id=f"id_{hop}_%s", **kwargs)
        self.task = task
        self.helper = FormHelper()
        self.helper.form_action = action
        self.helper.form_id = f"hop-{hop}"
        self.helper.layout = Layout(
            *self.fields_in_order,
            "seen",
            *hidden(kept),
            Submit("", self.button, css_id=f"submit-{hop}", css_class="btn-primary"),
        )


class AcknowledgeForm(HopForm):
    button = _("Acknowledge")
    comment = words_field(
        _("Comment"), required=False, max_length=1000, help_text=_("Optional: what the others should know.")
    )


class OrderForm(HopForm):
    button = _("Scan is ordered")
    fields_in_order = (
        Row(Column("modality", css_class="col-md-6"), Column("region", css_class="col-md-6")),
        Row(Column("appointment_at", css_class="col-md-6"), Column("comment", css_class="col-md-6")),
    )
    modality = forms.ChoiceField(label=_("Modality"), choices=MODALITIES)
    region = forms.CharField(label=_("Region"), max_length=80)
    appointment_at = forms.DateTimeField(
        label=_("Scan time, if known"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    comment = words_field(
        _("Comment"),
        required=False,
        max_length=1000,
        help_text=_("Say why, where you change the scan that was asked for."),
    )

    def clean_appointment_at(self) -> datetime | None:
        appointment_at = self.cleaned_data["appointment_at"]
        if appointment_at is None:
            return None
        if appointment_at < self.task.requested_at:
            raise forms.ValidationError(_("This time lies before the scan was asked for."))
        try:
            return appointment_at.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(_("This time is too far off.")) from None


class PerformedForm(HopForm):
    button = _("Scan was performed")
    comment = words_field(_("Comment"), required=False, max_length=1000)


class ReportForm(HopForm):
    button = _("Record the report")
    fields_in_order = ("result", "comment")
    result = forms.ChoiceField(label=_("Result"), choices=[("", _("Choose the result")), *ImagingTask.Result.choices])
    comment = words_field(
        _("Words of the report"), required=False, max_length=1000, help_text=_("With the level of a new fracture.")
    )


class DecideForm(HopForm):
    button = _("Decide and close the flags")
    fields_in_order = (
        Row(Column("decision", css_class="col-md-6"), Column("outcome", css_class="col-md-6")),
        "reason",
    )
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("", _("Choose what is done now")), *ImagingTask.Decision.choices],
    )
    outcome = forms.ChoiceField(
        label=_("Outcome of the flags"), choices=[("", _("Choose what was behind them")), *RedFlag.Outcome.choices]
    )
    reason = words_field(_("Reason"), required=True, max_length=1000)


class CancelForm(HopForm):
    button = _("Cancel the scan")
    fields_in_order = ("reason",)
    reason = words_field(
        _("Why no scan is done"),
        required=True,
        max_length=1000,
        help_text=_("The flags stay open, each with a clock of its own."),
    )


HOP_FORMS: dict[str, type[HopForm]] = {
    "acknowledge": AcknowledgeForm,
    "order": OrderForm,
    "performed": PerformedForm,
    "report": ReportForm,
    "decide": DecideForm,
    "cancel": CancelForm,
}
