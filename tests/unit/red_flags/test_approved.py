"""What the rules say of each case is what was approved: severities, sentences, values, scans, re-checks, open questions."""

from tests.unit.red_flags.approved import FILE, sections


def test_what_is_said_of_each_case_is_what_was_approved():
    approved: dict[str, list[str]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            lines = approved.setdefault(line.removeprefix("== "), [])
        elif line:
            lines.append(line)
    said = 0
    for name, lines in sections():
        assert lines == approved[name], name
        said += 1
    assert said == len(approved)
