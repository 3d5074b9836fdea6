"""What happens in a case, and so whom mail must reach. Pure: the oracle is this script, never the application's tables."""

import random
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

# A flag's site has one physician on call and one nurse, so that an address names both the flag and the person.
_TOLD = ("physician.one", "nurse.one")


def hours_east_where_it_is_afternoon() -> int:
    """So that neither a digest of the morning nor a quiet hour comes between."""
    east = 15 - datetime.now(UTC).hour
    return east if east <= 12 else east - 24


@dataclass(frozen=True)
class Script:
    """`flags` weak legs are typed, and `reminders` fall due, at moments that the seed spreads over `seconds`.

    With `answered_after` a physician ends each flag so many seconds after it was typed, so that a case may outlast the five
    minutes after which the next person would be told.
    """

    case: str
    seed: int
    flags: int
    reminders: int
    seconds: float
    answered_after: float | None = None
    # F19: by the rules that hold when the script is typed, every reminder falls due so many hours later.
    rule_brings_forward_hours: int = 0
    hours_east: int = field(default_factory=hours_east_where_it_is_afternoon)

    @classmethod
    def from_json(cls, stored: dict) -> "Script":
        return cls(**stored)

    def as_json(self) -> dict:
        return asdict(self)

    @property
    def zone(self) -> str:
        """Of every site and patient. In names of this kind the sign is turned round: Etc/GMT+3 is three hours behind."""
        return f"Etc/GMT{-self.hours_east:+d}"

    def flag_moments(self) -> list[float]:
        return self._moments("flags", self.flags)

    def reminder_moments(self) -> list[float]:
        return self._moments("reminders", self.reminders)

    def _moments(self, kind: str, count: int) -> list[float]:
        """Seconds after the start."""
        chance = random.Random(f"{self.case} {kind} {self.seed}")  # noqa: S311 - not a secret
        return sorted(chance.uniform(0, self.seconds) for _one in range(count))

    def site_of(self, flag: int) -> str:
        return f"{self.case.lower()} flag {flag}"

    def patient_address(self, reminder: int) -> str:
        return f"patient.{reminder}@{self.case.lower()}.example"

    def told_of(self, flag: int) -> list[str]:
        domain = self.site_of(flag).replace(" ", "-")
        return [f"{person}@{domain}.example" for person in _TOLD]

    def patients(self) -> list[str]:
        return [self.patient_address(number) for number in range(self.reminders)]

    def expected(self) -> list[str]:
        """The addresses that must get one mail each."""
        staff = [address for flag in range(self.flags) for address in self.told_of(flag)]
        return staff + self.patients()
