"""Plain SQL that both databases speak; only the lock and the bulk copy differ."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import connection, transaction

LOCK: Final = 815_001
MAX_PARAMETERS: Final = 30_000

Row = tuple[Any, ...]
T = TypeVar("T")
Progress = Callable[[int, int], None]  # (done, total) of something long


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


def take_lock() -> None:
    """Serialise drains. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@contextmanager
def exclusive() -> Iterator[None]:
    """Keep every drain away for longer than one transaction."""
    if connection.vendor != "postgresql":
        # One transaction of SQLite keeps every other writer away by itself.
        yield
        return
    run("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        run("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read one committed state, whatever others commit meanwhile; inside a transaction that one decides.

    A read only transaction: on SQLite a deferred one, because Django's own would take the writers' lock.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        run("BEGIN DEFERRED")
        try:
            yield
        finally:
            run("COMMIT")


def fetch(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def run(sql: str, parameters: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def values_list(rows: Sequence[Row]) -> tuple[str, list[Any]]:
    """Return ('(%s, %s), (%s, %s)', parameters) for a VALUES clause."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    return ", ".join([one] * len(rows)), [value for row in rows for value in row]


def fetch_by_keys(sql: str, keys: Sequence[Row], before: Sequence[Any] = ()) -> list[Row]:
    """Run `sql`, which holds {keys} for the VALUES of its first CTE, in batches that fit the parameter limit."""
    rows: list[Row] = []
    if not keys:
        return rows
    for batch in batches(keys, MAX_PARAMETERS // len(keys[0])):
        clause, parameters = values_list(batch)
        rows += fetch(sql.format(keys=clause), [*parameters, *before])
    return rows


def run_by_keys(sql: str, keys: Sequence[Row], before: Sequence[Any] = ()) -> None:
    if not keys:
        return
    for batch in batches(keys, MAX_PARAMETERS // len(keys[0])):
        clause, parameters = values_list(batch)
        run(sql.format(keys=clause), [*parameters, *before])


def upsert(table: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows; one that exists by its key gets the new values."""
    if not rows:
        return
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    for batch in batches(rows, MAX_PARAMETERS // len(columns)):
        clause, parameters = values_list(batch)
        run(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {clause} "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}",
            parameters,
        )


def insert_many(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write new rows as fast as the database takes them."""
    if connection.vendor == "postgresql":
        _copy(table, columns, rows)
        return
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        for batch in batches(rows, 5_000):
            cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", batch)


def _copy(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        for batch in batches(rows, 20_000):
            lines = "".join("\t".join(_field(value) for value in row) + "\n" for row in batch)
            cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", io.StringIO(lines))


def _field(value: Any) -> str:
    """Return a value in COPY's text form; the projection's text columns hold codes without tabs or backslashes."""
    return "\\N" if value is None else str(value)
