"""The roof of a house lies over the columns of its table."""

from dashboard.drawing.roof import NARROW, WIDE, draw_roof
from dashboard.drawing.whole_house import LEAST_MM, scale_on_paper
from dashboard.house import Beam, Column, breakable

FEW, MANY = ([Column(key, f"C{key}", f"C{key}", "") for key in range(count)] for count in (3, 60))


def test_neighbours_meet_over_the_edge_between_their_columns() -> None:
    roof = draw_roof(FEW, [Beam(0, 1, 9, "1 ›", "C0 supplies C1"), Beam(0, 2, 3, ".5", "both")])
    near, far = roof.tiles
    assert (near.x, near.css) == (WIDE, "roof-cell roof-9")
    assert (far.x, far.y) == (1.5 * WIDE, 2 * near.y)
    assert (roof.width, roof.description) == (3 * WIDE, "C0 supplies C1; both")
    assert max(float(corner.split(",")[1]) for corner in near.points.split()) < 0


def test_a_pair_without_anything_can_be_opened_where_there_are_few() -> None:
    roof = draw_roof(FEW, [Beam(0, 1, 9, "+", "said")], open_url="/roof/{one}/{other}/")
    assert {tile.href for tile in roof.tiles} == {"", "/roof/0/2/", "/roof/1/2/"}


def test_a_roof_over_many_columns_is_cut_off_above_what_stands_in_it() -> None:
    roof = draw_roof(MANY, [Beam(5, 10, 3, "−", "conflict", opposes=True)], open_url="/roof/{one}/{other}/")
    rise = NARROW / 2 * 0.6
    assert [tile.css for tile in roof.tiles] == ["roof-cell roof-3 roof-against"]
    assert roof.height == 7 * rise + 1
    assert len(roof.grid) < 5_000


def test_a_drawing_takes_the_smallest_sheet_on_which_it_can_be_read() -> None:
    assert scale_on_paper(1000, 600) == 0.277
    assert scale_on_paper(1000, 1400) == 190 / 1000
    assert scale_on_paper(2400, 1000) == 400 / 2400
    assert scale_on_paper(4000, 1000) < LEAST_MM


def test_long_words_get_a_place_to_break() -> None:
    assert breakable("Administration") == "Admini\u00adstration"
    assert breakable("Training") == "Training"
