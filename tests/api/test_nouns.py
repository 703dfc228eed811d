"""Reading what the ids of scores and measurements mean."""

from decimal import Decimal

import pytest

from tests.api.callers import EVERY_SCOPE, caller, person, with_token
from tests.api.described import differences
from tests.factories.functions import FunctionFactory, SupplyLinkFactory
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db
NOUNS = ["functions", "supply-links", "requirements", "products", "metrics"]


@pytest.fixture
def everything():
    """One of each noun, in each of its shapes."""
    press, billing = FunctionFactory(name="Press shop"), FunctionFactory(name="Billing", is_active=False)
    SupplyLinkFactory(supplier=press, supplied=billing, strength=Decimal("0.50"))
    requirement = RequirementFactory(owner=press, scale={})
    draft = RequirementFactory(owner=None, state="draft", products=[])
    requirement.responsibilities.create(function=billing, strength=3)
    draft.merged_into = requirement
    draft.save()
    metric = MetricFactory(function=press, target=Decimal("4.5"))
    MetricFactory(function=billing, defects=True)
    (product,) = requirement.products.all()
    MetricLinkFactory(metric=metric, requirement=requirement, product=product)
    return requirement


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_is_as_described(everything, noun):
    client = caller("specialist")

    listed = client.get(f"/api/v1/{noun}/")

    assert listed.json()["count"] == len(listed.json()["results"]) > 0
    assert differences(listed, f"/api/v1/{noun}/") == []
    for each in listed.json()["results"]:
        one = client.get(f"/api/v1/{noun}/{each['id']}/")
        assert one.json() == each
        assert differences(one, f"/api/v1/{noun}/{{id}}/") == []


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("scope", EVERY_SCOPE)
def test_each_scope_may_read_them(everything, noun, scope):
    assert caller("viewer", scopes=[scope]).get(f"/api/v1/{noun}/").status_code == 200


@pytest.mark.parametrize("noun", NOUNS)
def test_one_that_does_not_exist_is_not_found(everything, noun):
    assert caller("specialist").get(f"/api/v1/{noun}/999999999/").status_code == 404


def test_a_requirement_says_its_scale_owner_and_contributions(everything):
    body = caller("viewer").get(f"/api/v1/requirements/{everything.pk}/").json()

    assert body["scale"] == {"version": 1, "unit": "hours", "direction": "lower", "resolution": "0.5"}
    assert body["owner"] == everything.owner_id
    assert [each["strength"] for each in body["contributions"]] == [3]


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 2),
        ({"state": "draft"}, 1),
        ({"state": "active"}, 1),
        ({"state": "retired"}, 0),
        ({"owner": "own"}, 1),
        ({"product": "own"}, 1),
        ({"attribute": "own"}, 2),
        ({"owner": "own", "state": "draft"}, 0),
        ({"owner": 2147483647}, 0),
    ],
)
def test_requirements_filter(everything, parameters, count):
    own = {
        "owner": everything.owner_id,
        "product": everything.products.get().pk,
        "attribute": everything.attribute_id,
    }
    query = {name: own[name] if value == "own" else value for name, value in parameters.items()}

    assert caller("viewer").get("/api/v1/requirements/", query).json()["count"] == count


def test_a_list_costs_the_same_queries_for_more_rows(everything, django_assert_max_num_queries):
    for _ in range(20):
        RequirementFactory(owner=everything.owner, scale={})
    client = caller("viewer")

    with django_assert_max_num_queries(8):
        assert client.get("/api/v1/requirements/").json()["count"] == 22


def test_a_head_knows_the_metrics_of_the_own_function_and_of_its_requirements():
    own, other = FunctionFactory(), FunctionFactory()
    requirement = RequirementFactory(owner=own)
    mine = MetricFactory(function=own)
    serving = MetricFactory(function=other)
    foreign = MetricFactory(function=other)
    MetricLinkFactory(metric=serving, requirement=requirement, product=requirement.products.get())
    client = with_token(person("head", own))

    ids = {each["id"] for each in client.get("/api/v1/metrics/").json()["results"]}

    assert ids == {mine.pk, serving.pk}
    assert client.get(f"/api/v1/metrics/{foreign.pk}/").status_code == 404


def test_a_viewer_knows_no_metrics():
    metric = MetricFactory()

    assert caller("viewer").get("/api/v1/metrics/").json()["results"] == []
    assert caller("viewer").get(f"/api/v1/metrics/{metric.pk}/").status_code == 404


def test_products_come_in_pages():
    for _ in range(5):
        ProductFactory()
    client = caller("viewer")

    sizes, address = [], "/api/v1/products/?page_size=2"
    while address:
        body = client.get(address).json()
        sizes.append(len(body["results"]))
        address = body["next"]

    assert sizes == [2, 2, 1]
