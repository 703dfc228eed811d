from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from requirements_catalog import services
from requirements_catalog.models import Attribute, Product, Requirement, Responsibility
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def specialist(client: Client) -> Client:
    client.force_login(MembershipFactory(role="specialist").user)
    return client


def send(client: Client, url: str, data: dict[str, object]) -> list[str]:
    """Post a form that is accepted; return what the next page says."""
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.content.decode()
    return [str(message) for message in client.get(reverse("product_list")).context["messages"]]


def entry(**others: object) -> dict[str, object]:
    """What a person fills in at least."""
    return {
        "statement": "Answered within the hours we need",
        "attribute": Attribute.objects.get(key="service-and-support").pk,
        "origin": "customer",
        **others,
    }


def answered(requirement: Requirement) -> None:
    interview = InterviewFactory()
    requirement.answers.create(
        interview=interview,
        product=requirement.products.get(),
        customer=interview.customer,
        contact=interview.contact,
    )


# ---- Requirements


def test_a_requirement_is_added_with_its_scale(specialist):
    product, owner = ProductFactory(), FunctionFactory()

    said = send(
        specialist,
        reverse("requirement_create"),
        entry(products=[product.pk], owner=owner.pk, unit="hours", direction="lower", resolution="0.5"),
    )

    requirement = Requirement.objects.get()
    assert said == ["R-1 is a draft. Put it to review when it says what customers mean."]
    assert (requirement.state, requirement.owner, list(requirement.products.all())) == ("draft", owner, [product])
    assert (requirement.current_scale.unit, requirement.current_scale.resolution) == ("hours", Decimal("0.5"))


