"""A hundred faults on the whole deployment while it is used: nothing acknowledged is lost, doubled or altered."""

import os
import random

import pytest

from tests.production.arrangement import Production
from tests.production.chaos import LEAST, Chaos, crash_database, differences, is_whole, plan_of, run
from tests.production.ledger import Pusher
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_a_hundred_faults_lose_nothing_double_nothing_and_leave_every_score_as_it_is(production: Production) -> None:
    seed = int(os.environ.get("SEED") or 1)

    outcome = run(production, seed=seed, faults=100, batch=20)

    assert outcome.wrong == [], f"replay it by SEED={seed}; the deployment said:\n{production.said()[-50_000:]}"
    assert (sum(outcome.done.values()), len(outcome.done) >= 12) == (100, True)
    assert outcome.measurements > 1_000
    assert (outcome.interviews >= LEAST, outcome.pages["200"] >= LEAST) == (True, True)
    # The faults were felt: otherwise the run shows nothing.
    assert outcome.answers["503"] > 0
    assert outcome.quiet_seconds < 30


def test_a_lost_measurement_or_interview_would_be_noticed(production: Production) -> None:
    wrong = differences(production, {"nobody-sent-it": 1}, seed=-1, interviews={"nobody-held-it": {}})

    assert wrong == [
        "nobody-sent-it was acknowledged and is lost",
        "the words of nobody-held-it are there 0 times",
        "nobody-held-it was acknowledged and is lost",
    ]


def lost_by_a_crash(production: Production, seed: int) -> list[str]:
    """Push, crash the database in the moment of the acknowledgement, and name what is not there any more."""
    client = Pusher(production, f"chaos{seed}", batch=20, seed=seed)
    session = production.session(token=production.seeded["token"])
    client.push(session, 3)
    crash_database(Chaos(production, random.Random(seed)))
    assert wait_until(lambda: is_whole(production), 60, pause=0.2)
    return [each for each in differences(production, client.acknowledged, seed) if each.endswith("is lost")]


def test_a_crash_of_the_database_loses_nothing_acknowledged(production: Production) -> None:
    assert lost_by_a_crash(production, seed=-2) == []


def test_twin_a_commit_that_does_not_wait_for_the_disk_is_lost_in_a_crash(production: Production) -> None:
    # The writer that brings such commits to the disk a moment later is kept from coming in between.
    asynchronous = {"synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "2GB"}
    try:
        for name, value in asynchronous.items():
            production.query(f"ALTER SYSTEM SET {name} = '{value}'")
        production.query("SELECT pg_reload_conf()")
        # Whatever else is written through brings them to the disk, too: seldom in three crashes.
        assert any(lost_by_a_crash(production, seed=seed) for seed in (-3, -4, -5))
    finally:
        production.query("ALTER SYSTEM RESET ALL")
        production.query("SELECT pg_reload_conf()")


def test_a_seed_is_a_plan() -> None:
    assert plan_of(7, 50) == plan_of(7, 50)
    assert plan_of(7, 50) != plan_of(8, 50)
