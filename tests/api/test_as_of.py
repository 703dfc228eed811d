"""Scores of a past day are read from what was kept of it."""

from datetime import timedelta

import pytest

from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from tests.api.callers import caller
from tests.api.described import differences
from tests.conftest import NOON
from tests.gap_scores.world import TODAY

pytestmark = pytest.mark.django_db
LISTS = ["circle", "requirement-scores", "function-scores"]


def without_stamp(body):
    return {name: value for name, value in body.items() if name not in {"stamp", "next", "previous", "as_of"}}


@pytest.mark.parametrize("address", LISTS)
def test_what_was_kept_today_reads_as_the_scores_of_today(world, address):
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    for role in ("specialist", "viewer"):
        client = caller(role)
        now, kept = client.get(f"/api/v1/{address}/"), client.get(f"/api/v1/{address}/?as_of={TODAY}")

        assert differences(kept, f"/api/v1/{address}/") == []
        assert without_stamp(kept.json()) == without_stamp(now.json())
        assert kept.json()["stamp"]["as_of"] == TODAY.isoformat()


def test_what_was_kept_does_not_move_with_new_evidence(world):
    day = TODAY - timedelta(days=200)
    keep_snapshot(as_of=day, title="then", now=NOON)
    client, address = caller("specialist"), f"/api/v1/circle/?as_of={day}"
    before = client.get(address)
    for _ in range(5):
        world.interview()
    world.drain()

    after = client.get(address)

    assert after.json() == before.json()
    assert after.json()["overall"]["gap"] == Snapshot.objects.get().overall
    assert client.get("/api/v1/snapshots/").json()["results"][0]["as_of"] == day.isoformat()


def test_a_day_that_was_not_kept_is_refused_with_those_that_were(world):
    client, address = caller("viewer"), "/api/v1/requirement-scores/"
    nothing = client.get(f"{address}?as_of=2020-01-01").json()
    keep_snapshot(as_of=TODAY, title="today", now=NOON)

    other = client.get(f"{address}?as_of=2020-01-01").json()
    past = client.get(f"{address}?as_of={TODAY}&lifecycle=past").json()

    assert nothing["detail"] == "No scores are kept yet. The end of each month is kept by itself."
    assert other["detail"] == f"No scores are kept of this day. There are: {TODAY}."
    assert (other["errors"][0]["parameter"], past["errors"][0]["code"]) == ("as_of", "headline_only")
