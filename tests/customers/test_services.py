from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from customers import services
from customers.models import Contact, Customer, LifecyclePeriod, ProductUse, Stratum, ValueBand
from interviews.models import Interview
from jobs.models import Marker
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.requirements_catalog import ProductFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 16)
REGISTER = (Marker.Kind.REGISTER, 0)


def of(customer: Customer) -> tuple[int, int]:
    return Marker.Kind.CUSTOMER, customer.pk


def markers() -> list[tuple[int, int]]:
    return list(Marker.objects.values_list("kind", "key1"))


def fault(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return error.value.message_dict


def held(customer: Customer, on: date, **others: object) -> Interview:
    """An interview that carries the segment in which the customer stands now."""
    return InterviewFactory(contact=ContactFactory(customer=customer), held_on=on, **others)


def segment(interview: Interview) -> tuple[str, str, str, str]:
    interview.refresh_from_db()
    stratum = interview.stratum
    return stratum.lifecycle, stratum.industry, stratum.region, stratum.size_band


# ---- Customers


def test_the_country_decides_the_region():
    customer = services.create_customer(name=" Hydra ", country="DE", industry="C", size_band="250+", today=TODAY)

    assert (customer.name, customer.lifecycle, customer.region) == ("Hydra", "current", "europe-west")
    assert customer.lifecycle_periods.count() == 0
    assert markers() == [REGISTER]


def test_without_a_country_the_region_is_what_is_known():
    customer = services.create_customer(name="Hydra", region="asia-pacific", today=TODAY)

    assert (customer.country.code, customer.region) == ("", "asia-pacific")


def test_a_country_that_is_taken_back_takes_its_region_along():
    customer = services.create_customer(name="Hydra", country="DE", today=TODAY)

    services.update_customer(customer=customer, changes={"country": ""})

    assert Customer.objects.get().region == ""


def test_a_dated_start_opens_the_lifecycle():
    customer = services.create_customer(name="Hydra", since_on=date(2025, 5, 1), today=TODAY)

    periods = customer.lifecycle_periods.values_list("lifecycle", "since_on")
    assert list(periods) == [("current", date(2025, 5, 1))]


@pytest.mark.parametrize(
    ("entry", "field", "message"),
    [
        ({"name": " "}, "name", "This field cannot be blank."),
        ({"country": "QQ"}, "country", "Value 'QQ' is not a valid choice."),
        ({"industry": "Z"}, "industry", "Value 'Z' is not a valid choice."),
        ({"size_band": "huge"}, "size_band", "Value 'huge' is not a valid choice."),
        ({"lifecycle": "lost"}, "lifecycle", "Value 'lost' is not a valid choice."),
        ({"lifecycle": "internal"}, "__all__", "An internal customer is a function; any other customer is not."),
        ({"external_id": "4711"}, "external_id", "Another customer has this external id."),
        ({"since_on": date(2026, 3, 17)}, "since_on", "2026-03-17 lies in the future. Enter today or earlier."),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_written(entry, field, message):
    CustomerFactory(external_id="4711")

    with pytest.raises(ValidationError) as error:
        services.create_customer(**{"name": "Hydra", "today": TODAY, **entry})

    assert fault(error) == {field: [message]}
    assert (Customer.objects.count(), LifecyclePeriod.objects.count(), markers()) == (1, 0, [])


def test_a_function_can_be_a_customer():
    function = FunctionFactory()

    customer = services.create_customer(name="Sales", lifecycle="internal", function=function, today=TODAY)

    assert function.as_customer == customer


def test_a_new_band_marks_the_customer_and_the_register():
    customer, band = CustomerFactory(), ValueBand.objects.create(name="Key", weight=400)

    services.update_customer(customer=customer, changes={"value_band": band})

    customer.refresh_from_db()
    assert customer.weight == 400
    assert markers() == [of(customer), REGISTER]


def test_another_name_needs_no_marker():
    customer = CustomerFactory(name="Hydra")

    services.update_customer(customer=customer, changes={"name": "Hydra AG", "domain": "hydra.example"})

    assert Customer.objects.get().name == "Hydra AG"
    assert markers() == []


def test_a_customer_that_grew_keeps_the_segment_of_earlier_interviews():
    customer = CustomerFactory(industry="C", size_band="50-249")
    interview = held(customer, date(2026, 1, 5))

    services.update_customer(customer=customer, changes={"size_band": "250+"})

    assert segment(interview) == ("current", "C", "", "50-249")
    assert markers() == [REGISTER]


def test_a_wrong_entry_is_restated_in_the_interviews_that_carry_it():
    customer = services.create_customer(name="Hydra", country="AT", industry="J", size_band="10-49", today=TODAY)
    before = held(customer, date(2025, 1, 5))
    services.update_customer(customer=customer, changes={"industry": "C"})
    customer.refresh_from_db()
    wrong = held(customer, date(2026, 1, 5), country="AT")
    Marker.objects.all().delete()

    services.update_customer(customer=customer, changes={"industry": "K", "country": "FR"}, is_correction=True)
    assert segment(before) == ("current", "J", "europe-west", "10-49")
    assert segment(wrong) == ("current", "K", "europe-west", "10-49")
    assert wrong.country == "FR"
    assert markers() == [of(customer), REGISTER]

    services.update_customer(customer=customer, changes={"country": "JP"}, is_correction=True)
    assert segment(before) == ("current", "J", "asia-pacific", "10-49")
    assert segment(wrong) == ("current", "K", "asia-pacific", "10-49")


def test_a_correction_without_interviews_marks_the_register_only():
    customer = CustomerFactory(industry="C")

    services.update_customer(customer=customer, changes={"industry": "K"}, is_correction=True)

    assert markers() == [REGISTER]


def test_a_refused_correction_restates_nothing():
    customer = CustomerFactory(industry="C", size_band="10-49")
    interview = held(customer, date(2026, 1, 5))

    with pytest.raises(ValidationError):
        services.update_customer(customer=customer, changes={"industry": "K", "size_band": "huge"}, is_correction=True)

    assert segment(interview) == ("current", "C", "", "10-49")
    assert markers() == []


def test_a_deactivated_customer_leaves_the_register():
    customer = CustomerFactory()

    services.update_customer(customer=customer, changes={"is_active": False})

    assert list(Customer.objects.active()) == []
    assert markers() == [REGISTER]


# ---- Lifecycle


def change(customer: Customer, lifecycle: str, since_on: date) -> Customer:
    return services.change_lifecycle(customer=customer, lifecycle=lifecycle, since_on=since_on, today=TODAY)


def correct(customer: Customer, lifecycle: str, since_on: date | None = None) -> Customer:
    return services.correct_lifecycle(customer=customer, lifecycle=lifecycle, since_on=since_on, today=TODAY)


def periods(customer: Customer) -> list[tuple[str, date]]:
    return list(customer.lifecycle_periods.values_list("lifecycle", "since_on"))


def test_a_customer_that_leaves_is_past_from_that_day_on():
    customer = CustomerFactory()
    earlier, later = held(customer, date(2026, 2, 1)), held(customer, date(2026, 3, 10))

    change(customer, "past", date(2026, 3, 1))

    customer.refresh_from_db()
    assert customer.lifecycle == "past"
    assert periods(customer) == [("current", services.BEFORE_RECORDS), ("past", date(2026, 3, 1))]
    assert (segment(earlier)[0], segment(later)[0]) == ("current", "past")
    assert markers() == [of(customer), REGISTER]


def test_a_change_that_no_interview_saw_marks_the_register_only():
    customer = CustomerFactory()
    held(customer, date(2026, 2, 1))

    change(customer, "past", date(2026, 3, 1))

    assert markers() == [REGISTER]


def test_an_older_period_leaves_today_as_it_is():
    customer = services.create_customer(name="Hydra", since_on=date(2025, 5, 1), today=TODAY)
    interview = held(customer, date(2024, 6, 1))

    change(customer, "prospective", date(2024, 1, 1))

    customer.refresh_from_db()
    assert customer.lifecycle == "current"
    assert periods(customer) == [("prospective", date(2024, 1, 1)), ("current", date(2025, 5, 1))]
    assert segment(interview)[0] == "prospective"


@pytest.mark.parametrize(
    ("lifecycle", "since_on", "field", "message"),
    [
        ("past", date(2026, 3, 17), "since_on", "2026-03-17 lies in the future. Enter today or earlier."),
        ("past", date(2025, 5, 1), "since_on", "The lifecycle changed on 2025-05-01 already. Correct that entry."),
        ("internal", date(2026, 1, 1), "lifecycle", "This customer can be: current, past, prospective."),
        ("gone", date(2026, 1, 1), "lifecycle", "This customer can be: current, past, prospective."),
    ],
)
def test_a_change_that_cannot_be_is_refused(lifecycle, since_on, field, message):
    customer = services.create_customer(name="Hydra", since_on=date(2025, 5, 1), today=TODAY)
    Marker.objects.all().delete()

    with pytest.raises(ValidationError) as error:
        change(customer, lifecycle, since_on)

    assert fault(error) == {field: [message]}
    assert periods(customer) == [("current", date(2025, 5, 1))]
    assert markers() == []


def test_a_function_stays_an_internal_customer():
    customer = CustomerFactory(lifecycle="internal", function=FunctionFactory())

    with pytest.raises(ValidationError, match="This customer can be: internal"):
        correct(customer, "current")


def test_a_wrong_lifecycle_is_restated_since_that_entry():
    customer = services.create_customer(name="Hydra", lifecycle="prospective", since_on=date(2024, 1, 1), today=TODAY)
    earlier = held(customer, date(2025, 1, 1))
    change(customer, "past", date(2026, 1, 1))
    customer.refresh_from_db()
    later = held(customer, date(2026, 2, 1))
    Marker.objects.all().delete()

    correct(customer, "current", date(2026, 1, 15))

    customer.refresh_from_db()
    assert customer.lifecycle == "current"
    assert periods(customer) == [("prospective", date(2024, 1, 1)), ("current", date(2026, 1, 15))]
    assert (segment(earlier)[0], segment(later)[0]) == ("prospective", "current")
    assert markers() == [of(customer), REGISTER]


def test_a_wrong_lifecycle_without_dates_is_restated_everywhere():
    customer = CustomerFactory(lifecycle="past")
    interview = held(customer, date(2025, 1, 1))

    correct(customer, "current")

    assert Customer.objects.get().lifecycle == "current"
    assert segment(interview)[0] == "current"
    assert (periods(customer), markers()) == ([], [of(customer), REGISTER])


def test_an_entry_is_not_moved_before_the_one_before_it():
    customer = services.create_customer(name="Hydra", since_on=date(2025, 5, 1), today=TODAY)
    change(customer, "past", date(2026, 1, 1))

    with pytest.raises(ValidationError, match="The entry before is of 2025-05-01"):
        correct(customer, "past", date(2025, 5, 1))


def test_the_segment_of_a_day_has_the_lifecycle_of_that_day():
    customer = services.create_customer(name="Hydra", since_on=date(2025, 5, 1), today=TODAY)
    change(customer, "past", date(2026, 1, 1))
    customer.refresh_from_db()

    assert services.stratum_of(customer=customer, on=date(2025, 12, 31)).lifecycle == "current"
    assert services.stratum_of(customer=customer, on=date(2026, 1, 1)).lifecycle == "past"
    assert services.stratum_of(customer=customer).lifecycle == "past"
    assert Stratum.objects.count() == 2


# ---- Merging


def merge(customer: Customer, into: Customer) -> Customer:
    return services.merge_customers(customer=customer, into=into)


def test_a_merge_is_a_pointer_and_marks_both():
    member, root = CustomerFactory(), CustomerFactory()
    contact = ContactFactory(customer=member)

    merge(member, root)

    member.refresh_from_db()
    contact.refresh_from_db()
    assert (member.merged_into, contact.customer) == (root, member)
    assert list(Customer.objects.active()) == [root]
    assert markers() == [of(member), of(root), REGISTER]


def test_undoing_a_merge_clears_the_pointer_and_marks_both():
    member, root = CustomerFactory(), CustomerFactory()
    merge(member, root)
    Marker.objects.all().delete()

    services.undo_merge(customer=member)

    member.refresh_from_db()
    assert member.merged_into is None
    assert markers() == [of(member), of(root), REGISTER]


def test_what_was_merged_before_points_to_the_new_root():
    first, second, root = CustomerFactory(), CustomerFactory(), CustomerFactory()
    merge(first, second)

    merge(second, root)

    assert set(root.merged.all()) == {first, second}


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ({"is_active": False}, "is not active"),
        ({"lifecycle": "internal"}, "An internal customer is a function"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(root, message):
    if root.get("lifecycle"):
        root = root | {"function": FunctionFactory()}
    member = CustomerFactory()

    with pytest.raises(ValidationError, match=message):
        merge(member, CustomerFactory(**root))

    member.refresh_from_db()
    assert member.merged_into is None
    assert markers() == []


def test_a_customer_is_not_merged_into_itself_or_into_one_merged_away():
    first, second, third = CustomerFactory(name="A"), CustomerFactory(name="B"), CustomerFactory(name="C")
    merge(second, third)

    with pytest.raises(ValidationError, match="cannot be merged into itself"):
        merge(first, first)
    with pytest.raises(ValidationError, match="B was merged into C"):
        merge(first, second)
    with pytest.raises(ValidationError, match="B was merged into C"):
        services.update_customer(customer=second, changes={"name": "D"})
    with pytest.raises(ValidationError, match="A is not merged"):
        services.undo_merge(customer=first)


# ---- Contacts


def test_a_contact_is_kept_with_consent():
    customer = CustomerFactory()

    contact = services.create_contact(
        customer=customer, name=" Ada ", email="ada@example.org", consent_on=TODAY, consent_source="call", today=TODAY
    )

    assert (contact.name, contact.customer, contact.consent_on) == ("Ada", customer, TODAY)
    assert markers() == []


@pytest.mark.parametrize(
    ("entry", "field", "message"),
    [
        ({"name": ""}, "name", "This field cannot be blank."),
        ({"email": "ada"}, "email", "Enter a valid email address."),
        ({"consent_on": date(2026, 3, 17)}, "consent_on", "2026-03-17 lies in the future. Enter today or earlier."),
        ({"time_zone": "Berlin"}, "time_zone", "Berlin is not a time zone. Choose one such as Europe/Berlin or UTC."),
    ],
)
def test_a_wrong_contact_is_refused(entry, field, message):
    with pytest.raises(ValidationError) as error:
        services.create_contact(**{"customer": CustomerFactory(), "name": "Ada", "today": TODAY, **entry})

    assert fault(error) == {field: [message]}
    assert Contact.objects.count() == 0


def test_a_contact_can_opt_out():
    contact = ContactFactory()

    services.update_contact(contact=contact, changes={"is_opted_out": True}, today=TODAY)

    assert Contact.objects.get().is_opted_out


# ---- Product use


def test_a_use_marks_the_register_and_so_does_its_end():
    customer, product = CustomerFactory(), ProductFactory()

    use = services.create_product_use(customer=customer, product=product, since_on=date(2025, 1, 1))
    services.update_product_use(use=use, changes={"until_on": date(2026, 1, 1)})
    services.update_product_use(use=use, changes={"uniqueness": "at night"})

    assert list(ProductUse.objects.values_list("kind", "since_on", "until_on", "uniqueness")) == [
        ("used", date(2025, 1, 1), date(2026, 1, 1), "at night")
    ]
    assert markers() == [REGISTER, REGISTER]
    services.delete_product_use(use=use)
    assert ProductUse.objects.count() == 0


def test_a_use_is_recorded_once_and_does_not_end_before_it_began():
    customer, product = CustomerFactory(), ProductFactory()
    use = services.create_product_use(customer=customer, product=product, since_on=date(2025, 1, 1))

    with pytest.raises(ValidationError, match="recorded already"):
        services.create_product_use(customer=customer, product=product)
    with pytest.raises(ValidationError, match="cannot end before it began"):
        services.update_product_use(use=use, changes={"until_on": date(2024, 12, 31)})

    use.refresh_from_db()
    assert use.until_on is None
    assert markers() == [REGISTER]


# ---- Value bands


def test_a_new_weight_marks_all_customers_of_the_band():
    band = services.create_value_band(name="Key", weight=400)
    first, second = CustomerFactory(value_band=band), CustomerFactory(value_band=band)
    CustomerFactory()

    services.update_value_band(band=band, changes={"weight": 500})

    assert markers() == [of(first), of(second), REGISTER]


def test_another_name_of_a_band_needs_no_marker():
    band = services.create_value_band(name="Key", weight=400)

    services.update_value_band(band=band, changes={"name": "Key account"})

    assert markers() == []


@pytest.mark.parametrize("weight", [-1, 1001])
def test_a_weight_lies_between_0_and_1000(weight):
    band = services.create_value_band(name="Key", weight=400)

    with pytest.raises(ValidationError, match="Ensure this value"):
        services.update_value_band(band=band, changes={"weight": weight})

    assert (ValueBand.objects.get().weight, markers()) == (400, [])


def test_a_band_in_use_stays():
    band = services.create_value_band(name="Key", weight=400)
    customer = CustomerFactory(value_band=band)

    with pytest.raises(ValidationError, match="in the band 'Key'"):
        services.delete_value_band(band=band)

    customer.delete()
    services.delete_value_band(band=band)
    assert ValueBand.objects.count() == 0


# ---- The database refuses what the services refuse


@pytest.mark.parametrize(
    "write",
    [
        lambda: CustomerFactory(name=""),
        lambda: CustomerFactory(lifecycle="lost"),
        lambda: CustomerFactory(lifecycle="internal"),
        lambda: CustomerFactory(function=FunctionFactory()),
        lambda: [CustomerFactory(external_id="4711") for _ in range(2)],
        lambda: Customer.objects.filter(pk=(one := CustomerFactory()).pk).update(merged_into=one),
        lambda: ContactFactory(name=""),
        lambda: [ContactFactory(customer=one, external_id="1") for one in [CustomerFactory()] * 2],
        lambda: ValueBand.objects.create(name="Huge", weight=1001),
        lambda: ProductUse.objects.create(
            customer=CustomerFactory(),
            product=ProductFactory(),
            since_on=date(2026, 1, 2),
            until_on=date(2026, 1, 1),
        ),
        lambda: [
            LifecyclePeriod.objects.create(customer=one, lifecycle="current", since_on=TODAY)
            for one in [CustomerFactory()] * 2
        ],
    ],
)
def test_the_database_refuses(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
