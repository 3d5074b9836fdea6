"""The file that a checker gives to a command, and one line with exit status 2 where it cannot be used."""

import sys
from pathlib import Path
from typing import NoReturn

from django.core.management.base import BaseCommand, OutputWrapper

MAX_BYTES = 2_000_000


class UnusableFile(ValueError):
    """Its text is one line."""


def read_given(file: str) -> str:
    """The text of a file, or of standard input for `-`; UTF-8, at most 2 MB. Raises UnusableFile."""
    named = "standard input" if file == "-" else repr(file)
    try:
        if file == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise UnusableFile(f"{named}: cannot be read ({reason}).") from None
    if len(content) > MAX_BYTES:
        raise UnusableFile(f"{named}: too large; allowed are {MAX_BYTES} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UnusableFile(f"{named}: not UTF-8 at byte {problem.start}; allowed is UTF-8 text.") from None


def refuse(command: BaseCommand, problem: Exception) -> NoReturn:
    """One line on standard error, nothing on standard output, exit status 2."""
    command.stderr.write(str(problem))
    sys.exit(2)


def write_utf8(out: OutputWrapper, text: str) -> None:
    """UTF-8 whatever the locale says, so that no name or unit of the file stops the answer half-way."""
    if hasattr(out, "reconfigure"):
        out.reconfigure(encoding="utf-8")
    out.write(text)
