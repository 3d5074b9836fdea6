"""Pain against the medicine given for it: P4, P4b, P4c, P5 and P7, below, on and above each threshold."""

from decimal import Decimal

import pytest

from tests.unit.red_flags.build import DAY, HOUR, baseline, dose, judge, open_questions, raised, reading

ROUTES = [("IV", 15), ("SC", 30), ("IM", 30), ("PO", 60), ("PR", 60), ("TD", 60), ("OTHER", 60)]


@pytest.mark.parametrize(("route", "wait"), ROUTES)
def test_p4_waits_for_the_peak_of_each_route(route, wait):
    given = (dose(130, route),)
    early = judge(reading(120, 8), reading(129 + wait, 8), before=baseline(8), doses=given)
    due = judge(reading(120, 8), reading(130 + wait, 8), before=baseline(8), doses=given)
    assert "P4" not in raised(early, 129 + wait)
    assert raised(due, 130 + wait)["P4"] == "URGENT"


@pytest.mark.parametrize(("apart", "fires"), [(59, False), (60, True), (61, True)])
def test_p4b_needs_an_hour(apart, fires):
    found = raised(judge(reading(120, 8), reading(120 + apart, 8), before=baseline(8)), 120 + apart)
    assert ("P4b" in found) == fires


@pytest.mark.parametrize(("score", "fires"), [(6, False), (7, True), (8, True)])
def test_p5_from_7_on(score, fires):
    assert ("P5" in raised(judge(reading(120, score), before=baseline(10)), 120)) == fires


def test_p4c_medicine_does_not_help():
    found = judge(reading(120, 7, took_analgesia=True, relief="NONE", source="PHONE"), before=baseline(8))
    assert raised(found, 120)["P4c"] == "URGENT"
    asked = judge(reading(120, 7, took_analgesia=True, source="PHONE"), before=baseline(8))
    assert "P4c" in open_questions(asked, 120)


def test_p4_a_dose_before_the_first_severe_score_was_not_given_for_it():
    found = judge(reading(120, 8), reading(190, 8), before=baseline(8), doses=(dose(119),))
    assert "P4" not in raised(found, 190)


def test_p4_names_the_last_dose_that_should_have_worked_and_the_score_it_was_for():
    given = (dose(200, "PO"), dose(125, "PO"), dose(255, "PO"))
    found = judge(reading(120, 9), reading(195, 8), reading(270, 7), before=baseline(9), doses=given)
    p4 = next(one for one in found.raised_by("at 270") if one.rule_code == "P4")
    assert p4.reason == "Pain is 7, 70 min after a dose for pain of 8."


def test_p4_a_dose_at_the_very_time_of_a_severe_score_was_given_for_it():
    found = judge(reading(120, 9), reading(180, 8), before=baseline(9), doses=(dose(120),))
    p4 = next(one for one in found.raised_by("at 180") if one.rule_code == "P4")
    assert p4.reason == "Pain is 8, 60 min after a dose for pain of 9."


@pytest.mark.parametrize(("minutes", "fires"), [(119, True), (120, False), (150, False), (200, False), (201, True)])
def test_p4b_a_dose_from_one_severe_score_to_the_other_is_documented(minutes, fires):
    found = judge(reading(120, 8), reading(200, 8), before=baseline(8), doses=(dose(minutes),))
    assert ("P4b" in raised(found, 200)) == fires


def test_p4b_looks_back_to_the_last_severe_score_that_is_an_hour_old():
    found = judge(reading(120, 8), reading(300, 9), reading(400, 7), before=baseline(9), doses=(dose(200),))
    p4b = next(one for one in found.raised_by("at 400") if one.rule_code == "P4b")
    assert p4b.reason == "Pain was 9 and is 7, 100 min later; analgesia not documented."


