"""A nurse at the observation form, through the real pages: open it, type, press save."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

from django.urls import reverse

from procedures.models import Procedure
from tests import cast

ROUTINE = {
    "respiration_rate": "16", "spo2_percent": "97", "supplemental_oxygen": "no", "systolic_mmhg": "128",
    "diastolic_mmhg": "76", "pulse_per_minute": "72", "consciousness": "A", "temperature": "36.8",
    "temperature_unit": "C", "pain_at_rest": "2", "pain_on_movement": "3", "new_pain_site": "no",
    "sudden_onset": "no", "dyspnoea": "no", "chest_pain": "no", "haemoptysis": "no", "syncope": "no",
    "puncture_site": "DRY", "motor_L4_R": "5", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5",
    "numbness": "no", "voided": "yes", "leg_pain": "no",
}  # fmt: skip


def an_episode_hours_ago(hours: float, patient=None, **facts) -> Procedure:
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours), **facts)


def log_url(episode: Procedure) -> str:
    return reverse("log_observation", args=[episode.public_id])


def local_minute(episode: Procedure, moment: datetime) -> str:
    """A moment as the field for date and time sends it."""
    return f"{moment.astimezone(episode.patient.site.zone):%Y-%m-%dT%H:%M}"


def opened(client, url: str) -> dict:
    """Open a form; what it would send if nobody typed anything."""
    page = client.get(url)
    assert page.status_code == 200, page.status_code
    return filled_in(page)


def filled_in(page) -> dict:
    """What the browser would send back: every field of the page's form with the value that it shows."""
    values: dict[str, object] = {}
    text = page.content.decode().split('id="observation-form"')[-1]
    text = re.sub(r"<template.*?</template>", "", text, flags=re.S)  # a browser does not send what waits there
    for tag in re.findall(r"<input[^>]*>", text):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind, name = attributes.get("type", "text"), attributes.get("name")
        if not name or name == "csrfmiddlewaretoken":
            continue
        if kind in ("radio", "checkbox"):
            if re.search(r"\schecked\b", tag):
                values.setdefault(name, []).append(attributes.get("value", "on"))
        else:
            values[name] = attributes.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        values[name] = chosen.group(1) if chosen else ""
    for name, words in re.findall(r'<textarea[^>]*name="([\w-]+)"[^>]*>(.*?)</textarea>', text, re.S):
        values[name] = words.strip()
    return values


def save(client, url: str, form: dict, **typed):
    return client.post(url, form | typed)


def sent(client, episode: Procedure, **typed):
    """A form that was opened, filled in and sent."""
    return save(client, log_url(episode), opened(client, log_url(episode)), **typed)


def beside(page, field: str) -> str:
    """The errors that stand beside a field."""
    found = re.search(rf'<div id="{field}_errors">(.*?)</div>', page.content.decode(), re.S)
    return unescape(re.sub(r"<[^>]+>", "", found.group(1))).strip() if found else ""
