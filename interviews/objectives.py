"""What customers want to achieve with a product: written down, corrected, taken away."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from interviews.guide_models import GuideQuestion
from interviews.models import Interview, Objective
from interviews.services import lock_interview
from requirements_catalog.models import Product


@transaction.atomic
def record_objective(
    *,
    interview: Interview,
    product: Product,
    statement: str,
    outcome: str = "",
    question: GuideQuestion | None = None,
) -> Objective:
    """Keep what the customer wants to achieve with a product; `question`: that of the guide which it answers."""
    lock_interview(interview)
    objective = Objective(
        interview=interview, product=product, statement=statement.strip(), outcome=outcome.strip(), question=question
    )
    objective.clean_fields(exclude={"interview", "product", "question"})
    objective.save()
    return objective


@transaction.atomic
def change_objective(*, objective: Objective, changes: Mapping[str, Any]) -> Objective:
    """Correct what was written down: product, statement, outcome."""
    lock_interview(objective.interview)
    for name, value in changes.items():
        setattr(objective, name, value.strip() if isinstance(value, str) else value)
    objective.clean_fields(exclude={"interview", "product", "question"})
    objective.save(update_fields=list(changes))
    return objective


@transaction.atomic
def remove_objective(*, objective: Objective) -> None:
    """Take away what nobody said."""
    objective.delete()
