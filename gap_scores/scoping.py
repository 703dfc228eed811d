"""The sums of a scope: kept rows where there are some, leaves added up where there are none."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from customers.models import Lifecycle
from gap_scores import store
from gap_scores.board import Scope
from gap_scores.evidence import all_strata
from gap_scores.scopes import INTERNAL, LIFECYCLES, Key, Kind, Segment, codes_of
from gap_scores.store import PRESENCE, ScoreRow
from web import sql

PRESENT = len(PRESENCE)
DIMENSIONS = {"industry": Kind.INDUSTRY, "region": Kind.REGION, "size_band": Kind.SIZE}
# Whether an answer says 'not applicable' and knows nothing: importance, level and perception are two bits each.
_NOT_APPLICABLE = (
    "CASE WHEN (states & 3) = 0 OR ((states >> 2) & 3) = 0 OR ((states >> 4) & 3) = 0 THEN 0 "
    "WHEN (states & 3) = 2 OR ((states >> 2) & 3) = 2 OR ((states >> 4) & 3) = 2 THEN 1 ELSE 0 END"
)


def scope_rows(generation: int, requirements: Sequence[int], scope: Scope) -> dict[int, ScoreRow]:
    """Return the sums of each requirement in a scope; one that nobody was heard about has no entry."""
    if key := kept_key(scope):
        rows = store.score_rows(generation, [key._replace(requirement=each) for each in requirements])
        return {key.requirement: row for key, row in rows.items()}
    if scope == Scope(lifecycle=""):
        return _all_but_internal(generation, requirements)
    return _from_leaves(generation, requirements, scope)


def kept_key(scope: Scope) -> Key | None:
    """Return under which key, of requirement 0, the sums of a scope are kept; None: leaves are to be added up."""
    if scope.product is not None or not scope.lifecycle:
        return None
    lifecycle = LIFECYCLES[Lifecycle(scope.lifecycle)]
    if not scope.dimension:
        return Key(0, Kind.LIFECYCLE, 0, lifecycle)
    segment = Segment(scope.lifecycle, "", "", "")._replace(**{scope.dimension: scope.value})
    code = getattr(codes_of(segment), scope.dimension)
    return Key(0, DIMENSIONS[scope.dimension], lifecycle, code)


def _all_but_internal(generation: int, requirements: Sequence[int]) -> dict[int, ScoreRow]:
    """An internal customer is never anything else, so taking its row from the whole leaves exact sums."""
    keys = [Key(each, Kind.REQUIREMENT, 0, 0) for each in requirements]
    inside = [Key(each, Kind.LIFECYCLE, 0, INTERNAL) for each in requirements]
    rows = store.score_rows(generation, keys + inside)
    found: dict[int, ScoreRow] = {}
    for key in keys:
        whole, internal = rows.get(key), rows.get(key._replace(kind=Kind.LIFECYCLE, k2=INTERNAL))
        if whole and internal:
            whole = ScoreRow(tuple(x - y for x, y in zip(whole.sums, internal.sums, strict=True)), whole.newest_on)
        if whole and whole.sums[PRESENT]:
            found[key.requirement] = whole
    return found


def strata_in(scope: Scope) -> set[int]:
    return {
        stratum
        for stratum, segment in all_strata().items()
        if (segment.lifecycle == scope.lifecycle if scope.lifecycle else segment.lifecycle != "internal")
        and (not scope.dimension or getattr(segment, scope.dimension) == scope.value)
    }


def _from_leaves(generation: int, requirements: Sequence[int], scope: Scope) -> dict[int, ScoreRow]:
    strata = strata_in(scope)
    if not strata or not requirements:
        return {}
    where, parameters = _where(generation, requirements, scope, strata, product="k1", stratum="k2")
    columns = ", ".join(("requirement_id", *store.SUM_COLUMNS, "newest_on"))
    rows = sql.fetch(f"SELECT {columns} FROM {store.SCORE} WHERE kind = {int(Kind.LEAF)} AND {where}", parameters)
    summed: dict[int, ScoreRow] = {}
    for requirement, *sums, newest_on in rows:
        so_far = summed.get(requirement)
        summed[requirement] = (
            ScoreRow(tuple(x + y for x, y in zip(so_far.sums, sums, strict=True)), max(so_far.newest_on, newest_on))
            if so_far
            else ScoreRow(tuple(sums), newest_on)
        )
    # A customer may stand in several leaves, but counts once.
    present = _presence(generation, requirements, scope, strata)
    return {each: ScoreRow((*present[each], *row.sums[PRESENT:]), row.newest_on) for each, row in summed.items()}


def _where(
    generation: int, requirements: Sequence[int], scope: Scope, strata: set[int], *, product: str, stratum: str
) -> tuple[str, list[Any]]:
    marks = sql.marks(requirements)
    where = f"generation = %s AND requirement_id IN ({marks}) AND {stratum} IN ({', '.join(['%s'] * len(strata))})"
    parameters = [generation, *requirements, *sorted(strata)]
    if scope.product is not None:
        return f"{where} AND {product} = %s", [*parameters, scope.product]
    return where, parameters


def _presence(
    generation: int, requirements: Sequence[int], scope: Scope, strata: set[int]
) -> dict[int, tuple[int, int, int]]:
    where, parameters = _where(generation, requirements, scope, strata, product="product_id", stratum="stratum_id")
    rows = sql.fetch(
        "SELECT requirement_id, COUNT(*), SUM(weight), SUM(weight * silent) FROM ("
        f"SELECT requirement_id, customer_id, MAX(weight) AS weight, MIN({_NOT_APPLICABLE}) AS silent "
        f"FROM {store.LEDGER} WHERE {where} GROUP BY requirement_id, customer_id) AS c GROUP BY requirement_id",
        parameters,
    )
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}


def contacts_by(
    generation: int, requirements: Sequence[int], *, lifecycle: str, product: int | None, dimension: str
) -> dict[tuple[int, str], int]:
    """Return how many contacts were heard on each requirement in each segment of a dimension (1 query)."""
    if not requirements:
        return {}
    column = f"t.{Segment._fields[Segment._fields.index(dimension)]}"
    among = "t.lifecycle = %s" if lifecycle else "t.lifecycle <> %s"
    of_product, products = ("", []) if product is None else (" AND l.product_id = %s", [product])
    rows = sql.fetch(
        f"SELECT l.requirement_id, {column}, COUNT(DISTINCT l.contact_id) FROM {store.LEDGER} l "
        f"JOIN customers_stratum t ON t.id = l.stratum_id AND {among} "
        f"WHERE l.generation = %s AND l.requirement_id IN ({sql.marks(requirements)}){of_product} "
        f"GROUP BY l.requirement_id, {column}",
        [lifecycle or Lifecycle.INTERNAL, generation, *requirements, *products],
    )
    return {(requirement, value): int(contacts) for requirement, value, contacts in rows}


def contacts_in(generation: int, requirements: Sequence[int], scope: Scope) -> dict[int, int]:
    """Return how many contacts were heard on each requirement in a scope."""
    strata = strata_in(scope)
    if not strata or not requirements:
        return {}
    where, parameters = _where(generation, requirements, scope, strata, product="product_id", stratum="stratum_id")
    found: defaultdict[int, int] = defaultdict(int)
    for requirement, contacts in sql.fetch(
        f"SELECT requirement_id, COUNT(DISTINCT contact_id) FROM {store.LEDGER} WHERE {where} GROUP BY requirement_id",
        parameters,
    ):
        found[requirement] = contacts
    return found
