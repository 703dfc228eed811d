"""The colours of static/css/tokens.css: contrast on every ground, and bands that nobody takes for each other."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from django.conf import settings

from tests.web.colours import SIGHT, contrast, distance, seen

TOKENS = Path(settings.BASE_DIR) / "static" / "css" / "tokens.css"
PAIR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
GROUNDS = ("ground", "surface", "raised")
BANDS = ("served", "watch", "gap", "severe")
LEAST_DISTANCE = 12


@pytest.fixture(params=["light", "dark"])
def colour(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the colours of one theme by name."""
    return {name: light if request.param == "light" else dark for name, light, dark in PAIR.findall(TOKENS.read_text())}


def lowest(colour: dict[str, str], name: str) -> float:
    return min(contrast(colour[name], colour[ground]) for ground in GROUNDS)


@pytest.mark.parametrize("name", ["ink", "ink-2", "ink-3", "link", "danger", "good"])
def test_text_can_be_read_on_every_ground(colour, name):
    assert lowest(colour, name) >= 4.5


@pytest.mark.parametrize("name", ["edge", *(f"band-{band}" for band in BANDS)])
def test_bands_and_the_borders_of_controls_stand_out_on_every_ground(colour, name):
    assert lowest(colour, name) >= 3


@pytest.mark.parametrize("band", ["served", "gap", "severe"])
def test_the_number_in_a_filled_band_can_be_read(colour, band):
    assert contrast(colour[f"band-{band}"], colour["band-on"]) >= 4.5


@pytest.mark.parametrize(
    ("text", "ground"), [("accent-on", "accent"), ("accent", "accent-bg"), ("mark-ink", "mark-bg"), ("ink-2", "sunk")]
)
def test_text_can_be_read_on_its_own_ground(colour, text, ground):
    assert contrast(colour[text], colour[ground]) >= 4.5


@pytest.mark.parametrize("sight", SIGHT)
def test_no_two_bands_look_alike(colour, sight):
    distances = {
        (one, other): distance(seen(colour[f"band-{one}"], sight), seen(colour[f"band-{other}"], sight))
        for one, other in combinations(BANDS, 2)
    }

    assert {pair for pair, far in distances.items() if far < LEAST_DISTANCE} == set()


def test_the_distance_agrees_with_its_published_values():
    # Sharma, Wu and Dalal 2005, pairs 1, 7 and 17 of their test data.
    assert distance((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert distance((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=1e-4)
    assert distance((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)


@pytest.mark.parametrize("name", ["app", "figures", "desk", "print"])
def test_only_the_tokens_name_a_colour(name):
    css = TOKENS.with_name(f"{name}.css").read_text()

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\brgba?\(|\bhsla?\(", css) == []
