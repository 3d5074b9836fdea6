"""Alarming but possible values: asked about once, and taken when somebody has ticked that this very value is right."""

from dataclasses import dataclass

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Confirmation:
    """The tick beside a field: `answer` is what the form sends, `words` is the value as it reads on the page."""

    answer: str
    words: str
    given: bool


class AsksToConfirm(forms.Form):
    """A form that can ask. The template shows `field.confirmation`; other words need another tick."""

    def ask(self, name: str, words: object) -> None:
        words = str(words)
        answer = f"{self.add_prefix(name)}={words}"
        given = answer in self.data.getlist("confirmed")
        self.fields[name].confirmation = Confirmation(answer, words, given)
        if not given:
            self.add_error(name, format_lazy(_("Please confirm {words}."), words=words))
