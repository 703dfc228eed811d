from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Contact, Customer, ProductUse, ValueBand
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

TODAY = NOON.date()


@pytest.fixture
def specialist(client: Client, noon: object) -> Client:
    client.force_login(MembershipFactory(role="specialist").user)
    return client


def send(client: Client, url: str, data: dict[str, object]) -> list[str]:
    """Post a form that is accepted; return what the next page says."""
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.content.decode()
    return [str(message) for message in client.get(reverse("customer_list")).context["messages"]]


def names(client: Client, **asked: object) -> list[str]:
    return [customer.name for customer in client.get(reverse("customer_list"), asked).context["list"].page]


def answered(customer: Customer, count: int = 1) -> None:
    """Let a contact of the customer answer about so many requirements in a completed interview."""
    interview = InterviewFactory(contact=ContactFactory(customer=customer), completed=True)
    for requirement in RequirementFactory.create_batch(count):
        requirement.answers.create(
            interview=interview,
            product=requirement.products.get(),
            customer=customer,
            contact=interview.contact,
        )


# ---- The list


def test_the_list_narrows_by_what_is_asked(specialist):
    key = ValueBand.objects.create(name="Key", weight=400)
    CustomerFactory(name="Alpha", industry="C", region="europe-west", size_band="250+", value_band=key)
    CustomerFactory(name="Beta", industry="J", region="asia-pacific", size_band="1-9", lifecycle="past")
    CustomerFactory(name="Gamma", lifecycle="prospective")

    assert "3 customers: 1 current, 1 past, 1 prospective" in specialist.get(reverse("customer_list")).content.decode()
    assert names(specialist) == ["Alpha", "Beta", "Gamma"]
    assert names(specialist, lifecycle=["past", "prospective"]) == ["Beta", "Gamma"]
    assert names(specialist, industry="C") == ["Alpha"]
    assert names(specialist, region="asia-pacific") == ["Beta"]
    assert names(specialist, size_band="250+") == ["Alpha"]
    assert names(specialist, value_band=key.pk) == ["Alpha"]
    assert names(specialist, country="DE") == []
    assert names(specialist, weight_min=101) == ["Alpha"]
    assert names(specialist, weight_max=100) == ["Beta", "Gamma"]
    assert names(specialist, q="MM gA") == ["Gamma"]
    assert names(specialist, sort="-weight") == ["Alpha", "Gamma", "Beta"]
    assert names(specialist, sort="-name", page_size=2) == ["Gamma", "Beta"]
    assert names(specialist, sort="-name", page_size=2, page=2) == ["Alpha"]


def test_the_list_tells_who_was_heard_and_who_never_was(specialist):
    heard, silent, root = (CustomerFactory(name=name) for name in ("Heard", "Silent", "Root"))
    member = CustomerFactory(name="Member", merged_into=root)
    for customer in (heard, member):
        InterviewFactory(contact=ContactFactory(customer=customer), completed=True)
    InterviewFactory(contact=ContactFactory(customer=silent))

    page = specialist.get(reverse("customer_list")).content.decode()

    assert '<a href="?heard=yes">2 heard</a> in a completed interview, <a href="?heard=never">1 never</a>.' in page
    assert names(specialist, heard="yes") == ["Heard", "Root"]
    assert names(specialist, heard="never") == ["Silent"]


def test_only_who_stands_in_the_register_is_listed_unless_asked(specialist):
    root = CustomerFactory(name="Root")
    CustomerFactory(name="Member", merged_into=root)
    CustomerFactory(name="Gone", is_active=False)

    assert names(specialist) == ["Root"]
    assert names(specialist, standing="merged") == ["Member"]
    assert names(specialist, standing="inactive") == ["Gone"]


def test_a_nonsense_address_shows_the_list_and_says_what_was_left_out(specialist):
    CustomerFactory(name="Alpha")

    answer = specialist.get(reverse("customer_list"), {"sort": "shoe", "region": "mars", "colour": "red", "page": "0"})

    assert answer.status_code == 200
    assert [customer.name for customer in answer.context["list"].page] == ["Alpha"]
    assert len(answer.context["list"].problems) == 4


def test_the_csv_has_exactly_what_is_shown(specialist):
    key = ValueBand.objects.create(name="Key", weight=400)
    CustomerFactory(name="=Alpha", industry="C", country="DE", region="europe-west", size_band="250+", value_band=key)
    CustomerFactory(name="Beta", lifecycle="past")
    CustomerFactory(name="Gamma")

    answer = specialist.get(reverse("customer_list"), {"format": "csv", "q": "a", "lifecycle": "current"})

    assert b"".join(answer.streaming_content).decode() == (
        "\ufeffname,lifecycle,industry,country,region,size,weight,last_heard_on,external_id,value_band,domain,products\r\n"
        "'=Alpha,current,Manufacturing,Germany,Western Europe,250+ employees,400,,,Key,,\r\n"
        "Gamma,current,,,,,100,,,,,\r\n"
    )


