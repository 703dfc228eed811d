"""The counted answers of requirements added up in the database, each weighed as the sums weigh it.

What is worked out from all that was stated needs no answer by itself: those that differ only in customer, day or
stratum are one row, however many there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection

from gap_scores.fold import Frame
from gap_scores.levels import Levels
from gap_scores.scopes import Segment, part_of
from gap_scores.store import LEDGER
from scoring.sums import factors_of
from web import sql

BY_COUNTRY = "country"
AT_ONCE = 1_000  # requirements


class Asked(NamedTuple):
    """A requirement whose answers are added up, with the months in which an answer loses half its weight."""

    requirement: int
    half_life: int


class Weighed(NamedTuple):
    """Answers that are alike. stratum: one of those that they were given in, which the same parts of metrics serve;
    country: '' where no level is broken down by it; weight: exact, in the unit of the sums."""

    product: int
    stratum: int
    country: str
    level: int | None
    felt: int
    weight: int


def weighed_answers(
    generation: int,
    asked: Sequence[Asked],
    *,
    strata: Mapping[int, Segment],
    levels: Mapping[int, Levels],
    frame: Frame,
) -> dict[int, list[Weighed]]:
    """Return the counted answers of these requirements that were given in these strata, added up (2 queries for each
    thousand of them)."""
    found: defaultdict[int, list[Weighed]] = defaultdict(list)
    weights = sorted({frame.weight(stratum) for stratum in strata})
    alike = [(*row, weights.index(frame.weight(row[0]))) for row in alike_strata(strata, levels.values(), frame)]
    for some in sql.batches(asked if strata else (), AT_ONCE):
        months = _months(generation, some)
        factors = [
            (month, half_life, at, factors_of(month=month, epoch=frame.epoch, half_life=half_life, h=h)[0])
            for half_life in sorted({each.half_life for each in some})
            for at, h in enumerate(weights)
            for month in months
        ]
        keys = [(*each, int(_is_by_country(levels.get(each.requirement)))) for each in some]
        for row in _added_up(generation, keys, alike, factors) if factors else ():
            requirement, product, stratum, country, level, felt, weight = row
            found[requirement].append(Weighed(product, stratum, country, level, felt, int(weight)))
    return dict(found)


def _counted(generation: int, requirements: Sequence[int]) -> tuple[str, sql.Row]:
    """Return the condition of counted answers `l`, and its parameters.

    The requirements are a list and no table, so that the key's index serves where they are few.
    """
    which = f"l.generation = %s AND l.requirement_id IN ({sql.marks(requirements)}) AND l.b > 0"
    return which, (generation, *requirements)


def _months(generation: int, asked: Sequence[Asked]) -> range:
    """Return the numbers of the months from the first to the last answer."""
    which, values = _counted(generation, [each.requirement for each in asked])
    ends = f"SELECT {_month('MIN(l.day)')}, {_month('MAX(l.day)')} FROM {LEDGER} l WHERE {which}"
    ((first, last),) = sql.fetch(ends, values)
    return range(0) if first is None else range(first, last + 1)


def _added_up(
    generation: int, keys: Sequence[sql.Row], alike: Sequence[sql.Row], factors: Sequence[sql.Row]
) -> list[sql.Row]:
    (key_table, key_values), (strata_table, strata_values), (factor_table, factor_values) = (
        sql.table_of(its) for its in (keys, alike, factors)
    )
    which, values = _counted(generation, [requirement for requirement, *_ in keys])
    with _by_hashing():
        return sql.fetch(
            f"WITH k(r, half_life, by_country) AS ({key_table}), s(id, alike, h) AS ({strata_table}), "
            f"f(month, half_life, h, factor) AS ({factor_table}) "
            "SELECT l.requirement_id, l.product_id, s.alike, CASE WHEN k.by_country = 1 THEN l.country ELSE '' END, "
            "l.level, l.felt, SUM(l.a * f.factor) "
            f"FROM {LEDGER} l JOIN k ON k.r = l.requirement_id JOIN s ON s.id = l.stratum_id "
            f"JOIN f ON f.month = {_month('l.day')} AND f.half_life = k.half_life AND f.h = s.h "
            f"WHERE {which} GROUP BY 1, 2, 3, 4, 5, 6",
            [*key_values, *strata_values, *factor_values, *values],
        )


@contextmanager
def _by_hashing() -> Iterator[None]:
    """Have PostgreSQL join and group by hashing, inside the caller's transaction.

    Of the small tables it knows nothing, and takes what they are joined to for a few rows: it would go through them
    once an answer, or sort all answers on disk.
    """
    if connection.vendor != "postgresql":
        yield
        return
    ways = ("nestloop", "mergejoin", "sort")
    sql.run("; ".join(f"SET LOCAL enable_{way} = off" for way in ways))
    yield
    sql.run("; ".join(f"SET LOCAL enable_{way} TO DEFAULT" for way in ways))


def alike_strata(strata: Mapping[int, Segment], levels: Iterable[Levels], frame: Frame) -> list[tuple[int, int]]:
    """Return each stratum with the first one that weighs the same and is served by the same parts of metrics."""
    breakdowns = sorted({row.breakdown for its in levels for row in its.rows.values()} - {"", BY_COUNTRY})
    first: dict[tuple[object, ...], int] = {}
    found = []
    for stratum, segment in sorted(strata.items()):
        parts = tuple(part_of(each, segment=segment, country="") for each in breakdowns)
        found.append((stratum, first.setdefault((frame.weight(stratum), *parts), stratum)))
    return found


def _is_by_country(levels: Levels | None) -> bool:
    return levels is not None and any(row.breakdown == BY_COUNTRY for row in levels.rows.values())


def _month(day: str) -> str:
    """Return a day's month number in SQL."""
    if connection.vendor == "postgresql":
        return f"(EXTRACT(YEAR FROM {day})::int * 12 + EXTRACT(MONTH FROM {day})::int - 1)"
    return f"(CAST(strftime('%%Y', {day}) AS INTEGER) * 12 + CAST(strftime('%%m', {day}) AS INTEGER) - 1)"
