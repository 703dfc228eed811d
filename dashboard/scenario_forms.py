from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from improvements.scenario_models import LONGEST_NOTE, Scenario
from improvements.scenarios import SAID
from web.forms import layout
from web.once import EntryField

LONGEST_MOVES = 20_000


class ScenarioForm(forms.Form):
    """Name a what-if, or rename a scenario; moves: the address of the what-if, which goes along unseen."""

    name = forms.CharField(label=_("Name"), max_length=120)
    note = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What it is about, or what would have to be done for it. Everybody in the program reads it."),
    )  # fmt: skip
    moves = forms.CharField(max_length=LONGEST_MOVES, required=False, widget=forms.HiddenInput)
    entry = EntryField()

    def __init__(self, *args: Any, scenario: Scenario | None = None, **options: Any) -> None:
        if scenario:
            options |= {"initial": {name: getattr(scenario, name) for name in SAID}}
        super().__init__(*args, **options)
        if scenario:
            del self.fields["moves"], self.fields["entry"]
        self.helper = layout(*self.fields)
