"""Register a patient, change details, and note who opened a chart."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import IntegrityError, transaction

from kyphotrack.staff.models import Site, User
from patients.models import ChartEvent, EmailConsent, Patient

DETAILS = (
    "medical_record_number", "family_name", "given_name", "birth_date", "gender", "email", "phone", "time_zone",
)  # fmt: skip


class BirthDateInFuture(ValueError):
    """A patient cannot be born after today."""


class RecordNumberTaken(ValueError):
    """Another patient of the site already has this medical record number."""


_TAKEN = "A patient with this record number is already registered at this site."


def _check(*, site: Site, birth_date: date, medical_record_number: str, now: datetime, this: int | None = None) -> None:
    if birth_date > now.astimezone(site.zone).date():
        raise BirthDateInFuture("The date of birth lies in the future.")
    same = Patient.objects.filter(site=site, medical_record_number=medical_record_number)
    if (same.exclude(pk=this) if this else same).exists():
        raise RecordNumberTaken(_TAKEN)


@contextmanager
def _record_number_taken_meanwhile() -> Iterator[None]:
    """Two people may register the same number at once; the database refuses the second after `_check` let it pass."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise RecordNumberTaken(_TAKEN) from None


@transaction.atomic
def register_patient(*, site: Site, details: dict, email_consent: bool, by: User, now: datetime) -> Patient:
    """Store a new patient (`details`: the names in DETAILS), the e-mail consent if given, and the chart event."""
    _check(site=site, birth_date=details["birth_date"], medical_record_number=details["medical_record_number"], now=now)
    with _record_number_taken_meanwhile():
        patient = Patient.objects.create(
            site=site, registered_at=now, registered_by=by, **{name: details[name] for name in DETAILS}
        )
    _set_email_consent(patient=patient, wanted=email_consent, by=by, now=now)
    ChartEvent.new(
        patient=patient, verb=ChartEvent.Verb.REGISTERED, by=by, now=now, subject_id=patient.public_id
    ).save()
    return patient


@transaction.atomic
def change_patient_details(
    *, patient: Patient, details: dict, email_consent: bool, reason: str, by: User, now: datetime
) -> Patient:
    """Change identifying or contact details; the chart event keeps the old and new value of each changed field."""
    patient = Patient.objects.select_for_update().select_related("site").get(pk=patient.pk)
    _check(
        site=patient.site,
        birth_date=details["birth_date"],
        medical_record_number=details["medical_record_number"],
        now=now,
        this=patient.pk,
    )
    changed = {
        name: [str(getattr(patient, name)), str(details[name])]
        for name in DETAILS
        if getattr(patient, name) != details[name]
    }
    for name in changed:
        setattr(patient, name, details[name])
    with _record_number_taken_meanwhile():
        patient.save(update_fields=changed.keys())
    consent_changed = _set_email_consent(patient=patient, wanted=email_consent, by=by, now=now)
    if changed or consent_changed:
        ChartEvent.new(
            patient=patient, verb=ChartEvent.Verb.CHANGED_DETAILS, by=by, now=now, subject_id=patient.public_id,
            reason=reason, changed=changed, email_consent=email_consent,
        ).save()  # fmt: skip
    return patient


@transaction.atomic
def record_death(*, patient: Patient, reason: str, by: User, now: datetime) -> Patient:
    """Note that the patient died; nothing is sent to a dead patient's address. Twice is once."""
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    before = patient.life_status
    if before == Patient.LifeStatus.DECEASED:
        return patient
    patient.life_status = Patient.LifeStatus.DECEASED
    patient.save(update_fields=["life_status"])
    ChartEvent.new(
        patient=patient, verb=ChartEvent.Verb.CHANGED_DETAILS, by=by, now=now, subject_id=patient.public_id,
        reason=reason, changed={"life_status": [before, patient.life_status]},
    ).save()  # fmt: skip
    return patient


@transaction.atomic
def withdraw_email_consent(*, consent: EmailConsent, reason: str, by: User | None, now: datetime) -> bool:
    """No e-mail to the patient from now on; `by` is empty where the patient did it by the link. False if it was so before."""
    if not EmailConsent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        return False
    _note_email(consent, reason, by, now, email_consent=False)
    return True


@transaction.atomic
def note_unreachable_address(*, consent: EmailConsent, by: User | None, now: datetime) -> bool:
    """Mail to the address comes back; a new address needs a new consent. False if it was noted before."""
    if not EmailConsent.objects.filter(pk=consent.pk, bounced_at__isnull=True).update(bounced_at=now):
        return False
    _note_email(consent, "E-mail to the patient came back.", by, now, address_unreachable=True)
    return True


def _note_email(consent: EmailConsent, reason: str, by: User | None, now: datetime, **detail) -> None:
    patient = consent.patient
    ChartEvent.new(
        patient=patient, verb=ChartEvent.Verb.CHANGED_DETAILS, by=by, now=now, subject_id=patient.public_id,
        reason=reason, **detail,
    ).save()  # fmt: skip


def _set_email_consent(*, patient: Patient, wanted: bool, by: User, now: datetime) -> bool:
    """Bring the live consent in line with what the form says; True if a row changed."""
    live = EmailConsent.objects.filter(patient=patient, withdrawn_at__isnull=True)
    still_right = live.filter(address=patient.email) if wanted else live.none()
    if wanted and still_right.exists():
        return False
    withdrawn = live.update(withdrawn_at=now)
    if wanted:
        EmailConsent.objects.create(
            patient=patient, address=patient.email, risk_notice_shown=True, given_at=now, recorded_by=by
        )
    return bool(withdrawn or wanted)


def note_chart_opened(*, patient: Patient, by: User, now: datetime) -> None:
    """Record the reading of a chart. If this cannot be written the page must not be shown."""
    ChartEvent.new(patient=patient, verb=ChartEvent.Verb.OPENED, by=by, now=now, subject_id=patient.public_id).save()


@transaction.atomic
def note_charts_taken_on_paper(*, patients: Iterable[Patient], by: User, now: datetime) -> None:
    """Record that somebody printed these patients or took a file of them away. Two episodes of one patient are one."""
    opened = ChartEvent.Verb.OPENED
    ChartEvent.objects.bulk_create(
        ChartEvent.new(
            patient=patient, verb=opened, by=by, now=now, subject_id=patient.public_id, reason="Taken on paper."
        )
        for patient in {patient.pk: patient for patient in patients}.values()
    )
