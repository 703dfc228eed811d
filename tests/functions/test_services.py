from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from functions import services
from functions.models import Function, Membership, Program, SupplyLink
from jobs.models import Marker
from tests.factories.accounts import UserFactory
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


def markers() -> list[tuple[int, int, int]]:
    return list(Marker.objects.values_list("kind", "key1", "key2"))


CIRCLE = [(Marker.Kind.CIRCLE, 0, 0)]


# ---- The program


def test_the_program_is_set_up_once():
    program = services.set_up_program(name=" Quality at Acme ", time_zone="Europe/Berlin", currency="CHF")

    assert (program.name, program.time_zone, program.currency) == ("Quality at Acme", "Europe/Berlin", "CHF")
    with pytest.raises(ValidationError, match="set up already"):
        services.set_up_program(name="Another")
    assert Program.objects.get().name == "Quality at Acme"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time_zone": "Berlin"}, "Berlin is not a time zone"),
        ({"currency": "euro"}, "at most 3 characters|three capital letters"),
        ({"gap_from": 60}, "band edges must rise"),
        ({"wanted_share": 0}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_refused_and_nothing_is_written(changes, message):
    services.set_up_program(name="Acme")

    with pytest.raises(ValidationError, match=message):
        services.update_program(changes=changes)

    program = Program.objects.get()
    assert (program.time_zone, program.currency, program.gap_from, program.wanted_share) == ("UTC", "EUR", 25, 80)


def test_bands_need_no_marker():
    services.set_up_program(name="Acme")

    services.update_program(changes={"watch_from": 5, "gap_from": 20, "severe_from": 40})

    program = Program.objects.get()
    assert (program.watch_from, program.gap_from, program.severe_from) == (5, 20, 40)
    assert markers() == []


def test_the_half_life_is_not_changed_without_its_markers():
    services.set_up_program(name="Acme")

    with pytest.raises(TypeError, match="half_life_months"):
        services.update_program(changes={"half_life_months": 6})


# ---- Functions


def test_a_new_function_goes_to_the_end_of_the_circle():
    FunctionFactory(position=7)

    function = services.create_function(name=" Service ", purpose="Answers customers")

    assert (function.name, function.purpose, function.position) == ("Service", "Answers customers", 8)
    assert markers() == CIRCLE
    assert [(row.history_type, row.name) for row in function.history.all()] == [("+", "Service")]


@pytest.mark.parametrize(("name", "message"), [("", "cannot be blank"), ("Service", "already exists")])
def test_a_function_has_a_name_of_its_own(name, message):
    FunctionFactory(name="Service")

    with pytest.raises(ValidationError, match=message):
        services.create_function(name=name)

    assert Function.objects.count() == 1
    assert markers() == []


def test_a_changed_name_keeps_the_old_one_in_the_history():
    function = FunctionFactory(name="Support")

    services.update_function(function=function, changes={"name": "Service", "is_customer_facing": True})

    function.refresh_from_db()
    assert (function.name, function.is_customer_facing) == ("Service", True)
    assert [row.name for row in function.history.all()] == ["Service", "Support"]


def test_a_function_that_answers_for_active_requirements_stays():
    function = FunctionFactory(name="Service")
    RequirementFactory(reference="R-2", owner=function)
    RequirementFactory(reference="R-1", owner=function)
    RequirementFactory(reference="R-3", owner=function, state="retired")

    with pytest.raises(ValidationError, match="Service still answers for R-1, R-2"):
        services.deactivate_function(function=function)

    function.refresh_from_db()
    assert function.is_active
    assert markers() == []


def test_a_function_leaves_the_circle_and_comes_back():
    function = FunctionFactory()

    services.deactivate_function(function=function)
    services.deactivate_function(function=function)
    function.refresh_from_db()
    assert not function.is_active
    services.reactivate_function(function=function)
    function.refresh_from_db()
    assert function.is_active
    assert markers() == CIRCLE * 2


# ---- Supply links


def test_a_cycle_of_supply_links_is_normal():
    sales, service = FunctionFactory(), FunctionFactory()

    services.create_supply_link(supplier=sales, supplied=service, strength=Decimal("0.50"))
    services.create_supply_link(supplier=service, supplied=sales)

    assert list(SupplyLink.objects.order_by("id").values_list("supplier", "supplied", "strength")) == [
        (sales.pk, service.pk, Decimal("0.50")),
        (service.pk, sales.pk, None),
    ]
    assert markers() == CIRCLE * 2


def test_a_function_cannot_supply_itself():
    function = FunctionFactory()

    with pytest.raises(ValidationError, match="cannot supply itself"):
        services.create_supply_link(supplier=function, supplied=function)

    assert SupplyLink.objects.count() == 0
    assert markers() == []


def test_a_second_link_between_the_same_functions_is_refused():
    link = SupplyLinkFactory()

    with pytest.raises(ValidationError, match="exists already"):
        services.create_supply_link(supplier=link.supplier, supplied=link.supplied)


def test_an_inactive_function_is_not_linked():
    with pytest.raises(ValidationError, match="is not active"):
        services.create_supply_link(supplier=FunctionFactory(is_active=False), supplied=FunctionFactory())


def test_a_strength_is_one_of_four_words():
    link = SupplyLinkFactory(strength=Decimal("1.00"))

    with pytest.raises(ValidationError, match=r"1, 0\.75, 0\.5 or 0\.25"):
        services.update_supply_link(link=link, strength=Decimal("0.60"))

    link.refresh_from_db()
    assert link.strength == Decimal("1.00")


def test_only_a_changed_strength_is_written():
    link = SupplyLinkFactory(strength=Decimal("1.00"))

    services.update_supply_link(link=link, strength=Decimal("1.00"))
    assert markers() == []
    services.update_supply_link(link=link, strength=None)

    link.refresh_from_db()
    assert link.strength is None
    assert [row.strength for row in link.history.all()] == [None, Decimal("1.00")]
    assert markers() == CIRCLE


def test_a_deleted_link_stays_in_the_history():
    link = SupplyLinkFactory(strength=Decimal("0.25"))
    pk = link.pk

    services.delete_supply_link(link=link)

    assert SupplyLink.objects.count() == 0
    assert [row.history_type for row in SupplyLink.history.filter(id=pk)] == ["-", "+"]
    assert markers() == CIRCLE


# ---- People


def test_a_person_gets_a_role_in_the_program():
    person = services.create_person(username="ada", password="a long pass phrase", email="ada@example.org")

    services.assign_role(user=person, role="specialist")

    assert person.check_password("a long pass phrase")
    assert list(person.memberships.values_list("role", "function", "may_see_names")) == [("specialist", None, False)]


@pytest.mark.parametrize("role", ["head", "deputy"])
def test_a_head_needs_a_function(role):
    with pytest.raises(ValidationError, match="need a function"):
        services.assign_role(user=UserFactory(), role=role)

    assert Membership.objects.count() == 0


def test_a_function_has_one_head():
    head = MembershipFactory(function=FunctionFactory(), role="head")

    with pytest.raises(ValidationError, match="end that role first"):
        services.assign_role(user=UserFactory(), role="head", function=head.function)


def test_the_last_administrator_stays():
    last = MembershipFactory(role="administrator")
    gone = MembershipFactory(role="administrator", user=UserFactory(is_active=False))

    with pytest.raises(ValidationError, match="is the last administrator"):
        services.end_role(membership=last)
    with pytest.raises(ValidationError, match="is the last administrator"):
        services.update_person(person=last.user, changes={"is_active": False})

    last.user.refresh_from_db()
    assert last.user.is_active
    services.end_role(membership=gone)
    assert list(Membership.objects.all()) == [last]


def test_one_of_two_administrators_may_go():
    first, second = MembershipFactory(role="administrator"), MembershipFactory(role="administrator")

    services.end_role(membership=first)

    assert list(Membership.objects.all()) == [second]


def test_the_admin_is_open_to_administrators_only_while_they_are():
    MembershipFactory(role="administrator")
    person = UserFactory()

    membership = services.assign_role(user=person, role="administrator")
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (True, True)
    services.end_role(membership=membership)
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (False, False)
    services.assign_role(user=person, role="specialist")
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (False, False)


def test_names_are_granted_one_by_one():
    membership = MembershipFactory(function=FunctionFactory())

    services.change_role(membership=membership, may_see_names=True)

    assert Membership.objects.get().may_see_names


# ---- The database refuses what the services refuse


@pytest.mark.parametrize(
    "write",
    [
        lambda: Program.objects.create(id=2, name="Second"),
        lambda: Program.objects.create(name="Bands", watch_from=30, gap_from=20),
        lambda: Program.objects.create(name="Half-life", half_life_months=0),
        lambda: FunctionFactory(name=""),
        lambda: SupplyLinkFactory(strength=Decimal("0.60")),
        lambda: SupplyLinkFactory(supplier=(function := FunctionFactory()), supplied=function),
        lambda: MembershipFactory(role="head", function=None),
        lambda: MembershipFactory(role="viewer", function=FunctionFactory()),
    ],
)
def test_the_database_refuses(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
