"""Gaps of bone health as rows: the daily look opens them once, people close them, what is recorded answers them."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from followup import jobs
from followup.models import BoneHealthFacts, BoneHealthReview, BoneHealthTask, BoneHealthTherapy, OutcomeScore
from followup.services import bone_health as services
from followup.services.bone_health_tasks import TaskAlreadyClosed, close_bone_health_task, find_care_gaps
from followup.services.observations import AlreadyCorrected, TokenOfOtherEpisode
from patients.models import ChartEvent, Patient
from procedures.models import Procedure
from tests import cast

pytestmark = pytest.mark.django_db


def after(days: float) -> datetime:
    return cast.T0 + timedelta(days=days)


@pytest.fixture
def episode(site):
    return cast.an_episode(cast.a_patient(site))


def tasks(episode, **wanted) -> list[tuple[str, str, str]]:
    rows = BoneHealthTask.objects.filter(procedure=episode, **wanted).order_by("pk")
    return [(task.gap, task.severity, task.state) for task in rows]


def say(episode, status: str, *, on: date, drug="ALENDRONATE", now: datetime, **words):
    answers = {"drug": drug, "status": status, "status_on": on} | words
    return services.record_therapy(
        procedure=episode, answers=answers, by=cast.a_nurse(episode.patient.site), now=now, form_token=uuid.uuid4()
    ).row


def know(episode, *, now: datetime, **facts):
    return services.record_facts(
        procedure=episode, answers={"known_on": now.date()} | facts, by=cast.a_nurse(episode.patient.site), now=now,
        form_token=uuid.uuid4(),
    ).row  # fmt: skip


# --- the daily look --------------------------------------------------------------------------------------------------


def test_two_runs_of_a_day_open_one_task(episode):
    assert find_care_gaps(now=after(14)) == 1
    assert find_care_gaps(now=after(14)) == 0
    assert tasks(episode) == [("DUE", "INFO", "OPEN")]
    assert ChartEvent.objects.filter(verb="RAISED_BONE_HEALTH_TASK", by=None).count() == 1
    assert BoneHealthReview.objects.get().reviewed_on == after(14).date()


def test_the_next_day_finds_the_same_gap_and_opens_nothing(episode):
    for days in range(14, 20):
        assert find_care_gaps(now=after(days)) == 1
    assert tasks(episode) == [("DUE", "INFO", "OPEN")]


def test_the_day_is_that_of_the_site(episode):
    """T0 is 10 March 10:00 in Berlin; day 14 begins there an hour before midnight UTC."""
    assert find_care_gaps(now=datetime(2026, 3, 23, 22, 59, tzinfo=UTC)) == 1
    assert tasks(episode) == []
    assert find_care_gaps(now=datetime(2026, 3, 23, 23, 1, tzinfo=UTC)) == 1
    assert tasks(episode) == [("DUE", "INFO", "OPEN")]


def test_an_open_task_becomes_graver_and_stays_one(episode):
    find_care_gaps(now=after(14))
    find_care_gaps(now=after(42))
    task = BoneHealthTask.objects.get()
    assert (task.gap, task.severity, task.due_on) == ("GAP", "AMBER", after(42).date())
    assert (task.opened_at, task.raised_at) == (after(14), after(42))
    find_care_gaps(now=after(90))
    assert tasks(episode) == [("GAP_LATE", "AMBER", "OPEN"), ("DXA_DUE", "INFO", "OPEN")]


def test_denosumab_climbs_to_urgent_and_raises_no_flag_and_no_scan(episode):
    know(episode, now=after(1), denosumab_given_on=after(-100).date())
    say(episode, "STARTED", drug="DENOSUMAB", on=after(-500).date(), now=after(1))
    seen = []
    for days in (49, 50, 82, 83, 96, 97, 110, 111):
        find_care_gaps(now=after(days))
        found = BoneHealthTask.objects.filter(kind="DENOSUMAB").values_list("gap", "severity")
        seen += [one for one in found if one not in seen[-1:]]
    assert seen == [
        ("DENO_REMINDER", "INFO"), ("DENO_DUE", "INFO"), ("DENO_OVERDUE", "AMBER"), ("DENO_DANGER", "URGENT"),
    ]  # fmt: skip
    assert BoneHealthTask.objects.filter(kind="DENOSUMAB").count() == 1
    assert not episode.red_flags.exists() and not episode.imaging_tasks.exists()


def test_a_look_is_bounded_and_the_next_goes_on(site):
    for number in range(5):
        cast.an_episode(cast.a_patient(site, f"MRN-{number}"))
    assert [find_care_gaps(now=after(20), limit=2) for _run in range(4)] == [2, 2, 1, 0]
    assert BoneHealthTask.objects.count() == 5


def test_sites_share_one_look_and_each_has_its_day(site):
    cast.an_episode(cast.a_patient(site))
    cast.an_episode(cast.a_patient(cast.a_site("Far unit", "Pacific/Auckland"), "MRN-9"))
    evening = datetime(2026, 3, 23, 20, tzinfo=UTC)  # already the 24th in Auckland, and there day 14
    assert find_care_gaps(now=evening) == 2
    assert [task.procedure.patient.site.name for task in BoneHealthTask.objects.all()] == ["Far unit"]


def test_many_patients_cost_as_many_statements_as_few(site):
    def statements(count: int, now: datetime) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert find_care_gaps(now=now) == count
        return len(captured)

    for number in range(2):
        cast.an_episode(cast.a_patient(site, f"MRN-{number}"))
    few = statements(2, after(20))
    for number in range(2, 12):
        cast.an_episode(cast.a_patient(site, f"MRN-{number}"))
    find_care_gaps(now=after(20))
    assert statements(12, after(21)) <= few


def test_the_job_takes_batch_after_batch(site, monkeypatch):
    for number in range(5):
        cast.an_episode(cast.a_patient(site, f"MRN-{number}"))
    monkeypatch.setattr(
        jobs.bone_health_tasks, "find_care_gaps", lambda *, now: find_care_gaps(now=now, limit=2)
    )  # fmt: skip
    assert jobs.find_care_gaps(lambda: after(20)) == 5


@pytest.mark.parametrize("aetiology", ["TRAUMATIC", "HAEMANGIOMA", "OTHER"])
def test_other_causes_are_not_looked_at(site, aetiology):
    cast.an_episode(cast.a_patient(site), aetiology=aetiology)
    assert find_care_gaps(now=after(100)) == 0


def test_the_dead_are_not_looked_at(episode):
    Patient.objects.update(life_status="DECEASED")
    assert find_care_gaps(now=after(100)) == 0
    assert tasks(episode) == []


def test_cancer_gets_the_oncology_item(site):
    episode = cast.an_episode(cast.a_patient(site), aetiology="CANCER")
    find_care_gaps(now=after(100))
    assert tasks(episode) == [("ONCOLOGY_PLAN", "INFO", "OPEN")]


def test_of_two_episodes_of_a_patient_the_newer_is_watched_and_both_are_read(site):
    patient = cast.a_patient(site)
    old = cast.an_episode(patient)
    say(old, "STARTED", on=after(3).date(), now=after(3))
    new = cast.an_episode(patient, time_zero=after(30))
    assert find_care_gaps(now=after(80)) == 1
    assert BoneHealthTask.objects.count() == 0
    know(old, now=after(81), taking_as_prescribed=False)
    assert tasks(new) == [("ADHERENCE", "INFO", "OPEN")]
    assert tasks(old) == []


# --- what people record ----------------------------------------------------------------------------------------------


def test_a_start_answers_the_gap_in_the_name_of_who_recorded_it(episode):
    find_care_gaps(now=after(42))
    say(episode, "STARTED", on=after(43).date(), now=after(43))
    task = BoneHealthTask.objects.get()
    assert (task.state, task.closed_because, task.closed_by.full_name) == ("DONE", "ANSWERED", "Nurse One")
    assert "Alendronate" in task.closing_words
    assert ChartEvent.objects.filter(verb="CLOSED_BONE_HEALTH_TASK", subject_id=task.public_id).count() == 1


def test_a_start_that_is_struck_out_opens_the_gap_again(episode):
    find_care_gaps(now=after(42))
    therapy = say(episode, "STARTED", on=after(43).date(), now=after(43))
    services.strike_out(
        row=therapy,
        reason="Other patient.",
        by=cast.a_nurse(episode.patient.site),
        now=after(44),
        form_token=uuid.uuid4(),
    )
    assert tasks(episode) == [("GAP", "AMBER", "DONE"), ("GAP", "AMBER", "OPEN")]


def test_a_refusal_without_a_physician_answers_nothing(episode):
    find_care_gaps(now=after(42))
    say(episode, "DECLINED", on=after(43).date(), now=after(43), reason="No.")
    assert tasks(episode) == [("GAP", "AMBER", "OPEN")]
    say(episode, "DECLINED", on=after(44).date(), now=after(44), reason="No.", physician="Dr One")
    assert tasks(episode) == [("GAP", "AMBER", "DONE")]


def test_an_injection_that_is_entered_late_leaves_the_milder_gap(episode):
    say(episode, "STARTED", drug="DENOSUMAB", on=after(-500).date(), now=after(1))
    know(episode, now=after(1), denosumab_given_on=after(-200).date())
    know(episode, now=after(2), denosumab_given_on=after(-150).date())
    assert tasks(episode, kind="DENOSUMAB") == [
        ("DENO_DANGER", "URGENT", "DONE"), ("DENO_OVERDUE", "AMBER", "DONE"), ("DENO_REMINDER", "INFO", "OPEN"),
    ]  # fmt: skip


def test_a_gap_that_was_closed_with_words_stays_closed_and_a_graver_one_opens(episode, nurse):
    find_care_gaps(now=after(14))
    close_bone_health_task(task=BoneHealthTask.objects.get(), words="Seen next week.", by=nurse, now=after(15))
    find_care_gaps(now=after(16))
    assert tasks(episode) == [("DUE", "INFO", "DONE")]
    find_care_gaps(now=after(42))
    assert tasks(episode) == [("DUE", "INFO", "DONE"), ("GAP", "AMBER", "OPEN")]


def test_a_task_is_closed_once_and_with_words(episode, nurse, physician):
    find_care_gaps(now=after(14))
    task = BoneHealthTask.objects.get()
    with pytest.raises(ValueError, match="few words"):
        close_bone_health_task(task=task, words="  ", by=nurse, now=after(15))
    close_bone_health_task(task=task, words="Done.", by=nurse, now=after(15))
    with pytest.raises(TaskAlreadyClosed, match="Nurse One"):
        close_bone_health_task(task=task, words="Mine.", by=physician, now=after(15))
    task.refresh_from_db()
    assert task.closing_words == "Done."


def test_the_same_form_twice_is_one_row(episode, nurse):
    sent = {
        "procedure": episode, "by": nurse, "now": after(3), "form_token": uuid.uuid4(),
        "answers": {"drug": "ALENDRONATE", "status": "CONSIDERED", "status_on": after(3).date()},
    }  # fmt: skip
    first, second = services.record_therapy(**sent), services.record_therapy(**sent)
    assert (first.row, first.already_saved, second.already_saved) == (second.row, False, True)
    other = cast.an_episode(cast.a_patient(episode.patient.site, "MRN-2"))
    with pytest.raises(TokenOfOtherEpisode):
        services.record_therapy(**sent | {"procedure": other})
    assert BoneHealthTherapy._default_manager.count() == 1


def test_a_row_is_corrected_once_and_both_stay(episode, nurse):
    wrong = know(episode, now=after(3), denosumab_given_on=after(-10).date())
    correction = {"facts": wrong, "reason": "Wrong day.", "by": nurse, "now": after(4)}
    answers = {"known_on": after(3).date(), "denosumab_given_on": after(-11).date()}
    services.correct_facts(answers=answers, form_token=uuid.uuid4(), **correction)
    with pytest.raises(AlreadyCorrected):
        services.correct_facts(answers=answers, form_token=uuid.uuid4(), **correction)
    assert BoneHealthFacts._default_manager.count() == 2
    current = BoneHealthFacts._default_manager.get(superseded_by__isnull=True)
    assert (current.supersedes, current.correction_reason) == (wrong, "Wrong day.")


def test_what_lies_ahead_is_not_recorded_as_done(episode, nurse):
    with pytest.raises(services.DayInFuture):
        say(episode, "STARTED", on=after(5).date(), now=after(3))
    with pytest.raises(services.DayInFuture):
        know(episode, now=after(3), dxa_on=after(5).date())
    with pytest.raises(services.NothingKnown):
        know(episode, now=after(3))


def test_nothing_is_kept_when_the_gaps_cannot_be_stored(episode, monkeypatch):
    find_care_gaps(now=after(42))
    monkeypatch.setattr(services, "look_again", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        say(episode, "STARTED", on=after(43).date(), now=after(43))
    assert not BoneHealthTherapy._default_manager.exists()
    assert not ChartEvent.objects.filter(verb="RECORDED_BONE_HEALTH").exists()


# --- what the database refuses ---------------------------------------------------------------------------------------


def refused(model, episode, **columns) -> None:
    about = {
        "procedure": episode, "recorded_by": cast.a_nurse(episode.patient.site), "recorded_at": after(3),
        "form_token": uuid.uuid4(),
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.create(**about, **columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "DECLINED"}, {"status": "CONTRAINDICATED"}, {"status": "DEFERRED"},
        {"status": "STARTED", "deferred_until": date(2027, 1, 1)},
        {"status": "DEFERRED", "deferred_until": date(2026, 3, 10)},
        {"status": "STARTED", "drug": "OTHER"}, {"status": "STARTED", "other_drug": "X"},
        {"status": "STARTED", "entered_in_error": True}, {"status": "STARTED", "correction_reason": "x"},
    ],
)  # fmt: skip
def test_an_impossible_statement_on_a_drug(episode, columns):
    refused(BoneHealthTherapy, episode, **{"drug": "ALENDRONATE", "status_on": date(2026, 3, 10)} | columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"vitamin_d": 20}, {"vitamin_d_unit": "NG_PER_ML"}, {"calcium": 2}, {"creatinine": 1}, {"dxa_t_score": "-2.5"},
        {"dxa_site": "SPINE"}, {"dxa_on": date(2026, 1, 1), "dxa_t_score": "-11"}, {"egfr_ml_per_minute": 0},
    ],
)  # fmt: skip
def test_an_impossible_fact(episode, columns):
    refused(BoneHealthFacts, episode, known_on=date(2026, 3, 10), **columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"odi_s1": 6}, {"odi_s10": 6}, {"odi_percent": 101, "odi_s1": 1}, {"odi_percent": 20}, {"kps": 75}, {"kps": 110},
        {"ecog": 6}, {"mobility": 6}, {"tug_seconds": 0}, {"tug_seconds": 601}, {"tug_seconds": 12, "tug_unable": True},
        {"weight_kilograms": 19}, {"kps": 70, "correction_reason": "x"},
    ],
)  # fmt: skip
def test_an_impossible_score(episode, columns):
    refused(OutcomeScore, episode, effective_at=after(3), ruleset_version="x", **columns)


def test_one_open_task_of_a_kind(episode):
    find_care_gaps(now=after(14))
    copy = BoneHealthTask.objects.get()
    copy.pk, copy.public_id = None, uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.parametrize("missing", ["closed_by", "closing_words", "closed_because", "closed_at"])
def test_no_task_is_done_without_person_time_and_words(episode, nurse, missing):
    find_care_gaps(now=after(14))
    done = {"state": "DONE", "closed_at": after(15), "closed_by": nurse, "closed_because": "SAID", "closing_words": "x"}
    done[missing] = None if missing in ("closed_by", "closed_at") else ""
    with pytest.raises(IntegrityError), transaction.atomic():
        BoneHealthTask.objects.update(**done)


def test_an_episode_without_a_row_has_no_normal_values(episode):
    """Nothing is assumed: every column of a new row is blank."""
    row = know(episode, now=after(3), fls_referred_on=after(2).date())
    row.refresh_from_db()
    filled = [name for name in services.FACTS if getattr(row, name) not in (None, "")]
    assert filled == ["fls_referred_on"]
    assert Procedure.objects.get().bone_health_facts.count() == 1
