"""Body weight: a number that differs from the last one, or gives an impossible build, is asked about once."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.forms.answer_fields import OtherUnit
from followup.forms.confirmation import AsksToConfirm
from followup.selectors.known_weight import KnownWeight

POUND = OtherUnit("lb", Decimal("0.45359237"))
# Reliability notes C8: a tenth more or less than the last weight, or a body mass index outside this range.
_CHANGE = Decimal("0.10")
_THINNEST, _HEAVIEST = 12, 60


def ask_about_weight(
    form: AsksToConfirm, typed: Decimal | None, *, known: KnownWeight | None, height_centimetres: Decimal | None
) -> None:
    """Ask beside `weight_kilograms` once if the typed weight is surprising, with a hint where pounds would explain it."""
    if typed is None:
        return
    reasons = [*_change(typed, known), *_build(typed, height_centimetres)]
    if reasons:
        pounds = _as_pounds(typed, known, height_centimetres)
        form.ask(
            "weight_kilograms",
            format_lazy(_("{typed} kg ({pounds})"), typed=typed, pounds="; ".join(map(str, [*reasons, *pounds]))),
        )


def _change(typed: Decimal, known: KnownWeight | None) -> list[str]:
    if known is None or abs(typed - known.kilograms) < known.kilograms * _CHANGE:
        return []
    return [
        format_lazy(
            _("it was {kilograms} kg on {measured_at}"),
            kilograms=known.kilograms,
            measured_at=f"{timezone.localtime(known.measured_at):%-d %b %Y}",
        )
    ]


def _build(typed: Decimal, height_centimetres: Decimal | None) -> list[str]:
    if height_centimetres is None or _is_possible_build(typed, height_centimetres):
        return []
    shown = _body_mass_index(typed, height_centimetres).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return [
        format_lazy(
            _("with a height of {height_centimetres} cm the body mass index is {shown}"),
            height_centimetres=height_centimetres,
            shown=shown,
        )
    ]


def _as_pounds(typed: Decimal, known: KnownWeight | None, height_centimetres: Decimal | None) -> list[str]:
    """Only where reading it as pounds makes every surprise go away."""
    kilograms = (typed * POUND.factor).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if _change(kilograms, known) or _build(kilograms, height_centimetres):
        return []
    return [format_lazy(_("{typed} lb would be {kilograms} kg"), typed=typed, kilograms=kilograms)]


def _is_possible_build(kilograms: Decimal, centimetres: Decimal) -> bool:
    return _THINNEST <= _body_mass_index(kilograms, centimetres) <= _HEAVIEST


def _body_mass_index(kilograms: Decimal, centimetres: Decimal) -> Decimal:
    return kilograms / (centimetres / 100) ** 2
