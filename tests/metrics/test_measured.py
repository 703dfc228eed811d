"""The measured level of every kind: which rows the window holds, and what they give, exactly."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from metrics.levels import measured_levels
from metrics.measured import MeasuredPart
from scoring.levels import Level
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 16)
CLOSE = pytest.approx


def ends(level: Level) -> tuple[float | None, float | None]:
    return tuple(None if end is None else float(end) for end in (level.lo, level.hi))


def measured(metric, as_of=AS_OF) -> dict[str, MeasuredPart]:
    return {part.part: part for part in measured_levels(metrics=[metric], as_of=as_of).get(metric.pk, [])}


def overall(metric, as_of=AS_OF) -> Level:
    return measured(metric, as_of)[""].level


def observe(metric, day: date, **columns) -> None:
    MeasurementFactory(metric=metric, period_end=day, **columns)


# ---- The window


def test_the_window_ends_at_the_newest_period_end_up_to_the_date():
    metric = MetricFactory(window_months=3)
    for day, value in [
        (date(2025, 11, 30), 100), (date(2025, 12, 1), 1), (date(2026, 2, 28), 3), (date(2026, 3, 17), 100),
    ]:  # fmt: skip
        observe(metric, day, value=value)

    part = measured(metric)[""]

    assert (part.window_from, part.newest_on) == (date(2025, 11, 30), date(2026, 2, 28))
    assert (part.level.value, part.level.n) == (2, 2)


def test_a_period_that_ends_on_the_date_counts():
    metric = MetricFactory()
    observe(metric, AS_OF, value=4)

    assert overall(metric).value == 4


def test_silence_changes_nothing():
    metric = MetricFactory()
    observe(metric, date(2025, 1, 31), value=4)

    assert measured(metric) == measured(metric, date(2036, 3, 16))


def test_a_metric_that_was_never_measured_has_no_level():
    metric = MetricFactory()
    observe(metric, date(2026, 3, 17), value=4)

    assert measured_levels(metrics=[metric], as_of=AS_OF) == {}


def test_a_superseded_measurement_does_not_count():
    metric = MetricFactory()
    observe(metric, date(2026, 2, 28), value=4)
    observe(metric, date(2026, 2, 28), value=100, is_current=False)

    assert (overall(metric).value, overall(metric).n) == (4, 1)


@pytest.mark.parametrize(
    ("day", "months", "start"),
    [
        (date(2026, 2, 28), 3, date(2025, 11, 30)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 3, 30), 1, date(2026, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 4, 30), 60, date(2021, 4, 30)),
    ],
)
def test_windows_go_back_by_calendar_months(day, months, start):
    metric = MetricFactory(window_months=months)
    observe(metric, day, value=1)

    assert measured(metric, day)[""].window_from == start


def test_several_metrics_take_two_queries(django_assert_num_queries):
    metrics = [MetricFactory() for _ in range(5)]
    for metric in metrics:
        observe(metric, date(2026, 2, 28), value=4)

    with django_assert_num_queries(2):
        levels = measured_levels(metrics=metrics, as_of=AS_OF)

    assert set(levels) == {metric.pk for metric in metrics}


# ---- Kinds


def test_a_level_is_the_mean_with_its_t_interval():
    metric = MetricFactory()
    for value in ("1.5", "2", "4"):
        observe(metric, date(2026, 2, 28), value=Decimal(value))

    level = overall(metric)

    assert (level.value, level.n) == (Fraction(5, 2), 3)
    # t(0.975; 2) = 4.302653, s^2 = 1.75
    assert ends(level) == (CLOSE(2.5 - 4.302653 * (1.75 / 3) ** 0.5), CLOSE(2.5 + 4.302653 * (1.75 / 3) ** 0.5))


def test_a_single_level_has_no_interval():
    metric = MetricFactory()
    observe(metric, date(2026, 2, 28), value=3)

    assert overall(metric) == Level(Fraction(3), None, None, 1, has_interval=False)


def test_a_proportion_is_pooled_not_averaged():
    metric = MetricFactory(proportion=True)
    observe(metric, date(2026, 1, 31), numerator=1, denominator=1)
    observe(metric, date(2026, 2, 28), numerator=0, denominator=19)

    level = overall(metric)

    assert (level.value, level.n) == (5, 20)
    # Wilson for 1 of 20
    assert ends(level) == (CLOSE(0.8881, abs=1e-4), CLOSE(23.6131, abs=1e-4))


def test_a_share_of_7_in_100_is_exactly_7_per_cent():
    metric = MetricFactory(proportion=True)
    observe(metric, date(2026, 2, 28), numerator=7, denominator=100)

    assert overall(metric).value == 7


def test_defects_are_per_million_opportunities():
    metric = MetricFactory(defects=True)
    observe(metric, date(2026, 1, 31), defects=3, units=100, opportunities=4)
    observe(metric, date(2026, 2, 28), defects=0, units=100, opportunities=6)

    level = overall(metric)

    assert (level.value, level.n) == (3000, 1000)
    assert ends(level) == (CLOSE(1020.784, abs=1e-3), CLOSE(8783.014, abs=1e-3))


def test_a_count_rate_is_events_per_exposure_with_garwood_ends():
    metric = MetricFactory(count_rate=True)
    observe(metric, date(2026, 1, 31), events=0, exposure=Decimal("0.5"))
    observe(metric, date(2026, 2, 28), events=3, exposure=Decimal("1.5"))

    level = overall(metric)

    assert (level.value, level.n) == (Fraction(3, 2), 2)
    assert ends(level) == (CLOSE(0.618672 / 2, abs=1e-5), CLOSE(8.767273 / 2, abs=1e-5))


@pytest.mark.parametrize(
    ("n", "percentile", "rank"), [(1, 95, 1), (20, 95, 19), (21, 95, 20), (10, 50, 5), (11, 50, 6), (100, 99, 99)]
)
def test_a_percentile_is_the_value_of_rank_q_n_rounded_up(n, percentile, rank):
    metric = MetricFactory(kind="duration", percentile=percentile)
    for value in range(n, 0, -1):
        observe(metric, date(2026, 2, 28), value=value)

    level = overall(metric)

    assert (level.value, level.n) == (rank, n)


def test_the_upper_end_of_a_95th_percentile_closes_at_72_values():
    metric = MetricFactory(duration=True)
    for value in range(1, 72):
        observe(metric, date(2026, 2, 28), value=value)
    open_end = overall(metric).hi
    observe(metric, date(2026, 2, 28), value=72)

    assert (open_end, overall(metric).hi) == (None, 72)


# ---- Parts


def test_each_part_has_its_own_window_and_the_pool_has_all():
    metric = MetricFactory(breakdown="country", window_months=1)
    observe(metric, date(2026, 2, 28), part="DE", value=2)
    observe(metric, date(2026, 2, 10), part="FR", value=4)
    observe(metric, date(2025, 12, 31), part="IT", value=9)

    parts = measured(metric)

    assert {key: (part.level.value, part.level.n) for key, part in parts.items()} == {
        "": (3, 2), "DE": (2, 1), "FR": (4, 1), "IT": (9, 1),
    }  # fmt: skip
    assert parts["IT"].newest_on == date(2025, 12, 31)


def test_a_measurement_without_part_counts_in_the_pool_only():
    metric = MetricFactory(breakdown="country")
    observe(metric, date(2026, 2, 28), value=2)
    observe(metric, date(2026, 2, 28), part="DE", value=4)

    parts = measured(metric)

    assert {key: part.level.value for key, part in parts.items()} == {"": 3, "DE": 4}


def test_proportions_of_parts_pool_to_the_share_of_all():
    metric = MetricFactory(proportion=True, breakdown="region")
    observe(metric, date(2026, 2, 28), part="africa", numerator=9, denominator=10)
    observe(metric, date(2026, 2, 28), part="europe-west", numerator=0, denominator=90)

    parts = measured(metric)

    assert {key: part.level.value for key, part in parts.items()} == {"": 9, "africa": 90, "europe-west": 0}
