"""Whom a step of an escalation reaches."""

from datetime import datetime

from kyphotrack.staff.models import Duty, DutyRole, Role, Site, User

# When the rota has no one for a step, everyone of these roles is told: better many than none.
_FALLBACK_ROLES = {
    DutyRole.ON_CALL_PHYSICIAN: [Role.PHYSICIAN, Role.LEAD_CLINICIAN],
    DutyRole.BACKUP_PHYSICIAN: [Role.PHYSICIAN, Role.LEAD_CLINICIAN],
    DutyRole.CHARGE_NURSE: [Role.NURSE],
    DutyRole.SERVICE_LEAD: [Role.LEAD_CLINICIAN, Role.PHYSICIAN],
}


def people_on_duty(*, site: Site, role: str, now: datetime) -> list[User]:
    """The active people on the rota for this role now; else every active member of the roles that stand in."""
    on_rota = [
        duty.user
        for duty in Duty.objects.at(now).filter(site=site, role=role, user__is_active=True).select_related("user")
    ]
    if on_rota:
        return sorted(set(on_rota), key=lambda user: user.pk)
    return list(
        User.objects.filter(
            is_active=True, memberships__site=site, memberships__role__in=_FALLBACK_ROLES[DutyRole(role)]
        )
        .distinct()
        .order_by("pk")
    )
