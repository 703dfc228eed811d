"""The four boxes: area = share of weight. Columns: met, not met by the measured level; upper row: felt."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.drawing.paper import LINE, Box, TextLine, rounded, text_width

WIDTH, HEIGHT, HEAD, GAP = 360.0, 232.0, 24.0, 4.0
SENTENCES = {
    "both": ("served", "and felt"),
    "met": ("served, not felt:", "tell them"),
    "felt": ("felt, not served:", "luck"),
    "neither": ("not served:", "fix it"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    kind: str  # both, met, felt, neither
    box: Box
    share: float
    lines: tuple[TextLine, ...]

    @property
    def words(self) -> str:
        return " ".join(SENTENCES[self.kind])


@dataclass(frozen=True, slots=True)
class MosaicDrawing:
    uid: str
    width: float
    height: float
    cells: tuple[Cell, ...]
    heads: tuple[TextLine, ...]
    description: str

    def boxes(self) -> Iterator[Box]:
        return (cell.box for cell in self.cells)


def draw_mosaic(*, both: float, met_only: float, felt_only: float, neither: float, uid: str) -> MosaicDrawing:
    """Return the mosaic of four shares of weight that add up to 1."""
    met = both + met_only
    inner = WIDTH - GAP
    columns = ((0.0, inner * met, both, met_only), (inner * met + GAP, inner * (1 - met), felt_only, neither))
    kinds = (("both", "met"), ("felt", "neither"))
    cells = []
    for (x, width, upper, lower), (above, below) in zip(columns, kinds, strict=True):
        total = upper + lower
        height = (HEIGHT - HEAD - GAP) * (upper / total if total else 0.0)
        cells.append(_cell(above, Box(x, HEAD, width, height), upper))
        cells.append(_cell(below, Box(x, HEAD + height + GAP, width, HEIGHT - HEAD - GAP - height), lower))
    words = ", ".join(f"{cell.words} {cell.share * 100:.0f} %" for cell in cells)
    return MosaicDrawing(uid, WIDTH, HEIGHT, tuple(cell for cell in cells if cell.share > 0), _heads(met), words)


def _cell(kind: str, box: Box, share: float) -> Cell:
    tidy = Box(rounded(box.x), rounded(box.y), rounded(max(box.width, 0)), rounded(max(box.height, 0)))
    percent = f"{share * 100:.0f} %"
    lines: tuple[TextLine, ...] = ()
    if tidy.height >= 72 and tidy.width >= max(text_width(each) for each in SENTENCES[kind]) + 16:
        words = enumerate(SENTENCES[kind])
        rows = [TextLine(each, tidy.x + 10, tidy.y + 42 + LINE * row, "t-box") for row, each in words]
        lines = (TextLine(percent, tidy.x + 10, tidy.y + 24, "t-fig"), *rows)
    elif tidy.height >= 22 and tidy.width >= text_width(percent, bold=True) + 12:
        lines = (TextLine(percent, tidy.x + 6, tidy.y + 16, "t-name"),)
    return Cell(kind, tidy, share, lines)


def _heads(met: float) -> tuple[TextLine, ...]:
    """The columns' sums; at the two edges, so they never meet however narrow a column is."""
    heads = []
    if met > 0:
        heads.append(TextLine(f"served {met * 100:.0f} %", 0, 14, "t-meta"))
    if met < 1:
        heads.append(TextLine(f"not served {(1 - met) * 100:.0f} %", WIDTH, 14, "t-meta", "end"))
    return tuple(heads)
