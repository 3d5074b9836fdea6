"""Pages that show only who a patient is. Where they lead to next is passed in by the root's addresses."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from kyphotrack.staff.form_pages import may_be_saved
from kyphotrack.staff.permissions import Capability, require, sites_of
from patients.forms import PatientForm
from patients.models import Patient
from patients.services import (
    DETAILS,
    BirthDateInFuture,
    RecordNumberTaken,
    change_patient_details,
    note_chart_opened,
    register_patient,
)

_FIELD_OF = {RecordNumberTaken: "medical_record_number", BirthDateInFuture: "birth_date"}


def register(request: HttpRequest, next_page: str) -> HttpResponse:
    now = timezone.now()
    sites = sites_of(request.user, Capability.REGISTER_PATIENT).order_by("name")
    if not sites:
        raise PermissionDenied("Your role does not allow you to register patients.")
    form = PatientForm(request, purpose="register", subject_id="new", sites=sites, today=now.date())
    if may_be_saved(request) and form.is_valid():
        try:
            patient = register_patient(
                site=form.cleaned_data["site"],
                details=form.details(),
                email_consent=form.cleaned_data["email_consent"],
                by=request.user,
                now=now,
            )
        except (RecordNumberTaken, BirthDateInFuture) as error:
            form.add_error(_FIELD_OF[type(error)], str(error))
        else:
            messages.success(request, "The patient is registered. Record the procedure next.")
            return redirect(next_page, patient_id=patient.public_id)
    return render(request, "patients/register.html", {"form": form, "nav": "register"})


def change(request: HttpRequest, patient_id, next_page: str) -> HttpResponse:
    now = timezone.now()
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("site"), public_id=patient_id)
    require(request.user, Capability.REGISTER_PATIENT, patient.site)
    agreed = patient.email_consents.filter(withdrawn_at__isnull=True).exists()
    form = PatientForm(
        request,
        purpose="change",
        subject_id=patient_id,
        sites=sites_of(request.user, Capability.REGISTER_PATIENT),
        today=now.date(),
        existing=patient,
        initial={name: getattr(patient, name) for name in DETAILS} | {"email_consent": agreed},
    )
    if may_be_saved(request) and form.is_valid():
        try:
            change_patient_details(
                patient=patient,
                details=form.details(),
                email_consent=form.cleaned_data["email_consent"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
            )
        except (RecordNumberTaken, BirthDateInFuture) as error:
            form.add_error(_FIELD_OF[type(error)], str(error))
        else:
            return redirect(next_page, patient_id=patient.public_id)
    if request.method == "GET":
        note_chart_opened(patient=patient, by=request.user, now=now)
    return render(request, "patients/change.html", {"form": form, "patient": patient, "nav": "patients", "now": now})
