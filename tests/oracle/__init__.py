"""A second implementation of the clinical rules, written from the specification alone, to compare the engine with."""
