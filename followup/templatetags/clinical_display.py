"""How times, ages and scores read on a page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kyphotrack.language import date_form, said
from patients.models import Patient

register = template.Library()
_IN_DAYS = timedelta(hours=48)
_BY_ITSELF = '<time datetime="{}" title="{}"><span data-ago>{}</span></time>'
_WITH_THE_TIME = '<time datetime="{}" title="{}"><span data-ago>{}</span><span class="exact">{}</span></time>'


@register.filter
def duration_words(span: timedelta) -> str:
    """ "12 min", "3 h 5 min", "9 days"."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return _("{days} days").format(days=hours // 24)


@register.filter
def due_words(due: datetime, now: datetime) -> str:
    if due < now:
        return _("{duration} late").format(duration=duration_words(now - due))
    if due - now < timedelta(minutes=1):
        return _("now")
    if due - now >= _IN_DAYS:
        return _("in {days} days").format(days=(due - now).days)
    return _("in {duration}").format(duration=duration_words(due - now))


@register.filter
def hours_since(moment: datetime, now: datetime) -> str:
    """Time since T0 as the ward says it: "T0 + 6 h 10 min"."""
    return f"T0 + {duration_words(now - moment)}"


@register.filter
def ago(moment: datetime, now: datetime) -> SafeString:
    """ "12 min ago", which ticks, with the exact time on hover. For places where the exact time stands beside it in words."""
    return _ago(moment, now, "")


@register.filter
def ago_exactly(moment: datetime, now: datetime) -> SafeString:
    """The same where nothing else says the exact time: a screen reader and paper get it in words."""
    local = _on_the_page(moment)
    same_day = local.date() == now.astimezone(local.tzinfo).date()
    day = "" if same_day else f"{_day(local)} "
    return _ago(moment, now, f" ({day}{local:%H:%M})")


def _ago(moment: datetime, now: datetime, exact: str) -> SafeString:
    local = _on_the_page(moment)
    return format_html(
        _WITH_THE_TIME if exact else _BY_ITSELF,
        moment.isoformat(),
        f"{_day(local)} {local:%Y %H:%M %Z}",
        _so_long_ago(now - moment),
        exact,
    )


def _day(moment: datetime) -> str:
    """As the date filter's "j M" has it, which takes far longer: a board of a thousand has thousands of these."""
    return f"{moment.day}{date_form('j M')[1:-2]} {str(MONTHS_3[moment.month]).title()}"


def _on_the_page(moment: datetime) -> datetime:
    """In the zone that the template put it into, else in that of the page."""
    return timezone.localtime(moment) if moment.tzinfo is UTC else moment


def _so_long_ago(length: timedelta) -> str:
    if length >= _IN_DAYS:
        return _("{days} days ago").format(days=length.days)
    return _("{duration} ago").format(duration=duration_words(length))


@register.filter
def age_in_years(patient: Patient, now: datetime) -> int:
    return patient.age_on(now.astimezone(patient.zone).date())


@register.filter
def score(value: Decimal | None) -> str:
    """A pain score without a needless ".0"."""
    return "–" if value is None else said(f"{value.normalize():f}")


@register.filter
def signed(value: Decimal | None) -> str:
    return "" if value is None else said(f"{value.normalize():+f}")
