"""Who works in the demo. All of them are invented, and their addresses lead nowhere."""

from dataclasses import dataclass

from kyphotrack.staff.models import DutyRole, Role

PASSWORD = "kyphotrack-demo"  # noqa: S105 - printed for everyone who tries the demo

SITES = {
    "north": {"name": "Demo Hospital North", "time_zone": "Europe/London", "emergency_number": "999"},
    "south": {"name": "Demo Hospital South", "time_zone": "Europe/Zurich", "emergency_number": "144"},
}


@dataclass(frozen=True)
class Colleague:
    """A member of staff; `duty` is what they are on the rota for, if anything."""

    site: str
    role: Role
    email: str
    name: str
    duty: DutyRole | None = None


STAFF = (
    Colleague("north", Role.NURSE, "nurse@north.example", "Nell North", DutyRole.CHARGE_NURSE),
    Colleague("north", Role.NURSE, "nurse2@north.example", "Ned North"),
    Colleague("north", Role.PHYSICIAN, "physician@north.example", "Dr Pia North", DutyRole.ON_CALL_PHYSICIAN),
    Colleague("north", Role.PHYSICIAN, "physician2@north.example", "Dr Paul North", DutyRole.BACKUP_PHYSICIAN),
    Colleague("north", Role.LEAD_CLINICIAN, "lead@north.example", "Dr Lena North", DutyRole.SERVICE_LEAD),
    # A looser threshold needs two.
    Colleague("north", Role.LEAD_CLINICIAN, "lead2@north.example", "Dr Liv North"),
    Colleague("north", Role.COORDINATOR, "coordinator@north.example", "Cora North"),
    Colleague("south", Role.NURSE, "nurse@south.example", "Sam South", DutyRole.CHARGE_NURSE),
    # No backup and no lead here: what happens then can be tried.
    Colleague("south", Role.PHYSICIAN, "physician@south.example", "Dr Sue South", DutyRole.ON_CALL_PHYSICIAN),
)
