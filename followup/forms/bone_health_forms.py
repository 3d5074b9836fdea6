"""What is typed of the bone-health plan: a statement on a drug, facts, and the words that close a gap."""

from datetime import date, datetime
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout, Submit
from django import forms
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import DecimalNumber
from followup.forms.baseline_layout import bedside_helper
from followup.forms.bedside_layout import beside, entry, section, stacked
from followup.forms.confirmation import AsksToConfirm
from followup.forms.correction_fields import CorrectionFields, correction_layout
from followup.forms.imaging_forms import words_field
from followup.forms.measured_state_fields import YesNo, decimal_number, whole_number
from followup.models import BoneHealthFacts, BoneHealthTherapy
from followup.models.bone_health import FACT_LIMITS, FACTS, fact_label
from followup.services.bone_health_plan import site_day
from kyphotrack.language import said_later
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Procedure

Status = BoneHealthTherapy.Status
_THERAPY = ("drug", "other_drug", "status", "status_on", "deferred_until", "reason", "physician")
# Value, its unit's choices, and what is possible in each unit: a value in the wrong unit is refused with a hint.
_MEASURED: dict[str, dict[str, tuple[Decimal, Decimal]]] = {
    "vitamin_d": {"NG_PER_ML": (Decimal(1), Decimal(200)), "NMOL_PER_L": (Decimal("2.5"), Decimal(500))},
    "calcium": {"MG_PER_DL": (Decimal(4), Decimal(20)), "MMOL_PER_L": (Decimal(1), Decimal(5))},
    "creatinine": {"MG_PER_DL": (Decimal("0.1"), Decimal(20)), "UMOL_PER_L": (Decimal(10), Decimal(2000))},
}
_DAYS = (
    "denosumab_given_on", "dxa_on", "dxa_ordered_on", "dental_checked_on", "fls_referred_on", "fls_seen_on",
    "falls_assessed_on",
)  # fmt: skip


def _day(label: str, *, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a date, such as 2026-03-10."), "required": _("Enter the day.")},
    )


class BoneHealthForm(CorrectionFields, AsksToConfirm, PageForm):
    """What both forms share: bound to one episode or to the row that a correction replaces; days between birth and today."""

    past_days: tuple[str, ...] = ()

    def __init__(
        self,
        request: HttpRequest,
        *,
        procedure: Procedure,
        now: datetime,
        correcting: BoneHealthTherapy | BoneHealthFacts | None = None,
    ):
        stored = {name: getattr(correcting, name) for name in self.columns()} if correcting else None
        super().__init__(
            request, purpose=self.purpose, subject_id=(correcting or procedure).public_id, initial=stored
        )  # fmt: skip
        self.correcting = correcting
        self.today, self.born = site_day(procedure, now), procedure.patient.birth_date
        self.fields |= self.own_fields()
        if correcting:
            self.add_correction_fields()
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}_errors"
        self.helper = bedside_helper(
            *correction_layout(correcting is not None),
            *self.own_layout(),
            HTML('{% include "followup/procedure_save.html" with words=_("Save") %}'),
        )

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        for name in self.past_days:
            day: date | None = cleaned.get(name)
            if day and day > self.today:
                self.add_error(name, _("This day lies in the future."))
            elif day and day < self.born:
                self.add_error(name, _("This day lies before the patient's birth."))
        return cleaned

    def answers(self) -> dict:
        """Columns of the row."""
        return {name: self.cleaned_data.get(name) for name in self.columns()}


