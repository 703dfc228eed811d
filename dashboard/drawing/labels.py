"""Labels outside the ring: beside their dot, in as much detail as there is room for, never one over another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from dashboard.drawing.paper import LINE, Box, TextLine, rounded, stack, text_width, wrap
from dashboard.drawing.ring import Ring

EDGE = 4.0  # how far labels stay from the edge of the drawing
GAP = 4.0  # between two labels
BASELINE = 12.0  # of the first line below the upper edge of its label
DRIFT = 34.0  # further than that from its dot a label needs a leader line
DETAILS = (3, 2, 1, 0, -1)  # how much follows the name, richest first; -1: the name on one line


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a label would like to say: the name, a short value for where room is scarce, and further lines.

    details: (text, css class) in order of importance.
    """

    name: str
    value: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A placed label; leader: a line back to its dot where the label had to move away from it."""

    lines: tuple[TextLine, ...]
    box: Box
    leader: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    index: int
    side: int  # 1 right, -1 left, 0 middle
    rows: tuple[tuple[str, str], ...]
    ideal: float
    y: float = 0.0

    @property
    def height(self) -> float:
        return LINE * len(self.rows)

    @property
    def width(self) -> float:
        return max(text_width(text, bold=css == "t-name") for text, css in self.rows)


@dataclass(frozen=True, slots=True)
class Field:
    """Where labels may lie: outside `inner` around the ring, inside the drawing."""

    ring: Ring
    inner: float
    width: float
    height: float

    def start(self, top: float, height: float) -> float:
        """Return how far from the middle, sideways, a box of this height may begin at the earliest."""
        near = max(top - self.ring.cy, self.ring.cy - top - height, 0.0)
        return math.sqrt(max(self.inner**2 - near**2, 0.0))

    def room(self, top: float, height: float) -> float:
        return self.width / 2 - EDGE - max(self.start(top, height), 8.0)


def place(wanted: Sequence[Wanted], field: Field) -> tuple[Label, ...]:
    """Return the labels in ring order, in the richest detail whose labels stay near their dots."""
    for detail in DETAILS:
        drafts = _drafts(wanted, field, detail)
        if detail == DETAILS[-1] or _fits(drafts, field):
            break
    return tuple(_label(draft, field) for draft in drafts)


def end_height(wanted: Wanted) -> float:
    """Return how much room the label above or below the ring takes when it says all."""
    return LINE * (1 + len(wanted.details))


def side_of(angle: float) -> int:
    across = math.cos(angle)
    return 0 if abs(across) < 1e-9 else 1 if across > 0 else -1


def _drafts(wanted: Sequence[Wanted], field: Field, detail: int) -> list[_Draft]:
    """Wrap for the room beside each dot, place, and wrap again for the room where the labels came to lie."""
    rooms = [field.room(_middle(field, index), 0.0) for index in range(len(wanted))]
    drafts: list[_Draft] = []
    for _ in range(3):
        drafts = _stacked(
            [_draft(each, field, index, detail, rooms[index]) for index, each in enumerate(wanted)], field
        )
        if all(_inside(draft, field) for draft in drafts):
            return drafts
        rooms = [min(rooms[each.index], field.room(each.y, each.height)) for each in drafts]
    narrowest = field.room(field.ring.cy, 0.0)
    return _stacked([_draft(each, field, index, detail, narrowest) for index, each in enumerate(wanted)], field)


def _draft(wanted: Wanted, field: Field, index: int, detail: int, room: float) -> _Draft:
    side = side_of(field.ring.angle(index))
    width = room if side else field.inner
    name = wanted.name if detail > 0 else f"{wanted.name} {wanted.value}".strip()
    rows = [(line, "t-name") for line in wrap(name, width, bold=True, most=1 if detail < 0 else 2)]
    for text, css in wanted.details[: max(detail, 0)]:
        rows += [(line, css) for line in wrap(text, width)]
    return _Draft(index, side, tuple(rows), _middle(field, index))


def _middle(field: Field, index: int) -> float:
    return field.ring.at(field.ring.angle(index), field.inner)[1]


def _stacked(drafts: Sequence[_Draft], field: Field) -> list[_Draft]:
    placed = [_at_end(draft, field) for draft in drafts if draft.side == 0]
    above = min((draft.y + draft.height + GAP for draft in placed if draft.y < field.ring.cy), default=EDGE)
    below = max((draft.y - GAP for draft in placed if draft.y > field.ring.cy), default=field.height - EDGE)
    for side in (1, -1):
        column = sorted((draft for draft in drafts if draft.side == side), key=lambda each: (each.ideal, each.index))
        ideals = [draft.ideal - draft.height / 2 for draft in column]
        heights = [draft.height for draft in column]
        places = stack(ideals, heights, gap=GAP, lowest=above, highest=below)
        placed += [replace(draft, y=y) for draft, y in zip(column, places, strict=True)]
    return sorted(placed, key=lambda each: each.index)


def _at_end(draft: _Draft, field: Field) -> _Draft:
    is_top = draft.ideal < field.ring.cy
    y = field.ring.cy - field.inner - draft.height if is_top else field.ring.cy + field.inner
    return replace(draft, y=min(max(y, EDGE), field.height - EDGE - draft.height))


def _inside(draft: _Draft, field: Field) -> bool:
    return draft.side == 0 or draft.width <= field.room(draft.y, draft.height) + 0.01


def _fits(drafts: Sequence[_Draft], field: Field) -> bool:
    """Whether no label lies far from its dot, over another one or outside."""
    near = all(abs(draft.y + draft.height / 2 - draft.ideal) <= DRIFT for draft in drafts if draft.side)
    boxes = [_label(draft, field).box for draft in drafts]
    inside = all(Box(0, 0, field.width, field.height).holds(box) for box in boxes)
    return near and inside and not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def _label(draft: _Draft, field: Field) -> Label:
    cx, width = field.ring.cx, draft.width
    if draft.side == 0:
        x, box, anchor = cx, Box(cx - width / 2, draft.y, width, draft.height), "middle"
    else:
        x = cx + draft.side * max(field.start(draft.y, draft.height), 8.0)
        box = Box(x if draft.side > 0 else x - width, draft.y, width, draft.height)
        anchor = "start" if draft.side > 0 else "end"
    lines = tuple(
        TextLine(text, rounded(x), rounded(draft.y + BASELINE + LINE * row), css, anchor)
        for row, (text, css) in enumerate(draft.rows)
    )
    return Label(lines, box, _leader(draft, field, x))


def _leader(draft: _Draft, field: Field, x: float) -> tuple[float, float, float, float] | None:
    if draft.side == 0 or abs(draft.y + draft.height / 2 - draft.ideal) <= DRIFT / 2:
        return None
    x0, y0 = field.ring.at(field.ring.angle(draft.index), field.inner - 12)
    return rounded(x0), rounded(y0), rounded(x - draft.side * 3), rounded(draft.y + draft.height / 2)
