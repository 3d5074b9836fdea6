"""An appointment for the patient's own calendar, in iCalendar format. It says when, and nothing else."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from followup.models import FollowUpContact
from kyphotrack.language import said
from kyphotrack.staff.models import Site

# How long it lasts is not known; a calendar needs a length (the project's own figure).
_LENGTH = timedelta(minutes=30)


def appointment_entry(contact: FollowUpContact, site: Site) -> str:
    """The same UID each time, and a higher SEQUENCE after each move, so that the entry moves with the appointment."""
    moves = contact.events.filter(happening="MOVED").count()
    event = Event()
    event.add("uid", f"{contact.public_id}@{urlsplit(settings.SITE_ADDRESS).hostname}")
    event.add("sequence", moves)
    event.add("dtstamp", contact.due_at)
    event.add("dtstart", contact.due_at)
    event.add("dtend", contact.due_at + _LENGTH)
    event.add("summary", said("Appointment"))
    event.add("description", f"{site.neutral_sender_name}, {site.clinic_phone_24h}")
    event.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical().decode()
