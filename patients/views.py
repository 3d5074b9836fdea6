"""Pages that show only who a patient is. Where they lead to next is passed in by the root's addresses."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from kyphotrack.language import said
from kyphotrack.staff.form_pages import form_page, may_be_saved, status_of
from kyphotrack.staff.permissions import Capability, require, sites_of
from patients.forms import PatientForm
from patients.models import Patient
from patients.services import (
    DETAILS,
    BirthDateInFuture,
    RecordNumberTaken,
    note_chart_opened,
    register_patient,
)

_FIELD_OF = {RecordNumberTaken: "medical_record_number", BirthDateInFuture: "birth_date"}


@form_page
def register(request: HttpRequest, next_page: str) -> HttpResponse:
    now = timezone.now()
    sites = sites_of(request.user, Capability.REGISTER_PATIENT).order_by("name")
    if not sites:
        raise PermissionDenied("Your role does not allow you to register patients.")
    form = PatientForm(request, purpose="register", subject_id="new", sites=sites, now=now)
    if may_be_saved(request) and form.is_valid():
        patient = _registered(request, form, now)
        if patient:
            return redirect(next_page, patient_id=patient.public_id)
    context = {"form": form, "next_page": next_page, "nav": "register"}
    return render(request, "patients/register.html", context, status=status_of(form))


def _registered(request: HttpRequest, form: PatientForm, now: datetime) -> Patient | None:
    """The new patient; on a second sending of the same form the one that the first made; None if refused."""
    site, details = form.cleaned_data["site"], form.details()
    try:
        patient = register_patient(
            site=site, details=details, email_consent=form.cleaned_data["email_consent"], by=request.user, now=now
        )
    except (RecordNumberTaken, BirthDateInFuture) as error:
        already = Patient.objects.visible_to(request.user).filter(site=site, **details).first()
        if already:
            messages.info(request, "This patient was registered already; nothing was stored twice.")
        else:
            form.add_error(_FIELD_OF[type(error)], said(error))
        return already
    messages.success(request, "The patient is registered. Record the procedure next.")
    return patient


@form_page
def change(request: HttpRequest, patient_id: UUID, next_page: str, change_details: Callable) -> HttpResponse:
    now = timezone.now()
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("site"), public_id=patient_id)
    require(request.user, Capability.REGISTER_PATIENT, patient.site)
    agreed = patient.email_consents.filter(withdrawn_at__isnull=True).exists()
    form = PatientForm(
        request,
        purpose="change",
        subject_id=patient_id,
        sites=sites_of(request.user, Capability.REGISTER_PATIENT),
        now=now,
        existing=patient,
        initial={name: getattr(patient, name) for name in DETAILS} | {"email_consent": agreed},
    )
    if may_be_saved(request) and form.is_valid():
        try:
            change_details(
                patient=patient,
                details=form.details(),
                email_consent=form.cleaned_data["email_consent"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
            )
        except (RecordNumberTaken, BirthDateInFuture) as error:
            form.add_error(_FIELD_OF[type(error)], said(error))
        else:
            messages.success(request, "The details are saved.")
            return redirect(next_page, patient_id=patient.public_id)
    note_chart_opened(patient=patient, by=request.user, now=now)
    context = {"form": form, "patient": patient, "nav": "patients", "now": now}
    return render(request, "patients/change.html", context, status=status_of(form))
