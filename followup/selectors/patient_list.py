"""The patients of my sites, each with the newest episode; and one patient with all episodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Q

from followup.models import Severity
from followup.models.monitoring_status import DANGER
from followup.selectors.episode_state import EpisodeState, episode_state
from kyphotrack.staff.models import User
from patients.models import EmailConsent, Patient
from procedures.models import Procedure

PATIENTS_A_PAGE = 25


@dataclass(frozen=True)
class EpisodeLine:
    """One episode in a list. `gravest` is the severity of the gravest open flag, or None."""

    procedure: Procedure
    levels: tuple[str, ...]
    state: EpisodeState
    open_flags: int
    gravest: Severity | None


@dataclass(frozen=True)
class PatientLine:
    """One patient of the list. `open_flags` counts those of every episode, so that an old one is not lost."""

    patient: Patient
    newest: EpisodeLine | None
    open_flags: int
    gravest: Severity | None


@dataclass(frozen=True)
class PatientPage:
    lines: tuple[PatientLine, ...]
    page: Page


@dataclass(frozen=True)
class PatientSummary:
    patient: Patient
    consent: EmailConsent | None
    episodes: tuple[EpisodeLine, ...]


def patient_page(*, user: User, words: str, born: date | None, page_number: str, now: datetime) -> PatientPage:
    """One page of the patients that this person may see, by name. A page that does not exist gives the first."""
    found = Patient.objects.visible_to(user).select_related("site").order_by("family_name", "given_name", "pk")
    for word in words.split():
        found = found.filter(_names(word))
    if born:
        found = found.filter(birth_date=born)
    pages = Paginator(found, PATIENTS_A_PAGE)
    try:
        page = pages.page(page_number or 1)
    except InvalidPage:
        page = pages.page(1)
    episodes = _episodes_by_patient(list(page.object_list), now)
    return PatientPage(
        lines=tuple(_patient_line(patient, episodes.get(patient.pk, ())) for patient in page.object_list), page=page
    )


def patient_summary(*, patient: Patient, now: datetime) -> PatientSummary:
    return PatientSummary(
        patient=patient,
        consent=patient.email_consents.filter(withdrawn_at__isnull=True).first(),
        episodes=_episodes_by_patient([patient], now).get(patient.pk, ()),
    )


def _names(word: str) -> Q:
    # SQLite folds only ASCII letters, so "özdemir" would miss "Özdemir" without the second spelling.
    matches = Q(medical_record_number__istartswith=word)
    for spelling in {word, word.capitalize()}:
        matches |= Q(family_name__icontains=spelling) | Q(given_name__icontains=spelling)
    return matches


def _episodes_by_patient(patients: Sequence[Patient], now: datetime) -> dict[int, tuple[EpisodeLine, ...]]:
    """Newest first."""
    episodes: dict[int, tuple[EpisodeLine, ...]] = {}
    procedures = (
        Procedure.objects.filter(patient__in=patients)
        .select_related("monitoring_status", "patient")
        .prefetch_related("treated_levels")
        .order_by("-ended_at", "-pk")
    )
    for procedure in procedures:
        episodes[procedure.patient_id] = (*episodes.get(procedure.patient_id, ()), _episode_line(procedure, now))
    return episodes


def _episode_line(procedure: Procedure, now: datetime) -> EpisodeLine:
    status = procedure.monitoring_status
    return EpisodeLine(
        procedure=procedure,
        levels=tuple(treated.level for treated in procedure.treated_levels.all()),
        state=episode_state(procedure, now),
        open_flags=status.open_flags,
        gravest=next((Severity(name) for name, rank in DANGER.items() if rank == status.danger), None),
    )


def _patient_line(patient: Patient, episodes: Sequence[EpisodeLine]) -> PatientLine:
    return PatientLine(
        patient=patient,
        newest=episodes[0] if episodes else None,
        open_flags=sum(episode.open_flags for episode in episodes),
        gravest=min((episode.gravest for episode in episodes if episode.gravest), key=DANGER.__getitem__, default=None),
    )
