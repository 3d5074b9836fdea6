"""A member of another site asks for everything of a patient, by every address that there is, and finds nothing.

The addresses are read from the project itself: one that is new and not known here fails the test.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import get_converters

from followup.models import (
    BoneHealthTask,
    ImagingTask,
    MonitoringSlot,
    OutgoingEmail,
    RedFlag,
    ShiftHandover,
    SiteLadder,
    SiteRuleset,
)
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.bone_health import record_facts, record_therapy
from followup.services.bone_health_tasks import find_care_gaps
from followup.services.heights import record_heights
from followup.services.outcomes import record_outcome
from followup.services.ruleset_replay import replay_ruleset
from followup.services.rulesets import draft_ruleset
from kyphotrack.staff.models import Duty, Role, WeeklyDuty
from kyphotrack.staff.services import add_duty, add_weekly_duty
from patients.models import ChartEvent
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}
HOPS = ("acknowledge", "order", "performed", "report", "decide", "cancel")

# Pages for people who have not signed in. None of them shows anything of a patient.
PUBLIC = {"sign_in", "sign_out", "theme", "set_language", "healthz", "readyz", "bounces"}
# Opened by a patient, from a link in an e-mail; tests/integration/test_outgoing_mail.py.
PUBLIC_WITH_AN_ID = {"unsubscribe"}
NOT_FOUND, NOT_THAT_METHOD = 404, 405


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


ADDRESSES = {pattern.name: pattern for pattern in patterns(get_resolver())}
WITH_AN_ID = sorted(
    name for name, pattern in ADDRESSES.items() if pattern.pattern.converters and name not in PUBLIC_WITH_AN_ID
)
WITHOUT_AN_ID = sorted(name for name, pattern in ADDRESSES.items() if not pattern.pattern.converters)


def a_rota(site, lead, now) -> None:
    who = {"site": site, "user": lead, "role": "SERVICE_LEAD", "by": lead, "now": now, "form_token": uuid.uuid4()}
    add_duty(**who, kind="SWAP", starts_at=now, ends_at=None)
    add_weekly_duty(**who, weekdays=[0], starts=time(7), ends=time(19))


def an_episode_with_everything():
    """An episode of the north unit with an emergent flag and its imaging task, scores, and a gap in bone health."""
    now = datetime.now(UTC)
    procedure = cast.an_episode(time_zero=now - timedelta(hours=3))
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    site = procedure.patient.site
    lead = cast.a_member(site, Role.LEAD_CLINICIAN, "Lead North")
    draft = draft_ruleset(
        site=site, thresholds={"pain_severe": "6"}, replaces=DEFAULT_RULESET.version, reason="x", by=lead, now=now,
        form_token=uuid.uuid4(),
    )  # fmt: skip
    replay_ruleset(ruleset=draft, by=lead, now=now)
    a_rota(site, lead, now)
    by, on = cast.a_nurse(procedure.patient.site), procedure.time_zero.date()
    for record, answers in (
        (record_outcome, {"effective_at": now, "kps": 70}),
        (record_heights, {"level": "L1", "imaged_on": on, "anterior_height_millimetres": 20}),
        (record_therapy, {"drug": "ALENDRONATE", "status": "CONSIDERED", "status_on": on}),
        (record_facts, {"known_on": on, "fls_referred_on": on}),
    ):
        record(procedure=procedure, answers=answers, by=by, now=now, form_token=uuid.uuid4())
    find_care_gaps(now=now + timedelta(days=50))
    cast.accepted_by(by, now=now, note="North note")
    return procedure


@pytest.fixture
def procedure():
    return an_episode_with_everything()


@pytest.fixture
def stranger():
    """Somebody who may do everything at another site."""
    south = cast.a_site("South unit", "America/New_York")
    user = cast.a_physician(south, "Physician South")
    for role in Role:
        cast.a_member(south, role, "Physician South")
    return user


def addresses_of(procedure) -> dict[str, list[str]]:
    """Every address that takes an id, filled with those of this episode."""
    observation = procedure.observations.get()
    task, flag = ImagingTask.objects.get(procedure=procedure), RedFlag.objects.get(procedure=procedure, rule_code="N1")
    slot = MonitoringSlot.objects.open().filter(procedure=procedure).first()
    ruleset = SiteRuleset.objects.get()
    ids = {
        "patient": [{"patient_id": procedure.patient.public_id}],
        "change_patient": [{"patient_id": procedure.patient.public_id}],
        "record_procedure": [{"patient_id": procedure.patient.public_id}],
        "chart": [{"procedure_id": procedure.public_id}],
        "correct_baseline": [{"procedure_id": procedure.public_id}],
        "selection": [{"procedure_id": procedure.public_id}],
        "override_selection": [{"procedure_id": procedure.public_id}],
        "discharge": [{"procedure_id": procedure.public_id}],
        "end_monitoring": [{"procedure_id": procedure.public_id}],
        "log_observation": [{"procedure_id": procedure.public_id}],
        "observation": [{"observation_id": observation.public_id}],
        "correct_observation": [{"observation_id": observation.public_id}],
        "mark_entered_in_error": [{"observation_id": observation.public_id}],
        "answer_contact": [{"contact_id": one.public_id} for one in procedure.follow_up_contacts.all()],
        "contact": [{"contact_id": procedure.follow_up_contacts.get(code="FU4").public_id}],
        "move_contact": [
            {"contact_id": procedure.follow_up_contacts.get(code="FU4").public_id, "move": move}
            for move in ("close", "reschedule", "not-reached")
        ],
        "handle_mail": [
            {"email_id": OutgoingEmail.objects.first().pk, "verb": verb} for verb in ("retry", "withhold", "bounced")
        ],
        "waive_slot": [{"slot_id": slot.pk}],
        "imaging_task": [{"task_id": task.public_id}],
        "move_imaging_task": [{"task_id": task.public_id, "hop": hop} for hop in HOPS],
        "note_task_seen": [{"task_id": task.public_id}],
        "note_flag_seen": [{"flag_id": flag.public_id}],
        **{
            name: [{"site_id": procedure.patient.site.public_id}]
            for name in (
                "rota_of_site",
                "add_duty",
                "add_weekly_duty",
                "ladders_of_site",
                "print_paper_charts",
                "keep_paper_charts",
            )
        },
        "change_ladder": [{"site_id": procedure.patient.site.public_id, "key": "URGENT"}],
        "end_duty": [{"duty_id": Duty.objects.get(site=procedure.patient.site, kind="SWAP").pk}],
        "end_weekly_duty": [{"weekly_id": WeeklyDuty.objects.get(site=procedure.patient.site).pk}],
        "accepted_shift": [{"handover_id": ShiftHandover.objects.get().public_id}],
        "flag": [{"flag_id": flag.public_id}],
        "acknowledge_flag": [{"flag_id": flag.public_id}],
        "close_flag": [{"flag_id": flag.public_id}],
        "draft_ruleset": [{"site_id": procedure.patient.site.public_id}],
        **{
            name: [{"ruleset_id": ruleset.public_id}]
            for name in (
                "ruleset",
                "rewrite_ruleset",
                "replay_ruleset",
                "approve_ruleset",
                "make_ruleset_live",
                "withdraw_ruleset",
            )
        },
        "outcomes": [{"procedure_id": procedure.public_id}],
        "correct_outcome": [{"score_id": procedure.outcome_scores.get().public_id}],
        "heights": [{"procedure_id": procedure.public_id}],
        "correct_heights": [{"measurement_id": procedure.height_measurements.get().public_id}],
        "bone_health": [{"procedure_id": procedure.public_id}],
        "record_therapy": [{"procedure_id": procedure.public_id}],
        "record_bone_facts": [{"procedure_id": procedure.public_id}],
        "correct_therapy": [{"therapy_id": procedure.bone_health_therapies.get().public_id}],
        "correct_bone_facts": [{"facts_id": procedure.bone_health_facts.get().public_id}],
        "close_bone_health_task": [{"task_id": BoneHealthTask.objects.get(procedure=procedure).public_id}],
    }
    return {name: [reverse(name, kwargs=values) for values in given] for name, given in ids.items()}


# What would change something if it were let through.
FORM = {
    "confirm": "on", "comment": "x", "reason": "x", "because": "ASLEEP", "outcome": "HANDLED", "decision": "OBSERVE",
    "ending": "TRANSFERRED",
    "result": "EXPECTED", "modality": "CT_WITHOUT_CONTRAST", "region": "L1", "form_token": "x", "family_name": "x",
    "words": "x", "kps": "70", "correction_reason": "x",
}  # fmt: skip


def test_every_address_that_takes_an_id_is_known_here(procedure):
    assert WITH_AN_ID == sorted(addresses_of(procedure))


def test_every_address_has_a_name_of_its_own():
    names = [pattern.name for pattern in patterns(get_resolver())]
    assert None not in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", WITH_AN_ID)
def test_a_member_of_another_site_gets_nothing_found(client, procedure, stranger, name):
    client.force_login(stranger)
    for address in addresses_of(procedure)[name]:
        read, sent = client.get(address), client.post(address, FORM)
        # A page that knows only one method refuses the other for everybody, so that this says nothing either.
        assert {read.status_code, sent.status_code} <= {NOT_FOUND, NOT_THAT_METHOD}, address
        assert NOT_FOUND in (read.status_code, sent.status_code), address
        for response in (read, sent):
            assert procedure.patient.family_name not in response.content.decode()


@pytest.mark.parametrize("name", WITH_AN_ID)
def test_the_answer_for_a_patient_of_another_site_is_that_for_one_who_does_not_exist(client, procedure, stranger, name):
    client.force_login(stranger)
    known = addresses_of(procedure)[name][0]
    made_up = ADDRESSES[name].pattern.converters
    values = {key: 999_999_999 if kind is get_converters()["int"] else uuid.uuid4() for key, kind in made_up.items()}
    values |= {
        name: word for name, word in {"hop": "order", "move": "close", "verb": "retry"}.items() if name in values
    }
    unknown = reverse(name, kwargs=values)
    for method in (client.get, lambda address: client.post(address, FORM)):
        there, nowhere = method(known), method(unknown)
        assert there.status_code == nowhere.status_code
        assert there.content == nowhere.content


def test_nothing_that_a_stranger_sends_leaves_a_trace(client, procedure, stranger):
    before = ChartEvent.objects.filter(patient=procedure.patient).count()
    client.force_login(stranger)
    for addresses in addresses_of(procedure).values():
        for address in addresses:
            client.get(address)
            client.post(address, FORM)
    procedure.refresh_from_db()
    assert ChartEvent.objects.filter(patient=procedure.patient).count() == before
    assert procedure.discharged_at is None
    assert ImagingTask.objects.get(procedure=procedure).state == "requested"
    assert SiteRuleset.objects.get().state == "DRAFT"
    assert BoneHealthTask.objects.get(procedure=procedure).state == "OPEN"
    north = procedure.patient.site
    assert (Duty.objects.get(site=north, kind="SWAP").ends_at, WeeklyDuty.objects.get(site=north).ended_at) == (
        None,
        None,
    )
    assert ShiftHandover.objects.count() == 1
    assert not SiteLadder.objects.filter(site=north).exists()


def test_the_lists_of_a_stranger_hold_nobody_of_the_other_site(client, procedure, stranger):
    client.force_login(stranger)
    for name in set(WITHOUT_AN_ID) - PUBLIC - {"home"}:
        shown = client.get(reverse(name)).content.decode()
        assert procedure.patient.medical_record_number not in shown, name
        assert procedure.patient.family_name not in shown, name
        assert str(procedure.public_id) not in shown, name
        assert "North note" not in shown, name


def test_the_same_addresses_open_for_a_member_of_the_site(client, procedure):
    """Else a wrong id in the table above would make every refusal true for the wrong reason."""
    physician = cast.a_physician(procedure.patient.site)
    cast.a_member(procedure.patient.site, Role.LEAD_CLINICIAN, physician.full_name)
    client.force_login(physician)
    for name, addresses in addresses_of(procedure).items():
        for address in addresses:
            assert client.get(address).status_code in (200, NOT_THAT_METHOD), name


# About a site and no patient: its administrator looks after the rota.
OF_THE_ROTA = {
    "rota_of_site", "add_duty", "add_weekly_duty", "end_duty", "end_weekly_duty", "ladders_of_site", "change_ladder",
    "handle_mail",
}  # fmt: skip


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_a_role_without_charts_finds_nothing_at_its_own_site_either(client, procedure, role):
    client.force_login(cast.a_member(procedure.patient.site, role, "No Charts"))
    for name, addresses in addresses_of(procedure).items():
        if role == Role.ADMINISTRATOR and name in OF_THE_ROTA:
            continue
        for address in addresses:
            assert {client.get(address).status_code, client.post(address, FORM).status_code} <= {404, 405}, address


def assert_signed_out(client, address: str) -> None:
    """Reading leads to the sign-in; a form that is sent comes back with its words and a way to sign in."""
    read, sent = client.get(address), client.post(address, FORM)
    assert read.status_code == 302
    assert read.url.startswith(reverse("sign_in"))
    assert sent.status_code == 403
    assert reverse("sign_in") in sent.content.decode()


@pytest.mark.parametrize("name", WITH_AN_ID)
def test_somebody_who_has_not_signed_in_is_sent_to_the_sign_in(client, procedure, name):
    before = ChartEvent.objects.count()
    for address in addresses_of(procedure)[name]:
        assert_signed_out(client, address)
        assert procedure.patient.family_name not in client.post(address, FORM).content.decode()
    assert ChartEvent.objects.count() == before


@pytest.mark.parametrize("name", sorted(set(WITHOUT_AN_ID) - PUBLIC))
def test_no_list_opens_without_a_sign_in(client, name):
    assert_signed_out(client, reverse(name))
