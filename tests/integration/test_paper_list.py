"""The paper list: everything that is open, in a file that can be read with everything stopped."""

import os
import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followup import jobs
from followup.models import RedFlag
from followup.selectors.paper import paper_list
from followup.services.paper_file import fallback_file
from followup.watch import SLOW_JOBS
from tests import cast
from tests.integration.test_board_queries import fill_ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.FALLBACK_FOLDER = str(tmp_path / "paper")
    return tmp_path / "paper"


def test_each_site_has_its_own_file_with_all_that_is_open_and_nobody_else_may_read_it(site, folder):
    other = cast.a_site("South unit")
    fill_ward(site, range(3))
    cast.an_episode(cast.a_patient(other, "MRN-9999", "Elsewhere"), time_zero=timezone.now())
    assert jobs.renew_fallback_file(timezone.now) == 2
    text = fallback_file(site).read_text()
    for flag in RedFlag.objects.open():
        assert flag.rule_title in text
        assert f"{flag.get_severity_display()}</strong> {flag.rule_code}" in text
    for number in range(3):
        assert f"Family{number}" in text
        assert f"MRN-000{number}" in text
    assert "Elsewhere" not in text
    assert "Elsewhere" in fallback_file(other).read_text()
    assert stat.S_IMODE(fallback_file(site).stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"site-{one.pk}.html" for one in (site, other))


def test_it_needs_nothing_but_itself(site, folder):
    fill_ward(site, range(2))
    jobs.renew_fallback_file(timezone.now)
    text = fallback_file(site).read_text()
    assert "src=" not in text
    assert "href=" not in text
    assert "url(" not in text
    assert "@page" in text


def test_due_times_are_those_of_the_site(site, folder):
    time_zero = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
    cast.an_episode(cast.a_patient(site), time_zero=time_zero)
    now = time_zero + timedelta(minutes=5)
    jobs.renew_fallback_file(lambda: now)
    text = fallback_file(site).read_text()
    assert "As of 15 January 2026, 11:05:00 CET" in text
    assert "15 Jan<br><b>11:15</b>" in text  # the set at T0 + 15 min, in Berlin


def test_a_file_is_renewed_at_ten_minutes_and_no_sooner(site, folder):
    began = timezone.now()
    assert jobs.renew_fallback_file(lambda: began) == 1
    assert jobs.renew_fallback_file(lambda: began + timedelta(minutes=9)) == 0
    assert jobs.renew_fallback_file(lambda: began + timedelta(minutes=11)) == 1
    # A clock that ran ahead must not keep an old list in place.
    assert jobs.renew_fallback_file(lambda: began) == 1
    assert SLOW_JOBS["renew_fallback_file"] == timedelta(minutes=30)


def test_an_amber_flag_stays_on_paper_after_the_window_has_closed(site, folder):
    episode = cast.an_episode(cast.a_patient(site), time_zero=timezone.now() - timedelta(hours=3))
    cast.log(episode, minutes=150, **cast.a_routine_set(pain_on_movement=7, pain_at_rest=2))
    assert RedFlag.objects.open().get().severity == "AMBER"
    later = timezone.now() + timedelta(days=400)
    assert [one.procedure for one in paper_list(site=site, now=later).patients] == [episode]


def test_a_failed_write_leaves_the_old_file_whole_and_fails_the_run(site, folder, monkeypatch):
    began = timezone.now()
    jobs.renew_fallback_file(lambda: began)
    before = fallback_file(site).read_text()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        jobs.renew_fallback_file(lambda: began + timedelta(minutes=20))
    assert fallback_file(site).read_text() == before
    assert len(list(folder.iterdir())) == 1


def test_a_name_cannot_become_markup(site, folder):
    cast.an_episode(cast.a_patient(site, family_name="<script>x</script>"), time_zero=timezone.now())
    jobs.renew_fallback_file(timezone.now)
    text = fallback_file(site).read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_without_a_folder_it_is_off(site, settings):
    settings.FALLBACK_FOLDER = ""
    assert jobs.renew_fallback_file(timezone.now) == 0


def test_three_patients_and_thirty_cost_the_same_statements(site):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            paper_list(site=site, now=timezone.now())
        return len(captured)

    fill_ward(site, range(3))
    with_three = statements()
    fill_ward(site, range(3, 30))
    assert statements() == with_three


def test_the_command_writes_the_blank_charts(site, tmp_path, capsys):
    fill_ward(site, range(2))
    call_command("print_paper_charts", "--site", site.name, "--to", str(tmp_path / "charts.html"))
    text = (tmp_path / "charts.html").read_text()
    assert text.count('<section class="chart">') == 2
    assert "Family0" not in capsys.readouterr().out
    with pytest.raises(CommandError, match="There are: North unit"):
        call_command("print_paper_charts", "--site", "Nowhere", "--to", str(tmp_path / "charts.html"))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("print_paper_charts", "--site", site.name, "--to", str(tmp_path / "none" / "charts.html"))
