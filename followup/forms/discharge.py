"""What ends ward monitoring: the answers of the checklist with a confirmation, or another end with its reason."""

from collections.abc import Collection
from dataclasses import asdict

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout, Submit
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.discharge_checklist import Answers
from followup.forms.imaging_forms import words_field
from followup.forms.measured_state_fields import YesNo
from followup.models import MonitoringEnd
from followup.selectors.discharge import StillOpen
from kyphotrack.staff.form_pages import PageForm
from procedures.models import Procedure

_CHOICES = "followup/observation_fields/choices.html"
Ending = MonitoringEnd.Ending


def _button(words: str, action: str, css_class: str) -> StrictButton:
    return StrictButton(words, type="submit", name="action", value=action, css_class=css_class, css_id=action)


class _SeesWhatIsOpen(PageForm):
    """A confirmation counts only for the alarms that its page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, request: HttpRequest, *, procedure: Procedure, still_open: StillOpen, purpose: str, **kwargs):
        super().__init__(request, purpose=purpose, subject_id=procedure.public_id, **kwargs)
        self._open_now = still_open.alarms
        self.fields["seen"].initial = " ".join(self._open_now)

    def refuse_what_was_not_seen(self) -> None:
        if set(self._open_now) - set(self.cleaned_data.get("seen", "").split()):
            self.add_error(
                "confirm", _("Something was raised since this page was opened. Look again; nothing was changed.")
            )
            self.data = self.data.copy()
            self.data["seen"] = " ".join(self._open_now)
            self.data.pop("confirm", None)


class DischargeForm(_SeesWhatIsOpen):
    """Its answers may be kept before the patient is ready; the discharge itself needs the tick."""

    responsible_adult_24_hours = YesNo(label=_("A responsible adult stays for 24 hours"))
    reachable_by_phone = YesNo(label=_("Reachable by phone"))
    red_flag_sheet_given = YesNo(label=_("Written red-flag sheet given"))
    osteoporosis_plan_made = YesNo(label=_("Osteoporosis plan entered, or a task for it"))
    analgesia_supplied = YesNo(label=_("Analgesia supplied"))
    walks_with_planned_help = YesNo(label=_("Walked with the help that is planned at home"))
    confirm = forms.BooleanField(
        label=_("I have seen what is still open. The patient goes home and ward monitoring ends now."), required=False
    )

    def __init__(self, request: HttpRequest, *, procedure: Procedure, still_open: StillOpen, answers: Answers):
        super().__init__(
            request, procedure=procedure, still_open=still_open, purpose="discharge", initial=asdict(answers)
        )
        self.discharging = request.POST.get("action") == "discharge"
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "form_token",
            "seen",
            Fieldset(
                _("What only a person can say"),
                *(Field(name, template=_CHOICES) for name in asdict(answers)),
                # First in the form, so that the Enter key keeps the answers and discharges nobody.
                _button(_("Keep these answers"), "keep", "btn-outline-primary"),
            ),
            Div("confirm", _button(_("Discharge home"), "discharge", "btn-primary"), css_class="mt-3"),
        )

    def answers(self) -> Answers:
        return Answers(**{name: self.cleaned_data[name] for name in asdict(Answers())})

    def clean(self) -> None:
        if self.discharging:
            if not self.cleaned_data.get("confirm"):
                self.add_error("confirm", _("Tick the box to discharge the patient. Nothing was changed."))
            self.refuse_what_was_not_seen()


class OtherEndForm(_SeesWhatIsOpen):
    ending = forms.ChoiceField(
        label=_("Why ward monitoring ends"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it ends.")},
    )
    reason = words_field(_("Where to, why, or of what"), required=True, max_length=1000)
    confirm = forms.BooleanField(
        label=_("I have seen what is still open. Ward monitoring of this patient ends now."),
        error_messages={"required": _("Tick the box to end ward monitoring. Nothing was changed.")},
    )

    def __init__(
        self, request: HttpRequest, *, procedure: Procedure, still_open: StillOpen, endings: Collection[Ending]
    ):
        super().__init__(request, procedure=procedure, still_open=still_open, purpose="end of monitoring")
        self.fields["ending"].choices = [(one.value, one.label) for one in endings]
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "form_token", "seen", Field("ending", template=_CHOICES), "reason", "confirm",
            Submit("", _("End ward monitoring"), css_id="save"),
        )  # fmt: skip

    def clean(self) -> None:
        self.refuse_what_was_not_seen()
