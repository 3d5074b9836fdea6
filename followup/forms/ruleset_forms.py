"""What a person types to change thresholds, and to approve, make live or withdraw a version."""

from collections.abc import Iterator

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.imaging_forms import words_field
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.site_thresholds import allowed, meaning_of, problems_of
from followup.selectors.rulesets import RulesetPage, ThresholdLine, threshold_sections
from kyphotrack.language import said, said_later
from kyphotrack.staff.form_pages import PageForm


class ThresholdsForm(PageForm):
    """Every threshold, filled in with what it starts from. It stays text here: the pure rules say what is possible."""

    replaces = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = words_field(
        _("Reason"),
        required=True,
        max_length=1000,
        help_text=_("Why the site wants other values, and on what evidence."),
    )

    def __init__(
        self, request: HttpRequest, *, subject_id: object, live: Ruleset, start_from: Ruleset, reason: str = ""
    ):
        super().__init__(request, purpose="thresholds", subject_id=subject_id)
        self._live = live
        self._sections = threshold_sections(start_from, live=live)
        self.fields["replaces"].initial = live.version
        self.fields["reason"].initial = reason
        for line in self._lines():
            self.fields[line.name] = forms.CharField(
                label=said_later(meaning_of(line.name).capitalize()),
                initial=said(line.value),
                max_length=12,
                error_messages={
                    "required": format_lazy(
                        _("Type a value: {line}. The default is {default}."),
                        line=said_later(allowed(line.name)),
                        default=said_later(line.default),
                    )
                },
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    def _lines(self) -> Iterator[ThresholdLine]:
        for lines in self._sections.values():
            yield from lines

    def sections(self) -> list[tuple[str, list[tuple[ThresholdLine, forms.BoundField]]]]:
        return [(title, [(line, self[line.name]) for line in lines]) for title, lines in self._sections.items()]

    def thresholds(self) -> dict[str, str]:
        """As the rules read them: with a point."""
        typed = {line.name: self.cleaned_data[line.name] for line in self._lines() if line.name in self.cleaned_data}
        return {name: value.replace(",", ".") if value.count(",") == 1 else value for name, value in typed.items()}

    def clean(self) -> None:
        for problem in problems_of(self.thresholds()):
            self.add_error(problem.name, said(problem))
        if self.cleaned_data.get("replaces") != self._live.version:
            self.add_error(
                None,
                format_lazy(
                    _(
                        "Version {version} went live since this form was opened. The live values shown are now its own:"
                        " check what you typed against them, and save again. Nothing was saved."
                    ),
                    version=self._live.version,
                ),
            )
            self.data = self.data.copy()
            self.data["replaces"] = self._live.version


class _StepForm(PageForm):
    purpose = ""
    button = ""

    def __init__(self, request: HttpRequest, *, page: RulesetPage):
        super().__init__(request, purpose=self.purpose, subject_id=page.ruleset.public_id)
        self.helper = FormHelper()
        self.helper.layout = Layout(*self.fields, Submit("", self.button, css_id="save"))


class ApproveForm(_StepForm):
    """It counts only for the replay that its page showed."""

    purpose = "approve-ruleset"
    button = _("Approve this version")
    replay_seen = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.BooleanField(
        label=_("I have read what this version would have raised, missed and changed, and I stand for it."),
        error_messages={"required": _("Tick the box to approve. Nothing was changed.")},
    )

    def __init__(self, request: HttpRequest, *, page: RulesetPage):
        super().__init__(request, page=page)
        self._shown = page.replay_fingerprint
        self.fields["replay_seen"].initial = self._shown

    def clean(self) -> None:
        if self.cleaned_data.get("replay_seen") != self._shown:
            self.add_error(
                "seen", _("It was replayed again since this page was opened. Look again; nothing was changed.")
            )
            self.data = self.data.copy()
            self.data["replay_seen"] = self._shown
            self.data.pop("seen", None)


class GoLiveForm(_StepForm):
    purpose = "make-ruleset-live"
    button = _("Make this version live now")


class WithdrawForm(_StepForm):
    purpose = "withdraw-ruleset"
    button = _("Withdraw this version")
    reason = words_field(_("Reason"), required=True, max_length=1000)
