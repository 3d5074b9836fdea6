"""Compile the catalogues: `python -m kyphotrack.messages.compile`. Needs Babel and no Django, since set-up calls it."""

import hashlib
import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues() -> None:
    """What is up to date is left alone; else a new file takes its place in one step."""
    for source in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        compiled, mark = source.with_suffix(".mo"), source.with_suffix(".compiled")
        made_from = hashlib.sha256(source.read_bytes()).hexdigest()
        if compiled.exists() and mark.exists() and mark.read_text() == made_from:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parents[1].name, abort_invalid=True)
        draft = compiled.with_suffix(".draft")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        os.replace(draft, compiled)
        mark.write_text(made_from)


if __name__ == "__main__":
    compile_catalogues()
