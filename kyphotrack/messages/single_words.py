"""Words of one piece that rules and selectors say. In code they look like keys, so that nobody can find them there."""

SINGLE_WORDS: tuple[str, ...] = (
)  # fmt: skip
