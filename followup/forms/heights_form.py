"""The heights of one treated vertebra on one image, as somebody measured them."""

from datetime import date, datetime
from decimal import Decimal

from crispy_forms.layout import HTML, Div
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.forms.baseline_layout import bedside_helper
from followup.forms.bedside_layout import entry
from followup.forms.correction_fields import CorrectionFields, correction_layout
from followup.forms.fracture_fields import day_field
from followup.forms.measured_state_fields import decimal_number
from followup.models import HeightMeasurement
from followup.models.height_measurement import HEIGHT_LIMITS, HEIGHTS
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Procedure

_LABELS = (
    _("Anterior height mm"), _("Mid height mm"), _("Posterior height mm"), _("Height of the vertebra above mm"),
    _("Height of the vertebra below mm"),
)  # fmt: skip


class HeightsForm(CorrectionFields, PageForm):
    """Bound to one episode and saved once. `correcting` is the row that a correction replaces."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        procedure: Procedure,
        now: datetime,
        correcting: HeightMeasurement | None = None,
    ):
        subject = correcting or procedure
        stored = correcting and {name: getattr(correcting, name) for name in ("level", "imaged_on", *HEIGHTS)}
        super().__init__(request, purpose="heights", subject_id=subject.public_id, initial=stored)
        self.correcting = correcting
        zone = procedure.patient.site.zone
        self._first: date = procedure.time_zero.astimezone(zone).date()
        self._last: date = now.astimezone(zone).date()
        levels = [level.level for level in procedure.treated_levels.order_by("pk")]
        self.fields |= {
            "level": forms.ChoiceField(
                label=_("Vertebra"),
                initial=levels[0] if len(levels) == 1 else None,
                choices=[*([] if len(levels) == 1 else [("", "–")]), *zip(levels, levels, strict=True)],
            ),
            "imaged_on": day_field(_("Day of the image")),
            **{
                name: decimal_number(label, *map(Decimal, HEIGHT_LIMITS), "mm")
                for name, label in zip(HEIGHTS, _LABELS, strict=True)
            },
        }  # fmt: skip
        self.fields["level"].error_messages["required"] = _("Choose the vertebra.")
        self.fields["imaged_on"].required = True
        self.fields["imaged_on"].error_messages["required"] = _("Enter the day of the image.")
        if correcting:
            self.add_correction_fields()
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}_errors"
        self.helper = bedside_helper(
            *correction_layout(correcting is not None),
            Div(entry("level"), entry("imaged_on"), *map(entry, HEIGHTS), css_class="bedside-grid"),
            HTML(
                '{% load i18n %}{% translate "Save the heights" as words %}{% include "followup/procedure_save.html" %}'
            ),
        )

    def clean_imaged_on(self) -> date:
        day = self.cleaned_data["imaged_on"]
        if not self._first <= day <= self._last:
            raise forms.ValidationError(
                _("Choose a day from that of the procedure, %(first)s, to today, %(last)s."),
                params={"first": self._first, "last": self._last},
            )
        return day

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and all(cleaned.get(name) is None for name in HEIGHTS):
            self.add_error(None, _("Nothing is entered. Enter at least one height."))
        return cleaned

    def answers(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("level", "imaged_on", *HEIGHTS)}
