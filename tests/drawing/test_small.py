import pytest

from dashboard.drawing.bands import Band, Edges
from dashboard.drawing.mosaic import HEAD, draw_mosaic
from dashboard.drawing.paper import Box, cut, stack, text_width, wrap
from dashboard.drawing.small import heard_bar, points_bar, polyline, whisker


def test_boxes_of_the_mosaic_have_the_area_of_their_weight() -> None:
    shares = {"both": 0.14, "met_only": 0.22, "felt_only": 0.21, "neither": 0.43}
    drawing = draw_mosaic(**shares, uid="m")
    areas = [cell.box.width * cell.box.height for cell in drawing.cells]
    assert [round(area / sum(areas), 2) for area in areas] == [0.14, 0.22, 0.21, 0.43]


def test_boxes_of_the_mosaic_stay_inside_and_apart() -> None:
    drawing = draw_mosaic(both=0.9, met_only=0.05, felt_only=0.03, neither=0.02, uid="m")
    sheet = Box(0, HEAD, drawing.width, drawing.height)
    boxes = list(drawing.boxes())
    assert all(sheet.holds(box) for box in boxes)
    assert not any(one.overlaps(other) for one in boxes for other in boxes if one is not other)


def test_an_empty_box_is_not_drawn() -> None:
    drawing = draw_mosaic(both=1, met_only=0, felt_only=0, neither=0, uid="m")
    assert [cell.kind for cell in drawing.cells] == ["both"]
    assert [line.text for line in drawing.heads] == ["served 100 %"]


def test_words_stand_only_in_boxes_that_hold_them() -> None:
    drawing = draw_mosaic(both=0.9, met_only=0.05, felt_only=0.03, neither=0.02, uid="m")
    for cell in drawing.cells:
        for line in cell.lines:
            assert line.x + text_width(line.text) <= cell.box.right
            assert cell.box.y < line.y <= cell.box.bottom


def test_a_whisker_runs_from_0_to_100() -> None:
    drawing = whisker(50, 0, 100, edges=Edges())
    assert (drawing.left, drawing.left + drawing.span, drawing.mark.x if drawing.mark else None) == (6, 98, 52)
    assert drawing.ticks == (15.2, 29.0, 52.0)


def test_a_whisker_of_little_evidence_has_no_point() -> None:
    drawing = whisker(40, 11, 82, edges=Edges(), only_interval=True)
    assert drawing.mark is None
    assert drawing.words == "11 to 82 of 100"


def test_points_are_as_long_as_their_part_of_the_largest() -> None:
    bar = points_bar(1.2, 0.6, 1.8, top=2.4, band=Band.GAP, width=80)
    assert (bar.length, bar.low, bar.high) == (40, 20, 60)


def test_a_bar_of_the_heard_is_as_long_as_the_part_and_filled_as_far_as_it_spoke() -> None:
    bar = heard_bar(0.25, 0.5, largest=0.5, words="", width=320)
    assert (bar.whole, bar.heard) == (160, 80)


@pytest.mark.parametrize("values", [[], [3]])
def test_one_value_has_no_course(values: list[float]) -> None:
    assert polyline(values, Box(0, 0, 80, 20)) == ""


def test_a_flat_course_is_a_flat_line() -> None:
    assert polyline([2, 2, 2], Box(3, 3, 90, 18)) == "3,21 48,21 93,21"


def test_a_course_fills_its_box_from_the_least_to_the_most() -> None:
    assert polyline([1, 3, 2], Box(0, 0, 80, 20)) == "0,20 40,0 80,10"


def test_stacked_labels_keep_their_order_and_their_distance() -> None:
    assert stack([10, 12, 100], [16, 16, 16], gap=4, lowest=0, highest=200) == [1, 21, 100]


def test_stacked_labels_stay_between_the_bounds() -> None:
    assert stack([-50, 500], [16, 16], gap=4, lowest=2, highest=100) == [2, 84]


def test_text_is_wrapped_by_words_and_what_is_left_is_cut() -> None:
    lines = wrap("Purchasing of spare parts and everything else", 100)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(text_width(line) <= 100 for line in lines)


def test_a_short_text_is_not_cut() -> None:
    assert cut("Sales", 100) == "Sales"
