"""Of which site, and from which day to which day, the cohort report is made."""

from collections.abc import Sequence
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from followup.forms.period import PeriodForm
from kyphotrack.staff.models import Site


class CohortFilter(PeriodForm):
    """Without a site: all that are given. The default is two years, as outcomes are asked for after twelve months."""

    default_days = 731

    site = forms.ChoiceField(
        label=_("Site"),
        required=False,
        error_messages={"invalid_choice": _("Choose one of the sites in the list.")},
    )
    field_order = ("site", "first_day", "last_day")

    def __init__(self, data, *, today: date, sites: Sequence[Site]):
        super().__init__(data, today=today)
        self._sites = {str(site.public_id): site for site in sites}
        named = [(key, site.name) for key, site in self._sites.items()]
        self.fields["site"].choices = named if len(named) == 1 else [("", _("All my sites")), *named]

    def chosen_sites(self) -> list[Site]:
        chosen = self._sites.get(self.cleaned_data.get("site", ""))
        return [chosen] if chosen else list(self._sites.values())
