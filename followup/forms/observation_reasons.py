"""Why an observation is struck out, and why a due check is not done."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from followup.models import MonitoringSlot, Observation
from kyphotrack.staff.form_pages import PageForm

Because = MonitoringSlot.WaivedBecause


class EnteredInErrorForm(PageForm):
    reason = forms.CharField(
        label=_("Why it should not be there"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a few words why it should not be there.")},
    )

    def __init__(self, request: HttpRequest, *, observation: Observation):
        super().__init__(request, purpose="observation entered in error", subject_id=observation.public_id)
        self.helper = FormHelper()
        self.helper.layout = Layout("form_token", "reason", Submit("", _("Strike it out"), css_id="save"))


class WaiveSlotForm(PageForm):
    because = forms.ChoiceField(
        label=_("Why it cannot be done"),
        choices=[
            (reason.value, reason.label)
            for reason in (Because.ASLEEP, Because.REFUSED, Because.OFF_WARD, Because.TRANSFERRED)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it cannot be done.")},
    )

    def __init__(self, request: HttpRequest, *, slot: MonitoringSlot):
        super().__init__(request, purpose="check that cannot be done", subject_id=slot.pk)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "form_token",
            Field("because", template="followup/observation_fields/choices.html"),
            Submit("", _("Record it"), css_id="save"),
        )
