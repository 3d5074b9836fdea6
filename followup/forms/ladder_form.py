"""What a person types to change a ladder of a site: its steps, how the last one repeats, and the targets of the hops."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followup.escalation_ladder import Channel, Hop, Ladder, LadderKey, Rung
from followup.forms.imaging_forms import words_field
from followup.models.escalation import CHANNEL_WORDS, HOP_WORDS, choices
from followup.red_flags.ruleset import Ruleset
from followup.services.site_ladders import MOST_RUNGS, BadLadder, check_ladder
from kyphotrack.language import said
from kyphotrack.staff.form_pages import PageForm
from kyphotrack.staff.models import DutyRole, Site, User
from kyphotrack.staff.selectors import staff_of

_PARTS = ("role", "person", "after", "channel")


class LadderForm(PageForm):
    """Filled in with the ladder in force. A step without a role is left out. `replaces`: the version that was shown."""

    replaces = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    use_default = forms.BooleanField(label=_("Go back to the default ladder"), required=False)
    reason = words_field(
        _("Reason"), required=True, max_length=1000, help_text=_("Why the site calls people this way.")
    )

    def __init__(
        self, request: HttpRequest, *, site: Site, key: LadderKey, live: Ladder, number: int, ruleset: Ruleset
    ):
        super().__init__(request, purpose=f"ladder-{key.value}", subject_id=site.public_id)
        self._key, self._ruleset = key, ruleset
        self.fields["replaces"].initial = number
        people = staff_of(site)
        for row in range(MOST_RUNGS):
            rung = live.rungs[row] if row < len(live.rungs) else None
            self._add_row(row, rung, people)
        self.fields["repeat"] = _minutes(_("Last step repeats every"), live.repeat_every)
        for hop in key.hops:
            label = format_lazy(_("{hop} within"), hop=HOP_WORDS[hop].capitalize())
            self.fields[f"target_{hop}"] = _minutes(label, live.targets[hop])

    def _add_row(self, row: int, rung: Rung | None, people) -> None:
        self.fields[f"role_{row}"] = forms.ChoiceField(
            label=_("Who"),
            required=False,
            choices=[("", _("no step")), *DutyRole.choices],
            initial=rung.role if rung else "",
        )
        self.fields[f"person_{row}"] = forms.ModelChoiceField(
            label=_("Only this person"), required=False, queryset=people, empty_label=_("whoever is on call"),
            initial=rung.person if rung else None,
        )  # fmt: skip
        after = rung.after if rung else None
        self.fields[f"after_{row}"] = _minutes(_("After"), after, required=False, least=0)
        self.fields[f"channel_{row}"] = forms.ChoiceField(
            label=_("How"), choices=choices(CHANNEL_WORDS), initial=rung.channel if rung else Channel.EMAIL
        )
        for part in _PARTS:
            self.fields[f"{part}_{row}"].label_suffix = ""

    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        return [(row + 1, [self[f"{part}_{row}"] for part in _PARTS]) for row in range(MOST_RUNGS)]

    def numbers(self) -> list[forms.BoundField]:
        return [self["repeat"], *(self[f"target_{hop}"] for hop in self._key.hops)]

    def ladder(self) -> Ladder | None:
        """None: the default."""
        if self.cleaned_data.get("use_default"):
            return None
        return Ladder(
            tuple(self._rungs()),
            timedelta(minutes=self.cleaned_data["repeat"]),
            {Hop(hop): timedelta(minutes=self.cleaned_data[f"target_{hop}"]) for hop in self._key.hops},
        )

    def _rungs(self) -> list[Rung]:
        rungs = []
        for row in range(MOST_RUNGS):
            typed = {part: self.cleaned_data.get(f"{part}_{row}") for part in _PARTS}
            if typed["role"]:
                person: User | None = typed["person"]
                after = timedelta(minutes=typed["after"] or 0)
                rungs.append(Rung(typed["role"], after, Channel(typed["channel"]), person.pk if person else None))
        return rungs

    def clean(self) -> None:
        if self.errors:
            return
        ladder = self.ladder()
        if ladder:
            try:
                check_ladder(ladder, key=self._key, ruleset=self._ruleset)
            except BadLadder as bad:
                self.add_error(None, said(bad))


def _minutes(label: str, initial: timedelta | None, *, required: bool = True, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=f"{label} (min)",
        required=required,
        min_value=least,
        max_value=24 * 60,
        initial=None if initial is None else round(initial / timedelta(minutes=1)),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
