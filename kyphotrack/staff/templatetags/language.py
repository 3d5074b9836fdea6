"""Built in: every template may say what code said in English in the language of its page."""

from datetime import date, datetime

from django import template
from django.template.defaultfilters import date as plain_date

from kyphotrack import language

register = template.Library()
register.filter("said", language.said)
register.filter("known", language.known)
register.filter("mid_sentence", language.mid_sentence)
register.filter("listed", language.listed)


@register.filter("date", expects_localtime=True, is_safe=False)
def local_date(value: date | datetime | None, form: str | None = None) -> str:
    """Django's filter, in a form that the language writes."""
    return plain_date(value, form and language.date_form(form))
