"""The cohort report: what it knows of an episode, its figures with their intervals, and what it keeps back. Pure."""
