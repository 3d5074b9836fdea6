"""The rows of a procedure: one for each vertebra that was broken or treated, one for each blood thinner."""

from datetime import datetime
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.bedside_layout import Disclosure, checks, entry
from followup.forms.confirmation import AsksToConfirm
from followup.forms.fracture_fields import FractureFields, criteria_of_a_level, further_imaging, heights
from followup.forms.measured_state_fields import decimal_number, whole_number
from followup.forms.site_moment import SiteMomentField
from procedures.models import AnticoagulantUse, TreatedLevel
from procedures.models.fracture import LEVEL_CHOICES
from procedures.vertebrae import LEVELS, is_thoracic

# More cement than this is possible, but unusual (clinical-spec 7.3 [DEF]).
_USUAL_MILLILITRES = {True: Decimal(6), False: Decimal(8)}
# More levels than this in one session are possible, but unusual (clinical-spec 7.3 [DEF]).
_USUAL_LEVELS = 3
_BALLOON = ("balloon_pressure_psi", "balloon_volume_millilitres")
_LEAK = ("leakage_sites", "yeom_type", "leak_size")
_TREATMENT = (
    "approach", "cement_volume_millilitres", "cement_product", "cement_lot", "implant", *_BALLOON, "leakage", *_LEAK,
)  # fmt: skip


