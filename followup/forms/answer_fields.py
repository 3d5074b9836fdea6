"""Fields that know "not asked": yes or no, a choice, a number with its limits. Nothing starts with a normal answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django import forms
from django.core.exceptions import ValidationError

# By it the style sheet sees whether a box is empty.
SEEN_EMPTY = {"placeholder": " "}


class YesNo(forms.TypedChoiceField):
    """Yes, no, or not asked. Not asked is what it starts with, and it is stored as unknown."""

    def __init__(self, **kwargs):
        super().__init__(
            choices=[("yes", "Yes"), ("no", "No"), ("", "Not asked")],
            coerce=lambda answer: answer == "yes",
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            **kwargs,
        )

    def prepare_value(self, value):
        return {True: "yes", False: "no", None: ""}.get(value, value)


def choices_with_blank(choices: Iterable[tuple[str, str]], blank: str = "Not asked") -> list[tuple[str, str]]:
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
            f"Did you mean {name}? {value} {name} is {own.quantize(Decimal('0.1'), ROUND_HALF_UP)} {self.unit}."
            for name, own in meant
            if self.min_value <= own <= self.max_value
        ]


class _WholeNumber(_Limited, forms.IntegerField):
    pass


class _DecimalNumber(_Limited, forms.DecimalField):
    def to_python(self, value):
        number = super().to_python(value)
        if number is not None and not number.is_finite():
            # Django refuses it later with the same message, but formats that, and a unit of % breaks it.
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number


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
            "invalid": f"Enter a whole number. {possible}",
        },
    )


def decimal_number(
    label: str, low: Decimal | int, high: Decimal | int, unit: str, others: Sequence[OtherUnit] = ()
) -> forms.DecimalField:
    """Optional, with one decimal; what lies outside is refused with the range."""
    possible = _possible(low, high, unit)
    return _DecimalNumber(
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
            "max_decimal_places": _as_format(f"Enter it with one decimal. {possible}"),
            "invalid": f"Enter a number, with a point. {possible}",
        },
    )


def _possible(low: Decimal | int, high: Decimal | int, unit: str) -> str:
    return f"{f'Possible is {low} to {high} {unit}'.rstrip()}."


def _as_format(sentence: str) -> str:
    """Django fills the limit into these messages with the % operator, so that a unit of % must be doubled."""
    return sentence.replace("%", "%%")
