"""A real worker on a real PostgreSQL and Redis: killed, cut off, left alone. No acknowledged write may be lost.

Each scenario returns what went wrong. It must be nothing, and with the defence taken out it must be something.
"""

import statistics
import time
from datetime import timedelta

import pytest
from celery import Celery
from django.utils import timezone

from gap_scores.models import ProjectionState, RebuildChunk
from gap_scores.rebuilding import open_rebuild, rebuild, verify
from gap_scores.services import drain_all
from jobs.services import mark_circle
from scoring.errors import ScoringError
from scripts.services import Redis
from tests.faults.parts import (
    Worker,
    Writer,
    cut_connections,
    database_sockets,
    has_claimed,
    is_drained,
    is_in_transaction,
    lost,
    record_interview,
    writing,
)
from tests.gap_scores.world import World
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.worker, pytest.mark.timeout(240)]
NOBODY = "redis://127.0.0.1:1/0"


def differences() -> list[str]:
    return [str(each) for each in verify(now=timezone.now())]


# ---- Freshness


def seconds_until_seen(world: World, redis: Redis, sabotage: str) -> float:
    """Return the median time from the answer to the request until the scores hold what was written."""
    waits = []
    with Worker(redis.url, sabotage=sabotage):
        mark_circle()
        assert wait_until(is_drained, 10)
        for number in range(7):
            time.sleep(0.1 * number)
            record_interview(world, contact=world.contacts[number])
            started = time.monotonic()
            assert wait_until(is_drained, 10, pause=0.005)
            waits.append(time.monotonic() - started)
    return statistics.median(waits)


def test_a_write_is_in_the_scores_within_a_second(world: World, redis: Redis) -> None:
    assert seconds_until_seen(world, redis, sabotage="") < 1.0
    assert differences() == []


def test_twin_a_listener_that_hears_no_ring_is_late(world: World, redis: Redis) -> None:
    assert seconds_until_seen(world, redis, sabotage="deaf") >= 1.0


# ---- The broker


def undrained_without_broker(world: World, redis: Redis, fault: str, sabotage: str = "") -> list[str]:
    with Worker(NOBODY if fault == "never started" else redis.url, sabotage=sabotage):
        if fault == "stopped":
            redis.stop()
        elif fault == "flushed":
            redis.flush()
        record_interview(world, contact=world.contacts[0])
        return [] if wait_until(is_drained, 4) else [f"markers wait while Redis is {fault}"]


@pytest.mark.parametrize("fault", ["never started", "stopped", "flushed"])
def test_markers_are_drained_whatever_happens_to_redis(world: World, redis: Redis, fault: str) -> None:
    assert undrained_without_broker(world, redis, fault) == []
    assert differences() == []


def test_twin_a_worker_that_trusts_the_broker_leaves_them(world: World, redis: Redis) -> None:
    assert undrained_without_broker(world, redis, "stopped", sabotage="broker_only") != []


# ---- A worker killed in the middle of a drain


def lost_by_kill(world: World, redis: Redis, *, sabotage: str = "", whole_group: bool = True) -> list[str]:
    with Worker(redis.url, sabotage=sabotage, slow=5, children=2) as first:
        record_interview(world, contact=world.contacts[0], external_id="acknowledged")
        # With the lock only, nothing would be lost yet, however wrongly it is built.
        assert wait_until(has_claimed, 30)
        time.sleep(0.5)
        first.kill(whole_group=whole_group)
        with Worker(redis.url):
            mark_circle()
            if not wait_until(is_drained, 10):
                return ["the next worker could not drain"]
    return differences()


@pytest.mark.parametrize("whole_group", [True, False], ids=["with its children", "its main process only"])
def test_a_worker_killed_in_mid_drain_loses_nothing(world: World, redis: Redis, whole_group: bool) -> None:
    assert lost_by_kill(world, redis, whole_group=whole_group) == []


def test_twin_a_claim_that_commits_first_is_lost_with_the_worker(world: World, redis: Redis) -> None:
    assert lost_by_kill(world, redis, sabotage="claim_commits_first") != []


def test_no_child_inherits_the_listeners_connection(world: World, redis: Redis) -> None:
    """It would keep a killed worker's transaction, and the lock in it, open for as long as the child is busy."""
    with Worker(redis.url, children=2) as worker:
        assert wait_until(lambda: len(worker.children()) == 2, 20)
        time.sleep(1)

        assert len(database_sockets(worker.pid)) == 1
        assert [database_sockets(child) for child in worker.children()] == [set(), set()]


# ---- A worker whose clock is wrong


def days_ahead(world: World, redis: Redis, sabotage: str = "") -> int:
    """Let a worker whose clock is a year ahead drain; return how far the scores are ahead of today."""
    with Worker(redis.url, sabotage=sabotage, clock=timedelta(days=400)):
        record_interview(world, contact=world.contacts[0])
        assert wait_until(is_drained, 10)
    return (ProjectionState.objects.get().as_of - world.today).days


