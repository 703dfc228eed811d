import math
import random
from dataclasses import replace
from itertools import combinations

import pytest

from dashboard.drawing.bands import Band, Edges
from dashboard.drawing.circle import Centre, CircleDrawing, Dot, Supply, draw_circle
from dashboard.drawing.paper import Box

EDGES = Edges()
NAMES = (
    "Equipment", "Technical support", "Training", "Supplies", "Web site", "Administration and invoicing",
    "Terms and prices", "Sales", "Case studies", "Research and development", "Documentation",
    "Purchasing of spare parts", "Manufacturing", "Logistics", "Field service", "Hotline", "Human resources", "IT",
    "Finance", "Legal and compliance", "Marketing", "Press and public relations", "Quality", "Planning", "Testing",
    "Onboarding", "Data protection", "Repair shop", "Customs", "Incomprehensibilities",
)  # fmt: skip
CENTRE = Centre("44", "37 to 52", "n_eff 178", (48, 46, 44), "3 runs")


def dot(key: int, *, share: float | None = 0.1, gap: float | None = 30, **values: object) -> Dot:
    made = Dot(
        key=key,
        name=NAMES[key % len(NAMES)],
        href=f"/functions/{key}/",
        share=share,
        band=EDGES.band(gap),
        gap=gap,
        value="" if gap is None else f"{gap:.0f}",
        details=(),
        title=f"{NAMES[key % len(NAMES)]}: own gap {gap}",
        description="",
    )
    return replace(made, **values)


def ring_of(count: int, seed: int = 1) -> list[Dot]:
    """Dots as wordy as they get: an interval, what reaches customers, and what was neglected."""
    chance = random.Random(seed)
    made = []
    for key in range(count):
        gap = chance.uniform(0, 90)
        details = [(f"gap {gap:.0f} ({gap * 0.8:.0f} to {min(gap * 1.2, 100):.0f})", "t-meta")]
        if chance.random() < 0.6:
            details.append(("64 reaches customers, from Administration", "t-meta"))
        if chance.random() < 0.4:
            details.append(("no measurement for 118 d", "t-stale"))
        made.append(dot(key, share=chance.random(), gap=gap, details=tuple(details), received=chance.uniform(0, 60)))
    return made


def circle(dots: list[Dot], links: tuple[Supply, ...] = (), **options: object) -> CircleDrawing:
    return draw_circle(dots, links, CENTRE, uid="c", **options)


@pytest.mark.parametrize("count", range(1, 31))
@pytest.mark.parametrize("seed", range(4))
def test_no_label_overlaps_another_and_none_leaves_the_drawing(count: int, seed: int) -> None:
    drawing = circle(ring_of(count, seed))
    boxes = list(drawing.boxes())
    assert len(boxes) == count
    assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
    sheet = Box(0, 0, drawing.width, drawing.height)
    assert [box for box in boxes if not sheet.holds(box)] == []


@pytest.mark.parametrize("count", range(1, 31))
def test_labels_lie_outside_the_ring_of_marks(count: int) -> None:
    drawing = circle(ring_of(count))
    outside = min(math.hypot(*_nearest(box, drawing)) for box in drawing.boxes())
    largest = max(shape.mark.reach for shape in drawing.dots)
    assert outside > drawing.ring.radius + largest


def _nearest(box: Box, drawing: CircleDrawing) -> tuple[float, float]:
    x = min(max(drawing.ring.cx, box.x), box.right) - drawing.ring.cx
    y = min(max(drawing.ring.cy, box.y), box.bottom) - drawing.ring.cy
    return x, y


@pytest.mark.parametrize("count", [1, 2, 9, 30, 45])
@pytest.mark.parametrize("wide", [True, False])
def test_marks_and_numbers_stay_inside_the_drawing(count: int, *, wide: bool) -> None:
    drawing = circle(ring_of(count), wide=wide)
    sheet = Box(0, 0, drawing.width, drawing.height)
    for shape in drawing.dots:
        reach = shape.mark.reach
        assert sheet.holds(Box(shape.mark.x - reach, shape.mark.y - reach, 2 * reach, 2 * reach))
        if shape.number:
            assert sheet.holds(Box(shape.number.x - 8, shape.number.y - 11, 16, 14))


@pytest.mark.parametrize("count", [2, 9, 20, 30])
def test_neighbours_marks_never_touch(count: int) -> None:
    drawing = circle([dot(key, share=1, gap=40) for key in range(count)])
    for one, other in combinations(drawing.dots, 2):
        assert math.dist((one.mark.x, one.mark.y), (other.mark.x, other.mark.y)) > 1.8 * one.mark.r


def test_area_is_in_proportion_to_the_share_of_importance_whatever_the_shape() -> None:
    gaps = {0.40: 5, 0.20: 15, 0.30: 30, 0.10: 60}
    drawing = circle([dot(key, share=share, gap=gap) for key, (share, gap) in enumerate(gaps.items())])
    per_share = [shape.mark.area / shape.dot.share for shape in drawing.dots]
    assert per_share == pytest.approx([per_share[0]] * 4, rel=0.02)  # radii are rounded to a tenth of a pixel


