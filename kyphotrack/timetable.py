"""Every periodic task, as data. Each entry only looks at rows, so a missed or doubled run does no harm."""

TIMETABLE = {
    "climb escalation ladders": {"task": "followup.climb_ladders", "schedule": 15.0, "options": {"expires": 15}},
    "send urgent e-mail": {"task": "followup.send_urgent_email", "schedule": 15.0, "options": {"expires": 15}},
    "send other e-mail": {"task": "followup.send_due_email", "schedule": 15.0, "options": {"expires": 15}},
    "mark missed slots": {"task": "followup.mark_missed_slots", "schedule": 60.0, "options": {"expires": 60}},
    "raise missed contacts": {"task": "followup.raise_missed_contacts", "schedule": 60.0, "options": {"expires": 60}},
    "tell overdue checks": {"task": "followup.tell_overdue_checks", "schedule": 60.0, "options": {"expires": 60}},
    "queue patient reminders": {
        "task": "followup.queue_patient_reminders", "schedule": 15.0, "options": {"expires": 15},
    },
    "queue morning digests": {"task": "followup.queue_morning_digests", "schedule": 60.0, "options": {"expires": 60}},
    # The rows know what was looked at today, so that no hour of the day must be hit.
    "find gaps in bone health": {"task": "followup.find_care_gaps", "schedule": 900.0, "options": {"expires": 900}},
    # Each file says how old it is, so that the job may look often and write seldom.
    "renew the paper list": {"task": "followup.renew_fallback_file", "schedule": 240.0, "options": {"expires": 240}},
    "watch the machinery": {"task": "followup.watch", "schedule": 15.0, "options": {"expires": 15}},
    # One message a queue, so that a queue which no worker reads is seen.
    **{
        f"round trip through the queue {queue}": {
            "task": "followup.answer_canary", "schedule": 15.0, "args": [queue],
            "options": {"expires": 15, "queue": queue},
        }
        for queue in ("urgent", "mail", "bulk")
    },
}  # fmt: skip
