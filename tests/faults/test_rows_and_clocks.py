"""F16, F19, F21, F22: a clock set back, other rules of a zone, a message that cannot be rendered, a broker out of order."""

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kombu import Connection

from kyphotrack.celery import app
from tests.faults.stack import TICK
from tests.running_parts import wait_until
from tests.zone_files import write_zone

pytestmark = [pytest.mark.faults]


@pytest.fixture(scope="session")
def own_clock(tmp_path_factory) -> dict[str, str]:
    """What gives a process a clock of its own, `CLOCK` being the file with the seconds by which it is off."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("F16 gives processes a clock of their own with a small C file, and there is no C compiler.")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(source), "-ldl", "-lm"], check=True)
    return {"LD_PRELOAD": str(made)}


@pytest.mark.long_form
def test_f16_the_clock_of_the_machine_is_set_back_and_to_and_fro(a_stack, judge, chance, many, own_clock):
    """Of every part but the database. What was sent stays sent, what waits is not lost, and the watchdog says what is wrong."""
    stack = a_stack("F16", broker=True)
    clock = stack.place / "clock"

    def is_off_by(seconds: int) -> None:
        aside = stack.place / "next"
        aside.write_text(str(seconds))
        aside.replace(clock)

    is_off_by(0)
    stack.start_all(clocks=1, workers=1, beats=1, CLOCK=str(clock), **own_clock)
    stack.type_the_script()
    for _jump in range(many):
        time.sleep(chance.uniform(0.5, 1.5))
        is_off_by(chance.choice([-7200, -30, 30]))
    is_off_by(-7200)
    wait_until(lambda: "CLOCK_SKEW" in str(stack.ask("SELECT findings FROM followup_watchdogreport")))
    is_off_by(0)
    stack.hurt()
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f19_mail_goes_out_by_the_new_rules(a_stack, judge):
    """Every clock and the command read the new rules, the typist had the old: by those all would come an hour later."""
    stack = a_stack("F19", seconds=4.0, rule_brings_forward_hours=1)
    stack.type_the_script()
    script = stack.script
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    write_zone(
        stack.place, script.zone, hours=script.hours_east, later_hours=script.hours_east + 1, from_then=an_hour_ago
    )
    by_new_rules = {"PYTHONTZPATH": str(stack.place)}
    assert stack.start("follow_zone_rules", **by_new_rules).process.wait(60) == 0
    # Two weeks after T0 the last five contacts are to come; of who is on the ward the last six, for hours are not moved.
    said = (stack.place / "follow_zone_rules.log").read_text()
    assert said.count("moved") == 5 * script.reminders + 6 * script.flags, said
    stack.start(*TICK, **by_new_rules)
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f21_a_message_that_cannot_be_rendered_is_given_up_and_holds_up_no_other(a_stack, judge):
    stack = a_stack("F21", seconds=2)
    poisoned = stack.script.told_of(0)[1]
    stack.start(*TICK, POISON=poisoned)
    stack.type_the_script()
    result = judge(stack, without=frozenset({poisoned}))
    assert (result.doubled, result.late_max_seconds < 10) == (0, True)
    given_up = "SELECT attempts FROM followup_outgoingemail WHERE state = 'DEAD'"
    wait_until(lambda: stack.ask(given_up), seconds=60)
    assert stack.ask(given_up) == [(5,)]
    assert not stack.sink.by_address.get(poisoned)


@pytest.mark.long_form
def test_f22_the_broker_brings_its_messages_twice_late_and_out_of_order(a_stack, judge, chance, many):
    stack = a_stack("F22", broker=True)
    stack.start_all(clocks=1, beats=1)
    stack.type_the_script()
    tasks = ["followup.send_urgent_email", "followup.send_due_email", "followup.climb_ladders",
             "followup.queue_patient_reminders"] * many  # fmt: skip
    chance.shuffle(tasks)
    with Connection(stack.broker.url) as connection:
        for task in tasks:
            app.send_task(task, connection=connection)
    assert judge(stack).doubled == 0