@pytest.mark.parametrize("code", ["P4", "P4b", "P4c", "P5"])
def test_a_score_that_was_not_asked_for_may_be_the_severe_one(code):
    doses = (dose(125),) if code == "P4" else ()
    for known, is_open in ((reading(200, 6), True), (reading(200, 6, at_rest=Decimal(6)), False)):
        found = judge(reading(120, 8), known, before=baseline(10), doses=doses)
        assert code not in raised(found, 200)
        assert (code in open_questions(found, 200)) == is_open


def test_p4_and_p4b_are_closed_by_what_went_before():
    blank = reading(400)
    assert not {"P4", "P4b"} & open_questions(judge(reading(120, 6), blank, doses=(dose(125),)), 400)
    assert "P4" not in open_questions(judge(reading(120, 8), blank), 400)
    assert "P4b" not in open_questions(judge(reading(120, 8), blank, doses=(dose(125),)), 400)
    assert "P4b" not in open_questions(judge(reading(120, 8), reading(400, source="PHONE")), 400)


@pytest.mark.parametrize(
    ("facts", "is_open"),
    [
        ({"took_analgesia": True}, True), ({"relief": "NONE"}, True), ({"took_analgesia": False}, False),
        ({"relief": "PARTIAL"}, False), ({"relief": "GOOD"}, False),
    ],
)  # fmt: skip
def test_p4c_is_open_until_one_answer_rules_it_out(facts, is_open):
    assert ("P4c" in open_questions(judge(reading(120, 8, **facts), before=baseline(10)), 120)) == is_open


def test_p5_waits_for_the_dose_that_was_given_and_never_for_a_later_one():
    found = judge(
        reading(120, 8), reading(180, 8), before=baseline(8), doses=(dose(150, "IV"), dose(130), dose(190, "SC"))
    )
    p5 = next(one for one in found.raised_by("at 180") if one.rule_code == "P5")
    assert p5.recheck.within_minutes == 15


@pytest.mark.parametrize(("minutes", "wait"), [(119, 60), (120, 15), (150, 15), (180, 15), (181, 60)])
def test_p5_looks_at_the_doses_since_the_last_reading(minutes, wait):
    found = judge(reading(120, 8), reading(180, 8), before=baseline(8), doses=(dose(minutes, "IV"),))
    p5 = next(one for one in found.raised_by("at 180") if one.rule_code == "P5")
    assert p5.recheck.within_minutes == wait


def test_p4c_names_what_was_not_asked():
    found = judge(reading(120, 8, relief="NONE"), before=baseline(8))
    assert next(one for one in found.undecided if one.rule_code == "P4c").missing == ("took_analgesia",)


# --- P7 ------------------------------------------------------------------------------------------------------------
def creeps(*doses, minutes=2 * DAY + HOUR, earlier=()):
    return "P7" in raised(
        judge(*earlier, reading(minutes, 2, source="PHONE"), before=baseline(8), doses=doses), minutes
    )


def morphine(minutes, amount):
    return dose(minutes, drug="MORPHINE", amount=amount)


@pytest.mark.parametrize(
    ("lowest", "today", "fires"),
    [(20, 29, False), (20, 30, True), (20, 31, True), (10, 19, False), (10, 20, True), (40, 59, False), (40, 60, True)],
)
def test_p7_wants_half_as_much_again_and_ten_more(lowest, today, fires):
    assert creeps(morphine(HOUR, lowest), morphine(2 * DAY, today)) == fires


def test_p7_compares_with_the_lowest_day():
    assert creeps(morphine(HOUR, 60), morphine(DAY, 20), morphine(2 * DAY, 40))
    assert not creeps(morphine(HOUR, 60), morphine(DAY, 35), morphine(2 * DAY, 40))


def test_p7_days_begin_at_the_end_of_the_procedure():
    assert creeps(morphine(DAY - 1, 10), morphine(DAY, 20), minutes=DAY)
    assert not creeps(morphine(DAY - 2, 10), morphine(DAY - 1, 20), minutes=DAY - 1)


def test_p7_a_day_of_which_nothing_is_known_is_no_day_without_medicine():
    assert not creeps(morphine(2 * DAY, 40))
    nothing_taken = reading(DAY + HOUR, 2, took_analgesia=False)
    assert creeps(morphine(2 * DAY, 40), earlier=(nothing_taken,))
    assert not creeps(morphine(DAY + HOUR, 40), morphine(2 * DAY, 40), earlier=(nothing_taken,))


