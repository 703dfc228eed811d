"""PDFs: drawings look as on the page, and nothing is fetched."""

import pytest
import tinyhtml5
from cssselect2 import ElementWrapper

from web.pdf import SVG, fetch_nothing, in_light, resolve, style_drawings

SHEET = """
:root { --ink: light-dark(#111, #eee); --b: none } .b-gap { --b: var(--ink) }
.fig text { font: 600 12px var(--font, serif) }
.mark { fill: var(--b) } .mark.soft { stroke: red } .open:hover { fill: blue } .lost { fill: var(--nowhere) }
@media print { .mark { fill: green } }
"""


def styled(markup: str) -> list[str]:
    root = tinyhtml5.parse(f"<!DOCTYPE html><body>{markup}", namespace_html_elements=False)
    style_drawings(ElementWrapper.from_html_root(root), [in_light(SHEET)])
    return [each.get("style") for each in root.iter() if str(each.tag).startswith(SVG)]


def test_a_drawing_gets_its_colours_from_the_sheets_through_variables_of_what_it_stands_in():
    svg = '<svg class="fig" width="20" height="10"><g class="b-gap"><rect class="mark soft open"/></g></svg>'

    assert styled(svg)[1:] == ["", "fill: #111; stroke: red"]


def test_a_font_is_told_in_its_parts_and_a_variable_that_nobody_set_does_not_hold():
    svg = '<svg class="fig" width="20" height="10"><text>x</text><rect class="lost"/></svg>'

    assert styled(svg)[1:] == ["font-weight: 600; font-size: 12px; font-family: serif", ""]


def test_a_drawing_that_is_wider_than_the_paper_shrinks_as_a_whole():
    assert styled('<svg width="1320" height="100"></svg>') == ["width: 660px; height: 50px"]


def test_variables_in_a_circle_end():
    assert resolve("var(--a)", {"--a": "var(--a)"}) is None


def test_nothing_is_fetched():
    with pytest.raises(ValueError, match="loads nothing"):
        fetch_nothing("file:///etc/passwd")
