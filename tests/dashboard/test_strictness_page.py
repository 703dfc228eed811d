"""Who needs it stricter: levels by segment, product, objective and uniqueness, on the page, in files and in the API."""

import csv
from decimal import Decimal

import pytest
from django.test import Client

from customers.models import Customer, ProductUse
from interviews.objectives import record_objective
from requirements_catalog.models import Requirement
from tests.api.callers import with_token
from tests.dashboard.program import SmallProgram, felt_answer, hear, recompute, requirement, small_program, somebody
from tests.dashboard.test_pages import queries, signed_in, text_of
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.requirements_catalog import ProductFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NORTH, SOUTH = (1, 1, 2, 2, 2, 4, 4), (8, 8, 8, 12, 12, 24, 24, 24)


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


@pytest.fixture
def speed(program: SmallProgram) -> Requirement:
    """A requirement that the north needs stricter; two northern customers named an objective, one use is unique."""
    made = requirement("Spare parts come in time", program.supplies, program.product, scale={"resolution": Decimal(1)})
    for region, levels in (("europe-north", NORTH), ("europe-south", SOUTH)):
        for at, level in enumerate(levels):
            customer = CustomerFactory(region=region)
            ProductUse.objects.create(
                customer=customer,
                product=program.product,
                uniqueness="By the sea" if region.endswith("h") and not at else "",
            )
            answer = felt_answer(made, program.product, program.scale, felt=True, level=level)
            interview = hear(ContactFactory(customer=customer), [answer])
            if region == "europe-north" and at < 2:
                record_objective(interview=interview, product=program.product, statement="Print at night")
    recompute()
    return made


def page_of(client: Client, of: Requirement, more: str = "") -> str:
    return text_of(client, f"/views/strictness/?requirement={of.pk}{more}")


def test_a_difference_is_named_where_it_stands(speed: Requirement) -> None:
    page = page_of(signed_in("specialist"), speed)

    assert "who needs ‘Spare parts come in time’ stricter? Stricter: Northern Europe; looser: Southern Europe." in page
    assert "Of all, 2 h (4 h to open) serves 80 %; 15 answers of 15 customers, n_eff 15." in page
    # A dimension of two values is one comparison.
    assert "Which differences stand? 2 groups, after 1 comparison" in page
    assert "Northern Europe (region) needs it stricter than the others 1 h serves 80 % of them, 2 h to open" in page
    assert "objective with an objective" in page
    assert "too few to compare" in page
    assert "uniqueness with a unique use" in page


def test_of_few_people_nothing_is_told_below_specialists(program: SmallProgram, speed: Requirement) -> None:
    head = signed_in("head", function=program.supplies)

    page = page_of(head, speed)
    assert "region Northern Europe n 7" in page
    # Two customers with an objective and one of unique use, and each the other half of its dimension.
    assert "4 more too few to show" in page
    assert "with an objective" not in page
    assert "with a usual use" not in page
    # What a person may not open is not offered, and not answered.
    other = signed_in("head", function=program.case_studies)
    assert "No requirement with a scale is open to you" in page_of(other, speed)
    api = with_token(somebody("deputy", program.case_studies))
    assert api.get(f"/api/v1/strictness/{speed.pk}/").status_code == 404


def test_people_who_answered_of_two_hidden_products_are_counted_once(program: SmallProgram, speed: Requirement) -> None:
    others = [ProductFactory(name=name) for name in ("Press B", "Press C")]
    speed.products.add(*others)
    for each in Customer.objects.filter(region="europe-north").order_by("pk")[:4]:
        hear(each.contacts.get(), [felt_answer(speed, of, program.scale, felt=True, level=2) for of in others])
    recompute()

    page = page_of(signed_in("head", function=program.supplies), speed, "&by=product")

    # Eight answers of four people: the first product's would tell theirs.
    assert "product Press A" not in page
    assert "product Press A" in page_of(signed_in("specialist"), speed, "&by=product")


def test_the_file_and_the_api_have_what_the_page_shows(speed: Requirement) -> None:
    client = signed_in("specialist")

    content = b"".join(client.get(f"/views/strictness/?requirement={speed.pk}&by=region&format=csv")).decode(
        "utf-8-sig"
    )
    rows = list(csv.DictReader(content.splitlines()))
    answer = with_token(somebody("specialist")).get(f"/api/v1/strictness/{speed.pk}/?by=region").json()

    assert [(row["group"], row["level"], row["verdict"]) for row in rows] == [
        ("Northern Europe", "1.0", "stricter"), ("Southern Europe", "8.0", "looser"),
    ]  # fmt: skip
    assert [(each["group"], each["level"], each["stands"]) for each in answer["results"]] == [
        ("Northern Europe", 1.0, True), ("Southern Europe", 8.0, True),
    ]  # fmt: skip
    assert [float(row["adjusted"]) for row in rows] == pytest.approx([each["p_adjusted"] for each in answer["results"]])
    assert (answer["requirement"], answer["wanted_share"], answer["all"]["level"]) == (speed.pk, 0.8, 2.0)


def test_a_scope_holds_and_the_number_of_queries_does_not_grow(program: SmallProgram, speed: Requirement) -> None:
    client, path = signed_in("specialist"), f"/views/strictness/?requirement={speed.pk}"
    assert "Nobody stated a level yet" in text_of(client, f"{path}&lifecycle=past")
    # Without a requirement in the address, that with most points; its page and the navigation lead here.
    assert "‘A stoppage is resolved in time’" in text_of(client, "/views/strictness/")
    link = f'href="/views/strictness/?requirement={program.repairs.pk}"'
    assert link in client.get(f"/requirements/{program.repairs.pk}/").content.decode()

    queries(client, path)
    before = queries(client, path)
    for level in (3, 5, 7):
        contact = ContactFactory(customer=CustomerFactory(region="africa"))
        hear(contact, [felt_answer(speed, program.product, program.scale, felt=True, level=level)])
    recompute()
    assert queries(client, path) == before <= 51
