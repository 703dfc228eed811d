"""Reading and writing the ledger and the score rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from django.db import DataError, connection

from gap_scores.evidence import Unit
from gap_scores.scopes import Key
from scoring.errors import ScoringError
from scoring.sums import TOO_LARGE, VECTOR, LedgerRow
from web import sql

LEDGER = "gap_scores_ledgerentry"
LEDGER_COLUMNS = (
    "generation", "requirement_id", "customer_id", "product_id", "contact_id", "stratum_id", "country", "day", "level",
    "scale_version_id", "felt", "felt_rule", "states", "weight", "a", "b", "a_requirement", "a_product",
)  # fmt: skip
LEDGER_KEY = LEDGER_COLUMNS[:5]
SCORE = "gap_scores_gapscore"
PRESENCE = ("customers", "weight_heard", "weight_not_applicable")
SUM_COLUMNS = (*PRESENCE, *VECTOR)
SCORE_COLUMNS = ("generation", "requirement_id", "kind", "k1", "k2", *SUM_COLUMNS, "newest_on")
SCORE_KEY = SCORE_COLUMNS[:5]
_ROW = ", ".join(
    f"l.{name}"
    for name in ("product_id", "contact_id", "stratum_id", "country", "day", "level", "scale_version_id", "felt",
                 "felt_rule", "states", "weight", "a", "b", "a_requirement", "a_product")
)  # fmt: skip


Span = tuple[int, int]  # signed levels, both ends included
ANY_LEVEL: Final[Span] = (-(2**63), 2**63 - 1)


class ScoreRow(NamedTuple):
    """The sums of one scope: presence of customers, then the vector, then the newest day."""

    sums: tuple[int, ...]
    newest_on: date


def ledger_of_units(generation: int, units: Sequence[Unit]) -> dict[Unit, dict[tuple[int, int], LedgerRow]]:
    rows = sql.fetch_by_keys(
        f"WITH k(c, r) AS ({{keys}}) SELECT l.customer_id, l.requirement_id, {_ROW} FROM k "
        f"JOIN {LEDGER} l ON l.generation = %s AND l.requirement_id = k.r AND l.customer_id = k.c",
        units,
        [generation],
    )
    found: dict[Unit, dict[tuple[int, int], LedgerRow]] = {unit: {} for unit in units}
    for customer, requirement, *rest in rows:
        row = LedgerRow(*rest)
        found[customer, requirement][row.product, row.contact] = row
    return found


def ledger_of_requirement(generation: int, requirement: int) -> dict[int, dict[tuple[int, int], LedgerRow]]:
    """Return the ledger of one requirement by customer."""
    return ledger_of_requirements(generation, [requirement])[requirement]


def ledger_of_requirements(
    generation: int, requirements: Sequence[int]
) -> dict[int, dict[int, dict[tuple[int, int], LedgerRow]]]:
    """Return the ledgers of requirements, each by customer (1 query)."""
    rows = sql.fetch_by_keys(
        f"WITH k(r) AS ({{keys}}) SELECT l.requirement_id, l.customer_id, {_ROW} FROM k "
        f"JOIN {LEDGER} l ON l.generation = %s AND l.requirement_id = k.r",
        [(each,) for each in requirements],
        [generation],
    )
    found: dict[int, dict[int, dict[tuple[int, int], LedgerRow]]] = {each: defaultdict(dict) for each in requirements}
    for requirement, customer, *rest in rows:
        row = LedgerRow(*rest)
        found[requirement][customer][row.product, row.contact] = row
    return found


def ledger_with_levels(generation: int, requirement: int, spans: Mapping[int, Span]) -> list[LedgerRow]:
    """Return the rows of a requirement that state a level, of each product those inside its span."""
    rows = sql.fetch_by_keys(
        f"WITH k(p, lo, hi) AS ({{keys}}) SELECT {_ROW} FROM k JOIN {LEDGER} l ON l.generation = %s "
        "AND l.requirement_id = %s AND l.product_id = k.p AND l.level BETWEEN k.lo AND k.hi",
        [(product, *span) for product, span in spans.items()],
        [generation, requirement],
    )
    return [LedgerRow(*row) for row in rows]


def ledger_values(generation: int, requirement: int, customer: int, row: LedgerRow) -> sql.Row:
    return (generation, requirement, customer, *row)


def put_ledger(generation: int, rows: Iterable[tuple[Unit, LedgerRow]]) -> None:
    values = [ledger_values(generation, requirement, customer, row) for (customer, requirement), row in rows]
    sql.upsert(LEDGER, LEDGER_COLUMNS, LEDGER_KEY, values)


def delete_ledger(generation: int, keys: Sequence[tuple[int, int, int, int]]) -> None:
    """Delete ledger rows by (requirement, customer, product, contact)."""
    sql.run_by_keys(
        f"DELETE FROM {LEDGER} WHERE (requirement_id, customer_id, product_id, contact_id) IN ({{keys}}) "
        "AND generation = %s",
        keys,
        [generation],
    )


def score_rows(generation: int, keys: Sequence[Key]) -> dict[Key, ScoreRow]:
    columns = ", ".join(f"s.{name}" for name in SCORE_COLUMNS[1:])
    rows = sql.fetch_by_keys(
        f"WITH k(r, i, x, y) AS ({{keys}}) SELECT {columns} FROM k JOIN {SCORE} s "
        "ON s.generation = %s AND s.requirement_id = k.r AND s.kind = k.i AND s.k1 = k.x AND s.k2 = k.y",
        keys,
        [generation],
    )
    return {Key(*row[:4]): ScoreRow(tuple(row[4:-1]), row[-1]) for row in rows}


def score_rows_of_requirement(generation: int, requirement: int) -> dict[Key, ScoreRow]:
    columns = ", ".join(SCORE_COLUMNS[1:])
    rows = sql.fetch(
        f"SELECT {columns} FROM {SCORE} WHERE generation = %s AND requirement_id = %s", [generation, requirement]
    )
    return {Key(*row[:4]): ScoreRow(tuple(row[4:-1]), row[-1]) for row in rows}


def score_values(generation: int, key: Key, row: ScoreRow) -> sql.Row:
    return (generation, *key, *row.sums, row.newest_on)


def put_scores(generation: int, rows: dict[Key, ScoreRow]) -> None:
    sql.upsert(SCORE, SCORE_COLUMNS, SCORE_KEY, [score_values(generation, key, row) for key, row in rows.items()])


def add_to_scores(generation: int, changes: Mapping[Key, ScoreRow]) -> dict[Key, ScoreRow]:
    """Add to the sums of score rows, made where there were none; return them as they are now."""
    latest = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    merged = {name: f"{SCORE}.{name} + excluded.{name}" for name in SUM_COLUMNS}
    merged["newest_on"] = f"{latest}({SCORE}.newest_on, excluded.newest_on)"
    values = [score_values(generation, key, row) for key, row in changes.items()]
    try:
        rows = sql.merge(SCORE, SCORE_COLUMNS, SCORE_KEY, values, merged)
    except DataError as error:
        raise ScoringError(TOO_LARGE) from error
    return {Key(*row[1:5]): ScoreRow(tuple(row[5:-1]), row[-1]) for row in rows}


def delete_scores(generation: int, keys: Sequence[Key]) -> None:
    sql.run_by_keys(
        f"DELETE FROM {SCORE} WHERE (requirement_id, kind, k1, k2) IN ({{keys}}) AND generation = %s",
        keys,
        [generation],
    )


def newest_days(generation: int, requirements: Sequence[int]) -> list[tuple[int, int, int, date]]:
    """Return (requirement, product, stratum, newest day) of every leaf of these requirements."""
    marks = sql.marks(requirements)
    return [
        (row[0], row[1], row[2], row[3])
        for row in sql.fetch(
            f"SELECT requirement_id, product_id, stratum_id, MAX(day) FROM {LEDGER} "
            f"WHERE generation = %s AND requirement_id IN ({marks}) GROUP BY requirement_id, product_id, stratum_id",
            [generation, *requirements],
        )
    ]


def delete_requirement(requirement: int) -> None:
    """Delete everything kept of a requirement, in every generation."""
    for table in (LEDGER, SCORE):
        sql.run(f"DELETE FROM {table} WHERE requirement_id = %s", [requirement])


def delete_generation(generation: int) -> None:
    for table in (LEDGER, SCORE):
        sql.run(f"DELETE FROM {table} WHERE generation = %s", [generation])


def default_half_life() -> int:
    rows = sql.fetch("SELECT half_life_months FROM functions_program WHERE id = 1")
    return rows[0][0] if rows else 12


def ledger_of_customer(generation: int, customer: int, requirements: Sequence[int]) -> list[tuple[int, LedgerRow]]:
    """Return (requirement, row) of one customer; the requirements are named so that the key's index serves."""
    rows = sql.fetch_by_keys(
        f"WITH k(r) AS ({{keys}}) SELECT l.requirement_id, {_ROW} FROM k JOIN {LEDGER} l "
        "ON l.generation = %s AND l.requirement_id = k.r AND l.customer_id = %s ORDER BY l.requirement_id",
        [(each,) for each in requirements],
        [generation, customer],
    )
    return [(requirement, LedgerRow(*rest)) for requirement, *rest in rows]
