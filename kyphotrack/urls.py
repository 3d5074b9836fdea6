"""Every address of the system: each app lists its own, and this is where they meet."""

from django.urls import include, path
from django.views.generic import RedirectView

from followup.services.patient_reminders import change_patient_details
from patients.urls import addresses as patient_addresses

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="board"), name="home"),
    path("", include("kyphotrack.staff.urls")),
    path("", include(patient_addresses(next_page="patient", change_details=change_patient_details))),
    path("", include("followup.urls")),
]
