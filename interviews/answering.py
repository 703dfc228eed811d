"""What must be true of an answer before it is stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from interviews.parts import Columns, Importance, Perception, RequiredLevel
from requirements_catalog.models import Product, Requirement, RequirementProduct

NO_IMPORTANCE, NO_LEVEL, NO_PERCEPTION = Importance(), RequiredLevel(), Perception()
VALUE_COLUMNS = [
    "importance_state", "importance_original", "importance_scale", "importance_num", "importance_den",
    "level_state", "required_level", "scale_version",
    "perception_state", "is_fixed", "perceived_level", "perceived_rating", "expected_rating", "rating_scale",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """What one contact says about one requirement for one product."""

    requirement: Requirement
    product: Product
    importance: Importance = NO_IMPORTANCE
    level: RequiredLevel = NO_LEVEL
    perception: Perception = NO_PERCEPTION


def products_of(requirement_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return (requirement, product) pairs that can be answered."""
    pairs = RequirementProduct.objects.filter(requirement__in=requirement_ids)
    return set(pairs.values_list("requirement_id", "product_id"))


def answer_columns(answer: NewAnswer, offered: set[tuple[int, int]]) -> Columns:
    """Return the value columns of an answer; raise ValidationError with one entry per field at fault."""
    check_can_be_answered(answer, offered)
    scale = answer.requirement.current_scale
    columns: Columns = {}
    errors: dict[str, Any] = {}
    for part, read in (
        ("importance", answer.importance.columns),
        ("level", lambda: answer.level.columns(scale)),
        ("perception", lambda: answer.perception.columns(scale)),
    ):
        try:
            columns |= read()
        except ValidationError as error:
            errors[part] = error
    if errors:
        raise ValidationError(errors)
    states_level = columns["required_level"] is not None or columns["perceived_level"] is not None
    return columns | {"scale_version": scale if states_level else None}


def check_each_once(answers: Sequence[NewAnswer]) -> None:
    """One statement cannot write a row twice, and which of the two was meant only the sender knows."""
    seen: set[tuple[int, int]] = set()
    for answer in answers:
        key = (answer.requirement.pk, answer.product.pk)
        if key in seen:
            raise ValidationError(
                _("%(reference)s is answered twice for %(product)s. Send one answer."),
                code="twice",
                params={"reference": answer.requirement.reference, "product": answer.product.name},
            )
        seen.add(key)


def check_can_be_answered(answer: NewAnswer, offered: set[tuple[int, int]]) -> None:
    requirement, product = answer.requirement, answer.product
    if requirement.state == Requirement.State.RETIRED or requirement.merged_into_id:
        raise ValidationError(
            {
                "requirement": ValidationError(
                    _("%(reference)s was retired or merged, so it takes no new answers."),
                    code="retired",
                    params={"reference": requirement.reference},
                )
            }
        )
    if (requirement.pk, product.pk) not in offered:
        raise ValidationError(
            {
                "product": ValidationError(
                    _("%(reference)s is not a requirement of %(product)s. Add the product to the requirement first."),
                    code="product",
                    params={"reference": requirement.reference, "product": product.name},
                )
            }
        )
