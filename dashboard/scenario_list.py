"""The scenarios that were saved: a list that every member reads; what each would change is worked out on its page."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from improvements.scenario_models import Scenario
from web.lists import Column, ListPlan

SCENARIOS = ListPlan(
    name="scenarios",
    columns=(
        Column("name", _("Scenario")),
        Column("note", _("Note"), hide_narrow=True),
        Column("move_count", _("Moves"), numeric=True),
        Column("created_by_name", _("Saved by"), hide_narrow=True),
        Column("created_at", _("Saved")),
    ),
    sort="-created_at",
    search=("name", "note"),
)


def scenarios() -> QuerySet[Scenario]:
    return Scenario.objects.all()
