"""Constants of control charts. Printed tables: test_oracles.py."""

from collections.abc import Callable

import pytest

from scoring.chart_constants import c4, d2, d3, factors
from scoring.errors import ScoringError


def test_large_subgroups_have_the_printed_constants_too() -> None:
    assert (d2(25), d3(25), c4(25)) == pytest.approx((3.931, 0.708, 0.9896), abs=5e-4)
    assert (factors(10)["D3"], factors(10)["B3"]) == pytest.approx((0.223, 0.284), abs=5e-4)


@pytest.mark.parametrize("constant", [d2, d3, c4])
def test_one_value_has_no_range(constant: Callable[[int], float]) -> None:
    with pytest.raises(ScoringError, match="two values"):
        constant(1)
