"""An episode as a file: read for `manage.py assess`, and its assessment as JSON. Pure; see docs/episode_format.md."""

from followup.episode_file.answer import answer
from followup.episode_file.history import parse_episode
from followup.episode_file.place import BadEpisode
from followup.episode_file.schema import schema
from followup.episode_file.text import load

__all__ = ["BadEpisode", "answer", "load", "parse_episode", "schema"]
