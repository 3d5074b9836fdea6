"""Whether the broker answers; asked by the health check and by the doctor."""

from celery import current_app

# A health check must not hang on what it checks.
_IMPATIENT = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1}


def broker_answers() -> bool:
    try:
        with current_app.connection_for_write(transport_options=_IMPATIENT) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
    except Exception:  # refused, unknown host, wrong password, time-out: whatever it is, it does not answer
        return False
    return True
