"""A hundred faults on the whole deployment while machines push: nothing acknowledged is lost, doubled or altered."""

import os

import pytest

from tests.production.arrangement import Production
from tests.production.chaos import differences, plan_of, run

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_a_hundred_faults_lose_nothing_double_nothing_and_leave_every_score_as_it_is(production: Production) -> None:
    seed = int(os.environ.get("SEED") or 1)

    outcome = run(production, seed=seed, faults=100, batch=20)

    assert outcome.wrong == [], f"replay it by SEED={seed}"
    assert (sum(outcome.done.values()), len(outcome.done) >= 12) == (100, True)
    assert outcome.acknowledged > 1_000
    # The faults were felt: otherwise the run shows nothing.
    assert outcome.answers["503"] > 0
    assert outcome.quiet_seconds < 30


def test_a_lost_measurement_would_be_noticed(production: Production) -> None:
    assert "nobody-sent-it was acknowledged and is lost" in differences(production, {"nobody-sent-it": 1}, seed=-1)


def test_a_seed_is_a_plan() -> None:
    assert plan_of(7, 50) == plan_of(7, 50)
    assert plan_of(7, 50) != plan_of(8, 50)
