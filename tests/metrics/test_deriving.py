"""Derived metrics: which values a formula takes, what it refuses, and what follows from a change of an input."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gap_scores.services import drain_all
from metrics import deriving, services
from metrics.deriving import NoValue, Used, period_of, worked_between
from metrics.figures import Figures, errors_in
from metrics.levels import measured_levels, newest_days, rows_between
from metrics.models import Measurement, Metric, MetricInput
from scoring.formulas import worked_out
from tests.api.callers import caller
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 16)
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


def counting(short_name: str, **figures: int) -> Metric:
    """A count, entered for the months named like 'm1'."""
    metric = MetricFactory(short_name=short_name, unit="count")
    for month, value in figures.items():
        day = date(2026, int(month[1:]), 28)
        MeasurementFactory(metric=metric, period_end=day, value=value)
    return metric


def derived(formula: str, **others) -> Metric:
    plain = {"name": "Late share", "unit": "percent", "direction": "lower", "kind": "derived", "formula": formula}
    return services.create_metric(function=FunctionFactory(), **plain | others)


def refused(formula: str, **others) -> tuple[str, str]:
    """Return field and code of the refusal."""
    with pytest.raises(ValidationError) as refusal:
        derived(formula, **others)
    ((name, errors),) = refusal.value.error_dict.items()
    return name, errors[0].code


def values(metric: Metric, after=date(2025, 12, 31), until=AS_OF) -> list[tuple[date, Fraction | None, NoValue | None]]:
    return [(each.ends_on, each.value, each.reason) for each in worked_between(metric, after=after, until=until)]


# ---- Values


def test_a_value_is_the_formula_over_the_last_values_in_the_units_of_each():
    counting("late", m1=13, m2=6)
    counting("delivered", m1=302)

    metric = derived("late / delivered")

    # In February the newest value of 'delivered' is January's. Each is rounded to a millionth of the unit.
    assert values(metric) == [
        (date(2026, 1, 28), Fraction(4_304_636, 10**6), None),
        (date(2026, 2, 28), Fraction(1_986_755, 10**6), None),
    ]
    part = measured_levels(metrics=[metric], as_of=AS_OF)[metric.pk][0]
    assert (part.level.value, part.level.n) == (
        Fraction(round(10**8 * 13 / 302) + round(10**8 * 6 / 302), 2 * 10**6),
        2,
    )
    assert part.newest_on == date(2026, 1, 28)
    assert newest_days([metric], as_of=AS_OF) == {metric.pk: date(2026, 1, 28)}


def test_division_by_zero_gives_no_value_and_the_level_of_before_stands():
    counting("late", m1=13, m2=6)
    counting("delivered", m1=302, m2=0)

    metric = derived("late / delivered", window_months=1)

    assert values(metric)[1] == (date(2026, 2, 28), None, NoValue.DIVIDED_BY_ZERO)
    assert [row.period_end for row in rows_between(metrics=[metric], after=JANUARY.replace(day=1), until=AS_OF)] == [
        date(2026, 1, 28)
    ]
    assert float(measured_levels(metrics=[metric], as_of=AS_OF)[metric.pk][0].level.value) == pytest.approx(4.304636)


def test_a_value_older_than_the_window_is_none():
    counting("late", m1=13, m2=6, m3=7)
    counting("delivered", m1=302)

    metric = derived("late / delivered", window_months=1)

    assert [reason for _day, _value, reason in values(metric, until=date(2026, 3, 31))] == [
        None, NoValue.EMPTY_WINDOW, NoValue.EMPTY_WINDOW,
    ]  # fmt: skip
    # The newest value stands, as the level of any metric that fell silent does.
    before = measured_levels(metrics=[metric], as_of=AS_OF)
    assert before == measured_levels(metrics=[metric], as_of=date(2036, 3, 16))
    assert before[metric.pk][0].newest_on == date(2026, 1, 28)


def test_a_metric_derived_from_a_derived_one_and_from_a_share_is_worked_out_through_both():
    counting("late", m1=13)
    counting("delivered", m1=52)
    share = MetricFactory(proportion=True, short_name="wrong")
    MeasurementFactory(metric=share, period_end=date(2026, 1, 20), numerator=1, denominator=4)
    derived("late / delivered", short_name="late_share")

    metric = derived("1 - max(late_share, wrong) * 2", name="In order")

    assert values(metric) == [(date(2026, 1, 28), Fraction(50), None)]


def test_a_chain_counts_with_the_last_value_of_each_of_its_steps():
    chain = MetricFactory(kind="yield", unit="percent", direction="higher", steps="Cut, Print", short_name="rty")
    for step, day, right in (("Cut", date(2026, 1, 30), 90), ("Print", JANUARY, 80), ("Cut", date(2026, 2, 3), 50)):
        MeasurementFactory(metric=chain, part=step, period_end=day, numerator=right, denominator=100)

    metric = derived("1 - rty", unit="share", window_months=1)

    assert values(metric) == [(JANUARY, Fraction(28, 100), None), (date(2026, 2, 3), Fraction(60, 100), None)]
    # As old as its oldest step.
    assert newest_days([metric], as_of=AS_OF) == {metric.pk: JANUARY}


def test_what_many_are_worked_out_from_is_worked_out_once(monkeypatch):
    counting("late", m1=13)
    calls = []
    monkeypatch.setattr(deriving, "worked_out", lambda *asked: calls.append(asked) or worked_out(*asked))
    below = ["late"]
    for layer in range(5):
        names = [f"l{layer}_{at}" for at in range(3)]
        metrics = [derived(" + ".join(below), name=each, short_name=each, unit="count") for each in names]
        below = names

    assert [value for _day, value, _reason in values(metrics[0])] == [13 * 3**4]
    assert len(calls) == 4 * 3 + 1


def test_sums_of_days_are_read_where_no_marker_waits_and_say_the_same(noon):
    late, delivered = counting("late", m1=13, m2=6), counting("delivered", m1=302)
    metric, day = derived("late / delivered"), date(2026, 3, 9)
    for value in (7, 8):
        figures = Figures(period_start=day, period_end=day, value=Decimal(value))
        services.record_measurement(metric=late, figures=figures, source="press", entered_by=None, today=AS_OF)
    before = measured_levels(metrics=[metric], as_of=AS_OF), worked_between(metric, after=JANUARY, until=AS_OF)
    drain_all(as_of=noon)

    with CaptureQueriesContext(connection) as queries:
        after = measured_levels(metrics=[metric], as_of=AS_OF), worked_between(metric, after=JANUARY, until=AS_OF)

    assert after == before
    assert after[1][-1].of == (Used(late, Fraction(15, 2), day), Used(delivered, Fraction(302), date(2026, 1, 28)))
    assert [query for query in queries if "metrics_measurement" in query["sql"]] == []


def test_one_that_fell_silent_years_ago_makes_no_other_read_years(monkeypatch):
    MeasurementFactory(metric=counting("late"), period_end=date(2016, 1, 28), value=1)
    delivered = counting("delivered", m2=302)
    read = {}
    between = deriving.days_between
    monkeypatch.setattr(
        deriving,
        "days_between",
        lambda **asked: read.update({tuple(asked["metrics"]): asked["after"]}) or between(**asked),
    )

    newest_days([derived("late * 1", unit="count"), derived("delivered * 1", name="Two", unit="count")], as_of=AS_OF)

    assert read[delivered,] == date(2025, 5, 31)


@pytest.mark.parametrize(
    ("day", "cadence", "period"),
    [
        (date(2026, 3, 29), 1, (date(2026, 3, 29).toordinal(),)),  # the clock moves on this day; days do not
        (date(2027, 1, 1), 7, (2026, 53)),
        (date(2027, 1, 4), 7, (2027, 1)),
        (date(2026, 2, 28), 31, (2026, 2)),
        (date(2026, 5, 1), 92, (2026, 1)),
        (date(2026, 5, 1), 365, (2026,)),
    ],
)
def test_a_period_is_as_long_as_the_rhythm(day, cadence, period):
    assert period_of(day, cadence) == period


def test_a_correction_of_a_correction_and_overlapping_periods_count_by_their_ends():
    late = counting("late", m1=13)
    counting("delivered", m1=302, m2=302)
    metric = derived("late / delivered", unit="share")
    first = Measurement.objects.get(metric=late)
    for value in (12, 11):
        first = services.correct_measurement(
            measurement=first,
            figures=Figures(period_start=date(2026, 1, 1), period_end=date(2026, 1, 28), value=Decimal(value)),
            reason="counted anew",
            today=AS_OF,
        )
    MeasurementFactory(metric=late, period_start=date(2026, 1, 15), period_end=date(2026, 2, 15), value=4)

    assert [value for _day, value, _reason in values(metric)] == [Fraction(36_424, 10**6), Fraction(13_245, 10**6)]


# ---- What is refused


@pytest.mark.parametrize(
    ("formula", "others", "code"),
    [
        ("", {}, "empty"),
        ("late / shipped", {}, "unknown_name"),
        ("late +", {}, "unexpected"),
        ("late ** 2", {}, "unexpected"),
        ("late; drop", {}, "character"),
        ("1 / 3", {}, "no_name"),
        ("late / delivered + hours", {}, "units"),
        ("late * hours", {}, "result_unit"),
        ("late" + " + late" * 50, {}, "max_length"),
        ("(" * 12 + "late" + ")" * 12, {}, "too_deep"),
        ("late / ended", {}, "inactive"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_a_formula_that_cannot_be_worked_out_is_refused_and_nothing_is_stored(formula, others, code):
    counting("late")
    counting("delivered")
    MetricFactory(short_name="hours", unit="hours")
    MetricFactory(short_name="ended", unit="count", is_active=False)

    assert refused(formula, **others) == ("formula", code)
    assert not Metric.objects.filter(kind="derived").exists()


def test_a_circle_is_refused_also_over_others_and_on_edit():
    counting("late")
    one = derived("late * 2", short_name="one", unit="count")
    derived("one + 1", name="Two", short_name="two", unit="count")

    with pytest.raises(ValidationError, match=r"one → two → one"):
        services.update_metric(metric=one, changes={"formula": "two / 2"})
    with pytest.raises(ValidationError, match="names itself"):
        services.update_metric(metric=one, changes={"formula": "one / 2"})

    assert Metric.objects.get(pk=one.pk).formula == "late * 2"
    assert list(one.inputs.values_list("input__short_name", flat=True)) == ["late"]


def test_only_so_many_steps_are_derived_from_each_other():
    counting("late")
    for step in range(5):
        derived("late" if not step else f"d{step - 1}", name=f"Step {step}", short_name=f"d{step}", unit="count")

    assert refused("d4", name="Step 5", unit="count") == ("formula", "too_deep")


def test_what_a_formula_needs_of_a_metric_stays():
    late = counting("late")
    metric = derived("late / 2", unit="count")

    for changes, field in (
        ({"short_name": "tardy"}, "short_name"),
        ({"is_active": False}, "is_active"),
        ({"unit": "hours"}, "unit"),
    ):
        with pytest.raises(ValidationError) as refusal:
            services.update_metric(metric=late, changes=changes)
        assert list(refusal.value.error_dict) == [field]

    services.update_metric(metric=metric, changes={"is_active": False})
    assert services.update_metric(metric=late, changes={"is_active": False}).is_active is False
    with pytest.raises(ValidationError, match="no longer active"):
        services.update_metric(metric=metric, changes={"is_active": True})


def test_a_derived_metric_is_not_entered_by_hand():
    counting("late")
    metric = derived("late", unit="count")
    figures = Figures(period_start=AS_OF, period_end=AS_OF, value=Decimal(1))

    assert errors_in(figures, metric, AS_OF)["metric"].code == "derived"


# ---- Versions


def test_another_formula_or_another_meaning_of_an_input_makes_links_suspect():
    late = counting("late")
    counting("delivered")
    metric = derived("late / delivered")
    link = MetricLinkFactory(metric=metric, role="supports", metric_version=1)

    services.update_metric(metric=metric, changes={"formula": "late / (delivered + 1)"})
    services.update_metric(metric=late, changes={"definition": "after the third day"})

    metric.refresh_from_db()
    assert metric.version == 3
    assert list(link.metric.links.suspect()) == [link]


def test_the_api_has_what_a_metric_came_to_with_its_inputs_for_who_may_see_all(noon):
    function = FunctionFactory()
    late, delivered = counting("late", m1=13, m2=6), counting("delivered", m1=302, m2=0)
    metric = derived("late / delivered", unit="share")
    Metric.objects.filter(pk__in=[metric.pk, late.pk]).update(function=function)

    every = caller("specialist").get(f"/api/v1/measurements/worked/?metric={metric.pk}").json()["results"]
    part = caller("head", function).get(f"/api/v1/measurements/worked/?metric={metric.pk}").json()["results"]

    assert every[0] == {
        "period_end": "2026-02-28",
        "value": None,
        "reason": "divided_by_zero",
        "of": [
            {"metric": late.pk, "short_name": "late", "value": 6.0, "on": "2026-02-28"},
            {"metric": delivered.pk, "short_name": "delivered", "value": 0.0, "on": "2026-02-28"},
        ],
    }
    assert part[1] == {"period_end": "2026-01-28", "value": 0.043046, "reason": None, "of": []}
    assert caller("specialist").get(f"/api/v1/measurements/worked/?metric={late.pk}").json()["count"] == 0


def test_what_was_stored_in_a_circle_all_the_same_has_no_value_and_stops_nobody():
    late = counting("late", m1=13)
    one = derived("late * 2", short_name="one", unit="count")
    two = derived("one + 1", name="Two", short_name="two", unit="count")
    MetricInput.objects.filter(metric=one).update(input=two)

    assert measured_levels(metrics=[one, two, late], as_of=AS_OF).keys() == {late.pk}


def test_a_value_that_no_column_could_hold_is_none():
    counting("late", m1=13)
    metric = derived("late * 1000000 * 1000000", unit="count")

    assert values(metric) == [(date(2026, 1, 28), None, NoValue.TOO_LARGE)]
