"""The page that records a procedure: its facts, the vertebrae and drugs in rows, and the baseline."""

from datetime import datetime, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div
from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from followup.forms.baseline_form import BaselineFields
from followup.forms.baseline_layout import baseline_sections, bedside_helper
from followup.forms.bedside_layout import entry, section
from followup.forms.procedure_rows import AnticoagulantRows, LevelRows
from followup.forms.site_moment import SiteMomentField
from kyphotrack.staff.form_pages import PageForm
from patients.models import Patient
from procedures.models import Procedure
from procedures.models.procedure import LONGEST_MONITORING
from procedures.services import CLOCK_TOLERANCE, OLDEST_BASELINE

_LONGEST_PROCEDURE = timedelta(hours=24)
_CHOOSE = ("", "Choose")
_FACTS = (
    "kind", "aetiology", "anaesthesia", "disposition", "started_at", "ended_at", "operator", "bed", "notes",
)  # fmt: skip


class ProcedureForm(BaselineFields, PageForm):
    """Bound to one patient, to one person, and saved once."""

    kind = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Kind.choices])
    aetiology = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Aetiology.choices], label="Cause of the fracture")
    anaesthesia = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Anaesthesia.choices])
    disposition = forms.ChoiceField(choices=[_CHOOSE, *Procedure.Disposition.choices], label="Planned stay")
    operator = forms.CharField(max_length=200)
    bed = forms.CharField(max_length=40, required=False)
    notes = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, request: HttpRequest, *, patient: Patient, now: datetime):
        super().__init__(request, purpose="record procedure", subject_id=patient.public_id, now=now)
        self.patient, self.now = patient, now
        latest = now + CLOCK_TOLERANCE
        self.fields |= {
            "started_at": SiteMomentField("Started at", latest=latest, required=True),
            "ended_at": SiteMomentField("Ended at (T0: needle out, dressing on)", latest=latest, required=True),
        }
        self.order_fields(_FACTS)
        for name in _FACTS:
            self.fields[name].widget.attrs["aria-describedby"] = f"{name}_errors"
        for name in ("started_at", "ended_at"):
            self.fields[name].error_messages["required"] = "Enter a date and a time."
        self.levels = LevelRows(
            _rows_sent(request, "level"), prefix="level", form_kwargs={"patient": patient, "now": now}
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
                self.add_error(None, rows.non_form_errors() or "Some rows need a change.")
        return cleaned

    def _check_times(self, started: datetime | None, ended: datetime | None, measured: datetime | None) -> None:
        if started and ended and started > ended:
            self.add_error("started_at", "The procedure cannot start after its end.")
        elif started and ended and ended - started > _LONGEST_PROCEDURE:
            self.add_error("started_at", "This is more than 24 hours before the end. Check the date.")
        if measured and ended and not ended - OLDEST_BASELINE <= measured <= ended:
            self.add_error("measured_at", "The baseline is measured before the end of the procedure, at most 30 days.")

    def _ask_about_a_further_procedure(self, ended: datetime | None) -> None:
        """Two people may each record the same one: it would be watched, and chased, twice."""
        if not ended or self.form_id is None:
            return
        others = Procedure.objects.filter(patient=self.patient).exclude(form_token=self.form_id)
        near = others.filter(ended_at__gt=ended - LONGEST_MONITORING, ended_at__lt=ended + LONGEST_MONITORING).first()
        if near:
            recorded = f"{timezone.localtime(near.ended_at):%-d %b %H:%M}"
            self.ask("ended_at", f"a further procedure, besides the one that ended {recorded},")

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
            "Procedure",
            Div(*(entry(name, "span-2") for name in _FACTS[:-1]), entry("notes", "span-all"), css_class="bedside-grid"),
        ),
        section(
            "Fractures and treated vertebrae",
            HTML('{% include "followup/procedure_rows.html" with rows=form.levels row="Vertebra" %}'),
        ),
        section(
            "Anticoagulants and antiplatelets",
            HTML('{% include "followup/procedure_rows.html" with rows=form.anticoagulants row="Drug" %}'),
        ),
        HTML('{% include "followup/baseline_heading.html" %}'),
        Div(entry("measured_at", "span-2"), css_class="bedside-grid"),
        *baseline_sections(),
        HTML('{% include "followup/procedure_save.html" with words="Save and start the schedule" %}'),
    )
