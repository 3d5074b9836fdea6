"""The ladders of a site as its page shows them."""

from dataclasses import dataclass

from followup.escalation_ladder import Hop, Ladder, LadderKey, default_ladder
from followup.models import SiteLadder
from followup.models.escalation import CHANNEL_WORDS, HOP_WORDS, LADDER_WORDS
from followup.red_flags.ruleset import Ruleset
from kyphotrack.staff.models import DutyRole, Site, User


@dataclass(frozen=True)
class RungLine:
    who: str
    after_minutes: int
    how: str


@dataclass(frozen=True)
class LadderPage:
    """`own`: the version that the site wrote; None where it never changed the default."""

    key: LadderKey
    title: str
    ladder: Ladder
    own: SiteLadder | None
    rungs: tuple[RungLine, ...]
    repeat_minutes: int
    targets: tuple[tuple[str, int], ...]

    @property
    def number(self) -> int:
        return self.own.number if self.own else 0

    @property
    def is_default(self) -> bool:
        return self.own is None or self.own.ladder is None


def ladders_of_site(site: Site, *, ruleset: Ruleset) -> tuple[LadderPage, ...]:
    own = {row.ladder_key: row for row in SiteLadder.objects.in_force().filter(site=site).select_related("made_by")}
    ladders = {key: (own[key].content if key in own else None) or default_ladder(key, ruleset) for key in LadderKey}
    named = {rung.person for ladder in ladders.values() for rung in ladder.rungs if rung.person}
    people = User.objects.in_bulk(named) if named else {}
    return tuple(_page(key, ladder, own.get(key), people, ruleset) for key, ladder in ladders.items())


def _page(
    key: LadderKey, ladder: Ladder, own: SiteLadder | None, people: dict[int, User], ruleset: Ruleset
) -> LadderPage:
    targets = {**default_ladder(key, ruleset).targets, **ladder.targets}
    return LadderPage(
        key=key,
        title=LADDER_WORDS[key],
        ladder=Ladder(ladder.rungs, ladder.repeat_every, targets),
        own=own,
        rungs=tuple(
            RungLine(
                who=people[rung.person].full_name if rung.person in people else DutyRole(rung.role).label,
                after_minutes=_minutes(rung.after),
                how=CHANNEL_WORDS[rung.channel],
            )
            for rung in ladder.rungs
        ),
        repeat_minutes=_minutes(ladder.repeat_every),
        targets=tuple((HOP_WORDS[Hop(hop)], _minutes(targets[hop])) for hop in key.hops),
    )


def _minutes(span) -> int:
    return round(span.total_seconds() / 60)
