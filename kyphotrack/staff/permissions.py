"""Who may do what: one table of role against capability. A page asks `may`, a service never asks (law 14)."""

from collections.abc import Iterable
from enum import Enum

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from kyphotrack.staff.models import Role, Site, User


class Capability(Enum):
    SEE_CHART = "open a patient's chart"
    REGISTER_PATIENT = "register a patient and change contact details"
    RECORD_PROCEDURE = "record a procedure and its baseline"
    OVERRIDE_SELECTION = "give the reason for going ahead although a selection criterion is not met"
    RECORD_OBSERVATION = "log and correct observations"
    ACKNOWLEDGE_FLAG = "acknowledge a flag or an imaging task"
    CLOSE_AMBER_FLAG = "close an amber item"
    TAKE_NOTE = "note that you have seen an overdue item"
    ACCEPT_SHIFT = "accept a shift"
    MOVE_IMAGING_TASK = "order imaging and record that it was performed and reported"
    DECIDE = "decide on an imaging result and close a red flag"
    HANDLE_CONTACTS = "move a follow-up contact, note a call that came to nothing, or close it"
    DISCHARGE = "end the ward monitoring of a patient"
    SEE_FIGURES = "see the figures of the imaging loop"
    CHANGE_RULES = "change the thresholds of the rules"
    CHANGE_LADDERS = "change whom an escalation calls, and when"
    SEE_ROTA = "see who is on call"
    CHANGE_ROTA = "change who is on call"
    SEE_OPERATIONS = "see how the machinery runs"
    RECORD_DEATH = "record that a patient died"


_BEDSIDE = {
    Capability.SEE_CHART,
    Capability.REGISTER_PATIENT,
    Capability.RECORD_PROCEDURE,
    Capability.RECORD_OBSERVATION,
    Capability.CLOSE_AMBER_FLAG,
    Capability.HANDLE_CONTACTS,
    Capability.TAKE_NOTE,
    Capability.SEE_ROTA,
    Capability.DISCHARGE,
    Capability.ACCEPT_SHIFT,
    Capability.SEE_FIGURES,
}
ALLOWED: dict[str, set[Capability]] = {
    Role.NURSE: _BEDSIDE,
    Role.PHYSICIAN: set(Capability)
    - {Capability.CHANGE_RULES, Capability.CHANGE_LADDERS, Capability.CHANGE_ROTA, Capability.SEE_OPERATIONS},
    Role.LEAD_CLINICIAN: set(Capability),
    Role.COORDINATOR: {
        Capability.SEE_CHART,
        Capability.REGISTER_PATIENT,
        Capability.HANDLE_CONTACTS,
        Capability.SEE_ROTA,
    },
    Role.AUDITOR: set(),
    Role.ADMINISTRATOR: {Capability.SEE_OPERATIONS, Capability.SEE_ROTA, Capability.CHANGE_ROTA},
}
CHART_ROLES = [role for role, allowed in ALLOWED.items() if Capability.SEE_CHART in allowed]


def sites_of(user: User, capability: Capability = Capability.SEE_CHART) -> QuerySet[Site]:
    """The sites where this person may do this; none for someone without a membership."""
    roles = [role for role, allowed in ALLOWED.items() if capability in allowed]
    return Site.objects.filter(memberships__user=user, memberships__role__in=roles).distinct()


def may(user: User, capability: Capability, site: Site) -> bool:
    """Whether one of this person's roles at the site allows the capability."""
    if not user.is_active:
        return False
    return sites_of(user, capability).filter(pk=site.pk).exists()


def require(user: User, capability: Capability, site: Site) -> None:
    """Raise PermissionDenied (a 403 that says what is missing). A foreign site was a 404 long before this."""
    if not may(user, capability, site):
        raise PermissionDenied(f"Your role at {site} does not allow you to {capability.value}.")


def capabilities_of(user: User, site: Site) -> frozenset[Capability]:
    """Everything this person may do at the site, in one query, for pages that show several buttons."""
    roles: Iterable[str] = user.memberships.filter(site=site).values_list("role", flat=True)
    return frozenset().union(*(ALLOWED[role] for role in roles)) if user.is_active else frozenset()
