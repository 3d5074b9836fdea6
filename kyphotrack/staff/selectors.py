"""Whom a step of an escalation reaches, and what the rota says of the coming days."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kyphotrack.staff.models import Duty, DutyRole, Membership, Role, Site, User, WeeklyDuty
from kyphotrack.staff.permissions import CHART_ROLES
from kyphotrack.staff.rota import Piece, Stretch, Week, people_on_call, pieces

# When the rota has no one for a step, everyone of these roles is told, the lead among them: better many than none.
FALLBACK_ROLES = {
    DutyRole.ON_CALL_PHYSICIAN: (Role.PHYSICIAN, Role.LEAD_CLINICIAN),
    DutyRole.BACKUP_PHYSICIAN: (Role.PHYSICIAN, Role.LEAD_CLINICIAN),
    DutyRole.CHARGE_NURSE: (Role.NURSE, Role.LEAD_CLINICIAN),
    DutyRole.SERVICE_LEAD: (Role.LEAD_CLINICIAN, Role.PHYSICIAN),
}
# And where the site has none of these either, whoever treats patients there.
_LAST_RESORT = (Role.PHYSICIAN, Role.NURSE, Role.LEAD_CLINICIAN)


@dataclass(frozen=True)
class OnCall:
    """At one site and moment, by duty role: the active people on the rota, and everyone who stands in for them."""

    rota: dict[str, list[User]]
    everyone: dict[str, list[User]]
    members: dict[int, User]

    def of(self, role: str) -> list[User]:
        return self.rota[role] or self.everyone[role]


def on_call(*, site: Site, roles: Collection[str], now: datetime) -> OnCall:
    """Three statements, whatever the number of roles. Who has no account or membership any more is not on call."""
    by_role = _active_by_role(site)
    members = {user.pk: user for users in by_role.values() for user in users}
    explicit, weeks = _rota_rows(site, Duty.objects.at(now).filter(site=site, role__in=roles), roles, members)
    rota, everyone = {}, {}
    for role in roles:
        people = people_on_call(explicit[role], weeks[role], site.zone, now)
        rota[role] = [members[person] for person in people]
        everyone[role] = _of_roles(by_role, FALLBACK_ROLES[DutyRole(role)]) or _of_roles(by_role, _LAST_RESORT)
    return OnCall(rota, everyone, members)


def staff_of(site: Site) -> QuerySet[User]:
    """Who can be on call there: everyone with an open account and a role that opens charts."""
    on_ward = Membership.objects.filter(site=site, role__in=CHART_ROLES)
    return User.objects.filter(is_active=True, pk__in=on_ward.values("user")).order_by("full_name", "pk")


def people_on_duty(*, site: Site, role: str, now: datetime) -> list[User]:
    """The active people on the rota for this role now; else everyone who stands in."""
    return on_call(site=site, roles=[role], now=now).of(role)


@dataclass(frozen=True)
class RotaOfRole:
    """The coming days of one duty role. `stand_ins` are told in its gaps."""

    role: DutyRole
    pieces: tuple["PieceOfRota", ...]
    duties: tuple[Duty, ...]
    weekly: tuple[WeeklyDuty, ...]
    stand_ins: tuple[User, ...]


@dataclass(frozen=True)
class PieceOfRota:
    starts_at: datetime
    ends_at: datetime
    people: tuple[User, ...]


def rota_of_site(site: Site, *, now: datetime, days: int) -> tuple[RotaOfRole, ...]:
    end = now + timedelta(days=days)
    roles = list(DutyRole)
    by_role = _active_by_role(site)
    members = {user.pk: user for users in by_role.values() for user in users}
    coming = Duty.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), site=site, starts_at__lt=end)
    duties = list(coming.select_related("user").order_by("starts_at", "pk"))
    weekly = list(_weekly(site).select_related("user"))
    explicit, weeks = _rota_rows(site, coming, roles, members)
    return tuple(
        RotaOfRole(
            role=role,
            pieces=tuple(
                _with_people(piece, members) for piece in pieces(explicit[role], weeks[role], site.zone, now, end)
            ),
            duties=tuple(one for one in duties if one.role == role),
            weekly=tuple(one for one in weekly if one.role == role),
            stand_ins=tuple(_of_roles(by_role, FALLBACK_ROLES[role]) or _of_roles(by_role, _LAST_RESORT)),
        )
        for role in roles
    )


def _with_people(piece: Piece, members: dict[int, User]) -> PieceOfRota:
    return PieceOfRota(piece.starts_at, piece.ends_at, tuple(members[person] for person in piece.people))


def _weekly(site: Site):
    return WeeklyDuty.objects.filter(site=site, ended_at__isnull=True).order_by("starts", "pk")


def _rota_rows(
    site: Site, duties, roles: Collection[str], members: dict[int, User]
) -> tuple[dict[str, list[Stretch]], dict[str, list[Week]]]:
    explicit: dict[str, list[Stretch]] = defaultdict(list)
    weeks: dict[str, list[Week]] = defaultdict(list)
    for duty in duties:
        if duty.user_id in members:
            explicit[duty.role].append(Stretch(duty.user_id, duty.starts_at, duty.ends_at))
    for one in _weekly(site).filter(role__in=roles):
        if one.user_id in members:
            week = Week(one.user_id, one.weekdays, one.starts, one.ends, one.since)
            weeks[one.role].append(week)
    return explicit, weeks


def _active_by_role(site: Site) -> dict[str, list[User]]:
    by_role: dict[str, list[User]] = defaultdict(list)
    active = Membership.objects.filter(site=site, user__is_active=True).select_related("user").order_by("user_id")
    for membership in active:
        by_role[membership.role].append(membership.user)
    return by_role


def _of_roles(by_role: dict[str, list[User]], roles: Collection[str]) -> list[User]:
    found = {user.pk: user for role in roles for user in by_role[role]}
    return [found[key] for key in sorted(found)]
