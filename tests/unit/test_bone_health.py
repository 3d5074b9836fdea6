"""Secondary prevention against the table of clinical-spec 8: each state fires, does not, or stays undecided."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from followup.bone_health import (
    Adherence,
    BoneHealthPlan,
    Scope,
    Status,
    Therapy,
    add_months,
    denosumab_dates,
    is_answered,
    scope_of,
)
from followup.care_gaps import Concern, GapState, care_gaps, open_questions
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import DEFAULT_RULESET

T0 = date(2026, 3, 10)
PLAN = BoneHealthPlan(aetiology="OSTEOPOROTIC", age_years=78, time_zero_on=T0)
DXA = {"dxa_on": (T0,)}
STARTED = Therapy("ALENDRONATE", Status.STARTED, T0 + timedelta(days=5))
REFUSED = Therapy(
    "ALENDRONATE", Status.DECLINED, T0 + timedelta(days=5), reason="Does not want it.", physician="Dr One"
)


def day(number: int) -> date:
    return T0 + timedelta(days=number)


def states(plan: BoneHealthPlan, today: date, ruleset=DEFAULT_RULESET) -> set[GapState]:
    return {gap.state for gap in care_gaps(plan, today, ruleset)}


def the_gap(plan: BoneHealthPlan, today: date):
    (gap,) = care_gaps(plan, today, DEFAULT_RULESET)
    return gap


def questions(plan: BoneHealthPlan, today: date) -> set[Concern]:
    return {one.concern for one in open_questions(plan, today, DEFAULT_RULESET)}


# --- whom it concerns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aetiology", "age", "scope"),
    [
        ("OSTEOPOROTIC", 30, Scope.WHOLE), ("OSTEOPOROTIC", None, Scope.WHOLE), ("UNKNOWN", 49, Scope.NONE),
        ("UNKNOWN", 50, Scope.WHOLE), ("UNKNOWN", 51, Scope.WHOLE), ("UNKNOWN", None, Scope.NOT_KNOWN),
        ("", 50, Scope.WHOLE), ("CANCER", 80, Scope.ONCOLOGY), ("TRAUMATIC", 80, Scope.NONE),
        ("HAEMANGIOMA", 80, Scope.NONE), ("OTHER", 80, Scope.NONE),
    ],
)  # fmt: skip
def test_scope(aetiology, age, scope):
    assert scope_of(BoneHealthPlan(aetiology=aetiology, age_years=age)) is scope


def test_where_cause_and_age_are_not_known_nothing_is_decided():
    plan = BoneHealthPlan(aetiology="UNKNOWN", time_zero_on=T0)
    assert states(plan, day(100)) == set()
    assert questions(plan, day(100)) == {Concern.THERAPY}


@pytest.mark.parametrize(("number", "shown"), [(13, False), (14, True), (300, True)])
def test_cancer_has_the_oncology_item_only(number, shown):
    denosumab = {"denosumab_given_on": (day(-400),)}
    plan = replace(PLAN, aetiology="CANCER", **denosumab)
    assert states(plan, day(number)) == ({GapState.ONCOLOGY_PLAN} if shown else set())
    assert states(replace(plan, therapies=(STARTED,)), day(number)) == set()


def test_no_gap_where_it_does_not_apply():
    assert states(replace(PLAN, aetiology="TRAUMATIC", denosumab_given_on=(day(-400),)), day(300)) == set()


# --- therapy: OK, DUE, GAP, GAP-LATE -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (0, None), (13, None), (14, GapState.DUE), (15, GapState.DUE), (41, GapState.DUE), (42, GapState.GAP),
        (43, GapState.GAP), (89, GapState.GAP), (90, GapState.GAP_LATE), (91, GapState.GAP_LATE),
    ],
)  # fmt: skip
def test_without_a_word_on_therapy(number, state):
    assert states(replace(PLAN, **DXA), day(number)) == ({state} if state else set())


@pytest.mark.parametrize(
    ("number", "severity", "since"),
    [(20, Severity.INFO, 14), (50, Severity.AMBER, 42), (100, Severity.AMBER, 90)],
)
def test_a_gap_says_since_when_how_grave_and_what_to_do(number, severity, since):
    gap = the_gap(replace(PLAN, **DXA), day(number))
    assert (gap.severity, gap.since_on) == (severity, day(since))
    assert gap.action
    assert f"by day {since} " in gap.reason


@pytest.mark.parametrize(
    ("due", "gap", "late", "expected"),
    [
        (13, 42, 90, GapState.DUE),
        (14, 40, 90, GapState.DUE),
        (14, 13, 90, GapState.GAP),
        (14, 13, 12, GapState.GAP_LATE),
    ],
)
def test_days_are_those_of_the_ruleset(due, gap, late, expected):
    ruleset = replace(DEFAULT_RULESET, care_gap_due_days=due, care_gap_days=gap, care_gap_late_days=late)
    assert expected in states(PLAN, day(13 if expected is not GapState.DUE else due), ruleset)


@pytest.mark.parametrize("status", [Status.CONSIDERED, Status.PRESCRIBED])
def test_a_word_on_therapy_ends_due_and_only_a_start_ends_the_gap(status):
    plan = replace(PLAN, therapies=(Therapy("ALENDRONATE", status, day(3)),), **DXA)
    assert states(plan, day(41)) == set()
    assert states(plan, day(42)) == {GapState.GAP}


@pytest.mark.parametrize(
    ("therapies", "answered"),
    [
        ((), False),
        ((STARTED,), True),
        ((replace(STARTED, on=None),), True),
        ((REFUSED,), True),
        ((replace(REFUSED, status=Status.CONTRAINDICATED),), True),
        ((replace(REFUSED, reason=""),), False),
        ((replace(REFUSED, reason="  "),), False),
        ((replace(REFUSED, physician=""),), False),
        ((replace(STARTED, drug="ZOLEDRONATE", status=Status.CONSIDERED), REFUSED), False),
        ((STARTED, replace(REFUSED, drug="ZOLEDRONATE")), True),
        ((STARTED, Therapy("ALENDRONATE", Status.STOPPED, day(30))), False),
        ((STARTED, Therapy("ALENDRONATE", Status.STOPPED, day(30)), replace(REFUSED, drug="ZOLEDRONATE")), False),
        ((STARTED, replace(REFUSED, on=day(31))), True),
        (
            (Therapy("OTHER", Status.STARTED, day(1), name="Drug A"), replace(REFUSED, drug="OTHER", name="Drug B")),
            True,
        ),
    ],
)
def test_ok_is_a_start_or_a_reason_with_a_name_against_every_drug(therapies, answered):
    plan = replace(PLAN, therapies=therapies, **DXA)
    assert is_answered(plan, day(60)) is answered
    assert states(plan, day(60)) == (set() if answered else {GapState.GAP})


def test_a_start_in_the_future_is_no_start():
    plan = replace(PLAN, therapies=(replace(STARTED, on=day(61)),), **DXA)
    assert states(plan, day(60)) == {GapState.GAP}
    assert states(plan, day(61)) == set()


@pytest.mark.parametrize(
    ("until", "number", "expected"),
    [
        (60, 59, set()), (60, 60, {GapState.GAP}), (60, 61, {GapState.GAP}),
        (200, 89, set()), (200, 90, {GapState.GAP_LATE}),
    ],
)  # fmt: skip
def test_a_deferral_holds_until_its_day_and_never_past_gap_late(until, number, expected):
    deferred = Therapy("ZOLEDRONATE", Status.DEFERRED, day(10), day(until), "Vitamin D first.", "Dr One")
    assert states(replace(PLAN, therapies=(deferred,), **DXA), day(number)) == expected


@pytest.mark.parametrize("change", [{"reason": ""}, {"physician": ""}, {"deferred_until": None}])
def test_a_deferral_without_day_reason_or_name_holds_nothing(change):
    deferred = Therapy("ZOLEDRONATE", Status.DEFERRED, day(10), day(60), "Vitamin D first.", "Dr One")
    assert states(replace(PLAN, therapies=(replace(deferred, **change),), **DXA), day(50)) == {GapState.GAP}


def test_without_the_day_of_the_procedure_the_gap_is_undecided():
    plan = replace(PLAN, time_zero_on=None)
    assert states(plan, day(100)) == set()
    assert questions(plan, day(100)) == {Concern.THERAPY, Concern.DXA}
    assert questions(replace(plan, therapies=(STARTED,), **DXA), day(100)) == set()
    assert questions(replace(plan, aetiology="CANCER"), day(100)) == {Concern.ONCOLOGY}


# --- DXA-DUE ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "facts", "fires"),
    [
        (89, {}, False), (90, {}, True), (91, {}, True),
        (90, {"dxa_on": (day(10),)}, False), (90, {"dxa_ordered_on": (day(10),)}, False),
        (90, {"dxa_on": (add_months(day(90), -24),)}, True),
        (90, {"dxa_on": (add_months(day(90), -24) + timedelta(days=1),)}, False),
        (90, {"dxa_on": (day(91),)}, True),
    ],
)  # fmt: skip
def test_dxa_due(number, facts, fires):
    plan = replace(PLAN, therapies=(STARTED,), **facts)
    assert (GapState.DXA_DUE in states(plan, day(number))) is fires


def test_a_scan_that_grows_old_later_is_due_from_that_day():
    scanned = add_months(T0, -20)
    plan = replace(PLAN, therapies=(STARTED,), dxa_on=(scanned,))
    gap = next(gap for gap in care_gaps(plan, day(150), DEFAULT_RULESET) if gap.state is GapState.DXA_DUE)
    assert gap.since_on == add_months(scanned, 24) > day(90)


def test_a_scan_on_an_unknown_day_leaves_it_undecided():
    plan = replace(PLAN, therapies=(STARTED,), dxa_on=(None,), adherence=(Adherence(day(80), True),))
    assert states(plan, day(90)) == set()
    assert questions(plan, day(90)) == {Concern.DXA}
    assert questions(plan, day(89)) == set()


# --- DENO-DUE --------------------------------------------------------------------------------------------------------

GIVEN = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("since", "state", "severity"),
    [
        (149, None, None), (150, "DENO_REMINDER", Severity.INFO), (182, "DENO_REMINDER", Severity.INFO),
        (183, "DENO_DUE", Severity.INFO), (196, "DENO_DUE", Severity.INFO), (197, "DENO_OVERDUE", Severity.AMBER),
        (210, "DENO_OVERDUE", Severity.AMBER), (211, "DENO_DANGER", Severity.URGENT), (900, "DENO_DANGER", Severity.URGENT),
    ],
)  # fmt: skip
def test_denosumab(since, state, severity):
    today = GIVEN + timedelta(days=since)
    plan = replace(PLAN, time_zero_on=today, denosumab_given_on=(GIVEN, GIVEN - timedelta(days=180)))
    gaps = care_gaps(plan, today, DEFAULT_RULESET)
    assert [(gap.state, gap.severity) for gap in gaps] == ([(state, severity)] if state else [])


def test_the_dates_that_follow_from_an_injection():
    dates = denosumab_dates(replace(PLAN, denosumab_given_on=(GIVEN,)), day(0), DEFAULT_RULESET)
    after = [(on - GIVEN).days for on in (dates.remind_on, dates.due_on, dates.overdue_on, dates.danger_on)]
    assert after == [150, 183, 197, 211]


def test_danger_asks_for_a_clinical_review_and_for_no_scan():
    plan = replace(PLAN, time_zero_on=None, therapies=(STARTED,), denosumab_given_on=(GIVEN,), **DXA)
    gap = the_gap(replace(plan, therapies=()), GIVEN + timedelta(days=300))
    assert gap.severity is Severity.URGENT
    assert "no scan" in gap.action


@pytest.mark.parametrize(
    ("drug", "status", "on", "silent"),
    [
        ("ZOLEDRONATE", Status.STARTED, GIVEN + timedelta(days=180), True),
        ("ZOLEDRONATE", Status.STARTED, GIVEN, True),
        ("ZOLEDRONATE", Status.STARTED, GIVEN - timedelta(days=1), False),
        ("ZOLEDRONATE", Status.STARTED, None, False),
        ("ZOLEDRONATE", Status.PRESCRIBED, GIVEN + timedelta(days=180), False),
        ("ZOLEDRONATE", Status.STOPPED, GIVEN + timedelta(days=180), False),
        ("RALOXIFENE", Status.STARTED, GIVEN + timedelta(days=180), False),
        ("TERIPARATIDE", Status.STARTED, GIVEN + timedelta(days=180), False),
        ("DENOSUMAB", Status.STOPPED, GIVEN + timedelta(days=180), False),
    ],
)
def test_only_a_bisphosphonate_that_was_started_since_takes_its_place(drug, status, on, silent):
    plan = replace(PLAN, denosumab_given_on=(GIVEN,), therapies=(Therapy(drug, status, on),))
    concerns = {gap.concern for gap in care_gaps(plan, GIVEN + timedelta(days=250), DEFAULT_RULESET)}
    assert (Concern.DENOSUMAB not in concerns) is silent


def test_a_start_of_denosumab_counts_only_where_no_injection_is_known():
    started = Therapy("DENOSUMAB", Status.STARTED, GIVEN)
    today = GIVEN + timedelta(days=200)
    assert GapState.DENO_OVERDUE in states(replace(PLAN, therapies=(started,)), today)
    later_word = replace(started, on=today)
    assert GapState.DENO_OVERDUE in states(replace(PLAN, therapies=(later_word,), denosumab_given_on=(GIVEN,)), today)


def test_denosumab_without_any_day_is_undecided():
    plan = replace(PLAN, therapies=(Therapy("DENOSUMAB", Status.STARTED),), **DXA)
    assert states(plan, day(60)) == set()
    assert questions(plan, day(60)) == {Concern.DENOSUMAB}


# --- ADHERENCE and ANABOLIC-END --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "fires"),
    [
        ((), False),
        ((Adherence(day(80), False),), True),
        ((Adherence(None, False),), True),
        ((Adherence(day(80), True),), False),
        ((Adherence(day(80), None),), False),
        ((Adherence(day(80), False), Adherence(day(85), True)), False),
        ((Adherence(day(80), False), Adherence(day(85), None)), True),
        ((Adherence(day(4), False),), False),
        ((Adherence(day(5), False),), True),
        ((Adherence(day(101), False),), False),
    ],
)
def test_adherence_of_a_drug_that_was_started_on_day_5(answers, fires):
    plan = replace(PLAN, therapies=(STARTED,), adherence=answers, **DXA)
    assert (GapState.ADHERENCE in states(plan, day(100))) is fires


def test_adherence_needs_a_drug_that_is_taken():
    stopped = Therapy("ALENDRONATE", Status.STOPPED, day(90))
    plan = replace(PLAN, therapies=(STARTED, stopped), adherence=(Adherence(day(80), False),), **DXA)
    assert GapState.ADHERENCE not in states(plan, day(100))


@pytest.mark.parametrize(
    ("number", "asked", "open_question"),
    [
        (74, None, False),
        (75, None, True),
        (75, 75, False),
        (100, 74, True),
        (164, 80, False),
        (165, 80, True),
        (335, 170, True),
    ],
)
def test_adherence_that_was_not_asked_at_its_contact_is_undecided(number, asked, open_question):
    answers = (Adherence(day(asked), True),) if asked is not None else ()
    plan = replace(PLAN, therapies=(STARTED,), adherence=answers, **DXA)
    assert (Concern.ADHERENCE in questions(plan, day(number))) is open_question


@pytest.mark.parametrize(("drug", "month"), [("TERIPARATIDE", 22), ("ABALOPARATIDE", 22), ("ROMOSOZUMAB", 11)])
@pytest.mark.parametrize(("days", "fires"), [(-1, False), (0, True), (1, True)])
def test_anabolic_end(drug, month, days, fires):
    started = Therapy(drug, Status.STARTED, day(3))
    plan = replace(PLAN, therapies=(started,))
    today = add_months(day(3), month) + timedelta(days=days)
    assert (GapState.ANABOLIC_END in states(plan, today)) is fires


@pytest.mark.parametrize(
    ("follow_on", "fires"),
    [
        (Therapy("ZOLEDRONATE", Status.PRESCRIBED, day(600)), False),
        (Therapy("DENOSUMAB", Status.STARTED, day(600)), False),
        (Therapy("ZOLEDRONATE", Status.CONSIDERED, day(600)), True),
        (Therapy("ZOLEDRONATE", Status.STARTED, day(1)), True),
        (Therapy("ROMOSOZUMAB", Status.PRESCRIBED, day(600)), True),
    ],
)
def test_what_follows_an_anabolic_drug(follow_on, fires):
    plan = replace(PLAN, therapies=(Therapy("TERIPARATIDE", Status.STARTED, day(3)), follow_on))
    assert (GapState.ANABOLIC_END in states(plan, day(700))) is fires


def test_an_anabolic_drug_of_unknown_start_is_undecided_and_a_stopped_one_is_none():
    unknown = replace(PLAN, therapies=(Therapy("TERIPARATIDE", Status.STARTED),))
    assert Concern.ANABOLIC in questions(unknown, day(10))
    ended = replace(PLAN, therapies=(Therapy("TERIPARATIDE", Status.STOPPED, day(3)),))
    assert GapState.ANABOLIC_END not in states(ended, day(900))


def test_two_anabolic_drugs_one_ended_long_ago_are_both_looked_at():
    first = Therapy("TERIPARATIDE", Status.STOPPED, day(3))
    plan = replace(PLAN, therapies=(first, Therapy("ROMOSOZUMAB", Status.STARTED, day(3))))
    assert GapState.ANABOLIC_END in states(plan, add_months(day(3), 11))


def test_a_scan_of_today_is_a_scan_and_an_injection_of_today_an_injection():
    assert GapState.DXA_DUE not in states(replace(PLAN, therapies=(STARTED,), dxa_on=(day(95),)), day(95))
    given = replace(PLAN, therapies=(STARTED,), denosumab_given_on=(day(95),), **DXA)
    assert denosumab_dates(given, day(95), DEFAULT_RULESET).last_on == day(95)


def test_another_drug_is_no_injection_of_denosumab():
    assert denosumab_dates(replace(PLAN, therapies=(STARTED,)), day(95), DEFAULT_RULESET) is None
    stopped = Therapy("DENOSUMAB", Status.STOPPED, day(3))
    assert denosumab_dates(replace(PLAN, therapies=(stopped,)), day(95), DEFAULT_RULESET) is None


def test_what_follows_on_the_same_day_follows():
    drugs = (Therapy("TERIPARATIDE", Status.STARTED, day(3)), Therapy("ZOLEDRONATE", Status.STARTED, day(3)))
    assert GapState.ANABOLIC_END not in states(replace(PLAN, therapies=drugs), day(700))
