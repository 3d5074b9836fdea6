"""The clinical rules: pure functions of an episode's history. No Django, no database, no clock."""
