from typing import Any

import factory

from improvements.action_models import Action, StageChange
from tests.conftest import NOON
from tests.factories.functions import FunctionFactory


class ActionFactory(factory.django.DjangoModelFactory):
    """A PDCA in its draft stage, begun at noon; `about=[...]` names its requirements."""

    class Meta:
        model = Action
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"Action {number}")
    function = factory.SubFactory(FunctionFactory)
    created_by_name = "Ines"
    created_at = NOON

    @factory.post_generation
    def about(self: Action, create: bool, requirements: Any, **_kwargs: Any) -> None:
        self.requirements.set(requirements or [])
        StageChange.objects.create(action=self, after=self.stage, changed_at=self.created_at)
