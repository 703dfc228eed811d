from datetime import date

import pytest

from web.months import months_after


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 2, 28), 1, date(2026, 3, 31)),
        (date(2026, 3, 16), -12, date(2025, 3, 16)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date.min, -12, date.min),
    ],
)
def test_a_day_some_months_away(day, months, then):
    assert months_after(day, months) == then
