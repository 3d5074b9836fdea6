"""Whether a cord injury makes NEWS2 doubtful, by the newest answer to each item of the exam."""

from collections.abc import Iterable, Sequence

from followup.red_flags.neurology import newest_answers
from followup.red_flags.news2 import news2_caution
from procedures.models import MeasuredState


def caution_with_news2(oldest_first: Iterable[MeasuredState], treated_levels: Sequence[str]) -> str:
    """The sentence to show with the score, or none. The baseline counts until an item is examined again."""
    newest = newest_answers((row.effective_at, row.neurology) for row in oldest_first)
    return news2_caution({name: answer for name, (answer, _examined_at) in newest.items()}, treated_levels)
