"""The live lists cost the same number of statements whatever the number of patients."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast

pytestmark = pytest.mark.django_db

# Session, user, the lines of the board, treated levels, flags with their tasks, their ladders, and the watchdog's report.
BOARD_STATEMENTS = 7
WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5"}


def fill_ward(site, numbers) -> None:
    """Every third patient has an emergent flag with its imaging task, every third an amber one, every third none."""
    now = datetime.now(UTC)
    for number in numbers:
        patient = cast.a_patient(site, f"MRN-{number:04}", f"Family{number}")
        episode = cast.an_episode(patient, time_zero=now - timedelta(hours=3), levels=("T12", "L1"))
        answers = [
            cast.a_routine_set(neurology=WEAK_LEG),
            cast.a_routine_set(pain_on_movement=7, pain_at_rest=2),
            cast.a_routine_set(),
        ][number % 3]
        cast.log(episode, minutes=150, **answers)


def statements(client, url_name: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(reverse(url_name))
    assert response.status_code == 200
    return [one["sql"] for one in captured.captured_queries]


@pytest.mark.parametrize("url_name", ["board", "board_rows", "worklist", "worklist_rows"])
def test_three_patients_and_sixty_cost_the_same_statements(client, url_name):
    site = cast.a_site()
    client.force_login(cast.a_physician(site))
    fill_ward(site, range(3))
    with_three = statements(client, url_name)
    fill_ward(site, range(3, 60))
    with_sixty = statements(client, url_name)
    assert len(with_sixty) == len(with_three), "\n".join([*with_three, "--- with sixty:", *with_sixty])


def test_the_board_needs_seven_statements_with_session_and_user(client):
    site = cast.a_site()
    client.force_login(cast.a_nurse(site))
    fill_ward(site, range(3))
    assert len(statements(client, "board")) == BOARD_STATEMENTS


def test_an_empty_board_needs_no_more(client):
    client.force_login(cast.a_nurse(cast.a_site()))
    assert len(statements(client, "board")) <= BOARD_STATEMENTS
