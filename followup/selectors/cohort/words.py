"""What each figure of the cohort report is, in words: how it is defined, what counts as missing, and what it stands beside.

Definitions are those of clinical-spec 6.4. The published numbers are literature comparators, not targets.
"""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Words = str | Promise

# One summary quotes all of these numbers; which study each comes from is said as it says it.
_SUMMARY = _("kyphoplasty guideline summary, 2025; not checked against the paper")
_STUDY_OF_105 = _("one study of 105 patients, 2011")
_STUDY_OF_AGES = _("one study of acute and chronic fractures, 2004")
_NOT_SAID = _("which study is not said")
_UNNAMED = _("a study that the summary does not name")


def _quoted(study: Words) -> Words:
    return format_lazy("{}; {}", study, _SUMMARY)


@dataclass(frozen=True)
class FigureWords:
    """`columns`: a heading for each estimate. `beside`: by group, the published number. `unit`: of the values."""

    number: str
    title: Words
    columns: tuple[Words, ...]
    unit: Words
    definition: Words
    missing: Words
    source: Words
    beside: dict[str, Words] = field(default_factory=dict)


_POINTS = _("points of 10")
_PAIRED = _("no score in the seven days before, none in the window, or none of both that compares")
_PERCENT = "%"
FIGURE_WORDS: dict[str, FigureWords] = {
    "B1_DAY": FigureWords(
        "B1",
        _("Pain before and one day after"),
        (_("Before"), _("Nearest to 24 h")),
        _POINTS,
        _(
            "Mean pain score, of the same episodes before and after. Before: the baseline, at most seven days old. After: the"
            " score nearest to 24 h after the procedure, from 2 h to 48 h. On movement where both were asked, else at rest."
            " Behaviour scores (PAINAD) are left out."
        ),
        _PAIRED,
        _quoted(_STUDY_OF_105),
        {"ALL": _("8.2 before, 4.4 immediately after")},
    ),
    "B1_YEAR": FigureWords(
        "B1",
        _("Pain before and at one year"),
        (_("Before"), _("At 12 months")),
        _POINTS,
        _(
            "As above; after is the answer to the 12-month contact, else the score in its window (day 335 to 395) nearest to"
            " its due day."
        ),
        _PAIRED,
        _quoted(_STUDY_OF_105),
        {"ALL": _("8.2 before, 3.6 at one year")},
    ),
    "B2": FigureWords(
        "B2",
        _("Days until relief"),
        (_("Median"),),
        _("days"),
        _(
            "Kaplan-Meier median of the days from the procedure to the first score at least 2 points below the baseline."
            " Who had no relief is counted until the last score (censored). Episodes with a baseline of 2 or more."
            " The median is not reached where half or more had no relief while they were watched."
        ),
        _("no baseline of the last seven days, or no later score that compares"),
        _quoted(_NOT_SAID),
        {"ALL": _("30 days; 116 without the procedure, which a cohort without controls cannot show")},
    ),
    "B3": FigureWords(
        "B3",
        _("Relief at two weeks"),
        (_("Share with relief"),),
        _PERCENT,
        _(
            "Of the episodes with a score at two weeks (the answer to the contact, else the score of day 10 to 18 nearest to"
            " its due day): those at least 2 points below the baseline. What the study calls relief is not said."
        ),
        _PAIRED,
        _quoted(_STUDY_OF_AGES),
        {"ACUTE": _("90 %"), "CHRONIC": _("87 %")},
    ),
    "B4_MEAN": FigureWords(
        "B4",
        _("Oswestry Disability Index before and at one year"),
        (_("Before"), _("At 12 months")),
        _PERCENT,
        _(
            "Mean ODI of the same episodes. Before: the last score of the 30 days before the procedure. After: the score in"
            " the window of the 12-month contact nearest to its due day. A score needs nine answered sections."
        ),
        _("no ODI before, or none at 12 months"),
        _quoted(_STUDY_OF_105),
        {"ALL": _("58 before, 38 at one year")},
    ),
    "B4_IMPROVED": FigureWords(
        "B4",
        _("ODI better by 10 points or more at one year"),
        (_("Share"),),
        _PERCENT,
        _("Of the same episodes: those whose ODI fell by at least 10 points, the smallest change that matters."),
        _("no ODI before, or none at 12 months"),
        _("the summary has no such number"),
    ),
    "B5_ANY": FigureWords(
        "B5",
        _("Cancer: Karnofsky 70 or more at one month, whatever it was before"),
        (_("Share"),),
        _PERCENT,
        _(
            "Of the episodes for cancer with a Karnofsky score from day 21 to day 45 (the nearest to day 30): those with 70 or"
            " more, who care for themselves. The summary does not say which of the two B5 figures it means."
        ),
        _("no Karnofsky score from day 21 to day 45"),
        _quoted(_NOT_SAID),
        {"ALL": _("75 %; 39 % without the procedure")},
    ),
    "B5_BELOW_70": FigureWords(
        "B5",
        _("Cancer: Karnofsky 70 or more at one month, below 70 before"),
        (_("Share"),),
        _PERCENT,
        _("As above, of the episodes whose last Karnofsky score of the 30 days before was below 70."),
        _("no Karnofsky score before, or none from day 21 to day 45"),
        _quoted(_NOT_SAID),
        {"ALL": _("75 %; 39 % without the procedure")},
    ),
    "B6": FigureWords(
        "B6",
        _("Height of the treated vertebrae before and after"),
        (_("Before"), _("After")),
        _("% of normal height"),
        _(
            "Mean of each treated vertebra: 100 × its anterior height / the mean of its neighbours that are not broken; in the"
            " middle where the anterior edge was not measured on both. After: an image of the first seven days."
            " By the age of the vertebra's own fracture."
        ),
        _("no height before, none on an image of the first seven days, or a neighbour was not measured"),
        _quoted(_STUDY_OF_AGES),
        {"ACUTE": _("58 % before, 86 % after"), "CHRONIC": _("56 % before, 79 % after")},
    ),
    "B7": FigureWords(
        "B7",
        _("Vertebrae restored to 89 % of normal height or more"),
        (_("Share"),),
        _PERCENT,
        _("Of the treated vertebrae with a height on an image of the first seven days, worked out as for B6."),
        _("no height on an image of the first seven days, or a neighbour was not measured"),
        _quoted(_STUDY_OF_AGES),
        {"ACUTE": _("60 %"), "CHRONIC": _("26 %")},
    ),
    "B8": FigureWords(
        "B8",
        _("Later loss of vertebral height"),
        (_("Mean loss"),),
        _("percentage points"),
        _(
            "Of each treated vertebra: its ratio (100 × anterior / posterior height) on an image of the first seven days minus"
            " that on the last image of day 75 to day 395. Below 0 it became higher."
        ),
        _("no anterior and posterior height on an image of the first seven days, or on one of day 75 to 395"),
        _quoted(_UNNAMED),
        {"ALL": _("1.95"), "VERTEBROPLASTY": _("4.39")},
    ),
    "B9_LEVELS": FigureWords(
        "B9",
        _("Cement leak, of the treated vertebrae"),
        (_("Share"),),
        _PERCENT,
        _(
            "Treated vertebrae with a leak, with or without symptoms, of those of which somebody said whether it leaked."
        ),
        _("nobody said whether it leaked"),
        _quoted(_UNNAMED),
        {"ALL": _("19.3 % of cases; vertebrae or episodes is not said")},
    ),
    "B9_EPISODES": FigureWords(
        "B9",
        _("Cement leak, of the episodes"),
        (_("Share"),),
        _PERCENT,
        _("Episodes with a leak at one level at least. No leak: every level was said not to leak."),
        _("no level is known to leak, and of one or more nobody said"),
        _quoted(_UNNAMED),
        {"ALL": _("19.3 % of cases; vertebrae or episodes is not said")},
    ),
    "B9_SYMPTOMS": FigureWords(
        "B9",
        _("Leaks with a confirmed complication"),
        (_("Share"),),
        _PERCENT,
        _(
            "Of the episodes with a leak: those with a flag for a leak (LK1), for nerves or cord (N) or for heart and lung (C)"
            " that a physician closed as a confirmed complication."
        ),
        _("such a flag is still open and none was confirmed"),
        _quoted(_UNNAMED),
        {"ALL": _("“usually asymptomatic”, without a number")},
    ),
    "B10": FigureWords(
        "B10",
        _("No more pain medicine on the second day"),
        (_("Share"),),
        _PERCENT,
        _(
            "Of the episodes with pain medicine before the procedure (as the selection criteria say): those without any from"
            " 24 h to 48 h after it. A dose given then counts, and the answer of a check in that time, which asks about the"
            " time since the check before."
        ),
        _("not said whether pain medicine was taken before, or not asked from 24 h to 48 h"),
        _quoted(_NOT_SAID),
        {"ALL": _("24 % stop within 24 h; 76 % go on at first")},
    ),
}
GROUP_WORDS: dict[str, Words] = {
    "ALL": _("All balloon kyphoplasties"),
    "ACUTE": _("Fracture younger than 10 weeks"),
    "CHRONIC": _("Fracture of 10 weeks or more"),
    "MIXED": _("Fractures of both ages"),
    "UNKNOWN": _("Age of the fracture not known"),
    "OSTEOPOROTIC": _("Osteoporotic"),
    "CANCER": _("Cancer"),
    "OTHER": _("Other or unknown cause"),
    "VERTEBROPLASTY": _("Vertebroplasty, for itself"),
    "IMPLANT": _("Other augmentation (implant), for itself"),
}
KIND_WORDS: dict[str, Words] = {
    "BALLOON_KYPHOPLASTY": _("Balloon kyphoplasty"),
    "VERTEBROPLASTY": _("Vertebroplasty"),
    "IMPLANT": _("Other augmentation (implant)"),
}
HOP_WORDS: dict[str, Words] = {
    "Flag to acknowledgement": _("Flag to acknowledgement"),
    "Flag to scan": _("Flag to scan"),
    "Flag to decision": _("Flag to decision"),
}
WITHOUT_SCAN: Words = _("Red flag without a scan, to acknowledgement")
