"""A chart of many points is drawn of fewer, and no signal is lost."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.drawing.control import draw_control
from dashboard.drawing.thinning import Pixels, limit_steps, thinned
from scoring.charts import Chart, Point
from scoring.felt import Direction
from scoring.rules import Rules
from scoring.shewhart import xmr_chart


def chart_of(values: list[float]) -> Chart:
    chart = xmr_chart([values], Rules.NELSON)
    assert chart is not None
    return chart


def kept_of(points: tuple[Point, ...], columns: int) -> list[Point]:
    return thinned(points, [bool(point.signals) for point in points], Pixels(len(points), columns))


# Bytes are drawn at once, where a list is drawn value by value.
@given(st.binary(min_size=2, max_size=200), st.integers(1, 60))
def test_every_signal_is_drawn_with_its_neighbours_and_every_column_with_its_ends(values: bytes, columns: int) -> None:
    points = chart_of([float(value % 16) for value in values]).phases[0].points
    kept = kept_of(points, columns)

    drawn = {point.index for point in kept}
    around = {at + step for at, point in enumerate(points) if point.signals for step in (-1, 0, 1)}
    assert around & set(range(len(points))) <= drawn
    assert {0, len(points) - 1} <= drawn
    assert [point.index for point in kept] == sorted(drawn)
    column = Pixels(len(points), columns).of(range(len(points))).tolist()
    for each in set(column):
        its = [point.value for point in points if column[point.index] == each]
        shown = [point.value for point in kept if column[point.index] == each]
        assert (min(shown), max(shown)) == (min(its), max(its))


def test_ten_thousand_points_become_two_a_pixel_and_their_signals() -> None:
    draw = random.Random(5)
    chart = chart_of([draw.gauss(20, 3) for _ in range(10_000)])
    drawing = draw_control(
        chart, periods=["x"] * 10_000, direction=Direction.LOWER, customers=None, target=None, unit="h", uid="x",
        description="",
    )  # fmt: skip

    signals = {at for at, _ in chart.signals}
    assert len(drawing.signals) == len(signals)
    assert len(drawing.series[0].split()) <= 2 * (drawing.right - drawing.left) + 3 * len(signals) + 2
    assert drawing.plain == ()
    assert len(drawing.shapes) == 3  # for the worse, for the better, and without a way


@pytest.mark.parametrize("columns", [2, 5])
def test_changing_limits_keep_their_outermost_in_each_column(columns: int) -> None:
    points = [Point(at, 0.0, -float(at % 3), float(at % 3)) for at in range(30)]
    steps = limit_steps(points, Pixels(30, columns))

    assert len(steps) == columns
    assert {(lcl, ucl) for _, _, lcl, ucl in steps} == {(-2.0, 2.0)}
    assert (steps[0][0], steps[-1][1]) == (0, 29)
