"""The episodes of a cohort as the pure figures want them. Sixteen statements, however many episodes there are."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet

from followup.cohort.episode import Episode, Group, age_of, cause_of
from followup.models import MedicationDose, Observation, OutcomeScore, RedFlag
from followup.selectors.cohort.counting import counting
from followup.selectors.cohort.pain import pain_at_contacts, pain_before, pain_nearest_a_day, waits_for_relief
from followup.selectors.cohort.vertebrae import TreatedVertebrae
from procedures.models import Procedure, SelectionReview

_T0 = F("procedure__ended_at")
_SECOND_DAY = (timedelta(hours=24), timedelta(hours=48))
_ODI_BEFORE_FOR = timedelta(days=30)
# Day 21 to day 45, whole days from T0.
_A_MONTH = (timedelta(days=21), timedelta(days=46))
_TOOK_BEFORE = {"YES": True, "NO": False, "CONTRAINDICATED": False}
# What a cement leak can cause: the leak itself, nerves and cord, heart and lung (clinical-spec 6.4, B9).
_OF_A_LEAK = ("LK1", "N", "C")


def cohort_episodes(scope: QuerySet[Procedure], flags: Iterable[RedFlag]) -> list[tuple[int, Episode]]:
    """Each with its key. `flags`: those of the same episodes."""
    before, at_a_day, at_contacts = pain_before(scope), pain_nearest_a_day(scope), pain_at_contacts(scope)
    relief, vertebrae, scores = waits_for_relief(scope), TreatedVertebrae(scope), _Scores(scope)
    analgesia_before, second_day = _analgesia_before(scope), _analgesia_on_second_day(scope)
    leak_flags = _leak_flags(flags)
    episodes = []
    for episode, patient, zone, kind, aetiology, time_zero in scope.values_list(
        "pk", "patient_id", "patient__site__time_zone", "kind", "aetiology", "ended_at"
    ):
        on, cause = time_zero.astimezone(ZoneInfo(zone)).date(), cause_of(aetiology)
        acute = vertebrae.acute(episode, on=on)
        groups = [Group(patient, kind, cause, age_of([one])) for one in acute]
        known = Episode(
            group=Group(patient, kind, cause, age_of(acute)),
            pain_before=before.get(episode),
            pain_at_a_day=at_a_day.get(episode),
            pain_at_two_weeks=at_contacts.get((episode, "FU4")),
            pain_at_a_year=at_contacts.get((episode, "FU8")),
            relief=relief.get(episode),
            odi_before=scores.odi_before.get(episode),
            odi_at_a_year=scores.odi_at_a_year.get(episode),
            kps_before=scores.kps_before.get(episode),
            kps_at_a_month=scores.kps_at_a_month.get(episode),
            analgesia_before=analgesia_before.get(episode),
            analgesia_on_second_day=second_day.get(episode),
            vertebrae=tuple(vertebrae.of(episode, groups, on=on)),
            leak_confirmed=leak_flags.get(episode, False),
        )
        episodes.append((episode, known))
    return episodes


class _Scores:
    """By episode: the last score before T0, that nearest to day 30, and that of the twelve-month contact."""

    def __init__(self, scope: QuerySet[Procedure]):
        self.odi_before: dict[int, int] = {}
        self.odi_at_a_year: dict[int, int] = {}
        self.kps_before: dict[int, int] = {}
        self.kps_at_a_month: dict[int, int] = {}
        scored = counting(OutcomeScore._default_manager.filter(procedure__in=scope))
        early = scored.filter(
            Q(odi_percent__isnull=False) | Q(kps__isnull=False), effective_at__lt=_T0 + _A_MONTH[1]
        ).order_by("effective_at", "pk")
        nearest: dict[int, timedelta] = {}
        for episode, after, odi, kps in early.annotate(after=F("effective_at") - _T0).values_list(
            "procedure_id", "after", "odi_percent", "kps"
        ):
            if -_ODI_BEFORE_FOR <= after <= timedelta(0):
                # Later ones take the place of earlier ones.
                self.odi_before |= {} if odi is None else {episode: odi}
                self.kps_before |= {} if kps is None else {episode: kps}
            elif after >= _A_MONTH[0] and kps is not None:
                away = abs(after - timedelta(days=30))
                if episode not in nearest or away < nearest[episode]:
                    nearest[episode], self.kps_at_a_month[episode] = away, kps
        window = "procedure__follow_up_contacts__"
        at_a_year = scored.filter(
            odi_percent__isnull=False,
            **{
                f"{window}code": "FU8",
                "effective_at__gte": F(f"{window}window_opens_at"),
                "effective_at__lt": F(f"{window}window_closes_at"),
            },
        )
        best: dict[int, timedelta] = {}
        for episode, at, due_at, odi in at_a_year.order_by("effective_at", "pk").values_list(
            "procedure_id", "effective_at", f"{window}due_at", "odi_percent"
        ):
            away = abs(at - due_at)
            if episode not in best or away < best[episode]:
                best[episode], self.odi_at_a_year[episode] = away, odi


def _analgesia_before(scope: QuerySet[Procedure]) -> dict[int, bool | None]:
    """As the selection criteria say (E2a). Blank is not known."""
    rows = counting(SelectionReview.objects.filter(procedure__in=scope))
    return {episode: _TOOK_BEFORE.get(answer) for episode, answer in rows.values_list("procedure_id", "analgesics")}


def _analgesia_on_second_day(scope: QuerySet[Procedure]) -> dict[int, bool]:
    """A dose that was given from 24 h to 48 h after T0, or the answer of a check in that time. Neither: not known."""
    first, last = (_T0 + hours for hours in _SECOND_DAY)
    asked = Observation.objects.filter(
        procedure__in=scope, effective_at__gte=first, effective_at__lte=last, took_analgesia__isnull=False
    )
    answers = counting(asked).values("procedure_id").annotate(took=Count("pk", filter=Q(took_analgesia=True)))
    known = {episode: took > 0 for episode, took in answers.values_list("procedure_id", "took")}
    t0 = F("observation__procedure__ended_at")
    doses = MedicationDose.objects.filter(
        observation__in=counting(Observation.objects.filter(procedure__in=scope)),
        given_at__gte=t0 + _SECOND_DAY[0],
        given_at__lte=t0 + _SECOND_DAY[1],
    )
    return known | dict.fromkeys(doses.values_list("observation__procedure_id", flat=True).distinct(), True)


def _leak_flags(flags: Iterable[RedFlag]) -> dict[int, bool | None]:
    """By episode with a flag that a leak can cause: whether one was confirmed; None while one is open and none was."""
    found: dict[int, bool | None] = {}
    for flag in flags:
        if not flag.rule_code.startswith(_OF_A_LEAK):
            continue
        if flag.outcome == RedFlag.Outcome.CONFIRMED:
            found[flag.procedure_id] = True
        elif flag.state != RedFlag.State.CLOSED:
            found.setdefault(flag.procedure_id, None)
    return found