def test_a_clock_that_runs_ahead_moves_no_score_on(world: World, redis: Redis) -> None:
    assert days_ahead(world, redis) < 2
    assert differences() == []


def test_twin_a_worker_that_goes_by_its_own_clock_moves_them_on_until_they_are_rebuilt(
    world: World, redis: Redis
) -> None:
    assert days_ahead(world, redis, sabotage="own_clock") > 390
    rebuild(now=timezone.now())
    assert (ProjectionState.objects.get().as_of - world.today).days < 2
    assert differences() == []


def test_a_clock_that_is_behind_keeps_no_marker_waiting(world: World, redis: Redis) -> None:
    """No ring is heard, so that only the age of the marker tells that it is due."""
    with Worker(redis.url, sabotage="deaf", clock=timedelta(hours=-1)):
        mark_circle()
        assert wait_until(is_drained, 10)
        record_interview(world, contact=world.contacts[0])
        assert wait_until(is_drained, 10)


# ---- Rebuilds that workers help with


def ask_for_pieces(redis: Redis) -> None:
    with Celery(broker=redis.url) as broker:
        broker.send_task("gap_scores.tasks.rebuild_piece")


def all_pieces_are_done() -> bool:
    return not RebuildChunk.objects.filter(is_done=False).exists()


def wrong_after_a_write_in_mid_piece(world: World, redis: Redis, sabotage: str = "") -> list[str]:
    open_rebuild(now=timezone.now())
    with Worker(redis.url, sabotage=sabotage, slow=0.7):
        ask_for_pieces(redis)
        assert wait_until(lambda: is_in_transaction("gap_scores_rebuildchunk"), 20)
        record_interview(world, contact=world.contacts[0])
        drain_all(as_of=timezone.now())
        assert wait_until(all_pieces_are_done, 30)
    rebuild(now=timezone.now())
    return differences()


def test_a_worker_rebuilds_pieces_while_people_write(world: World, redis: Redis) -> None:
    assert wrong_after_a_write_in_mid_piece(world, redis) == []


def test_twin_pieces_beside_drains_lose_what_these_fold(world: World, redis: Redis) -> None:
    assert wrong_after_a_write_in_mid_piece(world, redis, sabotage="unguarded_pieces") != []


def test_a_worker_killed_in_mid_piece_leaves_it_to_the_others(world: World, redis: Redis) -> None:
    open_rebuild(now=timezone.now())
    with Worker(redis.url, slow=30.0) as worker:
        ask_for_pieces(redis)
        assert wait_until(lambda: is_in_transaction("gap_scores_rebuildchunk"), 20)
        worker.kill()
    rebuild(now=timezone.now())
    assert differences() == []


# ---- Connections cut while people write and a worker drains


def lost_by_cuts(world: World, redis: Redis, *, sabotage: str = "", early: bool = False) -> list[str]:
    writers = [Writer(world, f"writer{number}", count=25, early=early) for number in range(2)]
    with Worker(redis.url, sabotage=sabotage, slow=0.2):
        with writing(writers):
            while any(writer.is_alive() for writer in writers):
                time.sleep(0.3)
                cut_connections()
        mark_circle()
        assert wait_until(is_drained, 30)
    assert sum(writer.refused for writer in writers), "no cut hit a writer: the test proves nothing"
    return [f"{each} was acknowledged" for each in sorted(lost(writers))] + differences()


def test_cut_connections_lose_no_acknowledged_write(world: World, redis: Redis) -> None:
    assert lost_by_cuts(world, redis) == []


def test_twin_a_claim_that_commits_first_is_lost_with_the_connection(world: World, redis: Redis) -> None:
    assert lost_by_cuts(world, redis, sabotage="claim_commits_first") != []


def test_twin_an_acknowledgement_before_the_commit_is_a_lie(world: World, redis: Redis) -> None:
    assert [each for each in lost_by_cuts(world, redis, early=True) if "acknowledged" in each] != []


# ---- Four writers at once, two workers


def wrong_after_four_writers(world: World, redis: Redis, sabotage: str = "") -> list[str]:
    writers = [Writer(world, f"writer{number}", count=8) for number in range(4)]
    with Worker(redis.url, sabotage=sabotage, slow=0.1), Worker(redis.url, sabotage=sabotage, slow=0.1):
        with writing(writers):
            pass
        drained = wait_until(is_drained, 30)
    if not drained:
        # Sums that were overwritten far enough are no scores any more, and each drain refuses them.
        with pytest.raises(ScoringError) as refusal:
            drain_all(as_of=timezone.now())
        return [str(refusal.value)]
    assert sum(len(writer.acknowledged) for writer in writers) == 32
    return [f"{each} was acknowledged" for each in sorted(lost(writers))] + differences()


def test_four_writers_at_once_lose_nothing(world: World, redis: Redis) -> None:
    assert wrong_after_four_writers(world, redis) == []


def test_twin_workers_without_the_lock_overwrite_each_other(world: World, redis: Redis) -> None:
    assert wrong_after_four_writers(world, redis, sabotage="side_by_side") != []
