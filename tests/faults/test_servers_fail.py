"""F07, F08, F10-F15: broker, mail server and PostgreSQL stop, forget, hang or refuse while the parts go on."""

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.certificates import Authority, shows_nothing
from tests.faults.stack import TICK, Cluster
from tests.running_parts import wait_until

pytestmark = [pytest.mark.faults]
GONE_SECONDS, LOCKED_SECONDS = 600.0, 300.0
HELD_AT_MOST_SECONDS = 30


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
def test_f08_the_broker_is_gone_for_ten_minutes(a_stack, judge):
    """The second clock does all; afterwards the workers find their way back by themselves."""
    stack = a_stack("F08G", broker=True, seconds=GONE_SECONDS - 60, answered_after=60.0)
    stack.start_all(clocks=1, workers=1, beats=1)
    stack.type_the_script()
    stack.broker.kill()
    gone_at = time.time()
    wait_until(lambda: "done" in stack.said, seconds=GONE_SECONDS + 60)
    time.sleep(max(gone_at + GONE_SECONDS - time.time(), 0))
    stack.broker.start_again()
    back_at = time.time()
    answered = "SELECT 1 FROM followup_jobrun WHERE job LIKE 'canary:%%' AND finished_at > to_timestamp(%s)"
    wait_until(lambda: len(stack.ask(answered, back_at)) == 3, seconds=120)
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f08_the_broker_has_no_memory_left(a_stack, judge):
    """It answers, and takes nothing."""
    stack = a_stack("F08M", broker=True)
    stack.start_all(clocks=1, workers=1, beats=1)
    stack.broker.command("CONFIG SET maxmemory 1")
    stack.type_the_script()
    wait_until(lambda: "done" in stack.said, seconds=60)
    stack.broker.command("CONFIG SET maxmemory 0")
    assert judge(stack).doubled == 0


@pytest.mark.long_form
@pytest.mark.parametrize("dies", ["before it keeps the message", "before it answers", "after it answered"])
def test_f10_the_mail_server_dies(a_stack, judge, chance, many, dies):
    """What it kept without an answer comes once more, with the same Message-ID; all else comes once."""
    stack = a_stack(
        "F10" + {"before it keeps the message": "L", "before it answers": "K", "after it answered": "A"}[dies]
    )
    hit = set()  # each message once: after a second time a patient is phoned, and gets no third mail

    async def die(server, envelope):
        (address,) = envelope.rcpt_tos
        if len(hit) == many or address in hit or chance.random() < 0.5:
            return None
        hit.add(address)
        stack.hurt()
        if dies == "after it answered":
            asyncio.get_running_loop().call_later(0.01, server.transport.abort)
            return None
        server.transport.abort()
        return "421 gone"

    if dies == "before it keeps the message":
        stack.sink.before = die
    else:
        stack.sink.after = die
    stack.start(*TICK)
    stack.type_the_script()
    result = judge(stack)
    assert len(hit) == many
    assert result.doubled == (result.window if dies == "before it answers" else 0)


def test_f11_postgresql_is_stopped_at_once_and_started_again(a_stack, judge, chance, many, cluster):
    """Whoever types is told that it could not be saved and sends the form again; nobody starts a part by hand."""
    stack = a_stack("F11", broker=True)
    stack.sink.hanging_up_means_noted = False
    stack.start_all(workers=1, beats=1)
    stack.type_the_script()
    for _injection in range(many):
        time.sleep(chance.uniform(0.3, 1.5))
        cluster.stop_at_once()
        time.sleep(chance.uniform(0.1, 1))
        cluster.start_again()
        stack.hurt()
    judge(stack)
    assert [part.command for part in stack.parts if part.process.poll() is not None] == []


@pytest.mark.long_form
def test_f12_the_rows_of_two_patients_stay_locked_for_five_minutes(a_stack, judge):
    """Who types for one of them is told so within seconds and tries again; the reminder waits; nobody else notices."""
    stack = a_stack("F12", seconds=2.0, answered_after=60.0)
    stack.start(*TICK)
    stack.type_the_script()
    of_the_locked = {stack.script.patient_address(0), *stack.script.told_of(0)}
    with psycopg.connect(stack.database_url) as holder:
        holder.execute(
            "SELECT 1 FROM procedures_procedure JOIN patients_patient ON patients_patient.id = patient_id"
            " WHERE medical_record_number IN ('MRN-0000', 'MRN-R0000') FOR UPDATE OF procedures_procedure"
        )
        locked_at = time.monotonic()
        others = [address for address in stack.script.expected() if address not in of_the_locked]
        wait_until(lambda: all(stack.sink.by_address.get(address) for address in others), seconds=60)
        time.sleep(max(locked_at + LOCKED_SECONDS - time.monotonic(), 0))
        assert not [address for address in of_the_locked if stack.sink.by_address.get(address)]
    stack.hurt()
    assert judge(stack).doubled == 0
    # Each refusal came within the five seconds of `lock_timeout`, and left time to begin another.
    assert (stack.place / "typist.log").read_text().count("lock timeout") >= LOCKED_SECONDS / 8


