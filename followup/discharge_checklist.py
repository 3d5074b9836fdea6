"""May the patient go home: minimum observation and checklist of clinical-spec 5.2. Pure; what is not known blocks.

`ITEMS` is the table: a row an item. Each criterion looks at the stay and answers met, not met or unknown, with a reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from followup.red_flags.history import PAIN_CONTEXTS, History, Reading
from followup.red_flags.mobilisation import FULL_EXAM_FIELDS, is_full_exam, is_scored, latest
from followup.red_flags.neurology import NT, compare_with_baseline, newest_answers, reference_value, steps_worse
from followup.red_flags.news2 import score
from followup.red_flags.pain import baseline_pain
from followup.red_flags.ruleset import DEFAULT_RULESET, Ruleset
from procedures.three_valued import MET, NOT_MET, UNKNOWN, Truth, all_of, any_of, truth


@dataclass(frozen=True)
class Answers:
    """What only a person can say; None was not asked."""

    walks_with_planned_help: bool | None = None
    responsible_adult_24_hours: bool | None = None
    reachable_by_phone: bool | None = None
    red_flag_sheet_given: bool | None = None
    osteoporosis_plan_made: bool | None = None
    analgesia_supplied: bool | None = None


@dataclass(frozen=True)
class Stay:
    """What the checklist is judged by. `sets`: the state of each planned set on the ward, as a slot has it.

    A missed set is REVIEWED once a person has closed the item that it raised (N10). `failed_rules`: a rule could not be
    evaluated (X0), so that nobody knows whether there is a red flag.
    """

    history: History
    disposition: str
    sets: tuple[str, ...]
    red_flags: tuple[str, ...]
    failed_rules: bool
    answers: Answers
    now: datetime

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Oldest first."""
        return tuple(sorted(self.history.readings, key=lambda reading: (reading.effective_at, reading.id)))


@dataclass(frozen=True)
class Judgement:
    truth: Truth
    reason: str


@dataclass(frozen=True)
class ChecklistItem:
    code: str
    title: str
    truth: Truth
    reason: str


_OVERNIGHT, _TWO_DAYS = timedelta(hours=24), timedelta(hours=48)


def _minimum_time(stay: Stay, ruleset: Ruleset) -> Judgement:
    minimum = {
        "SAME_DAY": timedelta(minutes=ruleset.same_day_minimum_minutes),
        "OVERNIGHT": _OVERNIGHT,
        "STAY_48H": _TWO_DAYS,
    }[stay.disposition]
    observed = stay.now - stay.history.context.time_zero
    return Judgement(
        MET if observed >= minimum else NOT_MET,
        f"{_duration(observed)} since T0; at least {_duration(minimum)} are needed",
    )


def _phases(stay: Stay, ruleset: Ruleset) -> Judgement:
    if not stay.sets:
        return Judgement(UNKNOWN, "no set is planned")
    not_done, missed = stay.sets.count("OPEN"), stay.sets.count("MISSED")
    if not_done or missed:
        reasons = [f"{not_done} not done yet"] * bool(not_done) + [
            f"{missed} missed, and the item that this raised (N10) is not closed"
        ] * bool(missed)
        return Judgement(NOT_MET, f"of {len(stay.sets)} planned sets {' and '.join(reasons)}")
    left_out = len(stay.sets) - stay.sets.count("DONE")
    words = f", {left_out} waived, or missed and reviewed" if left_out else ""
    return Judgement(MET, f"{stay.sets.count('DONE')} of {len(stay.sets)} planned sets done{words}")


def _news2(stay: Stay, ruleset: Ruleset) -> Judgement:
    last = latest(stay.readings, is_scored)
    if last is None:
        return Judgement(UNKNOWN, "no vital signs were measured")
    now = score(last.vitals, last.spo2_scale)
    baseline = stay.history.baseline
    before = score(baseline.vitals, baseline.spo2_scale) if baseline else None
    # What is blank can only add points, before the procedure as well as now.
    at_most = (before.lower_bound if before else 0) + ruleset.discharge_news2_above_baseline
    if now.lower_bound <= at_most:
        not_higher = MET  # as far as the last set goes; that it is not complete is said by the next
    else:
        not_higher = NOT_MET if before and before.complete else UNKNOWN
    no_three = NOT_MET if now.single_three else MET if now.complete else UNKNOWN
    said = f"NEWS2 {'' if now.complete else 'at least '}{now.lower_bound}"
    said += f", before the procedure {before.total}" if before and before.complete else ", not complete before it"
    if now.single_three:
        said += "; one part scores 3"
    if not now.complete:
        said += "; the last set is not complete"
    return Judgement(all_of((not_higher, no_three)), said)


