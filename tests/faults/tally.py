"""What each case counted, and the sums that the last line of the run prints."""

from collections.abc import Collection
from dataclasses import dataclass

from tests.faults.sink import Arrival


@dataclass(frozen=True)
class Count:
    """`window`: messages of which no sender could know that they were taken, as the mail server saw it.

    `outside`: copies of a message of which a sender did know. `unsaid`: copies that are not shown as possibly sent twice.
    `strange`: a second message that is no copy of the first. `third`: a patient who got more than one copy.
    """

    case: str
    expected: int
    received: int
    lost: int
    doubled: int
    window: int
    outside: int
    unsaid: int
    strange: int
    third: int
    late_max_seconds: float

    @property
    def passed(self) -> bool:
        return not (self.lost or self.outside or self.unsaid or self.strange or self.third)

    def __str__(self) -> str:
        wrong = "".join(
            f" {name}={getattr(self, name)}"
            for name in ("outside", "unsaid", "strange", "third")
            if getattr(self, name)
        )
        return (
            f"{self.case} n={self.expected} lost={self.lost} doubled={self.doubled} window={self.window}{wrong}"
            f" late_max_s={self.late_max_seconds:.1f} result={'PASS' if self.passed else 'FAIL'}"
        )


def count(
    case: str,
    expected: list[str],
    by_address: dict[str, list[Arrival]],
    due: dict[str, float],
    *,
    patients: Collection[str],
    possibly_twice: Collection[str],
    hurt_until: float = 0,
) -> Count:
    """Compare what arrived with what the script expects. Late counts from the due moment, or from the end of the fault."""
    arrived = {address: by_address.get(address, []) for address in expected}
    late = [
        max(mails[0].at - max(due[address], hurt_until), 0.0)
        for address, mails in arrived.items()
        if mails and address in due
    ]
    more = {address: mails for address, mails in arrived.items() if len(mails) > 1}
    return Count(
        case=case,
        expected=len(expected),
        received=sum(map(len, arrived.values())),
        lost=sum(not mails for mails in arrived.values()),
        doubled=sum(len(mails) - 1 for mails in more.values()),
        window=sum(mail.went_on_at is None for mails in arrived.values() for mail in mails),
        outside=sum(copies_outside_the_window(mails) for mails in more.values()),
        unsaid=sum(mails[0].message_id not in possibly_twice for mails in more.values()),
        strange=sum(len({(mail.key, mail.message_id) for mail in mails}) > 1 for mails in more.values()),
        third=sum(len(mails) > 2 for address, mails in more.items() if address in patients),
        late_max_seconds=max(late, default=0.0),
    )


def copies_outside_the_window(mails: list[Arrival]) -> int:
    """Copies that came when a sender had already gone on after an earlier one; each earlier one explains one copy."""
    outside = 0
    for copy in mails[1:]:
        known = [one for one in mails if one is not copy and one.went_on_at and one.went_on_at < copy.had_at]
        outside += bool(known)
    return outside


def last_line(counts: list[Count], *, cases: int, passed: int) -> str:
    sums = {name: sum(getattr(one, name) for one in counts) for name in ("expected", "received", "lost", "doubled")}
    return f"cases={cases} passed={passed} " + " ".join(f"{name}={value}" for name, value in sums.items())
