"""The engine against the second implementation, on random episodes; and the second implementation against the vectors."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.oracle.answers import VARIANTS, expected
from tests.oracle.news2 import news2_of
from tests.oracle.random_episodes import coverage, random_episode
from tests.oracle.timeline import looks

EPISODES = int(os.environ.get("ORACLE_EPISODES", "1500"))
FIRST_SEED = int(os.environ.get("ORACLE_FIRST_SEED", "0"))
BATCHES = 20  # so that two workers share them


@pytest.mark.parametrize("batch", range(BATCHES))
def test_engine_and_second_implementation_say_the_same(batch):
    from followup.episode_file import parse_episode
    from followup.red_flags.assess import assess

    for seed in range(FIRST_SEED + batch, FIRST_SEED + EPISODES, BATCHES):
        episode = random_episode(seed)
        assessment = assess(parse_episode(episode))
        said = {(finding.reading_id, finding.rule_code, finding.severity.name) for finding in assessment.raised}
        wanted = expected(episode)
        if said != wanted:
            pytest.fail(
                f"seed {seed}\nonly the engine: {sorted(said - wanted)}\nonly the second implementation: "
                f"{sorted(wanted - said)}\n{json.dumps(episode)}"
            )
        for look in looks(episode):
            scored, score = assessment.news2[look.reading["id"]], news2_of(look)
            assert (scored.total, scored.lower_bound, scored.single_three, dict(scored.parts)) == (
                score.total, score.lower_bound, score.single_three,
                {name: points for name, points in score.parts.items() if points is not None},
            ), f"NEWS2, seed {seed}"  # fmt: skip
            if score.total is not None:
                assert scored.band == score.band.upper().replace("-", "_"), f"NEWS2 band, seed {seed}"


def test_random_episodes_raise_every_rule_at_every_severity():
    counted = coverage(3000)
    assert set(counted) <= VARIANTS
    assert {variant: counted[variant] for variant in VARIANTS if counted[variant] < 10} == {}


def test_the_same_seed_gives_the_same_episode():
    assert random_episode(7) == random_episode(7)
    assert random_episode(7) != random_episode(8)


def test_order_of_the_rows_does_not_matter():
    for seed in range(200):
        episode = random_episode(seed)
        turned = {**episode, "observations": episode["observations"][::-1], "doses": episode["doses"][::-1]}
        assert expected(turned) == expected(episode)


def test_second_implementation_takes_nothing_from_the_first():
    """Two answers that share code would agree on the same mistake."""
    imports = re.compile(r"^\s*(?:from|import)\s+(?:followup|procedures|patients|kyphotrack)\b", re.MULTILINE)
    sources = [path for path in Path(__file__).parent.glob("*.py") if path != Path(__file__)]
    assert sources
    assert [path.name for path in sources if imports.search(path.read_text(encoding="utf-8"))] == []