def test_triangle_and_square_enclose_the_area_of_the_disc() -> None:
    drawing = circle([dot(0, gap=30), dot(1, gap=60)])
    triangle, square = (shape.mark for shape in drawing.dots)
    corners = [tuple(map(float, corner.split(","))) for corner in triangle.points.split()]
    (ax, ay), (bx, by), (cx, cy) = corners
    assert abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2 == pytest.approx(triangle.area, rel=0.02)
    assert square.side**2 == pytest.approx(square.area, rel=0.02)


def test_a_dot_of_no_importance_can_still_be_seen_and_clicked() -> None:
    drawing = circle([dot(0, share=1), dot(1, share=0)])
    assert drawing.dots[1].mark.r == 5
    assert drawing.dots[1].hit * 2 >= 24


def test_a_dot_of_unknown_importance_has_a_size_of_its_own() -> None:
    drawing = circle([dot(0, share=1), dot(1, share=None, gap=None)])
    assert drawing.dots[1].mark.r == pytest.approx(0.4 * drawing.dots[0].mark.r)


def test_the_same_dots_are_drawn_the_same() -> None:
    assert circle(ring_of(17)) == circle(ring_of(17))


def test_dots_start_at_the_top_and_run_clockwise_in_ring_order() -> None:
    drawing = circle([dot(key) for key in (7, 3, 9, 1)])
    assert [shape.dot.key for shape in drawing.dots] == [7, 3, 9, 1]
    top, right, bottom, left = drawing.dots
    assert top.mark.y < drawing.ring.cy < bottom.mark.y
    assert left.mark.x < drawing.ring.cx < right.mark.x


def test_a_value_stands_inside_and_under_n_eff_5_it_does_not() -> None:
    sure, unsure = circle([dot(0, gap=39), dot(1, gap=39, hollow=True)]).dots
    assert sure.value is not None
    assert sure.value.text == "39"
    assert unsure.value is None
    assert unsure.mark.css == "band-mark b-gap few"


def test_no_data_is_hatched_and_never_hollow() -> None:
    shape = circle([dot(0, gap=None, hollow=True)]).dots[0]
    assert shape.mark.css == "band-mark b-none"
    assert shape.value is None


def test_the_path_from_the_bottleneck_carries_the_places_of_those_it_reaches() -> None:
    links = (Supply(10, 11, 1.0, ""), Supply(11, 12, 0.5, ""), Supply(12, 10, None, ""))
    dots = [dot(10), dot(11, path=(10, 11)), dot(12, path=(10, 11, 12))]
    drawing = circle(dots, links)
    assert [shape.css for shape in drawing.chords] == ["chord on-1 on-2", "chord on-2", "chord unset"]
    lit = circle(dots, links, focus=12)
    assert [shape.lit for shape in lit.chords] == [False, True, True]
    assert lit.dots[2].css == "dot d-2 lit"


def test_chords_are_as_wide_as_the_link_is_strong() -> None:
    links = tuple(Supply(0, key, strength, "") for key, strength in ((1, 1.0), (2, 0.5), (3, 0.25)))
    drawing = circle([dot(key) for key in range(4)], links)
    assert [shape.curve.width for shape in drawing.chords] == [3.8, 2.2, 1.5]


def test_a_link_to_a_function_that_left_the_circle_is_not_drawn() -> None:
    assert circle([dot(0)], (Supply(0, 99, 1.0, ""),)).chords == ()


def test_an_outer_arc_shows_only_what_is_passed_on_beyond_the_own_gap() -> None:
    drawing = circle([dot(0, received=0), dot(1, received=12, received_band=Band.SEVERE)])
    assert [arc.band for arc in drawing.arcs] == [Band.SEVERE]


def test_above_thirty_functions_numbers_take_the_place_of_labels() -> None:
    drawing = circle(ring_of(31))
    assert list(drawing.boxes()) == []
    assert [shape.number.text for shape in drawing.dots[:3] if shape.number] == ["1", "2", "3"]


def test_the_middle_says_interval_and_evidence_where_there_is_room() -> None:
    assert [line.text for line in circle([dot(0)]).centre_lines] == [
        "overall gap", "44", "37 to 52, n_eff 178", "3 runs",
    ]  # fmt: skip
    assert [line.text for line in circle([dot(0)], wide=False).centre_lines] == ["overall gap", "44", "37 to 52"]


def test_an_empty_circle_is_a_ring_without_dots() -> None:
    drawing = draw_circle([], (), None, uid="c")
    assert drawing.dots == ()
    assert drawing.centre_lines == ()


@pytest.mark.parametrize(
    ("gap", "band"), [(None, "none"), (0, "served"), (9.99, "served"), (10, "watch"), (25, "gap"), (50, "severe")]
)
def test_the_edge_belongs_to_the_band_above(gap: float | None, band: str) -> None:
    assert EDGES.band(gap) == band
