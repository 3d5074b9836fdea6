"""The page of the selection criteria: answers that concern the patient, the facts of each level, and a physician's override."""

from collections.abc import Sequence

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout, Submit
from django import forms
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.baseline_layout import bedside_helper
from followup.forms.bedside_layout import entry, in_line, section, stacked
from followup.forms.fracture_fields import FractureFields, criteria_of_a_level, day_field, further_imaging, heights
from followup.forms.imaging_forms import words_field
from followup.forms.measured_state_fields import YesNo, choices_with_blank, decimal_number
from followup.forms.procedure_rows import row_helper
from followup.services.selection import SelectionRows
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Fracture, Procedure, SelectionReview
from procedures.models.fracture import FRACTURE_FACTS
from procedures.models.selection import SELECTION_ANSWERS, THERAPY_COMPONENTS, TherapyAnswer
from procedures.selection import differs, overwrites

_COMPONENT_WORDS = {
    "analgesics": _("Analgesics"),
    "physical_therapy": _("Physical therapy"),
    "bracing": _("Bracing"),
    "osteoporosis_medication": _("Osteoporosis medication"),
}
_EXCLUSIONS = (
    "active_infection", "coagulopathy", "cement_or_contrast_allergy", "healed_fracture", "cord_compression", "pregnant",
    "cannot_lie_prone",
)  # fmt: skip


class LevelForm(FractureFields):
    """One level on the page of the selection criteria."""

    def __init__(self, *args, level: str, stored: Fracture | None, **kwargs):
        self.level, self.stored = level, stored
        initial = {name: getattr(stored, name) for name in FRACTURE_FACTS} if stored else {}
        super().__init__(*args, prefix=level, initial=initial, **kwargs)
        self.helper = row_helper(
            self,
            Div(entry("fractured_on"), entry("height_loss_percent"), css_class="bedside-grid"),
            criteria_of_a_level(),
            heights(),
            further_imaging(),
        )


class SelectionForm(PageForm):
    """Bound to one episode and one person, and saved once. Nothing is filled in beforehand but what was recorded."""

    # The version that the person saw: it must still be the current one when the form is saved.
    replaces = forms.UUIDField(widget=forms.HiddenInput, required=False)
    therapy_started_on = day_field(_("Therapy started on"))
    therapy_ended_on = day_field(_("Therapy ended on"))
    therapy_continues = YesNo(label=_("Went on until the procedure"))
    pain_at_therapy_start = decimal_number(_("Pain then, 0–10"), 0, 10, "points")
    refractory = YesNo(label=_("Refractory, as judged by a physician"))
    reason = forms.CharField(
        label=_("Why recorded facts are changed"), max_length=500, required=False, widget=forms.TextInput
    )

    def __init__(self, request: HttpRequest, *, rows: SelectionRows, suggestion: bool | None):
        self.rows, self.current, self.suggestion = rows, rows.review, suggestion
        initial = {name: getattr(self.current, name) for name in SELECTION_ANSWERS} if self.current else {}
        super().__init__(request, purpose="selection", subject_id=rows.procedure.public_id, initial=initial)
        self.fields["replaces"].initial = self.current.public_id if self.current else None
        self.fields |= {name: field for part in THERAPY_COMPONENTS for name, field in _component(part).items()}
        self.fields |= {name: YesNo(label=_label(name)) for name in _EXCLUSIONS}
        for name, field in self.fields.items():
            field.widget.attrs |= {"aria-describedby": f"{name}_errors", "autocomplete": "off"}
        self.levels = _level_forms(request, rows)
        self.helper = _helper()

    def clean(self) -> dict:
        cleaned = super().clean()
        self._check_therapy(cleaned)
        for part in THERAPY_COMPONENTS:
            words, contraindicated = f"{part}_reason", cleaned.get(part) == TherapyAnswer.CONTRAINDICATED
            if contraindicated and not cleaned.get(words) and words not in self.errors:
                self.add_error(words, _("Contraindicated: why?"))
        # A plain list, so that every level shows its own errors.
        if not all([level.is_valid() for level in self.levels]):
            self.add_error(None, _("Some levels need a change."))
        if not self.errors and not self._was_sent_twice():
            self._check_what_is_new()
        return cleaned

    def _check_therapy(self, cleaned: dict) -> None:
        started, ended = cleaned.get("therapy_started_on"), cleaned.get("therapy_ended_on")
        if started and started > self.rows.day:
            self.add_error("therapy_started_on", _("This date lies after the procedure."))
        if started and ended and ended < started:
            self.add_error("therapy_ended_on", _("The therapy cannot end before it starts."))
        elif ended and ended > self.rows.day:
            self.add_error("therapy_ended_on", _("This date lies after the procedure."))
        if ended and cleaned.get("therapy_continues"):
            self.add_error("therapy_ended_on", _("An end is entered, but the therapy went on until the procedure."))

    def _was_sent_twice(self) -> bool:
        return self.current is not None and self.current.form_token == self.form_id

    def _check_what_is_new(self) -> None:
        stored = [(self.current, self.answers()), *((level.stored, level.fracture()) for level in self.levels)]
        if not any(differs(*one) for one in stored):
            self.add_error(None, _("Nothing was changed, so nothing was saved."))
        elif any(overwrites(*one) for one in stored) and not self.cleaned_data.get("reason"):
            self.add_error(
                "reason", _("Something recorded is changed: say in a few words why. The old version stays readable.")
            )

    def fields_with_errors(self) -> list[forms.BoundField]:
        in_levels = [level[name] for level in self.levels for name in level.fields if name in level.errors]
        own = super().fields_with_errors()
        return [
            *(one for one in own if one.name != "reason"), *in_levels, *(one for one in own if one.name == "reason"),
        ]  # fmt: skip

    def answers(self) -> dict:
        return {name: self.cleaned_data[name] for name in SELECTION_ANSWERS}

    def fractures(self) -> list[dict]:
        return [{"level": level.level, **level.fracture()} for level in self.levels]

    def refer_to(self, current: SelectionReview | None) -> None:
        """After somebody else's version the page comes back against that one, for a person to compare and save."""
        self.data = self.data.copy()
        self.data["replaces"] = str(current.public_id) if current else ""


