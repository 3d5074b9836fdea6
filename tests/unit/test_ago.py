"""How long ago, as a page says it: ticking, with the exact time on hover, and in words where nothing else says it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from followup.templatetags.clinical_display import ago, ago_exactly

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_the_exact_time_is_the_sites_and_names_its_zone():
    with timezone.override(BERLIN):
        said = ago(NOW - timedelta(minutes=12), NOW)
    assert said == (
        '<time datetime="2026-01-05T11:48:00+00:00" title="5 Jan 2026 12:48 CET"><span data-ago>12 min ago</span></time>'
    )


def test_the_zone_that_the_template_gave_goes_before_that_of_the_page():
    moment = (NOW - timedelta(minutes=12)).astimezone(ZoneInfo("America/New_York"))
    with timezone.override(BERLIN):
        assert 'title="5 Jan 2026 06:48 EST"' in ago(moment, NOW)


def test_what_stands_alone_says_the_time_and_on_another_day_the_date():
    with timezone.override(BERLIN):
        assert '<span class="exact"> (12:48)</span>' in ago_exactly(NOW - timedelta(minutes=12), NOW)
        assert '<span class="exact"> (3 Jan 13:00)</span>' in ago_exactly(NOW - timedelta(days=2), NOW)
