"""The cases that `approved.txt` shows beside random ones: those of the rule table, and those that stand at a limit."""

from collections.abc import Iterator

from followup.red_flags.history import Context, History
from tests.unit.red_flags import test_rule_table as table
from tests.unit.red_flags.build import T0

_CONTEXT = {"treated_levels": ("L1",), "aetiology": "OSTEOPOROTIC", "mri_safety": "CLEAR"}


def worked_cases() -> Iterator[tuple[str, History]]:
    for code, (readings, doses) in table.FIRES.items():
        context = Context(T0, **_CONTEXT | table._CONTEXT.get(code, {}))
        yield f"{code} fires", History(context, table._before(code), tuple(readings), doses)
    yield "all is well", History(Context(T0, **_CONTEXT), table._before(""), (table._ALL_WELL,))
