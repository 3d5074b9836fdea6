"""The rule table as a page for clinicians: docs/clinical_rules.md is made from it, never by hand."""

from collections.abc import Iterator

from followup.red_flags.citations import CITATIONS
from followup.red_flags.findings import Severity
from followup.red_flags.rules import FAILED, RULES, Rule
from followup.red_flags.ruleset import Ruleset
from followup.red_flags.site_thresholds import SECTIONS, allowed, as_typed, lower_is_stricter, meaning_of, source_of
from followup.red_flags.threshold_sources import SOURCES
from followup.red_flags.urgency import clocks

_SCANS = {
    "NEURO": "MRI and CT of the treated levels ± 2 (whole spine after thoracic treatment or in cancer)",
    "NEURO_SACRAL": "the same, with the lumbosacral spine",
    "SPINE": "MRI with STIR of the treated levels ± 2; CT if MRI is blocked or not in time",
    "LUNG": "CT pulmonary angiography with an unenhanced phase, chest X-ray and ECG at once",
    "CHEST": "chest X-ray",
}
# Where the specification leaves two readings, the safer one was taken.
READINGS = (
    "A quick check notes power as an MRC grade, so a weak ankle raises N1 at once, besides asking for the full exam (NQ).",
    "Unable to pass urine counts as N4 while no scan has shown less than 200 mL.",
    "A patient whose consciousness was not noted counts as alert for the pain nadir: a lower nadir can only raise more.",
    "SpO₂ counts as on air unless oxygen is known to be given.",
    "P5 is raised at every severe score, not only at the first: vector k wants it after an earlier severe score.",
    "P4b is judged between bedside readings only: vector k has two severe scores at home and no P4b.",
    "New pain of which nobody noted the place counts as pain in the spine (P2).",
    "A chest symptom with no vital signs measured is C3, and C1 stays open.",
)


def rule_book(ruleset: Ruleset) -> str:
    """Markdown of every rule, every threshold, and every reading of the specification that was a choice."""
    parts = [
        "# Clinical rules",
        "",
        f"Made from the rule table by `manage.py write_rule_book`; ruleset {ruleset.version}. Decision support, not validated "
        "for clinical use: every threshold needs the signature of the site's physicians. A rule that cannot be decided for "
        "want of an answer is shown as such, and never counts as negative.",
        "",
        "## Rules",
        "",
        "| code | raised when | severity | asks for | answer within | source (strength) |",
        "|---|---|---|---|---|---|",
        *(_row(rule, ruleset) for rule in (*RULES, FAILED)),
        "",
        "The severity is that of the rule; where its description names a milder or graver case, that one differs.",
        "",
        "## Thresholds",
        "",
        "A site may set its own. Stricter, that is, raising more or earlier, takes one lead clinician, looser takes two; each "
        "change is a version that is replayed over past episodes before it goes live. The range refuses slips of the finger, "
        "and says nothing about what is wise.",
        "",
        *_thresholds(ruleset),
        "Sources of the thresholds:",
        "",
        *(f"- {tag}: {words}" for tag, words in SOURCES.items()),
        "",
        "## Where the specification leaves a choice",
        "",
        *(f"- {reading}" for reading in READINGS),
        "",
    ]
    return "\n".join(parts)


def _thresholds(ruleset: Ruleset) -> Iterator[str]:
    for title, names in SECTIONS.items():
        yield from (
            f"### {title}",
            "",
            "| threshold | value | what it is | stricter | range | source |",
            "|---|---|---|---|---|---|",
        )
        for name in names:
            cells = (
                f"`{name}`",
                as_typed(getattr(ruleset, name)),
                meaning_of(name),
                "lower" if lower_is_stricter(name) else "higher",
                allowed(name),
                source_of(name),
            )
            yield "| " + " | ".join(cells) + " |"
        yield ""


def _row(rule: Rule, ruleset: Ruleset) -> str:
    within = clocks(rule.severity, rule.category, ruleset).acknowledge_within
    minutes = f"{int(within.total_seconds() // 60)} min" if within else "–"
    scan = _SCANS[rule.imaging] if rule.imaging and rule.severity.is_red_flag else "a look at the patient"
    citation = CITATIONS[rule.citation]
    cells = (
        f"**{rule.code}** {rule.title}",
        _meaning(rule),
        Severity(rule.severity).name,
        scan,
        minutes,
        f"{citation.text} ({citation.strength.lower().replace('_', ' ')})",
    )
    return "| " + " | ".join(cells) + " |"


def _meaning(rule: Rule) -> str:
    """The criterion's own description, without its code, on one line."""
    words = " ".join((rule.criterion.__doc__ or "").split())
    return words.partition(": ")[2]
