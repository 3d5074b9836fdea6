"""When an observation was measured: which times are taken, and which are refused beside the field."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from followup.models import Observation
from tests import cast
from tests.bedside import ROUTINE, an_episode_hours_ago, beside, filled_in, local_minute, log_url, opened, save, sent

pytestmark = pytest.mark.django_db

NOT_SAVED = 422


@pytest.fixture
def episode(client):
    episode = an_episode_hours_ago(2.0)
    client.force_login(cast.a_nurse(episode.patient.site))
    return episode


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [(7, "This time lies in the future."), (-121, "This time lies before the end of the procedure (T0).")],
)
def test_an_impossible_time_is_refused_beside_the_time(client, episode, minutes, sentence):
    moment = local_minute(episode, datetime.now(UTC) + timedelta(minutes=minutes))
    page = sent(client, episode, **ROUTINE, effective_at=moment)
    assert (page.status_code, sentence in beside(page, "effective_at")) == (NOT_SAVED, True)
    assert filled_in(page)["effective_at"] == moment
    assert filled_in(page)["pulse_per_minute"] == "72"
    assert not Observation.objects.exists()


def test_a_tablet_whose_clock_is_a_few_minutes_ahead_is_not_refused(client, episode):
    moment = local_minute(episode, datetime.now(UTC) + timedelta(minutes=4))
    assert sent(client, episode, **ROUTINE, effective_at=moment).status_code == 302


def test_the_minute_of_the_end_of_the_procedure_counts_as_after_it(client, episode):
    moment = local_minute(episode, episode.time_zero)
    assert sent(client, episode, **ROUTINE, effective_at=moment).status_code == 302
    assert Observation.objects.get().effective_at == episode.time_zero


@pytest.mark.parametrize("moment", ["tomorrow", "0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00", "🕐"])
def test_an_odd_time_is_refused_beside_its_field(client, episode, moment):
    page = sent(
        client, episode, pain_onset_at=moment, last_void_at=moment, dose_1_given_at=moment, pulse_per_minute="72"
    )
    assert page.status_code == NOT_SAVED
    for field in ("pain_onset_at", "last_void_at", "dose_1_given_at"):
        assert beside(page, field), field
        assert unescape(filled_in(page)[field]) == moment
    alone = sent(client, episode, effective_at=moment, pulse_per_minute="72")
    assert (alone.status_code, bool(beside(alone, "effective_at"))) == (NOT_SAVED, True)


def test_the_time_of_measuring_is_asked_for(client, episode):
    page = sent(client, episode, effective_at="", pulse_per_minute="72")
    assert "Enter when this was measured." in beside(page, "effective_at")


def test_in_the_hour_that_autumn_gives_twice_the_set_is_stored_when_it_was_taken(client, episode, monkeypatch):
    site = episode.patient.site  # Europe/Berlin: 02:00-03:00 twice on 25 October 2026, at 00:00 and at 01:00 UTC
    night = cast.an_episode(cast.a_patient(site, "MRN-NIGHT"), time_zero=datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    for now in (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)):
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        client.force_login(cast.a_nurse(site))
        form = opened(client, log_url(night))
        assert form["effective_at"] == "2026-10-25T02:30"
        assert save(client, log_url(night), form | ROUTINE).status_code == 302
        assert Observation.objects.latest("pk").effective_at == now


def test_an_hour_that_spring_leaves_out_is_refused(client, episode, monkeypatch):
    night = cast.an_episode(
        cast.a_patient(episode.patient.site, "MRN-NIGHT"), time_zero=datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    )
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    client.force_login(cast.a_nurse(episode.patient.site))
    assert opened(client, log_url(night))["effective_at"] == "2026-03-29T03:30"
    page = sent(client, night, effective_at="2026-03-29T02:30", pulse_per_minute="72")
    assert (page.status_code, bool(beside(page, "effective_at"))) == (NOT_SAVED, True)
