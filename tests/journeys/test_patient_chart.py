"""A nurse or physician finds a patient and reads the chart."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from followup.models import ImagingTask, MonitoringSlot
from followup.services import imaging_tasks
from followup.services.episodes import correct_baseline, discharge_patient
from followup.services.observations import correct_observation, mark_entered_in_error
from followup.services.red_flags import acknowledge_flag, close_flag
from followup.services.slots import mark_missed_slots, waive_slot
from kyphotrack.staff.models import Role
from patients.models import ChartEvent
from patients.services import change_patient_details
from tests import cast

pytestmark = pytest.mark.django_db

WEAK_LEG = {"motor_L4_R": "3", "motor_L4_L": "5", "motor_S1_R": "5", "motor_S1_L": "5"}


@pytest.fixture
def site():
    return cast.a_site()


@pytest.fixture
def nurse(site):
    return cast.a_nurse(site)


@pytest.fixture
def physician(site):
    return cast.a_physician(site)


def episode(site, *, hours_ago: float = 6, name: str = "Example", number: str = "", **procedure):
    patient = cast.a_patient(site, number or f"MRN-{name}", name)
    return cast.an_episode(patient, time_zero=datetime.now(UTC) - timedelta(hours=hours_ago), **procedure)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(strip_tags(html.replace("<", " <"))))


def read(client, user, url_name: str, *args, query: str = "") -> str:
    client.force_login(user)
    response = client.get(reverse(url_name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def chart_words(client, user, procedure, query: str = "") -> str:
    return words(read(client, user, "chart", procedure.public_id, query=query))


def entry_of(html: str, anchor: str) -> str:
    """The list item of one entry of the thread."""
    return html.split(f'id="{anchor}"')[1].split('<li class="entry')[0]


# --- the list of patients -----------------------------------------------------------------------------------------------


def test_the_list_shows_the_state_of_the_newest_episode(client, site, nurse):
    now = datetime.now(UTC)
    cast.a_patient(site, "MRN-1", "Afirst")
    episode(site, name="Bward", hours_ago=1)
    home = episode(site, name="Chome", hours_ago=4, disposition="SAME_DAY")
    discharge_patient(procedure=home, by=nurse, now=now)
    done = episode(site, name="Ddone", hours_ago=30)
    discharge_patient(procedure=done, by=nurse, now=now)
    episode(site, name="Eforgotten", hours_ago=200)

    rows = words(read(client, nurse, "patient_list"))

    positions = [rows.index(text) for text in ("Afirst", "Bward", "Chome", "Ddone", "Eforgotten")]
    assert positions == sorted(positions)
    lines = [rows[start:end] for start, end in zip(positions, [*positions[1:], len(rows)], strict=True)]
    expected = ("no procedure yet", "In monitoring", "At home", "✓ Discharged", "Not discharged")
    assert [state in line for state, line in zip(expected, lines, strict=True)] == [True] * 5


def test_an_open_flag_of_an_older_episode_is_not_lost(client, site, nurse):
    old = episode(site, hours_ago=100)
    cast.log(old, minutes=30, neurology=WEAK_LEG)
    cast.an_episode(old.patient, time_zero=datetime.now(UTC) - timedelta(hours=1))

    rows = words(read(client, nurse, "patient_list"))

    assert "Emergent" in rows
    assert rows.count("MRN-Example") == 1


@pytest.mark.parametrize("typed", ["özdemir", "Özdem", "MRN-77", "mrn-77", "AY", "özdemir ay"])
def test_a_patient_is_found_by_parts_of_the_name_or_the_record_number(client, site, nurse, typed):
    cast.a_patient(site, "MRN-77", "Özdemir", given_name="Ayşe")
    cast.a_patient(site, "MRN-12", "Other", given_name="Jo")

    rows = words(read(client, nurse, "patient_list", query=f"?q={typed}"))

    assert "Özdemir, Ayşe" in rows
    assert "Other, Jo" not in rows


def test_a_patient_is_found_by_birth_date(client, site, nurse):
    cast.a_patient(site, "MRN-1", "Young", birth_date=date(1960, 2, 29))
    cast.a_patient(site, "MRN-2", "Older", birth_date=date(1940, 2, 28))

    rows = words(read(client, nurse, "patient_list", query="?born=1960-02-29"))

    assert "Young" in rows
    assert "Older" not in rows


@pytest.mark.parametrize(
    "query",
    [
        "?page=abc", "?page=-1", "?page=0", "?page=99999", "?page=", "?page=1e9", "?page=%F0%9F%98%80", "?page=" + "9" * 5000,
        "?born=31.31.2020", "?born=0000-00-00", "?q=%00", "?q=" + "x" * 3000, "?q=%27%3B--&born=x&page=z", "?q=%25_%5C",
        "?page=2&page=x&q=&q=", "?%00=%00",
    ],
)  # fmt: skip
def test_strange_search_values_show_the_list_and_never_break_it(client, site, nurse, query):
    for number in range(30):
        cast.a_patient(site, f"MRN-{number}", f"Family{number:02}")

    html = read(client, nurse, "patient_list", query=query)

    if query.startswith("?page"):
        assert "page 1 of 2" in words(html)
        assert "Family00" in html


def test_the_search_is_kept_from_page_to_page(client, site, nurse):
    for number in range(30):
        cast.a_patient(site, f"MRN-{number}", f"Family{number:02}")
    cast.a_patient(site, "MRN-99", "Another")

    first = read(client, nurse, "patient_list", query="?q=family")
    assert 'href="?q=family&amp;page=2"' in first
    second = words(read(client, nurse, "patient_list", query="?q=family&page=2"))
    assert "Family29" in second
    assert "Another" not in second


def test_an_unreadable_birth_date_is_named_beside_its_field(client, nurse):
    assert "Enter a valid date" in read(client, nurse, "patient_list", query="?born=tomorrow")


def test_nobody_found_and_nobody_registered_say_what_to_do(client, site, nurse):
    nobody = words(read(client, nurse, "patient_list"))
    assert "No patients yet" in nobody
    assert "Register the first patient" in nobody

    cast.a_patient(site)
    not_found = words(read(client, nurse, "patient_list", query="?q=zzz"))
    assert "Nobody found" in not_found
    assert "Show all patients" in not_found


def test_an_auditor_sees_no_patient(client, site):
    cast.a_patient(site)
    assert "Example" not in words(read(client, cast.a_member(site, Role.AUDITOR, "Auditor One"), "patient_list"))


# --- the page of a patient ----------------------------------------------------------------------------------------------


def test_the_patient_page_shows_identity_contact_consent_and_episodes(client, site, nurse):
    procedure = episode(site, levels=("L1", "T12"))
    details = {
        name: getattr(procedure.patient, name)
        for name in ("medical_record_number", "family_name", "given_name", "birth_date", "gender", "time_zone")
    }
    change_patient_details(
        patient=procedure.patient, details=details | {"email": "pat@example.org", "phone": "0301234"},
        email_consent=True, reason="asked", by=nurse, now=datetime.now(UTC),
    )  # fmt: skip

    html = read(client, nurse, "patient", procedure.patient.public_id)

    for text in ("MRN-Example", "17 May 1948", "0301234", "for pat@example.org", "In monitoring", "Balloon kyphoplasty"):
        assert text in words(html)
    assert reverse("chart", args=[procedure.public_id]) in html
    assert reverse("record_procedure", args=[procedure.patient.public_id]) in html


def test_without_consent_the_page_says_that_the_patient_is_phoned(client, site, nurse):
    assert "none: this patient is phoned" in words(read(client, nurse, "patient", cast.a_patient(site).public_id))


def test_a_coordinator_may_change_details_but_not_record_or_log(client, site):
    procedure = episode(site)
    coordinator = cast.a_member(site, Role.COORDINATOR, "Coordinator One")

    page = read(client, coordinator, "patient", procedure.patient.public_id)
    chart = read(client, coordinator, "chart", procedure.public_id)

    assert reverse("change_patient", args=[procedure.patient.public_id]) in page
    assert reverse("record_procedure", args=[procedure.patient.public_id]) not in page
    for not_allowed in ("log_observation", "correct_baseline", "discharge"):
        assert reverse(not_allowed, args=[procedure.public_id]) not in chart


@pytest.mark.parametrize("url_name", ["patient", "chart"])
def test_each_opening_of_a_chart_is_recorded_with_who_and_when(client, site, nurse, url_name):
    procedure = episode(site)
    subject = procedure.patient if url_name == "patient" else procedure
    read(client, nurse, url_name, subject.public_id)

    opened = ChartEvent.objects.get(patient=procedure.patient, verb=ChartEvent.Verb.OPENED)

    assert opened.by == nurse
    assert datetime.now(UTC) - opened.at < timedelta(minutes=1)


@pytest.mark.parametrize("url_name", ["patient_list", "patient", "chart", "discharge"])
def test_no_title_or_address_names_the_patient(client, site, nurse, url_name):
    procedure = episode(site, name="Marker")
    arguments = {"patient_list": [], "patient": [procedure.patient.public_id]}.get(url_name, [procedure.public_id])
    html = read(client, nurse, url_name, *arguments)
    title = html.split("<title>")[1].split("</title>")[0]

    assert "Marker" not in title
    assert "MRN" not in title
    assert not re.search(r'(href|action|src)="[^"]*(Marker|MRN-Marker|1948)', html)


def test_a_long_name_in_another_script_and_markup_in_it_are_shown_as_text(client, site, nurse):
    name = "<script>alert(1)</script>" + "李" * 150
    procedure = cast.an_episode(cast.a_patient(site, "MRN-1", name), time_zero=datetime.now(UTC) - timedelta(hours=1))
    for url_name, subject in (("patient", procedure.patient), ("chart", procedure), ("discharge", procedure)):
        html = read(client, nurse, url_name, subject.public_id)
        assert "<script>alert" not in html
        assert "李" * 150 in html


# --- the chart: what matters first ------------------------------------------------------------------------------------------


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


# --- the chart: the thread ------------------------------------------------------------------------------------------------


def test_the_thread_runs_in_clinical_time_and_can_be_turned_round(client, site, nurse):
    procedure = episode(site)
    cast.log(procedure, minutes=120, note="Sat up.")
    cast.log(procedure, minutes=60, typed_after=200, note="Lay flat.")

    newest_first = chart_words(client, nurse, procedure)
    oldest_first = chart_words(client, nurse, procedure, query="?order=oldest")

    assert newest_first.index("Sat up.") < newest_first.index("Lay flat.")
    assert oldest_first.index("Lay flat.") < oldest_first.index("Sat up.")
    for strange in ("?order=", "?order=%00", "?order=sideways&order=x"):
        assert chart_words(client, nurse, procedure, query=strange) == newest_first


def test_a_late_entry_says_when_it_was_measured_and_when_it_was_typed(client, site, nurse):
    procedure = episode(site)
    late = cast.log(procedure, minutes=60, typed_after=90, pain_at_rest=Decimal(2)).observation
    at_once = cast.log(procedure, minutes=120, pain_at_rest=Decimal(2)).observation
    html = read(client, nurse, "chart", procedure.public_id)
    zone = site.zone

    note = words(entry_of(html, f"entry-{late.public_id}"))
    assert f"Late entry: measured {late.effective_at.astimezone(zone):%H:%M}, typed" in note
    assert f"{late.recorded_at.astimezone(zone):%H:%M} (90 min later)" in note
    assert "Nurse One" in note
    assert "Late entry" not in entry_of(html, f"entry-{at_once.public_id}")


def test_a_corrected_row_stays_struck_through_with_the_reason_and_a_link_to_the_new_one(client, site, nurse):
    procedure = episode(site)
    dose = {"drug": "MORPHINE", "dose": "5 mg", "route": "IV", "given_at": procedure.time_zero + timedelta(minutes=50)}
    old = cast.log(procedure, minutes=60, pulse_per_minute=41, doses=[dose]).observation
    new = correct_observation(
        observation=old, answers={"effective_at": old.effective_at, "pulse_per_minute": 81}, doses=[],
        reason="Wrong box.", by=cast.a_nurse(site, "Nurse Two"), now=datetime.now(UTC), form_token=uuid.uuid4(),
    ).observation  # fmt: skip
    html = read(client, nurse, "chart", procedure.public_id)

    struck, current = entry_of(html, f"entry-{old.public_id}"), entry_of(html, f"entry-{new.public_id}")

    assert "<del" in struck
    assert "pulse 41/min" in struck
    assert "by Nurse Two: Wrong box." in words(struck)
    assert f'href="#entry-{new.public_id}"' in struck
    assert "<del" not in current
    assert "pulse 81/min" in current
    assert f'href="#entry-{old.public_id}"' in current
    assert '<del class="entry-heading">Morphine 5 mg intravenous</del>' in html


def test_a_row_entered_in_error_stays_struck_through_with_its_reason(client, site, nurse):
    procedure = episode(site)
    wrong = cast.log(procedure, minutes=60, pain_at_rest=Decimal(3)).observation
    mark_entered_in_error(
        observation=wrong, reason="Bed 14, not 12.", by=nurse, now=datetime.now(UTC), form_token=uuid.uuid4()
    )
    html = read(client, nurse, "chart", procedure.public_id)

    struck = words(entry_of(html, f"entry-{wrong.public_id}"))
    assert "Entered in error" in struck
    assert "Bed 14, not 12." in struck
    assert html.count('class="entry entry-OBSERVATION"') == 1


def test_the_whole_story_of_a_flag_stands_in_the_thread(client, site, nurse, physician):
    procedure = episode(site, hours_ago=5)
    at = procedure.time_zero + timedelta(minutes=60)
    cast.log(procedure, minutes=60, neurology=WEAK_LEG)
    cast.log(procedure, minutes=70, neurology=WEAK_LEG)
    task = ImagingTask.objects.get(procedure=procedure)

    def minutes(count: int) -> dict:
        return {"task": task, "by": physician, "now": at + timedelta(minutes=count)}

    imaging_tasks.acknowledge_imaging_task(comment="Keep flat.", **minutes(20))
    imaging_tasks.order_imaging(
        modality="CT_WITHOUT_CONTRAST", region="L1", appointment_at=None, comment="MRI is down.", **minutes(30)
    )
    imaging_tasks.record_imaging_performed(comment="", **minutes(60))
    imaging_tasks.record_imaging_report(result="LEAK_COMPRESSING", comment="Canal.", **minutes(70))
    imaging_tasks.decide_imaging_task(
        decision="DECOMPRESSION", outcome="CONFIRMED", reason="Theatre is ready.", **minutes(80)
    )

    shown = chart_words(client, nurse, procedure, query="?order=oldest").split("Everything in time order")[1]

    story = [
        "N1 New leg weakness: raised", "Imaging: requested", "Told: nurse in charge, on-call physician", "N1 New leg weakness: found again",
        "N1 acknowledged", "Imaging: acknowledged", "Imaging: ordered", "CT without contrast, L1",
        "MRI is down.", "Imaging: performed", "Imaging: reported", "Cement leak, compressing",
        "N1 closed: Complication confirmed", "Imaging: decided", "Surgical decompression",
    ]  # fmt: skip
    positions = [shown.index(text) for text in story]
    assert positions == sorted(positions)
    assert shown.count("Keep flat.") == 2  # for the task, and for the flag that it answers


def test_an_amber_flag_acknowledged_and_closed_by_the_nurse_is_told_with_her_words(client, site, nurse):
    procedure = episode(site, hours_ago=5)
    flag = cast.log(procedure, minutes=60, pain_at_rest=Decimal(7)).raised[0]
    now = datetime.now(UTC)
    acknowledge_flag(flag=flag, comment="Dose is coming.", by=nurse, now=now - timedelta(minutes=20))
    close_flag(flag=flag, outcome="HANDLED", reason="4 after the dose.", by=nurse, now=now)

    shown = chart_words(client, nurse, procedure)

    assert f"{flag.rule_code} acknowledged Nurse One Dose is coming." in shown
    assert f"{flag.rule_code} closed: Re-checked and handled Nurse One 4 after the dose." in shown


def test_missed_and_waived_checks_and_the_discharge_stand_in_the_thread(client, site, nurse):
    procedure = episode(site, hours_ago=1.2)
    now = datetime.now(UTC)
    mark_missed_slots(now=now)
    slot = MonitoringSlot.objects.open().filter(procedure=procedure).order_by("due_at").last()
    waive_slot(slot=slot, because="REFUSED", by=nurse, now=now)
    discharge_patient(procedure=procedure, by=nurse, now=now)

    shown = chart_words(client, nurse, procedure).split("Everything in time order")[1]

    assert "Check missed (full neurology)" in shown
    assert f"Check not done (full neurology): refused due {slot.due_at.astimezone(site.zone):%-d %b %H:%M} Nurse One" in shown
    assert "Ward monitoring ended Nurse One" in shown
    ended = MonitoringSlot.objects.filter(procedure=procedure, waived_because="DISCHARGED").count()
    assert f"Ward checks that are no longer due: {ended}" in shown


def test_a_corrected_baseline_keeps_the_old_one_in_the_thread(client, site, nurse, physician):
    procedure = episode(site)
    before = procedure.time_zero - timedelta(hours=3)
    correct_baseline(
        procedure=procedure, baseline=cast.a_baseline(effective_at=before, pain_at_rest=Decimal(9)),
        reason="Sheet of the clinic.", by=physician, now=datetime.now(UTC),
    )  # fmt: skip
    html = read(client, nurse, "chart", procedure.public_id)
    facts, thread = html.split('id="thread"')

    assert "at rest 9 · on movement 8" in words(facts)
    assert "at rest 6 · on movement 8" not in words(facts)
    assert "Superseded" in words(thread)
    assert "at rest 6 · on movement 8" in words(thread)
    assert "Sheet of the clinic." in words(thread)


def test_times_are_those_of_the_site_wherever_the_reader_sits(client):
    far = cast.a_site("Far unit", "America/New_York")
    procedure = cast.an_episode(cast.a_patient(far), time_zero=datetime(2026, 3, 10, 3, 30, tzinfo=UTC))
    shown = chart_words(client, cast.a_nurse(far), procedure)
    assert "T0 (end) 9 Mar 2026 23:30" in shown
    assert "Monday 9 March 2026" in shown


# --- the chart: the pain plot -----------------------------------------------------------------------------------------------


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
    drawing = words(read(client, nurse, "chart", procedure.public_id).split('<svg class="pain-plot"')[1].split("</svg>")[0])
    assert "2 at rest" in drawing
    assert "9 at rest" not in drawing
