"""Ways to build wrongly what keeps writes and scores. Each is what somebody might write one day; tests must notice it.

A worker process gets one by SABOTAGE and a slow motion by SLOW_SECONDS: tests/faults/broken_app.py.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol

import psycopg2
from django.db import connection, transaction
from django.utils import timezone

from gap_scores import derive, rebuilding, services, store
from gap_scores.models import ProjectionState
from jobs import bell, clock, outbox
from metrics import services as metrics_services
from metrics import storing
from quality_program import listening
from scoring.sums import epoch_of
from web import repeats, sql

CLAIM = (
    "DELETE FROM jobs_marker WHERE id IN (SELECT id FROM jobs_marker {where} ORDER BY id LIMIT %s {locking}) "
    "RETURNING id, kind, key1, key2"
)


class Patch(Protocol):
    """`setattr`, or pytest's `monkeypatch.setattr`, which takes itself back."""

    def __call__(self, target: Any, name: str, value: Any) -> None: ...


def claim_commits_first(patch: Patch) -> None:
    """The markers are deleted before what they ask for is committed."""

    def claim(limit: int) -> list[sql.Row]:
        with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
            cursor.execute(CLAIM.format(where="", locking=""), [limit])
            return [row[1:] for row in cursor.fetchall()]

    patch(services, "_claim", claim)


def side_by_side(patch: Patch) -> None:
    """No lock: each worker takes the markers that no other holds."""

    def claim(limit: int) -> list[sql.Row]:
        return [row[1:] for row in sql.fetch(CLAIM.format(where="", locking="FOR UPDATE SKIP LOCKED"), [limit])]

    def state(today: Any) -> services.State:
        defaults = {"as_of": today, "epoch": epoch_of(today)}
        its = ProjectionState.objects.get_or_create(pk=ProjectionState.ONLY, defaults=defaults)[0]
        return services.State(its.generation, its.as_of, its.epoch, its.run_id)

    # The lock is taken with the state, so another way to read the state goes without it.
    patch(services, "_state", state)
    patch(services, "_claim", claim)


def deltas(patch: Patch) -> None:
    """A marker means 'add this', not 'work this out anew'."""

    def nothing_before(generation: int, units: Sequence[Any]) -> dict[Any, dict[Any, Any]]:
        return {unit: {} for unit in units}

    patch(store, "ledger_of_units", nothing_before)


def high_water_mark(patch: Patch) -> None:
    """Only markers newer than the newest one ever folded are looked at."""
    folded_to = [0]

    def claim(limit: int) -> list[sql.Row]:
        where = f"WHERE id > {folded_to[0]}"
        rows = sql.fetch(CLAIM.format(where=where, locking=""), [limit])
        folded_to[0] = max([folded_to[0], *(row[0] for row in rows)])
        return [row[1:] for row in rows]

    patch(services, "_claim", claim)


def one_flag(patch: Patch) -> None:
    """Markers are a flag: put down when the work is done, whoever raised it meanwhile."""
    fold = services._fold

    def claim(limit: int) -> list[sql.Row]:
        return sql.fetch("SELECT kind, key1, key2 FROM jobs_marker ORDER BY id LIMIT %s", [limit])

    def fold_and_put_down(*args: Any) -> None:
        fold(*args)
        sql.fetch("DELETE FROM jobs_marker RETURNING id", [])

    patch(services, "_claim", claim)
    patch(services, "_fold", fold_and_put_down)


def unsorted(patch: Patch) -> None:
    """Rows are inserted as they come: every second sender has them the other way round."""
    insert, steps = storing.insert_new, itertools.cycle((1, -1))

    def insert_as_they_come(rows: Sequence[Any], **others: Any) -> dict[str, int]:
        return insert(list(rows)[:: next(steps)], **others)

    patch(metrics_services, "insert_new", insert_as_they_come)


def no_key(patch: Patch) -> None:
    """An Idempotency-Key is read and not kept."""
    patch(repeats, "answer_once", lambda *, act, **call: (act(), False))


def broker_only(patch: Patch) -> None:
    """Nobody listens to the database: what the broker forgets is never folded."""
    patch(listening.Listener, "start", lambda self: None)
    patch(listening.Listener, "stop", lambda self: None)


def deaf(patch: Patch) -> None:
    """The listener hears no ring and waits for its patience to end."""

    def hear(patience: timedelta) -> bool:
        time.sleep(patience.total_seconds())
        return False

    patch(bell, "hear", hear)


def own_clock(patch: Patch) -> None:
    """Each worker goes by the clock of its machine."""
    patch(clock, "database_now", timezone.now)


def unguarded_pieces(patch: Patch) -> None:
    """Pieces of a rebuild are worked out while drains run."""
    patch(rebuilding, "take_shared_lock", lambda: None)


def claim_commits_with_the_answer(patch: Patch) -> None:
    """A letter is claimed in the transaction that ends when the mail server has answered."""
    patch(outbox, "_send", transaction.atomic(outbox._send))


SABOTAGES: dict[str, Callable[[Patch], None]] = {
    each.__name__: each
    for each in (
        claim_commits_first, side_by_side, deltas, high_water_mark, one_flag, unsorted, no_key, broker_only, deaf,
        own_clock, unguarded_pieces, claim_commits_with_the_answer,
    )
}  # fmt: skip


def slow_down(patch: Patch, seconds: float) -> None:
    """Wait in the middle of a drain, between reading the headlines of requirements and writing those of functions, and
    in the middle of a rebuild's piece, between working it out and writing it.
    """

    def waiting_after(read: Callable[..., Any]) -> Callable[..., Any]:
        def read_and_wait(*args: Any, **options: Any) -> Any:
            found = read(*args, **options)
            time.sleep(seconds)
            return found

        return read_and_wait

    patch(derive, "kept_above", waiting_after(derive.kept_above))
    patch(rebuilding, "requirement_states", waiting_after(rebuilding.requirement_states))
