"""A whole house on one sheet, to print: roof, heads, cells, sums and the answer, with every colour and size in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.drawing.paper import Box, TextLine, cut, rounded, text_width, wrap
from dashboard.drawing.roof import FILLS, INK, NARROW, WIDE, Roof, column_width
from web.templatetags.show import fixed

if TYPE_CHECKING:
    from dashboard.house_page import HousePage

# What a printer leaves of A4 and A3, across and upright, in mm; of these the first on which text is large enough.
SHEETS = ((277.0, 190.0), (190.0, 277.0), (400.0, 277.0), (277.0, 400.0))
LEAST_MM = 0.15  # for each user unit: text of 12 units is 1.8 mm, about 5 points
MARGIN, ROW, REQUIREMENT, NUMBER, HEAD, TALL = 16.0, 28.0, 300.0, 56.0, 56.0, 232.0
LINE, TITLE = 16.0, 22.0
PAPER = FILLS[0]
BANDS = {"served": "#2273b0", "watch": "#a9860b", "gap": "#a24818", "severe": "#720424", "none": "#868c92"}


@dataclass(frozen=True, slots=True)
class Square:
    box: Box
    fill: str
    text: str
    ink: str
    framed: bool
    slanted: bool

    @property
    def inside(self) -> Box:
        """Where its frame runs."""
        return Box(self.box.x + 1, self.box.y + 1, self.box.width - 2, self.box.height - 2)

    @property
    def middle(self) -> float:
        return rounded(self.box.x + self.box.width / 2)

    @property
    def base(self) -> float:
        return self.box.y + 18


@dataclass(frozen=True, slots=True)
class HouseDrawing:
    """width, height in user units; mm: how wide it is printed, on A4 or A3 across."""

    width: float
    height: float
    mm: float
    title: tuple[TextLine, ...]
    texts: tuple[TextLine, ...]
    turned: tuple[TextLine, ...]
    squares: tuple[Square, ...]
    roof: Roof
    roof_at: tuple[float, float]
    marks: tuple[tuple[str, float, float, str], ...]

    @property
    def mm_high(self) -> float:
        return rounded(self.height * self.mm / self.width)


def scale_on_paper(width: float, height: float) -> float:
    """Return mm for each user unit: on the smallest sheet on which text can be read, else as large as A3 allows."""
    scales = [min(across / width, down / height) for across, down in SHEETS]
    return next((scale for scale in scales if scale >= LEAST_MM), max(scales))


def draw_house(page: "HousePage") -> HouseDrawing:
    """Return the drawing of the rows and columns that a page shows."""
    return _Sheet(page).drawing()


class _Sheet:
    def __init__(self, page: "HousePage") -> None:
        self.page = page
        self.cell = float(column_width(len(page.columns)))
        self.head = HEAD if self.cell == WIDE else TALL
        self.left = MARGIN + REQUIREMENT + 3 * NUMBER
        self.width = max(self.left + self.cell * len(page.columns) + MARGIN, 720.0)
        self.title = [
            *(
                TextLine(text, MARGIN, 0, "title")
                for text in wrap(page.answer, (self.width - 2 * MARGIN) * 0.66, most=3)
            ),
            *(TextLine(text, MARGIN, 0, "soft") for text in wrap(page.notes, self.width - 2 * MARGIN, most=2)),
        ]
        self.under_title = MARGIN + TITLE * len(self.title) + LINE
        self.table = self.under_title + page.roof.height
        self.first = self.table + self.head
        self.foot = self.first + ROW * len(page.rows)

    def drawing(self) -> HouseDrawing:
        title = tuple(
            TextLine(line.text, line.x, MARGIN + TITLE * (at + 1) - 4, line.css) for at, line in enumerate(self.title)
        )
        height = self.foot + 2 * ROW + 3 * LINE + MARGIN
        return HouseDrawing(
            width=rounded(self.width),
            height=rounded(height),
            mm=rounded(self.width * scale_on_paper(self.width, height)),
            title=title,
            texts=(*self._heads(), *self._rows(), *self._sums(), *self._ending(height)),
            turned=tuple(self._turned()),
            squares=tuple(self._squares()),
            roof=self.page.roof,
            roof_at=(self.left, self.table),
            marks=tuple(self._marks()),
        )

    def _middle(self, at: int) -> float:
        return rounded(self.left + self.cell * (at + 0.5))

    def _numbers(self) -> tuple[float, float, float]:
        """Return the right edges of points, gap and metric."""
        start = MARGIN + REQUIREMENT
        return start + NUMBER - 8, start + 2 * NUMBER - 8, start + 3 * NUMBER - 8

    def _heads(self) -> Iterator[TextLine]:
        y = self.first - 8
        yield TextLine("Requirement", MARGIN, y, "soft")
        for text, x in zip(("Points", "Gap", "Metric"), self._numbers(), strict=True):
            yield TextLine(text, x, y, "soft", "end")
        if self.cell == NARROW:
            return
        for at, column in enumerate(self.page.columns):
            lines = wrap(column.label, self.cell - 6)
            for line, text in enumerate(lines):
                yield TextLine(text, self._middle(at), y - LINE * (len(lines) - 1 - line), "ink", "middle")

    def _turned(self) -> Iterator[TextLine]:
        if self.cell == WIDE:
            return
        for at, column in enumerate(self.page.columns):
            yield TextLine(cut(column.label, TALL - 16), self._middle(at) + 4, self.first - 8, "ink")

    def _rows(self) -> Iterator[TextLine]:
        points, gap, metric = self._numbers()
        for at, row in enumerate(self.page.rows):
            y = self.first + ROW * at + 18
            reference = f"{row.reference} "
            room = REQUIREMENT - 8 - text_width(reference)
            yield TextLine(reference + cut(row.statement, room), MARGIN, y, "ink")
            yield TextLine("none" if row.weight is None else fixed(row.weight, 2), points, y, "ink", "end")
            value = (row.gap.value or row.gap.range) if row.gap else "no data"
            yield TextLine(value, gap, y, "ink" if row.gap else "soft", "end")
            yield TextLine("level" if row.measured else "none", metric, y, "ink" if row.measured else "soft", "end")

    def _marks(self) -> Iterator[tuple[str, float, float, str]]:
        x = self._numbers()[1] - 32
        for at, row in enumerate(self.page.rows):
            if row.gap and not row.gap.few:
                yield str(row.gap.band), x, self.first + ROW * at + 14, BANDS[row.gap.band]

    def _squares(self) -> Iterator[Square]:
        for down, row in enumerate(self.page.rows):
            for across, column in enumerate(self.page.columns):
                cell = self.page.house.cell(row.key, column.key)
                box = Box(rounded(self.left + self.cell * across), rounded(self.first + ROW * down), self.cell, ROW)
                ink = PAPER if cell.strength == 9 else INK
                text = str(cell.strength or "")
                yield Square(box, FILLS[cell.strength], text, ink, cell.marked, not cell.stated)

    def _sums(self) -> Iterator[TextLine]:
        y = self.foot + 18
        yield TextLine("Share of technical importance, %", MARGIN, y, "bold")
        yield TextLine(self.page.points, self._numbers()[0], y, "bold", "end")
        yield TextLine("Rank under 9/3/1, and under 5/3/1", MARGIN, y + ROW, "ink")
        for at, (share, rank) in enumerate(zip(self.page.shares, self.page.ranks, strict=True)):
            yield TextLine(share, self._middle(at), y, "bold", "middle")
            yield TextLine(rank if text_width(rank) <= self.cell else "", self._middle(at), y + ROW, "ink", "middle")

    def _ending(self, height: float) -> Iterator[TextLine]:
        frame = (
            "the owner, 9 where slanted because no strength is stated"
            if self.page.is_responsibilities
            else "measures the level"
        )
        stamp = self.page.board.stamp
        how = f"Shares {self.page.method_words}. Framed: {frame}."
        run = f"run {stamp.run_id}, as of {stamp.as_of.isoformat()}, method {stamp.method}"
        whose = f"Answers of {self.page.asked.words}; {run}."
        yield TextLine(f"{self.page.stability} {how}", MARGIN, height - MARGIN - LINE, "soft")
        yield TextLine(whose, MARGIN, height - MARGIN, "soft")
