"""An episode, as the JSON says it, laid out in clinical time: one look for each observation, with all looks before it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Look(NamedTuple):
    """One observation at its time, and what was known by then. `baseline` is empty where there is none."""

    reading: dict
    now: datetime
    earlier: list["Look"]  # strictly before now, oldest first
    baseline: dict
    time_zero: datetime
    doses: list[tuple[datetime, dict]]  # given at or before now
    context: dict
    treated_levels: list[str]

    def vital(self, name: str):
        return group(self.reading, "vitals").get(name)

    def pain(self, name: str):
        return group(self.reading, "pain").get(name)

    def symptom(self, name: str):
        return group(self.reading, "symptoms").get(name)

    def wound(self, name: str):
        return group(self.reading, "wound").get(name)

    def neuro(self, name: str):
        return group(self.reading, "neurology").get(name)

    @property
    def sites(self) -> set[str]:
        return set(self.pain("sites") or ())

    @property
    def spo2_scale(self) -> int:
        by = self.baseline.get("spo2_scale_2_authorised_by")
        at = self.baseline.get("spo2_scale_2_authorised_at")
        return 2 if by and at and time(at) <= self.now else 1

    @property
    def so_far(self) -> list["Look"]:
        """The earlier looks and this one."""
        return [*self.earlier, self]


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def group(reading: dict, name: str) -> dict:
    return reading.get(name) or {}


def exact(value) -> Decimal | None:
    """As a decimal fraction: 13.1 - 11.1 is 2.0, and a threshold met exactly is met."""
    return None if value is None else Decimal(str(value))


def looks(episode: dict) -> list[Look]:
    """One look for each observation, oldest first."""
    doses = [(time(dose["given_at"]), dose) for dose in episode.get("doses") or ()]
    observations = [(time(one["measured_at"]), one["id"], one) for one in episode.get("observations") or ()]
    done: list[Look] = []
    for now, _, reading in sorted(observations, key=lambda row: row[:2]):
        done.append(
            Look(
                reading=reading,
                now=now,
                earlier=[look for look in done if look.now < now],
                baseline=episode.get("baseline") or {},
                time_zero=time(episode["procedure"]["ended_at"]),
                doses=[(given_at, dose) for given_at, dose in doses if given_at <= now],
                context=episode.get("context") or {},
                treated_levels=episode["procedure"].get("treated_levels") or [],
            )
        )
    return done
