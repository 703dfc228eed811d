"""Whatever people change in the catalogue, the register and the circle, the scores follow by the markers left."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from customers import services as customers
from customers.models import Customer, ValueBand
from functions import services as functions
from functions.models import Program, SupplyLink
from gap_scores.rebuilding import verify
from interviews import consolidating
from jobs.models import Marker
from requirements_catalog import services as catalogue
from requirements_catalog.models import Product, Requirement
from requirements_catalog.services import NewScale
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db

MINUTES = NewScale(unit="minutes", direction="lower", resolution=Decimal(1), factor=Fraction(60), reason="Finer")
COARSE = NewScale(unit="hours", direction="lower", resolution=Decimal(12), factor=Fraction(1), reason="Coarser")
Edit = Callable[[World], Any]


@pytest.fixture
def world() -> World:
    """Evidence of thirty interviews, folded."""
    world = World(21)
    Program.objects.get_or_create(pk=1, defaults={"name": "Acme"})
    for _ in range(30):
        world.interview()
        world.measurement()
    world.drain()
    assert Marker.objects.count() == 0
    return world


def requirement(world: World, at: int) -> Requirement:
    return Requirement.objects.get(pk=world.requirements[at].pk)


def customer(world: World, at: int) -> Customer:
    return Customer.objects.get(pk=world.customers[at].pk)


def update(at: int, **changes: Any) -> Edit:
    return lambda world: catalogue.update_requirement(requirement=requirement(world, at), changes=changes)


def new_owner(world: World) -> None:
    update(0, owner=world.functions[1])(world)


def another_product(world: World) -> None:
    product = catalogue.create_product(name="Third")
    kept = requirement(world, 0)
    catalogue.update_requirement(requirement=kept, changes={}, products=[*kept.products.all(), product])


def scale(version: NewScale) -> Edit:
    return lambda world: catalogue.add_scale_version(requirement=requirement(world, 0), scale=version)


def state(at: int, state: str) -> Edit:
    return lambda world: catalogue.change_state(requirement=requirement(world, at), state=state)


def merge_requirements(world: World) -> None:
    catalogue.merge_requirements(requirement=requirement(world, 2), into=requirement(world, 0))


def part_requirements(world: World) -> None:
    catalogue.undo_merge(requirement=requirement(world, 2))


def split_requirement(world: World) -> None:
    source = requirement(world, 0)
    chosen = sorted(source.answers.values_list("interview", flat=True).distinct())[::2]
    split = consolidating.split_requirement(
        requirement=source, interviews=chosen, statement="At night", attribute=source.attribute, doer=None,
        doer_name="Ines", now=world.now,
    )  # fmt: skip
    world.split = split


def undo_split(world: World) -> None:
    consolidating.undo_consolidation(consolidation=world.split, now=world.now)


def merge_split(world: World) -> None:
    catalogue.merge_requirements(requirement=world.split.requirement, into=requirement(world, 0))


def half_life(_world: World) -> None:
    catalogue.change_half_life(months=3)


def new_band(world: World) -> None:
    band = customers.create_value_band(name="Key", weight=700)
    for at in (0, 1):
        customers.update_customer(customer=customer(world, at), changes={"value_band": band})


def weigh_band(_world: World) -> None:
    customers.update_value_band(band=ValueBand.objects.get(), changes={"weight": 0})


def grow(world: World) -> None:
    customers.update_customer(customer=customer(world, 0), changes={"size_band": "50-249"})


def correct(world: World) -> None:
    changes = {"industry": "K", "country": "JP"}
    customers.update_customer(customer=customer(world, 0), changes=changes, is_correction=True)


def leave(world: World) -> None:
    since = world.today - timedelta(days=300)
    customers.change_lifecycle(customer=customer(world, 0), lifecycle="past", since_on=since, today=world.today)


def correct_lifecycle(world: World) -> None:
    customers.correct_lifecycle(
        customer=customer(world, 0), lifecycle="prospective", since_on=date(2025, 1, 1), today=world.today
    )


def deactivate_customer(world: World) -> None:
    customers.update_customer(customer=customer(world, 4), changes={"is_active": False})


def merge_customers(world: World) -> None:
    customers.merge_customers(customer=customer(world, 2), into=customer(world, 1))


def merge_again(world: World) -> None:
    customers.merge_customers(customer=customer(world, 1), into=customer(world, 3))


def part_customers(world: World) -> None:
    customers.undo_merge(customer=customer(world, 2))


def use(world: World) -> None:
    product = Product.objects.order_by("pk")[1]
    customers.create_product_use(customer=customer(world, 0), product=product)
    customers.delete_product_use(use=customer(world, 5).product_uses.get())


def deactivate_function(world: World) -> None:
    for each in Requirement.objects.filter(owner=world.functions[1]):
        catalogue.update_requirement(requirement=each, changes={"owner": world.functions[0]})
    functions.deactivate_function(function=world.functions[1])


def reactivate_function(world: World) -> None:
    functions.reactivate_function(function=world.functions[1])


def strengthen(_world: World) -> None:
    functions.update_supply_link(link=SupplyLink.objects.order_by("pk")[0], strength=Decimal("1.00"))


def cut(_world: World) -> None:
    functions.delete_supply_link(link=SupplyLink.objects.order_by("pk")[1])


HISTORIES: dict[str, list[Edit]] = {
    "owner": [new_owner],
    "products": [another_product],
    "half-life of one": [update(0, half_life_months=2), update(0, half_life_months=None)],
    "half-life of the program": [half_life],
    "scale": [scale(COARSE), scale(MINUTES)],
    "state": [state(0, "retired"), state(1, "draft"), state(0, "active")],
    "merge of requirements": [merge_requirements, scale(COARSE), part_requirements],
    "split of a requirement": [split_requirement, undo_split],
    "split that is merged": [scale(COARSE), split_requirement, merge_split],
    "value bands": [new_band, weigh_band],
    "segment": [grow, correct],
    "lifecycle": [leave, correct_lifecycle],
    "merge of customers": [merge_customers, merge_again, part_customers, deactivate_customer],
    "product use": [use],
    "circle": [deactivate_function, reactivate_function, strengthen, cut],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_the_scores_follow_every_change(world, name):
    for edit in HISTORIES[name]:
        edit(world)
        assert [str(each) for each in verify(now=world.now)] == [], edit


def test_a_change_that_leaves_no_marker_is_noticed(world):
    """The check above can fail: this is its sabotaged twin."""
    new_band(world)
    world.drain()
    ValueBand.objects.update(weight=1)

    assert verify(now=world.now) != []
