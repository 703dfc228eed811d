"""Measures the goals P1, P2, P3 and P9 in turns on a loaded and built program; prints them as JSON."""

import json
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from time import perf_counter, sleep

from django.db import connection
from django.utils import timezone

from benchmarks.edits import (
    draw_interview,
    hours_that_move,
    mark_interview,
    now_drained,
    record_interview,
    record_measurement,
)
from benchmarks.rivals import DuckDb, Gaps, Pandas, rescan_by_sql
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import REQUIREMENTS, SEED, World
from functions.selectors import program_day
from gap_scores.locking import one_snapshot
from gap_scores.models import FunctionScore, RequirementScore
from gap_scores.selectors import read_board
from gap_scores.services import drain_markers
from jobs.models import Marker
from jobs.services import mark_days
from scoring.rollup import RequirementPart, shares, weighted

ROUNDS = 150
SETTLING = 10  # rounds before anything counts
RESCANS = 5
SEEN_SECONDS = 5.0
FURTHEST = 3e-4  # points by which the exact sums may differ from a computation in floats


def main(answers: str) -> None:
    world = World(int(answers), program_day(timezone.now()))
    chance = random.Random(SEED + world.answers)
    samples: Samples = defaultdict(list)
    new_interviews(samples, world, chance)
    new_measurements(samples, world.today, chance)
    seen_by_a_listener(samples, world, chance)
    reading(samples, world.today)
    print(json.dumps({"samples": in_ms(samples), "rows": counts()}))


# ---- P1


def new_interviews(samples: Samples, world: World, chance: random.Random) -> None:
    """Bare insert, insert with markers, insert with everything that follows, and the touched requirements rescanned."""
    kept: Samples = defaultdict(list)
    for turn in range(SETTLING + ROUNDS):
        into = samples if turn >= SETTLING else kept
        one, other, whole = (draw_interview(chance, world.customers) for _ in range(3))
        timed(into, "interview: bare insert", lambda new=one: record_interview(new, world.today, marked=False))
        mark_interview(one)
        now_drained()
        timed(into, "interview: with markers", lambda new=other: record_interview(new, world.today, marked=True))
        now_drained()
        started = perf_counter()
        record_interview(whole, world.today, marked=True)
        timed(into, "interview: drain", lambda: drain_markers(as_of=timezone.now()))
        into["interview: to every score"].append(perf_counter() - started)
        if turn % 10 == 0:
            timed(
                into,
                "interview: rescan 20 requirements",
                lambda new=whole: rescan_by_sql(world.today, new.requirements),
            )


# ---- P2


def new_measurements(samples: Samples, today: date, chance: random.Random) -> None:
    """A measurement that moves its level by one step, and one that moves it by six, against the bare insert."""
    metrics = chance.sample(range(1, REQUIREMENTS + 1), REQUIREMENTS)
    kept: Samples = defaultdict(list)
    for turn in range(SETTLING + ROUNDS):
        into = samples if turn >= SETTLING else kept
        bare, small, far = metrics[3 * turn : 3 * turn + 3]
        timed(into, "measurement: bare insert", lambda metric=bare: record_measurement(metric, 8, today, marked=False))
        mark_days(days=[(bare, today)])
        now_drained()
        for metric, steps, name in ((small, 1, "one step"), (far, 6, "six steps")):
            hours = hours_that_move(metric, steps)
            started = perf_counter()
            record_measurement(metric, hours, today, marked=True)
            drain_markers(as_of=timezone.now())
            into[f"measurement: to every score, {name}"].append(perf_counter() - started)


# ---- P3


def read_program() -> tuple[int, int]:
    """Read every current score: gaps, shares and points of requirements, functions, the whole."""
    with one_snapshot():
        rows = RequirementScore.objects.filter(gap__isnull=False).values_list(
            "requirement_id", "j", "gap", "lo", "hi", "n_eff"
        )
        parts = [RequirementPart(row[0], None, *row[1:]) for row in rows]
        functions = list(FunctionScore.objects.values_list("function_id", "own", "transmitted", "bottleneck_id"))
    points = {part.requirement: share * part.gap for part, share in zip(parts, shares(parts).values(), strict=True)}
    weighted(parts)
    return len(points), len(functions)


def reading(samples: Samples, today: date) -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        duck = DuckDb(Path(folder))
        frame = Pandas(duck)
        kept = dict(RequirementScore.objects.filter(gap__isnull=False).values_list("requirement_id", "gap"))
        for _ in range(RESCANS):
            for _ in range(10):
                timed(samples, "read: all scores", read_program)
            timed(samples, "read: the board of the circle", read_board)
            check_same(kept, timed(samples, "rescan: SQL", lambda: rescan_by_sql(today)), "SQL")
            check_same(kept, timed(samples, "rescan: DuckDB", lambda: duck.rescan(today)), "DuckDB")
            check_same(kept, timed(samples, "rescan: pandas", lambda: frame.rescan(today)), "pandas")
        duck.close()


def check_same(kept: Gaps, found: object, name: str) -> None:
    """A comparison of speed says nothing unless both give the same scores."""
    assert isinstance(found, dict)
    off = {each for each in kept.keys() | found.keys() if abs(kept.get(each, -1) - found.get(each, -1)) > FURTHEST}
    if off:
        at = min(off)
        sys.exit(
            f"{name} differs in {len(off)} requirements, such as {at}: kept {kept.get(at)}, {name} {found.get(at)}."
        )


# ---- P9


def seen_by_a_listener(samples: Samples, world: World, chance: random.Random) -> None:
    """From the commit of a write to the commit of its scores, with a worker's listener in another process."""
    command = [sys.executable, "-m", "benchmarks.stage", "listen"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as listener:
        assert listener.stdout is not None
        listener.stdout.readline()
        sleep(1)
        for turn in range(SETTLING + ROUNDS):
            record_interview(draw_interview(chance, world.customers), world.today, marked=True)
            started = perf_counter()
            wait_until_seen()
            if turn >= SETTLING:
                samples["write to seen, with a listener"].append(perf_counter() - started)
            sleep(chance.random() / 50)
        listener.communicate()


def wait_until_seen() -> None:
    deadline = perf_counter() + SEEN_SECONDS
    while Marker.objects.exists():
        if perf_counter() > deadline:
            sys.exit("The listener did not drain.")
        sleep(0.0005)


def counts() -> dict[str, int]:
    tables = ("interviews_answer", "gap_scores_ledgerentry", "gap_scores_gapscore")
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found
