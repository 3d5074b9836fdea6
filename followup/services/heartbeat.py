"""The sign of life to an outside monitor. It falls silent when anything is wrong here, or when all of this is gone."""

import logging
import urllib.request
from datetime import datetime, timedelta
from http.client import HTTPException

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from followup.models import WatchdogReport

_log = logging.getLogger("kyphotrack.heartbeat")
EVERY = timedelta(minutes=1)
_PATIENCE_SECONDS = 5


def send_heartbeat(*, now: datetime) -> bool:
    """Call the monitor, at most once a minute whoever runs the watchdog; returns whether it took the call."""
    if not settings.HEARTBEAT_URL:
        return False
    # Durable: the network is never waited for while a transaction holds rows.
    with transaction.atomic(durable=True):
        mine = WatchdogReport.objects.filter(
            Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lte=now - EVERY) | Q(heartbeat_at__gt=now)
        ).update(heartbeat_at=now)
    if not mine:
        return False
    try:
        with urllib.request.urlopen(settings.HEARTBEAT_URL, timeout=_PATIENCE_SECONDS):  # noqa: S310 - settings allow http(s) alone
            return True
    except (OSError, ValueError, HTTPException) as error:  # the last: what answers there is no web server
        _log.warning("The outside monitor did not take the heartbeat (%s).", type(error).__name__)
        return False
