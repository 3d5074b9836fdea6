"""Addresses below patients/. `next_page` names the page that follows; the root passes it in, since it lies above."""

from django.urls import path

from patients import views


def addresses(next_page: str) -> list:
    given = {"next_page": next_page}
    return [
        path("patients/new/", views.register, given, name="register_patient"),
        path("patients/<uuid:patient_id>/change/", views.change, given, name="change_patient"),
    ]
