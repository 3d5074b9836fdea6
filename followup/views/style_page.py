"""The internal style page: every component of `templates/components/` in each of its states, on invented values."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from followup.escalation_ladder import Hop
from followup.red_flags.findings import Severity
from followup.selectors.chase import Chase
from kyphotrack.staff.models import Site
from patients.models import Patient
from procedures.models import Procedure
from procedures.three_valued import Truth

TOKENS = (
    "ink", "paper", "panel", "head", "line", "grid", "field-line", "muted", "bar", "on-bar", "bar-ink", "edge", "accent",
    "accent-strong", "on-accent", "emergent", "emergent-fill", "on-emergent", "urgent", "amber", "amber-paper", "amber-line",
    "info", "good", "blank", "stale", "points-3", "points-2", "points-1", "movement", "dose", "bone", "cement",
    "behind-dialog", "focus",
)  # fmt: skip


@require_safe
def style_page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "tokens": TOKENS,
        "severities": [severity.name for severity in sorted(Severity, reverse=True)],
        "answers": list(Truth),
        "clocks": [now + timedelta(minutes=minutes) for minutes in (-3000, -8, 0.5, 12, 190, 12_960)],
        "moments": [now - timedelta(minutes=minutes) for minutes in (0, 12, 190, 12_960)],
        "chases": _chases(now),
        "banners": _banners(),
        "problems": _a_form_with_problems().errors_first,
        "patients": _patients(),
        "procedure": Procedure(kind=Procedure.Kind.BALLOON_KYPHOPLASTY, bed="7", ended_at=now - timedelta(hours=6)),
        "levels": ["T12", "L1"],
        "trail": [("A list", "/style/"), ("One of it", "/style/"), ("Here", "")],
        "zone": UTC,
        "now": now,
    }
    return render(request, "followup/style_page.html", context)


def _chases(now: datetime) -> list[tuple[str, Chase]]:
    def chase(hop: Hop, **state) -> Chase:
        quiet = {"exhausted_at": None, "nobody_left_since": None, "phone": "", "calls": 3, "may_be_noted": False}
        fixed = {"target_at": now + timedelta(minutes=25), "next_due_at": now, "repeat_every": timedelta(minutes=5)}
        return Chase(hop=hop, **fixed, **quiet | state)

    an_hour_ago = now - timedelta(hours=1)
    return [
        ("a hop with a clock of its own", chase(Hop.ORDER)),
        ("somebody phones", chase(Hop.ACKNOWLEDGE, phone="physician on call")),
        ("nobody is left to tell", chase(Hop.ACKNOWLEDGE, nobody_left_since=an_hour_ago)),
        ("the ladder is exhausted", chase(Hop.ACKNOWLEDGE, exhausted_at=an_hour_ago)),
    ]


def _banners() -> list[tuple[str, SimpleNamespace]]:
    one = [SimpleNamespace(words="An invented problem: no clock runs.")]
    return [
        ("grave", SimpleNamespace(problems=one, grave=True)),
        ("not grave", SimpleNamespace(problems=one, grave=False)),
        ("nothing to tell", SimpleNamespace(problems=[], grave=False)),
    ]


class _Sample(forms.Form):
    pulse = forms.IntegerField(label="Pulse", max_value=300)
    note = forms.CharField(label="Note")

    @property
    def errors_first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.errors]


def _a_form_with_problems() -> _Sample:
    return _Sample({"pulse": "900"}, auto_id="sample_%s")


def _patients() -> list[tuple[str, Patient]]:
    site = Site(name="North unit", time_zone="UTC")

    def patient(family_name: str, **state) -> Patient:
        born = {"birth_date": date(1950, 2, 3), "medical_record_number": "EXAMPLE-1"}
        return Patient(site=site, family_name=family_name, given_name="Given", **born, **state)

    return [
        ("alive", patient("Family")),
        ("died", patient("Family", life_status=Patient.LifeStatus.DECEASED)),
        ("a name of 200 characters", patient("W" * 200)),
    ]
