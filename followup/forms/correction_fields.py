"""What every correction of a typed row asks for besides the values: why, and whether the row should be there at all."""

from crispy_forms.layout import HTML, Div
from django import forms
from django.utils.translation import gettext_lazy as _

from followup.forms.bedside_layout import entry


class CorrectionFields(forms.Form):
    """Mix in before the page's form class, and call `add_correction_fields` once the other fields are there."""

    def add_correction_fields(self) -> None:
        self.fields["correction_reason"] = forms.CharField(
            label=_("Why it is corrected"),
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"required": _("Say in a few words why it is corrected.")},
        )
        self.fields["entered_in_error"] = forms.BooleanField(
            label=_("Strike it out: it should not be there, and nothing takes its place"), required=False
        )


def correction_layout(is_correction: bool) -> list[object]:
    if not is_correction:
        return []
    return [
        Div(entry("correction_reason", "span-all"), css_class="bedside-grid"),
        HTML('{% include "followup/strike_out.html" with field=form.entered_in_error %}'),
    ]