def _pain(stay: Stay, ruleset: Ruleset) -> Judgement:
    last = latest(stay.readings, lambda reading: reading.pain.worst is not None)
    if last is None:
        return Judgement(UNKNOWN, "no pain score since the procedure")
    truths, said = [], []
    for context in PAIN_CONTEXTS:
        now, before = last.pain.in_context(context), baseline_pain(stay.history, context, ruleset)
        words = context.replace("_", " ")
        if now is None:
            truths.append(UNKNOWN)
            said.append(f"{words} not asked")
            continue
        not_above = truth(True if now == 0 else None if before is None else now <= before)
        truths += [truth(now < ruleset.pain_severe), not_above]
        said.append(
            f"{words} {now.normalize():f}, before {'not known' if before is None else f'{before.normalize():f}'}"
        )
    return Judgement(all_of(truths), "pain " + "; ".join(said))


def _neurology(stay: Stay, ruleset: Ruleset) -> Judgement:
    before = stay.history.baseline.neurology if stay.history.baseline else {}
    newest = newest_answers((one.effective_at, one.neurology) for one in stay.readings)
    # Walking has an item of its own: planned help may make up for it.
    worse = compare_with_baseline({name: one for name, (one, _at) in newest.items() if name != "gait"}, before).worse
    if worse:
        return Judgement(NOT_MET, f"worse than before the procedure: {'; '.join(worse)}")
    exam = latest(stay.readings, is_full_exam)
    if exam is None:
        return Judgement(UNKNOWN, "no full exam was done")
    age = stay.now - exam.effective_at
    if age > timedelta(minutes=ruleset.discharge_exam_minutes):
        limit = ruleset.discharge_exam_minutes
        return Judgement(UNKNOWN, f"the last full exam is {_duration(age)} old; it may be {limit} minutes old")
    if any(exam.neurology[name] == NT for name in FULL_EXAM_FIELDS):
        return Judgement(UNKNOWN, "not all of the last full exam could be tested")
    if exam.vitals.consciousness != "A":
        return Judgement(UNKNOWN, "it is not noted that the patient was alert at the last full exam")
    return Judgement(MET, f"as before the procedure, on a full exam {_duration(max(age, timedelta()))} ago")


def _walking(stay: Stay, ruleset: Ruleset) -> Judgement:
    before = reference_value("gait", stay.history.baseline.neurology if stay.history.baseline else {})
    walked = latest(stay.readings, lambda one: one.neurology.get("gait") not in (None, "", NT))
    steps = steps_worse("gait", walked.neurology["gait"], before) if walked else None
    as_before = truth(None if steps is None else steps <= 0)
    with_help = truth(stay.answers.walks_with_planned_help)
    if as_before is MET:
        said = "walks as before the procedure"
    elif with_help is MET:
        said = "walked with the help that is planned at home"
    else:
        said = "walking was not tested" if steps is None else "walks worse than before the procedure"
        said += ", and help is not planned" if with_help is NOT_MET else ", and planned help was not asked about"
    return Judgement(any_of((as_before, with_help)), said)


def _voiding(stay: Stay, ruleset: Ruleset) -> Judgement:
    """Voided at any time since T0, or a residual below the limit. A catheter from before the procedure is as before."""
    exams = [one.neurology for one in stay.readings]
    before = stay.history.baseline.neurology if stay.history.baseline else {}
    if before.get("voiding") == "CATHETERISED":
        return Judgement(MET, "has a catheter, as before the procedure")
    answers = [_voided(exam, stay.history.context.time_zero) for exam in exams]
    # A check that did not ask says nothing about one that did.
    voided = MET if MET in answers else NOT_MET if NOT_MET in answers else UNKNOWN
    residual = next(
        (exam["post_void_residual_ml"] for exam in reversed(exams) if "post_void_residual_ml" in exam), None
    )
    little_left = truth(residual < ruleset.residual_millilitres if isinstance(residual, int) else None)
    said = {MET: "passed urine", NOT_MET: "has not passed urine", UNKNOWN: "passing urine was not asked about"}[voided]
    if residual is not None:
        said += f"; {residual} mL left in the bladder"
    return Judgement(any_of((voided, little_left)), said)