def test_a_requirement_without_a_level_has_no_scale(specialist):
    send(specialist, reverse("requirement_create"), entry(products=[ProductFactory().pk], unit=""))

    assert Requirement.objects.get().current_scale is None


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"statement": ""}, "statement", "This field is required."),
        ({"products": []}, "products", "Choose at least one product that it is about."),
        ({"unit": "hours"}, "direction", "A level has a direction and a resolution."),
        ({"direction": "lower"}, "unit", "Choose the unit of the level."),
        (
            {"unit": "hours", "direction": "lower", "resolution": "0"},
            "resolution",
            "The resolution must be above zero, for example 0.5.",
        ),
        (
            {"unit": "hours", "direction": "lower", "resolution": "NaN"},
            "resolution",
            "Enter a number, for example 7.5 or 7,5.",
        ),
        ({"half_life_months": "0"}, "half_life_months", "Ensure this value is greater than or equal to 1."),
        ({"reference": "R-1"}, "reference", "Requirement with this Reference already exists."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(specialist, changes, field, message):
    product = RequirementFactory(reference="R-1").products.get()

    answer = specialist.post(reverse("requirement_create"), entry(products=[product.pk]) | changes)

    assert answer.status_code == 422
    assert message in answer.context["form"].errors[field]
    assert "This was not saved." in answer.content.decode()
    assert Requirement.objects.count() == 1


def test_a_changed_product_says_that_the_score_follows(specialist):
    requirement, product = RequirementFactory(), ProductFactory()
    answered(requirement)

    said = send(
        specialist,
        reverse("requirement_update", args=[requirement.pk]),
        entry(
            reference="R-12",
            owner=requirement.owner_id,
            products=[product.pk, requirement.products.get().pk],
        ),
    )

    requirement.refresh_from_db()
    assert (requirement.reference, requirement.products.count()) == ("R-12", 2)
    assert said == ["Saved. 1 score will be recomputed."]


def test_an_owner_is_kept_while_it_is_active(specialist):
    requirement = RequirementFactory()
    url = reverse("requirement_update", args=[requirement.pk])

    answer = specialist.post(url, entry(reference="R-1", owner="", products=[requirement.products.get().pk]))

    assert answer.status_code == 422
    assert "An active requirement needs an owner" in answer.content.decode()
    requirement.refresh_from_db()
    assert requirement.owner is not None


def test_an_inactive_owner_and_product_are_still_shown_as_chosen(specialist):
    owner, product = FunctionFactory(is_active=False), ProductFactory(is_active=False)
    requirement = RequirementFactory(owner=owner, products=[product], state="retired")
    other = ProductFactory(is_active=False)

    form = specialist.get(reverse("requirement_update", args=[requirement.pk])).context["form"]

    assert owner in form.fields["owner"].queryset
    assert list(form.fields["products"].queryset) == [product]
    assert other not in form.fields["products"].queryset


# ---- State


def test_a_draft_becomes_active_with_an_owner(specialist):
    requirement, owner = RequirementFactory(state="draft", owner=None, reference="R-7"), FunctionFactory()
    url = reverse("requirement_state", args=[requirement.pk])

    answer = specialist.post(url, {"state": "active", "owner": ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors["owner"] == [
        "An active requirement needs an owner: exactly one function answers for it."
    ]
    said = send(specialist, url, {"state": "active", "owner": owner.pk})

    requirement.refresh_from_db()
    assert (requirement.state, requirement.owner) == ("active", owner)
    assert said == ["R-7 is active. The circle will be recomputed."]


def test_words_that_changed_while_the_page_was_open_are_read_before_they_are_approved(specialist):
    requirement = RequirementFactory(state="review", reference="R-7", statement="On time")
    url = reverse("requirement_state", args=[requirement.pk])
    shown = specialist.get(url).context["form"]["shown"].value()
    services.update_requirement(requirement=requirement, changes={"statement": "Within a month"})

    answer = specialist.post(url, {"state": "active", "owner": requirement.owner_id, "shown": shown})

    assert answer.status_code == 422
    assert "Somebody changed R-7 since this page was opened." in answer.content.decode()
    assert "Within a month" in answer.content.decode()
    requirement.refresh_from_db()
    assert requirement.state == "review"
    shown = answer.context["form"]["shown"].value()
    assert send(specialist, url, {"state": "active", "owner": requirement.owner_id, "shown": shown}) == [
        "R-7 is active. The circle will be recomputed."
    ]


# ---- Scale


def test_a_scale_changes_by_an_exact_factor(specialist):
    requirement = RequirementFactory(scale={})
    answered(requirement)
    url = reverse("requirement_scale", args=[requirement.pk])
    data = {"unit": "days", "direction": "lower", "resolution": "0.1", "factor": "1/24", "reason": "As people say it"}

    assert "From hours to minutes 60, days 1/24." in specialist.get(url).content.decode()
    said = send(specialist, url, data)

    versions = requirement.scale_versions.values_list("version", "unit", "factor_numerator", "factor_denominator")
    assert list(versions) == [(1, "hours", None, None), (2, "days", 1, 24)]
    assert said == ["Saved. 1 score will be recomputed."]


@pytest.mark.parametrize("factor", ["1e999999999", "1/0", "-60", "NaN", "0x3c", "1/2/3", "٦٠"])
def test_what_is_no_factor_is_refused(specialist, factor):
    requirement = RequirementFactory(scale={})

    answer = specialist.post(
        reverse("requirement_scale", args=[requirement.pk]),
        {"unit": "minutes", "direction": "lower", "resolution": "1", "factor": factor, "reason": "Finer"},
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["factor"] == ["Enter a number or a fraction, for example 60, 0.5 or 1/60."]
    assert requirement.scale_versions.count() == 1


def test_a_false_factor_is_refused_with_the_true_one(specialist):
    requirement = RequirementFactory(scale={})

    answer = specialist.post(
        reverse("requirement_scale", args=[requirement.pk]),
        {"unit": "minutes", "direction": "lower", "resolution": "1", "factor": "61", "reason": "Finer"},
    )

    assert answer.context["form"].errors["factor"] == ["From the old unit to the new one the factor is 60."]


def test_a_first_scale_asks_for_no_factor_and_no_reason(specialist):
    requirement = RequirementFactory()
    url = reverse("requirement_scale", args=[requirement.pk])

    assert list(specialist.get(url).context["form"].fields) == ["unit", "direction", "resolution"]
    assert send(specialist, url, {"unit": "percent", "direction": "higher", "resolution": "1"}) == ["Saved."]


# ---- Merging


def test_a_merge_is_made_and_undone(specialist):
    product = ProductFactory()
    member, root = (RequirementFactory(reference=name, products=[product]) for name in ("R-1", "R-2"))
    answered(member)

    said = send(specialist, reverse("requirement_merge", args=[member.pk]), {"into": root.pk})
    member.refresh_from_db()
    assert member.merged_into == root
    assert said == ["R-1 counts as R-2 now. 2 scores will be recomputed. The circle will be recomputed."]
    assert specialist.get(reverse("requirement_update", args=[member.pk])).status_code == 404

    url = reverse("requirement_unmerge", args=[member.pk])
    assert "Let R-1 stand for itself again?" in specialist.get(url).content.decode()
    send(specialist, url, {})
    member.refresh_from_db()
    assert member.merged_into is None


def test_a_merge_is_not_offered_into_what_cannot_take_it(specialist):
    requirement, fits, retired = RequirementFactory(), RequirementFactory(), RequirementFactory(state="retired")
    merged = RequirementFactory(merged_into=fits)

    answer = specialist.post(reverse("requirement_merge", args=[requirement.pk]), {"into": merged.pk})

    assert list(answer.context["form"].fields["into"].queryset) == [fits]
    assert "into" in answer.context["form"].errors
    assert retired.merged.count() == 0


def test_a_merge_without_the_product_says_the_way_out(specialist):
    member, root = RequirementFactory(products=[ProductFactory(name="Press")]), RequirementFactory()

    answer = specialist.post(reverse("requirement_merge", args=[member.pk]), {"into": root.pk})

    assert "is also about Press. Add that to" in answer.content.decode()


# ---- Responsibilities


def test_a_responsibility_is_added_changed_and_ended(specialist):
    requirement, function = RequirementFactory(), FunctionFactory()

    send(
        specialist,
        reverse("responsibility_create", args=[requirement.pk]),
        {"function": function.pk, "strength": "9"},
    )
    responsibility = Responsibility.objects.get()
    assert (responsibility.requirement, responsibility.function, responsibility.strength) == (requirement, function, 9)
    send(specialist, reverse("responsibility_update", args=[responsibility.pk]), {"strength": "3"})
    assert Responsibility.objects.get().strength == 3
    send(specialist, reverse("responsibility_delete", args=[responsibility.pk]), {})
    assert Responsibility.objects.count() == 0


def test_a_second_responsibility_of_a_function_is_refused(specialist):
    requirement, function = RequirementFactory(), FunctionFactory()
    Responsibility.objects.create(requirement=requirement, function=function, strength=9)

    answer = specialist.post(
        reverse("responsibility_create", args=[requirement.pk]), {"function": function.pk, "strength": "3"}
    )

    assert "This function contributes already. Change its strength instead." in answer.content.decode()


# ---- Products


def test_a_product_is_added_and_taken_off_the_lists(specialist):
    send(specialist, reverse("product_create"), {"name": "Press"})
    product = Product.objects.get()

    send(specialist, reverse("product_update", args=[product.pk]), {"name": "Press 2"})

    product.refresh_from_db()
    assert (product.name, product.is_active) == ("Press 2", False)


def test_products_are_listed_with_their_requirements(specialist):
    press, ink = ProductFactory(name="Press"), ProductFactory(name="Ink", is_active=False)
    root = RequirementFactory(products=[press])
    RequirementFactory(products=[press], merged_into=root)
    RequirementFactory(products=[press, ink])

    answer = specialist.get(reverse("product_list"), {"format": "csv"})

    assert b"".join(answer.streaming_content).decode() == (
        "\ufeffname,requirement_count,is_active\r\nInk,1,not offered any more\r\nPress,2,in use\r\n"
    )


def test_a_member_reads_products_without_the_buttons(client):
    ProductFactory(name="Press")
    client.force_login(MembershipFactory(role="viewer").user)

    page = client.get(reverse("product_list")).content.decode()

    assert "Press" in page
    assert reverse("product_create") not in page


# A specialist's page also counts the words that wait for a coder.
@pytest.mark.parametrize(("role", "most"), [("specialist", 9), ("viewer", 8)])
def test_the_product_list_costs_the_same_however_long_it_is(client, role, most):
    client.force_login(MembershipFactory(role=role).user)
    ProductFactory.create_batch(5)
    few = queries(client, reverse("product_list"))

    ProductFactory.create_batch(55)

    assert queries(client, reverse("product_list")) == few <= most


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# ---- Doors

PAGES = [
    "requirement_create", "requirement_update", "requirement_state", "requirement_scale", "requirement_merge",
    "requirement_unmerge", "responsibility_create", "responsibility_update", "responsibility_delete",
    "product_create", "product_update",
]  # fmt: skip


@pytest.fixture
def address() -> object:
    requirement = RequirementFactory()
    responsibility = Responsibility.objects.create(requirement=requirement, function=FunctionFactory(), strength=9)
    keys = {
        "requirement": requirement.pk,
        "responsibility": responsibility.pk,
        "product": requirement.products.get().pk,
    }

    def of(page: str) -> str:
        if page in {"requirement_create", "product_create"}:
            return reverse(page)
        return reverse(page, args=[keys["requirement" if page == "responsibility_create" else page.partition("_")[0]]])

    return of


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["head", "viewer"])
def test_others_do_not_find_the_page(client, address, page, role):
    function = Requirement.objects.get().owner if role == "head" else None
    client.force_login(MembershipFactory(role=role, function=function).user)

    assert client.get(address(page)).status_code == 404
    assert client.post(address(page)).status_code == 404


@pytest.mark.parametrize("page", [*PAGES, "product_list"])
def test_nobody_is_asked_to_sign_in(client, address, page):
    answer = client.get(reverse(page) if page == "product_list" else address(page))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))
