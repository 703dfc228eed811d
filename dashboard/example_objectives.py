"""What the example's customers want to achieve, and what is unique about their use: both explain strictness."""

from collections.abc import Mapping, Sequence
from typing import Any

from customers.models import ProductUse
from customers.services import update_product_use
from interviews.models import Interview
from interviews.objectives import record_objective
from requirements_catalog.models import Product

Row = Mapping[str, Any]


def explain_strictness_of_example(catalogue: Row) -> None:
    """Write down objectives in the newest interview with each person, and what the register knows of unique uses."""
    products = {product.name: product for product in Product.objects.all()}
    _record_objectives(catalogue["objectives"], products)
    for row in catalogue["unique_uses"]:
        use = ProductUse.objects.get(
            customer__name=row["customer"], product=products[row["product"]], kind=ProductUse.Kind.USED
        )
        update_product_use(use=use, changes={"uniqueness": row["uniqueness"]})


def _record_objectives(rows: Sequence[Row], products: Mapping[str, Product]) -> None:
    held = Interview.objects.filter(state=Interview.State.COMPLETED).order_by("held_on", "id")
    names = held.filter(customer__name__in=[row["customer"] for row in rows]).select_related("customer", "contact")
    newest = {(interview.customer.name, interview.contact.name): interview for interview in names}
    for row in rows:
        record_objective(
            interview=newest[row["customer"], row["person"]],
            product=products[row["product"]],
            statement=row["statement"],
            outcome=row.get("outcome", ""),
        )
