from itertools import combinations

import pytest

from dashboard.drawing.bands import Band
from dashboard.drawing.control import ControlDrawing, Level, Note, draw_control, draw_spreads
from dashboard.drawing.paper import Box, text_width
from scoring.charts import Subgroup
from scoring.counted import p_chart
from scoring.felt import Direction
from scoring.rules import Rules
from scoring.shewhart import xmr_chart
from scoring.time_weighted import cusum_chart

QUIET = [20, 22, 21, 19, 20, 23, 21, 20, 22, 19, 21, 20]
JUMP = [*QUIET, 45, 20, 21]
CUSTOMERS = Level("customers' 80 %", 8, "8 h")
TARGET = Level("our target", 24, "24 h")


def control(phases: list[list[float | None]], **options: object) -> ControlDrawing:
    chart = xmr_chart(phases)
    assert chart is not None
    values = {
        "periods": [f"{number}" for number in range(sum(map(len, phases)))], "direction": Direction.LOWER,
        "customers": CUSTOMERS, "target": TARGET, "unit": "h", "uid": "x", "description": "",
    }  # fmt: skip
    return draw_control(chart, **(values | options))


def test_only_signals_have_colour_and_shape() -> None:
    drawing = control([JUMP])
    assert [mark.band for mark in drawing.signals] == [Band.GAP]
    assert len(drawing.plain) == len(JUMP) - 1


def test_the_same_jump_is_good_news_where_higher_is_better() -> None:
    assert [mark.band for mark in control([JUMP], direction=Direction.HIGHER).signals] == [Band.SERVED]


def test_a_signal_without_a_way_is_a_ring() -> None:
    chart = xmr_chart([[10, 30] * 8], Rules.NELSON)
    assert chart is not None
    names = [f"{number}" for number in range(16)]
    drawing = draw_control(
        chart, periods=names, direction=Direction.LOWER, customers=None, target=None, unit="h", uid="x", description=""
    )
    assert [css for css, _ in drawing.shapes] == ["band-mark b-watch hollow"]
    assert len(drawing.plain) + len(drawing.signals) == 16


def test_quiet_values_give_no_signal() -> None:
    assert control([QUIET]).signals == ()


def test_customers_level_and_target_are_different_lines() -> None:
    assert [rule.css for rule in control([QUIET]).rules] == ["target-line", "customer-line"]


def test_a_missing_period_keeps_its_place() -> None:
    full, gap = control([QUIET]), control([[*QUIET[:5], None, *QUIET[6:]]])
    assert gap.plain[5][0] == full.plain[6][0]
    assert len(gap.plain) == len(QUIET) - 1


def test_a_new_phase_has_its_own_field() -> None:
    drawing = control([QUIET, [value - 10 for value in QUIET]])
    assert len(drawing.phases) == 2
    assert drawing.phases[1].mean > drawing.phases[0].mean
    assert drawing.phases[1].left > drawing.phases[0].right
    assert len(drawing.breaks) == 1


@pytest.mark.parametrize("customers", [8, 19.9, 20.5, 24, 40])
@pytest.mark.parametrize(("small", "wide"), [(False, True), (False, False), (True, True)])
def test_labels_never_overlap_nor_leave_the_drawing(customers: float, *, small: bool, wide: bool) -> None:
    drawing = control([JUMP], customers=Level("customers' 80 %", customers, "8.25 h"), small=small, wide=wide)
    boxes = list(drawing.boxes())
    assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
    sheet = Box(0, 0, drawing.width, drawing.height)
    assert [box for box in boxes if not sheet.holds(box)] == []


def test_the_name_of_the_last_period_ends_inside_where_no_line_has_a_name() -> None:
    periods = [f"{day} Nov" for day in range(11, 11 + len(JUMP))]

    drawing = control([JUMP], periods=periods, customers=None, target=None, small=True)

    last = drawing.ticks[-1]
    assert last.word == "25 Nov"
    assert last.at + text_width(last.word) / 2 < drawing.width - 2


def test_the_ranges_have_one_value_less_than_the_chart_and_mark_the_jump() -> None:
    chart = xmr_chart([JUMP])
    assert chart is not None
    ranges = draw_spreads(chart, count=len(JUMP), right=900, uid="r")
    assert ranges is not None
    assert len(ranges.plain) + len(ranges.beyond) == len(JUMP) - 1
    assert len(ranges.beyond) == 2


def test_limits_step_where_the_size_of_a_subgroup_changes() -> None:
    sizes = [100, 100, 400, 400, 100]
    chart = p_chart([[Subgroup(size // 10, size) for size in sizes]])
    assert chart is not None
    drawing = draw_control(
        chart, periods=["x"] * 5, direction=Direction.LOWER, customers=None, target=None, unit="", uid="x",
        description="",
    )  # fmt: skip
    heights = [corner.split(",")[1] for corner in drawing.phases[0].upper.split()]
    assert heights[0] == heights[1] == heights[4] == heights[5]
    assert float(heights[2]) > float(heights[0])


def test_both_sums_of_a_cusum_are_drawn_and_no_level_beside_them() -> None:
    chart = cusum_chart([[*QUIET, *[value - 8 for value in QUIET]]])
    assert chart is not None
    drawing = draw_control(
        chart, periods=["x"] * 24, direction=Direction.LOWER, customers=None, target=None, unit="h", uid="x",
        description="",
    )  # fmt: skip
    assert len(drawing.series) == 2
    assert {mark.band for mark in drawing.signals} == {Band.GAP, Band.SERVED}


def test_a_note_stands_above_its_place() -> None:
    drawing = control([JUMP], notes=[Note(1, 12, "The store was flooded.")])
    assert [(mark.x, mark.word) for mark in drawing.notes] == [(drawing.signals[0].x, "1")]
    assert drawing.top == 24
