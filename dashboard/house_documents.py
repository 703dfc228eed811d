"""A house as a document or a table, and back: each cell that says something else is changed as by hand.

An empty cell says that nothing stands there; rows and columns that the file does not have are left as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dashboard.house_reading import METRICS, RESPONSIBILITIES
from functions.models import Function
from metrics.models import Metric, MetricLink, MetricRelation
from metrics.relating import relations_among
from requirements_catalog.models import Product, Requirement, Responsibility
from web.documents import FORMAT, Json, cell_of, list_in, members
from web.exports import without_guard
from web.headings import likely_heading
from web.parts import QUOTE, joined, quoted, unquoted
from web.tables import Layout, Row, Table, check_cells

KINDS = {"house of responsibilities": RESPONSIBILITIES, "house of metrics": METRICS}
NAMES = {kind: name for name, kind in KINDS.items()}
MARKS = {RESPONSIBILITIES: "owner", METRICS: "measures the level"}
NUMBER, PRODUCT = "no", "product"
# What the table says of a row and nobody brings in.
BESIDE = ("requirement", "attribute", "points", "gap", "gap_from", "gap_to", "n_eff", "metric", "roof")
ROOF = "Roof"  # what the rows of the roof begin with: a heading, then a row for each pair
HEADINGS = frozenset((NUMBER, PRODUCT, *BESIDE, *MARKS.values()))
SUMS = ("Share of technical importance", "Rank under ")
MEMBERS = ("format", "kind", "product", "columns", "rows", "roof")
OF_A_ROW = ("requirement", "owner", "measures", "cells")
OF_THE_ROOF = ("one", "other", "strength", "note")


@dataclass(frozen=True)
class Sheet:
    """A house as a file says it. rows: cells by the headings of the columns, the mark under MARK, the number under
    NUMBER.

    roof: what it says about pairs of metrics, None where it says nothing of them.
    """

    kind: str
    product: str
    columns: Sequence[str]
    rows: Sequence[Row]
    heading_row: int = 0
    roof: Sequence[Row] | None = None

    @property
    def kind_of_columns(self) -> str:
        return "function" if self.kind == RESPONSIBILITIES else "metric"

    @property
    def mark(self) -> str:
        return MARKS[self.kind]


@dataclass(frozen=True)
class Standing:
    """What stands in a house now, by the names that a file uses: everything in a few queries."""

    kind: str
    product: Product | None
    rows: Mapping[str, Requirement]
    columns: Mapping[str, Any]
    cells: Mapping[tuple[int, int], tuple[int, bool]]
    pairs: Mapping[tuple[int, int], tuple[int, str]] = field(default_factory=dict)


# ---- Headings


def heading_for(name: str) -> str:
    """Return what heads the column of a function or metric: in quotes where the table itself has such a heading."""
    return f'"{name.replace(QUOTE, QUOTE * 2)}"' if name in HEADINGS or name.startswith(QUOTE) else name


def name_under(heading: str) -> str:
    return "".join(unquoted(heading)) if heading.startswith(QUOTE) else heading


# ---- What stands there


def rows_of(product: Product | None) -> QuerySet[Requirement]:
    rows = Requirement.objects.active().filter(merged_into=None).order_by("reference")
    return rows.filter(products=product) if product else rows


def standing(kind: str, product: Product | None = None, *, for_update: bool = False) -> Standing:
    """Return what stands in a house; `for_update`: nobody changes it before this transaction ends."""
    found = rows_of(product).select_related("owner")
    if for_update:
        found = held(kind, found)
    rows = {each.reference: each for each in sorted(found, key=lambda each: each.reference)}
    if kind == RESPONSIBILITIES:
        columns: dict[str, Any] = {each.name: each for each in Function.objects.filter(is_active=True)}
        stated = Responsibility.objects.order_by().values_list("requirement_id", "function_id", "strength")
        return Standing(kind, None, rows, columns, {(row, at): (strength, False) for row, at, strength in stated})
    metrics = {each.name: each for each in Metric.objects.filter(is_active=True).order_by("name")}
    links = MetricLink.objects.filter(product=product).order_by()
    cells = {
        (row, metric): (strength, role == MetricLink.Role.MEASURES)
        for row, metric, strength, role in links.values_list("requirement_id", "metric_id", "strength", "role")
    }
    ids = [each.pk for each in metrics.values()]
    relations: QuerySet[MetricRelation] = relations_among(ids).order_by("pk")
    pairs = {(each.one_id, each.other_id): (each.strength, each.note) for each in relations}
    return Standing(kind, product, rows, metrics, cells, pairs)


def held(kind: str, rows: QuerySet[Requirement]) -> QuerySet[Requirement]:
    """Hold what a house is about: metrics before requirements and each by its key, as files of metrics and changes on
    pages do, so that two at once never wait for each other. What only names them comes in meanwhile."""
    if kind == METRICS:
        metrics = Metric.objects.filter(is_active=True).order_by("pk")
        list(metrics.only("pk").select_for_update(no_key=True))
    return rows.order_by("pk").select_for_update(of=("self",), no_key=True)


def state_of(house: Standing) -> Any:
    """Return all that a file may change, for a digest."""
    owners = [[each.pk, each.owner_id] for each in house.rows.values()]
    return [owners, sorted(each.pk for each in house.columns.values()), sorted(house.cells.items()),
            sorted(house.pairs.items())]  # fmt: skip


# ---- Out


def house_document(kind: str, *, product: Product | None = None) -> Json:
    """Return a whole house; what is brought in of it changes nothing."""
    house = standing(kind, product)
    head: Json = {"format": FORMAT, "kind": NAMES[kind]} | ({"product": product.name} if product else {})
    rows = [row_of(house, requirement) for requirement in house.rows.values()]
    found = {**head, "columns": list(house.columns), "rows": rows}
    return found | ({"roof": list(roof_of(house))} if kind == METRICS else {})


def row_of(house: Standing, requirement: Requirement) -> Json:
    stands = {name: house.cells[requirement.pk, each.pk] for name, each in house.columns.items()
              if (requirement.pk, each.pk) in house.cells}  # fmt: skip
    if house.kind == RESPONSIBILITIES:
        marked: Json = {"owner": requirement.owner.name if requirement.owner else None}
    else:
        marked = {"measures": sorted(name for name, (_strength, measures) in stands.items() if measures)}
    return {"requirement": requirement.reference, **marked,
            "cells": {name: strength for name, (strength, _measures) in stands.items()}}  # fmt: skip


def roof_of(house: Standing) -> Iterator[Json]:
    names = {each.pk: name for name, each in house.columns.items()}
    for (one, other), (strength, note) in house.pairs.items():
        yield {"one": names[one], "other": names[other], "strength": strength, "note": note}


# ---- In, as a document


def sheet_in(document: Json) -> Sheet:
    """Read a document; raises ValidationError for one that is no house. What is wrong with a row stands in the row."""
    members(document, MEMBERS)
    kind = KINDS[document["kind"]]
    columns = [cell_of(each) if isinstance(each, str) else "" for each in list_in(document, "columns")]
    check_cells(len(list_in(document, "rows")), len(columns))
    rows = [entry_row(number, each, kind, columns) for number, each in enumerate(list_in(document, "rows"), start=1)]
    roof = None
    if document.get("roof") is not None:
        roof = [pair_row(number, each) for number, each in enumerate(list_in(document, "roof"), start=1)]
    product = document.get("product")
    return Sheet(kind, product.strip() if isinstance(product, str) else "", columns, rows, roof=roof)


def entry_row(number: int, entry: Any, kind: str, columns: Sequence[str]) -> Row:
    if problem := problem_of(entry, OF_A_ROW):
        return Row(number, {}, problem)
    cells = entry.get("cells") or {}
    if not isinstance(cells, dict):
        return Row(number, {}, _("cells: this has to be an object of names with 9, 3 or 1"))
    if beside := next((name for name in cells if name not in columns), None):
        return Row(number, {}, _("cells, %(name)s: it is not named in 'columns'") % {"name": beside[:80]})
    marked = entry.get("owner" if kind == RESPONSIBILITIES else "measures")
    try:
        found = {heading_for(name): cell_of(cells.get(name)) for name in columns}
        # An owner is one name; what measures is a list of them.
        mark = joined([quoted(marked.strip())]) if isinstance(marked, str) and marked.strip() else cell_of(marked)
        return Row(number, found | {NUMBER: cell_of(entry.get("requirement")), MARKS[kind]: mark})
    except ValueError as error:
        return Row(number, {}, str(error))


def pair_row(number: int, entry: Any) -> Row:
    if problem := problem_of(entry, OF_THE_ROOF):
        return Row(number, {}, _("roof: %(problem)s") % {"problem": problem})
    try:
        return Row(number, {name: cell_of(entry.get(name)) for name in OF_THE_ROOF})
    except ValueError as error:
        return Row(number, {}, _("roof: %(problem)s") % {"problem": error})


def problem_of(entry: Any, known: Sequence[str]) -> str:
    if not isinstance(entry, dict):
        return _("it has to be an object")
    unknown = next((name for name in entry if name not in known), None)
    offer = ", ".join(known)
    return "" if unknown is None else _("%(name)s: there is no such field; there are: %(offer)s") % {
        "name": unknown[:40], "offer": offer,
    }  # fmt: skip


# ---- In, as a table


def heading_of(lines: Sequence[Sequence[str]]) -> int:
    """Return the row that names the columns, where titles stand above it."""
    known = {NUMBER, PRODUCT, *BESIDE, *MARKS.values()}
    return likely_heading(lines, lambda cell: cell.strip() in known)


def sheet_of_table(path: Any, layout: Layout) -> Sheet | None:
    """Return the house in a table; None where its columns are not those of a house."""
    table = Table(path, layout)
    # What came as a spreadsheet lies there as CSV, without the marks that guard the cells of one.
    bare = str if layout.is_ragged else without_guard
    kind = kind_of(table.columns)
    if kind is None or NUMBER not in table.columns:
        return None
    own = {NUMBER, PRODUCT, MARKS[kind], *BESIDE}
    headings = {name: name if name in own else heading_for(name_under(bare(name))) for name in table.columns}
    read = [
        row._replace(cells={headings[name]: bare(cell) for name, cell in row.cells.items()})
        for row in table.all_rows()
        if not is_a_sum(row)
    ]
    rows = [row for row in read if not is_of_roof(row)]
    products = {row.cells.get(PRODUCT, "") for row in rows if not row.problem}
    columns = [name_under(heading) for name, heading in headings.items() if name not in own]
    roof = roof_in([row for row in read if is_of_roof(row)], columns) if kind == METRICS else None
    return Sheet(kind, " / ".join(sorted(products)), columns, rows, heading_row=layout.heading_row, roof=roof)


def roof_in(rows: Sequence[Row], columns: Sequence[str]) -> Sequence[Row] | None:
    """Return the pairs that a table names; None where it has not even the heading of a roof and says nothing of it."""
    pairs = [pair_in(row, columns) for row in rows if row.cells["requirement"] != ROOF]
    return [pair for pair in pairs if pair is not None] if rows else None


def pair_in(row: Row, columns: Sequence[str]) -> Row | None:
    """Return a pair with the two columns under which its row has something; None where both were emptied."""
    under = {name: cell for name in columns if (cell := row.cells.get(heading_for(name), ""))}
    if not under:
        return None
    if len(under) != 2 or len(set(under.values())) > 1:
        return Row(row.number, {}, _("a pair has the same 9, 3, -3 or -9 under two metrics, and nothing under others"))
    (one, strength), (other, _same) = under.items()
    return Row(row.number, {"one": one, "other": other, "strength": strength, "note": row.cells.get("roof", "")})


def kind_of(headings: Sequence[str]) -> str | None:
    """Return which house has these headings: only one of metrics says its product."""
    order = (METRICS, RESPONSIBILITIES) if PRODUCT in headings else (RESPONSIBILITIES, METRICS)
    return next((kind for kind in order if MARKS[kind] in headings), None)


def is_of_roof(row: Row) -> bool:
    """Whether it is the heading of a roof or one of its pairs, beneath the requirements."""
    text = "" if row.cells.get(NUMBER) else row.cells.get("requirement", "")
    return text == ROOF or text.startswith(f"{ROOF}: ")


def is_a_sum(row: Row) -> bool:
    """Whether it is one of the last rows that our own file has: shares and ranks."""
    return not row.cells.get(NUMBER) and row.cells.get("requirement", "").startswith(SUMS)
