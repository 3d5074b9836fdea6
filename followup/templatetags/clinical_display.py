"""How times, ages and scores read on a page."""

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from kyphotrack.language import said
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
def ago(moment: datetime, now: datetime) -> str:
    if now - moment >= _IN_DAYS:
        return _("{days} days ago").format(days=(now - moment).days)
    return _("{duration} ago").format(duration=duration_words(now - moment))


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
