from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "kyphotrack.staff"
    label = "staff"
