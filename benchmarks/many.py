"""Measures a program with 100 million measurements: writing one and many, levels, and the pages that show them."""

import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from django.db import transaction
from django.utils import timezone

from benchmarks import load as whole
from benchmarks.doors import Call, full_doors, new_items, person, push_by_api, push_by_sql, right
from benchmarks.edits import hours_that_move, now_drained, record_measurement
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import HOUR, REQUIREMENTS, SEED, World
from functions.selectors import program_day
from gap_scores.rebuilding import rebuild
from gap_scores.services import drain_markers
from jobs.services import mark_days
from metrics.day_sums import fold_days
from metrics.levels import measured_levels
from metrics.models import Metric
from web import sql

ANSWERS_OF_IT = 1_000_000
AT_ONCE = 5_000_000
DAYS = 3 * 365
TABLE = "metrics_measurement"
# What loads a table of this size in minutes; nothing of it is on while anything is measured.
LOADING = (
    "SET session_replication_role = replica", "SET synchronous_commit = off", "SET maintenance_work_mem = '1GB'",
    "SET max_parallel_maintenance_workers = 2",
)  # fmt: skip
# Every second metric is a duration, whose level is a percentile.
MEASURED = """
    INSERT INTO metrics_measurement (id, metric_id, kind, period_start, period_end, part, value, source, external_id,
        is_current, reason, created_at)
    SELECT at, at %% {metrics} + 1, CASE (at %% {metrics}) %% 2 WHEN 0 THEN 'level' ELSE 'duration' END,
        day, day, '', (2 + hashint8(at) & 15) * {hour}, 'press', 'm ' || at, true, '', now()
    FROM generate_series(%s, %s) AS at, LATERAL (SELECT %s::date - ((%s::bigint - at) * {days} / %s)::int AS day) AS its
"""
ROUNDS, SETTLING, CALLS, PUSHES, PUSHED = 60, 5, 15, 5, 5_000
LISTED = 25  # metrics on a page
SUMMED = 10
PAGES = {
    "the circle": "/", "list of metrics": "/metrics/", "a mean": "/metrics/1/", "a percentile": "/metrics/2/",
    "list of measurements": "/measurements/", "its last page": "/measurements/?before=end",
    "in the very middle": "/measurements/?after={middle}", "by metric": "/measurements/?q=metric+77",
    "by metric, in the middle": "/measurements/?q=metric+77&after={middle}",
    "by function": "/measurements/?function=7", "by kind": "/measurements/?kind=level",
    "by day": "/measurements/?period_end_after=2026-01-01", "by source": "/measurements/?source=press",
    "by external id": "/measurements/?external_id=m+4711", "of all revisions": "/measurements/?revision=all",
    "corrected ones": "/measurements/?revision=corrected",
    **{
        f"sorted by {column}, in the middle": f"/measurements/?sort={column}&after={{middle}}"
        for column in ("metric", "-function", "source", "-part", "created_at")
    },
}  # fmt: skip


def main(stage: str, asked: str = "100000000") -> None:
    """`load` so many, or `measure` one of the parts."""
    if stage == "load":
        load(int(asked))
    else:
        print(json.dumps(PARTS[asked]()))


def load(count: int) -> None:
    world = World(ANSWERS_OF_IT, timezone.now().date())
    whole.load(world)
    for statement in LOADING:
        sql.run(statement)
    sql.run("UPDATE metrics_metric SET kind = 'duration', percentile = 90 WHERE id %% 2 = 0")
    sql.run(f"TRUNCATE {TABLE} CASCADE")
    with without_indexes(TABLE):
        for first in range(1, count + 1, AT_ONCE):
            last = min(count, first + AT_ONCE - 1)
            statement = MEASURED.format(metrics=REQUIREMENTS, hour=HOUR, days=DAYS)
            sql.run(statement, [first, last, world.today, count, count])
            print(f"{last:,} of {count:,} measurements", file=sys.stderr, flush=True)
    whole.restart_ids()
    sql.run(f"VACUUM (ANALYZE) {TABLE}")


