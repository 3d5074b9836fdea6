"""What saves and the board cost, as ratios against the bare database within one run (`make bench`).

Absolute figures drift with the machine, so each is measured in turn with its baseline (A B A B), and the median of the
ratios is printed. A miss of a goal fails only beyond twice its slack.
"""

import statistics
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from followup.red_flags.assess import assess
from followup.red_flags.ruleset import DEFAULT_RULESET
from followup.services.history import history_of, read_episode
from tests.cast import NORMAL_FULL_NEUROLOGY, a_nurse, a_patient, a_physician, a_routine_set, a_site, an_episode, log

pytestmark = [pytest.mark.bench, pytest.mark.needs_postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
PATIENTS = 1000
_HISTORY = 22


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float, float]:
    """Medians of both, and of their ratio pair by pair; one warm-up round is not counted."""
    pairs = [(seconds(first), seconds(second)) for _round in range(ROUNDS + 1)][1:]
    return (
        statistics.median(one for one, _other in pairs),
        statistics.median(other for _one, other in pairs),
        statistics.median(one / other for one, other in pairs),
    )


def say(name: str, text: str) -> None:
    print(f"\n{name:34} {text}", end="")


@pytest.fixture
def nurse():
    site = a_site()
    a_physician(site)
    return a_nurse(site)


def an_episode_with_history(nurse, number: int):
    episode = an_episode(a_patient(nurse.memberships.get().site, f"BENCH-{number}"), disposition="STAY_48H")
    for one in range(_HISTORY):
        log(episode, minutes=10 + one * 5, by=nurse, **a_routine_set())
    return episode


def bare_insert() -> None:
    """One row and one commit, in SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, now())",
            [uuid.uuid4().hex, "x" * 500],
        )


def a_save_on_each(episodes, nurse, minutes) -> None:
    """One more set on each episode, so that no history grows much while it is measured."""
    at = next(minutes)
    for episode in episodes:
        log(episode, minutes=at, by=nurse, **a_routine_set())


def test_a_save_with_a_full_history(nurse):
    episodes = [an_episode_with_history(nurse, number) for number in range(10)]
    minutes = iter(range(200, 2000))

    def inserts():
        for _one in episodes:
            bare_insert()

    save, insert, ratio = in_turn(lambda: a_save_on_each(episodes, nurse, minutes), inserts)
    say("save without a flag", f"{save * 100:.1f} ms; a bare insert and commit {insert * 100:.2f} ms")
    say("  ratio", f"{ratio:.0f} bare inserts")


def test_a_save_that_raises_a_red_flag(nurse):
    weak = a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"})
    episodes = iter([an_episode(a_patient(nurse.memberships.get().site, f"BENCH-F{number}")) for number in range(200)])

    def with_flag():
        for _one in range(10):
            log(next(episodes), minutes=30, by=nurse, **weak)

    def without():
        for _one in range(10):
            log(next(episodes), minutes=30, by=nurse, **a_routine_set())

    flag, plain, ratio = in_turn(with_flag, without)
    say("save with flag, task, ladder, mail", f"{flag / 10 * 1000:.1f} ms; without a flag {plain / 10 * 1000:.1f} ms")
    say("  ratio", f"{ratio:.2f}")


def test_the_rules_share_of_a_save(nurse):
    episodes = [an_episode_with_history(nurse, 100 + number) for number in range(10)]
    history = history_of(read_episode(episodes[0], ruleset=DEFAULT_RULESET))
    minutes = iter(range(200, 2000))

    def rules():
        for _one in episodes:
            assess(history)

    rule, _save, ratio = in_turn(rules, lambda: a_save_on_each(episodes, nurse, minutes))
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        (fsync,) = cursor.fetchone()
    say("assessing an episode of 22 sets", f"{rule * 100:.2f} ms, {10 / rule:.0f} episodes/s")
    # A database that does not wait for the disk makes the save shorter, and so the share larger.
    say("  share of a save", f"{ratio:.0%} (goal: under 10 %), with fsync {fsync}")


def test_the_chart_of_sixty_sets(nurse):
    """Against the chart of the same patient's episode without a set: what is left is what the history costs."""
    patient = a_patient(nurse.memberships.get().site, "BENCH-CHART")
    episode = an_episode(patient, disposition="STAY_48H")
    bare = an_episode(a_patient(nurse.memberships.get().site, "BENCH-BARE"), disposition="STAY_48H")
    for number in range(60):
        log(episode, minutes=60 + 30 * number, by=nurse, **a_routine_set())
    client = Client()
    client.force_login(nurse)

    def full():
        assert b"60 in all" in client.get(reverse("chart", args=[episode.public_id])).content

    def without():
        assert client.get(reverse("chart", args=[bare.public_id])).status_code == 200

    def sql():
        """What a chart cannot do without: the sets, checks, flags and contacts of the episode."""
        with connection.cursor() as cursor:
            for table in ("observation", "monitoringslot", "redflag", "followupcontact"):
                cursor.execute(f"SELECT * FROM followup_{table} WHERE procedure_id = %s", [episode.pk])  # noqa: S608
                cursor.fetchall()

    chart, empty, ratio = in_turn(full, without)
    _chart, raw, to_sql = in_turn(full, sql)
    say("chart of 60 sets", f"{chart * 1000:.0f} ms; without a set {empty * 1000:.0f} ms; bare SQL {raw * 1000:.1f} ms")
    say("  ratio to the bare page, to SQL", f"{ratio:.1f}, {to_sql:.0f}")


def test_the_board_of_a_thousand(nurse):
    for number in range(PATIENTS):
        episode = an_episode(a_patient(nurse.memberships.get().site, f"BENCH-B{number}"))
        if number % 10 == 0:
            log(episode, minutes=30, by=nurse, **a_routine_set(sudden_onset=True))
    # All of them are on the ward now.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE followup_monitoringstatus SET watched_until = now() + %s", [timedelta(hours=5)])
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(nurse)

    def page():
        answer = client.get(reverse("board_rows"))
        assert answer.content.count(b"BENCH-B") >= PATIENTS

    def sql():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status.*, episode.*, patient.* FROM followup_monitoringstatus status"
                " JOIN procedures_procedure episode ON episode.id = status.procedure_id"
                " JOIN patients_patient patient ON patient.id = episode.patient_id ORDER BY danger, next_due_at"
            )
            cursor.fetchall()

    elsewhere = Client()
    elsewhere.force_login(a_nurse(a_site("Empty unit")))

    def bare():
        assert b"BENCH-B" not in elsewhere.get(reverse("board_rows")).content

    board, raw, ratio = in_turn(page, sql)
    _board, empty, to_bare = in_turn(page, bare)
    say(
        f"board of {PATIENTS}",
        f"{board * 1000:.0f} ms; its bare SQL {raw * 1000:.0f} ms; bare page {empty * 1000:.0f} ms",
    )
    say("  ratio to SQL", f"{ratio:.1f} (goal 4: {'pass' if ratio <= 4 else 'miss'})")
    say("  ratio to the bare page", f"{to_bare:.0f}")
