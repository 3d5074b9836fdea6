"""What a person types to acknowledge or to close a flag."""

from collections.abc import Mapping

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from followup.forms.imaging_forms import NOTHING_KEPT, hidden, seen_field, words_field
from followup.models import RedFlag


class AcknowledgeFlagForm(forms.Form):
    seen = seen_field()
    comment = words_field(
        _("Comment"), required=False, max_length=500, help_text=_("Optional: what the others should know.")
    )

    def __init__(self, *args, action: str = "", kept: Mapping[str, str] = NOTHING_KEPT, **kwargs):
        super().__init__(*args, auto_id="id_acknowledge_%s", **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = action
        self.helper.layout = Layout(
            "comment", "seen", *hidden(kept), Submit("", _("Acknowledge"), css_id="submit-acknowledge")
        )


class CloseFlagForm(forms.Form):
    seen = seen_field()
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("Choose what was behind it")), *RedFlag.Outcome.choices]
    )
    reason = words_field(_("Reason"), required=True, max_length=1000)

    def __init__(self, *args, action: str = "", kept: Mapping[str, str] = NOTHING_KEPT, **kwargs):
        super().__init__(*args, auto_id="id_close_%s", **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = action
        self.helper.layout = Layout(
            "outcome", "reason", "seen", *hidden(kept), Submit("", _("Close the flag"), css_id="submit-close")
        )
