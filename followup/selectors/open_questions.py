"""What one stored observation could not rule out, as it was said when it was saved (law 6)."""

from dataclasses import dataclass

from followup.models import Observation
from followup.red_flags.open_questions import OpenGroup, group_open_questions
from followup.selectors.labels import label_of


@dataclass(frozen=True)
class OpenQuestions:
    """`groups`: a line for each part of the form that was left out. `sentences`: the full list, a line a rule."""

    groups: tuple[OpenGroup, ...]
    sentences: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.sentences)


def open_questions(observation: Observation | None) -> OpenQuestions:
    stored = observation.undecided if observation else []
    return OpenQuestions(
        groups=group_open_questions(stored, label_of),
        sentences=tuple(question["reason"] for question in stored),
    )
