"""What the worklist reads of a gap of secondary prevention, and of a question that is open (clinical-spec 8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from followup.bone_health import Adherence, BoneHealthPlan, Status, Therapy, add_months
from followup.care_gaps import open_questions
from followup.red_flags.findings import Severity
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.unit.test_bone_health import DXA, GIVEN, PLAN, STARTED, T0, day, the_gap

_ONCOLOGY = replace(PLAN, aetiology="CANCER")
_TERIPARATIDE = replace(PLAN, therapies=(Therapy("TERIPARATIDE", Status.STARTED, day(3)),), dxa_on=(day(700),))


@pytest.mark.parametrize(
    ("plan", "today", "expected"),
    [
        (_ONCOLOGY, day(14),
         ("ONCOLOGY", day(14), Severity.INFO, "Cancer: the bone-health plan is made by oncology.",
          "Ask oncology for the bone-health plan.")),
        (replace(PLAN, **DXA), day(20),
         ("THERAPY", day(14), Severity.INFO,
          "No bone-health therapy was entered, and no reason against it with a physician's name, by day 14 (24 Mar 2026).",
          "Clinic nurse: make the osteoporosis plan.")),
        (replace(PLAN, **DXA), day(42),
         ("THERAPY", day(42), Severity.AMBER,
          "No bone-health therapy was started, and no reason against it with a physician's name, by day 42 (21 Apr 2026).",
          "Physician: start a bone-health therapy, or enter why not.")),
        (replace(PLAN, therapies=(STARTED,), adherence=(Adherence(day(80), True),)), day(100),
         ("DXA", day(90), Severity.INFO,
          "No bone density scan (DXA) is known from the last 24 months, and none is ordered.",
          "Order a bone density scan.")),
        (replace(PLAN, therapies=(STARTED,), adherence=(Adherence(day(80), False),), **DXA), day(100),
         ("ADHERENCE", day(80), Severity.INFO, "The patient said on 29 May 2026 that the therapy is not taken as prescribed.",
          "Ask why, and find a way or another drug.")),
        (replace(PLAN, therapies=(STARTED,), adherence=(Adherence(None, False),), **DXA), day(100),
         ("ADHERENCE", None, Severity.INFO, "The patient said that the therapy is not taken as prescribed.",
          "Ask why, and find a way or another drug.")),
        (_TERIPARATIDE, day(700),
         ("ANABOLIC", add_months(day(3), 22), Severity.INFO,
          "Teriparatide was started on 13 Mar 2026: month 22 is over.", "Plan the antiresorptive that follows it.")),
        *(
            (replace(PLAN, time_zero_on=None, denosumab_given_on=(GIVEN,), **DXA), GIVEN + timedelta(days=since),
             ("DENOSUMAB", GIVEN + timedelta(days=since), severity,
              f"Last denosumab 5 Jan 2026, next due 7 Jul 2026.{words}", action))
            for since, severity, words, action in (
                (150, Severity.INFO, "", "Book the next injection."),
                (183, Severity.INFO, "", "Give the next injection, or start the antiresorptive that follows it."),
                (197, Severity.AMBER, " It is overdue.",
                 "Give the next injection, or start the antiresorptive that follows it."),
            )
        ),
    ],
)  # fmt: skip
def test_what_a_gap_says(plan, today, expected):
    gap = the_gap(plan, today)
    assert (gap.concern, gap.since_on, gap.severity, gap.reason, gap.action) == expected


@pytest.mark.parametrize(
    ("plan", "today", "missing"),
    [
        (BoneHealthPlan(aetiology="UNKNOWN", time_zero_on=T0), day(100),
         {"Neither the cause of the fracture nor the patient's age is known."}),
        (replace(_ONCOLOGY, time_zero_on=None), day(100), {"The day of the procedure is not known."}),
        (replace(PLAN, time_zero_on=None), day(100), {"The day of the procedure is not known."}),
        (replace(PLAN, therapies=(STARTED,), dxa_on=(None,), adherence=(Adherence(day(80), True),)), day(90),
         {"A bone density scan was done on a day that is not known."}),
        (replace(PLAN, therapies=(Therapy("DENOSUMAB", Status.STARTED),), **DXA), day(60),
         {"Denosumab was started, and no day of an injection is known."}),
        (replace(PLAN, therapies=(STARTED,), **DXA), day(100),
         {"Whether it is taken as prescribed was not asked at 3 months."}),
        (replace(PLAN, therapies=(Therapy("TERIPARATIDE", Status.STARTED),), **DXA), day(60),
         {"Teriparatide was started on a day that is not known."}),
    ],
)  # fmt: skip
def test_what_an_open_question_says(plan, today, missing):
    assert {one.missing for one in open_questions(plan, today, DEFAULT_RULESET)} == missing