@contextmanager
def without_indexes(table: str) -> Iterator[None]:
    """Fill a table without its indexes and constraints of uniqueness, then make them as they were."""
    constraints = sql.fetch(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass "
        "AND contype IN ('p', 'u', 'f') ORDER BY contype", [table],
    )  # fmt: skip
    for name, _definition in constraints:
        sql.run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
    indexes = sql.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table])
    for name, _definition in indexes:
        sql.run(f'DROP INDEX "{name}"')
    yield
    made = [(name, definition) for name, definition in indexes]
    made += [(name, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {its}') for name, its in reversed(constraints)]
    for name, statement in made:
        sql.run(statement)
        print(f"{name}: made", file=sys.stderr, flush=True)


def rebuilt() -> dict[str, object]:
    started = perf_counter()
    rebuild(now=timezone.now())
    return {"rebuild_s": perf_counter() - started, "sizes": sizes()}


def sampled(measure: Callable[[Samples, random.Random], None]) -> Callable[[], dict[str, object]]:
    def part() -> dict[str, object]:
        samples: Samples = defaultdict(list)
        measure(samples, random.Random(SEED))
        return {"samples": in_ms(samples)}

    return part


def seen(samples: Samples, _chance: random.Random) -> None:
    with full_doors() as call:
        pages(samples, call, person()["page"])


def pushed(samples: Samples, _chance: random.Random) -> None:
    with full_doors() as call:
        pushes(samples, call, person()["api"])


def sums(samples: Samples, chance: random.Random) -> None:
    for metric in chance.sample(range(1, REQUIREMENTS + 1), SUMMED):
        timed(samples, "days of a metric", lambda metric=metric: fold_days(days={}, whole=[metric]))
    levels(samples, chance)


def written(samples: Samples, chance: random.Random) -> None:
    for kind, metrics in (("level", range(1, REQUIREMENTS + 1, 2)), ("duration", range(2, REQUIREMENTS + 1, 2))):
        new_measurements(samples, kind, chance.sample(metrics, ROUNDS + SETTLING))


def levels(samples: Samples, chance: random.Random) -> None:
    """A page of metrics from the sums of days, and from the measurements, as where a marker waits."""
    today = program_day(timezone.now())
    for _turn in range(CALLS):
        metrics = list(Metric.objects.filter(pk__in=chance.sample(range(1, REQUIREMENTS + 1), LISTED)))
        kept = timed(samples, "levels from days", lambda m=metrics: measured_levels(metrics=m, as_of=today))
        with transaction.atomic():
            mark_days(days=[(metric.pk, today) for metric in metrics])
            measured = timed(
                samples, "levels from measurements", lambda m=metrics: measured_levels(metrics=m, as_of=today)
            )
            transaction.set_rollback(True)
        if kept != measured:
            sys.exit("The sums of days give other levels than the measurements.")


def new_measurements(samples: Samples, kind: str, metrics: list[int]) -> None:
    today = program_day(timezone.now())
    kept: Samples = defaultdict(list)
    for turn, metric in enumerate(metrics):
        into = samples if turn >= SETTLING else kept
        hours = hours_that_move(metric, 1) if kind == "level" else 9
        timed(into, f"{kind}: bare insert", lambda m=metric: record_measurement(m, 9, today, marked=False, kind=kind))
        mark_days(days=[(metric, today)])
        now_drained()
        started = perf_counter()
        record_measurement(metric, hours, today, marked=True, kind=kind)
        drain_markers(as_of=timezone.now())
        into[f"{kind}: to every score"].append(perf_counter() - started)


def pages(samples: Samples, call: Call, headers: dict[str, str]) -> None:
    ((newest,),) = sql.fetch(f"SELECT MAX(id) FROM {TABLE}")
    for turn in range(SETTLING + CALLS):
        into: Samples = samples if turn >= SETTLING else defaultdict(list)
        for name, path in PAGES.items():
            asked = path.format(middle=newest // 2)
            timed(into, f"page: {name}", lambda asked=asked: right(call(asked, **headers)))
    print("pages: measured", file=sys.stderr, flush=True)


def pushes(samples: Samples, call: Call, headers: dict[str, str]) -> None:
    """5,000 by the API, by plain SQL, and by plain SQL into an empty table of the same shape: a newest partition."""
    newest = "measured_this_month"
    sql.run(f"CREATE TABLE {newest} (LIKE {TABLE} INCLUDING ALL)")
    ways = {
        "push: API": lambda items: push_by_api(items, call, headers),
        "push: plain SQL": push_by_sql,
        "push: plain SQL, an empty table": lambda items: push_by_sql(items, table=newest),
    }
    for turn in range(PUSHES):
        for name, push in ways.items():
            items = new_items(f"{name} {turn}", PUSHED)
            timed(samples, name, lambda push=push, items=items: push(items))
    sql.run(f"DROP TABLE {newest}")


def sizes() -> dict[str, float]:
    """Return GB of the two tables and of all of their indexes."""
    rows = sql.fetch(
        "SELECT relname, pg_relation_size(oid) / 1e9, pg_indexes_size(oid) / 1e9 FROM pg_class "
        "WHERE relname IN ('metrics_measurement', 'metrics_daysum')"
    )
    found = {name: float(size) for name, size, _ in rows}
    return found | {"indexes": sum(float(size) for *_, size in rows)}


# One process each, so that a run that is stopped keeps what it measured.
PARTS: dict[str, Callable[[], dict[str, object]]] = {
    "rebuild": rebuilt, "pages": sampled(seen), "sums": sampled(sums), "pushes": sampled(pushed),
    "writes": sampled(written),
}  # fmt: skip
