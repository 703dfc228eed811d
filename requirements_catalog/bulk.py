"""What can be done to many requirements at once."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from functions.models import Function
from requirements_catalog.models import Requirement
from requirements_catalog.services import change_state, update_requirement
from web.bulk import BulkAction, field_action
from web.forms import layout


class OwnerOfManyForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=Function.objects.filter(is_active=True), empty_label=_("Choose"),
        help_text=_("The function that answers for them: their gap is its own from now on."),
    )  # fmt: skip
    helper = layout("owner")


class StateOfManyForm(forms.Form):
    state = forms.ChoiceField(
        label=_("They are"),
        choices=[each for each in Requirement.State.choices if each[0] != Requirement.State.ACTIVE],
        widget=forms.RadioSelect,
        help_text=_("Only active ones count in the circle. They are approved one by one, each on its page."),
    )  # fmt: skip
    helper = layout("state")


def save(requirement: Requirement, changes: Mapping[str, Any]) -> None:
    update_requirement(requirement=requirement, changes=changes)


def set_state(requirement: Requirement, data: Mapping[str, Any], _today: date) -> None:
    change_state(requirement=requirement, state=data["state"])


def state_said(data: Mapping[str, Any]) -> str:
    return str(_("state: %(state)s") % {"state": Requirement.State(data["state"]).label})


BULK = (
    field_action(
        key="owner", label=_("Set owner"), model=Requirement, form=OwnerOfManyForm, field="owner", save=save,
        said=_("owner: %(value)s"),
    ),
    BulkAction(
        key="state",
        label=_("Set state"),
        model=Requirement,
        form=StateOfManyForm,
        # Also what it says: one that was rewritten since is not put back to active, which would be an approval.
        state=lambda requirement: {"state": requirement.state, "statement": requirement.statement},
        change=set_state,
        put_back=set_state,
        said=state_said,
    ),
)  # fmt: skip