class TherapyForm(BoneHealthForm):
    purpose = "bone-health therapy"
    past_days = ("status_on",)

    @staticmethod
    def columns() -> tuple[str, ...]:
        return _THERAPY

    def own_fields(self) -> dict[str, forms.Field]:
        drugs = BoneHealthTherapy._meta.get_field("drug").choices
        return {
            "drug": forms.ChoiceField(label=_("Drug"), choices=[("", _("Choose the drug")), *drugs]),
            "other_drug": forms.CharField(label=_("Name of the other drug"), required=False, max_length=80),
            "status": forms.ChoiceField(label=_("Status"), choices=[("", _("Choose")), *Status.choices]),
            "status_on": _day(_("On"), required=True),
            "deferred_until": _day(_("Deferred until")),
            "reason": words_field(_("Reason"), required=False, max_length=500),
            "physician": forms.CharField(label=_("Physician who decided"), required=False, max_length=200),
        }

    def own_layout(self) -> list[object]:
        return [
            Div(
                entry("drug", "span-2"), entry("other_drug", "span-2"), entry("status", "span-2"),
                entry("status_on"), entry("deferred_until"), entry("reason", "span-2"), entry("physician", "span-2"),
                css_class="bedside-grid",
            ),
            beside(
                _("Declined, contraindicated or deferred counts as an answer only with a reason and the physician's name.")
            ),
        ]  # fmt: skip

    def clean(self) -> dict:
        cleaned = super().clean()
        status, until, on = cleaned.get("status"), cleaned.get("deferred_until"), cleaned.get("status_on")
        if cleaned.get("drug") == "OTHER" and not cleaned.get("other_drug"):
            self.add_error("other_drug", _("Which drug?"))
        elif cleaned.get("drug") and cleaned["drug"] != "OTHER" and cleaned.get("other_drug"):
            self.add_error("other_drug", _("A drug of the list is chosen. Choose “Other”, or clear this."))
        if status in (Status.DECLINED, Status.CONTRAINDICATED) and not cleaned.get("reason"):
            self.add_error("reason", _("Say in a few words why."))
        if status == Status.DEFERRED and not until and "deferred_until" not in self.errors:
            self.add_error("deferred_until", _("Until when?"))
        elif status and status != Status.DEFERRED and until:
            self.add_error("deferred_until", _("A day is entered, but the status is not “Deferred”."))
        elif until and on and until <= on:
            self.add_error("deferred_until", _("This day must lie after the day on which it was deferred."))
        return cleaned


