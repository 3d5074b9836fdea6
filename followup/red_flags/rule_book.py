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
    "NEURO": "MRI and CT of the treated levels ± 2 (whole spine for a thoracic level or in cancer)",
    "NEURO_SACRAL": "the same, with the lumbosacral spine",
    "LONG_TRACT": "MRI and CT of the whole spine",
    "SPINE": "MRI with STIR of the treated levels ± 2; CT if MRI is blocked or not in time",
    "CEMENT": "CT without contrast of the treated levels ± 2; with MRI as well if another rule wants it",
    "INFECTION": "MRI without and with gadolinium, CT with contrast if blocked; blood count, CRP, ESR, two blood cultures",
    "LUNG": "CT pulmonary angiography with an unenhanced phase, chest X-ray and ECG at once",
    "CHEST": "chest X-ray",
    "THORAX": "chest X-ray at once, then CT of the chest",
    "BLEEDING": "CT with contrast, paraspinal, retroperitoneal and (thoracic levels) chest",
    "LEG": "venous ultrasound of the leg",
}
# Where the specification leaves two readings, the safer one was taken.
READINGS = (
    "A quick check notes power as an MRC grade, so a weak ankle raises N1 at once, besides asking for the full exam (NQ).",
    "Unable to pass urine counts as N4 while no scan has shown less than 200 mL.",
    "A patient whose consciousness was not noted counts as alert for the pain nadir: a lower nadir can only raise more.",
    "SpO₂ counts as on air unless oxygen is known to be given.",
    # Pain
    "A baseline score counts if it was measured in the 7 days before T0. While none is known, rules that a baseline could "
    "meet stay open.",
    "P1, P3 and P6 need one context only, rest or movement, and compare each with itself; P4 and P5 go by the worse of the "
    "two. P1 and P1a can both be raised, one in each context.",
    "P1a is confirmed, and becomes P1, when the last score before it in the same context was such a rise too, against the "
    "nadir of its own time, whatever time lies between.",
    "New pain of which nobody noted the place counts as pain in the spine (P2). P2r wants the ribs noted, and nothing else.",
    "P4 takes any dose of any pain medicine: whether it was enough is not judged.",
    "P5 is raised at every severe score, not only at the first: vector k wants it after an earlier severe score.",
    "P4b is judged between bedside readings only: vector k has two severe scores at home and no P4b.",
    "P6 counts whole days of 24 hours from T0.",
    "P7 counts days of 24 hours from T0, and knows a day only by a dose that was written down, or by an answer that none was "
    "taken. A day with an injected opioid, an opioid without an amount or without a CDC factor, or an unlisted medicine is "
    "known in part: it is never the lowest day, and may be the day that rose. A fentanyl patch counts on the day it was put "
    "on, and leaves the next 72 hours known in part unless a new one was put on. Doses are not questions that stay blank: "
    "P7 is raised or not, and never open.",
    "P8 is urgent with any pain or a site in the spine; amber if the pain was put down to the fall, or no score is known; a "
    "fall with a score of 0 is noted. It stays open until both the fall and the trigger of the pain were asked.",
    "AF1 is raised beside P1, P2 or P8 when that one is urgent, with a site in the spine or none noted. A new deficit of N1 to "
    "N9 that is raised as emergent takes its place; an amber one, or one that was not examined, does not.",
    "A chest symptom with no vital signs measured is C3, and C1 stays open.",
    "A day on which only a medicine outside the list was taken has no step of the WHO ladder; its MME is not known (P7).",
    "The “typical time” of a complication gates nothing: anaphylaxis, pneumothorax or infection may be late.",
    "Anaphylaxis (AN1) includes any systolic pressure of 90 mmHg or less, which may as well be shock of another cause.",
    "A blood thinner acts if it was restarted, is presumed restarted as planned, was taken after the procedure, or is not "
    "known to have been stopped; “takes one” without a name counts as acting.",
    "Haemoglobin is compared with the highest value known before, not only with the baseline.",
    "A wound sign for I2 is any of redness, discharge, warmth, opening; pus raises it alone.",
    "The sensory level on the trunk is asked only after thoracic treatment; noted anyway, it counts, and calls for the "
    "whole spine.",
    "A long-tract sign (N7) comes from the cord, so the whole spine is scanned whatever level was treated.",
    "The last planned check has no next one: it is missed when it is two hours past its grace.",
    "The digital exam (anal tone), the ASIA scale and the residual need not be done, but a blank one is said to leave its "
    "rule open: blank is not normal.",
    "A neurological check that nobody did raises N10 on the check itself.",
    "A finding that wants CT for cement joins one that wants MRI: the task then asks for both.",
    "An emergent finding outside neurology and pain (infection, bleeding, allergy) takes the shorter clocks of heart and lung.",
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
