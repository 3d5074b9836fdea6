"""How a row that a person typed is stored: once a form, and in place of an older row only while that one still counts."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from followup.models.correctable import Correctable
from followup.services.episodes import lock_episode
from followup.services.observations import AlreadyCorrected, TokenOfOtherEpisode
from patients.models import ChartEvent
from procedures.models import Procedure

Row = TypeVar("Row", bound=Correctable)


@dataclass(frozen=True)
class Saved(Generic[Row]):
    """`already_saved`: the same form was sent before; `row` is what was stored then."""

    row: Row
    already_saved: bool = False


def store_once(row: Row, procedure: Procedure, *, verb: str) -> Saved[Row]:
    """Store a new row of an episode with its chart event, behind the episode's lock. The caller is atomic.

    Raises TokenOfOtherEpisode, and AlreadyCorrected where somebody else replaced the same row first.
    """
    procedure = lock_episode(procedure, now=row.recorded_at)
    rows: Any = type(row)._default_manager  # the type of an abstract model's rows is that of the subclass
    stored = rows.filter(form_token=row.form_token).first()
    if stored:
        if stored.procedure_id != procedure.pk:
            raise TokenOfOtherEpisode("This form was opened for another patient. Nothing was saved.")
        return Saved(stored, already_saved=True)
    if row.supersedes and rows.filter(supersedes=row.supersedes).exists():
        raise AlreadyCorrected("Somebody has corrected this entry in the meantime. Open the newest version.")
    row.save(force_insert=True)
    ChartEvent.new(
        patient=procedure.patient, verb=verb, by=row.recorded_by, now=row.recorded_at, subject_id=row.public_id,
        reason=row.correction_reason,
    ).save()  # fmt: skip
    return Saved(row)
