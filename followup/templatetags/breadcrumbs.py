"""Where a page stands: from its list, by way of the patient or the site, to the page itself."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

Crumb = tuple[str | Promise, str]  # the words, and the address; none where it is the page itself

OF_A_PATIENT: dict[str, Promise] = {
    "change_patient": _("Change details"),
    "record_procedure": _("Record a procedure"),
}
OF_AN_EPISODE: dict[str, Promise] = {
    "discharge": _("Discharge home"),
    "end_monitoring": _("End monitoring"),
    "correct_baseline": _("Baseline"),
    "selection": _("Selection criteria"),
    "override_selection": _("Criteria that were not met"),
    "log_observation": _("Log an observation"),
    "observation": _("Observation"),
    "correct_observation": _("Correct an observation"),
    "mark_entered_in_error": _("Entered in error"),
    "waive_slot": _("A check that cannot be done"),
    "contact": _("Follow-up contact"),
    "move_contact": _("Follow-up contact"),
    "answer_contact": _("Answers of a contact"),
    "outcomes": _("Outcome scores"),
    "correct_outcome": _("Correct outcome scores"),
    "heights": _("Vertebral heights"),
    "correct_heights": _("Correct vertebral heights"),
    "bone_health": _("Bone health"),
    "record_therapy": _("Bone-health drug"),
    "record_bone_facts": _("Facts of bone health"),
    "correct_therapy": _("Correct a bone-health drug"),
    "correct_bone_facts": _("Correct facts of bone health"),
    "close_bone_health_task": _("Bone health"),
    "imaging_task": _("Imaging task"),
    "move_imaging_task": _("Imaging task"),
    "note_task_seen": _("Imaging task"),
    "flag": _("Flag"),
    "acknowledge_flag": _("Flag"),
    "close_flag": _("Flag"),
    "note_flag_seen": _("Flag"),
}
# Below a list, of no patient: the list, and the page's own words.
OF_A_LIST: dict[str, tuple[str, Promise]] = {
    "register_patient": ("patient_list", _("Register a patient")),
    "imaging_figures": ("worklist", _("Imaging loop figures")),
    "mail_list": ("operations", _("E-mail")),
    "handle_mail": ("operations", _("E-mail")),
    "draft_ruleset": ("rulesets", _("Change thresholds")),
}
# Below a list and the page of a site, or of a version of its rules.
OF_A_SITE: dict[str, Promise] = {
    "add_duty": _("Enter a duty"),
    "add_weekly_duty": _("Enter a weekly duty"),
    "ladders_of_site": _("Whom an alarm calls"),
    "change_ladder": _("Change a ladder"),
}
OF_A_RULESET: dict[str, Promise] = {
    "rewrite_ruleset": _("Change thresholds"),
    "replay_ruleset": _("Replay"),
    "approve_ruleset": _("Approve"),
    "make_ruleset_live": _("Go live"),
    "withdraw_ruleset": _("Withdraw"),
}
LISTS: dict[str, Promise] = {
    "board": _("Board"),
    "worklist": _("Worklist"),
    "patient_list": _("Patients"),
    "rulesets": _("Rules"),
    "rota": _("Rota"),
    "operations": _("Operations"),
}


@register.inclusion_tag("components/breadcrumbs.html", takes_context=True)
def patient_breadcrumbs(context: dict[str, Any]) -> dict[str, Any]:
    """Above the strip that says whom the page is about."""
    patient, procedure = context["patient"], context.get("procedure")
    crumbs = [_list("worklist" if context.get("nav") == "worklist" else "patient_list")]
    crumbs.append((patient.name, reverse("patient", args=[patient.public_id])))
    page = _page_name(context)
    if procedure:
        crumbs.append((_("Chart"), reverse("chart", args=[procedure.public_id])))
    if page in OF_A_PATIENT or page in OF_AN_EPISODE:
        crumbs.append((OF_A_PATIENT.get(page) or OF_AN_EPISODE[page], ""))
    return {"crumbs": _ended(crumbs)}


@register.inclusion_tag("components/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: dict[str, Any]) -> dict[str, Any]:
    """On every other page; nothing on a list itself."""
    return {"crumbs": _ended(list(_trail(_page_name(context), context)))}


def _trail(page: str, context: dict[str, Any]) -> Iterator[Crumb]:
    site, ruleset = context.get("site"), context.get("ruleset") or context.get("instead_of")
    if page in OF_A_LIST:
        above, words = OF_A_LIST[page]
        yield _list(above)
        yield words, ""
    elif ruleset and (page in OF_A_RULESET or page == "ruleset"):
        yield _list("rulesets")
        yield f"{ruleset.site.name}, {ruleset.version}", reverse("ruleset", args=[ruleset.public_id])
        if page in OF_A_RULESET:
            yield OF_A_RULESET[page], ""
    elif site and (page in OF_A_SITE or page == "rota_of_site"):
        yield _list("rota")
        yield site.name, reverse("rota_of_site", args=[site.public_id])
        if page in OF_A_SITE:
            yield OF_A_SITE[page], ""


def _list(name: str) -> Crumb:
    return LISTS[name], reverse(name)


def _ended(crumbs: list[Crumb]) -> list[Crumb]:
    """The last one is the page itself, and no link."""
    return [*crumbs[:-1], (crumbs[-1][0], "")] if crumbs else []


def _page_name(context: dict[str, Any]) -> str:
    """An error page may be shown before an address was found."""
    match = getattr(context.get("request"), "resolver_match", None)
    return (match.url_name or "") if match else ""
