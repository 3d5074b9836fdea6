"""What happens in a busy unit in a month: drawn from a seed, with no look at the program. Times are instants in UTC.

The unit is in Berlin, whose clocks change on 29 March 2026; some patients live in other zones.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEGINS = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
DAYS_OF_WORK, DAYS = 31, 46
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
SAME_DAY_SETS = (0, 15, 30, 45, 60, 90, 120)
OVERNIGHT_SETS = (*SAME_DAY_SETS, 180, 240, 300, 360, 600, 840, 1080, 1320, 1440)
ZONES = ("", "", "", "", "Europe/London", "America/New_York", "Asia/Kathmandu")
HOPS = ("acknowledge", "order", "perform", "report", "decide")


@dataclass
class Alarm:
    """A finding at one of the sets, and when people made each hop of its scan. The patient is transferred at once."""

    kind: str  # WEAK_LEG: emergent; SUDDEN_PAIN: urgent
    at: datetime
    hops: dict[str, datetime]


@dataclass
class Case:
    """One episode. `answers`: when a contact is answered. `moves`: contact, when it was moved, and by how much."""

    number: int
    time_zero: datetime
    disposition: str
    zone: str
    agreed_to_email: bool
    answers: dict[str, datetime] = field(default_factory=dict)
    moves: dict[str, tuple[datetime, timedelta]] = field(default_factory=dict)
    died_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    alarm: Alarm | None = None

    @property
    def sets(self) -> tuple[int, ...]:
        return SAME_DAY_SETS if self.disposition == "SAME_DAY" else OVERNIGHT_SETS

    @property
    def discharged_at(self) -> datetime:
        """After the last set, to which the full exam of the discharge belongs."""
        return self.alarm.at if self.alarm else self.time_zero + (self.sets[-1] + 5) * MINUTE

    @property
    def address(self) -> str:
        return f"patient-{self.number}@patients.example"


def draw_month(cases: int, seed: int) -> list[Case]:
    dice = random.Random(seed)  # noqa: S311 - a script, no secret
    return [_draw(number, dice) for number in range(cases)]


def _draw(number: int, dice: random.Random) -> Case:
    # In the morning of the unit, to the second, so that hardly two things happen at one instant.
    begins = BEGINS + dice.randrange(DAYS_OF_WORK) * DAY + dice.randrange(5 * 3600) * timedelta(seconds=1)
    if number == 0:
        # Agrees to no e-mail and is never reached, so that from its first reminder on a call waits for somebody.
        return Case(0, BEGINS - 2 * DAY, "OVERNIGHT", "", agreed_to_email=False)
    case = Case(
        number, begins, dice.choice(["SAME_DAY", "SAME_DAY", "OVERNIGHT"]), dice.choice(ZONES), dice.random() < 0.85
    )
    if dice.random() < 0.25:
        case.alarm = _alarm(case, dice)
    else:
        if case.disposition == "SAME_DAY":
            case.answers["FU1"] = begins + dice.uniform(20.1, 27.9) * HOUR
        case.answers["FU2"] = begins + dice.uniform(44.1, 55.9) * HOUR
    for code, target in (("FU3", 7), ("FU4", 14), ("FU5", 42)):
        if dice.random() < 0.7:
            case.answers[code] = begins + target * DAY + dice.uniform(-1.9, 1.9) * DAY
    if dice.random() < 0.25:
        case.moves["FU4"] = (begins + dice.uniform(12, 13.9) * DAY, dice.uniform(0.5, 2.5) * DAY)
        case.answers.pop("FU4", None)
    ending = dice.random()
    if ending < 0.04:
        case.died_at = begins + dice.uniform(3, 20) * DAY
    elif ending < 0.1:
        case.unsubscribed_at = begins + dice.uniform(3, 20) * DAY
    return case


def _alarm(case: Case, dice: random.Random) -> Alarm:
    at = case.time_zero + dice.choice(case.sets[2:7]) * MINUTE
    hops, moment = {}, at
    for hop, longest in zip(HOPS, (100, 120, 240, 150, 150), strict=True):
        moment += dice.uniform(1, longest) * MINUTE
        hops[hop] = moment
    return Alarm(dice.choice(["WEAK_LEG", "SUDDEN_PAIN"]), at, hops)