@pytest.mark.long_form
def test_f12_no_connection_is_left(a_stack, judge):
    stack = a_stack("F12C", seconds=8)
    stack.sink.hanging_up_means_noted = False
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
    stack.hurt()
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
        yield held
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # else the thread that waits for a client takes one more
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
    """With the real waits: it holds nobody longer than half a minute, and the ladders are climbed meanwhile."""
    stack = a_stack("F13D", seconds=2.0)
    held, climbed = [], set()
    greeting = b"220 a greeting that never comes to its end, however long one listens to it, for it is long"
    with instead_of(stack.sink, greeting) as connections:
        stack.start("tick", "--loop", WAITS="real")
        stack.type_the_script()
        wait_until(lambda: connections, seconds=60)
        dripping_until = time.monotonic() + 75
        while time.monotonic() < dripping_until:
            for job, started, took in stack.ask(
                "SELECT job, extract(epoch FROM started_at), extract(epoch FROM finished_at - started_at)"
                " FROM followup_jobrun WHERE kept_by = 'TICK' AND finished_at IS NOT NULL"
            ):
                held += [float(took)] if job.startswith("send_") else []
                climbed |= {float(started)} if job == "climb_ladders" else set()
            time.sleep(0.5)
    stack.hurt()
    pauses = [later - earlier for earlier, later in zip(sorted(climbed), sorted(climbed)[1:], strict=False)]
    print(f"F13D a sender was held for {max(held):.1f} s at most; {max(pauses):.1f} s between two climbs")
    assert 15 < max(held) <= HELD_AT_MOST_SECONDS
    assert max(pauses) <= HELD_AT_MOST_SECONDS + 15
    assert judge(stack).doubled == 0


@pytest.mark.long_form
def test_f13_the_mail_server_hangs_after_data(a_stack, judge, many):
    """And does not keep what it was given. A second sender goes on meanwhile."""
    stack = a_stack("F13H", seconds=2)
    hit = set()

    async def hang(_server, envelope):
        (address,) = envelope.rcpt_tos
        if len(hit) < many and address not in hit:
            hit.add(address)
            await asyncio.sleep(6)
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


@pytest.mark.long_form
def test_f14_mail_goes_to_no_server_that_cannot_show_who_it_is(a_stack, judge):
    """TLS is asked for: no word of a message leaves before the right certificate is there, and then all of them do."""
    if not shutil.which("openssl"):
        pytest.skip("F14 with TLS makes its certificates with the command openssl, which is not installed.")
    stack = a_stack("F14T", seconds=2.0)
    stack.mail_scheme = "smtp+tls"
    trusted, stranger = Authority(_new(stack.place / "trusted")), Authority(_new(stack.place / "stranger"))
    not_acceptable = {
        "no TLS": None,
        "a handshake that fails": shows_nothing(),
        "expired": trusted.server(days=-1),
        "of another server": trusted.server(address="DNS:mail.example"),
        "of a stranger": stranger.server(),
    }
    stack.start(*TICK, SSL_CERT_FILE=str(trusted.file))
    stack.type_the_script()
    for what, shown in not_acceptable.items():
        _show(stack.sink, shown)
        greeted = stack.sink.greeted
        wait_until(lambda: stack.sink.greeted >= greeted + 2, seconds=60)  # noqa: B023
        assert (stack.sink.tries, stack.sink.received) == (0, 0), what
    _show(stack.sink, trusted.server())
    stack.hurt()
    assert judge(stack).doubled == 0
    assert all(mail.encrypted for mails in stack.sink.by_address.values() for mail in mails)


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _show(sink, certificate) -> None:
    sink.stop()
    sink.tls = certificate
    _until_free(sink)


@pytest.fixture
def small_disk(monkeypatch):
    """A file system of its own that PostgreSQL and nothing else stands on."""
    place = Path(os.environ.get("SMALL_DISK", "/"))
    if not place.is_mount() or place == Path("/"):
        pytest.skip("F15 needs the small disk that `make faults` mounts; here neither root nor a user namespace could.")
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    own = Cluster(place)
    monkeypatch.undo()
    yield place, own
    own.forget()


@pytest.mark.long_form
def test_f15_the_disk_of_postgresql_is_full_for_a_while(a_stack, judge, small_disk):
    """With no room for its log it may fall over; whoever types is told, and nothing that was said to be saved is lost."""
    place, own = small_disk
    stack = a_stack("F15", seconds=8, on=own)
    stack.sink.hanging_up_means_noted = False
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
    stack.hurt()
    judge(stack)
