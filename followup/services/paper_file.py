"""The paper list as one file a site, readable with everything stopped (reliability-notes C20). It holds identifiers."""

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from followup.selectors import paper_form
from followup.selectors.paper import PaperList, paper_list
from kyphotrack.staff.models import Site, User
from patients.services import note_charts_taken_on_paper

# The project's own: looked at each few minutes and renewed at ten, no file that is kept gets older than fifteen.
_RENEW_AFTER = timedelta(minutes=10)
STYLE = (Path(settings.BASE_DIR) / "static" / "paper.css").read_text("utf-8")


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
    text = paper_text(paper_list(site=site, now=now))
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


def paper_text(paper: PaperList, *, print_at_once: bool = False) -> str:
    """The whole file. `print_at_once` is for a page of the running application, which opens the browser's dialogue."""
    context = {
        "paper": paper, "zone": paper.site.time_zone, "style": STYLE, "print_at_once": print_at_once,
        "routine": paper_form.ROUTINE, "full": paper_form.FULL, "details": paper_form.DETAILS, "doses": paper_form.DOSES,
        "detail_columns": range(paper_form.DETAIL_COLUMNS),
    }  # fmt: skip
    return render_to_string("followup/paper_list.html", context)


@transaction.atomic
def take_on_paper(*, site: Site, by: User, now: datetime) -> PaperList:
    """The list for a person who prints it or takes the file away: that is noted in each patient's chart."""
    paper = paper_list(site=site, now=now)
    note_charts_taken_on_paper(patients=[one.procedure.patient for one in paper.patients], by=by, now=now)
    return paper


def _is_fresh(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return timedelta(0) <= age < _RENEW_AFTER  # a file from the future was written by a clock that was wrong
