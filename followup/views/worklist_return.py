"""From an item back to the worklist as it was: the same filter, and the next item in focus."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from followup.selectors.worklist_view import Wanted

_NAMES = ("back", "site", "mine", "sort", "next")
_AN_ITEM = re.compile(r"item-[0-9a-f-]{36}")


def wanted_of(asked: Mapping[str, str]) -> Wanted:
    """What cannot be read narrows nothing: a mistyped address must not hide an alarm."""
    return Wanted(
        site=asked.get("site", "").strip()[:200],
        mine=asked.get("mine") == "1",
        by_time_left=asked.get("sort") == "time",
    )


def kept(sent: Mapping[str, str]) -> dict[str, str]:
    """What a form of the worklist carries along, for the page that shows it again."""
    return {name: sent[name] for name in _NAMES if name in sent} if sent.get("back") == "worklist" else {}


def back_to_worklist(sent: Mapping[str, str]) -> str:
    """The address; empty where the person came from elsewhere. Only known words go into it."""
    if sent.get("back") != "worklist":
        return ""
    query = urlencode(wanted_of(sent).as_query())
    item = sent.get("next", "")
    return reverse("worklist") + (f"?{query}" if query else "") + (f"#{item}" if _AN_ITEM.fullmatch(item) else "")
