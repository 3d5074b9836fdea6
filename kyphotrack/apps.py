from django.apps import AppConfig


class KyphotrackConfig(AppConfig):
    """The composition root. Loading Celery here lets every process publish to the configured broker."""

    name = "kyphotrack"

    def ready(self) -> None:
        from kyphotrack import celery  # noqa: F401
