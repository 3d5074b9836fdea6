"""A lead clinician looks at how fast the imaging loop ran."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followup.imaging_figures import SMALLEST_SHOWN
from followup.selectors.imaging_figures import imaging_loop
from followup.services.imaging_tasks import (
    acknowledge_imaging_task,
    cancel_imaging_task,
    decide_imaging_task,
    order_imaging,
    record_imaging_performed,
    record_imaging_report,
)
from kyphotrack.staff.models import Role
from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db
WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
HOPS = (
    (acknowledge_imaging_task, {"comment": ""}),
    (order_imaging, {"modality": "MRI_AND_CT", "region": "L1", "appointment_at": None, "comment": ""}),
    (record_imaging_performed, {"comment": ""}),
    (record_imaging_report, {"result": "EXPECTED", "comment": ""}),
    (decide_imaging_task, {"decision": "OBSERVE", "outcome": "RULED_OUT", "reason": "Nothing found"}),
)


@pytest.fixture
def lead(site):
    return cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One")


def a_task(site, number: int, *, hours_ago: float = 10):
    patient = cast.a_patient(site, f"MRN-{site.pk}-{number}", f"Family{number}")
    episode = cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago))
    return cast.log(episode, minutes=30, neurology=WEAK_LEG).imaging_tasks[0]


def moved(task, physician, *minutes: float):
    """The first hops of a task, each so many minutes after the one before."""
    at = task.requested_at
    for (hop, facts), more in zip(HOPS, minutes, strict=False):
        at += timedelta(minutes=more)
        task = hop(task=task, by=physician, now=at, **facts)
    return task


def lines(user, site, *, hours: float = 48) -> dict:
    now = datetime.now(UTC)
    loop = imaging_loop(user=user, sites=[site], starts_at=now - timedelta(hours=hours), ends_at=now, now=now)
    return {one.hop.name: one for one in loop.lines}


def test_nothing_was_asked_for(client, site, lead):
    assert "No flag asked for a scan" in words(read(client, lead, "imaging_figures"))


def test_a_few_scans_are_counted_and_not_shown(client, site, lead, physician):
    moved(a_task(site, 1), physician, 5, 5, 60, 30, 10)
    a_task(site, 2)
    shown = words(read(client, lead, "imaging_figures"))
    assert "2 scans asked for" in shown and "1 still on the way · 0 cancelled" in shown
    assert f"fewer than {SMALLEST_SHOWN}: not shown" in shown
    assert "%" not in shown.split("How to read this")[0]


def test_many_scans_give_figures(client, site, lead, physician):
    for number, minutes in enumerate((5, 10, 12, 14, 40)):
        moved(a_task(site, number), physician, minutes, 5, 60, 30, 10)
    cancel_imaging_task(task=a_task(site, 5), reason="Done elsewhere", by=physician, now=datetime.now(UTC))
    a_task(site, 6)
    found = lines(lead, site)
    acknowledged, scanned = found["Flag to acknowledgement"], found["Flag to scan"]
    assert (acknowledged.finished, acknowledged.running, acknowledged.missing) == (6, 1, 0)
    assert (scanned.finished, scanned.running, scanned.missing) == (5, 1, 1)
    assert found["Order to scan"].median == timedelta(minutes=60)
    assert scanned.within_percent == 83  # five in time, one open and late after 4 hours
    shown = words(read(client, lead, "imaging_figures"))
    assert "1 h" in shown and "83 % of 6" in shown and "5, 15 or 30 min" in shown and "1, 4 or 6 h" in shown


def test_the_clock_of_an_answer_is_that_of_what_was_asked_first(site, lead, physician):
    """A graver finding that joins later does not make an earlier answer late."""
    for number in range(5):
        episode = cast.an_episode(
            cast.a_patient(site, f"MRN-{number}", f"Family{number}"), time_zero=datetime.now(UTC) - timedelta(hours=10)
        )
        task = cast.log(episode, minutes=30, pain_on_movement=3, sudden_onset=True).imaging_tasks[0]
        assert task.severity == "URGENT"
        moved(task, physician, 20)
        cast.log(episode, minutes=120, neurology=WEAK_LEG)
        task.refresh_from_db()
        assert (task.severity, task.state) == ("EMERGENT", "requested")
    answer = lines(lead, site)["Flag to acknowledgement"]
    assert (answer.median, answer.within_percent) == (timedelta(minutes=20), 100)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?first_day=yesterday", "Enter a date, such as"), ("?last_day=2026-13-01", "Enter a date, such as"),
        ("?first_day=0001-01-01", "Choose a day from 2000-01-01"),
        ("?last_day=9999-12-31", "Choose a day from 2000-01-01 to today"),
        ("?first_day=2026-03-02&last_day=2026-03-01", "to the last day, 2026-03-01"),
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_said_beside_the_field(client, site, lead, query, said):
    shown = words(read(client, lead, "imaging_figures", query=query))
    assert said in shown
    assert "No figures are shown until the dates are mended." in shown


def test_a_period_holds_whole_days_of_the_site(client, site, lead):
    task = a_task(site, 1, hours_ago=100)
    day = task.requested_at.astimezone(ZoneInfo(site.time_zone)).date()
    for first, last, found in (
        (day, day, True),
        (day - timedelta(1), day - timedelta(1), False),
        (day + timedelta(1), "", False),
    ):
        shown = words(read(client, lead, "imaging_figures", query=f"?first_day={first}&last_day={last}"))
        assert ("1 scan asked for" in shown) == found


def test_another_site_counts_nothing_of_it(client, site, physician):
    moved(a_task(site, 1), physician, 5)
    south = cast.a_physician(cast.a_site("South unit", "America/New_York"), "Physician South")
    assert "No flag asked for a scan" in words(read(client, south, "imaging_figures"))


def test_a_role_at_another_site_opens_no_figures_of_this_one(client, site, physician):
    """A coordinator here who is a nurse there sees the figures of there alone."""
    moved(a_task(site, 1), physician, 5)
    user = cast.a_member(site, Role.COORDINATOR, "Two Sites")
    cast.Membership.objects.create(user=user, site=cast.a_site("South unit", "America/New_York"), role=Role.NURSE)
    assert "No flag asked for a scan" in words(read(client, user, "imaging_figures"))


def test_the_worklist_leads_there_for_those_who_may(client, site, lead):
    address = reverse("imaging_figures")
    assert address in read(client, lead, "worklist")
    assert address not in read(client, cast.a_member(site, Role.COORDINATOR, "Coordinator One"), "worklist")


def test_more_scans_cost_no_more_statements(client, site, lead, physician):
    client.force_login(lead)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("imaging_figures")).status_code == 200
        return len(captured)

    moved(a_task(site, 1), physician, 5, 5)
    with_one = statements()
    for number in range(2, 9):
        moved(a_task(site, number), physician, 5, 5, 60)
    assert statements() == with_one
