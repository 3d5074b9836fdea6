"""The outcome instruments as they are typed. The ODI is there only under licence, and its wording only from the site."""

from datetime import datetime
from decimal import Decimal

from crispy_forms.layout import HTML, Div
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup import instruments
from followup.forms.baseline_layout import bedside_helper
from followup.forms.bedside_layout import beside, entry, section, stacked
from followup.forms.confirmation import AsksToConfirm
from followup.forms.correction_fields import CorrectionFields, correction_layout
from followup.forms.measured_state_fields import YesNo, decimal_number, whole_number
from followup.forms.site_moment import SiteMomentField
from followup.models import OutcomeScore
from followup.models.outcome_score import ANSWERS, LIMITS, ODI_FIELDS
from followup.services.observations import CLOCK_TOLERANCE
from followup.services.rulesets import ruleset_of
from kyphotrack.language import said
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Procedure
from procedures.services import OLDEST_BASELINE

# A weight that differs from the last one by so much is asked about once.
_WEIGHT_CHANGE = Decimal("0.10")


def _grade(label: str, choices: list[tuple[int, str]]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[("", _("Not asked")), *((grade, said(words)) for grade, words in choices)],
        coerce=int,
        empty_value=None,
        required=False,
    )


class OutcomeForm(CorrectionFields, AsksToConfirm, PageForm):
    """Bound to one episode and saved once. `correcting` is the row that a correction replaces."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        procedure: Procedure,
        last_weight: Decimal | None,
        now: datetime,
        correcting: OutcomeScore | None = None,
    ):
        subject = correcting or procedure
        super().__init__(request, purpose="outcome scores", subject_id=subject.public_id, initial=_stored(correcting))
        self.correcting, self.last_weight = correcting, last_weight
        self.with_odi = bool(settings.ODI_LICENCE_REF)
        self.odi_needs = ruleset_of(site=procedure.patient.site, at=now).odi_minimum_answered
        self.fields |= {
            "effective_at": SiteMomentField(
                _("Answered at"),
                required=True,
                latest=now + CLOCK_TOLERANCE,
                earliest=procedure.time_zero - OLDEST_BASELINE,
                too_early=_("This time lies more than 30 days before the procedure."),
                kept=correcting.effective_at if correcting else None,
            ),
            "contact": forms.ChoiceField(
                choices=[("", _("None of them")), *OutcomeScore._meta.get_field("contact").choices],
                label=_("Follow-up contact"),
                required=False,
            ),
            "kps": _grade(_("Karnofsky"), [(kps, f"{kps} {instruments.kps_words(kps)}") for kps in instruments.KPS_SCORES]),
            "ecog": _grade("ECOG", [(grade, str(grade)) for grade in instruments.ECOG_GRADES]),
            "mobility": _grade(_("Mobility"), [(grade, f"{grade} {words}") for grade, words in instruments.MOBILITY.items()]),
            "tug_seconds": decimal_number(_("Timed Up and Go s"), *LIMITS["tug_seconds"], "s"),
            "tug_unable": YesNo(label=_("Tried and could not do it")),
            "weight_kilograms": decimal_number(_("Weight kg"), *LIMITS["weight_kilograms"], "kg"),
        }  # fmt: skip
        self.fields["effective_at"].error_messages["required"] = _("Enter when this was answered.")
        if self.with_odi:
            self.fields |= _odi_fields()
        if correcting:
            self.add_correction_fields()
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}_errors"
        self.helper = bedside_helper(*self._layout())

    def _layout(self) -> list[object]:
        odi_width = "span-all" if settings.ODI_WORDING else ""
        odi = [
            HTML(
                '<p class="beside">{% blocktranslate with needed=form.odi_needs %}Points 0 to 5 of each section. Leave blank '
                "what was not answered. Two boxes marked in one section: enter the higher. A score needs {{ needed }} "
                "answered sections.{% endblocktranslate %}</p>"
            ),
            Div(*(entry(name, odi_width) for name in ODI_FIELDS), css_class="bedside-grid"),
        ]
        without = [beside(_("The ODI is not offered: the licence of this site is not entered."))]
        return [
            *correction_layout(self.correcting is not None),
            Div(entry("effective_at", "span-2"), entry("contact", "span-2"), css_class="bedside-grid"),
            section(
                _("Performance and mobility"),
                beside(_("Enter what was scored. Neither scale is worked out from the other.")),
                Div(
                    entry("kps", "span-2"), entry("ecog"), entry("mobility"), entry("tug_seconds"),
                    stacked("tug_unable", "span-2"), entry("weight_kilograms"),
                    css_class="bedside-grid",
                ),
            ),
            section(_("Oswestry Disability Index (ODI)"), *(odi if self.with_odi else without)),
            HTML('{% include "followup/procedure_save.html" with words=_("Save the scores") %}'),
        ]  # fmt: skip

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        seconds, weight = cleaned.get("tug_seconds"), cleaned.get("weight_kilograms")
        if seconds is not None and cleaned.get("tug_unable"):
            self.add_error("tug_unable", _("Seconds are entered, so it was done. Clear one of the two."))
        is_new = weight is not None and (self.correcting is None or weight != self.correcting.weight_kilograms)
        if is_new and self.last_weight and abs(weight - self.last_weight) >= self.last_weight * _WEIGHT_CHANGE:
            self.ask(
                "weight_kilograms",
                format_lazy(_("{weight} kg (before {last_weight} kg)"), weight=weight, last_weight=self.last_weight),
            )
        if not self.errors and all(cleaned.get(name) is None for name in ANSWERS):
            self.add_error(None, _("Nothing is entered. Enter at least one score."))
        return cleaned

    def answers(self) -> dict:
        """Columns of OutcomeScore. Without a licence a correction keeps the stored sections, which it does not show."""
        answers = {name: self.cleaned_data.get(name) for name in ("effective_at", *ANSWERS)}
        if self.correcting and not self.with_odi:
            answers |= {name: getattr(self.correcting, name) for name in ODI_FIELDS}
        return answers | {"contact": self.cleaned_data["contact"]}


def _odi_fields() -> dict[str, forms.Field]:
    wording = settings.ODI_WORDING
    if not wording:
        return {
            name: whole_number(f"Section {number}", *LIMITS[name], "points")
            for number, name in enumerate(ODI_FIELDS, start=1)
        }
    return {
        name: _grade(
            format_lazy(_("Section {number}: {title}"), number=number, title=one["title"]),
            [(points, f"{points} {words}") for points, words in enumerate(one["statements"])],
        )
        for number, (name, one) in enumerate(zip(ODI_FIELDS, wording, strict=True), start=1)
    }


def _stored(score: OutcomeScore | None) -> dict | None:
    return score and {name: getattr(score, name) for name in ("effective_at", "contact", *ANSWERS)}
