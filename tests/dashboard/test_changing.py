"""Every way to change a record can be reached from its page by those who may, and by nobody else."""

import pytest
from django.urls import reverse

from jobs.bell import drain_now
from jobs.services import mark_circle
from tests.factories.customers import CustomerFactory
from tests.factories.functions import FunctionFactory, SupplyLinkFactory
from tests.factories.metrics import MetricLinkFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    link = MetricLinkFactory()
    supply = SupplyLinkFactory(supplier=link.metric.function)
    responsibility = link.requirement.responsibilities.create(function=supply.supplied, strength=3)
    use = CustomerFactory().product_uses.create(product=link.product)
    mark_circle()
    drain_now()
    return {"link": link, "supply": supply, "responsibility": responsibility, "use": use}


def hrefs(role: str, name: str, pk: int) -> str:
    return signed_in(role).get(reverse(name, args=[pk])).content.decode()


def test_a_requirement_offers_every_change(records):
    requirement = records["link"].requirement
    page = hrefs("specialist", "requirement_detail", requirement.pk)

    for name in ("update", "state", "scale", "merge", "history"):
        assert reverse(f"requirement_{name}", args=[requirement.pk]) in page
    assert reverse("responsibility_create", args=[requirement.pk]) in page
    assert reverse("responsibility_update", args=[records["responsibility"].pk]) in page
    assert reverse("metric_link_update", args=[records["link"].pk]) in page


def test_a_retired_requirement_can_still_be_changed():
    requirement = RequirementFactory(state="retired")

    page = hrefs("specialist", "requirement_detail", requirement.pk)

    assert reverse("requirement_state", args=[requirement.pk]) in page


def test_a_metric_offers_every_change(records):
    metric = records["link"].metric
    page = hrefs("specialist", "metric_detail", metric.pk)

    for name in ("metric_update", "metric_link_create", "metric_deactivate", "metric_history"):
        assert reverse(name, args=[metric.pk]) in page
    assert reverse("metric_link_update", args=[records["link"].pk]) in page


def test_a_function_offers_every_change(records):
    function = records["supply"].supplier
    page = hrefs("specialist", "function_detail", function.pk)

    for name in ("function_update", "function_deactivate", "function_history"):
        assert reverse(name, args=[function.pk]) in page
    assert f"{reverse('supply_link_create')}?supplier={function.pk}" in page
    assert reverse("supply_link_update", args=[records["supply"].pk]) in page


def test_a_customer_offers_every_change(records):
    customer = records["use"].customer
    page = hrefs("specialist", "customer_detail", customer.pk)

    for name in ("customer_update", "customer_lifecycle", "contact_create", "product_use_create", "customer_merge"):
        assert reverse(name, args=[customer.pk]) in page
    assert reverse("product_use_update", args=[records["use"].pk]) in page


@pytest.mark.parametrize(
    ("update", "delete", "of"),
    [
        ("supply_link_update", "supply_link_delete", "supply"),
        ("responsibility_update", "responsibility_delete", "responsibility"),
        ("metric_link_update", "metric_link_delete", "link"),
        ("product_use_update", "product_use_delete", "use"),
    ],
)
def test_what_a_form_changes_can_be_ended_from_it(records, update, delete, of):
    pk = records[of].pk

    assert reverse(delete, args=[pk]) in hrefs("specialist", update, pk)


def test_a_viewer_is_offered_no_change(records):
    function = records["supply"].supplier

    assert reverse("function_update", args=[function.pk]) not in hrefs("viewer", "function_detail", function.pk)


def test_a_function_that_left_the_circle_can_be_brought_back():
    left = FunctionFactory(is_active=False)
    address = reverse("function_reactivate", args=[left.pk])

    assert address in signed_in("specialist").get(reverse("function_list")).content.decode()
    assert address not in signed_in("viewer").get(reverse("function_list")).content.decode()
