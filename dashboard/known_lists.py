"""The lists by name: where each is, and who may open it."""

from dataclasses import dataclass

from customers.views import CUSTOMERS
from dashboard.audit_list import AUDIT
from dashboard.navigation import May, administrators, members, specialists
from dashboard.requirement_list import PLAN as REQUIREMENTS
from dashboard.settings_lists import PEOPLE
from functions.selectors import Access
from interviews.views import INTERVIEWS, ROUNDS
from metrics.views import METRICS
from requirements_catalog.views import PRODUCTS
from web.lists import ListPlan


@dataclass(frozen=True)
class KnownList:
    plan: ListPlan
    route: str
    may_open: May = members


LISTS = {
    known.plan.name: known
    for known in (
        KnownList(REQUIREMENTS, "requirement_list"),
        KnownList(METRICS, "metric_list"),
        KnownList(INTERVIEWS, "interview_list"),
        KnownList(PRODUCTS, "product_list"),
        KnownList(CUSTOMERS, "customer_list", specialists),
        KnownList(ROUNDS, "round_list", specialists),
        KnownList(PEOPLE, "settings_people", administrators),
        KnownList(AUDIT, "settings_audit", administrators),
    )
}


def list_for(access: Access, name: str) -> KnownList | None:
    """Return the list if there is one of this name that the person may open."""
    known = LISTS.get(name)
    return known if known and known.may_open(access) else None


def names_for(access: Access) -> list[str]:
    return [name for name, known in LISTS.items() if known.may_open(access)]
