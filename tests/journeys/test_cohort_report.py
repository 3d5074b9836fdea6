"""A physician looks at the outcomes of a cohort, takes them along as a file, and meets strange filters."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast, cohorts
from tests.reading import words

pytestmark = pytest.mark.django_db
PERIOD = {"first_day": "2025-01-01", "last_day": "2025-12-31"}


@pytest.fixture
def physician(client):
    user = cohorts.the_physician()
    client.force_login(user)
    return user


def words_of(response) -> str:
    assert response.status_code == 200
    return words(response.content.decode())


def six_with_one_for_cancer() -> None:
    for number in range(6):
        episode = cohorts.an_episode(aetiology="CANCER" if number == 5 else "OSTEOPOROTIC")
        cohorts.pain(episode, 4, hours=24)


def lines_of(response) -> list[dict[str, str]]:
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_figures_stand_beside_the_published_numbers(client, physician):
    six_with_one_for_cancer()
    page = words_of(client.get(reverse("cohort"), PERIOD))
    assert "literature comparators, not targets" in page
    assert "8.2 before, 4.4 immediately after" in page
    for number in range(1, 12):
        assert f"B{number} " in page
    assert re.search(r"All balloon kyphoplasties 6 0 \(0 %\) 8\.0 8\.0 to 8\.0 4\.0 4\.0 to 4\.0", page)


def test_a_row_of_few_is_kept_back_on_the_page_and_in_the_file(client, physician):
    six_with_one_for_cancer()
    page = words_of(client.get(reverse("cohort"), PERIOD))
    assert "Osteoporotic Not shown: too few patients" in page
    assert "Cancer Not shown: too few patients" in page
    lines = lines_of(client.get(reverse("cohort_file"), PERIOD))
    for group in ("Osteoporotic", "Cancer"):
        line = next(one for one in lines if one["figure"] == "B1_DAY" and one["group"] == group)
        assert {line[name] for name in ("value", "low_95", "high_95", "n", "missing", "missing_percent")} == {""}
        assert "fewer than 5 patients" in line["note"]
    shown = [one for one in lines if one["figure"] == "B1_DAY" and one["group"] == "All balloon kyphoplasties"]
    assert [(one["what"], one["value"], one["n"], one["missing"]) for one in shown] == [
        ("Before", "8.00", "6", "0"), ("Nearest to 24 h", "4.00", "6", "0"),
    ]  # fmt: skip
    assert (shown[0]["sites"], shown[0]["from"], shown[0]["to"]) == ("North unit", "2025-01-01", "2025-12-31")


def test_the_file_holds_every_figure_and_nobody(client, physician):
    six_with_one_for_cancer()
    response = client.get(reverse("cohort_file"), PERIOD)
    assert response["Content-Disposition"] == 'attachment; filename="cohort-2025-01-01-to-2025-12-31.csv"'
    figures = {line["figure"] for line in lines_of(response)}
    assert {"B1_DAY", "B2", "B3", "B9_LEVELS", "B10", "CHECKS_ON_TIME", "EPISODES", "FLAGS_ALL", "LOOP"} <= figures
    assert "COHORT-" not in response.content.decode()


def test_a_site_whose_name_looks_like_a_formula_is_text_in_a_spreadsheet(client):
    site = cast.a_site('=HYPERLINK("x")')
    client.force_login(cast.a_physician(site, "Physician Two"))
    cohorts.an_episode(site)
    assert {line["sites"] for line in lines_of(client.get(reverse("cohort_file"), PERIOD))} == {'\'=HYPERLINK("x")'}


def test_a_period_without_a_procedure_says_what_to_do(client, physician):
    page = words_of(client.get(reverse("cohort"), PERIOD))
    assert "No procedure ended from" in page
    assert "Choose an earlier first day" in page
    assert "No procedure ended" in words_of(client.get(reverse("cohort_file"), PERIOD))


@pytest.mark.parametrize(
    "query",
    [
        {"first_day": "yesterday"},
        {"first_day": "2025-02-30"},
        {"last_day": "9999-12-31"},
        {"first_day": "0001-01-01"},
        {"first_day": "2025-12-31", "last_day": "2025-01-01"},
        {"site": "x"},
        {"site": "00000000-0000-4000-8000-000000000000"},
        {"site": "' OR 1=1 --"},
        {"site": "\x00", "first_day": "\x00"},
        {"site": ["a", "b"]},
        {"first_day": "２０２５-01-01x" * 50},
    ],
)
@pytest.mark.parametrize("name", ["cohort", "cohort_file"])
def test_a_strange_filter_gets_its_error_and_no_figures(client, physician, name, query):
    six_with_one_for_cancer()
    response = client.get(reverse(name), query)
    assert response.status_code == 200
    page = response.content.decode()
    assert "No figures are shown until the filter is mended." in page
    assert "invalid-feedback" in page
    assert "All balloon kyphoplasties" not in page


def test_unknown_words_in_the_address_change_nothing(client, physician):
    six_with_one_for_cancer()
    plain = words_of(client.get(reverse("cohort"), PERIOD)).partition("Definition")[2]
    assert (
        words_of(client.get(reverse("cohort"), PERIOD | {"page": "-1", "sort": "x"})).partition("Definition")[2]
        == plain
    )


def test_a_site_of_somebody_else_cannot_be_chosen(client, physician):
    south = cast.a_site("South unit")
    for _patient in range(5):
        cohorts.an_episode(south)
    page = client.get(reverse("cohort"), PERIOD | {"site": str(south.public_id)}).content.decode()
    assert "Choose one of the sites in the list." in page
    assert "South unit" not in page


def test_one_of_my_sites_or_all_of_them(client, physician):
    south = cast.a_site("South unit")
    physician.memberships.create(site=south, role="PHYSICIAN")
    for site, patients in ((cast.a_site(), 5), (south, 6)):
        for _patient in range(patients):
            cohorts.an_episode(site)
    for chosen, episodes in (("", 11), (str(south.public_id), 6)):
        assert f"Balloon kyphoplasty: {episodes}" in words_of(client.get(reverse("cohort"), PERIOD | {"site": chosen}))


def test_a_site_where_i_am_a_nurse_is_not_in_it(client, physician):
    south = cast.a_site("South unit")
    physician.memberships.create(site=south, role="NURSE")
    for site in (cast.a_site(), south):
        for _patient in range(5):
            cohorts.an_episode(site)
    page = words_of(client.get(reverse("cohort"), PERIOD))
    assert "Balloon kyphoplasty: 5" in page
    assert "South unit" not in page


def test_the_navigation_leads_there(client, physician):
    assert f'href="{reverse("cohort")}"' in client.get(reverse("worklist")).content.decode()


def statements(client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(reverse("cohort"), PERIOD).status_code == 200
    return len(caught)


def test_the_statements_do_not_grow_with_the_cohort(client, physician):
    cohorts.pain(cohorts.an_episode(), 4, hours=24)
    few = statements(client)
    for number in range(12):
        episode = cohorts.an_episode(
            kind="VERTEBROPLASTY" if number % 3 else "BALLOON_KYPHOPLASTY", levels=("L1", "L2")
        )
        cohorts.pain(episode, 4, hours=24)
        cohorts.pain(episode, 3, days=14)
        cohorts.scores(episode, days=365, odi_percent=30, kps=80)
        cohorts.heights(episode, "L1", days=2, anterior=20, posterior=25, above=25, below=25)
        cohorts.a_flag(episode, "P1", severity="URGENT")
    assert statements(client) == few
    assert few <= 34
