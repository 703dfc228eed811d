"""The pages and the API of weight sets: made, looked at, used, and told wherever a score is shown."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from customers.models import Customer
from customers.services import stratum_of
from gap_scores.services import drain_all
from interviews.weight_models import WeightSet
from jobs.services import mark_customer, mark_register
from tests.api.callers import caller
from tests.conftest import NOON
from tests.dashboard.program import small_program
from tests.factories.customers import CustomerFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WEST, SOUTH, NORTH = "europe-west", "europe-south", "europe-north"


@pytest.fixture
def client(noon: datetime) -> Client:
    """A specialist; eight were heard, six in the west, where 8 of 16 customers are, two in the south."""
    program = small_program()
    for number, customer in enumerate(program.customers):
        customer.region = WEST if number > 1 else SOUTH
        customer.save()
        customer.interviews.update(stratum=stratum_of(customer=customer))
        mark_customer(customer_id=customer.pk)
    CustomerFactory.create_batch(2, region=WEST)
    CustomerFactory.create_batch(6, region=SOUTH)
    mark_register()
    drain_all(as_of=NOON)
    return signed_in("specialist")


def make(client: Client, **asked: object) -> object:
    sent = {"divided_by": ["region"], "method": "margins", "trim_at": "5", **asked}
    return client.post(reverse("weight_set_create"), sent, follow=True)


def test_a_set_is_made_looked_at_and_used_and_every_page_says_so(client: Client) -> None:
    assert "Make the first set" in client.get(reverse("weight_set_list")).content.decode()

    page = make(client).content.decode()

    assert "Eight customers heard count as 6.0: a design effect of 1.33." in page
    assert "75.0\u202f%" in page or "75.0\u00a0%" in page
    weight_set = WeightSet.objects.get()
    assert {str(each.factor) for each in weight_set.factors.all()} == {"0.666667", "2.000000"}
    assert "weighted by set" not in client.get(reverse("requirement_list")).content.decode()

    client.post(reverse("weight_set_use", args=[weight_set.pk]))
    drain_all(as_of=NOON)

    assert "weighted by set 1" in client.get(reverse("requirement_list")).content.decode()
    assert "Scores are weighted by set 1" in client.get(reverse("weight_set_list")).content.decode()

    client.post(reverse("weight_set_rest", args=[weight_set.pk]))
    drain_all(as_of=NOON)

    assert "weighted by set" not in client.get(reverse("requirement_list")).content.decode()


def test_a_stratum_without_a_voice_is_named_on_the_form_and_then_on_the_set(client: Client) -> None:
    CustomerFactory.create_batch(3, region=NORTH)
    mark_register()
    drain_all(as_of=NOON)

    refused = make(client)

    assert refused.status_code == 422
    assert "Nobody was heard in 1 strata of the register (largest: Northern Europe)" in refused.content.decode()
    assert not WeightSet.objects.exists()
    assert "Without a voice: Northern Europe (three customers)." in make(client, leave_unheard="on").content.decode()


def test_the_factors_can_be_taken_along_as_they_stand(client: Client) -> None:
    make(client)

    lines = client.get(reverse("weight_set_detail", args=[WeightSet.objects.get().pk]), {"format": "csv"}).getvalue()

    assert [line.split(",")[2:] for line in lines.decode("utf-8-sig").splitlines()] == [
        ["region", "size_band", "customers", "factor", "stands_for"],
        ["Southern Europe", "size not known", "2", "2.000000", "4.0"],
        ["Western Europe", "size not known", "6", "0.666667", "4.0"],
    ]


def test_a_page_of_many_strata_takes_no_more_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make(client)
    address = reverse("weight_set_detail", args=[WeightSet.objects.get().pk])

    with django_assert_max_num_queries(12):
        client.get(address)


def test_a_machine_makes_a_set_and_scores_say_which_is_in_them(client: Client) -> None:
    api = caller("specialist")
    made = api.post("/api/v1/weight-sets/", {"divided_by": ["region"]}, content_type="application/json")
    assert made.status_code == 201, made.content
    form = made.json()
    assert {each["region"]: each["factor"] for each in form["factors"]} == {SOUTH: 2.0, WEST: 0.666667}
    assert (form["customers"], form["n_eff"], form["is_active"]) == (8, pytest.approx(6.0, abs=1e-5), False)

    used = api.post(f"/api/v1/weight-sets/{form['id']}/use/", {}, content_type="application/json")
    assert used.json()["is_active"] is True, used.content
    drain_all(as_of=NOON)

    assert api.get("/api/v1/circle/").json()["stamp"]["weight_set"] == 1
    refused = api.delete(
        f"/api/v1/weight-sets/{form['id']}/",
        headers={"If-Match": api.get(f"/api/v1/weight-sets/{form['id']}/")["ETag"]},
    )
    assert (refused.status_code, "in use" in refused.content.decode()) == (400, True)
    assert Customer.objects.count() == 16
