from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from functions.models import Function, SupplyLink
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def specialist(client: Client) -> Client:
    client.force_login(MembershipFactory(role="specialist").user)
    return client


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_a_function_is_added(specialist):
    FunctionFactory(position=3)

    answer = specialist.post(
        reverse("function_create"), {"name": "Service", "purpose": "Answers customers", "position": ""}
    )

    function = Function.objects.get(name="Service")
    assert answer.headers["Location"] == reverse("function_detail", args=[function.pk])
    assert (function.purpose, function.position, function.is_customer_facing) == ("Answers customers", 4, False)


def test_what_is_wrong_stands_beside_its_field_and_at_the_top(specialist):
    FunctionFactory(name="Service")

    answer = specialist.post(reverse("function_create"), {"name": "Service"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_name">Name</a>: Function with this Name already exists.' in page
    assert 'id="id_name_error"' in page
    assert Function.objects.count() == 1


def test_a_function_is_changed(specialist):
    function = FunctionFactory(name="Support", position=2)

    page = specialist.get(reverse("function_update", args=[function.pk])).content.decode()
    assert "Change Support" in page
    specialist.post(
        reverse("function_update", args=[function.pk]), {"name": "Service", "position": "5", "is_customer_facing": "on"}
    )

    function.refresh_from_db()
    assert (function.name, function.position, function.is_customer_facing) == ("Service", 5, True)


def test_a_function_leaves_the_circle_after_a_question(specialist):
    function = FunctionFactory(name="Service")
    url = reverse("function_deactivate", args=[function.pk])

    assert "Take Service off the circle?" in specialist.get(url).content.decode()
    function.refresh_from_db()
    assert function.is_active
    answer = specialist.post(url)

    function.refresh_from_db()
    assert not function.is_active
    assert answer.headers["Location"] == reverse("function_list")
    specialist.post(reverse("function_reactivate", args=[function.pk]))
    function.refresh_from_db()
    assert function.is_active


def test_a_function_that_answers_for_something_stays_and_the_page_says_why(specialist):
    requirement = RequirementFactory(reference="R-7")

    answer = specialist.post(reverse("function_deactivate", args=[requirement.owner.pk]))

    assert answer.status_code == 422
    assert "still answers for R-7" in answer.content.decode()


def test_a_supply_link_starts_from_its_function(specialist):
    sales, service = FunctionFactory(name="Sales"), FunctionFactory(name="Service")

    page = specialist.get(reverse("supply_link_create"), {"supplier": sales.pk}).content.decode()
    assert f'<option value="{sales.pk}" selected>Sales</option>' in page
    answer = specialist.post(
        reverse("supply_link_create"), {"supplier": sales.pk, "supplied": service.pk, "strength": "0.50"}
    )

    assert answer.headers["Location"] == reverse("function_detail", args=[sales.pk])
    assert list(SupplyLink.objects.values_list("supplier", "supplied", "strength")) == [
        (sales.pk, service.pk, Decimal("0.50"))
    ]


def test_a_function_does_not_supply_itself(specialist):
    sales = FunctionFactory(name="Sales")

    answer = specialist.post(
        reverse("supply_link_create"), {"supplier": sales.pk, "supplied": sales.pk, "strength": ""}
    )

    assert answer.status_code == 422
    assert "A function cannot supply itself. Choose two different functions." in answer.content.decode()


def test_a_strength_is_changed_and_unset(specialist):
    link = SupplyLinkFactory(strength=Decimal("0.50"))
    url = reverse("supply_link_update", args=[link.pk])

    page = specialist.get(url).content.decode()
    assert next(line for line in page.split("<input") if "checked" in line).count('value="0.50"') == 1
    specialist.post(url, {"strength": "0.75"})
    link.refresh_from_db()
    assert link.strength == Decimal("0.75")
    specialist.post(url, {"strength": ""})
    link.refresh_from_db()
    assert link.strength is None


def test_a_link_is_ended_after_a_question(specialist):
    link = SupplyLinkFactory()
    url = reverse("supply_link_delete", args=[link.pk])

    assert specialist.get(url).status_code == 200
    assert SupplyLink.objects.count() == 1
    specialist.post(url)
    assert SupplyLink.objects.count() == 0


PAGES = [
    "function_create", "function_update", "function_deactivate", "function_reactivate", "supply_link_create",
    "supply_link_update", "supply_link_delete",
]  # fmt: skip


@pytest.fixture
def address() -> object:
    link = SupplyLinkFactory()
    keys = {"function": [link.supplier.pk], "supply_link": [link.pk]}

    def of(page: str) -> str:
        return reverse(page, args=[] if page.endswith("create") else keys[page.rpartition("_")[0]])

    return of


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["head", "viewer"])
def test_others_do_not_find_the_page(client, address, page, role):
    client.force_login(MembershipFactory(role=role, function=FunctionFactory() if role == "head" else None).user)

    assert client.get(address(page)).status_code == 404
    assert client.post(address(page)).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_nobody_is_asked_to_sign_in(client, address, page):
    answer = client.get(address(page))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))
