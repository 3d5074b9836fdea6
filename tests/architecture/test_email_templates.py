"""No identifier leaves by e-mail: whatever a template could reach, it shows none of it (design law 12)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Engine
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode

from followup.models import EscalationStep, OutgoingEmail
from followup.services.outbox import send_due
from tests.architecture.tree import ROOT
from tests.cast import NORMAL_FULL_NEUROLOGY, a_patient, a_physician, a_routine_set, a_site, an_episode, log

EMAILS = ROOT / "templates" / "emails"
FILES = sorted(path.name for path in EMAILS.iterdir())
PARTS = (".subject.txt", ".txt", ".html")

NAME, GIVEN_NAME, RECORD_NUMBER = "Zzyzxname", "Qqgivenname", "MRNMARK77"
BORN = date(1931, 12, 29)
IDENTITY = (NAME, GIVEN_NAME, RECORD_NUMBER, "1931", "29.12", "12-29", "29 December", "Dec. 29")
# What would tell the reader, or whoever reads over a shoulder, why somebody is in hospital.
CLINICAL = (
    "spine", "spinal", "kypho", "vertebr", "fracture", "cement", "neuro", "cauda", "pain", "weak", "news2", "mri", "ct ",
    "scan", "imaging task", "emergent", "operator mark", "bed mark",
)  # fmt: skip


class Marked:
    """Stands for any object: whatever is asked of it is an identity."""

    def __getattr__(self, name: str) -> "Marked":
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name: str) -> "Marked":
        return self

    def __iter__(self) -> Iterator["Marked"]:
        return iter([self])

    def __str__(self) -> str:
        return f"{NAME} {GIVEN_NAME} {RECORD_NUMBER} {BORN:%d.%m.%Y}"


class Everything(dict):
    """A context in which every name that the outbox does not give is an identity."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> object:
        return True if name in ("True", "False", "None") else Marked()


GIVEN = {
    "link": "https://host.example/imaging-tasks/0/", "notice": 2, "sender": "Care team",
    "local_due_at": datetime(2026, 3, 24, 10, 30, tzinfo=UTC), "occurrence": 0, "clinic_phone": "+49 30 5550100",
    "emergency_number": "112", "unsubscribe": "https://host.example/mail/unsubscribe/0/", "overdue": 3, "minutes": 12,
    "lines": [{"words": "Urgent items", "count": 2}],
}  # fmt: skip


def test_there_are_templates_and_each_purpose_has_its_three_parts():
    purposes = [purpose.lower() for purpose in OutgoingEmail.Purpose.values]
    assert set(FILES) == {f"{purpose}{part}" for purpose in purposes for part in PARTS}


@pytest.mark.parametrize("name", FILES)
def test_a_template_shows_no_identity_even_if_it_were_handed_one(name):
    text = get_template(f"emails/{name}").template.render(Context(Everything(GIVEN)))
    assert not [mark for mark in IDENTITY if mark in text]
    assert not [word for word in CLINICAL if word in text.lower()]


def test_the_marked_context_would_show_an_identity_that_a_template_asks_for():
    """Without this the test above could not fail."""
    for asked in ("{{ patient }}", "{{ patient.family_name }}", "{% for one in flags %}{{ one.reason }}{% endfor %}"):
        assert NAME in Engine().from_string(asked).render(Context(Everything(GIVEN))), asked


@pytest.mark.parametrize("name", FILES)
def test_a_template_brings_in_no_other(name):
    nodes = get_template(f"emails/{name}").template.nodelist
    assert not nodes.get_nodes_by_type(ExtendsNode) and not nodes.get_nodes_by_type(IncludeNode)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".subject.txt")])
def test_a_subject_is_a_constant_of_one_line(name):
    subject = re.sub(r'^\{% translate "([^"{}]+)" %\}$', r"\1", (EMAILS / name).read_text().strip())
    assert "{" not in subject
    assert len(subject.strip().splitlines()) == 1


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".html")])
def test_a_mail_loads_nothing_from_elsewhere(name):
    """No picture that tells the sender who opened it, and no script."""
    text = (EMAILS / name).read_text().lower()
    assert not [what for what in ("<img", "<script", "src=", "url(", "<link") if what in text]


@pytest.mark.django_db
def test_what_really_leaves_names_nobody(smtp_server):
    """The whole message as the server got it, for a flag with a task and for one without."""
    site = a_site("Spine unit mark")
    a_physician(site)
    patient = a_patient(site, RECORD_NUMBER, NAME, given_name=GIVEN_NAME, birth_date=BORN)
    episode = an_episode(patient, operator="Operator mark", bed="Bed mark", levels=("T12", "L1"))
    log(episode, minutes=15, **a_routine_set(pain_on_movement=Decimal(7)))
    saved = log(episode, minutes=30, **a_routine_set(neurology=NORMAL_FULL_NEUROLOGY | {"motor_L4_R": "3"}))
    send_due(queue=OutgoingEmail.Queue.URGENT, clock=lambda: saved.observation.recorded_at)

    assert {mail["Subject"] for mail in smtp_server.messages} == {
        "1 new urgent item needs review", "1 new item needs a check",
    }  # fmt: skip
    assert len(smtp_server.messages) >= EscalationStep.objects.count() == 3
    for mail in smtp_server.messages:
        readable = [str(value) for name, value in mail.items() if name != "To"]
        readable += [part.get_content() for part in mail.walk() if not part.is_multipart()]
        text = "\n".join(readable).replace("/imaging-tasks/", "/").lower()
        assert not [mark for mark in IDENTITY if mark.lower() in text]
        assert not [word for word in (*CLINICAL, "spine unit", "t12", "l1 ", "n1", "p5") if word in text]
