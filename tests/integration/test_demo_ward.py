"""The demo ward: who is there, that it is news only where something is open, and that it never touches real data."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from followup import demo_ward, jobs
from followup.models import ImagingTask, MonitoringSlot, MonitoringStatus, OutgoingEmail, RedFlag
from kyphotrack.staff.models import Duty, DutyRole, Role, Site, User
from kyphotrack.staff.selectors import rota_of_site
from patients.models import Patient
from procedures.models import Procedure

pytestmark = pytest.mark.django_db


def episode(family_name: str) -> Procedure:
    return Procedure.objects.get(patient__family_name=family_name)


def load(*arguments: str):
    """Load the ward; returns the time at which it was."""
    now = timezone.now()
    call_command("load_demo_ward", *arguments)
    return now


def test_the_ward_as_it_is_loaded(capsys):
    """One test, because loading is what takes time."""
    now = load()
    assert "13 of 13" in capsys.readouterr().out
    every_stage_is_there(now)
    both_sites_have_patients_staff_and_a_rota(now)
    everyone_printed_can_sign_in(capsys)


def every_stage_is_there(now):
    assert Patient.objects.count() == 13
    ago = {
        name: (now - episode(name).time_zero + timedelta(minutes=1)) // timedelta(minutes=1)
        for name in Patient.objects.values_list("family_name", flat=True)
    }
    hours = {name: round(minutes / 60) for name, minutes in ago.items()}
    assert 20 <= ago["Alder"] <= 22
    assert (hours["Birch"], hours["Cedar"], hours["Elm"], hours["Fir"]) == (2, 6, 23, 25)
    assert (hours["Hazel"], hours["Juniper"]) == (9 * 24, 42 * 24)

    overdue = MonitoringSlot.objects.overdue(now).filter(place="WARD")
    assert [(slot.procedure.patient.family_name, slot.neuro) for slot in overdue] == [("Cedar", "FULL")]
    assert set(MonitoringSlot.objects.exclude(state="OPEN").values_list("state", flat=True)) == {
        "DONE", "MISSED", "WAIVED",
    }  # fmt: skip
    assert MonitoringSlot.objects.filter(state="DONE").count() > 100
    at_home = episode("Fir")
    assert at_home.discharged_at and at_home.monitoring_slots.open().filter(place="HOME").count() == 2

    flags = RedFlag.objects.order_by("procedure__patient__family_name", "rule_code")
    assert list(flags.values_list("procedure__patient__family_name", "rule_code", "state")) == [
        ("Larch", "N3", "OPEN"), ("Larch", "N4", "OPEN"), ("Maple", "AF1", "ACKNOWLEDGED"),
        ("Maple", "P1", "ACKNOWLEDGED"), ("Oak", "N1", "ACKNOWLEDGED"), ("Rowan", "N10", "OPEN"),
    ]  # fmt: skip
    tasks = ImagingTask.objects.order_by("procedure__patient__family_name")
    assert list(tasks.values_list("procedure__patient__family_name", "state", "decision")) == [
        ("Larch", "requested", ""), ("Maple", "received", ""), ("Oak", "reported", ""),
    ]  # fmt: skip
    assert dict(MonitoringStatus.objects.values_list("procedure__patient__family_name", "neurology"))["Oak"] == "WORSE"


def both_sites_have_patients_staff_and_a_rota(now):
    for site in Site.objects.all():
        assert Patient.objects.filter(site=site).count() >= 3
        assert set(User.objects.filter(memberships__site=site).values_list("memberships__role", flat=True)) >= {
            Role.NURSE, Role.PHYSICIAN,
        }  # fmt: skip
        rota = {one.role: one for one in rota_of_site(site, now=now, days=14)}
        for role in (DutyRole.ON_CALL_PHYSICIAN, DutyRole.CHARGE_NURSE):
            assert rota[role].weekly and any(piece.people for piece in rota[role].pieces), (site, role)
    assert Duty.objects.get(kind="SWAP").starts_at > now
    assert User.objects.filter(memberships__role=Role.COORDINATOR).exists()


def everyone_printed_can_sign_in(capsys):
    call_command("load_demo_ward", "--print-sign-ins")
    said = capsys.readouterr().out
    assert demo_ward.PASSWORD in said
    for person in demo_ward.STAFF:
        assert person.email in said
        assert Client().login(username=person.email, password=demo_ward.PASSWORD)


def test_only_what_is_open_is_mailed(smtp_server):
    """Both clocks run the jobs right after loading: yesterday's alarms are no news."""
    load()
    for job in (*jobs.JOBS, *jobs.JOBS):
        job(timezone.now)
    open_task = str(episode("Larch").imaging_tasks.get().public_id)
    missed_check = str(episode("Rowan").red_flags.get().public_id)
    # Acknowledged an hour ago, and nobody ordered the scan.
    forgotten = str(episode("Maple").imaging_tasks.get().public_id)
    # Beside the alarms, notices about a site go out by the hour of the day.
    alarms = [mail for mail in smtp_server.messages if mail["Subject"].startswith("1 new")]
    told = {(mail["To"], mail.get_body(("plain",)).get_content().split("/")[-2]) for mail in alarms}
    assert len(alarms) == 5
    assert told == {
        ("nurse@north.example", open_task), ("physician@north.example", open_task), ("nurse@south.example", missed_check),
        ("physician@north.example", forgotten), ("physician2@north.example", forgotten),
    }  # fmt: skip
    assert set(OutgoingEmail.objects.filter(queue="URGENT").values_list("state", flat=True)) == {"SENT"}


@pytest.mark.django_db(transaction=True)
def test_a_second_run_keeps_the_data_and_a_reset_loads_it_anew(capsys):
    load()
    old = episodes()
    User.objects.create_user("someone@else.example", "Someone Else")

    load()
    assert "kept" in capsys.readouterr().out
    assert episodes() == old

    load("--reset")
    assert len(episodes()) == len(old) == Patient.objects.count() == 13
    assert not episodes() & old
    assert not User.objects.filter(email="someone@else.example").exists()


def episodes() -> set:
    return set(Procedure.objects.values_list("public_id", flat=True))


@pytest.mark.parametrize("arguments", [[], ["--reset"], ["--print-sign-ins"]])
def test_it_refuses_in_production(settings, arguments):
    settings.PRODUCTION = True
    account = User.objects.create_user("real@person.example", "Real Person")
    with pytest.raises(CommandError, match="never loaded"):
        call_command("load_demo_ward", *arguments)
    assert list(User.objects.all()) == [account]
    assert not Patient.objects.exists()
