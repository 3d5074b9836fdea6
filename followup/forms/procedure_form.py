"""The page that records a procedure: its facts, the vertebrae and drugs in rows, and the baseline."""

from datetime import date, datetime, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div
from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.baseline_form import BaselineFields
from followup.forms.baseline_layout import baseline_sections, bedside_helper
from followup.forms.bedside_layout import Disclosure, checks, entry, in_line, section, stacked
from followup.forms.fracture_fields import day_field
from followup.forms.measured_state_fields import YesNo
from followup.forms.procedure_rows import AnticoagulantRows, LevelRows
from followup.forms.site_moment import SiteMomentField
from kyphotrack.staff.form_pages import PageForm
from patients.models import Patient
from procedures.models import Procedure
from procedures.models.procedure import LONGEST_MONITORING
from procedures.services import CLOCK_TOLERANCE, OLDEST_BASELINE

_LONGEST_PROCEDURE = timedelta(hours=24)
_CHOOSE = ("", _("Choose"))
_FACTS = (
    "kind", "aetiology", "cancer_kind", "anaesthesia", "disposition", "started_at", "ended_at", "operator", "bed",
    "lives_alone", "setting", "antibiotic_given", "perioperative_events", "imaged_afterwards", "imaged_afterwards_on",
    "notes", "takes_anticoagulants",
)  # fmt: skip
_ALWAYS_SHOWN = ("anaesthesia", "disposition", "started_at", "ended_at", "operator", "bed")


class ProcedureForm(BaselineFields, PageForm):
    """Bound to one patient, to one person, and saved once."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[_CHOOSE, *Procedure.Kind.choices])
    aetiology = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Aetiology.choices], label=_("Cause of the fracture"))
    cancer_kind = forms.ChoiceField(
        choices=[("", _("Not known")), *Procedure.CancerKind.choices], label=_("Kind of cancer"), required=False
    )
    anaesthesia = forms.ChoiceField(label=_("Anaesthesia"), choices=[_CHOOSE, *Procedure.Anaesthesia.choices])
    disposition = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Disposition.choices], label=_("Planned stay"))
    operator = forms.CharField(label=_("Operator"), max_length=200)
    bed = forms.CharField(label=_("Bed"), max_length=40, required=False)
    lives_alone = YesNo(label=_("Lives alone"))
    setting = forms.ChoiceField(
        label=_("Setting"), choices=[("", _("Not said")), *Procedure.Setting.choices], required=False
    )
    antibiotic_given = YesNo(label=_("Antibiotic given"))
    perioperative_events = forms.MultipleChoiceField(
        label=_("Events during the procedure"),
        choices=Procedure.PerioperativeEvent.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    imaged_afterwards = YesNo(label=_("Imaged after the procedure"))
    imaged_afterwards_on = day_field(_("Imaged on"))
    takes_anticoagulants = YesNo(label=_("Takes an anticoagulant or antiplatelet drug"))
    notes = forms.CharField(label=_("Notes"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, request: HttpRequest, *, patient: Patient, now: datetime):
        super().__init__(request, purpose="record procedure", subject_id=patient.public_id, now=now)
        self.patient, self.today = patient, now.astimezone(patient.site.zone).date()
        latest = now + CLOCK_TOLERANCE
        self.fields |= {
            "started_at": SiteMomentField(_("Started at"), latest=latest, required=True),
            "ended_at": SiteMomentField(_("Ended at (T0: needle out, dressing on)"), latest=latest, required=True),
        }
        self.order_fields(_FACTS)
        for name in _FACTS:
            self.fields[name].widget.attrs["aria-describedby"] = f"{name}_errors"
        for name in ("started_at", "ended_at"):
            self.fields[name].error_messages["required"] = _("Enter a date and a time.")
        self.levels = LevelRows(
            _rows_sent(request, "level"), prefix="level", form_kwargs={"patient": patient, "latest": self.today}
        )
        self.anticoagulants = AnticoagulantRows(
            _rows_sent(request, "drug"), prefix="drug", form_kwargs={"latest": latest}
        )
        self.helper = _helper()

    def clean(self) -> dict:
        cleaned = super().clean()
        self._check_times(cleaned.get("started_at"), cleaned.get("ended_at"), cleaned.get("measured_at"))
        self._ask_about_a_further_procedure(cleaned.get("ended_at"))
        for rows in (self.levels, self.anticoagulants):
            if not rows.is_valid():
                self.add_error(None, rows.non_form_errors() or _("Some rows need a change."))
        ended = cleaned.get("ended_at")
        if ended:
            self._check_days(ended.astimezone(self.patient.site.zone).date(), cleaned)
        self._check_what_goes_together(cleaned)
        return cleaned

    def _check_days(self, day: date, cleaned: dict) -> None:
        """`day`: that of the procedure, at the site."""
        imaged_on = cleaned.get("imaged_afterwards_on")
        if imaged_on and not day <= imaged_on <= self.today:
            self.add_error("imaged_afterwards_on", _("This date lies before the procedure, or in the future."))
        for row in self.levels.filled():
            for name in ("fractured_on", "mri_on"):
                if row.cleaned_data.get(name) and row.cleaned_data[name] > day:
                    row.add_error(name, _("This date lies after the procedure."))
                    self.add_error(None, _("Some rows need a change."))

    def _check_what_goes_together(self, cleaned: dict) -> None:
        if cleaned.get("cancer_kind") and cleaned.get("aetiology") != Procedure.Aetiology.CANCER:
            self.add_error("cancer_kind", _("A kind of cancer is chosen, but the cause is not cancer."))
        events = cleaned.get("perioperative_events") or []
        if len(events) > 1 and Procedure.PerioperativeEvent.NONE in events:
            self.add_error("perioperative_events", _("None, or which?"))
        if cleaned.get("imaged_afterwards_on") and not cleaned.get("imaged_afterwards"):
            self.add_error("imaged_afterwards", _("A date is entered: was it done?"))
        if self.anticoagulants.filled():
            if cleaned.get("takes_anticoagulants") is False:
                self.add_error("takes_anticoagulants", _("No is chosen, but a drug is entered below."))
            elif cleaned.get("takes_anticoagulants") is None:
                cleaned["takes_anticoagulants"] = True  # a drug that is entered is the answer

    def _check_times(self, started: datetime | None, ended: datetime | None, measured: datetime | None) -> None:
        if started and ended and started > ended:
            self.add_error("started_at", _("The procedure cannot start after its end."))
        elif started and ended and ended - started > _LONGEST_PROCEDURE:
            self.add_error("started_at", _("This is more than 24 hours before the end. Check the date."))
        if measured and ended and not ended - OLDEST_BASELINE <= measured <= ended:
            self.add_error(
                "measured_at", _("The baseline is measured before the end of the procedure, at most 30 days.")
            )

    def _ask_about_a_further_procedure(self, ended: datetime | None) -> None:
        """Two people may each record the same one: it would be watched, and chased, twice."""
        if not ended or self.form_id is None:
            return
        others = Procedure.objects.filter(patient=self.patient).exclude(form_token=self.form_id)
        near = others.filter(ended_at__gt=ended - LONGEST_MONITORING, ended_at__lt=ended + LONGEST_MONITORING).first()
        if near:
            recorded = f"{timezone.localtime(near.ended_at):%-d %b %H:%M}"
            self.ask(
                "ended_at",
                format_lazy(_("a further procedure, besides the one that ended {recorded},"), recorded=recorded),
            )

    def fields_with_errors(self) -> list[forms.BoundField]:
        """In the order of the page: facts, rows, baseline."""
        rows = (*self.levels.forms, *self.anticoagulants.forms)
        in_rows = [row[name] for row in rows for name in row.fields if name in row.errors]
        own = super().fields_with_errors()
        facts = [field for field in own if field.name in _FACTS]
        return [*facts, *in_rows, *(field for field in own if field.name not in _FACTS)]

    def procedure(self) -> dict:
        return {name: self.cleaned_data[name] for name in _FACTS}


def _rows_sent(request: HttpRequest, prefix: str) -> QueryDict | None:
    """What was sent of a row set, with one row more where that was asked for; the page works without a script."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    total = sent.get(f"{prefix}-TOTAL_FORMS", "")
    if sent.get("redisplay") == prefix and total.isdecimal() and len(total) < 4:
        sent[f"{prefix}-TOTAL_FORMS"] = str(int(total) + 1)
    return sent


