"""Which part of the worklist a person wants to see, and in which order. What is left out is counted."""

from dataclasses import dataclass, replace

from followup.models.red_flag import RED
from followup.selectors.contacts import ContactList
from followup.selectors.imaging_task import WaitsFor
from followup.selectors.worklist import Worklist, WorklistItem


@dataclass(frozen=True)
class Wanted:
    """`mine`: what I took and what nobody has taken yet, since an alarm that nobody took is everybody's."""

    site: str = ""
    mine: bool = False
    by_time_left: bool = False

    def as_query(self) -> dict[str, str]:
        asked = {"site": self.site, "mine": "1" * self.mine, "sort": "time" * self.by_time_left}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class WorklistView:
    """`to_do`: for the reader or a colleague. `waiting`: the reader took it, and somebody else must act now."""

    to_do: tuple[WorklistItem, ...]
    waiting: tuple[WorklistItem, ...]
    rest: Worklist
    hidden: int
    hidden_red: int

    @property
    def in_order(self) -> tuple[WorklistItem, ...]:
        """As they stand on the page, so that each can name the next."""
        return self.to_do + self.waiting

    @property
    def unacknowledged(self) -> int:
        return sum(item.waits_for is WaitsFor.ACKNOWLEDGEMENT for item in self.in_order)

    @property
    def contacts(self) -> int:
        return len(self.rest.contacts.calls) + len(self.rest.contacts.today)

    @property
    def waiting_late(self) -> int:
        return sum(bool(item.deadline and item.deadline < self.rest.as_of) for item in self.waiting)


def narrowed(whole: Worklist, wanted: Wanted) -> WorklistView:
    """Contacts and gaps of bone health are the site's, whoever asks: `mine` leaves them alone."""
    shown = [item for item in whole.items if _is_wanted(item, wanted)]
    if wanted.by_time_left:
        # The list comes in order of danger, which is kept among equals.
        shown.sort(key=lambda item: (item.deadline is None, item.deadline or item.raised_at))
    red = sum(item.severity in RED for item in whole.items) - sum(item.severity in RED for item in shown)
    return WorklistView(
        to_do=tuple(item for item in shown if not item.waits_on_others),
        waiting=tuple(item for item in shown if item.waits_on_others),
        rest=_of_site(whole, wanted.site) if wanted.site else whole,
        hidden=len(whole.items) - len(shown),
        hidden_red=red,
    )


def _is_wanted(item: WorklistItem, wanted: Wanted) -> bool:
    if wanted.site and item.patient.site.name != wanted.site:
        return False
    return not wanted.mine or item.taken_by_me or item.waits_for is WaitsFor.ACKNOWLEDGEMENT


def _of_site(whole: Worklist, site: str) -> Worklist:
    return replace(
        whole,
        bone_health=tuple(task for task in whole.bone_health if task.procedure.patient.site.name == site),
        contacts=ContactList(
            calls=tuple(one for one in whole.contacts.calls if one.contact.procedure.patient.site.name == site),
            today=tuple(one for one in whole.contacts.today if one.procedure.patient.site.name == site),
            answered_at=whole.contacts.answered_at,
        ),
    )
