"""A site's own ladders: which are in force, and a change of one. The rows say who, when and why."""

import itertools
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from followup.escalation_ladder import (
    Channel,
    Hop,
    Ladder,
    LadderKey,
    clocks_of,
    default_ladder,
    for_hop,
    ladder_as_json,
)
from followup.models import SiteLadder
from followup.red_flags.ruleset import Ruleset
from kyphotrack.staff.models import Site, User

# Operations' own limit: the clocks look each 15 s, and a person needs time to answer.
SHORTEST_WAIT = timedelta(minutes=1)
MOST_RUNGS = 8


class BadLadder(ValueError):
    """A ladder that would leave somebody untold for too long; the text says why."""


class LadderOvertaken(ValueError):
    """Somebody else changed this ladder since the form was opened."""


def ladders_in_force(*, site: Site, keys: Collection[LadderKey], ruleset: Ruleset) -> dict[LadderKey, Ladder]:
    """The site's own ladder of each key, else the default: one statement."""
    own = {row.ladder_key: row.content for row in SiteLadder.objects.in_force().filter(site=site, key__in=keys)}
    return {key: own.get(key) or default_ladder(key, ruleset) for key in keys}


def ladder_of_hop(ladder: Ladder, key: LadderKey, hop: Hop, ruleset: Ruleset) -> Ladder:
    return for_hop(_with_all_targets(ladder, key, ruleset), key, hop, ruleset)


def target_of(ladder: Ladder, key: LadderKey, hop: Hop, ruleset: Ruleset) -> timedelta:
    """How long a hop may take; never off: what the ladder does not say has the default."""
    return ladder.targets.get(hop) or default_ladder(key, ruleset).targets[hop]


def _with_all_targets(ladder: Ladder, key: LadderKey, ruleset: Ruleset) -> Ladder:
    return Ladder(ladder.rungs, ladder.repeat_every, {**default_ladder(key, ruleset).targets, **ladder.targets})


def check_ladder(ladder: Ladder, *, key: LadderKey, ruleset: Ruleset) -> None:
    """Raises BadLadder. A site may be faster than its clocks, and never slower: those are thresholds, under Rules."""
    clock = clocks_of(key, ruleset).repeat_every or timedelta(hours=1)
    minutes = round(clock / timedelta(minutes=1))
    if not 1 <= len(ladder.rungs) <= MOST_RUNGS:
        raise BadLadder(f"A ladder has 1 to {MOST_RUNGS} steps.")
    first, last = ladder.rungs[0], ladder.rungs[-1]
    if first.after or first.channel is not Channel.EMAIL:
        raise BadLadder("The first step is taken at once, and by e-mail.")
    if last.channel is not Channel.EMAIL:
        raise BadLadder("The last step repeats until somebody acts, so it is an e-mail.")
    waits = [later.after - earlier.after for earlier, later in zip(ladder.rungs, ladder.rungs[1:], strict=False)]
    if any(wait < timedelta() for wait in waits):
        raise BadLadder("Each step comes at the time of the one before it, or later.")
    # Only mail reaches a person who does not look at the board.
    mailed = [rung.after for rung in ladder.rungs if rung.channel is Channel.EMAIL]
    silences = [later - earlier for earlier, later in itertools.pairwise(mailed)]
    if any(silence > clock for silence in silences):
        raise BadLadder(f"Between two e-mails lie at most {minutes} min: the clock of this severity, set under Rules.")
    if not SHORTEST_WAIT <= ladder.repeat_every <= clock:
        raise BadLadder(f"The last step repeats after 1 to {minutes} min: the clock of this severity, set under Rules.")
    ceiling = timedelta(hours=ruleset.imaging_ceiling_hours)
    if any(not SHORTEST_WAIT <= target <= ceiling for target in ladder.targets.values()):
        raise BadLadder(f"Each target is 1 min to {ruleset.imaging_ceiling_hours} h; none can be switched off.")


@transaction.atomic
def store_ladder(
    *,
    site: Site,
    key: LadderKey,
    ladder: Ladder | None,
    replaces: int,
    reason: str,
    ruleset: Ruleset,
    by: User,
    now: datetime,
    form_token: uuid.UUID,
) -> SiteLadder:
    """From now on new escalations of the site use this ladder; None: the default again. Those that run keep theirs.

    `replaces`: the number of the version that the person saw, 0 for the default. The same `form_token` again gives the
    first row. Raises BadLadder, LadderOvertaken.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    stored = SiteLadder.objects.filter(form_token=form_token, site=site).first()
    if stored:
        return stored
    newest = SiteLadder.objects.filter(site=site, key=key).order_by("-number").first()
    if (newest.number if newest else 0) != replaces:
        raise LadderOvertaken("Somebody changed this ladder since the form was opened. Look at it again.")
    if ladder:
        check_ladder(ladder, key=key, ruleset=ruleset)
    return SiteLadder.objects.create(
        site=site,
        key=key,
        number=replaces + 1,
        ladder=ladder_as_json(ladder) if ladder else None,
        reason=reason,
        made_by=by,
        made_at=now,
        form_token=form_token,
    )
