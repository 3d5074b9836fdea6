"""Two people at once, and forms for something else: registration stays one patient and one truth."""

from datetime import UTC, datetime

import pytest

from kyphotrack.staff.form_pages import (
    FormOpenedByAnother,
    FormOpenedForAnother,
    UnusableToken,
    issue_token,
    read_token,
)
from patients import services
from patients.models import ChartEvent, Patient
from tests import cast

pytestmark = pytest.mark.django_db


def test_of_two_registrations_at_the_same_moment_the_second_is_refused_by_the_database(site, monkeypatch):
    monkeypatch.setattr(services, "_check", lambda **known: None)  # both looked before either had written
    cast.a_patient(site, "MRN-1")
    with pytest.raises(services.RecordNumberTaken):
        cast.a_patient(site, "MRN-1", "Second")
    assert Patient.objects.get().family_name == "Example"
    assert ChartEvent.objects.filter(verb="REGISTERED").count() == 1


def test_of_two_changes_to_one_record_number_the_second_is_refused_by_the_database(site, monkeypatch):
    cast.a_patient(site, "MRN-1")
    other = cast.a_patient(site, "MRN-2", "Other")
    monkeypatch.setattr(services, "_check", lambda **known: None)
    details = {name: getattr(other, name) for name in services.DETAILS} | {"medical_record_number": "MRN-1"}
    with pytest.raises(services.RecordNumberTaken):
        services.change_patient_details(
            patient=other,
            details=details,
            email_consent=False,
            reason="x",
            by=cast.a_nurse(site),
            now=datetime.now(UTC),
        )
    other.refresh_from_db()
    assert other.medical_record_number == "MRN-2"
    assert not ChartEvent.objects.filter(verb="CHANGED_DETAILS").exists()


def test_a_change_that_changes_nothing_leaves_no_event(site):
    patient = cast.a_patient(site)
    details = {name: getattr(patient, name) for name in services.DETAILS}
    services.change_patient_details(
        patient=patient, details=details, email_consent=False, reason="x", by=cast.a_nurse(site), now=datetime.now(UTC)
    )
    assert not ChartEvent.objects.filter(verb="CHANGED_DETAILS").exists()


def test_a_form_token_serves_one_purpose_one_subject_and_one_person(site):
    nurse, other = cast.a_nurse(site), cast.a_nurse(site, "Nurse Two")
    token = issue_token("log observation", 7, nurse)
    assert read_token(token, "log observation", 7, nurse) == read_token(token, "log observation", "7", nurse)
    assert issue_token("log observation", 7, nurse) != token
    for purpose, subject in (("discharge", 7), ("log observation", 8)):
        with pytest.raises(FormOpenedForAnother):
            read_token(token, purpose, subject, nurse)
    with pytest.raises(FormOpenedByAnother):
        read_token(token, "log observation", 7, other)
    for damaged in ("", token[:-1], "🧨", token.replace(":", ".", 1)):
        with pytest.raises(UnusableToken):
            read_token(damaged, "log observation", 7, nurse)
