"""The pain scores of a cohort: before, nearest to a day, at two weeks, at a year, and the first one with relief.

The database picks the few scores that count, since an episode has dozens. A score that an observer rated (PAINAD) never
does, nor a row that was corrected or entered in error.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Case, F, Max, Min, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber

from followup.cohort.benchmarks import RELIEF
from followup.cohort.episode import Pain
from followup.cohort.intervals import Wait
from followup.models import Observation
from followup.selectors.cohort.counting import counting
from procedures.models import Baseline, MeasuredState, Procedure

_DAY = timedelta(days=1)
_EARLIEST, _LATEST = timedelta(hours=2), timedelta(hours=48)
_BASELINE_FOR = timedelta(days=7)
_SCORED = Q(pain_at_rest__isnull=False) | Q(pain_on_movement__isnull=False)
# Every scale but PAINAD; blank is the number that was asked for.
_ASKED = ("", *(scale.value for scale in MeasuredState.PainScale if scale != MeasuredState.PainScale.PAINAD))
_T0 = F("procedure__ended_at")
_BEFORE = "procedure__baselines__"


def _baselines(scope: QuerySet[Procedure]) -> QuerySet[Baseline]:
    """Those of the last seven days with a score."""
    recent = {"effective_at__gte": _T0 - _BASELINE_FOR, "effective_at__lte": _T0}
    return counting(Baseline.objects.filter(_SCORED, procedure__in=scope, pain_scale__in=_ASKED, **recent))


def pain_before(scope: QuerySet[Procedure]) -> dict[int, Pain]:
    """By episode: what the baseline says, where it is of the last seven days."""
    return {
        episode: Pain(rest, movement)
        for episode, rest, movement in _baselines(scope).values_list("procedure_id", "pain_at_rest", "pain_on_movement")
    }


def _scores(scope: QuerySet[Procedure]) -> QuerySet[Observation]:
    return counting(Observation.objects.filter(_SCORED, procedure__in=scope, pain_scale__in=_ASKED))


def pain_nearest_a_day(scope: QuerySet[Procedure]) -> dict[int, Pain]:
    """By episode: of the scores from 2 h to 48 h after T0 that nearest to 24 h; of two as near, the earlier."""
    away = Case(
        When(effective_at__lte=_T0 + _DAY, then=_T0 + _DAY - F("effective_at")), default=F("effective_at") - _T0 - _DAY
    )
    nearest = (
        _scores(scope)
        .filter(effective_at__gte=_T0 + _EARLIEST, effective_at__lte=_T0 + _LATEST)
        .annotate(place=Window(RowNumber(), partition_by=F("procedure_id"), order_by=[away, "effective_at", "pk"]))
        .filter(place=1)
    )
    return {
        episode: Pain(rest, movement)
        for episode, rest, movement in nearest.values_list("procedure_id", "pain_at_rest", "pain_on_movement")
    }


def pain_at_contacts(scope: QuerySet[Procedure]) -> dict[tuple[int, str], Pain]:
    """By episode and contact (FU4, FU8): what answered the contact, else the score in its window nearest to its due time."""
    window = "procedure__follow_up_contacts__"
    rows = _scores(scope).filter(
        **{
            f"{window}code__in": ("FU4", "FU8"),
            "effective_at__gte": F(f"{window}window_opens_at"),
            "effective_at__lt": F(f"{window}window_closes_at"),
        }
    )
    best: dict[tuple[int, str], tuple[tuple[bool, timedelta, int], Pain]] = {}
    columns = ("pk", "procedure_id", f"{window}code", f"{window}due_at", f"{window}observation_id")
    for pk, episode, code, due_at, answer, at, rest, movement in rows.values_list(
        *columns, "effective_at", "pain_at_rest", "pain_on_movement"
    ):
        rank = (pk != answer, abs(at - due_at), pk)
        if (episode, code) not in best or rank < best[episode, code][0]:
            best[episode, code] = (rank, Pain(rest, movement))
    return {key: pain for key, (_rank, pain) in best.items()}


def waits_for_relief(scope: QuerySet[Procedure]) -> dict[int, Wait]:
    """By episode: days from T0 to the first score with relief, or to the last score that can be compared.

    Like is compared with like: on movement where both were asked, else at rest (`cohort.episode.like_with_like`).
    """
    fall = Case(
        *(
            When(
                **{f"{_BEFORE}{name}__isnull": False, f"{name}__isnull": False},
                then=F(f"{_BEFORE}{name}") - F(name),
            )
            for name in ("pain_on_movement", "pain_at_rest")
        )
    )
    rows = (
        _scores(scope)
        .filter(effective_at__gt=_T0, procedure__baselines__in=_baselines(scope))
        .annotate(relieved_by=fall)
        .filter(relieved_by__isnull=False)
        .values("procedure_id", "procedure__ended_at")
        .annotate(first=Min("effective_at", filter=Q(relieved_by__gte=RELIEF)), last=Max("effective_at"))
    )
    return dict(_waits(rows.values_list("procedure_id", "procedure__ended_at", "first", "last")))


def _waits(rows: QuerySet) -> Iterator[tuple[int, Wait]]:
    for episode, time_zero, first, last in rows:
        until: datetime = first or last
        yield episode, Wait((until - time_zero) / _DAY, happened=first is not None)
