"""Bring the catalogues up to date with code and templates: `python -m kyphotrack.messages.update` (`make messages`).

With --check nothing is written, and the run fails if anything is missing, not translated or no longer said.
"""

import os
import re
import sys
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from kyphotrack.messages.compile import LOCALES, compile_catalogues

ROOT = LOCALES.parent.parent
_HOLE = re.compile(r"\{\w+\}|%\(\w+\)s")


def found_messages() -> Catalog:
    """What code and templates say now. Django must be set up: templates are read by its engine."""
    from kyphotrack.messages.in_code import messages_of_code
    from kyphotrack.messages.in_templates import IN_CONTEXT, messages_of_templates

    found = Catalog(fuzzy=False)
    for message, place in [*messages_of_templates(ROOT / "templates"), *messages_of_code(ROOT)]:
        context, _, message_id = message.rpartition(IN_CONTEXT) if isinstance(message, str) else ("", "", message)
        found.add(message_id, locations=[(place, None)], context=context or None)
    return found


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def updated(catalogue: Catalog, found: Catalog) -> Catalog:
    catalogue.update(found, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def problems_of(catalogue: Catalog) -> list[str]:
    """What a translator has yet to do, a line each."""
    return [f"{problem}: {message.id}" for message in catalogue if message.id for problem in _wrong_with(message)]


def _wrong_with(message: Message) -> list[str]:
    said = message.id if isinstance(message.id, tuple) else (message.id,)
    translated = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(translated):
        return ["not translated"]
    holes = set(_HOLE.findall(said[-1]))
    return (
        ["other holes"]
        if any(set(_HOLE.findall(text)) - holes for text in translated) or holes - set(_HOLE.findall(translated[-1]))
        else []
    )


def as_text(catalogue: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    # Dates of the run would make every run a change.
    return re.sub(rb'(?m)^"(POT-Creation|PO-Revision)-Date: .*\n', b"", written.getvalue())


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphotrack.settings")
    django.setup()
    found, failed = found_messages(), False
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/django.po")):
        catalogue = updated(read(path), found)
        text = as_text(catalogue)
        problems = problems_of(catalogue)
        if "--check" in arguments:
            problems += ["the catalogue is stale: make messages"] if text != path.read_bytes() else []
        else:
            path.write_bytes(text)
        for problem in problems:
            print(f"{path.relative_to(ROOT)}: {problem}")  # noqa: T201 - a command
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {len(problems)} to do")  # noqa: T201
        failed = failed or bool(problems)
    if "--check" not in arguments:
        compile_catalogues()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