def _voided(exam: Mapping[str, object], time_zero: datetime) -> Truth:
    last_void_at = exam.get("last_void_at")
    since = last_void_at and datetime.fromisoformat(str(last_void_at)) >= time_zero
    if since or exam.get("voided") or exam.get("voiding") in ("NORMAL", "HESITANCY", "NO_SENSATION"):
        return MET
    asked = exam.get("voided") is not None or exam.get("voiding") or last_void_at
    return NOT_MET if asked else UNKNOWN


def _puncture_site(stay: Stay, ruleset: Ruleset) -> Judgement:
    last = latest(stay.readings, lambda reading: bool(reading.wound.site))
    if last is None:
        return Judgement(UNKNOWN, "not looked at")
    return Judgement(truth(last.wound.site == "DRY"), (last.wound.site or "").lower())


def _no_red_flag(stay: Stay, ruleset: Ruleset) -> Judgement:
    if stay.red_flags:
        return Judgement(NOT_MET, f"open: {', '.join(stay.red_flags)}; a physician closes a red flag")
    if stay.failed_rules:
        return Judgement(UNKNOWN, "a rule could not be evaluated (X0)")
    if not stay.readings:
        return Judgement(UNKNOWN, "nothing was observed since the procedure")
    return Judgement(MET, "none is open")


def _answer(name: str, yes: str, no: str) -> Callable[[Stay, Ruleset], Judgement]:
    def criterion(stay: Stay, ruleset: Ruleset) -> Judgement:
        said = truth(getattr(stay.answers, name))
        return Judgement(said, {MET: yes, NOT_MET: no, UNKNOWN: "not asked"}[said])

    return criterion


@dataclass(frozen=True)
class _Row:
    code: str
    title: str
    criterion: Callable[[Stay, Ruleset], Judgement]


ITEMS: tuple[_Row, ...] = (
    _Row("MINIMUM_TIME", "Observed long enough", _minimum_time),
    _Row("PHASES", "Planned sets done", _phases),
    _Row("NEWS2", "NEWS2 as before the procedure, at most one point more", _news2),
    _Row("PAIN", "Pain below severe and not above that of before", _pain),
    _Row("NEUROLOGY", "Neurology as before, on a fresh full exam", _neurology),
    _Row("WALKING", "Walked as before, or with planned help", _walking),
    _Row("VOIDING", "Passed urine, or little left in the bladder", _voiding),
    _Row("PUNCTURE_SITE", "Puncture site dry", _puncture_site),
    _Row("NO_RED_FLAG", "No open red flag", _no_red_flag),
    _Row("RESPONSIBLE_ADULT", "A responsible adult for 24 hours",
         _answer("responsible_adult_24_hours", "there is one", "there is none")),
    _Row("PHONE", "Reachable by phone", _answer("reachable_by_phone", "reachable", "not reachable")),
    _Row("RED_FLAG_SHEET", "Written red-flag sheet given", _answer("red_flag_sheet_given", "given", "not given")),
    _Row("OSTEOPOROSIS_PLAN", "Osteoporosis plan entered, or a task for it",
         _answer("osteoporosis_plan_made", "entered or asked for", "neither entered nor asked for")),
    _Row("ANALGESIA", "Analgesia supplied", _answer("analgesia_supplied", "supplied", "not supplied")),
)  # fmt: skip


def discharge_checklist(stay: Stay, ruleset: Ruleset = DEFAULT_RULESET) -> tuple[ChecklistItem, ...]:
    """Every item with what it says now. The patient goes home when all are MET (`blocking` is empty)."""
    judged = ((row, row.criterion(stay, ruleset)) for row in ITEMS)
    return tuple(ChecklistItem(row.code, row.title, said.truth, said.reason) for row, said in judged)


def blocking(items: Iterable[ChecklistItem]) -> tuple[ChecklistItem, ...]:
    return tuple(item for item in items if item.truth is not MET)


def _duration(time: timedelta) -> str:
    minutes = max(0, time // timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if minutes <= 120 else f"{hours} h {rest:02} min" if rest else f"{hours} h"
