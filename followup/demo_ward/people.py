"""Who works in the demo. All of them are invented, and their addresses lead nowhere."""

from dataclasses import dataclass
from datetime import time

from kyphotrack.staff.models import DutyRole, Role

PASSWORD = "kyphotrack-demo"  # noqa: S105 - printed for everyone who tries the demo

SITES = {
    "north": {"name": "Demo Hospital North", "time_zone": "Europe/London", "emergency_number": "999"},
    "south": {"name": "Demo Hospital South", "time_zone": "Europe/Zurich", "emergency_number": "144"},
}


@dataclass(frozen=True)
class Colleague:
    """A member of staff."""

    site: str
    role: Role
    email: str
    name: str


@dataclass(frozen=True)
class Weekly:
    """A duty that comes back each week; Monday is 0."""

    email: str
    role: DutyRole
    weekdays: tuple[int, ...]
    starts: time
    ends: time


STAFF = (
    Colleague("north", Role.NURSE, "nurse@north.example", "Nell North"),
    Colleague("north", Role.NURSE, "nurse2@north.example", "Ned North"),
    Colleague("north", Role.PHYSICIAN, "physician@north.example", "Dr Pia North"),
    Colleague("north", Role.PHYSICIAN, "physician2@north.example", "Dr Paul North"),
    Colleague("north", Role.LEAD_CLINICIAN, "lead@north.example", "Dr Lena North"),
    # A looser threshold needs two.
    Colleague("north", Role.LEAD_CLINICIAN, "lead2@north.example", "Dr Liv North"),
    Colleague("north", Role.COORDINATOR, "coordinator@north.example", "Cora North"),
    Colleague("south", Role.NURSE, "nurse@south.example", "Sam South"),
    # No backup and no lead here: what happens then can be tried.
    Colleague("south", Role.PHYSICIAN, "physician@south.example", "Dr Sue South"),
)

_WEEK, _WEEKEND, _EVERY_DAY = tuple(range(5)), (5, 6), tuple(range(7))
_DAY, _NIGHT, _ROUND_THE_CLOCK = (time(7), time(19)), (time(19), time(7)), (time(8), time(8))
ROTA = (
    Weekly("nurse@north.example", DutyRole.CHARGE_NURSE, _EVERY_DAY, *_DAY),
    Weekly("nurse2@north.example", DutyRole.CHARGE_NURSE, _EVERY_DAY, *_NIGHT),
    Weekly("physician@north.example", DutyRole.ON_CALL_PHYSICIAN, _WEEK, *_ROUND_THE_CLOCK),
    Weekly("physician2@north.example", DutyRole.ON_CALL_PHYSICIAN, _WEEKEND, *_ROUND_THE_CLOCK),
    Weekly("physician2@north.example", DutyRole.BACKUP_PHYSICIAN, _WEEK, *_ROUND_THE_CLOCK),
    Weekly("physician@north.example", DutyRole.BACKUP_PHYSICIAN, _WEEKEND, *_ROUND_THE_CLOCK),
    Weekly("lead@north.example", DutyRole.SERVICE_LEAD, _EVERY_DAY, *_ROUND_THE_CLOCK),
    Weekly("nurse@south.example", DutyRole.CHARGE_NURSE, _EVERY_DAY, *_ROUND_THE_CLOCK),
    # On Sundays nobody: the rota says so, and what happens then can be tried.
    Weekly("physician@south.example", DutyRole.ON_CALL_PHYSICIAN, tuple(range(6)), *_ROUND_THE_CLOCK),
)
# On the first working day from three days on the second physician takes over from the first, for a day.
SWAP_BY, SWAP_ROLE, SWAP_IN_DAYS = "physician2@north.example", DutyRole.ON_CALL_PHYSICIAN, 3
