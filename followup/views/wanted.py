"""Which patients the address of a list asks for."""

from collections.abc import Collection

from django.http import QueryDict

from followup.selectors.board_view import Wanted


def wanted_patients(asked: QueryDict, sites: Collection[str]) -> Wanted:
    """What cannot be read narrows nothing: a mistyped address must not hide a patient."""
    site = asked.get("site", "")
    return Wanted(
        site=site if site in sites else "",
        bed=asked.get("bed", "").strip()[:20],
        mine=asked.get("mine") == "1",
        by_lateness=asked.get("sort") == "lateness",
    )
