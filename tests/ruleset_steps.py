"""The way of a site's thresholds from draft to live, in short words for the tests."""

import uuid

from followup.models import SiteRuleset
from followup.services.ruleset_replay import replay_ruleset
from followup.services.rulesets import (
    approve_ruleset,
    draft_ruleset,
    make_ruleset_live,
    newest_live,
    replay_fingerprint,
)
from kyphotrack.staff.models import Role
from tests import cast
from tests.cast import T0, a_site

STRICTER = {"pain_severe": "6"}
LOOSER = {"pain_severe": "8"}


def lead(name: str = "Lead One", site=None):
    return cast.a_member(site or a_site(), Role.LEAD_CLINICIAN, name)


def a_draft(thresholds, *, site=None, now=T0, **more) -> SiteRuleset:
    site = site or a_site()
    facts = {"replaces": newest_live(site).version, "reason": "Ward meeting.", "form_token": uuid.uuid4()} | more
    return draft_ruleset(site=site, thresholds=thresholds, by=lead(site=site), now=now, **facts)


def replayed(ruleset, now=T0) -> SiteRuleset:
    return replay_ruleset(ruleset=ruleset, by=lead(site=ruleset.site), now=now)


def approved(ruleset, by, now=T0) -> SiteRuleset:
    return approve_ruleset(ruleset=ruleset, replay_seen=replay_fingerprint(ruleset), by=by, now=now)


def live(thresholds, *, site=None, now=T0) -> SiteRuleset:
    """The whole way, with as many people as it takes."""
    ruleset = replayed(a_draft(thresholds, site=site, now=now), now)
    for name in ("Lead One", "Lead Two")[: 2 if ruleset.needs_second_person else 1]:
        ruleset = approved(ruleset, lead(name, ruleset.site), now)
    return make_ruleset_live(ruleset=ruleset, by=lead(site=ruleset.site), now=now)
