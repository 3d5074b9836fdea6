"""A nurse calls a patient at home and enters what was answered."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from followup.models import FollowUpContact, Observation, RedFlag
from tests import cast
from tests.bedside import an_episode_hours_ago, filled_in, local_minute

pytestmark = pytest.mark.django_db


def test_trouble_breathing_told_by_phone(client, site, physician, nurse):
    episode = an_episode_hours_ago(24, cast.a_patient(site), disposition="SAME_DAY")
    contact = FollowUpContact.objects.get(procedure=episode, code="FU1")
    address = reverse("answer_contact", args=[contact.public_id])
    client.force_login(nurse)
    typed = filled_in(client.get(address)) | {
        "effective_at": local_minute(episode, timezone.now() - timedelta(minutes=1)), "source": "PHONE", "dyspnoea": "yes",
    }  # fmt: skip
    assert client.post(address, typed | {"dyspnoea": ""}).status_code == 422
    page = client.post(address, typed, follow=True)
    assert page.status_code == 200
    assert Observation.objects.get().source == "PHONE"
    assert RedFlag.objects.filter(rule_code="C4", severity="EMERGENT").exists()
    contact.refresh_from_db()
    assert contact.state == "ANSWERED"


@pytest.mark.parametrize(
    ("answer", "code", "severity"),
    [
        ({"sudden_onset": "yes"}, "P2", "URGENT"),
        ({"new_pain_site": "yes", "pain_sites": ["LEG_LEFT"]}, "LK1", "URGENT"),
        ({"said_legs_weaker": "YES"}, "N1", "EMERGENT"),
        ({"said_legs_weaker": "NOT_SURE"}, "N1", "EMERGENT"),
        ({"said_legs_numb": "YES"}, "N2", "EMERGENT"),
        ({"said_legs_numb": "NOT_SURE"}, "N2", "EMERGENT"),
        ({"saddle_sensation": "ALTERED"}, "N3", "EMERGENT"),
        ({"voiding": "NEW_TROUBLE"}, "N4", "EMERGENT"),
        ({"urinary_incontinence": "NEW_OR_WORSE"}, "N4", "EMERGENT"),
        ({"bowel": "NEW_INCONTINENCE"}, "N5", "EMERGENT"),
        ({"haemoptysis": "yes"}, "C4", "EMERGENT"),
        ({"temperature": "38.4", "temperature_unit": "C"}, "I1", "AMBER"),
        ({"rigors": "yes"}, "I2", "URGENT"),
        ({"wound_discharge": "yes"}, "I3", "AMBER"),
        ({"dressing_soaked_twice": "yes"}, "H1", "URGENT"),
        ({"fall": "yes", "pain_on_movement": "3"}, "P8", "URGENT"),
        ({"took_analgesia": "yes", "pain_relief": "NONE", "pain_at_rest": "8"}, "P4c", "URGENT"),
        ({"gait": "5"}, "N6", "EMERGENT"),
        ({"calf_swelling_or_pain": "yes"}, "D1", "URGENT"),
    ],
)
def test_each_question_of_the_call_leads_to_its_rule(client, site, physician, nurse, answer, code, severity):
    """The questions Q2 to Q15 of clinical-spec 9, each by itself through the page."""
    episode = an_episode_hours_ago(49, cast.a_patient(site), disposition="SAME_DAY")
    contact = FollowUpContact.objects.get(procedure=episode, code="FU2")
    client.force_login(nurse)
    address = reverse("answer_contact", args=[contact.public_id])
    page = client.get(address)
    for name in answer:
        assert f'name="{name}"' in page.content.decode(), name
    typed = {name: value for name, value in filled_in(page).items() if value not in ("", [""])}
    measured = local_minute(episode, timezone.now() - timedelta(minutes=1))
    sent = client.post(address, typed | {"effective_at": measured, "source": "PHONE"} | answer)
    assert sent.status_code == 302, sent.content.decode()
    assert RedFlag.objects.filter(procedure=episode, rule_code=code, severity=severity).exists()
