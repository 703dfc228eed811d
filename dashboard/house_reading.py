"""Reads the two houses: who serves which requirement, and which metric, with what the boards say of each."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.urls import reverse

from dashboard.drawing.bands import Edges
from dashboard.gap_view import kept_apart, may_open, requirement_gap
from dashboard.house import ROW_NORMALISED, Beam, Cell, Column, House, Row
from dashboard.selectors import metrics_with_functions
from functions.selectors import Access
from gap_scores.board import Board, LinkView, RequirementRow, Scope
from gap_scores.guarding import board_for
from gap_scores.showing import unscored_for
from metrics.models import Metric, MetricLink, MetricRelation
from metrics.relating import relations_among
from metrics.selectors import metric_ids_for
from requirements_catalog.models import Responsibility
from requirements_catalog.selectors import requirement_ids_for, requirements_of_products
from web.templatetags.show import MINUS

RESPONSIBILITIES, METRICS = "responsibilities", "metrics"
OWNER_COUNTS_AS = 9
SIGNS = {9: "++", 3: "+", -3: MINUS, -9: MINUS * 2}
PULL_WORDS = {9: "strong support", 3: "support", -3: "conflict", -9: "strong conflict"}
# From so much of a supplier's gap on it is drawn as strong, and as medium.
STRONG_SUPPLY, MEDIUM_SUPPLY = 0.75, 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """Which house a page asks for: its scope, what narrows its rows and columns, their order, and how shares count.

    function: whose requirements; of: whose metrics; sort: 'points', 'gap' or 'reference'.
    """

    scope: Scope
    attribute: int | None = None
    function: int | None = None
    of: int | None = None
    sort: str = "points"
    method: str = ROW_NORMALISED
    query: str = ""


SORTS: Mapping[str, Callable[[Row], tuple[bool, float, str]]] = {
    "points": lambda row: (row.weight is None, -(row.weight or 0.0), row.reference),
    "gap": lambda row: (row.gap is None, -row.gap.gap if row.gap else 0.0, row.reference),
    "reference": lambda row: (False, 0.0, row.reference),
}


@dataclass(frozen=True, slots=True)
class Read:
    """A house with the board that its points come from, and whose requirement each row is."""

    house: House
    board: Board


def read_responsibilities(asked: Asked, *, access: Access, edges: Edges) -> Read:
    """Return requirement x function: strengths, owners, and supply links as its roof (2 queries beside the board)."""
    board = board_for(access, asked.scope)
    rows = _rows(board, access, edges, asked, about=None)
    stated = _responsibilities()
    cells: dict[tuple[int, int], Cell] = {key: Cell(strength) for key, strength in stated.items()}
    for row in rows:
        if row.owner_id is not None:
            key = row.key, row.owner_id
            cells[key] = Cell(stated.get(key, OWNER_COUNTS_AS), marked=True, stated=key in stated)
    columns = [
        Column(
            each.function_id, each.name, each.label, reverse("function_detail", args=[each.function_id]) + asked.query
        )
        for each in board.functions
    ]
    beams = _supply_beams(board.links, {column.key: column.name for column in columns}, access)
    return Read(_house(asked, House(rows, rows, columns, cells, beams), _served_by(stated)), board)


def read_metrics(asked: Asked, *, access: Access, edges: Edges) -> Read:
    """Return requirement x metric of one product, and what metrics do to each other as its roof (6 queries beside the
    board)."""
    board = board_for(access, asked.scope)
    about = requirements_of_products([asked.scope.product or 0])
    rows = _rows(board, access, edges, asked, about=about)
    seen = metric_ids_for(access)
    metrics = metrics_with_functions()
    columns = [_metric_column(each, seen, asked) for each in metrics]
    links = MetricLink.objects.filter(product=asked.scope.product).order_by()
    measures = MetricLink.Role.MEASURES
    cells = {
        (requirement, metric): Cell(strength, marked=role == measures)
        for requirement, metric, strength, role in links.values_list("requirement_id", "metric_id", "strength", "role")
    }
    relations = relations_among([each.pk for each in metrics]).order_by()
    beams = _pull_beams(relations, {each.pk: each.name for each in metrics}, access)
    return Read(_house(asked, House(rows, rows, columns, cells, beams), _served_by(_responsibilities())), board)


# ---- Rows


def _rows(board: Board, access: Access, edges: Edges, asked: Asked, *, about: set[int] | None) -> list[Row]:
    shown, hidden = kept_apart(board.requirements, access)
    few = {row.requirement_id for row in hidden}
    allowed = requirement_ids_for(access)
    every = [*shown, *hidden, *unscored_for(access, board)]
    return [
        _row(each, access, allowed, edges, asked.query, few=each.requirement_id in few)
        for each in every
        if about is None or each.requirement_id in about
    ]


def _row(each: RequirementRow, access: Access, allowed: set[int] | None, edges: Edges, query: str, *, few: bool) -> Row:
    opens = may_open(access, allowed, each.requirement_id)
    return Row(
        key=each.requirement_id,
        reference=each.reference,
        statement=each.statement,
        attribute_id=each.attribute_id,
        attribute=each.attribute,
        owner_id=each.owner_id,
        weight=None if few else each.points,
        gap=None if few else requirement_gap(each, edges=edges, suspect=each.is_suspect),
        measured=bool(each.levels),
        few=few or (each.too_few and not access.is_specialist),
        url=reverse("requirement_detail", args=[each.requirement_id]) + query if opens else "",
    )


def _responsibilities() -> dict[tuple[int, int], int]:
    rows = Responsibility.objects.order_by().values_list("requirement_id", "function_id", "strength")
    return {(requirement, function): strength for requirement, function, strength in rows}


def _served_by(stated: Mapping[tuple[int, int], int]) -> Mapping[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for requirement, function in stated:
        found[requirement].add(function)
    return found


def _house(asked: Asked, read: House, served_by: Mapping[int, set[int]]) -> House:
    """Return the house with the rows that the filters leave, in the order that was asked for."""
    kept = [
        row
        for row in read.everything
        if (asked.attribute is None or row.attribute_id == asked.attribute)
        and (asked.function is None or asked.function in {row.owner_id, *served_by.get(row.key, ())})
    ]
    return replace(read, rows=sorted(kept, key=SORTS[asked.sort]), method=asked.method)


# ---- Columns and roofs


def _metric_column(metric: Metric, seen: set[int] | None, asked: Asked) -> Column:
    may_see = seen is None or metric.pk in seen
    return Column(
        key=metric.pk,
        name=metric.name,
        label=metric.name,
        url=reverse("metric_detail", args=[metric.pk]) + asked.query,
        group_id=metric.function_id,
        group=metric.function.label,
        seen=may_see and (asked.of is None or metric.function_id == asked.of),
    )


def _supply_beams(links: Sequence[LinkView], names: Mapping[int, str], access: Access) -> list[Beam]:
    """Return one beam a pair: where both supply each other, the stronger one is written and both are said."""
    places = {key: at for at, key in enumerate(names)}
    pairs: defaultdict[tuple[int, int], list[LinkView]] = defaultdict(list)
    for link in links:
        if link.supplier_id in places and link.supplied_id in places:
            left, right = sorted((link.supplier_id, link.supplied_id), key=places.__getitem__)
            pairs[left, right].append(link)
    return [_supply_beam(left, right, both, names, access) for (left, right), both in pairs.items()]


def _supply_beam(left: int, right: int, both: Sequence[LinkView], names: Mapping[int, str], access: Access) -> Beam:
    strongest = max(both, key=lambda link: link.strength or 0.0)
    share = strongest.strength
    number = "?" if share is None else f"{share:g}".removeprefix("0")
    to_left = any(link.supplied_id == left for link in both)
    to_right = any(link.supplied_id == right for link in both)
    label = f"{'‹ ' if to_left else ''}{number}{' ›' if to_right else ''}"
    words = "; ".join(
        f"{names[link.supplier_id]} supplies {names[link.supplied_id]}, "
        f"{'strength not set' if link.strength is None else f'strength {link.strength:g}'}"
        for link in both
    )
    depth = 1 if share is None or share < MEDIUM_SUPPLY else 9 if share >= STRONG_SUPPLY else 3
    url = reverse("supply_link_update", args=[strongest.link_id]) if access.is_specialist else ""
    # What a function is supplied with stands under it.
    arrives = tuple((link.supplied_id, "?" if link.strength is None else link.strength) for link in both)
    return Beam(left, right, depth, label, words, url, in_columns=arrives)


def _pull_beams(relations: QuerySet[MetricRelation], names: Mapping[int, str], access: Access) -> list[Beam]:
    found = []
    for one, other, strength, note in relations.values_list("one_id", "other_id", "strength", "note"):
        words = f"{names[one]} and {names[other]}: {PULL_WORDS[strength]}{f' ({note})' if note else ''}"
        url = reverse("house_roof", args=[one, other]) if access.is_specialist else ""
        under = (one, strength), (other, strength)
        beam = Beam(one, other, abs(strength), SIGNS[strength], words, url, strength < 0, str(strength), under, note)
        found.append(beam)
    return found
