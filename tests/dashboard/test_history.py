import pytest
from django.urls import reverse

from functions.models import SupplyLink
from functions.services import create_supply_link, update_function
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


def test_a_function_shows_who_changed_what_and_what_it_said_before():
    function, other = FunctionFactory(name="Service"), FunctionFactory(name="Sales")
    client = signed_in("specialist")
    client.post(reverse("function_update", args=[function.pk]), {"name": "Support", "position": function.position})
    create_supply_link(supplier=function, supplied=other, strength="0.50")

    page = client.get(reverse("function_history", args=[function.pk])).context["page"]

    linked, changed, made = page.changes
    assert (linked.record, linked.kind, linked.who) == ("Support → Sales", "made", "the program")
    assert [(field.name, field.before, field.after) for field in changed.fields] == [("Name", "Service", "Support")]
    assert changed.who == str(person_of(client))
    assert made.kind == "made"


def test_a_deleted_link_stays_in_the_history():
    function, other = FunctionFactory(), FunctionFactory()
    link = create_supply_link(supplier=function, supplied=other, strength="1.00")
    SupplyLink.objects.get(pk=link.pk).delete()

    page = signed_in("specialist").get(reverse("function_history", args=[other.pk])).context["page"]

    assert [change.kind for change in page.changes] == ["deleted", "made", "made"]


def test_requirement_and_metric_share_the_history_of_their_link():
    requirement, metric = RequirementFactory(scale={}), MetricFactory(name="Hours to answer")
    MetricLinkFactory(requirement=requirement, metric=metric)
    client = signed_in("specialist")

    for name, record in (("requirement_history", requirement), ("metric_history", metric)):
        page = client.get(reverse(name, args=[record.pk])).context["page"]
        assert "Hours to answer" in [change.record for change in page.changes]


def test_saving_the_same_again_is_no_change():
    function = FunctionFactory()
    function.save()

    page = signed_in("specialist").get(reverse("function_history", args=[function.pk])).context["page"]

    assert [change.kind for change in page.changes] == ["made"]


def test_a_long_history_takes_no_more_queries(django_assert_max_num_queries):
    function = FunctionFactory()
    client = signed_in("specialist")
    address = reverse("function_history", args=[function.pk])
    client.get(address)
    with django_assert_max_num_queries(20) as few:
        client.get(address)
    for number in range(30):
        update_function(function=function, changes={"name": f"Name {number}"})

    with django_assert_max_num_queries(len(few)):
        client.get(address)
