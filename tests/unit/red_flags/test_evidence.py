"""What a finding shows is what was recorded, and what a question asks for was left blank: on random episodes."""

from dataclasses import asdict
from functools import cache

import pytest

from followup.episode_file import parse_episode
from followup.red_flags.assess import assess
from followup.red_flags.findings import Assessment
from followup.red_flags.history import History, Reading
from followup.red_flags.neurology import CATALOGUE
from followup.red_flags.rules import RULES
from followup.red_flags.words import label
from tests.oracle.random_episodes import random_episode

EPISODES = 250
# What a finding may show that stands in no single field of its reading.
_DERIVED = {
    "rules", "symptoms", "news2", "parts", "day", "mme", "who_step", "dose", "route", "doses", "hours_without_urine", "check",
    "neuro",
}  # fmt: skip
_OF_THE_EPISODE = {"dose_amount", "takes_anticoagulants"}


@cache
def _assessed(seed: int) -> tuple[History, Assessment]:
    history = parse_episode(random_episode(seed))
    return history, assess(history)


def _facts(reading: Reading) -> dict[str, object]:
    """Each value of a reading under the names that evidence and questions use."""
    pain = reading.pain
    facts = asdict(reading.vitals) | asdict(reading.symptoms) | asdict(reading.mobilisation)
    facts |= {f"wound_{name}": value for name, value in asdict(reading.wound).items()}
    facts |= {name: getattr(reading.wound, name) for name in ("expanding_swelling", "dressing_soaked_twice")}
    facts |= {name: reading.neurology.get(name) for name in CATALOGUE}
    return facts | {
        "pain_at_rest": pain.at_rest, "pain_on_movement": pain.on_movement, "pain": pain.worst,
        "sites": sorted(pain.sites), "pain_sites": sorted(pain.sites) or None,
        "pain_characters": sorted(pain.characters) or None,
        "new_site": pain.new_site, "new_pain_site": pain.new_site, "sudden_onset": pain.sudden_onset,
        "pain_trigger": pain.trigger, "fall": pain.fall, "took_analgesia": pain.took_analgesia,
        "relief": pain.relief, "pain_relief": pain.relief,
        "haemoglobin_grams_per_decilitre": reading.haemoglobin_grams_per_decilitre,
    }  # fmt: skip


def _same(shown: object, recorded: object) -> bool:
    return shown == recorded or (isinstance(shown, str) and shown == str(recorded))


@pytest.mark.parametrize("batch", range(10))
def test_a_finding_shows_what_was_recorded(batch):
    for seed in range(batch, EPISODES, 10):
        history, assessment = _assessed(seed)
        facts = {one.id: _facts(one) for one in history.readings}
        for finding in assessment.raised:
            observed = finding.evidence["observed"]
            assert observed, finding
            recorded = facts.get(finding.reading_id, {})
            for name, value in observed.items():
                assert name in _DERIVED or _same(value, recorded[name]), (seed, name, finding)


@pytest.mark.parametrize("batch", range(10))
def test_a_sentence_has_all_its_words(batch):
    """A word that was left out would read "None"."""
    for seed in range(batch, EPISODES, 10):
        for finding in _assessed(seed)[1].raised:
            assert "None" not in finding.reason and "{" not in finding.reason, finding.reason
            assert not finding.reason[0].islower()


@pytest.mark.parametrize("batch", range(10))
def test_a_question_asks_for_what_was_left_blank(batch):
    for seed in range(batch, EPISODES, 10):
        history, assessment = _assessed(seed)
        facts = {one.id: _facts(one) for one in history.readings}
        before = _facts(history.baseline or Reading("none", history.context.time_zero))
        for question in assessment.undecided:
            assert question.missing and len(set(question.missing)) == len(question.missing), question
            assert label(question.missing[0]) in question.reason
            for name in set(question.missing) - _OF_THE_EPISODE:
                known = before if name.startswith("baseline_") else facts[question.reading_id]
                # A pain score of more than seven days before the procedure counts as not known.
                old = name.startswith("baseline_pain_")
                # On scale 2 a saturation has no points while nobody noted whether it was on oxygen.
                scored = name != "spo2_percent" or known["supplemental_oxygen"] is not None
                assert old or not scored or known[name.removeprefix("baseline_")] in (None, ""), (seed, name, question)


