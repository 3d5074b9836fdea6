"""What the baseline form takes for weight, blood and scans."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from tests import cast
from tests.bedside import an_episode_hours_ago, beside, local_minute, opened
from tests.reading import read, words

pytestmark = pytest.mark.django_db

NOT_SAVED = 422


@pytest.fixture
def nurse(site, client):
    user = cast.a_nurse(site)
    client.force_login(user)
    return user


BASELINE = {
    "weight_kilograms": "71.5", "height_centimetres": "165", "haemoglobin_grams_per_decilitre": "13.1", "inr": "1.1",
    "platelets_per_nanolitre": "210", "egfr_ml_per_minute": "58", "acute_kidney_injury": "no", "on_dialysis": "no",
    "takes_metformin": "yes", "gadolinium_anaphylaxis": "no", "pregnancy_possible": "no",
    "contrast_reaction": "MILD_MODERATE", "supplemental_oxygen": "yes", "oxygen_device": "nasal",
    "inspired_oxygen_percent": "28", "pain_at_rest_mm": "62", "pain_characters": ["AXIAL"],
}  # fmt: skip


@pytest.fixture
def without_baseline(site, nurse):
    return an_episode_hours_ago(2.0, cast.a_patient(site), baseline=None)


def record(client, episode, **typed):
    address = reverse("correct_baseline", args=[episode.public_id])
    measured_at = local_minute(episode, datetime.now(UTC) - timedelta(hours=3))
    return client.post(address, opened(client, address) | {"measured_at": measured_at} | typed)


def test_everything_of_the_baseline_is_saved_shown_and_shown_again_for_a_correction(client, nurse, without_baseline):
    drawn_on = datetime.now(UTC).date() - timedelta(days=1)
    page = record(client, without_baseline, **BASELINE, egfr_measured_on=drawn_on.isoformat())
    assert page.status_code == 302
    row = without_baseline.baselines.get()
    assert (row.weight_kilograms, row.height_centimetres, row.inr) == (Decimal("71.5"), Decimal(165), Decimal("1.1"))
    assert (row.haemoglobin_grams_per_decilitre, row.platelets_per_nanolitre) == (Decimal("13.1"), 210)
    assert (row.egfr_ml_per_minute, row.egfr_measured_on) == (Decimal(58), drawn_on)
    assert (row.takes_metformin, row.on_dialysis, row.acute_kidney_injury) == (True, False, False)
    assert (row.gadolinium_anaphylaxis, row.pregnancy_possible) == (False, False)
    assert (row.contrast_reaction, row.inspired_oxygen_percent) == ("MILD_MODERATE", 28)
    assert (row.pain_at_rest, row.pain_scale, row.pain_characters) == (Decimal("6.2"), "VAS_MM", ["AXIAL"])
    chart = words(read(client, nurse, "chart", without_baseline.public_id))
    for said in (
        "weight 71.5 kg · height 165 cm · haemoglobin 13.1 g/dL · INR 1.1 · platelets 210 ×10⁹/L",
        f"58 mL/min/1.73 m², {drawn_on:%-d %b %Y}", "earlier reaction: mild or moderate", "takes metformin",
        "not on dialysis", "FiO₂ 28 %", "at rest 6.2 (62 mm)",
    ):  # fmt: skip
        assert said in chart, said
    form = opened(client, reverse("correct_baseline", args=[without_baseline.public_id]))
    assert {name: form[name] for name in ("takes_metformin", "contrast_reaction", "on_dialysis")} == {
        "takes_metformin": ["yes"], "contrast_reaction": ["MILD_MODERATE"], "on_dialysis": ["no"],
    }  # fmt: skip
    assert (form["egfr_measured_on"], form["pain_at_rest_mm"]) == (drawn_on.isoformat(), "62")


def test_a_blank_baseline_stays_blank_and_the_chart_names_what_was_not_asked(client, nurse, without_baseline):
    assert record(client, without_baseline, pulse_per_minute="70").status_code == 302
    row = without_baseline.baselines.get()
    for name in ("acute_kidney_injury", "on_dialysis", "takes_metformin", "gadolinium_anaphylaxis", "inr"):
        assert getattr(row, name) is None
    assert (row.contrast_reaction, row.egfr_measured_on, row.weight_kilograms) == ("", None, None)
    chart = words(read(client, nurse, "chart", without_baseline.public_id))
    assert (
        "Not asked earlier reaction to iodinated contrast, acute kidney injury, on dialysis, takes metformin, "
        "earlier anaphylaxis after gadolinium, pregnancy possible" in chart
    )
    assert "eGFR not measured" in chart


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"height_centimetres": "79.9"}, "height_centimetres", "Possible is 80 to 230 cm."),
        ({"height_centimetres": "65"}, "height_centimetres", "Did you mean in? 65 in is 165.1 cm."),
        ({"height_centimetres": "1.7"}, "height_centimetres", "Did you mean m? 1.7 m is 170.0 cm."),
        ({"platelets_per_nanolitre": "150000"}, "platelets_per_nanolitre", "150000 per µL is 150.0 ×10⁹/L."),
        ({"inr": "100"}, "inr", "Possible is 0 to 99."),
        ({"egfr_measured_on": "2999-01-01", "egfr_ml_per_minute": "60"}, "egfr_measured_on", "in the future"),
        ({"egfr_measured_on": "2020-01-01"}, "egfr_ml_per_minute", "no eGFR is entered"),
        ({"egfr_measured_on": "soon"}, "egfr_measured_on", "Enter a date"),
        ({"weight_kilograms": "30", "height_centimetres": "170"}, "weight_kilograms", "body mass index is 10.4"),
        ({"contrast_reaction": "SOME"}, "contrast_reaction", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_in_the_baseline(client, without_baseline, typed, field, said):
    page = record(client, without_baseline, **typed)
    assert page.status_code == NOT_SAVED
    assert said in beside(page, field)
    assert not without_baseline.baselines.exists()