class LevelRow(FractureFields, AsksToConfirm):
    """One vertebra: its fracture, and how it was treated. Without an approach it was not treated."""

    level = forms.ChoiceField(
        label=_("Level"), choices=[("", _("Choose")), *LEVEL_CHOICES], error_messages={"required": _("Which vertebra?")}
    )
    approach = forms.ChoiceField(
        label=_("Approach"),
        choices=[("", _("Not treated")), *TreatedLevel.Approach.choices],
        required=False,
    )
    cement_volume_millilitres = decimal_number(_("Cement mL"), Decimal("0.1"), 20, "mL")
    cement_product = forms.CharField(label=_("Cement product"), max_length=80, required=False)
    cement_lot = forms.CharField(label=_("Cement lot"), max_length=40, required=False)
    # The upper ends are what the columns hold.
    balloon_pressure_psi = whole_number(_("Balloon psi"), 0, 999, "psi")
    balloon_volume_millilitres = decimal_number(_("Balloon mL"), Decimal("0.1"), Decimal("99.9"), "mL")
    implant = forms.CharField(label=_("Implant"), max_length=80, required=False)
    leakage = forms.ChoiceField(
        label=_("Cement leakage"), choices=[("", _("Not assessed")), *TreatedLevel.Leakage.choices], required=False
    )
    leakage_sites = forms.MultipleChoiceField(
        label=_("Where it leaked"),
        choices=TreatedLevel.LeakageSite.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    yeom_type = forms.ChoiceField(
        label=_("Kind of leak (Yeom)"),
        choices=[("", _("Not assessed")), *TreatedLevel.YeomType.choices],
        required=False,
    )
    leak_size = forms.ChoiceField(
        label=_("Size of the leak"), choices=[("", _("Not assessed")), *TreatedLevel.LeakSize.choices], required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = row_helper(
            self,
            Div(
                *map(entry, ("level", "fractured_on", "height_loss_percent", "cement_volume_millilitres")),
                *(entry(name, "span-2") for name in ("approach", "leakage", "cement_product", "cement_lot")),
                Div(
                    checks("leakage_sites"),
                    Div(entry("yeom_type", "span-2"), entry("leak_size", "span-2"), css_class="bedside-grid"),
                    css_class="span-all leak-sites",
                ),
                css_class="bedside-grid",
            ),
            Disclosure(
                _("Balloon and implant"),
                Div(*map(entry, _BALLOON), entry("implant", "span-2"), css_class="bedside-grid"),
            ),
            Disclosure(_("MRI, posterior cortex, tenderness: why this level"), criteria_of_a_level()),
            heights(),
            further_imaging(),
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        level, millilitres = cleaned.get("level"), cleaned.get("cement_volume_millilitres")
        leakage, leak = cleaned.get("leakage"), any(cleaned.get(name) for name in _LEAK)
        treatment = any(cleaned.get(name) not in (None, "", []) for name in _TREATMENT)
        if treatment and not cleaned.get("approach") and "approach" not in self.errors:
            self.add_error("approach", _("A treatment is entered: by which approach?"))
        if leak and leakage == TreatedLevel.Leakage.NONE:
            self.add_error("leakage", _("A leak is described below, but no leak was seen."))
        elif leak and not leakage and "leakage" not in self.errors:
            self.add_error("leakage", _("A leak is described below: with symptoms or without?"))
        if level and millilitres and millilitres > _USUAL_MILLILITRES[is_thoracic(level)]:
            self.ask(
                "cement_volume_millilitres",
                format_lazy(_("{millilitres} mL in {level}"), millilitres=millilitres, level=level),
            )
        return cleaned

    def fracture(self) -> dict:
        return {"level": self.cleaned_data["level"], **super().fracture()}

    def treated_level(self) -> dict | None:
        if not self.cleaned_data["approach"]:
            return None
        return {name: self.cleaned_data[name] for name in ("level", *_TREATMENT)}


class AnticoagulantRow(forms.Form):
    """One blood thinner as it stood around the procedure."""

    drug = forms.ChoiceField(
        label=_("Drug"),
        choices=[("", _("None")), *AnticoagulantUse.Drug.choices],
        error_messages={"required": _("Which drug?")},
    )
    last_dose_at = SiteMomentField(_("Last dose at"), may_be_now=False)
    planned_restart_at = SiteMomentField(_("Planned restart at"), may_be_now=False)
    restarted_at = SiteMomentField(_("Restarted at"), may_be_now=False)

    def __init__(self, *args, latest: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("last_dose_at", "restarted_at"):
            self.fields[name].latest = latest
        names = ("drug", "last_dose_at", "planned_restart_at", "restarted_at")
        self.helper = row_helper(self, Div(*(entry(name, "span-2") for name in names), css_class="bedside-grid"))

    def clean(self) -> dict:
        cleaned = super().clean()
        last = cleaned.get("last_dose_at")
        for name in ("planned_restart_at", "restarted_at"):
            if last and cleaned.get(name) and cleaned[name] <= last:
                self.add_error(name, _("The restart lies before the last dose."))
        return cleaned


def row_helper(row: forms.Form, *layout: object) -> FormHelper:
    for name, field in row.fields.items():
        field.widget.attrs |= {"aria-describedby": f"{row.add_prefix(name)}_errors", "autocomplete": "off"}
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.form_show_errors = False
    helper.layout = Layout(*layout)
    return helper


class Rows(BaseFormSet):
    """Rows are filled in or left empty; each value of the field `unique` may stand once."""

    unique = ""

    def filled(self) -> list[forms.Form]:
        return [row for row in self.forms if row.has_changed()]

    def clean(self) -> None:
        seen = set()
        for row in self.filled():
            value = row.cleaned_data.get(self.unique)
            if value and value in seen:
                row.add_error(self.unique, format_lazy(_("{value} stands in another row already."), value=value))
            seen.add(value)


class _LevelRows(Rows):
    unique = "level"

    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and not any(row.cleaned_data.get("approach") for row in self.filled()):
            raise forms.ValidationError(_("Enter at least one vertebra with the approach by which it was treated."))
        treated = [row for row in self.filled() if row.cleaned_data.get("approach")]
        if len(treated) > _USUAL_LEVELS:
            treated[-1].ask("approach", format_lazy(_("{treated} levels in one session"), treated=len(treated)))


class _AnticoagulantRows(Rows):
    unique = "drug"


# Rows that stand ready, so that the page works without a script; more are added on request.
_READY = 3
LevelRows = formset_factory(LevelRow, formset=_LevelRows, extra=_READY, max_num=len(LEVELS), absolute_max=len(LEVELS))
AnticoagulantRows = formset_factory(
    AnticoagulantRow, formset=_AnticoagulantRows, extra=_READY, max_num=len(AnticoagulantUse.Drug.choices),
    absolute_max=len(AnticoagulantUse.Drug.choices),
)  # fmt: skip
