"""The composition root. Every process, the web server too, must know the Celery application, or a nudge goes nowhere."""

from kyphotrack.celery import app

__all__ = ["app"]
