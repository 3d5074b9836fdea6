"""Small made cohorts whose figures are known: episodes of other patients each, a year and more ago, and rows of theirs."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from followup.models import HeightMeasurement, Observation, OutcomeScore, RedFlag
from followup.selectors.cohort.report import CohortReport, cohort_report
from kyphotrack.staff.models import Site, User
from procedures.models import Procedure, SelectionReview
from tests import cast

T0 = datetime(2025, 3, 10, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_numbers = count(1)


def the_physician(site: Site | None = None) -> User:
    return cast.a_physician(site or cast.a_site())


def an_episode(
    site: Site | None = None, *, before: int | None = 8, leak: str = "NONE", fractured: int | None = None, **facts
):
    """Of a patient of its own. `before`: pain at the baseline; `fractured`: days before T0; `leak`: of all levels."""
    site = site or cast.a_site()
    time_zero = facts.pop("time_zero", T0)
    baseline = cast.a_baseline(
        effective_at=time_zero - timedelta(hours=3), pain_at_rest=None, pain_on_movement=before and Decimal(before)
    )
    patient = facts.pop("patient", None) or cast.a_patient(site, f"COHORT-{next(_numbers)}")
    episode = cast.an_episode(patient, time_zero=time_zero, baseline=baseline, **facts)
    episode.treated_levels.update(leakage=leak)
    if fractured is not None:
        day = time_zero.date() - timedelta(days=fractured)
        episode.fractures.update(fractured_on=day, date_precision="DAY")
    return episode


def pain(episode: Procedure, score: float | None, *, hours: float = 0, days: float = 0, **columns) -> Observation:
    """A bare row, so that no rule runs: what a rule makes of it is told elsewhere."""
    at = episode.time_zero + timedelta(days=days, hours=hours)
    return Observation.objects.create(
        procedure=episode, source="NURSE", form_token=uuid.uuid4(), effective_at=at, recorded_at=at,
        ruleset_version="test", pain_on_movement=None if score is None else Decimal(str(score)),
        **{"pain_scale": "NRS"} | columns,
    )  # fmt: skip


def scores(episode: Procedure, *, days: float, **columns) -> OutcomeScore:
    at = episode.time_zero + timedelta(days=days)
    sections = {"odi_s1": 1} if "odi_percent" in columns else {}
    return OutcomeScore._default_manager.create(
        procedure=episode, effective_at=at, recorded_at=at, recorded_by=cast.a_nurse(episode.patient.site),
        form_token=uuid.uuid4(), ruleset_version="test", **sections, **columns,
    )  # fmt: skip


def heights(episode: Procedure, level: str, *, days: int, **millimetres) -> HeightMeasurement:
    """`anterior`, `mid`, `posterior`, `above`, `below`, on an image so many days after the procedure's (in UTC)."""
    return HeightMeasurement._default_manager.create(
        procedure=episode, level=level, imaged_on=episode.time_zero.date() + timedelta(days=days), recorded_at=NOW,
        recorded_by=cast.a_nurse(episode.patient.site), form_token=uuid.uuid4(), **height_columns(**millimetres),
    )  # fmt: skip


def height_columns(**millimetres: float) -> dict[str, Decimal]:
    return {
        f"height_{place}_millimetres" if place in ("above", "below") else f"{place}_height_millimetres": Decimal(str(value))
        for place, value in millimetres.items()
    }  # fmt: skip


def took_pain_medicine_before(episode: Procedure, answer: str) -> None:
    SelectionReview.objects.create(
        procedure=episode, analgesics=answer, recorded_at=T0, recorded_by=cast.a_nurse(episode.patient.site),
        form_token=uuid.uuid4(), analgesics_reason="x" if answer == "CONTRAINDICATED" else "",
    )  # fmt: skip


def a_flag(episode: Procedure, rule_code: str = "P5", *, closed: str = "", **columns) -> RedFlag:
    """`closed`: the outcome with which a physician closed it."""
    by = the_physician(episode.patient.site)
    ending = {"state": "CLOSED", "closed_at": NOW, "closed_by": by, "outcome": closed, "closing_reason": "x"}
    return RedFlag.objects.create(
        procedure=episode, rule_code=rule_code, rule_title=f"Rule {rule_code}", ruleset_version="test", reason="x",
        citation={}, category="PAIN", raised_at=episode.time_zero + timedelta(hours=1),
        **{"severity": "AMBER"} | columns, **(ending if closed else {}),
    )  # fmt: skip


def strike_out(row) -> None:
    """As the services do it: a new row that says so, in the old one's place."""
    columns = {"procedure": row.procedure, "effective_at": getattr(row, "effective_at", None), "recorded_at": NOW}
    if isinstance(row, HeightMeasurement):
        columns = {"procedure": row.procedure, "level": row.level, "imaged_on": row.imaged_on, "recorded_at": NOW}
    if not isinstance(row, HeightMeasurement):
        columns["ruleset_version"] = "test"
    if isinstance(row, Observation):
        columns["source"] = "NURSE"
    else:
        columns["recorded_by"] = row.recorded_by
    type(row)._default_manager.create(
        **columns, form_token=uuid.uuid4(), supersedes=row, correction_reason="x", entered_in_error=True
    )


def report(user: User | None = None, *, sites=None, starts_at=T0 - timedelta(days=30), ends_at=NOW) -> CohortReport:
    user = user or the_physician()
    made = cohort_report(
        user=user, sites=sites or list(Site.objects.all()), starts_at=starts_at, ends_at=ends_at, now=NOW
    )
    assert made is not None
    return made


def row_of(made: CohortReport, code: str, group: str = "ALL"):
    section = next(one for one in made.sections if one.code == code)
    return next(line.row for line in section.lines if line.row.group == group)


def values(row) -> tuple[float | None, ...]:
    return tuple(None if one.value is None else round(one.value, 2) for one in row.estimates)
