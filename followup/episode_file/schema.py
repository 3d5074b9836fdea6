"""The JSON Schema of an episode file, made from the table that the parser reads."""

from typing import Any

from followup.episode_file.layout import EPISODE, READING_GROUPS, VERSION


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12. It holds every key, code and range; what compares two fields stands in descriptions."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kyphotrack:episode:{VERSION}",
        "title": "An episode after cement augmentation, for `manage.py assess`",
        "description": "Absent or null means not asked or not measured. Nothing has a normal value as default.",
        **EPISODE.schema(),
        "$defs": {name: shared.of.schema() for name, shared in READING_GROUPS.items()},
    }
