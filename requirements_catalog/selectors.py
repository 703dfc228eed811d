"""Reading the catalogue: who may see which requirement, and plain rows for pages and the API."""

from django.db.models import Count, Q, QuerySet

from functions.selectors import Access
from requirements_catalog.models import Product, Requirement


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


def catalogue(**filters: object) -> QuerySet[Requirement]:
    """Return requirements in any state with what describes them (3 queries); a filter that is None filters nothing."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    related = Requirement.objects.select_related("attribute", "current_scale")
    return related.prefetch_related("products", "responsibilities").filter(**wanted)


def all_products() -> QuerySet[Product]:
    return Product.objects.all()


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
