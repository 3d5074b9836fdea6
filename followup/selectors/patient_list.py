"""The patients of my sites, each with the newest episode; and one patient with all episodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Exists, OuterRef, Q

from followup.models import MonitoringStatus, Severity
from followup.models.monitoring_status import DANGER
from followup.selectors.episode_state import EpisodeState, episode_state, patients_in
from kyphotrack.staff.models import Site, User
from kyphotrack.staff.permissions import sites_of
from patients.models import EmailConsent, Patient
from patients.models.patient import PatientQuerySet
from patients.search_words import folded, spelled_out
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


@dataclass(frozen=True)
class Search:
    """What the list is narrowed by; empty means all. `operated`: the day of a procedure, at the patient's site."""

    words: str = ""
    born: date | None = None
    operated: date | None = None
    state: EpisodeState | None = None
    no_procedure: bool = False
    open_flag: bool = False


def patient_page(*, user: User, search: Search, page_number: str, now: datetime) -> PatientPage:
    """One page of the patients that this person may see, by name. A page that does not exist gives the first."""
    found = _found(Patient.objects.visible_to(user), search, sites_of(user), now)
    pages = Paginator(found.select_related("site").order_by("family_name", "given_name", "pk"), PATIENTS_A_PAGE)
    try:
        page = pages.page(page_number or 1)
    except InvalidPage:
        page = pages.page(1)
    episodes = _episodes_by_patient(list(page.object_list), now)
    return PatientPage(
        lines=tuple(_patient_line(patient, episodes.get(patient.pk, ())) for patient in page.object_list), page=page
    )


def _found(patients: PatientQuerySet, search: Search, sites: Iterable[Site], now: datetime) -> PatientQuerySet:
    for word in search.words.split():
        patients = patients.filter(_names(word))
    if search.born:
        patients = patients.filter(birth_date=search.born)
    if search.operated:
        patients = patients.filter(_operated_on(search.operated, sites))
    if search.state or search.no_procedure:
        patients = patients_in(patients, search.state, now)
    if search.open_flag:
        flagged = MonitoringStatus.objects.filter(procedure__patient=OuterRef("pk"), open_flags__gt=0)
        patients = patients.filter(Exists(flagged))
    return patients


def patient_summary(*, patient: Patient, now: datetime) -> PatientSummary:
    return PatientSummary(
        patient=patient,
        consent=patient.email_consents.filter(withdrawn_at__isnull=True).first(),
        episodes=_episodes_by_patient([patient], now).get(patient.pk, ()),
    )


def _names(word: str) -> Q:
    """A word may be the beginning of a record number, or stand in the names, in either spelling.

    Signs without a letter narrow nothing: in the names they only part words.
    """
    in_names = [
        Q(*(Q(search_words__contains=part) for part in spelling.split()))
        for spelling in {folded(word), spelled_out(word)}
        if spelling
    ]
    return reduce(or_, in_names, Q(medical_record_number__istartswith=word)) if in_names else Q()


def _operated_on(day: date, sites: Iterable[Site]) -> Q:
    """A day begins and ends by the clock of the site."""
    operated = Q(pk__in=[])
    for site in sites:
        begins = datetime.combine(day, time(), tzinfo=site.zone)
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=site.zone)
        of_site = Procedure.objects.filter(patient=OuterRef("pk"), ended_at__gte=begins, ended_at__lt=ends)
        operated |= Q(Exists(of_site), site=site)
    return operated


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
