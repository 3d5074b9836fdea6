"""Everything that the rules say of a set of cases, in words that a reader can check: `approved.txt`.

`python -m tests.unit.red_flags.approved` writes it anew. A change of it is a change of what nurses and physicians read:
look at each line of the difference before it is committed. The test beside it fails while the two differ.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from followup.episode_file import parse_episode
from followup.episode_file.answer import answer
from followup.red_flags.assess import assess
from followup.red_flags.history import History
from followup.red_flags.ruleset import DEFAULT_RULESET
from tests.oracle.random_episodes import random_episode

FILE = Path(__file__).with_name("approved.txt")
RANDOM = 30
_SEEDS_LOOKED_AT = 800


def cases() -> Iterator[tuple[str, History]]:
    """The cases of the rule table, and some random episodes, which together show every kind of answer seen in 800."""
    from tests.unit.red_flags.worked_cases import worked_cases

    yield from worked_cases()
    for seed in _seeds():
        yield f"random episode {seed}", parse_episode(random_episode(seed))


def _seeds() -> list[int]:
    if FILE.exists() and os.environ.get("APPROVE") != "1":
        heads = (line for line in FILE.read_text(encoding="utf-8").splitlines() if line.startswith("== random"))
        return [int(head.split()[-1]) for head in heads]
    return _choose_seeds()


def _choose_seeds() -> list[int]:
    shapes = {}
    for seed in range(_SEEDS_LOOKED_AT):
        history = parse_episode(random_episode(seed))
        shapes[seed] = set(_shapes(answer(history, assess(history), DEFAULT_RULESET)))
    chosen: list[int] = []
    seen: set[tuple] = set()
    for _one in range(RANDOM):
        best = max(shapes, key=lambda seed: (len(shapes[seed] - seen), -seed))
        chosen.append(best)
        seen |= shapes.pop(best)
    return sorted(chosen)


def _shapes(said: dict[str, Any]) -> Iterator[tuple]:
    for moment in said["timeline"]:
        yield from map(_kind, moment["raised"])
        yield from ((one["rule_code"], *one["missing"]) for one in moment["undecided"])


def said_of(history: History, seen: set[tuple]) -> Iterator[str]:
    """A line for each finding and each open question of a kind that no case before it showed."""
    for moment in answer(history, assess(history), DEFAULT_RULESET)["timeline"]:
        where = f"{moment['at'][5:16].replace('T', ' ')} {moment['id']}"
        for one in moment["raised"]:
            if _is_new(_kind(one), seen):
                line = f"{where}: {one['rule_code']} {one['severity']} {one['category']} “{one['reason']}”"
                line += f" saw {_pairs(one['observed'])} against {_pairs(one['reference'])}"
                if one["recheck"]:
                    line += f"; again {one['recheck']['kind']} within {one['recheck']['within_minutes']} min"
                if one["imaging"]:
                    line += f"; scan {_pairs(one['imaging'])}"
                yield f"{line}; acknowledge by {one['acknowledge_by']}"
        for one in moment["undecided"]:
            if _is_new((one["rule_code"], *one["missing"]), seen):
                yield f"{where}: {one['rule_code']} open for {', '.join(one['missing'])}"


def _is_new(kind: tuple, seen: set[tuple]) -> bool:
    if kind in seen:
        return False
    seen.add(kind)
    return True


def _kind(one: dict[str, Any]) -> tuple:
    scan = one["imaging"] or {}
    return (
        one["rule_code"], one["severity"], tuple(one["observed"]), tuple(one["reference"]), scan.get("modality"),
        scan.get("alternative"), scan.get("region"), tuple(scan.get("notes", ())), (one["recheck"] or {}).get("kind"),
    )  # fmt: skip


def _pairs(values: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"


def sections() -> Iterator[tuple[str, list[str]]]:
    seen: set[tuple] = set()
    for name, history in cases():
        yield name, list(said_of(history, seen))


def main() -> None:
    text = "\n".join(f"== {name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections())
    FILE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{FILE.name}: {len(text)} characters. Read the difference.\n")


if __name__ == "__main__":
    main()
