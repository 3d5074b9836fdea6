"""Fields that know "not asked": yes or no, a choice, a number with its limits. Nothing starts with a normal answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kyphotrack.language import said, said_later

# By it the style sheet sees whether a box is empty.
SEEN_EMPTY = {"placeholder": " "}


class YesNo(forms.TypedChoiceField):
    """Yes, no, or not asked. Not asked is what it starts with, and it is stored as unknown."""

    def __init__(self, **kwargs):
        super().__init__(
            choices=[("yes", _("Yes")), ("no", _("No")), ("", _("Not asked"))],
            coerce=lambda answer: answer == "yes",
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            **kwargs,
        )

    def prepare_value(self, value):
        return {True: "yes", False: "no", None: ""}.get(value, value)


def choices_with_blank(choices: Iterable[tuple[str, str]], blank: str = _("Not asked")) -> list[tuple[str, str]]:
    return [*choices, ("", blank)]


def buttons(label: str, choices: Iterable[tuple[str, str]], **kwargs) -> forms.ChoiceField:
    """One answer of a row of buttons, or not asked."""
    return forms.ChoiceField(
        label=label, choices=choices_with_blank(choices), required=False, widget=forms.RadioSelect, **kwargs
    )


@dataclass(frozen=True)
class OtherUnit:
    """A unit in which somebody might have typed: the value times `factor` is in the field's own. Only ever a hint."""

    name: str
    factor: Decimal


class _Limited:
    """Of a number field: a refusal also says what the number would be in a unit that was perhaps meant."""

    def __init__(self, *, unit: str, others: Sequence[OtherUnit] = (), **kwargs):
        super().__init__(**kwargs)
        self.unit, self.others = unit, others

    def run_validators(self, value) -> None:
        try:
            super().run_validators(value)
        except ValidationError as refused:
            raise ValidationError([*refused.error_list, *self._hints(value)]) from None

    def _hints(self, value: Decimal | int) -> list[str]:
        if self.min_value <= value <= self.max_value:
            return []
        meant = ((other.name, value * other.factor) for other in self.others)
        return [
            format_lazy(
                _("Did you mean {name}? {value} {name} is {converted} {unit}."),
                name=name,
                value=said(value),
                converted=said(own.quantize(Decimal("0.1"), ROUND_HALF_UP)),
                unit=self.unit,
            )
            for name, own in meant
            if self.min_value <= own <= self.max_value
        ]


class _WholeNumber(_Limited, forms.IntegerField):
    pass


class DecimalNumber(forms.DecimalField):
    """Shown as the page's language writes it. A comma and a point both mean decimals, whatever that language is: 38,4
    must never become 384. Thousands are never grouped, so that 1,000 has three decimals and is refused.
    """

    def __init__(self, **kwargs):
        super().__init__(localize=True, **kwargs)

    def to_python(self, value):
        if isinstance(value, str) and value.count(",") == 1 and "." not in value:
            value = value.replace(",", ".")
        number = super().to_python(value)
        if number is not None and not number.is_finite():
            # Django refuses it later with the same message, but formats that, and a unit of % breaks it.
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class _LimitedDecimal(_Limited, DecimalNumber):
    pass


def whole_number(label: str, low: int, high: int, unit: str, others: Sequence[OtherUnit] = ()) -> forms.IntegerField:
    """Optional; what lies outside is refused with the range. A text box, since a wheel can change a number box."""
    possible = _possible(low, high, unit)
    return _WholeNumber(
        label=label,
        unit=unit,
        others=others,
        required=False,
        min_value=low,
        max_value=high,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": "6", **SEEN_EMPTY}),
        error_messages={
            "min_value": _as_format(possible),
            "max_value": _as_format(possible),
            "invalid": format_lazy(_("Enter a whole number. {possible}"), possible=possible),
        },
    )


def decimal_number(
    label: str, low: Decimal | int, high: Decimal | int, unit: str, others: Sequence[OtherUnit] = ()
) -> forms.DecimalField:
    """Optional, with one decimal; what lies outside is refused with the range."""
    possible = _possible(low, high, unit)
    return _LimitedDecimal(
        label=label,
        unit=unit,
        others=others,
        required=False,
        min_value=low,
        max_value=high,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "6", **SEEN_EMPTY}),
        error_messages={
            "min_value": _as_format(possible),
            "max_value": _as_format(possible),
            "max_decimal_places": _as_format(
                format_lazy(_("Enter it with one decimal. {possible}"), possible=possible)
            ),
            "invalid": format_lazy(_("Enter a number. {possible}"), possible=possible),
        },
    )


def _possible(low: Decimal | int, high: Decimal | int, unit: str) -> str:
    range_ = {"low": said_later(low), "high": said_later(high)}
    if unit:
        return format_lazy(_("Possible is {low} to {high} {unit}."), unit=said_later(unit), **range_)
    return format_lazy(_("Possible is {low} to {high}."), **range_)


def _doubled(sentence: str) -> str:
    return str(sentence).replace("%", "%%")


# Django fills the limit into these messages with the % operator, so that a unit of % must be doubled.
_as_format = lazy(_doubled, str)
