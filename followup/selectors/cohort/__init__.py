"""What the cohort report reads: a fixed number of statements, however many episodes there are."""
