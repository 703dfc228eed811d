"""What every drawing shares: boxes, how wide a text may get, and how labels give way to each other.

Units: 1 user unit = 1 px at the width a figure was drawn for. Text is 12 px, or 14 px inside a dot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

TEXT, LINE = 12, 16
BOLD = 1.12  # a bold letter is so much wider than a plain one
PLACES = 1

# Widths in em of the widest of the fonts that browsers take for system-ui: a label that fits there fits everywhere.
_NARROW, _THIN, _PLAIN, _CAPITAL, _BROAD = 0.30, 0.41, 0.64, 0.78, 1.0
_WIDTHS = (
    dict.fromkeys("ijlI.,:;'|!", _NARROW)
    | dict.fromkeys('ftr ()-–[]/"\u00a0', _THIN)
    | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", _CAPITAL)
    | dict.fromkeys("mwMW%@…—€", _BROAD)
)


def rounded(value: float) -> float:
    return round(value, PLACES) + 0.0  # + 0.0: no minus zero in the markup


def text_width(text: str, *, bold: bool = False, size: float = TEXT) -> float:
    return sum(_WIDTHS.get(letter, _PLAIN) for letter in text) * size * (BOLD if bold else 1)


def cut(text: str, width: float, *, bold: bool = False) -> str:
    """Return the text, shortened with an ellipsis until it fits; whoever draws it says the whole in a title."""
    if text_width(text, bold=bold) <= width:
        return text
    while text and text_width(text + "…", bold=bold) > width:
        text = text[:-1].rstrip()
    return text + "…"


def wrap(text: str, width: float, *, bold: bool = False, most: int = 2) -> tuple[str, ...]:
    """Return the text in at most so many lines that each fit; what is left over is cut in the last one."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        taken = 1
        while taken < len(words) and text_width(" ".join(words[: taken + 1]), bold=bold) <= width:
            taken += 1
        lines.append(cut(" ".join(words[:taken]), width, bold=bold))
        words = words[taken:]
    if words:
        lines.append(cut(" ".join(words), width, bold=bold))
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: "Box") -> bool:
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text at its baseline; css: the class that says what it is."""

    text: str
    x: float
    y: float
    css: str
    anchor: str = "start"


def stack(
    ideals: Sequence[float], heights: Sequence[float], *, gap: float, lowest: float, highest: float
) -> list[float]:
    """Return upper edges as near to the ideal ones as no overlap allows, in the given order.

    Least squares: neighbours that touch move together (pool adjacent violators). Everything stays between `lowest`
    and `highest` where there is room for it.
    """
    offsets, below = [], 0.0
    for height in heights:
        offsets.append(below)
        below += height + gap
    pools: list[tuple[float, int]] = []  # sum of the wanted places without what lies above, and how many
    for ideal, offset in zip(ideals, offsets, strict=True):
        pools.append((ideal - offset, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            (total, count), (above, many) = pools.pop(), pools.pop()
            pools.append((total + above, count + many))
    last = max(lowest, highest - (below - gap)) if heights else lowest
    places = [min(max(total / count, lowest), last) for total, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]
