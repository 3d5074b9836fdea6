"""Built in: every template may say what code said in English in the language of its page."""

from datetime import date, datetime

from django import template
from django.template.defaultfilters import date as plain_date
from django.utils.translation import get_language

from kyphotrack import language

register = template.Library()
register.filter("said", language.said)
register.filter("known", language.known)
register.filter("mid_sentence", language.mid_sentence)
register.filter("listed", language.listed)


@register.filter("date", expects_localtime=True, is_safe=False)
def local_date(value: date | datetime | None, form: str | None = None) -> str:
    """Django's filter; a day of the month has a point in German: "24. Nov 2026"."""
    if form and (get_language() or "").startswith("de"):
        form = form.replace("j M", "j. M").replace("j F", "j. F").replace("l j", "l, j")
    return plain_date(value, form)
