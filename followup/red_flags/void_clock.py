"""How long a patient has passed no urine, for the person at the bedside (clinical-spec 3.3 and N4a)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from followup.red_flags.ruleset import Ruleset


@dataclass(frozen=True)
class VoidClock:
    """`since`: when urine was last passed, or T0 if `voided` is False; `elapsed`: how long ago that is. The residual is
    the newest one noted, in mL.
    """

    since: datetime
    elapsed: timedelta
    voided: bool
    has_catheter: bool
    is_too_long: bool
    residual_ml: int | None
    residual_at: datetime | None
    must_catheterise: bool


def void_clock(
    exams: Iterable[tuple[datetime, Mapping[str, object]]],
    *,
    time_zero: datetime,
    now: datetime,
    ruleset: Ruleset,
) -> VoidClock:
    """Read off the exams since the procedure, in any order. A void of before T0 does not count: the clock starts there.

    Too long is `no_void_hours` or more without a catheter; from more than `catheterise_millilitres` left, catheterise.
    """
    newest_first = sorted(exams, key=lambda one: one[0], reverse=True)
    voids = [moment for examined_at, exam in newest_first for moment in _voids(examined_at, exam)]
    last = max((moment for moment in voids if time_zero < moment <= now), default=None)
    voiding = next((exam["voiding"] for _at, exam in newest_first if exam.get("voiding")), None)
    residual_at, residual = next(
        (
            (at, exam["post_void_residual_ml"])
            for at, exam in newest_first
            if exam.get("post_void_residual_ml") is not None
        ),
        (None, None),
    )
    since, has_catheter = last or time_zero, voiding == "CATHETERISED"
    return VoidClock(
        since=since,
        elapsed=now - since,
        voided=last is not None,
        has_catheter=has_catheter,
        is_too_long=not has_catheter and now - since >= timedelta(hours=ruleset.no_void_hours),
        residual_ml=residual if isinstance(residual, int) else None,
        residual_at=residual_at,
        must_catheterise=isinstance(residual, int) and residual > ruleset.catheterise_millilitres and not has_catheter,
    )


def _voids(examined_at: datetime, exam: Mapping[str, object]) -> Iterable[datetime]:
    if exam.get("voided"):
        yield examined_at
    if exam.get("last_void_at"):
        yield datetime.fromisoformat(str(exam["last_void_at"]))
