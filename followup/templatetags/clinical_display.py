"""How times, ages and scores read on a page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kyphotrack.language import date_form, said
from patients.models import Patient

register = template.Library()
_IN_DAYS = timedelta(hours=48)


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
    return _ago(
        moment,
        now,
        format_html(
            '<span class="exact"> ({})</span>', date_format(local, "H:i" if same_day else date_form("j M H:i"))
        ),
    )


def _ago(moment: datetime, now: datetime, exact: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}"><span data-ago>{}</span>{}</time>',
        moment.isoformat(), date_format(_on_the_page(moment), date_form("j M Y H:i T")), _so_long_ago(now - moment), exact,
    )  # fmt: skip


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
