"""A lead clinician changes the thresholds of the site, through the real pages; the others read along."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from followup.models import SiteRuleset
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.rulesets import newest_live
from kyphotrack.staff.models import Role
from tests import cast
from tests.bedside import beside, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return cast.a_site()


def sign_in(client, name: str = "Lead One", site=None, role=Role.LEAD_CLINICIAN) -> None:
    client.force_login(cast.a_member(site or cast.a_site(), role, name))


def draft_page(site) -> str:
    return reverse("draft_ruleset", args=[site.public_id])


def of(ruleset: SiteRuleset, name: str) -> str:
    return reverse(name, args=[ruleset.public_id])


def text(page) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def drafted(client, site, **typed) -> SiteRuleset:
    known = set(SiteRuleset.objects.values_list("pk", flat=True))
    page = client.post(draft_page(site), opened(client, draft_page(site)) | {"reason": "Ward meeting."} | typed)
    assert page.status_code == 302, text(page)
    return SiteRuleset.objects.exclude(pk__in=known).get()


def send(client, ruleset, step: str, **typed):
    return client.post(of(ruleset, step), opened(client, of(ruleset, step)) | typed, follow=True)


def replay(client, ruleset):
    return client.post(of(ruleset, "replay_ruleset"), follow=True)


def a_past_episode(**answers):
    episode = cast.an_episode(
        cast.a_patient(cast.a_site()), time_zero=(datetime.now(UTC) - timedelta(days=3)).replace(microsecond=0)
    )
    cast.log(episode, minutes=30, **cast.a_routine_set(**answers))
    return episode


def test_stricter_by_one_lead_clinician_from_draft_to_live(client, site):
    episode = a_past_episode(pain_on_movement=6)
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    assert ruleset.changes == {"pain_severe": "6"}
    shown = text(client.get(of(ruleset, "ruleset")))
    assert "Nobody can approve this version before it was" in shown and "Read and approve" not in shown
    page = replay(client, ruleset)
    assert "Nothing would have been missed" in text(page) and "1 of 1 episode" in text(page)
    assert reverse("chart", args=[episode.public_id]) in page.content.decode()
    assert episode.patient.family_name not in page.content.decode()
    assert "It can go live now" in text(send(client, ruleset, "approve_ruleset", seen="on"))
    live = send(client, ruleset, "make_ruleset_live")
    assert "In force" in text(live)
    assert newest_live(site).pain_severe == 6
    assert ruleset.version in text(client.get(reverse("rulesets")))


def test_looser_waits_for_another_person_and_the_page_says_what_would_be_missed(client, site):
    a_past_episode(pain_on_movement=7)
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="8")
    page = text(replay(client, ruleset))
    assert "would have been missed" in page and "in 1 episode no P5 at all" in page
    page = text(send(client, ruleset, "approve_ruleset", seen="on"))
    assert "another lead clinician must approve it too" in page and "You have approved it" in page
    assert "Another person must approve it too" in text(send(client, ruleset, "approve_ruleset", seen="on"))
    assert "not possible now" in text(client.get(of(ruleset, "make_ruleset_live")))
    client.post(of(ruleset, "make_ruleset_live"))
    assert newest_live(site) == DEFAULT_RULESET
    sign_in(client, "Lead Two")
    send(client, ruleset, "approve_ruleset", seen="on")
    send(client, ruleset, "make_ruleset_live")
    assert newest_live(site).pain_severe == 8


def test_a_form_that_the_first_person_opened_is_not_signed_by_the_second(client, site):
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="8")
    replay(client, ruleset)
    form = opened(client, of(ruleset, "approve_ruleset")) | {"seen": "on"}
    sign_in(client, "Lead Two")
    assert client.post(of(ruleset, "approve_ruleset"), form).status_code == 422
    assert not ruleset.approvals.exists()


def test_without_the_tick_nothing_is_approved(client, site):
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    replay(client, ruleset)
    page = client.post(of(ruleset, "approve_ruleset"), opened(client, of(ruleset, "approve_ruleset")))
    assert page.status_code == 422 and "Tick the box to approve" in text(page)
    assert not ruleset.approvals.exists()


def test_a_replay_that_was_run_again_since_the_page_was_opened_must_be_read_again(client, site):
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    replay(client, ruleset)
    form = opened(client, of(ruleset, "approve_ruleset")) | {"seen": "on"}
    replay(client, ruleset)
    page = client.post(of(ruleset, "approve_ruleset"), form)
    assert page.status_code == 422 and "replayed again since this page was opened" in text(page)
    assert not ruleset.approvals.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pain_severe": "70"}, "Allowed is a number from 1 to 10"),
        ({"news2_urgent": "4.5"}, "Allowed is a whole number from 1 to 20"),
        ({"fever_celsius": "100.4"}, "Allowed is a number from 36 to 45"),
        ({"acknowledge_neuro_minutes": "0"}, "Allowed is a whole number from 1 to 1440"),
        ({"pain_severe": ""}, "Type a value: a number from 1 to 10. The default is 7."),
        ({"news2_urgent": "9"}, "At most 7"),
        ({"spo2_silent_percent": "95"}, "At most 93"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_with_what_is_allowed(client, site, typed, said):
    sign_in(client)
    page = client.post(draft_page(site), opened(client, draft_page(site)) | {"reason": "x"} | typed)
    assert page.status_code == 422
    assert said in beside(page, next(iter(typed)))
    assert not SiteRuleset.objects.exists()


def test_a_reason_is_asked_for_and_nothing_changed_is_said(client, site):
    sign_in(client)
    form = opened(client, draft_page(site))
    assert client.post(draft_page(site), form | {"pain_severe": "6"}).status_code == 422
    page = client.post(draft_page(site), form | {"reason": "x"})
    assert "the values that are live already" in text(page)
    assert not SiteRuleset.objects.exists()


def test_a_form_opened_before_another_version_went_live_is_shown_again_first(client, site):
    sign_in(client)
    form = opened(client, draft_page(site)) | {"reason": "x", "fever_celsius": "37.8"}
    first = drafted(client, site, pain_severe="6")
    replay(client, first)
    send(client, first, "approve_ruleset", seen="on")
    send(client, first, "make_ruleset_live")
    page = client.post(draft_page(site), form)
    assert page.status_code == 422 and "went live since this form was opened" in text(page)
    assert SiteRuleset.objects.count() == 1


def test_a_draft_written_anew_is_another_version_and_the_old_one_stays_readable(client, site):
    sign_in(client)
    first = drafted(client, site, pain_severe="8")
    replay(client, first)
    rewrite = of(first, "rewrite_ruleset")
    form = opened(client, rewrite)
    assert (form["pain_severe"], form["reason"]) == ("8", "Ward meeting.")
    client.post(rewrite, form | {"pain_severe": "6"})
    second = SiteRuleset.objects.get(number=2)
    assert (second.changes, second.replay) == ({"pain_severe": "6"}, None)
    assert "Withdrawn" in text(client.get(of(first, "ruleset")))
    assert "Written anew as" in text(client.get(of(first, "ruleset")))


def test_a_withdrawn_draft_keeps_who_and_why(client, site):
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    assert client.post(of(ruleset, "withdraw_ruleset"), {"form_token": "x"}).status_code == 422
    page = text(send(client, ruleset, "withdraw_ruleset", reason="Agreed otherwise."))
    assert "Agreed otherwise." in page and "Lead One" in page


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHYSICIAN, Role.COORDINATOR])
def test_the_others_of_the_site_read_and_change_nothing(client, site, role):
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    replay(client, ruleset)
    sign_in(client, "Reader", role=role)
    assert "6" in text(client.get(of(ruleset, "ruleset")))
    assert "Change thresholds" not in text(client.get(reverse("rulesets")))
    assert "Your role lets you read it" in text(client.get(of(ruleset, "ruleset")))
    for step in ("replay_ruleset", "approve_ruleset", "make_ruleset_live", "withdraw_ruleset", "rewrite_ruleset"):
        assert client.post(of(ruleset, step), {"seen": "on", "reason": "x"}).status_code == 403
    assert client.get(draft_page(site)).status_code == 403
    ruleset.refresh_from_db()
    assert ruleset.state == "DRAFT"


def test_the_flag_page_names_the_version_of_later_evidence(client, site):
    episode = cast.an_episode(
        cast.a_patient(site), time_zero=(datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
    )
    cast.log(episode, minutes=30, **cast.a_routine_set(pain_on_movement=8))
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    replay(client, ruleset)
    send(client, ruleset, "approve_ruleset", seen="on")
    send(client, ruleset, "make_ruleset_live")
    ruleset.refresh_from_db()
    cast.log(
        episode, minutes=(ruleset.effective_from - episode.time_zero).total_seconds() / 60 + 1,
        **cast.a_routine_set(pain_on_movement=6),
    )  # fmt: skip
    flag = episode.red_flags.get(rule_code="P5")
    page = text(client.get(reverse("flag", args=[flag.public_id])))
    assert f"rules of version {DEFAULT_RULESET.version}" in page
    assert f"By rules of version {ruleset.version}" in page


def test_the_chart_draws_the_line_of_severe_pain_where_the_site_has_it(client, site, monkeypatch):
    drawn = []
    from followup.selectors import patient_chart

    real = patient_chart.pain_plot
    monkeypatch.setattr(
        patient_chart, "pain_plot", lambda **facts: drawn.append(facts["severe_score"]) or real(**facts)
    )
    episode = a_past_episode()
    sign_in(client)
    ruleset = drafted(client, site, pain_severe="6")
    replay(client, ruleset)
    send(client, ruleset, "approve_ruleset", seen="on")
    client.get(reverse("chart", args=[episode.public_id]))
    send(client, ruleset, "make_ruleset_live")
    client.get(reverse("chart", args=[episode.public_id]))
    assert drawn == [7, 6]
