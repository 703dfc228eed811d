from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from gap_scores.services import drain_all
from scripts.services import Redis
from tests.gap_scores.world import World


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that a test may stop and empty without disturbing the next one."""
    with Redis(tmp_path) as server:
        yield server


@pytest.fixture
def world(transactional_db: None, django_db_serialized_rollback: None) -> World:
    """A program with some evidence, folded; its clock is the real one, because the workers' is."""
    assert connection.vendor == "postgresql", "run by scripts/suite.py, or scripts/services.py pytest -m faults"
    world = World(seed=1)
    world.today = timezone.localdate()
    for _ in range(6):
        world.interview()
    drain_all(as_of=timezone.now())
    return world
