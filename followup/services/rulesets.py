"""A site's own thresholds: which are in force, and the way of a change from draft to live.

Stricter takes one person, looser two, and nobody approves what they have not seen replayed. The rows say who, when and
why; no chart event is written, because this is about no patient.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from followup.models import RulesetApproval, SiteRuleset
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from followup.red_flags.site_thresholds import as_typed, changes_of, differences, parse_changes, ruleset_with
from kyphotrack.language import stored
from kyphotrack.staff.models import Site, User
from procedures.models import Procedure

State = SiteRuleset.State
OPEN = (State.DRAFT, State.PROPOSED, State.APPROVED)

TRANSITIONS: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.PROPOSED, State.APPROVED, State.WITHDRAWN}),
    State.PROPOSED: frozenset({State.APPROVED, State.WITHDRAWN}),
    State.APPROVED: frozenset({State.LIVE, State.WITHDRAWN}),
    State.LIVE: frozenset(),
    State.WITHDRAWN: frozenset(),
}


class IllegalStep(ValueError):
    """The version is not in a state from which this step leads."""


class NothingChanged(ValueError):
    """The typed values are those that are in force."""


class Overtaken(ValueError):
    """Another version went live since, so that this one would be compared with what is no longer in force."""


class NotReplayed(ValueError):
    """The replay of exactly this version was not shown to the person who approves."""


class ApprovedAlready(ValueError):
    """The same person does not count twice."""


def ruleset_of(*, site: Site, at: datetime) -> Ruleset:
    """The thresholds in force at a site: its latest live version, else the defaults."""
    return ruleset_from(SiteRuleset.objects.in_force(at).filter(site=site).first())


def with_ruleset(episodes: QuerySet[Procedure], *, at: datetime) -> QuerySet[Procedure]:
    """The episodes, each with what `ruleset_of_episode` reads, in the same statement: no save pays for it."""
    in_force = SiteRuleset.objects.in_force(at).filter(site=OuterRef("patient__site"))
    return episodes.annotate(
        ruleset_number=Subquery(in_force.values("number")[:1]), ruleset_changes=Subquery(in_force.values("changes")[:1])
    )


def ruleset_of_episode(procedure: Procedure) -> Ruleset:
    """The thresholds in force at the site of an episode that was read by `with_ruleset`."""
    read = vars(procedure)
    return _ruleset(procedure.patient.site_id, read["ruleset_number"], read["ruleset_changes"])


def rulesets_over_time(sites: Collection[Site]) -> Callable[[int, datetime], Ruleset]:
    """Which thresholds a site used at a moment, for many moments of these sites: one statement for all of them."""
    live = SiteRuleset.objects.live().filter(site__in=sites)
    versions = [(row.site_id, row.effective_from, ruleset_from(row)) for row in live if row.effective_from]

    def in_force(site_id: int, at: datetime) -> Ruleset:
        began = (ruleset for site, since, ruleset in versions if site == site_id and since <= at)
        return next(began, DEFAULT_RULESET)

    return in_force


def ruleset_from(row: SiteRuleset | None) -> Ruleset:
    """A stored version, or the defaults, as the rules read it."""
    return _ruleset(row.site_id, row.number, row.changes) if row else DEFAULT_RULESET


def _ruleset(site_id: int, number: int | None, changes: Mapping[str, str]) -> Ruleset:
    return ruleset_with(changes, version=_version(site_id, number)) if number else DEFAULT_RULESET


def _version(site_id: int, number: int) -> str:
    """Names the defaults too: when they change, the same row of a site makes another ruleset."""
    return f"{DEFAULT_RULESET.version}-{site_id}.{number}"


def newest_live(site: Site) -> Ruleset:
    """What a change is compared with, whatever the clock of the process that made it live."""
    return ruleset_from(SiteRuleset.objects.live().filter(site=site).first())


@transaction.atomic
def draft_ruleset(
    *,
    site: Site,
    thresholds: Mapping[str, str],
    replaces: str,
    reason: str,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
    instead_of: SiteRuleset | None = None,
) -> SiteRuleset:
    """Store a change of thresholds as a new version. `replaces`: the version in force that the person saw.

    `thresholds`: as typed; one that is absent has its default, whatever is live now.
    `instead_of`, an open version that is written anew, is withdrawn, and its replay and approvals with it. The same
    `form_token` again gives the first row. Raises BadThreshold, NothingChanged, Overtaken, IllegalStep.
    """
    _lock_site(site)
    stored = SiteRuleset.objects.filter(form_token=form_token, site=site).first()
    if stored:
        return stored
    live = newest_live(site)
    if live.version != replaces:
        raise Overtaken(f"Version {live.version} went live since this form was opened. Look at the live values again.")
    wanted = parse_changes(thresholds)
    differing = differences(wanted, live)
    if not differing:
        raise NothingChanged("These are the values that are live already. Nothing was stored.")
    number = SiteRuleset.objects.filter(site=site).count() + 1
    if instead_of:
        reason_to_end = f"Written anew as {_version(site.pk, number)}."
        withdraw_ruleset(ruleset=instead_of, reason=reason_to_end, by=by, now=now)
    return SiteRuleset.objects.create(
        site=site,
        number=number,
        version=_version(site.pk, number),
        base_version=DEFAULT_RULESET.version,
        changes=changes_of(wanted),
        replaces=live.version,
        differences=[
            asdict(one) | {"old": as_typed(one.old), "new": as_typed(one.new), "is_looser": one.is_looser}
            for one in differing
        ],
        needs_second_person=any(one.is_looser for one in differing),
        reason=reason,
        drafted_by=by,
        drafted_at=now,
        form_token=form_token,
    )


@transaction.atomic
def approve_ruleset(*, ruleset: SiteRuleset, replay_seen: str, by: User, now: datetime) -> SiteRuleset:
    """Stand for a version whose replay was shown. `replay_seen`: the fingerprint that stood on the page.

    Raises NotReplayed, ApprovedAlready, Overtaken, IllegalStep.
    """
    ruleset = _lock(ruleset)
    people = set(ruleset.approvals.values_list("user", flat=True))
    if by.pk in people:
        raise ApprovedAlready("You have approved this version. Another person must approve it too.")
    enough = len(people) + 1 >= approvals_needed(ruleset)
    _check_step(ruleset, State.APPROVED if enough else State.PROPOSED)
    _check_not_overtaken(ruleset)
    if ruleset.replay is None or replay_seen != replay_fingerprint(ruleset):
        raise NotReplayed("Look at the replay of this version first. Nothing was approved.")
    RulesetApproval.objects.create(ruleset=ruleset, user=by, at=now, replay_seen=replay_seen)
    ruleset.state = State.APPROVED if enough else State.PROPOSED
    ruleset.save(update_fields=["state"])
    return ruleset


@transaction.atomic
def make_ruleset_live(*, ruleset: SiteRuleset, by: User, now: datetime) -> SiteRuleset:
    """From now on the site's assessments use this version. Raises IllegalStep, Overtaken."""
    ruleset = _lock(ruleset)
    _check_step(ruleset, State.LIVE)
    _check_not_overtaken(ruleset)
    ruleset.state, ruleset.effective_from, ruleset.made_live_by = State.LIVE, now, by
    ruleset.save(update_fields=["state", "effective_from", "made_live_by"])
    return ruleset


