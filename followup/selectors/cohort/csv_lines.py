"""The cohort report as lines of a file: one an estimate. What the page keeps back is kept back here too.

Headings and codes are constant, for programs; numbers have a point. The words are those of the page.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _

from followup.cohort.intervals import Estimate
from followup.cohort.operations import RuleRow, Share
from followup.imaging_figures import HopFigures
from followup.selectors.cohort.report import CohortReport, Line, Section
from followup.selectors.cohort.words import Words
from kyphotrack.staff.models import Site

HEADINGS = (
    "sites", "from", "to", "figure", "title", "group", "what", "value", "low_95", "high_95", "unit", "n", "missing",
    "missing_percent", "literature_comparator_not_a_target", "note",
)  # fmt: skip
Fields = tuple[object, ...]
_NO_ESTIMATE = Estimate(None, None, None)


def csv_lines(report: CohortReport, *, sites: Collection[Site], period: tuple[date, date]) -> Iterator[list[str]]:
    yield list(HEADINGS)
    about = ("; ".join(site.name for site in sites), *period)
    for line in _lines(report):
        yield [_cell(field) for field in (*about, *line)]


def _cell(field: object) -> str:
    """A text that a spreadsheet would take for a formula is marked as text; a number is left alone."""
    if isinstance(field, float):
        return f"{field:.2f}"
    text = str(field)
    return f"'{text}" if text[:1] in "=+-@\t\r" and not isinstance(field, int) and text else text


def _lines(report: CohortReport) -> Iterator[Fields]:
    for section in report.sections:
        for line in section.lines:
            yield from _figure(section, line, report.smallest_shown)
    for count in report.kinds:
        shown = count.episodes is not None
        yield _plain("EPISODES", _("Episodes"), count.words, count.episodes if shown else "", report, shown=shown)
    operations = report.operations
    yield _share("CHECKS_ON_TIME", _("Observation sets on time"), "", operations.checks, report)
    for contact in operations.contacts:
        yield _share("CONTACTS_ANSWERED", _("Follow-up contacts answered"), contact.name, contact, report)
    yield _share("CARE_GAPS", _("Bone health: no therapy by day 42"), "", operations.gaps, report)
    for hop in report.hops:
        yield _hop(hop.words, hop.figures, report)
    for rule in operations.rules:
        yield from _rule(rule, report)


def _figure(section: Section, line: Line, smallest: int) -> Iterator[Fields]:
    row, words = line.row, section.words
    about = (section.code, words.title, line.words)
    if not row.shown:
        yield (*about, "", "", "", "", words.unit, "", "", "", line.beside, _kept_back(smallest))
        return
    estimates = row.estimates or (_NO_ESTIMATE,) * len(words.columns)
    for column, estimate in zip(words.columns, estimates, strict=True):
        note = (
            "" if row.estimates and estimate.value is not None else _("not reached") if row.estimates else _("no data")
        )
        yield (
            *about,
            column,
            *_numbers(estimate),
            words.unit,
            row.n,
            row.missing,
            row.missing_percent,
            line.beside,
            note,
        )


def _numbers(estimate: Estimate | None) -> Fields:
    ends = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
    return tuple("" if end is None else end for end in ends)


def _plain(code: str, title: Words, group: Words, value: object, report: CohortReport, *, shown: bool) -> Fields:
    note = "" if shown else _kept_back(report.smallest_shown)
    return (code, title, group, "", value, "", "", "", "", "", "", "", note)


def _share(code: str, title: Words, group: str, share: Share, report: CohortReport) -> Fields:
    if not share.shown:
        return _plain(code, title, group, "", report, shown=False)
    note = "" if share.share else _("no data")
    return (code, title, group, _("Share"), *_numbers(share.share), "%", share.n, "", "", "", note)


def _hop(title: Words, hop: HopFigures, report: CohortReport) -> Fields:
    if hop.median is None or hop.lower_quartile is None or hop.upper_quartile is None:
        return _plain("LOOP", title, "", "", report, shown=False)
    middle = (_minutes(one) for one in (hop.median, hop.lower_quartile, hop.upper_quartile))
    return (
        "LOOP", title, "", _("Median"), *middle, _("minutes"), hop.finished, hop.running, "", "",
        _("low and high are the quartiles; missing is what still runs"),
    )  # fmt: skip


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60


def _rule(rule: RuleRow, report: CohortReport) -> Iterator[Fields]:
    code, group = f"FLAGS_{rule.rule_code or 'ALL'}", rule.rule_title or _("All rules")
    if not rule.shown:
        yield _plain(code, _("Flags per 100 episodes"), group, "", report, shown=False)
        return
    yield (code, _("Flags per 100 episodes"), group, "", rule.per_100_episodes, "", "", "", rule.flags, "", "", "", "")
    confirmed = _("Share that a scan confirmed")
    if not rule.scanned_shown:
        yield _plain(code, confirmed, group, "", report, shown=False)
    elif rule.confirmed:
        yield (code, confirmed, group, "", *_numbers(rule.confirmed), "%", rule.scanned, "", "", "", "")


def _kept_back(smallest: int) -> str:
    return _("not shown: of fewer than %(smallest)s patients, or it would give such a number away") % {
        "smallest": smallest
    }
