"""Answers added up in the database weigh what each weighs by itself."""

from collections import Counter
from typing import Any

import pytest

from customers.models import Lifecycle
from gap_scores.evidence import all_strata
from gap_scores.fold import Frame
from gap_scores.levels import kept_levels
from gap_scores.models import ProjectionState
from gap_scores.moving import groups_of
from gap_scores.scopes import part_of
from gap_scores.services import drain_all
from gap_scores.weighing import Asked, weighed_answers
from tests.gap_scores.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_added_up_weigh_what_each_weighs_by_itself_and_are_served_by_the_same_parts(
    seed: int, django_assert_max_num_queries: Any
) -> None:
    world = World(seed=seed)
    for _ in range(12):
        world.interview()
        world.measurement()
    drain_all(as_of=world.now)
    state = ProjectionState.objects.get()
    requirements = sorted(each.pk for each in world.requirements)
    half_lives = {each: 3 + 4 * at for at, each in enumerate(requirements)}
    levels, segments = kept_levels(requirements), all_strata()
    strata = {each: its for each, its in segments.items() if its.lifecycle == Lifecycle.CURRENT}
    weights = {each: 0.5 + 0.25 * (at % 3) for at, each in enumerate(sorted(segments))}
    frame = Frame(state.epoch, weights)

    # Two, however many half-lives and factors there are, and on PostgreSQL one before and one after the second.
    with django_assert_max_num_queries(4):
        found = weighed_answers(
            state.generation, [Asked(*each) for each in half_lives.items()], strata=strata, levels=levels, frame=frame
        )

    for requirement in requirements:
        rows = levels[requirement].rows if requirement in levels else {}

        def part(product: int, stratum: int, country: str, rows=rows) -> str:
            whole = rows.get((product, ""))
            return part_of(whole.breakdown, segment=segments[stratum], country=country) if whole else ""

        one_by_one: Counter[tuple[object, ...]] = Counter()
        for group in groups_of(state.generation, [requirement])[requirement]:
            row = group.row
            if row.stratum in strata:
                key = row.product, part(row.product, row.stratum, row.country), row.level, row.felt
                one_by_one[key] += group.weight * frame.factors(row, half_lives[requirement])[0]
        together: Counter[tuple[object, ...]] = Counter()
        for its in found.get(requirement, []):
            together[its.product, part(its.product, its.stratum, its.country), its.level, its.felt] += its.weight
        assert together == one_by_one
        assert len(found.get(requirement, [])) <= len(groups_of(state.generation, [requirement])[requirement])
    assert any(found.values())
    assert {row.breakdown for its in levels.values() for row in its.rows.values()} == {"", "region"}


def test_where_nothing_is_asked_nothing_is_added_up() -> None:
    world = World(seed=1)
    world.interview()
    drain_all(as_of=world.now)
    state = ProjectionState.objects.get()

    assert weighed_answers(state.generation, [], strata=all_strata(), levels={}, frame=Frame(state.epoch)) == {}