@transaction.atomic
def withdraw_ruleset(*, ruleset: SiteRuleset, reason: str, by: User, now: datetime) -> SiteRuleset:
    """End a version that is not live. A live one is only ever replaced by another. Raises IllegalStep."""
    ruleset = _lock(ruleset)
    _check_step(ruleset, State.WITHDRAWN)
    ruleset.state, ruleset.withdrawn_at, ruleset.withdrawn_by = State.WITHDRAWN, now, by
    ruleset.withdrawal_reason = reason
    ruleset.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    return ruleset


@transaction.atomic
def store_replay(*, ruleset: SiteRuleset, replay: dict, by: User, now: datetime) -> SiteRuleset:
    """Keep what a replay showed. Once somebody has approved it, it stays as it was seen. Raises IllegalStep, Overtaken."""
    ruleset = _lock(ruleset)
    check_may_be_replayed(ruleset)
    ruleset.replay, ruleset.replayed_at, ruleset.replayed_by = replay, now, by
    ruleset.save(update_fields=["replay", "replayed_at", "replayed_by"])
    return ruleset


def check_may_be_replayed(ruleset: SiteRuleset) -> None:
    """Raises IllegalStep, Overtaken."""
    if ruleset.state != State.DRAFT:
        raise IllegalStep(f"This version is no draft any more: {stored(ruleset.get_state_display()).lower()}.")
    _check_not_overtaken(ruleset)


def approvals_needed(ruleset: SiteRuleset) -> int:
    return 2 if ruleset.needs_second_person else 1


def is_overtaken(ruleset: SiteRuleset) -> bool:
    """Whether an open version was written against thresholds that are no longer in force."""
    return ruleset.state in OPEN and newest_live(ruleset.site).version != ruleset.replaces


def replay_fingerprint(ruleset: SiteRuleset) -> str:
    """Of exactly this content, against exactly what is in force, with exactly this replay."""
    shown = [ruleset.version, ruleset.changes, ruleset.replaces, ruleset.replay]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def _lock_site(site: Site) -> None:
    """One change of a site's rules at a time. Not the key: saves of its patients go on."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def _lock(ruleset: SiteRuleset) -> SiteRuleset:
    _lock_site(ruleset.site)
    return SiteRuleset.objects.select_related("site").get(pk=ruleset.pk)


def _check_step(ruleset: SiteRuleset, to_state: str) -> None:
    if to_state not in TRANSITIONS[ruleset.state]:
        now_it_is = stored(ruleset.get_state_display()).lower()
        raise IllegalStep(f"This version is: {now_it_is}. It cannot become: {stored(State(to_state).label).lower()}.")


def _check_not_overtaken(ruleset: SiteRuleset) -> None:
    if is_overtaken(ruleset):
        raise Overtaken(
            f"Other thresholds went live since this version was written against {ruleset.replaces}. Write it anew."
        )