def _component(part: str) -> dict[str, forms.Field]:
    words = _COMPONENT_WORDS[part]
    return {
        part: forms.ChoiceField(
            label=words, choices=choices_with_blank(TherapyAnswer.choices), required=False, widget=forms.RadioSelect
        ),
        # By the placeholder the style sheet sees whether it is empty.
        f"{part}_reason": forms.CharField(
            label=format_lazy(_("{words}: why contraindicated"), words=words),
            max_length=200,
            required=False,
            widget=forms.TextInput(attrs={"placeholder": " "}),
        ),
        f"{part}_on": day_field(format_lazy(_("{words}: date"), words=words)),
    }


def _label(exclusion: str) -> str:
    words = str(SelectionReview._meta.get_field(exclusion).verbose_name)
    return words[0].upper() + words[1:]


def _level_forms(request: HttpRequest, rows: SelectionRows) -> Sequence[LevelForm]:
    """The treated levels first; a fracture that was not treated can be corrected too."""
    stored = {fracture.level: fracture for fracture in rows.fractures}
    treated = [one.level for one in rows.treated]
    levels = [*treated, *(level for level in stored if level not in treated)]
    sent = request.POST if request.method == "POST" else None
    return [
        LevelForm(
            sent, level=level, stored=stored.get(level), patient=rows.procedure.patient, latest=rows.day,
            too_late=_("This date lies after the procedure."),
        )
        for level in levels
    ]  # fmt: skip


def _helper() -> FormHelper:
    return bedside_helper(
        "replaces",
        section(
            _("Non-invasive therapy before the procedure"),
            Div(
                entry("therapy_started_on"), entry("therapy_ended_on"), Div(stacked("therapy_continues"), css_class="span-2"),
                css_class="bedside-grid",
            ),
            *(
                Div(
                    Div(stacked(part), css_class="span-2"), entry(f"{part}_reason", "why"), entry(f"{part}_on"),
                    css_class="bedside-grid therapy-part",
                )
                for part in THERAPY_COMPONENTS
            ),
            Div(
                entry("pain_at_therapy_start"), Div(stacked("refractory"), css_class="span-2"),
                HTML('{% include "followup/selection_suggestion.html" %}'),
                css_class="bedside-grid",
            ),
        ),
        section(_("Is any of this present?"), *map(in_line, _EXCLUSIONS)),
        section(_("Each level"), HTML('{% include "followup/selection_levels.html" with levels=form.levels %}')),
        Div(entry("reason", "span-all"), css_class="bedside-grid"),
        HTML('{% include "followup/procedure_save.html" with words=_("Save the answers") %}'),
    )  # fmt: skip


class OverrideForm(PageForm):
    """A physician's reason for going ahead. It counts for the criteria that the page showed, and for no other."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = words_field(_("Why it went ahead all the same"), required=True, max_length=1000)

    def __init__(self, request: HttpRequest, *, procedure: Procedure, waiting: Sequence[str]):
        super().__init__(request, purpose="override selection", subject_id=procedure.public_id)
        self.fields["seen"].initial = " ".join(waiting)
        self.helper = FormHelper()
        self.helper.layout = Layout("form_token", "seen", "reason", Submit("", _("Record the reason"), css_id="save"))

    def refer_to(self, waiting: Sequence[str]) -> None:
        """The page comes back with the criteria as they are now, for the physician to look at."""
        self.data = self.data.copy()
        self.data["seen"] = " ".join(waiting)
