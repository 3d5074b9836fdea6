"""What the pages about a site's thresholds show: versions, what each changes, and what may be done with it now."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from followup.models import RulesetApproval, SiteRuleset
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from followup.red_flags.site_thresholds import (
    SECTIONS,
    allowed,
    as_typed,
    lower_is_stricter,
    meaning_of,
    source_of,
)
from followup.red_flags.threshold_sources import SOURCES
from followup.services.rulesets import (
    OPEN,
    approvals_needed,
    is_overtaken,
    newest_live,
    replay_fingerprint,
    ruleset_from,
)
from kyphotrack.staff.models import Site, User
from kyphotrack.staff.permissions import Capability, sites_of

State = SiteRuleset.State


@dataclass(frozen=True)
class ThresholdLine:
    """One threshold as the pages show it; values as they would be typed. `value` is that of the version shown."""

    name: str
    meaning: str
    default: str
    live: str
    value: str
    stricter: str
    source: str
    source_words: str
    allowed: str

    @property
    def is_own(self) -> bool:
        return self.value != self.default


@dataclass(frozen=True)
class Change:
    """One threshold that a version changes, as it stood when it was drafted."""

    name: str
    meaning: str
    old: str
    new: str
    is_looser: bool


@dataclass(frozen=True)
class SiteRules:
    """The versions of one site, the newest first. `in_force` is None while the defaults are."""

    site: Site
    in_force: SiteRuleset | None
    version: str
    versions: tuple[SiteRuleset, ...]
    may_change: bool


@dataclass(frozen=True)
class RulesetPage:
    ruleset: SiteRuleset
    changes: tuple[Change, ...]
    sections: Mapping[str, tuple[ThresholdLine, ...]]
    approvals: tuple[RulesetApproval, ...]
    approvals_needed: int
    overtaken: bool
    in_force: bool
    replaced_at: datetime | None
    replay_fingerprint: str

    @property
    def is_open(self) -> bool:
        return self.ruleset.state in OPEN

    @property
    def may_be_replayed(self) -> bool:
        return self.ruleset.state == State.DRAFT and not self.overtaken

    @property
    def may_be_approved(self) -> bool:
        waits = self.ruleset.state in (State.DRAFT, State.PROPOSED)
        return waits and self.ruleset.replay is not None and not self.overtaken

    @property
    def may_go_live(self) -> bool:
        return self.ruleset.state == State.APPROVED and not self.overtaken

    @property
    def loosened(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.is_looser)

    def was_approved_by(self, user: User) -> bool:
        return any(approval.user_id == user.pk for approval in self.approvals)


def rules_of_sites(*, user: User, now: datetime) -> tuple[SiteRules, ...]:
    """The thresholds of every site whose charts this person may open."""
    versions: dict[int, list[SiteRuleset]] = defaultdict(list)
    for row in SiteRuleset.objects.visible_to(user).select_related("drafted_by").order_by("-number"):
        versions[row.site_id].append(row)
    may_change = set(sites_of(user, Capability.CHANGE_RULES).values_list("pk", flat=True))
    found = []
    for site in sites_of(user).order_by("name"):
        live = [row for row in versions[site.pk] if row.effective_from and row.effective_from <= now]
        in_force = max(live, key=_start, default=None)
        found.append(
            SiteRules(
                site=site,
                in_force=in_force,
                version=ruleset_from(in_force).version,
                versions=tuple(versions[site.pk]),
                may_change=site.pk in may_change,
            )
        )
    return tuple(found)


def _start(row: SiteRuleset) -> datetime:
    assert row.effective_from is not None  # noqa: S101 - only live ones are asked
    return row.effective_from


def ruleset_page(ruleset: SiteRuleset) -> RulesetPage:
    """One version, with the people who stand for it and the time that a later one took over."""
    live = newest_live(ruleset.site)
    later = None
    if ruleset.effective_from:
        starts = SiteRuleset.objects.live().filter(site=ruleset.site, effective_from__gt=ruleset.effective_from)
        later = starts.values_list("effective_from", flat=True).last()
    return RulesetPage(
        ruleset=ruleset,
        changes=tuple(
            Change(one["name"], _meaning(one["name"]), one["old"], one["new"], one["is_looser"])
            for one in ruleset.differences
        ),
        sections=threshold_sections(ruleset_from(ruleset), live=live),
        approvals=tuple(ruleset.approvals.select_related("user").order_by("at", "pk")),
        approvals_needed=approvals_needed(ruleset),
        overtaken=is_overtaken(ruleset),
        in_force=ruleset.state == State.LIVE and later is None,
        replaced_at=later,
        replay_fingerprint=replay_fingerprint(ruleset),
    )


def threshold_sections(shown: Ruleset, *, live: Ruleset) -> dict[str, tuple[ThresholdLine, ...]]:
    """Every threshold in the order of the table, under its heading."""
    return {
        title: tuple(
            ThresholdLine(
                name=name,
                meaning=meaning_of(name),
                default=as_typed(getattr(DEFAULT_RULESET, name)),
                live=as_typed(getattr(live, name)),
                value=as_typed(getattr(shown, name)),
                stricter="lower is stricter" if lower_is_stricter(name) else "higher is stricter",
                source=source_of(name),
                source_words=SOURCES[source_of(name)],
                allowed=allowed(name),
            )
            for name in names
        )
        for title, names in SECTIONS.items()
    }


def _meaning(name: str) -> str:
    """Of a threshold that may no longer exist."""
    return meaning_of(name) if hasattr(DEFAULT_RULESET, name) else name
