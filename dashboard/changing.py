"""The ways to change a record: what its page offers to those who may."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Customer, Lifecycle
from functions.models import SupplyLink
from metrics.models import Kind, Metric, MetricLink
from requirements_catalog.models import Requirement


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the menu 'Change'."""

    label: str
    href: str


def way(label: str, name: str, pk: int) -> Way:
    return Way(label, reverse(name, args=[pk]))


def ways_to_change_requirement(requirement: Requirement) -> list[Way]:
    """Return the entries for a requirement (2 queries)."""
    pk = requirement.pk
    contributors = requirement.responsibilities.select_related("function").order_by("function__position")
    merged = (
        [way(_("Undo the merge"), "requirement_unmerge", pk)]
        if requirement.merged_into_id
        else [
            way(_("Merge into another"), "requirement_merge", pk),
            way(_("Look at its voices, or split it"), "requirement_voices", pk),
        ]
    )
    return [
        way(_("Edit"), "requirement_update", pk),
        way(_("Change the state"), "requirement_state", pk),
        way(_("Change the scale"), "requirement_scale", pk),
        way(_("Add a contributing function"), "responsibility_create", pk),
        *(
            way(_("Contribution of %(name)s") % {"name": each.function.label}, "responsibility_update", each.pk)
            for each in contributors
        ),
        *merged,
        *(
            way(_("Link of %(name)s") % {"name": link.metric.name}, "metric_link_update", link.pk)
            for link in MetricLink.objects.filter(requirement=pk).select_related("metric")
        ),
        way(_("History"), "requirement_history", pk),
    ]


def ways_to_change_metric(metric: Metric) -> list[Way]:
    """Return the entries for a metric (1 query)."""
    links = metric.links.select_related("requirement", "product")
    return [
        way(_("Edit"), "metric_update", metric.pk),
        way(_("Link to a requirement"), "metric_link_create", metric.pk),
        *(
            way(_("Link to %(reference)s, %(product)s") % {"reference": link.requirement.reference,
                                                           "product": link.product.name}, "metric_link_update", link.pk)
            for link in links
        ),
        way(_("New limits of its chart"), "chart_phase_create", metric.pk),
        way(_("Note on its chart"), "chart_note_create", metric.pk),
        *([] if metric.kind == Kind.DERIVED else [way(_("Fetch it from a source"), "source_create", metric.pk)]),
        way(_("Deactivate") if metric.is_active else _("Take up again"), "metric_deactivate", metric.pk),
        way(_("History"), "metric_history", metric.pk),
    ]  # fmt: skip


def ways_to_change_function(function_id: int) -> list[Way]:
    """Return the entries for a function of the circle (1 query)."""
    links = SupplyLink.objects.filter(Q(supplier=function_id) | Q(supplied=function_id))
    return [
        way(_("Edit"), "function_update", function_id),
        Way(_("Add a supply link"), f"{reverse('supply_link_create')}?supplier={function_id}"),
        *(
            way(f"{link.supplier.label} → {link.supplied.label}", "supply_link_update", link.pk)
            for link in links.select_related("supplier", "supplied")
        ),
        way(_("Deactivate"), "function_deactivate", function_id),
        way(_("History"), "function_history", function_id),
    ]  # fmt: skip


def ways_to_change_customer(customer: Customer) -> list[Way]:
    """Return the entries for a customer, whose product uses were read with it."""
    uses = customer.product_uses.all()
    merged = (
        [way(_("Undo the merge"), "customer_unmerge", customer.pk)]
        if customer.merged_into_id
        else [way(_("Merge into another"), "customer_merge", customer.pk)]
    )
    return [
        way(_("Edit"), "customer_update", customer.pk),
        way(_("Change the lifecycle"), "customer_lifecycle", customer.pk),
        way(_("Add a contact"), "contact_create", customer.pk),
        way(_("Add a product"), "product_use_create", customer.pk),
        Way(_("Assess a loss"), f"{reverse('loss_create')}?customer={customer.pk}"),
        way(_("Find an ambassador"), "ambassador_match", customer.pk)
        if customer.lifecycle == Lifecycle.PROSPECTIVE and customer.merged_into_id is None
        else Way(_("Somebody speaks for us"), f"{reverse('ambassador_create')}?customer={customer.pk}"),
        *(way(_("Use of %(name)s") % {"name": use.product.name}, "product_use_update", use.pk) for use in uses),
        *merged,
    ]
