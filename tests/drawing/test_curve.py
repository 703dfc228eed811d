from itertools import combinations, pairwise

import pytest

from dashboard.drawing.curve import CurveDrawing, MeasuredLine, Reference, Step, draw_curve
from dashboard.drawing.paper import Box

STEPS = [
    Step(72, "72", 0.04), Step(48, "48", 0.07), Step(24, "24", 0.25), Step(12, "12", 0.20), Step(8, "8", 0.30),
    Step(4, "4", 0.12), Step(2, "2", 0.02),
]  # fmt: skip
MEASURED = MeasuredLine("measured level", 21.5, "21.5 h", 18.6, 25.8, 0.36)
TARGET = Reference("our target", 24, "24 h")
WANTED = Reference("serves 80 %", 8, "8 h")


def curve(
    steps: list[Step] = STEPS, measured: tuple[MeasuredLine, ...] = (MEASURED,), **options: object
) -> CurveDrawing:
    values = {
        "target": TARGET, "wanted": WANTED, "wanted_share": 0.8, "unit": "h", "lower_is_better": True,
        "is_time": True, "uid": "k",
    }  # fmt: skip
    drawing = draw_curve(steps, measured, **(values | options))
    assert drawing is not None
    return drawing


def test_better_is_to_the_right_when_lower_is_better() -> None:
    xs = [x for x, _ in curve().risers]
    assert xs == sorted(xs)


def test_better_is_to_the_right_when_higher_is_better() -> None:
    steps = [Step(90, "90", 0.5), Step(99, "99", 0.5)]
    drawing = curve(steps, (), target=None, wanted=None, lower_is_better=False, is_time=False)
    assert drawing.risers[0][0] < drawing.risers[1][0]


def test_each_riser_ends_at_the_share_served_so_far() -> None:
    drawing = curve()
    heights = [drawing.bottom - y for _, y in drawing.risers]
    assert [round(height / (drawing.bottom - drawing.top), 2) for height in heights] == [
        0.04, 0.11, 0.36, 0.56, 0.86, 0.98, 1.0,
    ]  # fmt: skip


def test_times_run_on_a_logarithm() -> None:
    xs = {step.level: x for step, (x, _) in zip(STEPS, curve().risers, strict=True)}
    assert xs[24] - xs[48] == pytest.approx(xs[4] - xs[8], abs=0.2)


def test_what_is_missing_is_shaded_from_the_curve_at_the_measured_level_to_the_top() -> None:
    drawing = curve()
    (shade,) = drawing.unserved
    assert shade.y == drawing.top
    assert shade.height == pytest.approx(0.64 * (drawing.bottom - drawing.top), abs=0.2)
    assert shade.x < drawing.dots[0][0] < shade.right


def test_an_open_end_of_the_interval_reaches_the_worse_edge() -> None:
    drawing = curve(measured=(MeasuredLine("measured level", 21.5, "21.5 h", 18.6, None, 0.36),))
    assert drawing.bands[0].x == drawing.left


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("level", [2.1, 7.9, 8.0, 8.1, 12, 23.9, 24.1, 70])
def test_words_above_the_plot_never_overlap_nor_leave_the_drawing(level: float, *, wide: bool) -> None:
    lines = (MeasuredLine("Press A, Europe", level, "21.5 h", 18.6, 25.8, 0.36), MEASURED)
    drawing = curve(measured=lines, wide=wide)
    boxes = list(drawing.boxes())
    assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
    sheet = Box(0, 0, drawing.width, drawing.height)
    assert [box for box in boxes if not sheet.holds(box)] == []


def test_one_level_and_one_step_still_make_a_curve() -> None:
    drawing = curve([Step(5, "5", 1.0)], (), target=None, wanted=None)
    assert drawing.left < drawing.risers[0][0] < drawing.right


def test_nobody_stated_a_level_so_there_is_no_curve() -> None:
    assert (
        draw_curve(
            [],
            [MEASURED],
            target=None,
            wanted=None,
            wanted_share=0.8,
            unit="h",
            lower_is_better=True,
            is_time=True,
            uid="k",
        )
        is None
    )


def test_worded_ticks_keep_their_distance() -> None:
    steps = [Step(level, f"{level:.1f}", 1 / 40) for level in range(40, 0, -1)]
    ticks = curve(steps, is_time=False).ticks
    assert all(other.at - one.at > 20 for one, other in pairwise(ticks))
