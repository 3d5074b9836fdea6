"""Whatever is typed into a number field, the form answers: a value, or a refusal beside the field."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from kyphotrack.staff.models import Role
from tests import bedside, cast

pytestmark = pytest.mark.django_db

NO_NUMBERS = ("NaN", "sNaN", "Infinity", "-Infinity", "1e999", "²")
ODD_NUMBERS = ("٣٧", "３７", "-0", "0x10", "1_0")
OF_EPISODE = ("log_observation", "correct_baseline", "selection", "outcomes", "record_therapy", "record_bone_facts")
PAGES = (*OF_EPISODE, "record_procedure", "draft_ruleset")
_BOX = re.compile(r'<input(?=[^>]*inputmode="(?:numeric|decimal)")[^>]*\sname="([\w-]+)"')


@pytest.fixture
def address(client, site, settings):
    settings.ODI_LICENCE_REF = "licence of the test"
    client.force_login(cast.a_member(site, Role.LEAD_CLINICIAN, "Lead One"))
    cast.a_member(site, Role.PHYSICIAN, "Lead One")
    episode = cast.an_episode(cast.a_patient(site), time_zero=datetime.now(UTC) - timedelta(hours=3))
    subject = {"record_procedure": episode.patient.public_id, "draft_ruleset": site.public_id}
    return lambda name: reverse(name, args=[subject.get(name, episode.public_id)])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("typed", (*NO_NUMBERS, *ODD_NUMBERS))
def test_the_form_answers(client, address, page, typed):
    shown = client.get(address(page))
    boxes = set(_BOX.findall(re.sub(r"<template.*?</template>", "", shown.content.decode(), flags=re.S)))
    if page == "record_therapy":
        assert not boxes  # if it gets number fields, they are tried too
    answer = client.post(address(page), bedside.filled_in(shown) | dict.fromkeys(boxes, typed))
    assert answer.status_code in (200, 302, 422)
    if boxes and typed in NO_NUMBERS:
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "%%" not in text
        beside = [name for name in boxes if bedside.beside(answer, name)]
        marked = re.findall(r'name="([\w-]+)"[^>]*aria-invalid="true"', text)
        assert boxes <= {*beside, *marked}
