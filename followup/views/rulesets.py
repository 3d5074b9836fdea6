"""The thresholds of a site: its versions, a draft, its replay, and the steps that make it live."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from followup.forms.ruleset_forms import ApproveForm, GoLiveForm, ThresholdsForm, WithdrawForm
from followup.models import SiteRuleset
from followup.selectors.rulesets import RulesetPage, rules_of_sites
from followup.selectors.rulesets import ruleset_page as page_of
from followup.services import rulesets as services
from followup.services.ruleset_replay import replay_ruleset as replay
from kyphotrack.language import said
from kyphotrack.staff.form_pages import PageForm, form_page, may_be_saved, status_of
from kyphotrack.staff.models import Site
from kyphotrack.staff.permissions import Capability, may, require, sites_of

_REFUSALS = (
    services.IllegalStep,
    services.NothingChanged,
    services.Overtaken,
    services.NotReplayed,
    services.ApprovedAlready,
)


@require_safe
@never_cache
def rulesets(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {"sites": rules_of_sites(user=request.user, now=now), "now": now, "nav": "rules"}
    return render(request, "followup/rulesets.html", context)


@require_safe
@never_cache
def ruleset(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    return _show(request, "followup/ruleset.html", page_of(_visible_ruleset(request, ruleset_id)), timezone.now())


@form_page
def draft_ruleset(request: HttpRequest, site_id: UUID) -> HttpResponse:
    return _write(request, get_object_or_404(sites_of(request.user), public_id=site_id))


@form_page
def rewrite_ruleset(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    """Start from an earlier version. One that is still open is withdrawn when the new one is saved."""
    earlier = _visible_ruleset(request, ruleset_id)
    return _write(request, earlier.site, earlier=earlier)


def _write(request: HttpRequest, site: Site, *, earlier: SiteRuleset | None = None) -> HttpResponse:
    now = timezone.now()
    require(request.user, Capability.CHANGE_RULES, site)
    live = services.newest_live(site)
    instead_of = earlier if earlier and earlier.state in services.OPEN else None
    form = ThresholdsForm(
        request,
        subject_id=earlier.public_id if earlier else site.public_id,
        live=live,
        start_from=services.ruleset_from(earlier) if earlier else live,
        reason=instead_of.reason if instead_of else "",
    )
    if may_be_saved(request) and form.is_valid():
        try:
            stored = services.draft_ruleset(
                site=site,
                thresholds=form.thresholds(),
                replaces=form.cleaned_data["replaces"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=now,
                form_token=form.form_id,
                instead_of=instead_of,
            )
        except _REFUSALS as refused:
            form.add_error(None, said(refused))
        else:
            if stored.drafted_at == now:
                messages.success(request, "The draft is stored. Nothing has changed yet: replay it next.")
            else:
                messages.info(request, "This form was saved before as this version. Nothing was stored twice.")
            return redirect("ruleset", ruleset_id=stored.public_id)
    context = {"form": form, "site": site, "live": live, "earlier": earlier, "instead_of": instead_of, "nav": "rules"}
    with timezone.override(site.zone):
        return render(request, "followup/ruleset_form.html", context, status=status_of(form))


@require_POST
def replay_ruleset(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    now = timezone.now()
    shown = _visible_ruleset(request, ruleset_id)
    require(request.user, Capability.CHANGE_RULES, shown.site)
    try:
        replay(ruleset=shown, by=request.user, now=now)
    except _REFUSALS as refused:
        messages.error(request, said(refused))
    else:
        messages.success(request, "Replayed. Read below what would have been different.")
    return redirect("ruleset", ruleset_id=ruleset_id)


@form_page
def approve_ruleset(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    def save(form: PageForm, shown: SiteRuleset, now: datetime) -> str:
        approved = services.approve_ruleset(
            ruleset=shown, replay_seen=form.cleaned_data["replay_seen"], by=request.user, now=now
        )
        if approved.state == SiteRuleset.State.PROPOSED:
            return "Approved. It makes something looser: another lead clinician must approve it too."
        return "Approved. It can go live now."

    return _step(request, ruleset_id, ApproveForm, lambda page: page.may_be_approved, save)


@form_page
def make_ruleset_live(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    def save(form: PageForm, shown: SiteRuleset, now: datetime) -> str:
        services.make_ruleset_live(ruleset=shown, by=request.user, now=now)
        return f"Version {shown.version} is live."

    return _step(request, ruleset_id, GoLiveForm, lambda page: page.may_go_live, save)


@form_page
def withdraw_ruleset(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    def save(form: PageForm, shown: SiteRuleset, now: datetime) -> str:
        services.withdraw_ruleset(ruleset=shown, reason=form.cleaned_data["reason"], by=request.user, now=now)
        return "Withdrawn. It stays readable."

    return _step(request, ruleset_id, WithdrawForm, lambda page: page.is_open, save)


def _step(
    request: HttpRequest,
    ruleset_id: UUID,
    form_class: type[ApproveForm] | type[GoLiveForm] | type[WithdrawForm],
    possible: Callable[[RulesetPage], bool],
    save: Callable[[PageForm, SiteRuleset, datetime], str],
) -> HttpResponse:
    """One step of a version on a page of its own, which shows what it is about; what it changes is said afterwards."""
    now = timezone.now()
    shown = _visible_ruleset(request, ruleset_id)
    require(request.user, Capability.CHANGE_RULES, shown.site)
    page = page_of(shown)
    form = form_class(request, page=page)
    if may_be_saved(request) and form.is_valid():
        try:
            done = save(form, shown, now)
        except _REFUSALS as refused:
            form.add_error(None, said(refused))
            page = page_of(_visible_ruleset(request, ruleset_id))
        else:
            messages.success(request, done)
            return redirect("ruleset", ruleset_id=ruleset_id)
    more = {"form": form, "possible": possible(page)}
    return _show(request, "followup/ruleset_step.html", page, now, status=status_of(form), **more)


def _visible_ruleset(request: HttpRequest, ruleset_id: UUID) -> SiteRuleset:
    people = ("drafted_by", "replayed_by", "made_live_by", "withdrawn_by")
    visible = SiteRuleset.objects.visible_to(request.user).select_related("site", *people)
    return get_object_or_404(visible, public_id=ruleset_id)


def _show(
    request: HttpRequest, template: str, page: RulesetPage, now: datetime, *, status: int = 200, **more
) -> HttpResponse:
    site = page.ruleset.site
    context = {
        "page": page,
        "ruleset": page.ruleset,
        "may_change": may(request.user, Capability.CHANGE_RULES, site),
        "approved_by_me": page.was_approved_by(request.user),
        "now": now,
        "nav": "rules",
        **more,
    }
    with timezone.override(site.zone):
        return render(request, template, context, status=status)
