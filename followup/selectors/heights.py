"""The heights of the treated vertebrae of an episode on later images, the newest first; what was corrected stays readable."""

from collections.abc import Iterator
from dataclasses import dataclass

from followup.models import HeightMeasurement
from followup.models.height_measurement import HEIGHTS
from followup.selectors.measured_summary import Line
from procedures.fracture_measures import compression_ratio
from procedures.models import Procedure


@dataclass(frozen=True)
class HeightEntry:
    """One row. `replaced_by`: the row that took its place."""

    measurement: HeightMeasurement
    lines: tuple[Line, ...]
    replaced_by: HeightMeasurement | None


def height_entries(procedure: Procedure) -> tuple[HeightEntry, ...]:
    """One statement, however many rows."""
    rows: list[HeightMeasurement] = list(
        HeightMeasurement._default_manager.filter(procedure=procedure)
        .select_related("recorded_by")
        .order_by("-imaged_on", "-recorded_at", "-pk")
    )
    replaced = {row.supersedes_id: row for row in rows if row.supersedes_id}
    return tuple(HeightEntry(row, tuple(_lines(row)), replaced.get(row.pk)) for row in rows if not row.entered_in_error)


def _lines(row: HeightMeasurement) -> Iterator[Line]:
    for name in HEIGHTS:
        value = getattr(row, name)
        if value is not None:
            label = str(HeightMeasurement._meta.get_field(name).verbose_name).removesuffix(" mm")
            yield Line(label.capitalize(), f"{value} mm")
    ratio = compression_ratio(row.heights)
    if ratio is not None:
        yield Line("Anterior / posterior", f"{ratio:.1f} %")
