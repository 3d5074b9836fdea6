"""A hostile hand sends every new form with what no browser would put into it: it is refused in words and never crashes."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from followup.models import BoneHealthTask
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.bone_health import record_facts, record_therapy
from followup.services.bone_health_tasks import find_care_gaps
from followup.services.outcomes import record_outcome
from followup.services.ruleset_replay import replay_ruleset
from followup.services.rulesets import draft_ruleset
from kyphotrack.staff.models import Role
from tests import cast

pytestmark = pytest.mark.django_db
STRANGE = [
    "\x00",
    "x" * 2000,
    "9" * 400,
    "-1",
    str(uuid.UUID(int=7)),
    "0001-01-01",
    "9999-12-31",
    "1e999",
    "🦴'\"<b>",
    "[]",
    "٣",
]
_CONTROL = re.compile(r"<(?:input|select|textarea)\b[^>]*>")
_NAME, _VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')


@pytest.fixture
def pages(client):
    now = datetime.now(UTC)
    procedure = cast.an_episode(time_zero=now - timedelta(hours=3))
    site = procedure.patient.site
    lead = cast.a_member(site, Role.LEAD_CLINICIAN, "Lead North")
    draft = draft_ruleset(
        site=site, thresholds={"pain_severe": "6"}, replaces=DEFAULT_RULESET.version, reason="x", by=lead, now=now,
        form_token=uuid.uuid4(),
    )  # fmt: skip
    replay_ruleset(ruleset=draft, by=lead, now=now)
    about, on = {"procedure": procedure, "by": lead, "now": now}, procedure.time_zero.date()
    score = record_outcome(answers={"effective_at": now, "kps": 70}, form_token=uuid.uuid4(), **about).row
    drug = {"drug": "ALENDRONATE", "status": "CONSIDERED", "status_on": on}
    therapy = record_therapy(answers=drug, form_token=uuid.uuid4(), **about).row
    facts = record_facts(answers={"known_on": on, "fls_referred_on": on}, form_token=uuid.uuid4(), **about).row
    find_care_gaps(now=now + timedelta(days=50))
    client.force_login(lead)
    of_episode = ("selection", "override_selection", "discharge", "end_monitoring", "outcomes", "record_therapy",
                  "record_bone_facts", "correct_baseline", "log_observation")  # fmt: skip
    return {
        **{name: reverse(name, args=[procedure.public_id]) for name in of_episode},
        "record_procedure": reverse("record_procedure", args=[procedure.patient.public_id]),
        "correct_outcome": reverse("correct_outcome", args=[score.public_id]),
        "correct_therapy": reverse("correct_therapy", args=[therapy.public_id]),
        "correct_bone_facts": reverse("correct_bone_facts", args=[facts.public_id]),
        "draft_ruleset": reverse("draft_ruleset", args=[site.public_id]),
        "rewrite_ruleset": reverse("rewrite_ruleset", args=[draft.public_id]),
        "approve_ruleset": reverse("approve_ruleset", args=[draft.public_id]),
        "withdraw_ruleset": reverse("withdraw_ruleset", args=[draft.public_id]),
        "close_bone_health_task": reverse("close_bone_health_task", args=[BoneHealthTask.objects.first().public_id]),
    }


def fields_of(page: str) -> dict[str, str]:
    """Every name that the page sends, with the value that stands in it."""
    found = {}
    for control in _CONTROL.findall(page):
        name, value = _NAME.search(control), _VALUE.search(control)
        if name and ("checked" in control or "radio" not in control or name[1] not in found):
            kept = "" if "radio" in control and "checked" not in control else unescape(value[1]) if value else ""
            found[unescape(name[1])] = kept
    return found


NAMES = (
    "selection override_selection discharge end_monitoring outcomes record_therapy record_bone_facts correct_baseline "
    "log_observation record_procedure correct_outcome correct_therapy correct_bone_facts draft_ruleset rewrite_ruleset "
    "approve_ruleset withdraw_ruleset"
).split()


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("name", NAMES)
def test_the_same_strange_words_in_every_field(client, pages, name, strange):
    names = fields_of(client.get(pages[name]).content.decode())
    token = names.get("form_token", "")
    answer = client.post(pages[name], dict.fromkeys(names, strange) | {"form_token": token})
    # Any words are a reason to withdraw a draft, as long as they are words and few enough.
    assert answer.status_code == (302 if name == "withdraw_ruleset" and strange not in STRANGE[:2] else 422)


@pytest.mark.parametrize("name", NAMES)
def test_a_strange_question_in_the_address(client, pages, name):
    assert (
        client.get(pages[name], {"first_day": "\x00", "next": "//evil.example", "form_token": "x"}).status_code == 200
    )


@pytest.mark.parametrize(
    "days", [{"first_day": "\x00"}, {"last_day": "9" * 400}, {"first_day": "9999-12-31"}, {"last_day": "0001-01-01"}]
)
def test_the_figures_refuse_impossible_days(client, pages, days):
    answer = client.get(reverse("imaging_figures"), days)
    assert answer.status_code == 200
    assert b"invalid-feedback" in answer.content
