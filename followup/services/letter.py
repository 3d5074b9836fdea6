"""What a message says, whatever it is about."""

from dataclasses import dataclass, field

from django.template.loader import render_to_string

from followup.models import OutgoingEmail


@dataclass(frozen=True)
class Letter:
    """The parts of a message that depend on its purpose. `calendar`: an entry in iCalendar format."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)
    calendar: str = ""


def render_letter(row: OutgoingEmail, *, to: str, context: dict, **more) -> Letter:
    """The three templates of its purpose. Subjects are constants: they are the least protected part of a mail."""
    name = f"emails/{row.purpose.lower()}"
    context = context | {"sender": row.site.neutral_sender_name}
    return Letter(
        to=to,
        subject=render_to_string(f"{name}.subject.txt", context).strip(),
        text=render_to_string(f"{name}.txt", context),
        html=render_to_string(f"{name}.html", context),
        **more,
    )
