"""The second implementation against the vectors of the clinical specification, by their numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.oracle.analgesics import mme_of_dose
from tests.oracle.answers import expected
from tests.oracle.news2 import expected_news2

T0 = datetime(2025, 3, 1, 8, tzinfo=UTC)
BEFORE = (T0 - timedelta(hours=12)).isoformat()


def after(minutes: float) -> str:
    return (T0 + timedelta(minutes=minutes)).isoformat()


def said(observations: list[tuple[float, dict]], *, baseline: dict | None = None, doses=(), only: str) -> list[dict]:
    """Code to severity for each observation, given as minutes after T0 and groups; only the rules that start so."""
    episode = {
        "procedure": {"ended_at": T0.isoformat(), "treated_levels": ["L1"], "aetiology": "OSTEOPOROTIC"},
        "baseline": None if baseline is None else {"measured_at": BEFORE, **baseline},
        "observations": [
            {"id": str(number), "measured_at": after(minutes), **groups}
            for number, (minutes, groups) in enumerate(observations)
        ],
        "doses": [
            {"drug": drug, "route": route, "given_at": after(minutes), "amount": None, "unit": None}
            for minutes, drug, route in doses
        ],
    }
    found = expected(episode)
    return [
        {code: severity for reading, code, severity in found if reading == str(number) and code.startswith(only)}
        for number in range(len(observations))
    ]


NEWS2 = [  # 1.4: RR, SpO2, scale, oxygen, systolic, pulse, ACVPU, temperature, parts, total, single 3, band
    (1, 16, 98, 1, False, 120, 70, "A", 37.0, "0+0+0+0+0+0+0", 0, False, "low"),
    (2, 12, 96, 1, False, 111, 51, "A", 36.1, "0+0+0+0+0+0+0", 0, False, "low"),
    (3, 20, 96, 1, False, 219, 90, "A", 38.0, "0+0+0+0+0+0+0", 0, False, "low"),
    (4, 21, 95, 1, False, 110, 91, "A", 38.1, "2+1+0+1+1+0+1", 6, False, "medium"),
    (5, 24, 93, 1, True, 100, 111, "A", 39.1, "2+2+2+2+2+0+2", 12, False, "high"),
    (6, 25, 91, 1, True, 90, 131, "V", 35.0, "3+3+2+3+3+3+3", 20, True, "high"),
    (7, 8, 98, 1, False, 125, 75, "A", 36.8, "3+0+0+0+0+0+0", 3, True, "low-medium"),
    (8, 18, 97, 1, False, 122, 80, "C", 37.2, "0+0+0+0+0+3+0", 3, True, "low-medium"),
    (9, 16, 90, 2, False, 130, 85, "A", 37.0, "0+0+0+0+0+0+0", 0, False, "low"),
    (10, 16, 90, 1, False, 130, 85, "A", 37.0, "0+3+0+0+0+0+0", 3, True, "low-medium"),
    (11, 18, 94, 2, True, 130, 85, "A", 37.0, "0+1+2+0+0+0+0", 3, False, "low"),
    (12, 18, 97, 2, True, 130, 85, "A", 37.0, "0+3+2+0+0+0+0", 5, True, "medium"),
    (13, 18, 97, 2, False, 130, 85, "A", 37.0, "0+0+0+0+0+0+0", 0, False, "low"),
    (14, 22, 85, 2, True, 105, 112, "A", 38.5, "2+2+2+1+2+0+1", 10, False, "high"),
    (15, 10, 92, 1, False, 220, 45, "A", 35.5, "1+2+0+3+1+0+1", 8, True, "high"),
    (16, 18, 96, 1, True, 118, 88, "A", 37.4, "0+0+2+0+0+0+0", 2, False, "low"),
    (17, 23, 94, 1, False, 108, 104, "A", 37.9, "2+1+0+1+1+0+0", 5, False, "medium"),
    (18, 19, 83, 2, False, 115, 92, "A", 36.0, "0+3+0+0+1+0+1", 5, True, "medium"),
    (19, 14, 99, 1, False, 135, 40, "A", 36.5, "0+0+0+0+3+0+0", 3, True, "low-medium"),
    (20, 20, 86, 2, True, 112, 50, "P", 39.0, "0+1+2+0+1+3+1", 8, True, "high"),
]
ORDER = (
    "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg", "pulse_per_minute", "consciousness",
    "temperature_celsius",
)  # fmt: skip


@pytest.mark.parametrize("vector", NEWS2, ids=lambda vector: f"1.4-{vector[0]}")
def test_news2(vector):
    _, respiration, spo2, scale, *others, parts, total, single_three, band = vector
    score = expected_news2(dict(zip(ORDER, (respiration, spo2, *others), strict=True)), scale)
    assert "+".join(str(score.parts[name]) for name in ORDER) == parts
    assert (score.total, score.single_three, score.band) == (total, single_three, band)


def test_news2_of_a_partial_set():
    a = {"respiration_rate": 26}
    b = {"respiration_rate": 22, "spo2_percent": 93, "supplemental_oxygen": True}
    c = {
        "respiration_rate": 21, "spo2_percent": 95, "supplemental_oxygen": False, "systolic_mmhg": 110,
        "pulse_per_minute": 70, "consciousness": "A",
    }  # fmt: skip
    for vitals, lower_bound, rules in ((a, 3, {"V1": "AMBER"}), (b, 6, {"V2": "URGENT"}), (c, 4, {})):
        score = expected_news2(vitals, 1)
        assert (score.total, score.lower_bound) == (None, lower_bound)
        assert said([(60, {"vitals": vitals})], only="V") == [rules]


def moving(score: int, **more) -> dict:
    return {"pain": {"on_movement": score, **more}}


PAIN = {  # 2.4: baseline, series in minutes, doses, what is said of the last reading, and of the one before
    "a": (8, [(120, 4), (360, 3), (1440, 5)], [], {"P1": "URGENT"}, {}),
    "b": (8, [(120, 1), (360, 3)], [], {"P1a": "AMBER"}, {}),
    "c": (8, [(15, 0), (120, 4)], [], {}, {}),
    "d": (5, [(60, 7)], [], {"P3": "URGENT", "P5": "AMBER"}, None),
    "e": (6, [(120, 7), (160, 7)], [], {"P3": "URGENT", "P5": "AMBER"}, {"P3": "AMBER", "P5": "AMBER"}),
    "f": (8, [(120, 8), (190, 8)], [(125, "OXYCODONE", "PO")], {"P4": "URGENT", "P5": "AMBER"}, {"P5": "AMBER"}),
    "g": (8, [(120, 8), (135, 8)], [(125, "MORPHINE", "IV")], {"P5": "AMBER"}, {"P5": "AMBER"}),
    "h": (8, [(120, 8), (185, 7)], [], {"P4b": "URGENT", "P5": "AMBER"}, {"P5": "AMBER"}),
    "j": (None, [(120, 2), (1440, 5)], [], {"P1": "URGENT"}, {}),
}


@pytest.mark.parametrize("vector", PAIN)
def test_pain(vector):
    before, series, doses, last, one_before = PAIN[vector]
    observations = [(minutes, moving(score)) for minutes, score in series]
    answers = said(observations, baseline=None if before is None else moving(before), doses=doses, only="P")
    assert answers[-1] == last
    assert one_before is None or answers[-2] == one_before


def test_pain_i_sudden_and_in_a_new_place():
    sudden = moving(2, sudden_onset=True, new_site=True, sites=["ADJACENT_ABOVE"])
    assert said([(1440, sudden)], baseline=moving(8), only="P") == [{"P2": "URGENT"}]


def test_pain_k_no_response_after_two_weeks():
    at_home = {**moving(7), "source": "PATIENT"}  # a nurse's second severe score without a dose would be P4b as well
    answers = said([(2880, at_home), (14 * 1440, at_home)], baseline=moving(8), only="P")
    assert answers[-1] == {"P5": "AMBER", "P6": "AMBER"}


@pytest.mark.parametrize(
    ("drug", "route", "amount", "unit", "times", "mme"),
    [
        ("OXYCODONE", "PO", 10, "MG", 2, 30),
        ("HYDROCODONE", "PO", 5, "MG", 4, 20),
        ("TRAMADOL", "PO", 50, "MG", 4, 40),
        ("FENTANYL", "TD", 25, "MICROGRAM_PER_HOUR", 1, 60),
        ("HYDROMORPHONE", "PO", 2, "MG", 4, 40),
    ],
)
def test_morphine_equivalents(drug, route, amount, unit, times, mme):
    assert mme_of_dose({"drug": drug, "route": route, "amount": amount, "unit": unit}) * times == mme


def exam(**items) -> dict:
    return {"neurology": items}


NEUROLOGY = {  # 3.5: baseline, exams in minutes, what is said of each
    1: (exam(motor_L4_R="5"), [(60, exam(motor_L4_R="4", pain_limited=[]))], [{"N1": "EMERGENT"}]),
    2: (
        exam(motor_L3_L="5"),
        [(minutes, exam(motor_L3_L="4", pain_limited=["motor_L3_L"])) for minutes in (60, 90)],
        [{"N1": "AMBER"}, {"N1": "EMERGENT"}],
    ),
    3: (exam(motor_L5_R="3"), [(60, exam(motor_L5_R="3"))], [{}]),
    4: (exam(motor_L5_R="3"), [(120, exam(motor_L5_R="4")), (360, exam(motor_L5_R="3"))], [{}, {"N1b": "AMBER"}]),
    5: (None, [(60, exam(motor_S1_L="4"))], [{"N1": "EMERGENT"}]),
    6: (
        None,
        [
            (60, exam(post_void_residual_ml=180, voiding="NORMAL")),
            (90, exam(post_void_residual_ml=180, saddle_sensation="ALTERED")),
        ],
        [{}, {"N3": "EMERGENT"}],
    ),
    7: (None, [(2880, exam(bowel="CONSTIPATION"))], [{}]),
    8: (exam(gait="1"), [(120, exam(gait="NT")), (480, exam(gait="5"))], [{}, {"N6": "EMERGENT"}]),
    9: (
        exam(saddle_sensation="ALTERED"),
        [(60, exam(saddle_sensation="ALTERED")), (90, exam(saddle_sensation="ABSENT"))],
        [{}, {"N3": "EMERGENT"}],
    ),
}


@pytest.mark.parametrize("vector", NEUROLOGY)
def test_neurology(vector):
    baseline, exams, answers = NEUROLOGY[vector]
    found = said(exams, baseline=baseline, only="N")
    assert [{code: severity for code, severity in one.items() if code != "NQ"} for one in found] == answers
