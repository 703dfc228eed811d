"""Writing the headlines: only what changed, each with the run that changed it."""

from collections.abc import Mapping
from typing import Any

from gap_scores.models import FunctionScore
from gap_scores.workings import (
    FUNCTION_COLUMNS,
    REQUIREMENT_COLUMNS,
    Clock,
    Headline,
    Own,
    Reached,
    active_ids,
    kept_above,
    owns_of,
    reached,
    supply_links,
)
from web import sql

OWN = len(Own._fields)
FUNCTION_SCORE = "gap_scores_functionscore"
KEPT = f"SELECT {', '.join(FUNCTION_COLUMNS[:-1])} FROM {FUNCTION_SCORE}"


def write_requirements(kept: Mapping[int, Headline], now: Mapping[int, Headline], *, run: int) -> set[int]:
    """Write the headlines that changed; return their requirements."""
    put = [(each, *headline, run) for each, headline in now.items() if kept.get(each) != headline]
    sql.upsert("gap_scores_requirementscore", REQUIREMENT_COLUMNS, ("requirement_id",), put)
    return {row[0] for row in put}


def derive_functions(generation: int, changed: set[int] | None, *, clock: Clock, run: int) -> set[int]:
    """Work out the own gaps above these requirements (None: all) and then the circle; return what changed."""
    ids = active_ids()
    kept = {row[0]: row[1:] for row in sql.fetch(KEPT)}
    redo = set(ids) if changed is None else set(ids) - kept.keys()
    above = kept_above(changed or (), redo)
    redo |= above.functions & set(ids)
    owns = owns_of(generation, redo, above.owners, above.headlines, clock)
    owns |= {each: Own(*kept[each][:OWN]) for each in ids if each not in redo}
    arrivals = reached(owns, supply_links(ids))
    now = {each: (*owns[each], *_as_stored(arrivals[each])) for each in ids}
    put = [each for each in ids if kept.get(each) != now[each]]
    sql.upsert(FUNCTION_SCORE, FUNCTION_COLUMNS, ("function_id",), [(each, *now[each], run) for each in put])
    gone = kept.keys() - set(ids)
    if gone:
        FunctionScore.objects.filter(pk__in=gone).delete()
    return set(put) | gone


def _as_stored(arrival: Reached) -> tuple[Any, ...]:
    """Return the columns with the lists as JSON text, as they are compared: parsing costs more than the circle.

    A list of whole numbers is written alike in JSON and in Python, which is ten times as fast at it.
    """
    return *arrival[:-2], str(arrival.tied), str(arrival.path)
