"""What a change between two kept days is made of: each cause alone is told, and all of them add up to the change."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Customer, ProductUse, ValueBand
from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from gap_scores.waterfall import WHOLE, changes_between
from jobs import services as marks
from metrics.models import MetricLink
from metrics.services import unlink_metric
from requirements_catalog.models import Requirement
from scoring.waterfall import Cause, Waterfall
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def heard(seed: int) -> World:
    world = World(seed)
    for _ in range(30):
        world.interview()
    for _ in range(12):
        world.measurement()
    world.drain()
    return world


def kept(world: World) -> Snapshot:
    world.drain()
    return keep_snapshot(as_of=world.today, title="kept", now=timezone.now())


def whole(then: Snapshot, now: Snapshot) -> Waterfall:
    return changes_between(then=then, now=now)[WHOLE]


def causes(split: Waterfall) -> set[Cause]:
    return {each.cause for each in split.parts if abs(each.points) > 1e-9}


@pytest.mark.parametrize("seed", range(6))
def test_the_parts_of_a_random_history_add_up_to_the_change(seed: int) -> None:
    world = heard(seed)
    then = kept(world)
    for _ in range(40):
        world.edit()
    now = kept(world)

    split = whole(then, now)

    assert (split.then, split.now) == (pytest.approx(then.overall, abs=1e-9), pytest.approx(now.overall, abs=1e-9))
    assert split.then + sum(each.points for each in split.parts) == pytest.approx(split.now, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_replay_ends_where_the_second_day_stands(seed: int) -> None:
    """Without a change of definitions nothing is left for them: what was replayed is what was kept."""
    world = heard(seed)
    then = kept(world)
    world.today += 70 * DAY
    for act in (world.interview, world.measurement, world.weigh, world.change_lifecycle, world.correct_stratum):
        for _ in range(4):
            act()
    now = kept(world)

    split = whole(then, now)

    assert split.parts[-1].points == pytest.approx(0.0, abs=1e-9)
    assert Cause.INTERVIEWS in causes(split)


def half_life(world: World) -> None:
    Requirement.objects.filter(pk=world.requirements[1].pk).update(half_life_months=1)
    marks.mark_requirement(requirement_id=world.requirements[1].pk)


def another_metric(world: World) -> None:
    link = MetricLink.objects.get(requirement=world.requirements[0])
    unlink_metric(link=link)
    metric = MetricFactory(function=world.functions[0])
    MeasurementFactory(metric=metric, period_end=world.today, value=400)
    world.link(metric, world.requirements[0], world.products[0])


def worse_level(world: World) -> None:
    MeasurementFactory(metric=world.metric, period_end=world.today, value=9_000)


def other_products(world: World) -> None:
    Requirement.objects.get(pk=world.requirements[1].pk).products.set(world.products[:1])
    ProductUse.objects.filter(customer=world.customers[0]).delete()
    marks.mark_register()
    marks.mark_requirement(requirement_id=world.requirements[1].pk)


def heavier(world: World) -> None:
    band = ValueBand.objects.create(name="heavy", weight=1000)
    Customer.objects.filter(pk=world.customers[0].pk).update(value_band=band)
    marks.mark_customer(customer_id=world.customers[0].pk)
    marks.mark_register()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (World.interview, {Cause.INTERVIEWS}),
        (worse_level, {Cause.LEVELS}),
        (another_metric, {Cause.LINKS}),
        (heavier, {Cause.WEIGHTS}),
        (other_products, {Cause.REGISTER}),
        (half_life, {Cause.DEFINITIONS}),
        (World.retire, {Cause.DEFINITIONS}),
        (World.change_circle, set()),
    ],
)
def test_what_changed_alone_is_what_is_told(change: Callable[[World], object], told: set[Cause]) -> None:
    world = heard(5)
    then = kept(world)
    change(world)

    assert causes(whole(then, kept(world))) == told


def test_older_answers_fade_beside_newer_ones_and_by_themselves_they_do_not() -> None:
    world = heard(7)
    then = kept(world)
    world.today += 90 * DAY
    assert Cause.FADED not in causes(whole(then, kept(world)))
    world.today += 200 * DAY
    for _ in range(3):
        world.interview()

    assert {Cause.INTERVIEWS, Cause.FADED} <= causes(whole(then, kept(world)))


def test_the_change_of_one_function_is_split_over_what_it_answers_for() -> None:
    world = heard(5)
    then = kept(world)
    for _ in range(8):
        world.interview()
    now = kept(world)
    function = world.functions[0]

    split = changes_between(then=then, now=now)[function.pk]

    own = [snapshot.functions[str(function.pk)][0] for snapshot in (then, now)]
    assert [split.then, split.now] == [pytest.approx(each, abs=1e-9) for each in own]
    owned = {world.requirements[at].pk for at in (0, 3)}
    assert {each for part in split.parts for each in part.by_requirement} <= owned
