"""A nurse at the procedure page, through the real pages."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

from django.urls import reverse

from kyphotrack.staff.form_pages import issue_token
from patients.models import Patient
from procedures.models import Procedure
from tests import cast
from tests.bedside import opened

VERTEBRA = {
    "level-0-level": "L1", "level-0-approach": "BIPEDICULAR", "level-0-cement_volume_millilitres": "4.5",
    "level-0-leakage": "NONE",
}  # fmt: skip
ROWS = {"level-TOTAL_FORMS": "3", "level-INITIAL_FORMS": "0", "drug-TOTAL_FORMS": "3", "drug-INITIAL_FORMS": "0"}
NOT_SAVED = 422


def url_of(patient: Patient) -> str:
    return reverse("record_procedure", args=[patient.public_id])


def local(patient: Patient, *, hours_ago: float) -> str:
    """A moment as the field for date and time sends it, in the zone of the patient's site."""
    moment = datetime.now(UTC) - timedelta(hours=hours_ago)
    return f"{moment.astimezone(patient.site.zone):%Y-%m-%dT%H:%M}"


def a_procedure(client, patient: Patient, *, hours_ago: float = 1.0, **typed) -> dict:
    """The opened page with what is needed filled in; the baseline is blank."""
    return opened(client, url_of(patient)) | needed(patient, hours_ago) | typed


def needed(patient: Patient, hours_ago: float) -> dict:
    return {
        "kind": "BALLOON_KYPHOPLASTY",
        "aetiology": "OSTEOPOROTIC",
        "anaesthesia": "LOCAL_SEDATION",
        "disposition": "OVERNIGHT",
        "started_at": local(patient, hours_ago=hours_ago + 0.75),
        "ended_at": local(patient, hours_ago=hours_ago),
        "operator": "Operator One",
        **VERTEBRA,
    }


def typed_form(patient: Patient, **typed) -> dict:
    """The form as the browser sends it, without having opened the page first."""
    token = issue_token("record procedure", patient.public_id, cast.a_nurse(patient.site))
    return {"form_token": token, **ROWS, **needed(patient, 1.0), **typed}


def sent(client, patient: Patient, **typed):
    return client.post(url_of(patient), typed_form(patient, **typed))


def refused(page) -> bool:
    return page.status_code == NOT_SAVED and not Procedure.objects.exists()


def beside(page, field: str) -> str:
    """The errors that stand beside a field."""
    found = re.search(rf'<div id="{field}_errors">(.*?)</div>', page.content.decode(), re.S)
    return unescape(re.sub(r"<[^>]+>", "", found.group(1))).strip() if found else ""


def to_confirm(page) -> list[str]:
    """The values that the page asks to confirm, as their ticks are sent."""
    return [unescape(value) for value in re.findall(r'name="confirmed" value="([^"]*)"', page.content.decode())]