def test_the_list_costs_the_same_however_long_it_is(specialist):
    key = ValueBand.objects.create(name="Key", weight=400)
    CustomerFactory.create_batch(5, value_band=key, country="DE")
    few = queries(specialist, reverse("customer_list"))

    CustomerFactory.create_batch(55, value_band=key, country="DE")

    assert queries(specialist, reverse("customer_list")) == few <= 10


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_an_empty_register_offers_the_first_step(specialist):
    page = specialist.get(reverse("customer_list")).content.decode()

    assert "No customers yet" in page
    assert page.count(reverse("customer_create")) == 2


# ---- Customers


def test_a_customer_is_added(specialist):
    said = send(
        specialist,
        reverse("customer_create"),
        {"name": "Hydra", "lifecycle": "current", "since_on": "2025-05-01", "country": "DE", "industry": "C"},
    )

    customer = Customer.objects.get()
    assert said == ["Hydra is in the register."]
    assert (customer.name, customer.country.code, customer.region) == ("Hydra", "DE", "europe-west")
    assert list(customer.lifecycle_periods.values_list("since_on", flat=True)) == [date(2025, 5, 1)]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"country": "QQ"}, "country", "Select a valid choice. QQ is not one of the available choices."),
        ({"since_on": "2026-02-30"}, "since_on", "Enter a valid date."),
        ({"since_on": "2026-03-17"}, "since_on", "2026-03-17 lies in the future. Enter today or earlier."),
        ({"external_id": "4711"}, "external_id", "Another customer has this external id."),
        ({"lifecycle": "internal"}, "__all__", "An internal customer is a function; any other customer is not."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(specialist, changes, field, message):
    CustomerFactory(external_id="4711")

    answer = specialist.post(reverse("customer_create"), {"name": "Hydra", "lifecycle": "current", **changes})

    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [message]
    assert Customer.objects.count() == 1


def test_an_internal_customer_is_a_function(specialist):
    function = FunctionFactory(name="Sales")

    send(specialist, reverse("customer_create"), {"name": "Sales", "lifecycle": "internal", "function": function.pk})

    assert Customer.objects.get().function == function


def entry(**others: object) -> dict[str, object]:
    return {"name": "Hydra", "kind": "changed", "is_active": "on", **others}


def test_a_change_leaves_what_was_said_before(specialist):
    customer = CustomerFactory(name="Hydra", industry="C")
    answered(customer)

    said = send(specialist, reverse("customer_update", args=[customer.pk]), entry(industry="K"))

    assert Customer.objects.get().industry == "K"
    assert customer.interviews.get().stratum.industry == "C"
    assert said == ["Saved."]


def test_a_correction_says_how_many_scores_follow(specialist):
    customer = CustomerFactory(name="Hydra", industry="C")
    answered(customer, 3)

    said = send(specialist, reverse("customer_update", args=[customer.pk]), entry(industry="K", kind="corrected"))

    assert customer.interviews.get().stratum.industry == "K"
    assert said == ["Saved. 3 scores will be recomputed."]


def test_another_weight_says_how_many_scores_follow(specialist):
    customer, key = CustomerFactory(name="Hydra"), ValueBand.objects.create(name="Key", weight=400)
    answered(customer)

    said = send(specialist, reverse("customer_update", args=[customer.pk]), entry(value_band=key.pk))

    assert said == ["Saved. 1 score will be recomputed."]


def test_a_customer_leaves_the_register_and_the_form_keeps_what_is_known(specialist):
    customer = CustomerFactory(name="Hydra", country="DE", region="europe-west", size_band="250+")
    url = reverse("customer_update", args=[customer.pk])

    form = specialist.get(url).context["form"]
    assert (form["country"].value(), form["size_band"].value(), form["is_active"].value()) == ("DE", "250+", True)
    send(specialist, url, {"name": "Hydra", "kind": "changed", "country": "DE", "size_band": "250+"})

    customer.refresh_from_db()
    assert (customer.is_active, customer.region) == (False, "europe-west")


# ---- Lifecycle


def test_a_customer_becomes_past(specialist):
    customer = CustomerFactory(name="Hydra")

    said = send(
        specialist,
        reverse("customer_lifecycle", args=[customer.pk]),
        {"kind": "changed", "lifecycle": "past", "since_on": "2026-03-01"},
    )

    customer.refresh_from_db()
    assert customer.lifecycle == "past"
    assert said == ["Hydra is past."]


def test_a_change_needs_its_day(specialist):
    customer = CustomerFactory()

    answer = specialist.post(
        reverse("customer_lifecycle", args=[customer.pk]), {"kind": "changed", "lifecycle": "past", "since_on": ""}
    )

    assert answer.context["form"].errors["since_on"] == ["Say on which day it changed."]
    customer.refresh_from_db()
    assert customer.lifecycle == "current"


def test_a_wrong_lifecycle_is_corrected_without_a_day(specialist):
    customer = CustomerFactory(name="Hydra", lifecycle="past")
    answered(customer)

    said = send(
        specialist,
        reverse("customer_lifecycle", args=[customer.pk]),
        {"kind": "corrected", "lifecycle": "current"},
    )

    assert customer.interviews.get().stratum.lifecycle == "current"
    assert said == ["Hydra is current. 1 score will be recomputed."]


def test_an_internal_customer_has_no_lifecycle_to_change(specialist):
    customer = CustomerFactory(lifecycle="internal", function=FunctionFactory())

    assert specialist.get(reverse("customer_lifecycle", args=[customer.pk])).status_code == 404
    assert specialist.get(reverse("customer_merge", args=[customer.pk])).status_code == 404


# ---- Merging


def test_a_customer_is_found_merged_and_unmerged(specialist):
    member, root = CustomerFactory(name="Hydra"), CustomerFactory(name="Hydra AG", external_id="4711")
    CustomerFactory(name="Lerna")
    answered(member, 2)
    url = reverse("customer_merge", args=[member.pk])

    page = specialist.get(url)
    assert page.context["found"] == [root]
    assert "Hydra AG (current, 4711)" in page.content.decode()
    assert specialist.get(url, {"q": "4711"}).context["found"] == [root]
    nothing = specialist.get(url, {"q": "4712\x00"})
    assert nothing.context["found"] == []
    assert "No other customer has '4712' in its name." in nothing.content.decode()
    said = send(specialist, f"{url}?q=4711", {"into": root.pk})
    member.refresh_from_db()
    assert member.merged_into == root
    assert said == ["Hydra counts as Hydra AG now. 2 scores will be recomputed."]

    url = reverse("customer_unmerge", args=[member.pk])
    assert "Let Hydra stand for itself again?" in specialist.get(url).content.decode()
    send(specialist, url, {})
    member.refresh_from_db()
    assert member.merged_into is None


def test_a_customer_that_was_merged_away_is_no_target(specialist):
    root = CustomerFactory(name="Root")
    merged, member = CustomerFactory(name="Merged", merged_into=root), CustomerFactory(name="Member")

    answer = specialist.post(reverse("customer_merge", args=[member.pk]), {"into": merged.pk})

    assert answer.status_code == 422
    assert "into" in answer.context["form"].errors
    assert specialist.get(reverse("customer_update", args=[merged.pk])).status_code == 404


# ---- Contacts


def test_a_contact_is_added_and_changed(specialist):
    customer = CustomerFactory()

    send(
        specialist,
        reverse("contact_create", args=[customer.pk]),
        {"name": "Ada", "email": "ada@example.org", "language": "de", "consent_on": "2026-03-16"},
    )
    contact = Contact.objects.get()
    assert (contact.customer, contact.language, contact.consent_on) == (customer, "de", TODAY)
    send(specialist, reverse("contact_update", args=[contact.pk]), {"name": "Ada L.", "is_opted_out": "on"})

    contact.refresh_from_db()
    assert (contact.name, contact.is_opted_out, contact.is_active) == ("Ada L.", True, False)


def test_a_consent_of_tomorrow_is_refused(specialist):
    answer = specialist.post(
        reverse("contact_create", args=[CustomerFactory().pk]), {"name": "Ada", "consent_on": "2026-03-17"}
    )

    assert answer.context["form"].errors["consent_on"] == ["2026-03-17 lies in the future. Enter today or earlier."]
    assert Contact.objects.count() == 0


# ---- Product use


def test_a_use_is_added_changed_and_taken_back(specialist):
    customer, product = CustomerFactory(), ProductFactory()

    said = send(
        specialist,
        reverse("product_use_create", args=[customer.pk]),
        {"product": product.pk, "kind": "used", "since_on": "2025-01-01"},
    )
    use = ProductUse.objects.get()
    assert (use.customer, use.product, use.since_on) == (customer, product, date(2025, 1, 1))
    assert said == ["Saved. The importance of requirements follows who uses what."]
    send(
        specialist,
        reverse("product_use_update", args=[use.pk]),
        {"kind": "used", "since_on": "2025-01-01", "until_on": "2026-01-31"},
    )
    use.refresh_from_db()
    assert use.until_on == date(2026, 1, 31)
    send(specialist, reverse("product_use_delete", args=[use.pk]), {})
    assert ProductUse.objects.count() == 0


def test_a_use_that_is_there_already_is_refused(specialist):
    customer, product = CustomerFactory(), ProductFactory()
    ProductUse.objects.create(customer=customer, product=product)

    answer = specialist.post(reverse("product_use_create", args=[customer.pk]), {"product": product.pk, "kind": "used"})

    assert "This use is recorded already. Change its dates instead." in answer.content.decode()
    assert ProductUse.objects.count() == 1


# ---- Doors

PAGES = [
    "customer_list", "customer_create", "customer_update", "customer_lifecycle", "customer_merge", "customer_unmerge",
    "contact_create", "contact_update", "product_use_create", "product_use_update", "product_use_delete",
]  # fmt: skip


@pytest.fixture
def address() -> object:
    contact = ContactFactory()
    use = ProductUse.objects.create(customer=contact.customer, product=ProductFactory())
    keys = {"contact_update": contact.pk, "product_use_update": use.pk, "product_use_delete": use.pk}

    def of(page: str) -> str:
        if page in {"customer_list", "customer_create"}:
            return reverse(page)
        return reverse(page, args=[keys.get(page, contact.customer.pk)])

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