@pytest.mark.parametrize(
    ("minutes", "took", "counts"),
    [(DAY, False, True), (0, False, True), (-1, False, False), (DAY, None, False), (DAY, True, False)],
)
def test_p7_only_a_no_after_the_procedure_makes_a_day_without_medicine(minutes, took, counts):
    assert creeps(morphine(2 * DAY, 40), earlier=(reading(minutes, 2, took_analgesia=took),)) == counts


def test_p7_a_day_that_is_known_in_part_counts_as_at_least_that_and_is_no_lowest_day():
    injection = dose(2 * DAY, "IV", "MORPHINE", 10)
    assert creeps(morphine(HOUR, 20), morphine(2 * DAY, 30), injection)
    assert not creeps(morphine(HOUR, 20), morphine(2 * DAY, 29), injection)
    assert not creeps(morphine(HOUR, 20), dose(HOUR, "IV", "MORPHINE", 10), morphine(2 * DAY, 40))


def test_p7_a_patch_makes_the_days_after_it_unknown():
    patch = dose(HOUR, "TD", "FENTANYL", 12, "MICROGRAM_PER_HOUR")  # 28.8 MME
    assert creeps(patch, morphine(2 * DAY, 45), minutes=2 * DAY)
    third_day = morphine(2 * DAY, 5)
    assert not creeps(patch, third_day, morphine(3 * DAY, 20), minutes=3 * DAY)


def test_p7_a_dose_after_the_reading_or_before_the_procedure_does_not_count():
    assert not creeps(morphine(HOUR, 10), morphine(2 * DAY + 2 * HOUR, 40))
    assert not creeps(morphine(-HOUR, 10), morphine(2 * DAY, 40))


@pytest.mark.parametrize(
    ("drugs", "fires"),
    [
        (("TRAMADOL", "PARACETAMOL", "CODEINE"), True), (("TRAMADOL", "PARACETAMOL", "NSAID"), False),
        (("PARACETAMOL", "PARACETAMOL", "OXYCODONE"), False), (("OXYCODONE", "CODEINE", "TRAMADOL"), False),
        (("OXYCODONE", "TRAMADOL", "OXYCODONE"), True), (("OXYCODONE", "OTHER", "OXYCODONE"), False),
    ],
)  # fmt: skip
def test_p7_a_step_up_after_a_step_down(drugs, fires):
    assert creeps(*(dose(day * DAY + 1, drug=drug) for day, drug in enumerate(drugs))) == fires


def test_p7_says_what_rose():
    found = judge(reading(2 * DAY, 2), before=baseline(8), doses=(morphine(HOUR, 20), morphine(2 * DAY, 45)))
    p7 = next(one for one in found.raised if one.rule_code == "P7")
    assert "45 mg of morphine equivalent on day 2, 20 mg on day 0" in p7.reason
    steps = (dose(1, drug="OXYCODONE"), dose(DAY, drug="NSAID"), dose(2 * DAY, drug="TRAMADOL"))
    found = judge(reading(2 * DAY, 2), before=baseline(8), doses=steps)
    p7 = next(one for one in found.raised if one.rule_code == "P7")
    assert "WHO step 2 on day 2, after it had come down to 1 on day 1" in p7.reason


def test_p7_names_the_first_of_the_days_with_the_highest_step():
    drugs = ("OXYCODONE", "OXYCODONE", "NSAID", "TRAMADOL")
    found = judge(
        reading(3 * DAY + HOUR, 2),
        before=baseline(8),
        doses=tuple(dose(day * DAY + 1, drug=drug) for day, drug in enumerate(drugs)),
    )
    p7 = next(one for one in found.raised if one.rule_code == "P7")
    assert (p7.evidence["reference"]["day_before"], p7.evidence["reference"]["who_step_before"]) == (0, 3)