def _helper() -> FormHelper:
    return bedside_helper(
        section(
            _("Procedure"),
            Div(
                entry("kind", "span-2"),
                entry("aetiology", "span-2"),
                entry("cancer_kind", "span-2 cancer-kind"),
                *(entry(name, "span-2") for name in _ALWAYS_SHOWN),
                Div(stacked("lives_alone"), css_class="span-2"),
                entry("notes", "span-all"),
                css_class="bedside-grid",
            ),
            Disclosure(
                _("Setting, antibiotic, events, imaging afterwards"),
                Div(
                    entry("setting", "span-2"),
                    Div(stacked("antibiotic_given"), css_class="span-2"),
                    Div(checks("perioperative_events"), css_class="span-all"),
                    Div(stacked("imaged_afterwards"), css_class="span-2"),
                    entry("imaged_afterwards_on", "span-2"),
                    css_class="bedside-grid",
                ),
            ),
        ),
        section(
            _("Fractures and treated vertebrae"),
            HTML('{% include "followup/procedure_rows.html" with rows=form.levels row=_("Vertebra") %}'),
        ),
        section(
            _("Anticoagulants and antiplatelets"),
            in_line("takes_anticoagulants"),
            HTML('{% include "followup/procedure_rows.html" with rows=form.anticoagulants row=_("Drug") %}'),
        ),
        HTML('{% include "followup/baseline_heading.html" %}'),
        Div(entry("measured_at", "span-2"), css_class="bedside-grid"),
        *baseline_sections(),
        HTML('{% include "followup/procedure_save.html" with words=_("Save and start the schedule") %}'),
    )
