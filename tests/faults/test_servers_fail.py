"""F07, F08, F10-F15: broker, mail server and PostgreSQL stop, forget, hang or refuse while the parts go on."""

import asyncio
import contextlib
import os
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.stack import TICK, Cluster
from tests.running_parts import wait_until

pytestmark = [pytest.mark.faults]


@pytest.mark.long_form
def test_f07_the_broker_is_killed_and_comes_back(a_stack, judge, chance, many):
    stack = a_stack("F07", broker=True)
    stack.start_all(clocks=1)
    stack.type_the_script()
    for _injection in range(many // 2):
        time.sleep(chance.uniform(0.2, 1.5))
        stack.broker.kill()
        time.sleep(chance.uniform(0.2, 1.5))
        stack.broker.start_again()
        wait_until(stack.broker.answers)
    assert judge(stack).doubled == 0


def test_f08_the_broker_forgets_everything_and_then_is_gone(a_stack, judge, chance, many):
    stack = a_stack("F08", broker=True)
    stack.start_all(clocks=1, workers=1, beats=1)
    stack.type_the_script()
    for _injection in range(many):
        time.sleep(chance.uniform(0.1, 0.5))
        stack.broker.command("FLUSHALL")
    stack.broker.kill()
    assert judge(stack).doubled == 0


@pytest.mark.long_form
@pytest.mark.parametrize("keeps", [True, False])
def test_f10_the_mail_server_dies_before_it_answers(a_stack, judge, chance, many, keeps):
    """One that kept the message gets it again, with the same Message-ID; one that lost it gets it once."""
    stack = a_stack(f"F10{'K' if keeps else 'L'}")
    left = [many]

    async def die(server, _envelope):
        if left[0] and chance.random() < 0.5:
            left[0] -= 1
            stack.window += keeps
            server.transport.abort()
            return "421 gone"

    if keeps:
        stack.sink.after = die
    else:
        stack.sink.before = die
    stack.start(*TICK)
    stack.type_the_script()
    result = judge(stack)
    assert left[0] < many
    assert bool(result.doubled) == keeps


def test_f11_postgresql_is_stopped_at_once_and_started_again(a_stack, judge, chance, many, cluster):
    """Whoever types is told that it could not be saved and sends the form again; nobody starts a part by hand."""
    stack = a_stack("F11", broker=True)
    stack.start_all(workers=1, beats=1)
    stack.type_the_script()
    for _injection in range(many):
        time.sleep(chance.uniform(0.3, 1.5))
        stack.window += 3  # one for each sender that could not write down what it had sent
        cluster.stop_at_once()
        time.sleep(chance.uniform(0.1, 1))
        cluster.start_again()
    judge(stack)
    assert [part.command for part in stack.parts if part.process.poll() is not None] == []


@pytest.mark.long_form
def test_f12_one_patients_row_stays_locked(a_stack, judge):
    """His reminder waits; everybody else's mail does not."""
    stack = a_stack("F12", seconds=2)
    stack.start(*TICK)
    stack.type_the_script()
    locked = stack.script.patient_address(0)
    with psycopg.connect(stack.database_url) as holder:
        holder.execute(
            "SELECT 1 FROM procedures_procedure JOIN patients_patient ON patients_patient.id = patient_id"
            " WHERE medical_record_number = 'MRN-R0000' FOR UPDATE OF procedures_procedure"
        )
        others = [address for address in stack.script.expected() if address != locked]
        wait_until(lambda: all(stack.sink.by_address.get(address) for address in others))
        assert not stack.sink.by_address.get(locked)
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f12_no_connection_is_left(a_stack, judge):
    stack = a_stack("F12C", seconds=8)
    stack.start(*TICK)
    stack.type_the_script()
    held = []
    try:
        for _connection in range(100):
            held.append(psycopg.connect(stack.database_url))
    except psycopg.OperationalError:
        pass
    assert len(held) < 100
    time.sleep(5)
    for one in held:
        one.close()
    stack.window += 1
    judge(stack)


@contextmanager
def instead_of(sink, answer: bytes):
    """A port that takes connections and then says `answer`, a byte a second, and nothing more."""
    sink.stop()
    listener = socket.create_server(("127.0.0.1", sink.port))
    held = []

    def speak(to):
        for number in range(len(answer)):
            try:
                to.sendall(answer[number : number + 1])
            except OSError:
                return
            time.sleep(1)

    def listen():
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return
            threading.Thread(target=speak, args=(held[-1],), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        with closing(listener):
            yield held
    finally:
        listener.close()
        for one in held:
            one.close()
        _until_free(sink)


def _until_free(sink) -> None:
    def starts():
        try:
            sink.start()
        except OSError:
            return False
        return True

    wait_until(starts)


@pytest.mark.long_form
def test_f13_the_mail_server_refuses_then_hangs_then_comes_back(a_stack, judge):
    stack = a_stack("F13", seconds=2)
    stack.sink.stop()
    stack.start(*TICK)
    stack.type_the_script()
    time.sleep(3)
    _until_free(stack.sink)
    with instead_of(stack.sink, b"") as held:
        wait_until(lambda: held)
        time.sleep(2)
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f13_the_mail_server_drips(a_stack, judge):
    stack = a_stack("F13D", seconds=2)
    stack.start(*TICK)
    with instead_of(stack.sink, b"220 a greeting that never comes to its end") as held:
        stack.type_the_script()
        wait_until(lambda: held)
        time.sleep(5)
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f13_the_mail_server_hangs_after_data(a_stack, judge, many):
    """And does not keep what it was given. A second sender goes on meanwhile."""
    stack = a_stack("F13H", seconds=2)
    left = [many]

    async def hang(_server, _envelope):
        if left[0]:
            left[0] -= 1
            await asyncio.sleep(4)
            return "451 too late"

    stack.sink.before = hang
    stack.start(*TICK)
    stack.start(*TICK)
    stack.type_the_script()
    assert judge(stack, seconds=150).doubled == 0


def test_f14_each_message_is_put_off_once_and_one_address_is_refused_for_good(a_stack, judge, chance):
    """Busy, greylisted and full: sent later, once. What was refused for good is not tried again."""
    stack = a_stack("F14", seconds=2)
    refused, seen, tries = stack.script.told_of(0)[1], set(), []

    async def put_off(_server, envelope):
        (address,) = envelope.rcpt_tos
        if address == refused:
            tries.append(address)
            return "550 no such person"
        if address not in seen:
            seen.add(address)
            return chance.choice(["421 closing", "451 come back later", "452 full"])

    stack.sink.before = put_off
    stack.start(*TICK)
    stack.type_the_script()
    assert judge(stack, without=frozenset({refused})).doubled == 0
    assert tries == [refused]
    assert stack.ask("SELECT state FROM followup_outgoingemail WHERE state = 'DEAD'") == [("DEAD",)]


@pytest.fixture
def small_disk(monkeypatch):
    """A file system of its own that PostgreSQL and nothing else stands on. Only root may mount one."""
    if os.geteuid():
        pytest.skip("F15 mounts a small disk, which only root may do.")
    place = Path(tempfile.mkdtemp(prefix="kyphotrack-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600m,mode=755", "tmpfs", place], check=True)
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        own = Cluster(place)
        monkeypatch.undo()
        yield place, own
        own.forget()
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


@pytest.mark.long_form
def test_f15_the_disk_of_postgresql_is_full_for_a_while(a_stack, judge, small_disk):
    """With no room for its log it may fall over; whoever types is told, and nothing that was said to be saved is lost."""
    place, own = small_disk
    stack = a_stack("F15", seconds=8, on=own)
    for _clock in range(2):
        stack.start(*TICK)
    stack.type_the_script()
    filler = place / "filler"
    with filler.open("wb", buffering=0) as full, contextlib.suppress(OSError):
        while True:
            full.write(bytes(1 << 20))
    with pytest.raises(psycopg.Error):  # it needs what room is left in its own files
        own.sql("CREATE TABLE heap AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)", stack.database_url)
    wait_until(lambda: not own.runs() or "No space left" in (stack.place / "typist.log").read_text())
    time.sleep(2)
    filler.unlink()
    if not own.runs():
        own.start_again()
    stack.window += 2
    judge(stack)
