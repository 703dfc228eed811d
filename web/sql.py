"""Plain SQL that both databases speak, for what is read and written by the thousand."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from types import NoneType
from typing import Any, Final, TypeVar

from django.apps import apps
from django.db import DatabaseError, InterfaceError, OperationalError, connection

MAX_PARAMETERS: Final = 30_000

Row = tuple[Any, ...]
T = TypeVar("T")


def fetch(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def is_for_want_of_database(error: BaseException | None) -> bool:
    """Return whether the database is away or too busy, so that the same may be tried again.

    Where a connection breaks in mid-answer, libpq may have no words for it: the driver's error is then of no kind at
    all. Django raises that kind itself too, of a row that is gone, but never from an error of the driver's.
    """
    is_of_no_kind = type(error) is DatabaseError and error.__cause__ is not None
    return isinstance(error, OperationalError | InterfaceError) or is_of_no_kind


def marks(values: Collection[object]) -> str:
    """Return '%s, %s': a place for each value of a list that stands in brackets."""
    return ", ".join(["%s"] * len(values))


def run_all(*statements: tuple[str, Sequence[Any]]) -> None:
    """Run statements one after the other, in one round trip where the database takes several at once."""
    if connection.vendor == "postgresql":
        run("; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
        return
    for sql, parameters in statements:
        run(sql, parameters)


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
    """Run `sql`, in which {keys} stands for a table of integer keys, in batches that fit the parameter limit."""
    rows: list[Row] = []
    for batch in _batches_of_keys(keys):
        clause, parameters = table_of(batch)
        rows += fetch(sql.format(keys=clause), [*parameters, *before])
    return rows


def run_by_keys(sql: str, keys: Sequence[Row], before: Sequence[Any] = ()) -> None:
    for batch in _batches_of_keys(keys):
        clause, parameters = table_of(batch)
        run(sql.format(keys=clause), [*parameters, *before])


def _batches_of_keys(keys: Sequence[Row]) -> Iterator[list[Row]]:
    return batches(keys, MAX_PARAMETERS // len(keys[0])) if keys else iter(())


def table_of(rows: Sequence[Row]) -> tuple[str, list[Any]]:
    """Return a table of integers as what stands in a WITH, and its parameters."""
    if connection.vendor == "postgresql":
        return f"SELECT * FROM unnest({', '.join(['%s::bigint[]'] * len(rows[0]))})", list(_arrays(rows))
    clause, parameters = values_list(rows)
    return f"VALUES {clause}", parameters


def insert(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows, none of which exists."""
    for statement, parameters in _inserts(table, columns, rows, ""):
        run(statement, parameters)


def upsert(table: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows; one that exists by its key gets the new values."""
    changes = {name: f"excluded.{name}" for name in columns if name not in key}
    for statement, parameters in _inserts(table, columns, rows, _on_conflict(key, changes)):
        run(statement, parameters)


def merge(
    table: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[Row], changes: Mapping[str, str]
) -> list[Row]:
    """Write rows; in one that exists each column becomes what its expression says. Return them as they are now."""
    return _fetch_inserted(table, columns, rows, _on_conflict(key, changes), columns)


def insert_new(table: str, columns: Sequence[str], rows: Sequence[Row], returning: Sequence[str]) -> list[Row]:
    """Write the rows that break no uniqueness; return columns of those that were written.

    Only RETURNING tells without a race which they were, and Django's ignore_conflicts does not ask for it.
    """
    return _fetch_inserted(table, columns, rows, "ON CONFLICT DO NOTHING", returning)


def _on_conflict(key: Sequence[str], changes: Mapping[str, str]) -> str:
    change = ", ".join(f"{name} = {expression}" for name, expression in changes.items())
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {change}"


def _fetch_inserted(
    table: str, columns: Sequence[str], rows: Sequence[Row], tail: str, returning: Sequence[str]
) -> list[Row]:
    return [
        row
        for statement, parameters in _inserts(table, columns, rows, f"{tail} RETURNING {', '.join(returning)}")
        for row in fetch(statement, parameters)
    ]


def _inserts(table: str, columns: Sequence[str], rows: Sequence[Row], tail: str) -> Iterator[tuple[str, list[Any]]]:
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    if connection.vendor == "postgresql":
        # One array per column: PostgreSQL parses thousands of single values three times as long.
        if rows:
            yield f"{into} {_unnest(table, columns)} {tail}", list(_arrays(rows))
        return
    for batch in batches(rows, MAX_PARAMETERS // len(columns)):
        clause, parameters = values_list(batch)
        yield f"{into} VALUES {clause} {tail}", parameters


def _unnest(table: str, columns: Sequence[str]) -> str:
    types = column_types(table)
    return f"SELECT * FROM unnest({', '.join(f'%s::{types[name]}[]' for name in columns)})"


@cache
def column_types(table: str) -> dict[str, str]:
    (model,) = (model for model in apps.get_models() if model._meta.db_table == table)  # noqa: SLF001
    fields = model._meta.concrete_fields  # noqa: SLF001
    return {field.column: field.db_type(connection) or "" for field in fields if field.column}


def _arrays(rows: Sequence[Row]) -> list[str]:
    return ["{" + _elements(column) + "}" for column in zip(*rows, strict=True)]


def _elements(column: Row) -> str:
    kinds = set(map(type, column))
    if kinds <= {int, float, NoneType}:
        # Most columns are numbers, and Python writes a list of them ten times as fast as one by one.
        return repr(list(column))[1:-1].replace("None", "NULL")
    if kinds == {str}:
        joined = '","'.join(column)
        if "\\" not in joined and joined.count('"') == 2 * (len(column) - 1):
            return f'"{joined}"'
    return ",".join(map(_element, column))


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str | datetime):
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
