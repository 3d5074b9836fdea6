"""The pain medicine of a day in words: morphine equivalent and step of the WHO ladder (clinical-spec 2.5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from followup.models import MedicationDose
from followup.red_flags.analgesics import known_days
from followup.red_flags.ruleset import Ruleset
from followup.services.history import dose_value

_STEPS = {0: "none", 1: "1 (non-opioid)", 2: "2 (weak opioid)", 3: "3 (strong opioid)", None: "not known"}


def day_of_analgesia(doses: Iterable[MedicationDose], *, time_zero: datetime, at: datetime, ruleset: Ruleset) -> str:
    """What was given in the 24 hours, counted from T0, in which `at` lies, up to that instant; empty if nothing was."""
    day = (at - time_zero) // timedelta(days=1)
    values = [dose_value(dose) for dose in doses]
    said = known_days(values, time_zero=time_zero, until=at, days_without=()).get(day)
    if said is None:
        return ""
    milligrams = f"{said.lower_bound.normalize():f} mg morphine equivalent by mouth"
    known = milligrams if said.complete else f"at least {milligrams}; some doses have no known equivalent"
    note = f"; {ruleset.mme_note_milligrams} mg a day or more" if said.is_worth_a_note(ruleset) else ""
    return (
        f"day {day} after the procedure: {known}{note}; WHO step {_STEPS[said.who_step]}. "
        "It compares days, and is not for changing from one opioid to another."
    )