# Rule: what it shows of the reading, and against what. "exam" stands for items of the neurological exam.
EVIDENCE: dict[str, tuple[set[str], set[str]]] = {
    "N1": ({"exam"}, {"exam"}),
    "N1b": ({"exam"}, {"exam"}),
    "N2": ({"exam"}, {"exam"}),
    "N3": ({"exam"}, {"exam"}),
    "N4": ({"exam"}, {"exam"}),
    "N4a": ({"hours_without_urine"}, {"exam"}),
    "N5": ({"exam"}, {"exam"}),
    "N6": ({"exam"}, {"exam"}),
    "N7": ({"exam"}, {"exam"}),
    "N8": ({"exam"}, {"exam"}),
    "N9": ({"exam"}, {"exam"}),
    "N10": ({"check", "exam", "neuro"}, {"due_at", "measured_at"}),
    "N11": ({"consciousness"}, {"consciousness"}),
    "NQ": ({"exam"}, set()),
    "LK1": ({"exam", "new_site", "sites"}, {"exam"}),
    "C1": (
        {"pulse_per_minute", "respiration_rate", "spo2_percent", "supplemental_oxygen", "symptoms", "systolic_mmhg"},
        {"pulse_per_minute", "respiration_rate", "spo2_percent", "supplemental_oxygen", "systolic_mmhg"},
    ),
    "C2": ({"news2", "parts", "spo2_percent"}, {"spo2_percent"}),
    "C3": ({"symptoms"}, set()),
    "C4": ({"symptoms"}, set()),
    "PX1": ({"dyspnoea", "pain_characters"}, {"treated_levels"}),
    "R1": ({"new_site", "rib_tenderness", "sites"}, set()),
    "V3": ({"news2", "parts"}, set()),
    "V2": ({"news2", "parts"}, set()),
    "V1": ({"news2", "parts"}, set()),
    "V0": ({"news2", "parts"}, {"news2"}),
    "P1": ({"pain_at_rest", "pain_on_movement"}, {"baseline", "nadir"}),
    "P1a": ({"pain_at_rest", "pain_on_movement"}, {"baseline", "nadir"}),
    "P2": ({"new_site", "sites", "sudden_onset"}, set()),
    "P2r": ({"dyspnoea", "new_site", "sites"}, set()),
    "P3": ({"pain_at_rest", "pain_on_movement"}, {"baseline"}),
    "P4": ({"dose", "pain", "route"}, {"given_at", "measured_at", "pain_before"}),
    "P4b": ({"doses", "pain"}, {"measured_at", "pain_before"}),
    "P4c": ({"pain", "relief", "took_analgesia"}, set()),
    "P5": ({"pain"}, set()),
    "P6": ({"day", "pain_at_rest", "pain_on_movement"}, {"baseline", "relief_from"}),
    "P7": ({"day", "mme", "who_step"}, {"day", "day_before", "mme", "who_step", "who_step_before"}),
    "P8": ({"fall", "pain", "pain_trigger", "sites"}, set()),
    "AF1": (
        {
            "fall",
            "new_site",
            "pain",
            "pain_at_rest",
            "pain_on_movement",
            "pain_trigger",
            "rules",
            "sites",
            "sudden_onset",
        },
        {"baseline", "nadir"},
    ),
    "I1": ({"temperature_celsius"}, set()),
    "I2": (
        {
            "news2",
            "rigors",
            "temperature_celsius",
            "wound_discharge",
            "wound_opening",
            "wound_pus",
            "wound_redness_over_2_cm",
            "wound_warmth",
        },
        set(),
    ),
    "I3": ({"wound_discharge", "wound_opening", "wound_redness_over_2_cm", "wound_warmth"}, set()),
    "H1": (
        {
            "dressing_soaked_twice",
            "expanding_swelling",
            "haemoglobin_grams_per_decilitre",
            "pulse_per_minute",
            "systolic_mmhg",
        },
        {"haemoglobin_grams_per_decilitre"},
    ),
    "H2": ({"rules"}, {"anticoagulants"}),
    "D1": ({"calf_swelling_or_pain"}, set()),
    "AN1": ({"lip_swelling", "systolic_mmhg", "urticaria", "wheeze"}, set()),
    "M1": ({"walked"}, {"bed_rest", "neurology", "news2"}),
}


def test_each_rule_shows_its_own_kind_of_evidence():
    shown: dict[str, tuple[set[str], set[str]]] = {rule.code: (set(), set()) for rule in RULES}
    for seed in range(2 * EPISODES):
        for finding in _assessed(seed)[1].raised:
            for kind, names in zip(("observed", "reference"), shown[finding.rule_code], strict=True):
                names |= {"exam" if name in CATALOGUE else name for name in finding.evidence[kind]}
    assert shown == EVIDENCE
