"""Addresses below patients/. The root passes in what lies above: the page that follows, and what saves changed details."""

from collections.abc import Callable

from django.urls import path

from patients import views


def addresses(next_page: str, change_details: Callable) -> list:
    given = {"next_page": next_page}
    return [
        path("patients/new/", views.register, given, name="register_patient"),
        path(
            "patients/<uuid:patient_id>/change/",
            views.change,
            given | {"change_details": change_details},
            name="change_patient",
        ),
    ]
