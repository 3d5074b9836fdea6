"""A nurse or physician opens a chart: what matters comes first, and the pain is drawn."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from followup.models import ImagingTask, MonitoringSlot
from followup.services import imaging_tasks
from followup.services.observations import correct_observation, mark_entered_in_error
from tests import cast
from tests.reading import read, words

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


def episode(site, *, hours_ago: float = 6, name: str = "Example", number: str = "", **procedure):
    patient = cast.a_patient(site, number or f"MRN-{name}", name)
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago), **procedure)


def chart_words(client, user, procedure, query: str = "") -> str:
    return words(read(client, user, "chart", procedure.public_id, query=query))


# --- what matters first ----------------------------------------------------------------------------------


def test_the_chart_names_the_patient_by_two_identifiers_and_shows_the_facts(client, site, nurse):
    procedure = episode(site, levels=("L1", "T12"), notes="Needle track dry.")

    shown = chart_words(client, nurse, procedure)

    for text in (
        "Example, Pat", "born 17 May 1948", "MRN MRN-Example", "Balloon kyphoplasty T12, L1", "cement 4.5 mL",
        "leakage: none seen", "Overnight stay (24 h)", "at rest 6 · on movement 8", "Needle track dry.",
        "MRI safety Screened: clear",
    ):  # fmt: skip
        assert text in shown


def test_leakage_that_nobody_assessed_is_not_shown_as_none(client, site, nurse):
    procedure = episode(site)
    procedure.treated_levels.update(leakage="")
    assert "leakage: not assessed" in chart_words(client, nurse, procedure)
    procedure.treated_levels.update(leakage="ASYMPTOMATIC", leakage_sites=["EPIDURAL", "DISC_ABOVE"])
    assert "leak, no symptoms (epidural (canal), disc above)" in chart_words(client, nurse, procedure)


def test_an_episode_without_any_value_says_so_and_does_not_break(client, site, nurse):
    procedure = episode(site, baseline=None)
    cast.log(procedure, minutes=15, note="Asleep, nothing measured.")

    shown = chart_words(client, nurse, procedure)

    assert "No baseline was recorded" in shown
    assert "Not examined since the procedure" in shown
    assert "No pain score yet" in shown
    assert "No flag or imaging task is open" in shown
    assert "Asleep, nothing measured." in shown


def test_late_and_next_checks_stand_first_with_a_way_to_log(client, site, nurse):
    procedure = episode(site, hours_ago=0.5)
    html = read(client, nurse, "chart", procedure.public_id)
    due = html.split('id="due-heading"')[1].split("</section>")[0]

    assert "⚠ Late" in due
    assert "○ Next" in due
    assert reverse("log_observation", args=[procedure.public_id]) in due
    slot = MonitoringSlot.objects.open().filter(procedure=procedure).order_by("due_at").first()
    assert reverse("waive_slot", args=[slot.pk]) in due


def test_a_half_done_set_says_what_it_still_lacks(client, site, nurse):
    procedure = episode(site, hours_ago=1.01)
    cast.log(procedure, minutes=60, **cast.NORMAL_VITALS, pain_at_rest=Decimal(2))
    assert "still lacks: puncture site, full neurology" in chart_words(client, nurse, procedure)


def test_an_open_red_flag_stands_with_its_task_its_clock_and_how_late_the_alarm_was(client, site, nurse, physician):
    procedure = episode(site, hours_ago=3)
    cast.log(procedure, minutes=60, typed_after=90, neurology=WEAK_LEG)

    html = read(client, nurse, "chart", procedure.public_id)
    top = words(html.split('id="due-heading"')[0])

    assert "Imaging requested, waits for acknowledgement" in top
    assert "N1 New leg weakness Weaker than before the procedure" in top
    assert "The alarm came 90 min after the measurement." in top
    assert "not acknowledged" in top
    task = ImagingTask.objects.get(procedure=procedure)
    assert reverse("imaging_task", args=[task.public_id]) in html
    imaging_tasks.acknowledge_imaging_task(task=task, comment="Coming.", by=physician, now=datetime.now(UTC))
    assert "by Physician One" in chart_words(client, nurse, procedure).split("Due checks")[0]


def test_a_flag_that_nothing_supports_any_more_stays_and_says_so(client, site, nurse):
    procedure = episode(site, hours_ago=3)
    wrong = cast.log(procedure, minutes=60, neurology=WEAK_LEG).observation
    mark_entered_in_error(
        observation=wrong, reason="Other patient.", by=nurse, now=datetime.now(UTC), form_token=uuid.uuid4()
    )

    top = chart_words(client, nurse, procedure).split("Due checks")[0]

    assert "N1 New leg weakness" in top
    assert "No longer supported by current values" in top


def test_a_quick_check_does_not_hide_what_the_full_exam_found(client, site, nurse):
    procedure = episode(site, hours_ago=5)
    cast.log(procedure, minutes=120, neurology=cast.NORMAL_FULL_NEUROLOGY | {"saddle_sensation": "ALTERED"})
    cast.log(procedure, minutes=180, neurology=cast.NORMAL_QUICK_NEUROLOGY)

    neurology = chart_words(client, nurse, procedure).split("Neurology against the baseline")[1].split("Pain")[0]

    assert "Worse than baseline" in neurology
    assert "worse : saddle sensation (S3–S5), before normal, now altered (tested" in neurology


def test_neurology_without_a_baseline_is_compared_with_a_healthy_person(client, site, nurse):
    procedure = episode(site, hours_ago=5, baseline=None)
    cast.log(procedure, minutes=120, neurology=WEAK_LEG)
    shown = chart_words(client, nurse, procedure)
    assert "compared with a healthy person" in shown
    assert "before 5 normal (assumed: not examined before), now 3 against gravity" in shown


def test_what_the_last_observation_could_not_rule_out_is_named(client, site, nurse):
    procedure = episode(site, hours_ago=3)
    last = cast.log(procedure, minutes=60, pain_at_rest=Decimal(2)).observation
    shown = chart_words(client, nurse, procedure)
    assert "Not ruled out at the last observation" in shown
    for question in last.undecided:
        assert question["reason"] in shown


# --- the pain plot ---------------------------------------------------------------------------------------


def test_the_plot_draws_scores_doses_and_flags_and_repeats_them_as_a_table(client, site, nurse):
    procedure = episode(site)
    dose = {"drug": "MORPHINE", "dose": "5 mg", "route": "IV", "given_at": procedure.time_zero + timedelta(minutes=65)}
    cast.log(procedure, minutes=60, pain_at_rest=Decimal(7), pain_on_movement=Decimal(8))
    cast.log(procedure, minutes=90, pain_on_movement=Decimal(4), doses=[dose])
    cast.log(procedure, minutes=120, pain_at_rest=Decimal(2), pain_on_movement=Decimal(3))

    html = read(client, nurse, "chart", procedure.public_id)
    drawing = html.split('<svg class="pain-plot"')[1].split("</svg>")[0]
    table = words(html.split("Pain scores, doses and flags in time order")[1].split("</table>")[0])

    assert drawing.count('class="plot-line plot-line-movement"') == 1
    assert 'class="plot-line plot-line-rest"' not in drawing  # the gap between 60 and 120 min is not bridged
    assert "Morphine IV" in drawing
    assert ">P5</text>" in drawing
    assert "At rest: 6 before the procedure, 2 scores, first 7, lowest 2 at T0 + 2 h, last 2" in words(drawing)
    assert "T0 + 1 h 30 min not asked 4" in table
    assert "Morphine IV 5 mg" in table
    assert "P5 Severe pain (amber)" in table


def test_the_drawing_needs_no_style_attribute_that_the_security_policy_would_drop(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=60, pain_at_rest=Decimal(7))
    html = read(client, nurse, "chart", procedure.public_id)
    assert " style=" not in html
    assert "<style" not in html


def test_a_corrected_score_is_not_plotted(client, site, nurse):
    procedure = episode(site)
    old = cast.log(procedure, minutes=60, pain_at_rest=Decimal(9)).observation
    correct_observation(
        observation=old, answers={"effective_at": old.effective_at, "pain_at_rest": Decimal(2)}, doses=[],
        reason="Misheard.", by=nurse, now=datetime.now(UTC), form_token=uuid.uuid4(),
    )  # fmt: skip
    drawing = words(
        read(client, nurse, "chart", procedure.public_id).split('<svg class="pain-plot"')[1].split("</svg>")[0]
    )
    assert "2 at rest" in drawing
    assert "9 at rest" not in drawing


def test_every_step_of_an_imaging_task_stands_with_its_time_person_and_words(client, site, nurse, physician):
    procedure = episode(site, hours_ago=3)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    task = ImagingTask.objects.get(procedure=procedure)
    imaging_tasks.acknowledge_imaging_task(task=task, comment="Coming.", by=physician, now=datetime.now(UTC))

    loop = read(client, nurse, "chart", procedure.public_id).split('id="imaging-loop"')[1].split("</section>")[0]
    rows = [words(row) for row in loop.split("<tr>")[2:]]

    assert len(rows) == 2
    assert "requested the rules Scan: " in rows[0]
    assert "Physician One Coming." in rows[1]
