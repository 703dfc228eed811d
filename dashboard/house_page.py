"""A house as a page: the part that its address asks for, its sentence, its table, its roof, and the sums beneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe

from dashboard import house_words as words
from dashboard.drawing.roof import NARROW, Roof, column_width, draw_roof
from dashboard.gap_view import edges_of
from dashboard.house import (
    CLASSIC,
    COLUMNS_ON_A_PAGE,
    NOTHING,
    ROW_NORMALISED,
    ROWS_ON_A_PAGE,
    Cell,
    Column,
    House,
    Row,
)
from dashboard.house_parts import Choice, Filter, Line, Part, Summary
from dashboard.house_reading import METRICS, RESPONSIBILITIES, SORTS, Asked, read_metrics, read_responsibilities
from dashboard.scoping import AskedScope
from functions.models import Program
from functions.selectors import Access, all_functions
from gap_scores.board import Board
from requirements_catalog.selectors import all_attributes
from web.templatetags.show import fixed

NARROWS = ("attribute", "function", "of")
OWN_PARAMETERS = (*NARROWS, "sort", "weights")
PAGES = ("rows", "columns")
ROUTES = {RESPONSIBILITIES: "house", METRICS: "house_metrics"}
CELLS = {RESPONSIBILITIES: "house_cell", METRICS: "house_metrics_cell"}
NOUNS = {RESPONSIBILITIES: "function", METRICS: "metric"}
MARKS = {RESPONSIBILITIES: "owner", METRICS: "measures the level"}
STRENGTH_WORDS = {9: "9, strong", 3: "3, medium", 1: "1, weak", 0: "none"}


@dataclass(frozen=True)
class HousePage:
    kind: str
    asked: AskedScope
    wanted: Asked
    parameters: Mapping[str, str]
    house: House
    board: Board
    access: Access
    attributes: Sequence[tuple[int, str]]
    functions: Sequence[tuple[int, str]]
    at_row: int
    at_column: int

    # ---- Words

    @property
    def is_responsibilities(self) -> bool:
        return self.kind == RESPONSIBILITIES

    @property
    def noun(self) -> str:
        return NOUNS[self.kind]

    @property
    def mark(self) -> str:
        return MARKS[self.kind]

    @property
    def product(self) -> str:
        """The name of the product that it is about, '' where that is all of them."""
        return dict(self.asked.products).get(self.asked.scope.product or 0, "")

    @property
    def may_change(self) -> bool:
        """Strengths are of today, so they are changed beside today's points alone."""
        return self.access.is_specialist and self.asked.scope.as_of is None

    @property
    def keys(self) -> list[tuple[str, str]]:
        """What the keys do here, for the list of keys."""
        mark = ("o", "make it the owner") if self.is_responsibilities else ("m", "it measures the level, or no more")
        roof = (
            []
            if self.is_responsibilities
            else [("+ −", "in the roof: support, conflict; twice: strong; 0 takes it out")]
        )
        moves = [("arrows", "move from cell to cell"), ("9 3 1 0", "set the strength"), mark]
        return [*moves, ("r", "to the roof"), *roof, ("u", "undo the last change")]

    @cached_property
    def answer(self) -> str:
        return words.answer(self.house, noun=self.noun, narrowed=self.is_narrowed)

    @cached_property
    def notes(self) -> str:
        return " ".join(words.notes(self.house))

    @cached_property
    def stability(self) -> str:
        return words.stability(self.house)

    @property
    def method_words(self) -> str:
        return words.method_words(self.wanted.method)

    # ---- The address

    @property
    def url(self) -> str:
        return reverse(ROUTES[self.kind])

    @property
    def is_narrowed(self) -> bool:
        return any(name in self.parameters for name in NARROWS)

    def address(self, **changes: str | None) -> str:
        """Return this page with other parameters; a change begins with the first rows and columns."""
        values = {name: value for name, value in self.parameters.items() if name not in PAGES or name in changes}
        values |= {name: value for name, value in changes.items() if value}
        values = {name: value for name, value in values.items() if changes.get(name, value)}
        return f"?{urlencode(values)}" if values else "?"

    @property
    def query(self) -> str:
        return f"?{urlencode(self.parameters)}" if self.parameters else ""

    def file_url(self, kind: str) -> str:
        return f"?{urlencode({**self.parameters, 'format': kind})}"

    @property
    def json_url(self) -> str:
        return self.file_url("json")

    @property
    def csv_url(self) -> str:
        return self.file_url("csv")

    @property
    def xlsx_url(self) -> str:
        return self.file_url("xlsx")

    @property
    def svg_url(self) -> str:
        return self.file_url("svg")

    @property
    def scope_pairs(self) -> list[tuple[str, str]]:
        """What a filter form carries along."""
        return [(name, value) for name, value in self.parameters.items() if name not in (*NARROWS, "sort", *PAGES)]

    # ---- Filters and switches

    @cached_property
    def filters(self) -> list[Filter]:
        found = [
            self._filter("attribute", "Attribute", self.attributes, self.wanted.attribute, "all attributes"),
            self._filter("function", "Requirements of", self.functions, self.wanted.function, "all functions"),
        ]
        if not self.is_responsibilities:
            found.append(self._filter("of", "Metrics of", self.functions, self.wanted.of, "all functions"))
        orders = [("points", "points"), ("gap", "gap"), ("reference", "number")]
        choices = tuple(Choice(label, value, value == self.wanted.sort) for value, label in orders)
        return [*found, Filter("sort", "Sorted by", choices)]

    def _filter(
        self, name: str, label: str, pairs: Sequence[tuple[int, str]], chosen: int | None, everything: str
    ) -> Filter:
        every = Choice(everything, "", chosen is None)
        return Filter(name, label, (every, *(Choice(each, str(key), key == chosen) for key, each in pairs)))

    @property
    def methods(self) -> list[Choice]:
        is_classic = self.wanted.method == CLASSIC
        return [
            Choice("row-normalised", ROW_NORMALISED, not is_classic, self.address(weights=None)),
            Choice("classic", CLASSIC, is_classic, self.address(weights="classic")),
        ]

    # ---- The part that is shown

    @cached_property
    def rows_part(self) -> Part:
        return self._part("rows", len(self.house.rows), ROWS_ON_A_PAGE, self.at_row)

    @cached_property
    def columns_part(self) -> Part:
        return self._part("columns", len(self.house.seen), COLUMNS_ON_A_PAGE, self.at_column)

    def _part(self, name: str, of: int, size: int, at: int) -> Part:
        pages = max(1, -(-of // size))
        at = min(at, pages)
        other = {each: self.parameters.get(each) for each in PAGES if each != name}
        return Part(
            first=(at - 1) * size + 1,
            last=min(at * size, of),
            of=of,
            before=self.address(**other, **{name: str(at - 1)}) if at > 1 else "",
            after=self.address(**other, **{name: str(at + 1)}) if at < pages else "",
        )

    @cached_property
    def rows(self) -> list[Row]:
        return list(self.house.rows[self.rows_part.first - 1 : self.rows_part.last])

    @cached_property
    def columns(self) -> list[Column]:
        return self.house.seen[self.columns_part.first - 1 : self.columns_part.last]

    @property
    def is_dense(self) -> bool:
        return column_width(len(self.columns)) == NARROW

    @cached_property
    def roof(self) -> Roof:
        open_url = ""
        if not self.is_responsibilities and self.may_change:
            open_url = reverse("house_roof", args=[0, 1]).replace("/0/1/", "/{one}/{other}/")
        return draw_roof(self.columns, self.house.beams, open_url=open_url)

    @cached_property
    def lines(self) -> list[Line]:
        return [self.line(row) for row in self.rows]

    def line(self, row: Row) -> Line:
        reference, at = escape(row.reference), self.house.cells
        cells = "".join(
            self._cell(f"{row.key}/{column.key}", f"{reference}, {name}", at.get((row.key, column.key), NOTHING))
            for column, name in self._names
        )
        # Names are escaped, the rest are numbers and our own words.
        return Line(row, mark_safe(cells), row.key in self.house.unserved_keys)  # noqa: S308

    @cached_property
    def _names(self) -> list[tuple[Column, str]]:
        return [(column, escape(column.label)) for column in self.columns]

    @cached_property
    def _cell_url(self) -> tuple[str, str]:
        """What stands before and after the two numbers in the address of a cell."""
        return reverse(CELLS[self.kind], args=[0, 1]).removesuffix("0/1/"), escape(f"/{self.query}")

    def _cell(self, place: str, label: str, cell: Cell) -> str:
        said, number = self._said(cell), cell.strength or ""
        css = f"rel rel-{cell.strength}{' marked' if cell.marked else ''}{'' if cell.stated else ' assumed'}"
        if not self.may_change:
            return f'<td class="{css}">{number}<span class="visually-hidden">{said}</span></td>'
        begin, end = self._cell_url
        words = f"{label}: {STRENGTH_WORDS[cell.strength]}{said}"
        link = f'<a href="{begin}{place}{end}" data-is="{cell.state}" aria-label="{words}">{number}</a>'
        return f'<td class="{css}">{link}</td>'

    def _said(self, cell: Cell) -> str:
        if not cell.marked:
            return ""
        return f", {self.mark}" if cell.stated else f", {self.mark}, no strength stated"

    # ---- The sums

    @property
    def points(self) -> str:
        return fixed(self.house.points, 2) if self.house.weighed else "none"

    @property
    def shares(self) -> list[str]:
        return [words.share_cell(self.house.standing[column.key]) for column in self.columns]

    @property
    def ranks(self) -> list[str]:
        return [words.rank_cell(self.house.standing[column.key]) for column in self.columns]

    @cached_property
    def summaries(self) -> list[Summary]:
        """The columns of the page with their sums, largest share first: the same in words, for a narrow page."""
        return [self._summary(column) for column in words.by_share(self.house, self.columns)]

    def _summary(self, column: Column) -> Summary:
        cells = [self.house.cell(row.key, column.key) for row in self.house.rows]
        strengths = [cell.strength for cell in cells]
        stands = self.house.standing[column.key]
        return Summary(
            column=column,
            share=words.share_cell(stands),
            rank=words.rank_cell(stands),
            marked=sum(cell.marked for cell in cells),
            strong=strengths.count(9),
            medium=strengths.count(3),
            weak=strengths.count(1),
        )

    @property
    def has_ties(self) -> bool:
        return any(stands.tied or stands.tied_mild for stands in self.house.standing.values())


def house_page(
    *, kind: str, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None
) -> HousePage | None:
    """Read a house as an address asks for it; None where there is no product to draw it for.

    A parameter that makes no sense is as good as none.
    """
    asked = scope_of_house(kind, asked)
    if kind == METRICS and not access.is_specialist:
        # A segment of one product is for specialists.
        asked = asked.of_all_segments
    if kind == METRICS and asked.scope.product is None:
        return None
    attributes = tuple(all_attributes().values_list("pk", "name"))
    functions = tuple(all_functions().filter(is_active=True).values_list("pk", "name"))
    wanted = Asked(
        scope=asked.scope,
        attribute=_key(parameters, "attribute", attributes),
        function=_key(parameters, "function", functions),
        of=_key(parameters, "of", functions) if kind == METRICS else None,
        sort=parameters.get("sort", "") if parameters.get("sort") in SORTS else "points",
        method=CLASSIC if parameters.get("weights") == "classic" else ROW_NORMALISED,
        query=asked.query,
    )
    read = read_responsibilities if kind == RESPONSIBILITIES else read_metrics
    found = read(wanted, access=access, edges=edges_of(program))
    at_row, at_column = (_page(parameters, name) for name in PAGES)
    kept = _kept(asked, wanted, at_row, at_column)
    return HousePage(
        kind, asked, wanted, kept, found.house, found.board, access, attributes, functions, at_row, at_column
    )


def scope_of_house(kind: str, asked: AskedScope) -> AskedScope:
    """Return whose answers weigh a house: for metrics of one product, the first where none is named, and of today.

    Of past days the answers on all products together are kept.
    """
    if kind == RESPONSIBILITIES:
        return asked
    asked = asked.of_today
    product = asked.scope.product or next((key for key, _name in asked.products), None)
    return replace(asked, scope=replace(asked.scope, product=product), one_product=True)


def _key(parameters: QueryDict, name: str, pairs: Sequence[tuple[int, str]]) -> int | None:
    asked = parameters.get(name, "")
    return next((key for key, _ in pairs if str(key) == asked), None)


def _page(parameters: QueryDict, name: str) -> int:
    asked = parameters.get(name, "")
    return max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1


def _kept(asked: AskedScope, wanted: Asked, at_row: int, at_column: int) -> dict[str, str]:
    """Return the parameters that made sense, as the links of the page carry them."""
    scope = QueryDict(asked.query.removeprefix("?")).dict()
    values: dict[str, Any] = {name: getattr(wanted, name) for name in NARROWS}
    values["sort"] = wanted.sort if wanted.sort != "points" else None
    values["weights"] = "classic" if wanted.method == CLASSIC else None
    values |= {"rows": at_row if at_row > 1 else None, "columns": at_column if at_column > 1 else None}
    return {
        **{str(k): str(v) for k, v in scope.items()},
        **{name: str(value) for name, value in values.items() if value},
    }
