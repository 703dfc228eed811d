"""Reading the catalogue: who may see which requirement, and plain rows for pages and the API."""

from collections.abc import Collection

from django.db.models import Count, Q, QuerySet

from functions.selectors import Access
from requirements_catalog.models import (
    Attribute,
    Product,
    RatingScale,
    Requirement,
    RequirementProduct,
    Responsibility,
    ScaleVersion,
)


def requirement_ids_for(access: Access) -> set[int] | None:
    """Return the requirements whose evidence a person may see; None means all of them (1 query at most).

    A head or deputy sees those that the own functions answer for or contribute to, a viewer none.
    """
    if access.is_specialist:
        return None
    if not access.functions:
        return set()
    own = Q(owner__in=access.functions) | Q(responsibilities__function__in=access.functions)
    return set(Requirement.objects.filter(own).order_by().values_list("pk", flat=True))


def all_products() -> QuerySet[Product]:
    return Product.objects.all()


# ---- What the API lists


def catalogue() -> QuerySet[Requirement]:
    """Return every requirement, without what hangs on it."""
    return Requirement.objects.all()


def all_attributes() -> QuerySet[Attribute]:
    return Attribute.objects.all()


def rating_scales() -> QuerySet[RatingScale]:
    return RatingScale.objects.all()


def responsibilities() -> QuerySet[Responsibility]:
    return Responsibility.objects.order_by("requirement", "-strength", "function__position", "pk")


def scales_of(requirement: Requirement) -> QuerySet[ScaleVersion]:
    return requirement.scale_versions.order_by("version")


def products_of(requirement_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return (requirement, product) pairs, by the products' names (1 query)."""
    pairs = RequirementProduct.objects.filter(requirement__in=requirement_ids).order_by("product__name", "product")
    return list(pairs.values_list("requirement_id", "product_id"))


def requirements_of_products(product_ids: Collection[int]) -> set[int]:
    """Return the ids of the requirements of any of these products (1 query)."""
    pairs = RequirementProduct.objects.filter(product__in=product_ids)
    return set(pairs.values_list("requirement_id", flat=True))


def contributions_of(requirement_ids: Collection[int]) -> list[tuple[int, dict[str, int]]]:
    """Return the contributing functions of each requirement, strongest first (1 query)."""
    rows = Responsibility.objects.filter(requirement__in=requirement_ids)
    return [
        (requirement, {"function": function, "strength": strength})
        for requirement, function, strength in rows.values_list("requirement_id", "function_id", "strength")
    ]


def has_answers(requirement: Requirement) -> bool:
    """Say whether a score hangs on what customers answered about it (or about what was merged into it)."""
    # Interviews are a room above; their rows are reached through the relation.
    return requirement.answers.exists() or requirement.merged.filter(answers__isnull=False).exists()


def levels_stated(requirement: Requirement) -> int:
    """Return how many answers state a level on the present scale."""
    scale = requirement.current_scale
    return 0 if scale is None else scale.answers.count()


def products_in_use() -> QuerySet[Product]:
    """Return the products with the number of requirements that are about them."""
    mine = Count("requirements", filter=Q(requirements__merged_into=None), distinct=True)
    return Product.objects.annotate(requirement_count=mine)
