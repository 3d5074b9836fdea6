"""Who may note on a page that they have seen an overdue step: on a flag's page and on an imaging task's."""

from collections.abc import Collection

from followup.selectors.flag import FlagPage
from followup.selectors.imaging_task import ImagingTaskPage
from kyphotrack.staff.models import User
from kyphotrack.staff.permissions import Capability

SEEN = "Noted: you get no more e-mail about this step. The calls go on until it is done."


def may_take_note(page: FlagPage | ImagingTaskPage, allowed: Collection[Capability], user: User) -> bool:
    if page.chase is None or not page.chase.may_be_noted or Capability.TAKE_NOTE not in allowed:
        return False
    return user.pk not in [note.user_id for note in page.notes]
