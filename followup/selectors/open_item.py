"""Something that waits for a person, as a handover keeps it: told in the words of its moment, compared by its state."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What each kind waits for, by the code that is kept.
_STATES: Mapping[str, Mapping[str, str | Promise]] = {
    "flag": {"OPEN": _("not acknowledged"), "ACKNOWLEDGED": _("acknowledged")},
    "imaging": {
        "ACKNOWLEDGEMENT": _("not acknowledged"),
        "SCAN": _("waits for the scan"),
        "REPORT": _("waits for the report"),
        "DECISION": _("waits for a decision"),
    },
    "contact": {"CALL": _("to be called"), "DUE": _("not answered yet")},
}


@dataclass(frozen=True)
class OpenItem:
    """`kind` is flag, imaging or contact; `item_id` the public id of the thing."""

    kind: str
    item_id: str
    words: str
    state: str
    severity: str = ""

    @property
    def state_words(self) -> str:
        return str(_STATES[self.kind].get(self.state, self.state.lower()))

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.item_id


def to_json(items: Iterable[OpenItem]) -> list[dict[str, str]]:
    return [asdict(item) for item in items]


def from_json(stored: Iterable[Mapping[str, str]]) -> tuple[OpenItem, ...]:
    return tuple(OpenItem(**item) for item in stored)


def fingerprint(items: Iterable[OpenItem]) -> str:
    """The same as long as no item comes, goes, gets graver or moves on."""
    told = sorted(f"{item.kind} {item.item_id} {item.state} {item.severity}" for item in items)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
