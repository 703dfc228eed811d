"""What each budget can buy: a step line of the best set at each cost with its range, every other set as a point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.drawing.axes import Tick, spaced
from dashboard.drawing.paper import LINE, Box, TextLine, rounded, text_width

LEFT, RIGHT, TOP, BOTTOM = 40.0, 16.0, 28.0, 44.0
SIZES = {"only-wide": (720.0, 420.0), "only-narrow": (336.0, 320.0)}
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Stop:
    """A set on the line: its cost in money, its points and their range; title says it in full."""

    money: float
    points: float
    lo: float
    hi: float
    title: str


@dataclass(frozen=True, slots=True)
class FrontierDrawing:
    uid: str
    css: str
    width: float
    height: float
    plot: Box
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    line: str
    shade: str
    stops: tuple[tuple[float, float, str], ...]
    others: tuple[tuple[float, float], ...]
    budget: float
    chosen: tuple[float, float] | None
    labels: tuple[TextLine, ...]
    heading: str
    x_words: str
    y_words: str
    description: str


@dataclass(frozen=True, slots=True)
class _Plane:
    plot: Box
    most: float
    low: float
    high: float

    def x(self, money: float) -> float:
        return rounded(self.plot.x + self.plot.width * min(money / self.most, 1.0))

    def y(self, points: float) -> float:
        return rounded(self.plot.bottom - self.plot.height * (points - self.low) / (self.high - self.low))


def draw_frontier(
    stops: Sequence[Stop],
    *,
    others: Sequence[tuple[float, float]],
    budget: float,
    budget_words: str,
    chosen: tuple[float, float, str] | None,
    uid: str,
    css: str,
    heading: str,
    currency: str,
) -> FrontierDrawing:
    """Return the drawing. others: (money, points) of every set; chosen: of the best one for the budget, named."""
    width, height = SIZES[css]
    plot = Box(LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM)
    most = max([each.money for each in stops] + [budget], default=0.0) * 1.05 or 1.0
    shown = [points for money, points in others if money <= most]
    high = max([each.hi for each in stops] + shown + [0.1]) * 1.05
    low = min([each.lo for each in stops] + [0.0])
    plane = _Plane(plot, most, low, high)
    return FrontierDrawing(
        uid=uid,
        css=css,
        width=width,
        height=height,
        plot=plot,
        across=_across(plane, currency),
        up=tuple(Tick(plane.y(at), f"{at:g}".replace("-", "\u2212")) for at in _even(low, high)),
        line=_steps([(plane.x(each.money), plane.y(each.points)) for each in stops], plane),
        shade=_shade(stops, plane),
        stops=tuple((plane.x(each.money), plane.y(each.points), each.title) for each in stops),
        others=tuple(dict.fromkeys((plane.x(money), plane.y(points)) for money, points in others if money <= most)),
        budget=plane.x(budget),
        chosen=None if chosen is None else (plane.x(chosen[0]), plane.y(chosen[1])),
        labels=tuple(_labels(plane, budget, budget_words, chosen)),
        heading=heading,
        x_words=f"cost in {currency}",
        y_words="points of overall gap removed",
        description="; ".join(each.title for each in stops),
    )


def _across(plane: _Plane, currency: str) -> tuple[Tick, ...]:
    ticks = [(plane.x(at), _short(at), float(at == 0)) for at in _even(0.0, plane.most)]
    return spaced(ticks)


def _short(amount: float) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if amount >= size:
            return f"{amount / size:g}{letter}"
    return f"{amount:g}"


def _even(low: float, high: float, *, about: int = 6) -> list[float]:
    """Return round numbers from low to high, about so many."""
    raw = (high - low) / about
    size = 10 ** math.floor(math.log10(raw))
    step = next(each * size for each in STEPS if each * size >= raw)
    return [round(at * step, 9) for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _steps(spots: Sequence[tuple[float, float]], plane: _Plane) -> str:
    """Return the path of a line that holds its height until the next set is affordable."""
    if not spots:
        return ""
    start = f"M{spots[0][0]:g} {spots[0][1]:g}"
    return start + "".join(f"H{x:g}V{y:g}" for x, y in spots[1:]) + f"H{plane.plot.right:g}"


def _shade(stops: Sequence[Stop], plane: _Plane) -> str:
    if not stops:
        return ""
    upper = _steps([(plane.x(each.money), plane.y(each.hi)) for each in stops], plane)
    back = [f"V{plane.y(stops[-1].lo):g}"]
    for left, each in zip(reversed(stops), [None, *reversed(stops)], strict=False):
        if each is not None:
            back.append(f"V{plane.y(left.lo):g}")
        back.append(f"H{plane.x(left.money):g}")
    return f"{upper}{''.join(back)}Z"


def _labels(plane: _Plane, budget: float, budget_words: str, chosen: tuple[float, float, str] | None) -> list[TextLine]:
    x, plot = plane.x(budget), plane.plot
    words = f"budget {budget_words}"
    is_right = x + 6 + text_width(words, bold=True) <= plot.right
    found = [
        TextLine(words, rounded(x + (6 if is_right else -6)), plot.y + 12, "t-name", "start" if is_right else "end")
    ]
    if chosen is not None:
        at, y = plane.x(chosen[0]), plane.y(chosen[1])
        # Left of a step the line runs lower, so that words above it cross nothing; to the right stands the budget.
        # Where there is no room the answer above the drawing says it all the same.
        if at - 12 - text_width(chosen[2], bold=True) >= plane.plot.x:
            above = max(y - 8, plot.y + 2 * LINE)
            found.append(TextLine(chosen[2], rounded(at - 8), rounded(above), "t-name", "end"))
    return found
