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
