"""After an update of the time zone data: contacts to come keep their hour on the wall."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from followup.services.zone_rules import Followed, follow_zone_rules


class Command(BaseCommand):
    help = (
        "Lay out contacts to come anew where the rules of a time zone have changed, and list them. Safe to run twice."
    )

    def handle(self, *args, **options) -> None:
        found = 0
        for one in follow_zone_rules(now=timezone.now()):
            found += 1
            self.stdout.write(_line(one))
        self.stdout.write(f"Contacts that stand at another instant by the rules of today: {found}.")


def _line(one: Followed) -> str:
    contact = f"contact {one.contact.public_id} {one.contact.code}"
    if one.moved:
        return f"moved    {contact}: {one.due_before:%Y-%m-%d %H:%M} -> {one.due_after:%Y-%m-%d %H:%M} UTC"
    return f"LOOK AT  {contact}: {one.due_before:%Y-%m-%d %H:%M} UTC was chosen by a person; see that it is still meant"
