"""A house as a file: its table as CSV and XLSX, all of it as JSON, its drawing as SVG.

The table has all rows and columns that the filters leave; the drawing has those of the page.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from dashboard.drawing.whole_house import draw_house
from dashboard.house import Row
from dashboard.house_documents import ROOF, heading_for, house_document
from dashboard.house_page import HousePage
from dashboard.house_reading import METRICS, RESPONSIBILITIES
from requirements_catalog.models import Product
from web.exports import FORMATS, document_response, file_response, note_export
from web.lists import Column as FileColumn
from web.parts import joined, quoted

SVG_TYPE = "image/svg+xml"
ROOF_SAYS = {
    METRICS: "What metrics do to each other: 9 and 3 support, -3 and -9 conflict, under both. Beside a pair: why.",
    RESPONSIBILITIES: "Who supplies whom: under the one that is supplied, how much of the other's gap reaches it.",
}
Line = Mapping[str, Any]


def house_file(page: HousePage, kind: str) -> HttpResponseBase | None:
    """Return the file that the address asks for; None: it asks for the page."""
    if kind == "json" and page.may_change:
        product = Product.objects.get(pk=page.asked.scope.product or 0) if page.kind == METRICS else None
        document = house_document(page.kind, product=product)
        return document_response(name_of(page), document, count=len(document["rows"]))
    if kind in FORMATS:
        lines = [*table_lines(page)]
        return file_response(name=name_of(page), kind=kind, columns=file_columns(page), rows=lines, count=len(lines))
    return svg_file(page) if kind == "svg" else None


def name_of(page: HousePage) -> str:
    return "house of metrics" if page.kind == METRICS else "house of responsibilities"


# ---- The table


def file_columns(page: HousePage) -> list[FileColumn]:
    product = [] if page.kind == RESPONSIBILITIES else ["product"]
    facts = [
        "no",
        *product,
        "requirement",
        "attribute",
        "points",
        "gap",
        "gap_from",
        "gap_to",
        "n_eff",
        "metric",
        page.mark,
        "roof",
    ]
    columns = [FileColumn(key, key, value=reader(key)) for key in facts]
    return [
        *columns,
        *(FileColumn(heading, heading, value=reader(key)) for heading, key in named(page)),
    ]


def named(page: HousePage) -> Iterator[tuple[str, str]]:
    """Yield the heading of each function or metric, and under what the lines have its cell."""
    return ((heading_for(column.name), str(column.key)) for column in page.house.seen)


def reader(key: str) -> Callable[[Line], Any]:
    return lambda line: line.get(key)


def table_lines(page: HousePage) -> Iterator[Line]:
    """Yield the rows, the shares in per cent, the ranks under both scales, and the roof."""
    house = page.house
    for row in house.rows:
        yield {**facts_of(page, row), **cells_of(page, row)}
    stands = {str(column.key): house.standing[column.key] for column in house.seen}
    share = {key: None if each.share is None or each.silent else 100 * each.share for key, each in stands.items()}
    yield {"requirement": f"Share of technical importance, %, {page.method_words}", "points": house.points, **share}
    yield {"requirement": "Rank under 9/3/1", **{key: each.rank for key, each in stands.items()}}
    yield {"requirement": "Rank under 5/3/1", **{key: each.rank_mild for key, each in stands.items()}}
    yield from roof_lines(page)


def roof_lines(page: HousePage) -> Iterator[Line]:
    """Yield a heading, and a row for each pair of columns that has something in the roof, under both of them."""
    seen = {column.key: column.name for column in page.house.seen}
    yield {"requirement": ROOF, "roof": ROOF_SAYS[page.kind]}
    for beam in page.house.beams:
        if beam.one in seen and beam.other in seen:
            pair = f"{ROOF}: {seen[beam.one]} / {seen[beam.other]}"
            yield {"requirement": pair, "roof": beam.note, **{str(key): value for key, value in beam.in_columns}}


def facts_of(page: HousePage, row: Row) -> Line:
    gap = row.gap
    marked = [column.name for column in page.house.seen if page.house.cell(row.key, column.key).marked]
    return {
        "no": row.reference,
        "requirement": row.statement,
        "attribute": row.attribute,
        "points": row.weight,
        "gap": None if gap is None or gap.few else gap.gap,
        "gap_from": gap and gap.lo,
        "gap_to": gap and gap.hi,
        "n_eff": gap and gap.n_eff,
        "metric": "level" if row.measured else "none",
        "product": page.product,
        page.mark: joined(map(quoted, marked)),
    }


def cells_of(page: HousePage, row: Row) -> Line:
    house = page.house
    return {str(column.key): house.cell(row.key, column.key).strength or None for column in house.seen}


# ---- The drawing


def svg_file(page: HousePage) -> HttpResponse:
    """Return the drawing of what the page shows, with its colours in it: it needs nothing else to be printed."""
    note_export(name_of(page), "svg", file_columns(page), len(page.rows))
    content = render_to_string("dashboard/exports/house.svg", {"drawing": draw_house(page), "page": page})
    response = HttpResponse(content, content_type=SVG_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name_of(page)}.svg"'
    return response
