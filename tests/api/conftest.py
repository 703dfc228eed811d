from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.gap_scores.world import World


@pytest.fixture(scope="module")
def _kept_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Sixty interviews and twenty measurements of a small program, made once; each test undoes its own changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = World(5)
        for _ in range(60):
            world.interview()
        for _ in range(20):
            world.measurement()
        world.drain()
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def world(_kept_world: World, db: None) -> World:
    return _kept_world