class FactsForm(BoneHealthForm):
    purpose = "bone-health facts"
    past_days = ("known_on", *_DAYS)

    @staticmethod
    def columns() -> tuple[str, ...]:
        return ("known_on", *FACTS)

    def own_fields(self) -> dict[str, forms.Field]:
        model = BoneHealthFacts
        units = {"vitamin_d": model.VitaminDUnit, "calcium": model.CalciumUnit, "creatinine": model.CreatinineUnit}
        return {
            "known_on": _day(_("Day of the sample, or on which it was said"), required=True),
            **{name: _day(fact_label(name)) for name in _DAYS},
            "taking_as_prescribed": YesNo(label=fact_label("taking_as_prescribed")),
            "dxa_site": _choice(_("DXA site"), model.DxaSite.choices),
            "dxa_t_score": decimal_number(_("T-score"), *FACT_LIMITS["dxa_t_score"], _("(with its sign)")),
            **{name: _amount(fact_label(name)) for name in _MEASURED},
            **{f"{name}_unit": _choice(_("Unit"), unit.choices) for name, unit in units.items()},
            "egfr_ml_per_minute": decimal_number(
                fact_label("egfr_ml_per_minute"), *FACT_LIMITS["egfr_ml_per_minute"], _("mL/min/1.73 m²")
            ),
            "pth_nanograms_per_litre": decimal_number(_("PTH ng/L (pg/mL)"), *FACT_LIMITS["pth_nanograms_per_litre"], "ng/L"),
            "tsh_milliunits_per_litre": _amount("TSH mU/L", FACT_LIMITS["tsh_milliunits_per_litre"], "mU/L"),
            "protein_electrophoresis": _choice(_("Serum protein electrophoresis"), model.ProteinElectrophoresis.choices),
            "vitamin_d_iu_per_day": whole_number(_("Vitamin D IU a day"), *FACT_LIMITS["vitamin_d_iu_per_day"], "IU"),
            "calcium_milligrams_per_day": whole_number(
                _("Calcium mg a day, food and tablets"), *FACT_LIMITS["calcium_milligrams_per_day"], "mg"
            ),
            **{
                name: YesNo(label=fact_label(name))
                for name in ("prior_bone_radiotherapy", "bone_metastasis", "hypercalcaemia")
            },
        }  # fmt: skip

    def own_layout(self) -> list[object]:
        return [
            Div(entry("known_on", "span-2"), css_class="bedside-grid"),
            section(_("Therapy"), _grid(entry("denosumab_given_on", "span-2"), stacked("taking_as_prescribed", "span-2"))),
            section(
                _("Bone density (DXA)"),
                _grid(entry("dxa_on"), entry("dxa_site"), entry("dxa_t_score"), entry("dxa_ordered_on")),
            ),
            section(
                _("Laboratory"),
                _grid(
                    *(entry(part) for name in _MEASURED for part in (name, f"{name}_unit")),
                    entry("egfr_ml_per_minute"), entry("pth_nanograms_per_litre"), entry("tsh_milliunits_per_litre"),
                    entry("protein_electrophoresis", "span-2"),
                ),
            ),
            section(
                _("Supplements"),
                beside(_("Aim of calcium, food and tablets together: 1000 to 1200 mg a day.")),
                _grid(entry("vitamin_d_iu_per_day", "span-2"), entry("calcium_milligrams_per_day", "span-2")),
            ),
            section(
                _("Before a drug is given"),
                _grid(
                    entry("dental_checked_on"), stacked("prior_bone_radiotherapy"), stacked("bone_metastasis"),
                    stacked("hypercalcaemia"),
                ),
            ),
            section(
                _("Fracture liaison service and falls"),
                _grid(entry("fls_referred_on", "span-2"), entry("fls_seen_on", "span-2"), entry("falls_assessed_on")),
            ),
        ]  # fmt: skip

    def clean(self) -> dict:
        cleaned = super().clean()
        for name in _MEASURED:
            self._check_unit(name, cleaned)
        for name in ("dxa_site", "dxa_t_score"):
            if cleaned.get(name) not in (None, "") and not cleaned.get("dxa_on") and "dxa_on" not in self.errors:
                self.add_error("dxa_on", _("When was it scanned?"))
        if cleaned.get("dxa_t_score") and cleaned["dxa_t_score"] > 0:
            self.ask(
                "dxa_t_score",
                format_lazy(_("a T-score above zero, +{dxa_t_score},"), dxa_t_score=cleaned["dxa_t_score"]),
            )
        if not self.errors and all(cleaned.get(name) in (None, "") for name in FACTS):
            self.add_error(None, _("Nothing is entered. Enter at least one fact."))
        return cleaned

    def _check_unit(self, name: str, cleaned: dict) -> None:
        value, unit = cleaned.get(name), cleaned.get(f"{name}_unit")
        if value is None:
            cleaned[f"{name}_unit"] = ""
            return
        if not unit:
            if f"{name}_unit" not in self.errors:
                self.add_error(f"{name}_unit", _("In which unit?"))
            return
        words = dict(self.fields[f"{name}_unit"].choices)
        low, high = _MEASURED[name][unit]
        if low <= value <= high:
            return
        other, (other_low, other_high) = next(one for one in _MEASURED[name].items() if one[0] != unit)
        if other_low <= value <= other_high:
            hint = format_lazy(_("Did you mean {value} {other}? Choose that unit."), value=value, other=words[other])
        else:
            hint = format_lazy(_("Possible is {low} to {high} {unit}."), low=low, high=high, unit=words[unit])
        self.add_error(
            name, format_lazy(_("{value} {unit} is impossible. {hint}"), value=value, unit=words[unit], hint=hint)
        )


def _grid(*fields: object) -> Div:
    return Div(*fields, css_class="bedside-grid")


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", _("Not known")), *choices], required=False)


def _amount(label: str, limits: tuple | None = None, unit: str = "") -> forms.DecimalField:
    """With two decimals. Without limits the unit that is chosen decides what is possible."""
    possible = (
        format_lazy(
            _("Possible is {low} to {high} {unit}."),
            low=said_later(limits[0]), high=said_later(limits[1]), unit=said_later(unit),
        )
        if limits
        else ""
    )  # fmt: skip
    wrong = format_lazy(_("Enter a number, with two decimals at most. {possible}"), possible=possible)
    return DecimalNumber(
        label=label,
        required=False,
        min_value=limits[0] if limits else 0,
        max_value=limits[1] if limits else 9999,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "7"}),
        error_messages=dict.fromkeys(("invalid", "max_decimal_places", "min_value", "max_value"), wrong),
    )


class CloseTaskForm(forms.Form):
    words = words_field(_("What was done"), required=True, max_length=500)

    def __init__(self, *args, task_id: object, action: str, **kwargs):
        super().__init__(*args, auto_id=f"id_{task_id}_%s", **kwargs)
        self.fields["words"].error_messages["required"] = _("Say in a few words what was done.")
        self.helper = FormHelper()
        self.helper.form_action = action
        self.helper.layout = Layout("words", Submit("", _("Close it"), css_id=f"close-{task_id}"))
