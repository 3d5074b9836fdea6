"""The lead clinician and the administrator keep the rota; the ward reads it; people note what they have seen."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from followup.escalation_ladder import Channel
from followup.models import EscalationNote, ImagingTask, OutgoingEmail, SiteLadder
from followup.services.escalations import climb_due_ladders
from followup.services.imaging_tasks import acknowledge_imaging_task
from kyphotrack.staff.models import Duty, Role, WeeklyDuty
from kyphotrack.staff.selectors import people_on_duty
from tests import cast

pytestmark = pytest.mark.django_db
WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}


@pytest.fixture
def lead(site):
    return cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One")


@pytest.fixture
def overdue(site, physician, nurse):
    """A scan that was acknowledged 20 minutes ago, and that nobody ordered within its quarter of an hour."""
    now = datetime.now(UTC)
    episode = cast.an_episode(cast.a_patient(site), time_zero=now - timedelta(minutes=80))
    task = cast.log(episode, minutes=60, typed_after=0, **cast.a_routine_set(neurology=WEAK_LEG)).imaging_tasks[0]
    acknowledge_imaging_task(task=task, comment="", by=physician, now=task.requested_at)
    climb_due_ladders(now=now)
    return task


def words(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).replace(" ,", ",").replace(" .", ".").replace(" :", ":")


def token(answer) -> str:
    return re.search(r'name="form_token" value="([^"]+)"', answer.content.decode()).group(1)


def rota(site) -> str:
    return reverse("rota_of_site", args=[site.public_id])


# --- the rota ---------------------------------------------------------------------------------------------------------


def test_gaps_are_told_in_words_with_those_who_stand_in(client, site, nurse, lead):
    cast.a_physician(site, on_call=False)
    client.force_login(nurse)
    page = words(client.get(rota(site)))
    assert "Nobody is on call: everyone of the role and the lead are told (2: Lead One, Physician One)." in page
    assert "Enter a duty" not in page and "Your role lets you read it" in page


def test_a_weekly_duty_is_entered_and_ended_and_the_row_stays(client, site, nurse, lead):
    client.force_login(lead)
    address = reverse("add_weekly_duty", args=[site.public_id])
    typed = {
        "form_token": token(client.get(address)), "role": "CHARGE_NURSE", "person": nurse.pk,
        "weekdays": list(range(7)), "starts": "00:00", "ends": "00:00",
    }  # fmt: skip
    for _double_tap in range(2):
        assert client.post(address, typed).status_code == 302
    weekly = WeeklyDuty.objects.get()
    assert (weekly.weekdays, weekly.entered_by) == (list(range(7)), lead)
    assert people_on_duty(site=site, role="CHARGE_NURSE", now=datetime.now(UTC)) == [nurse]
    assert "Weekly: Nurse One, Monday Tuesday" in words(client.get(rota(site)))

    client.post(reverse("end_weekly_duty", args=[weekly.pk]))
    weekly.refresh_from_db()
    assert weekly.ended_by == lead
    assert people_on_duty(site=site, role="CHARGE_NURSE", now=datetime.now(UTC)) == [nurse, lead]  # those who stand in


def test_a_holiday_is_entered_in_the_time_of_the_site_and_taken_back(client, site, physician, lead):
    other = cast.a_physician(site, "Physician Two", on_call=False)
    client.force_login(cast.a_member(site, Role.ADMINISTRATOR, "Admin One"))
    address = reverse("add_duty", args=[site.public_id])
    typed = {
        "form_token": token(client.get(address)), "role": "ON_CALL_PHYSICIAN", "person": other.pk, "kind": "HOLIDAY",
        "starts_at": "2030-12-25T08:00", "ends_at": "2030-12-26T08:00",
    }  # fmt: skip
    Duty.objects.all().update(ends_at=datetime(2030, 12, 25, 12, tzinfo=UTC))
    for _double_tap in range(2):
        assert client.post(address, typed).status_code == 302
    holiday = Duty.objects.get(kind="HOLIDAY")
    assert holiday.starts_at == datetime(2030, 12, 25, 7, tzinfo=UTC)
    assert other in people_on_duty(site=site, role="ON_CALL_PHYSICIAN", now=holiday.starts_at)
    assert "Holiday: Physician Two" not in words(client.get(rota(site)))  # too far ahead
    for said in ("The duty is ended.", "This duty has ended already."):  # before it began, so that it never comes
        assert said in words(client.post(reverse("end_duty", args=[holiday.pk]), follow=True))
    assert other not in people_on_duty(site=site, role="ON_CALL_PHYSICIAN", now=holiday.starts_at)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ends_at": "2020-01-01T08:00"}, "This lies behind."),
        ({"starts_at": "2030-12-27T08:00"}, "A duty ends after it starts."),
        ({"person": "999999"}, "Select a valid choice."),
        ({"role": "NO_SUCH"}, "Select a valid choice."),
        ({"starts_at": ""}, "Not saved yet."),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(client, site, physician, lead, changed, said):
    client.force_login(lead)
    address = reverse("add_duty", args=[site.public_id])
    typed = {
        "form_token": token(client.get(address)), "role": "ON_CALL_PHYSICIAN", "person": physician.pk, "kind": "SWAP",
        "starts_at": "2030-12-25T08:00", "ends_at": "2030-12-26T08:00",
    }  # fmt: skip
    before = Duty.objects.count()
    answer = client.post(address, typed | changed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert Duty.objects.count() == before


def test_nobody_of_another_site_is_put_on_call(client, site, lead):
    stranger = cast.a_physician(cast.a_site("South unit"), "Physician South")
    client.force_login(lead)
    answer = client.get(reverse("add_duty", args=[site.public_id]))
    assert stranger.full_name not in words(answer)


# --- the ladders ------------------------------------------------------------------------------------------------------


def ladder_form(client, site, key="URGENT"):
    address = reverse("change_ladder", args=[site.public_id, key])
    page = client.get(address)
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields if name != "use_default"}
    return address, {name: "" if value is None else value for name, value in typed.items()} | {"reason": "Because"}


def test_the_lead_makes_a_ladder_faster_and_names_a_phone_step(client, site, physician, lead):
    client.force_login(lead)
    address, typed = ladder_form(client, site)
    typed |= {"role_3": "SERVICE_LEAD", "after_3": "70", "channel_3": "EMAIL", "channel_1": "PHONE", "after_1": "10",
              "after_2": "20", "repeat": "20", "target_ORDER": "12"}  # fmt: skip
    assert client.post(address, typed).status_code == 422  # 50 min between two e-mails
    typed["after_3"] = "50"
    for _double_tap in range(2):
        assert client.post(address, typed).status_code == 302
    stored = SiteLadder.objects.get()
    assert [rung.channel for rung in stored.content.rungs] == [
        Channel.EMAIL,
        Channel.PHONE,
        Channel.EMAIL,
        Channel.EMAIL,
    ]
    page = words(client.get(reverse("ladders_of_site", args=[site.public_id])))
    assert "Backup physician: after 10 min, phone" in page
    assert "The site's own, version 1" in page and "order the scan within 12 min" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"role_0": ""}, "The first step is taken at once, and by e-mail."),
        ({"repeat": "31"}, "repeats after 1 to 30 min"),
        ({"target_ORDER": "0"}, "greater than or equal to 1"),
        ({"reason": ""}, "Not saved yet."),
    ],
)
def test_a_ladder_that_leaves_somebody_untold_is_refused(client, site, physician, lead, changed, said):
    client.force_login(lead)
    address, typed = ladder_form(client, site)
    answer = client.post(address, typed | changed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not SiteLadder.objects.exists()


def test_back_to_the_default(client, site, physician, lead):
    client.force_login(lead)
    address, typed = ladder_form(client, site)
    client.post(address, typed)
    address, typed = ladder_form(client, site)
    client.post(address, typed | {"use_default": "on"})
    page = words(client.get(reverse("ladders_of_site", args=[site.public_id])))
    assert "The default, again since" in page
    assert SiteLadder.objects.count() == 2


def test_an_unknown_ladder_is_not_found(client, site, lead):
    client.force_login(lead)
    assert client.get(reverse("change_ladder", args=[site.public_id, "INFO"])).status_code == 404


# --- an overdue step --------------------------------------------------------------------------------------------------


def test_who_was_told_and_who_is_called_next_stand_on_the_page(client, overdue, nurse):
    client.force_login(nurse)
    page = words(client.get(reverse("imaging_task", args=[overdue.public_id])))
    assert "order the scan 5 min late" in page
    assert "The next call goes out" in page
    assert "On-call physician" in page and "to order the scan" in page


def test_whoever_has_seen_it_says_so_and_the_button_goes(client, overdue, nurse):
    client.force_login(nurse)
    address = reverse("imaging_task", args=[overdue.public_id])
    assert "I have seen it" in words(client.get(address))
    for _double_tap in range(2):
        page = client.post(reverse("note_task_seen", args=[overdue.public_id]), follow=True)
    assert "Noted: you get no more e-mail about this step." in words(page)
    assert "Nurse One noted" in words(page) and "I have seen it" not in words(page)
    assert EscalationNote.objects.get().by == nurse
    assert ImagingTask.objects.get().state == "received"


@pytest.mark.parametrize("page", ["board", "worklist"])
def test_board_and_worklist_say_that_the_ladder_is_exhausted(client, overdue, nurse, page):
    client.force_login(nurse)
    assert "Ladder exhausted" not in words(client.get(reverse(page)))
    climb_due_ladders(now=overdue.requested_at + timedelta(minutes=45))
    text = words(client.get(reverse(page)))
    assert re.search(
        r"Ladder exhausted at \d+ \w+ \d\d:\d\d: everyone on it was told, 4 calls; the last step repeats every 15 min.",
        text,
    )


@pytest.mark.parametrize("page", ["board", "worklist"])
def test_board_and_worklist_say_that_everyone_has_seen_it_and_nobody_acted(client, overdue, nurse, physician, page):
    for person in (nurse, physician):
        client.force_login(person)
        client.post(reverse("note_task_seen", args=[overdue.public_id]))
    before = OutgoingEmail.objects.count()
    climb_due_ladders(now=overdue.requested_at + timedelta(minutes=30))
    assert OutgoingEmail.objects.count() == before
    text = words(client.get(reverse(page)))
    assert "Everyone was told and has noted it, and nobody has acted since" in text
    assert "to order the scan" in text
