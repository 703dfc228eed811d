"""A marker says 'work this out anew': twice, late or in another order, it leads to the same scores.

These need no worker, so they run on both databases.
"""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gap_scores import derive
from gap_scores.rebuilding import verify
from gap_scores.services import drain_all, drain_markers
from interviews.models import Interview
from jobs.models import Marker
from tests.faults.parts import SOURCE, record_interview
from tests.faults.sabotage import SABOTAGES
from tests.gap_scores.world import World

Sabotage = Callable[[str], None]


@pytest.fixture
def sabotage(monkeypatch: pytest.MonkeyPatch) -> Sabotage:
    """Build the projection wrongly until the test ends; '' leaves it as it is."""

    def break_it(name: str) -> None:
        if name:
            SABOTAGES[name](monkeypatch.setattr)

    return break_it


def differences(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Name the markers that were left, then compare with the evidence, by the code as it is meant to be."""
    monkeypatch.undo()
    if left := Marker.objects.count():
        # Comparing would fold them first, and so repair what is to be found.
        return [f"{left} markers are left"]
    return [str(each) for each in verify(now=timezone.now())]


def edited_world(edits: int = 25) -> World:
    world = World(seed=3)
    world.today = timezone.localdate()
    drain_all(as_of=timezone.now())
    for _ in range(edits):
        world.interview()
    return world


def copy_markers() -> None:
    """Write every waiting marker again, as a retry or a second relay would."""
    Marker.objects.bulk_create(
        Marker(kind=marker.kind, key1=marker.key1, key2=marker.key2) for marker in list(Marker.objects.all())
    )


# ---- Twice


def wrong_after_repeats(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    edited_world()
    sabotage(name)
    copy_markers()
    waiting = list(Marker.objects.values_list("kind", "key1", "key2"))
    drain_all(as_of=timezone.now())
    for kind, key1, key2 in waiting:
        Marker.objects.create(kind=kind, key1=key1, key2=key2)
    drain_all(as_of=timezone.now())
    return differences(monkeypatch)


@pytest.mark.django_db
def test_the_same_marker_twice_counts_once(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong_after_repeats(sabotage, monkeypatch, "") == []


@pytest.mark.django_db
def test_twin_a_marker_that_means_a_delta_counts_twice(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong_after_repeats(sabotage, monkeypatch, "deltas") != []


# ---- In any order


def wrong_after_shuffle(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch, name: str, seed: int) -> list[str]:
    """Fold the same markers one by one in a random order, some long after their evidence has changed again."""
    chance = random.Random(seed)
    world = edited_world(12)
    waiting = list(Marker.objects.values_list("kind", "key1", "key2"))
    Marker.objects.all().delete()
    numbers = chance.sample(range(1_000_000, 2_000_000), len(waiting))
    sabotage(name)
    for at, (number, (kind, key1, key2)) in enumerate(zip(numbers, waiting, strict=True)):
        Marker.objects.create(pk=number, kind=kind, key1=key1, key2=key2)
        if at % 10 == 9:
            world.reopen()
        drain_markers(as_of=timezone.now(), limit=1)
    world.complete()
    drain_all(as_of=timezone.now())
    return differences(monkeypatch)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_markers_does_not_matter(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    assert wrong_after_shuffle(sabotage, monkeypatch, "", seed) == []


@pytest.mark.django_db
def test_twin_a_high_water_mark_skips_late_markers(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong_after_shuffle(sabotage, monkeypatch, "high_water_mark", 0) != []


# ---- Committed in another order than numbered


def wrong_after_a_late_commit(
    world: World, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch, name: str
) -> list[str]:
    """Let a write that got its marker's number first commit last, after a drain has folded the other's."""
    sabotage(name)
    written, go_on = threading.Event(), threading.Event()

    def write_and_wait() -> None:
        try:
            with transaction.atomic():
                record_interview(world, contact=world.contacts[0], external_id="early number")
                written.set()
                go_on.wait(30)
        finally:
            connection.close()

    slow = threading.Thread(target=write_and_wait)
    slow.start()
    assert written.wait(30)
    record_interview(world, contact=world.contacts[5], external_id="late number")
    drain_all(as_of=timezone.now())
    go_on.set()
    slow.join(30)
    drain_all(as_of=timezone.now())
    assert set(world.customers[0].interviews.filter(source=SOURCE).values_list("external_id", flat=True)) == {
        "early number"
    }
    return differences(monkeypatch)


@pytest.mark.postgres
def test_a_write_that_commits_late_is_folded(world: World, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong_after_a_late_commit(world, sabotage, monkeypatch, "") == []


@pytest.mark.postgres
def test_twin_a_high_water_mark_forgets_the_write_that_commits_late(
    world: World, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wrong_after_a_late_commit(world, sabotage, monkeypatch, "high_water_mark") != []


# ---- Written while a drain works


def wrong_after_a_write_in_mid_drain(
    world: World, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch, name: str
) -> list[str]:
    """Let somebody else's interview be committed after a drain has read and before it has written."""
    read, asked = derive.kept_above, []

    def write() -> None:
        try:
            record_interview(world, contact=world.contacts[5], external_id="in mid drain")
        finally:
            connection.close()

    def read_and_let_write(*args: Any) -> Any:
        found = read(*args)
        if not asked:
            asked.append(writer := threading.Thread(target=write))
            writer.start()
            writer.join(30)
        return found

    sabotage(name)
    monkeypatch.setattr(derive, "kept_above", read_and_let_write)
    record_interview(world, contact=world.contacts[0], external_id="before")
    drain_all(as_of=timezone.now())
    assert Interview.objects.filter(source=SOURCE).count() == 2
    return differences(monkeypatch)


@pytest.mark.postgres
def test_a_write_in_mid_drain_is_folded(world: World, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong_after_a_write_in_mid_drain(world, sabotage, monkeypatch, "") == []


@pytest.mark.postgres
def test_twin_one_flag_forgets_the_write_in_mid_drain(
    world: World, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wrong_after_a_write_in_mid_drain(world, sabotage, monkeypatch, "one_flag") != []
