"""F01-F06, F09, F20: senders and clocks are killed, stopped or doubled while flags are typed and reminders fall due."""

import signal
import time

import pytest

from tests.faults.stack import TICK, WORKER

pytestmark = [pytest.mark.faults]


def test_f00_nothing_is_hurt(a_stack, judge):
    stack = a_stack("F00")
    stack.start(*TICK)
    stack.type_the_script()
    assert judge(stack).doubled == 0
