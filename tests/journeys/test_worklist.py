"""A physician works the list down without leaving it, and sees what others must do now."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.models import Escalation, ImagingTask, RedFlag
from followup.selectors.worklist import worklist
from followup.selectors.worklist_view import Wanted, narrowed
from followup.services import imaging_tasks as services
from kyphotrack.staff.models import Membership, Role
from tests import cast
from tests.reading import hidden_fields, read, words

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
State = ImagingTask.State


def an_hour_after(site, name: str = "Weakleg"):
    patient = cast.a_patient(site, f"MRN-{name}", name)
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(minutes=61))


def a_task(site, name: str = "Weakleg", minutes: float = 59) -> ImagingTask:
    return cast.log(an_hour_after(site, name), minutes=minutes, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[
        0
    ]


def move(client, user, task, hop: str, **typed):
    client.force_login(user)
    return client.post(reverse("move_imaging_task", args=[task.public_id, hop]), {"back": "worklist"} | typed)


def view_of(user, **wanted):
    return narrowed(worklist(user=user, now=datetime.now(UTC)), Wanted(**wanted))


def names(items) -> list[str]:
    """Of the scans; the same set may have raised an amber flag besides."""
    return [item.patient.family_name for item in items if item.is_task]


def performed(task, by) -> None:
    now = datetime.now(UTC)
    services.order_imaging(
        task=task, modality=task.modality, region=task.region, appointment_at=None, comment="", by=by, now=now
    )
    services.record_imaging_performed(task=task, comment="", by=by, now=now)


# --- every hop in place ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hop", ["acknowledge", "order"])
def test_nobody_answers_for_a_finding_that_joined_after_the_list_was_read(client, site, physician, hop):
    """The list stood open, or its form was sent only once the network was back: 409, and the page says why."""
    episode = an_hour_after(site)
    task = cast.log(episode, minutes=30, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    if hop == "order":
        services.acknowledge_imaging_task(task=task, comment="", by=physician, now=datetime.now(UTC))
    client.force_login(physician)
    html = re.search(rf'<form[^>]*/{hop}/">.*?</form>', read(client, physician, "worklist"), re.S)[0]
    form = hidden_fields(html, "seen", "modality", "region")
    saddle = cast.a_routine_set(neurology=WEAK_LEG | {"saddle_sensation": "ABSENT"})
    cast.log(episode, minutes=59, **saddle)

    stale = move(client, physician, task, hop, **form)
    assert stale.status_code == 409
    assert "A further finding joined this task" in stale.content.decode()
    task.refresh_from_db()
    assert (task.state, task.acknowledged_at) == (State.REQUESTED, None)
    assert RedFlag.objects.filter(imaging_task=task, state=RedFlag.State.OPEN, rule_code="N3").exists()

    # The page that came back shows the finding, so that its form counts.
    seen = re.search(r'name="seen" value="(\w+)"', stale.content.decode())[1]
    assert move(client, physician, task, hop, **form | {"seen": seen}).status_code == 302
    task.refresh_from_db()
    assert task.acknowledged_at is not None and not RedFlag.objects.filter(state=RedFlag.State.OPEN, imaging_task=task)


def test_the_whole_loop_is_walked_on_the_list(client, site, physician):
    task = a_task(site)
    order = {"modality": task.modality, "region": task.region}
    sent = [
        ("acknowledge", {"comment": "Seen."}),
        ("order", order),
        ("performed", {}),
        ("report", {"result": "EXPECTED", "comment": "No leak."}),
        ("decide", {"decision": "OBSERVE", "outcome": "RULED_OUT", "reason": "Scan is clear."}),
    ]
    for hop, typed in sent:
        assert f'action="{reverse("move_imaging_task", args=[task.public_id, hop])}"' in read(
            client, physician, "worklist"
        )
        assert move(client, physician, task, hop, **typed).url == reverse("worklist")
    task.refresh_from_db()
    assert (task.state, task.result, task.decision) == (State.COMPLETED, "EXPECTED", "OBSERVE")
    assert not RedFlag.objects.filter(imaging_task=task).open().exists()


def test_an_amber_flag_is_acknowledged_and_closed_on_the_list_by_a_nurse(client, site, nurse):
    cast.log(an_hour_after(site, "Amber"), minutes=50, **cast.a_routine_set(pain_on_movement=7))
    flag = RedFlag.objects.get(severity="AMBER")
    client.force_login(nurse)
    for url_name, typed in (
        ("acknowledge_flag", {}),
        ("close_flag", {"outcome": "HANDLED", "reason": "3 of 10 after 60 min."}),
    ):
        address = reverse(url_name, args=[flag.public_id])
        assert f'action="{address}"' in read(client, nurse, "worklist")
        assert client.post(address, {"back": "worklist"} | typed).url == reverse("worklist")
    flag.refresh_from_db()
    assert flag.state == RedFlag.State.CLOSED


def test_a_decision_without_its_reason_comes_back_with_what_was_typed_and_knows_the_way_back(client, site, physician):
    task = a_task(site)
    performed(task, physician)
    services.record_imaging_report(task=task, result="EXPECTED", comment="", by=physician, now=datetime.now(UTC))

    answer = move(client, physician, task, "decide", decision="OBSERVE", outcome="RULED_OUT", mine="1")

    assert answer.status_code == 422
    html = re.sub(r"\s+", " ", answer.content.decode())
    assert '<option value="OBSERVE" selected' in html
    assert hidden_fields(html, "back", "mine") == {"back": "worklist", "mine": "1"}


def test_the_filter_is_kept_and_the_next_item_gets_the_focus(client, site, physician):
    first, second = a_task(site, "First", 58), a_task(site, "Second", 59)
    html = read(client, physician, "worklist", query="?mine=1&sort=time")
    rows = re.findall(r'id="(item-[0-9a-f-]+)" data-row', html)
    # Each row leads to the one below it, and the last to the one above.
    assert re.findall(r'name="next" value="(item-[^"]+)"', html) == [*rows[1:], rows[-2]]
    next_item = f"item-{second.public_id}"

    answer = move(client, physician, first, "acknowledge", mine="1", sort="time", next=next_item)

    assert answer.url == reverse("worklist") + f"?mine=1&sort=time#{next_item}"
    assert f'id="{next_item}" data-row tabindex="-1"' in client.get(answer.url).content.decode()


@pytest.mark.parametrize("forged", ["//evil.example", "item-", "item-x\r\nX: y", "javascript:alert(1)", "x" * 3000])
def test_nothing_but_an_item_of_the_list_goes_into_the_address(client, site, physician, forged):
    answer = move(client, physician, a_task(site), "acknowledge", next=forged, sort=forged)
    assert answer.url == reverse("worklist")


# --- whose turn it is -----------------------------------------------------------------------------------------------


def test_what_i_ordered_waits_on_someone_else_until_it_is_decided(site, physician):
    task = a_task(site)
    assert view_of(physician).waiting == ()
    services.acknowledge_imaging_task(task=task, comment="", by=physician, now=datetime.now(UTC))
    assert names(view_of(physician).to_do) == ["Weakleg"]  # the order is mine to give

    performed(task, physician)  # now radiology reports
    view = view_of(physician)
    assert (names(view.to_do), names(view.waiting)) == ([], ["Weakleg"])
    assert view.waiting[0].next_hop == "report"

    colleague = cast.a_physician(site, "Physician Two")
    assert names(view_of(colleague).to_do) == ["Weakleg"]  # he took no part in it

    services.record_imaging_report(task=task, result="EXPECTED", comment="", by=physician, now=datetime.now(UTC))
    assert names(view_of(physician).to_do) == ["Weakleg"]  # the decision


def test_what_a_colleague_took_over_from_me_waits_on_the_colleague(site, physician):
    task = a_task(site)
    services.acknowledge_imaging_task(task=task, comment="", by=physician, now=datetime.now(UTC))
    ImagingTask.objects.filter(pk=task.pk).update(acknowledged_at=None)  # as a finding as grave does
    assert names(view_of(physician).waiting) == []
    colleague = cast.a_physician(site, "Physician Two")
    services.acknowledge_imaging_task(task=task, comment="", by=colleague, now=datetime.now(UTC))
    assert names(view_of(physician).waiting) == ["Weakleg"]
    assert names(view_of(colleague).to_do) == ["Weakleg"]


def test_the_page_says_how_many_wait_and_how_many_of_them_are_late(client, site, physician):
    task = a_task(site)
    performed(task, physician)
    assert "Waiting on someone else: 1 You acknowledged" in words(read(client, physician, "worklist"))
    Escalation.objects.filter(imaging_task=task, stopped_at=None).update(
        target_at=datetime.now(UTC) - timedelta(hours=1)
    )
    assert "Waiting on someone else: 1, 1 late You acknowledged" in words(read(client, physician, "worklist"))


# --- mine, my site's, and the order ---------------------------------------------------------------------------------


def test_mine_keeps_what_nobody_has_taken_and_says_how_much_is_hidden(client, site, physician):
    colleague = cast.a_physician(site, "Physician Two")
    a_task(site, "Untaken")
    theirs, mine = a_task(site, "Theirs"), a_task(site, "Mine")
    services.acknowledge_imaging_task(task=theirs, comment="", by=colleague, now=datetime.now(UTC))
    services.acknowledge_imaging_task(task=mine, comment="", by=physician, now=datetime.now(UTC))

    view = view_of(physician, mine=True)

    assert sorted(set(names(view.in_order))) == ["Mine", "Untaken"]
    assert view.hidden_red >= 1
    html = read(client, physician, "worklist", query="?mine=1")
    assert f"item-{theirs.public_id}" not in html
    assert f"item-{mine.public_id}" in html
    assert "1 item not shown, 1 of them red" in words(html)


def test_the_list_of_one_of_my_sites_holds_only_its_items_contacts_and_gaps(client, site, physician):
    south = cast.a_site("South unit")
    Membership.objects.create(user=physician, site=south, role=Role.PHYSICIAN)
    a_task(site, "North")
    a_task(south, "South")

    html = words(read(client, physician, "worklist", query="?site=South+unit"))

    assert "South, Pat" in html
    assert "North, Pat" not in html
    assert "North, Pat" in words(read(client, physician, "worklist", query="?site=Nowhere"))


def test_by_time_left_an_overdue_amber_item_stands_before_a_red_one_with_time(site, physician):
    long_ago = cast.an_episode(cast.a_patient(site, "MRN-A", "Amber"), time_zero=datetime.now(UTC) - timedelta(hours=6))
    cast.log(long_ago, minutes=50, **cast.a_routine_set(pain_on_movement=7))
    a_task(site, "Red")
    by_danger, by_time = view_of(physician).to_do, view_of(physician, by_time_left=True).to_do
    assert by_danger[0].severity == "EMERGENT"
    assert by_time[0].severity == "AMBER"
    left = [item.deadline for item in by_time if item.deadline]
    assert left == sorted(left)


@pytest.mark.parametrize(
    "query",
    ["?site=%00", "?mine=2", "?sort=%F0%9F%98%80", "?site=" + "9" * 5000, "?mine=1&mine=x", "?%00=%00", "?page=-1"],
)
def test_strange_filters_hide_nothing(client, site, physician, query):
    a_task(site)
    for page in ("worklist", "worklist_rows"):
        assert "Weakleg, Pat" in words(read(client, physician, page, query=query))
