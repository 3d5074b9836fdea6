"""The paper list as one file a site, readable with everything stopped (reliability-notes C20). It holds identifiers."""

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from followup.selectors.paper import paper_list
from kyphotrack.staff.models import Site

# The project's own: looked at each few minutes and renewed at ten, no file that is kept gets older than fifteen.
_RENEW_AFTER = timedelta(minutes=10)
_STYLE = Path(settings.BASE_DIR) / "static" / "paper.css"


def renew_fallback_files(*, clock: Callable[[], datetime]) -> int:
    """Write the file of every site whose own is old or gone. How many; none where the folder is not set."""
    if not settings.FALLBACK_FOLDER:
        return 0
    folder = Path(settings.FALLBACK_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    for site in Site.objects.order_by("pk"):
        path = fallback_file(site)
        now = clock()
        if not _is_fresh(path, now):
            write_paper_list(site=site, path=path, now=now)
            written += 1
    return written


def fallback_file(site: Site) -> Path:
    """By number, as a site may be renamed and an old file must not stay beside the new one."""
    return Path(settings.FALLBACK_FOLDER) / f"site-{site.pk}.html"


def write_paper_list(*, site: Site, path: Path, now: datetime) -> None:
    """A reader finds the old file or the new one, never half of one; only the owner may read it."""
    text = render_to_string(
        "followup/paper_list.html",
        {"paper": paper_list(site=site, now=now), "zone": site.time_zone, "style": _STYLE.read_text("utf-8")},
    )
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 by itself
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.utime(name, (now.timestamp(), now.timestamp()))  # the age of the file is the age of what it says
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _is_fresh(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return timedelta(0) <= age < _RENEW_AFTER  # a file from the future was written by a clock that was wrong
