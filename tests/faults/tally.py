"""What each case counted, and the sums that the last line of the run prints."""

from dataclasses import dataclass

from tests.faults.sink import Arrival


@dataclass(frozen=True)
class Count:
    """`window`: how many copies this case may double by the one documented window, one for each sender that died."""

    case: str
    expected: int
    received: int
    lost: int
    doubled: int
    window: int
    strange: int
    late_max_seconds: float

    @property
    def passed(self) -> bool:
        return not self.lost and not self.strange and self.doubled <= self.window

    def __str__(self) -> str:
        return (
            f"{self.case} n={self.expected} lost={self.lost} doubled={self.doubled} window={self.window}"
            f" late_max_s={self.late_max_seconds:.1f} result={'PASS' if self.passed else 'FAIL'}"
        )


def count(
    case: str, expected: list[str], by_address: dict[str, list[Arrival]], due: dict[str, float], *, window: int
) -> Count:
    """Compare what arrived with what the script expects. Strange: a second message that is not a copy of the first."""
    arrived = {address: by_address.get(address, []) for address in expected}
    late = [mails[0].at - due[address] for address, mails in arrived.items() if mails and address in due]
    return Count(
        case=case,
        expected=len(expected),
        received=sum(map(len, arrived.values())),
        lost=sum(not mails for mails in arrived.values()),
        doubled=sum(max(len(mails) - 1, 0) for mails in arrived.values()),
        window=window,
        strange=sum(len({(mail.key, mail.message_id) for mail in mails}) > 1 for mails in arrived.values()),
        late_max_seconds=max(late, default=0.0),
    )


def last_line(counts: list[Count], *, cases: int, passed: int) -> str:
    sums = {name: sum(getattr(one, name) for one in counts) for name in ("expected", "received", "lost", "doubled")}
    return f"cases={cases} passed={passed} " + " ".join(f"{name}={value}" for name, value in sums.items())
