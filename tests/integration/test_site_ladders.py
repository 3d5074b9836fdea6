"""A site's own ladders: in force for what starts from then on, never slower than the clocks, each change a row."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from followup.escalation_ladder import Channel, Hop, Ladder, LadderKey, Rung, ladder_from_json
from followup.models import Escalation, ImagingTask, OutgoingEmail, SiteLadder
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.escalations import climb_due_ladders
from followup.services.imaging_tasks import acknowledge_imaging_task
from followup.services.red_flags import acknowledge_flag
from followup.services.site_ladders import BadLadder, LadderOvertaken, check_ladder, store_ladder
from followup.services.watchdog import flags_without_next_step, tasks_without_next_step
from kyphotrack.staff.models import Role, User
from tests import cast

pytestmark = pytest.mark.django_db
KEY = LadderKey.EMERGENT_NEURO
WEAK = cast.a_routine_set(neurology=cast.NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def rung(role, after, channel=Channel.EMAIL, person=None):
    return Rung(role, minutes(after), channel, person)


FAST = Ladder((rung("SERVICE_LEAD", 0), rung("BACKUP_PHYSICIAN", 5)), minutes(10), {Hop.ORDER: minutes(7)})


@pytest.fixture
def lead(site):
    cast.a_nurse(site)
    cast.a_physician(site)
    return cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One")


def store(lead, ladder, *, replaces=0, token=None, key=KEY, now=cast.T0):
    return store_ladder(
        site=cast.a_site(), key=key, ladder=ladder, replaces=replaces, reason="x", ruleset=DEFAULT_RULESET, by=lead,
        now=now, form_token=token or uuid.uuid4(),
    )  # fmt: skip


def an_alarm(number=1) -> Escalation:
    episode = cast.an_episode(cast.a_patient(cast.a_site(), f"MRN-{number:04}"))
    return cast.log(episode, minutes=30, **WEAK).imaging_tasks[0].escalations.get()


def test_a_site_climbs_its_own_ladder_and_a_running_one_keeps_what_it_started_with(lead):
    before = an_alarm(1)
    kept = before.ladder
    store(lead, FAST)
    after = an_alarm(2)
    assert list(after.steps.values_list("role", flat=True)) == ["SERVICE_LEAD"]
    climb_due_ladders(now=after.started_at + minutes(5))
    assert [step.role for step in after.steps.order_by("number")] == ["SERVICE_LEAD", "BACKUP_PHYSICIAN"]
    before.refresh_from_db()
    assert before.ladder == kept
    assert list(before.steps.values_list("role", flat=True)) == ["ON_CALL_PHYSICIAN", "CHARGE_NURSE"]


def test_the_ladder_of_another_site_is_not_used(lead):
    store(lead, FAST)
    south = cast.a_site("South unit")
    cast.a_physician(south, "Physician South")
    episode = cast.an_episode(cast.a_patient(south, "MRN-0009"))
    escalation = cast.log(episode, minutes=30, **WEAK).imaging_tasks[0].escalations.get()
    assert escalation.steps.order_by("number").first().role == "ON_CALL_PHYSICIAN"


def test_the_targets_of_the_site_hold_and_what_it_leaves_out_has_the_default(lead):
    store(lead, FAST)
    alarm = an_alarm()
    task = alarm.imaging_task
    acknowledge_imaging_task(task=task, comment="", by=lead, now=alarm.started_at)
    order = Escalation.objects.live().get()
    assert order.target_at == alarm.started_at + minutes(7)
    assert ladder_from_json(order.ladder).targets[Hop.REPORT] == minutes(60)


def test_back_to_the_default_is_a_version_too(lead):
    store(lead, FAST)
    store(lead, None, replaces=1)
    assert list(an_alarm().steps.values_list("role", flat=True)) == ["ON_CALL_PHYSICIAN", "CHARGE_NURSE"]
    assert SiteLadder.objects.count() == 2


def test_a_named_person_alone_is_told_and_the_role_where_that_person_left(lead):
    named = cast.a_physician(cast.a_site(), "Physician Named", on_call=False)
    store(lead, Ladder((rung("ON_CALL_PHYSICIAN", 0, person=named.pk),), minutes(10)))
    first = an_alarm(1)
    assert [mail.recipient for mail in OutgoingEmail.objects.all()] == [named]
    assert first.steps.get().person == named
    User.objects.filter(pk=named.pk).update(is_active=False)
    second = an_alarm(2)
    told = OutgoingEmail.objects.filter(escalation_step__escalation=second)
    assert [mail.recipient.full_name for mail in told] == ["Physician One"]


def test_a_step_by_phone_mails_nobody_and_the_pages_say_whom_to_phone(lead, client):
    by_phone = rung("BACKUP_PHYSICIAN", 5, Channel.PHONE)
    store(lead, Ladder((rung("ON_CALL_PHYSICIAN", 0), by_phone, rung("SERVICE_LEAD", 10)), minutes(10)))
    alarm = an_alarm()
    mails = OutgoingEmail.objects.count()
    climb_due_ladders(now=alarm.started_at + minutes(5))
    assert OutgoingEmail.objects.count() == mails
    client.force_login(lead)
    for page in ("/worklist/", f"/imaging-tasks/{alarm.imaging_task.public_id}/"):
        assert "Phone the backup physician now." in client.get(page).content.decode(), page
    climb_due_ladders(now=alarm.started_at + minutes(10))
    assert "Phone the" not in client.get("/worklist/").content.decode()


@pytest.mark.parametrize(
    ("ladder", "words"),
    [
        (Ladder((), minutes(10)), "1 to 8 steps"),
        (Ladder((rung("SERVICE_LEAD", 0),) * 9, minutes(10)), "1 to 8 steps"),
        (Ladder((rung("SERVICE_LEAD", 1),), minutes(10)), "at once"),
        (Ladder((rung("SERVICE_LEAD", 0, Channel.PHONE), rung("SERVICE_LEAD", 1)), minutes(10)), "by e-mail"),
        (Ladder((rung("SERVICE_LEAD", 0), rung("CHARGE_NURSE", 1, Channel.BOARD_ONLY)), minutes(10)), "is an e-mail"),
        (Ladder((rung("SERVICE_LEAD", 0), rung("CHARGE_NURSE", 5), rung("CHARGE_NURSE", 4)), minutes(10)), "or later"),
        (Ladder((rung("SERVICE_LEAD", 0), rung("CHARGE_NURSE", 16)), minutes(10)), "at most 15 min"),
        (Ladder((rung("SERVICE_LEAD", 0), rung("CHARGE_NURSE", 10, Channel.PHONE), rung("CHARGE_NURSE", 20)), minutes(10)),
         "at most 15 min"),
        (Ladder((rung("SERVICE_LEAD", 0),), minutes(15.1)), "repeats after 1 to 15 min"),
        (Ladder((rung("SERVICE_LEAD", 0),), minutes(0.9)), "repeats after 1 to 15 min"),
        (Ladder((rung("SERVICE_LEAD", 0),), minutes(5), {Hop.ORDER: minutes(0)}), "switched off"),
        (Ladder((rung("SERVICE_LEAD", 0),), minutes(5), {Hop.CLOSE: minutes(24 * 60 + 1)}), "switched off"),
    ],
)  # fmt: skip
def test_no_ladder_is_slower_than_its_clock_or_ends(ladder, words):
    with pytest.raises(BadLadder, match=words):
        check_ladder(ladder, key=KEY, ruleset=DEFAULT_RULESET)


@pytest.mark.parametrize(
    "ladder",
    [
        FAST,
        Ladder((rung("SERVICE_LEAD", 0), rung("CHARGE_NURSE", 15)), minutes(15), {Hop.CLOSE: minutes(24 * 60)}),
        Ladder((rung("SERVICE_LEAD", 0),) * 8, minutes(1), {Hop.ORDER: minutes(1)}),
    ],
)
def test_on_the_limits_it_is_taken(ladder):
    check_ladder(ladder, key=KEY, ruleset=DEFAULT_RULESET)


def test_a_form_sent_twice_is_one_version_and_a_page_that_is_behind_is_refused(lead):
    token = uuid.uuid4()
    assert store(lead, FAST, token=token) == store(lead, FAST, token=token)
    with pytest.raises(LadderOvertaken):
        store(lead, FAST)
    with pytest.raises(BadLadder):
        store(lead, Ladder((), minutes(5)), replaces=1)
    assert SiteLadder.objects.count() == 1


# --- what was acknowledged before this release ------------------------------------------------------------------------


def migration():
    return __import__("followup.migrations.0011_ladders", fromlist=["Migration"])


def test_the_migration_chases_what_was_acknowledged_before_and_goes_back_again(lead, site):
    alarm = an_alarm()
    acknowledge_imaging_task(task=alarm.imaging_task, comment="", by=lead, now=alarm.started_at)
    saved = cast.log(cast.an_episode(cast.a_patient(site, "MRN-0007")), minutes=300, wound_warmth=True)
    flag = next(one for one in saved.raised if one.rule_code == "I3")
    acknowledge_flag(flag=flag, comment="", by=lead, now=flag.raised_at)
    by_the_program = chased()
    Escalation.objects.live().exclude(hop="ACKNOWLEDGE").delete()
    assert tasks_without_next_step().count() + flags_without_next_step().count() == 2

    editor = SimpleNamespace(connection=connection)
    migration().start_later_hops(apps, editor)
    assert chased() == by_the_program
    assert tasks_without_next_step().count() + flags_without_next_step().count() == 0

    migration().stop_later_hops(apps, editor)
    assert not Escalation.objects.live().exclude(hop="ACKNOWLEDGE").exists()
    for one in Escalation.objects.live():
        assert all(len(old) == 2 for old in one.ladder["rungs"])
        ladder_from_json(one.ladder)


def chased():
    rows = Escalation.objects.live().exclude(hop="ACKNOWLEDGE").order_by("hop")
    return [
        (one.imaging_task, one.red_flag, one.hop, one.key, one.ladder, one.started_at, one.target_at, one.next_due_at)
        for one in rows
    ]


def test_the_migration_fills_in_what_the_first_hop_was_due(lead):
    alarm = an_alarm()
    Escalation.objects.update(key="URGENT", target_at=cast.T0)
    migration().fill_in_hops(apps, SimpleNamespace(connection=connection))
    alarm.refresh_from_db()
    assert (alarm.key, alarm.target_at) == ("EMERGENT_NEURO", ImagingTask.objects.get().acknowledge_by)
