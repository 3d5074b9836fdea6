"""The thread's entries of what is asked around and after the watch: selection criteria, discharge answers, contacts,
outcome scores and bone health. What was corrected stays, struck through, beside what replaced it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from followup.contact_states import Happening
from followup.models import BoneHealthTask, BoneHealthTherapy, ContactEvent, DischargeChecklist, FollowUpContact
from followup.red_flags.ruleset import Ruleset
from followup.selectors.bone_health import Typed, bone_health_typed
from followup.selectors.heights import height_entries
from followup.selectors.measured_summary import Line
from followup.selectors.outcomes import outcome_entries
from followup.selectors.selection import Version, versions_of
from followup.selectors.thread_entry import Entry, Kind, Link, Struck
from kyphotrack.language import mid_sentence
from kyphotrack.staff.models import User
from procedures.models import Procedure, SelectionOverride

_QUESTIONS = (
    "walks_with_planned_help", "responsible_adult_24_hours", "reachable_by_phone", "red_flag_sheet_given",
    "osteoporosis_plan_made", "analgesia_supplied",
)  # fmt: skip


def aftercare_entries(
    procedure: Procedure, *, overrides: Iterable[SelectionOverride], ruleset: Ruleset, zone: ZoneInfo
) -> tuple[Entry, ...]:
    """In a fixed number of statements, however much was recorded."""
    therapies, facts = bone_health_typed(procedure)
    return (
        *_selection(procedure, versions_of(procedure)),
        *_overrides(procedure, overrides),
        *_discharge_answers(procedure),
        *_contacts(procedure, zone),
        *_outcomes(procedure, ruleset),
        *_heights(procedure, zone),
        *_bone_health(therapies, procedure, zone),
        *_bone_health(facts, procedure, zone),
        *_gaps(procedure),
    )


def _name(user: User | None) -> str:
    return user.full_name if user else ""


def _yes_no(answer: bool) -> str:
    return "yes" if answer else "no"


def _selection(procedure: Procedure, versions: Iterable[Version]) -> Iterator[Entry]:
    """The first row of a fracture came with the procedure and is no entry of its own, unless it was corrected."""
    by_heading = sorted(versions, key=lambda version: (version.heading, version.at))
    for heading, group in groupby(by_heading, key=lambda version: version.heading):
        together = list(group)
        if heading != "Answers" and len(together) == 1 and not together[0].reason:
            continue
        anchors = [f"selection-{heading.split()[-1].lower()}-{number}" for number in range(1, len(together) + 1)]
        for number, version in enumerate(together):
            newer = together[number + 1] if number + 1 < len(together) else None
            yield Entry(
                at=version.at,
                kind=Kind.SELECTION,
                heading=f"{Kind.SELECTION.label}: {heading[0].lower()}{heading[1:]}",
                lines=version.lines,
                by=version.by,
                anchor=anchors[number],
                struck=newer and Struck(newer.reason, newer.by, newer.at, anchors[number + 1]),
                corrects=anchors[number - 1] if number else "",
                correction_reason=version.reason,
                link=Link("selection", procedure.public_id, "Criteria"),
            )


def _overrides(procedure: Procedure, overrides: Iterable[SelectionOverride]) -> Iterator[Entry]:
    for one in overrides:
        lines = (Line(criterion.get("level") or "Patient", criterion["title"]) for criterion in one.criteria)
        yield Entry(
            at=one.recorded_at,
            kind=Kind.SELECTION,
            heading="Went ahead although selection criteria were not met",
            lines=tuple(lines),
            quote=one.reason,
            by=_name(one.recorded_by),
            link=Link("selection", procedure.public_id, "Criteria"),
        )


def _discharge_answers(procedure: Procedure) -> Iterator[Entry]:
    rows = DischargeChecklist.objects.filter(procedure=procedure).select_related("answered_by").order_by("pk")
    for row in rows:
        given = {name: getattr(row, name) for name in _QUESTIONS if getattr(row, name) is not None}
        words = (str(row._meta.get_field(name).verbose_name).capitalize() for name in given)
        yield Entry(
            at=row.answered_at,
            kind=Kind.DISCHARGE,
            heading="Discharge checklist answered",
            lines=tuple(Line(label, _yes_no(answer)) for label, answer in zip(words, given.values(), strict=True)),
            by=_name(row.answered_by),
        )


def _contacts(procedure: Procedure, zone: ZoneInfo) -> Iterator[Entry]:
    """What happened to each contact; many at once, as at a death, are one entry."""
    events = (
        ContactEvent.objects.filter(contact__procedure=procedure).select_related("contact", "by").order_by("at", "pk")
    )
    for (at, happening, reason, _by), group in groupby(
        events, key=lambda event: (event.at, event.happening, event.reason, event.by_id)
    ):
        together = list(group)
        first = together[0]
        codes = ", ".join(event.contact.code for event in together)
        title = f", {first.contact.get_code_display()}" if len(together) == 1 else ""
        why = ""
        if happening == Happening.CLOSED and first.contact.closed_because:
            why = f": {mid_sentence(FollowUpContact.Closed(first.contact.closed_because).label)}"
        yield Entry(
            at=at,
            kind=Kind.CONTACT,
            heading=f"{codes}{title}: {mid_sentence(Happening(happening).words)}{why}",
            lines=tuple(_moved(event, zone) for event in together if event.due_after),
            quote=reason,
            by=_name(first.by),
            link=Link("contact", first.contact.public_id, "Contact") if len(together) == 1 else None,
        )


def _moved(event: ContactEvent, zone: ZoneInfo) -> Line:
    before, after = (f"{at.astimezone(zone):%-d %b %Y %H:%M}" for at in (event.due_before, event.due_after) if at)
    return Line("Due", f"{after}, before {before}")


def _outcomes(procedure: Procedure, ruleset: Ruleset) -> Iterator[Entry]:
    entries = outcome_entries(procedure, ruleset)
    replaced = {one.replaced_by.pk: one.score for one in entries if one.replaced_by}
    for one in entries:
        score = one.score
        yield Entry(
            at=score.effective_at,
            kind=Kind.OUTCOME,
            heading=f"{Kind.OUTCOME.label}{f', {score.contact}' if score.contact else ''}",
            lines=one.lines,
            link=Link("outcomes", procedure.public_id, Kind.OUTCOME.label),
            **_correction(score, old=replaced.get(score.pk), new=one.replaced_by),
        )


def _heights(procedure: Procedure, zone: ZoneInfo) -> Iterator[Entry]:
    """By the day of the image, at noon; by the hour where it was typed on that day."""
    entries = height_entries(procedure)
    replaced = {one.replaced_by.pk: one.measurement for one in entries if one.replaced_by}
    for one in entries:
        row = one.measurement
        yield Entry(
            at=_hour_of(row.imaged_on, row.recorded_at, zone),
            kind=Kind.HEIGHTS,
            heading=f"{Kind.HEIGHTS.label}, {row.level}",
            lines=one.lines,
            link=Link("heights", procedure.public_id, Kind.HEIGHTS.label),
            **_correction(row, old=replaced.get(row.pk), new=one.replaced_by),
        )


def _hour_of(day: date, typed_at: datetime, zone: ZoneInfo) -> datetime:
    return typed_at if typed_at.astimezone(zone).date() == day else datetime.combine(day, time(12), tzinfo=zone)


def _bone_health(typed: Iterable[Typed], procedure: Procedure, zone: ZoneInfo) -> Iterator[Entry]:
    """By the day that a row tells of, at noon; by the hour where it was typed on that day."""
    typed = list(typed)
    replaced = {one.replaced_by.pk: one.row for one in typed if one.replaced_by}
    for one in typed:
        row = one.row
        is_drug = isinstance(row, BoneHealthTherapy)
        day = row.status_on if is_drug else row.known_on
        yield Entry(
            at=_hour_of(day, row.recorded_at, zone),
            kind=Kind.BONE_HEALTH,
            heading=f"{row.drug_words}: {mid_sentence(row.get_status_display())}"
            if is_drug
            else "Bone health: what became known",
            lines=one.lines,
            link=Link("bone_health", procedure.public_id, Kind.BONE_HEALTH.label),
            **_correction(row, old=replaced.get(row.pk), new=one.replaced_by),
        )


def _correction(row: Any, *, old: Any, new: Any) -> dict[str, Any]:
    """Who typed a row, which one it replaces, and what replaced it (`followup.models.correctable`)."""
    struck = None
    if new:
        struck = Struck(
            reason=new.correction_reason,
            by=_name(new.recorded_by),
            at=new.recorded_at,
            replaced_by="" if new.entered_in_error else _anchor(new),
        )
    return {
        "by": _name(row.recorded_by),
        "anchor": _anchor(row),
        "struck": struck,
        "corrects": _anchor(old) if old else "",
        "correction_reason": row.correction_reason,
    }


def _anchor(row: Any) -> str:
    return f"entry-{row.public_id}"


def _gaps(procedure: Procedure) -> Iterator[Entry]:
    tasks = BoneHealthTask.objects.filter(procedure=procedure).select_related("closed_by").order_by("pk")
    for task in tasks:
        what = f"Bone-health gap, {mid_sentence(task.get_kind_display())}"
        yield Entry(
            at=task.raised_at or task.opened_at,
            kind=Kind.BONE_HEALTH,
            heading=f"{what}: {'graver' if task.raised_at else 'open'}",
            lines=(Line("", task.reason),),
            severity=task.severity,
            link=Link("bone_health", procedure.public_id, Kind.BONE_HEALTH.label),
        )
        if task.closed_at:
            yield Entry(
                at=task.closed_at,
                kind=Kind.BONE_HEALTH,
                heading=f"{what}: {mid_sentence(task.get_closed_because_display())}",
                quote=task.closing_words,
                by=_name(task.closed_by),
            )
