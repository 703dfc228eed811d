"""Who may write and what a reader sees: the one lock of the drains, and one snapshot over many statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from web import sql

LOCK: Final = 815_001

Progress = Callable[[int, int], None]  # (done, total) of something long


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


def take_lock() -> None:
    """Serialise drains. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.vendor == "postgresql":
        sql.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def take_shared_lock() -> None:
    """Keep drains away, not others that only keep drains away; whoever waits for the whole lock comes before them."""
    if connection.vendor == "postgresql":
        sql.run("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def fetch_locked(statement: str) -> list[sql.Row]:
    """Take the lock of the drains, then read: one round trip, and the reading sees what was committed before it."""
    if connection.vendor == "postgresql":
        return sql.fetch(f"SELECT pg_advisory_xact_lock({LOCK}); {statement}")
    return sql.fetch(statement)


@contextmanager
def exclusive() -> Iterator[None]:
    """Keep every drain away for longer than one transaction."""
    if connection.vendor != "postgresql":
        # One transaction of SQLite keeps every other writer away by itself.
        yield
        return
    sql.run("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        sql.run("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read one committed state, whatever others commit meanwhile; inside a transaction that one decides.

    A read only transaction: on SQLite a deferred one, because Django's own would take the writers' lock.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            sql.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        sql.run("BEGIN DEFERRED")
        try:
            yield
        finally:
            sql.run("COMMIT")
