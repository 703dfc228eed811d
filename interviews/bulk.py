"""What can be done to many interviews at once."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from interviews.models import Interview, Round
from interviews.services import change_interview
from web.bulk import BulkAction
from web.forms import layout


class RoundOfManyForm(forms.Form):
    round = forms.ModelChoiceField(label=_("Round"), queryset=Round.objects.all(), empty_label=_("Choose"))
    helper = layout("round")


def set_round(interview: Interview, data: Mapping[str, Any], today: date) -> None:
    change_interview(
        interview=interview,
        held_on=interview.held_on,
        mode=interview.mode,
        interviewer=interview.interviewer,
        round=data["round"],
        today=today,
    )


BULK = (
    BulkAction(
        key="round",
        label=_("Set round"),
        model=Interview,
        form=RoundOfManyForm,
        state=lambda interview: {"round": interview.round_id},
        change=set_round,
        put_back=lambda interview, before, today: set_round(
            interview, {"round": Round.objects.get(pk=before["round"])}, today
        ),
        said=lambda data: str(_("round: %(round)s") % {"round": data["round"]}),
        moves_scores=False,
    ),
)
