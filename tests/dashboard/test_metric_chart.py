"""What a metric's page says of its chart and of what the process can do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from dashboard.capability_panel import CapabilityPanel, served_words
from dashboard.chart_panel import ChartPanel, chart_asked
from dashboard.chart_words import CHARTS, LIMITS, SAME_IN_COUNTS, SIGNALS, WHAT_RULES_SEE
from metrics.charting import IN_COUNTS, ChartAsked, Charted, charted
from metrics.measured import WindowRow
from metrics.models import ChartNote, ChartPhase, Measurement, Metric
from scoring.charts import Assurance, ChartKind, assurance
from scoring.rules import Rules, Signal
from tests.conftest import NOON
from tests.dashboard.program import recompute
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.people import signed_in

MICRO = 1_000_000
USUAL = ChartAsked()
FIRST = date(2025, 1, 6)
STEADY = [10, 12, 11, 13, 9] * 5


def metric(**fields: object) -> Metric:
    given = {"kind": "level", "unit": "hours", "direction": "lower", "cadence_days": 7} | fields
    return Metric(name="M", **given)


def weekly(values: list[int]) -> list[WindowRow]:
    return [
        WindowRow(1, "", FIRST + timedelta(days=7 * at), value * MICRO, *[None] * 7) for at, value in enumerate(values)
    ]


def chart_of(values: list[int], its: Metric, asked: ChartAsked = USUAL) -> Charted:
    found = charted(its, weekly(values), asked=asked)
    assert found is not None
    return found


def panel(query: str = "", values: list[int] = STEADY, **fields: object) -> ChartPanel:
    its, asked = metric(**fields), chart_asked(QueryDict(query))
    return ChartPanel(its, chart_of(values, its, asked), asked, "?lifecycle=past", "EUR", 8.0, "80 %")


def capability(values: list[int], customers: float | None, **fields: object) -> CapabilityPanel:
    its = metric(**fields)
    chart = chart_of(values, its)
    reached = None if customers is None else assurance(chart.chart, customers, chart.direction)
    return CapabilityPanel(its, chart, "EUR", customers, reached)


def test_an_address_that_makes_no_sense_asks_for_the_usual_chart() -> None:
    assert chart_asked(QueryDict("chart=pie&rules=none&each=year")) == ChartAsked()
    assert chart_asked(QueryDict("chart=ewma&rules=we&each=period")) == ChartAsked(
        ChartKind.EWMA, Rules.WESTERN_ELECTRIC, each=True
    )


def test_every_chart_and_rule_has_words() -> None:
    assert set(CHARTS) == set(ChartKind)
    assert set(SIGNALS) == set(Signal)
    assert set(WHAT_RULES_SEE) == set(Rules)
    assert set(LIMITS) < set(ChartKind)
    assert set(SAME_IN_COUNTS) == IN_COUNTS


def test_choices_keep_the_scope_and_each_other() -> None:
    shown = panel("rules=we")
    assert (shown.kinds[0].words, shown.kinds[0].is_on) == ("individual values (XmR)", True)
    assert shown.kinds[1].url == "?lifecycle=past&chart=ewma&rules=we"
    assert (shown.rule_sets[0].url, shown.rule_sets[0].is_on) == ("?lifecycle=past", False)
    assert "about every 92 points" in shown.rules


def test_a_weighted_mean_offers_no_rules_and_says_what_it_is_good_for() -> None:
    shown = panel("chart=ewma&rules=we")
    assert shown.rule_sets == []
    assert "finds small shifts that last" in shown.reason
    assert "about every 560 points" in shown.rules
    assert [rule.css for rule in shown.controls[0].rules] == ["customer-line"]


def test_no_level_is_drawn_beside_sums() -> None:
    shown = panel("chart=cusum")
    assert shown.controls[0].rules == ()
    assert not shown.has_levels


# ---- What was behind it

JUMPED = [*STEADY, 60, *STEADY, 50]


def story(notes: tuple[ChartNote, ...] = (), phases: tuple[ChartPhase, ...] = ()) -> ChartPanel:
    its = metric()
    since = [phase.begins_on for phase in phases if phase.taken_back_at is None]
    shown = charted(its, weekly(JUMPED), since=since)
    assert shown is not None
    return ChartPanel(its, shown, USUAL, "", "EUR", 8.0, "80 %", phases, notes)


def week(number: int) -> date:
    return FIRST + timedelta(days=7 * number)


def test_signals_are_told_newest_first_with_rule_and_direction() -> None:
    told = story().story
    assert [(row.value, row.rule, row.way) for row in told.rows] == [
        ("50\u00a0h", "beyond a limit", "worse"),
        ("60\u00a0h", "beyond a limit", "worse"),
    ]
    assert told.answer == "Two signals in 52 points; nobody has said yet what was behind them."


def test_a_note_stands_beside_the_signal_that_it_covers_and_on_the_chart() -> None:
    note = ChartNote(begins_on=week(24), ends_on=week(25), text="The store was flooded.")
    early = ChartNote(begins_on=week(0) - timedelta(days=3), ends_on=week(0) - timedelta(days=3), text="A start.")
    late = ChartNote(begins_on=week(60), ends_on=week(60), text="Not measured yet.")
    panel = story(notes=(early, note, late))
    rows = [(row.when, row.rule, [(each.number, each.note.text) for each in row.notes]) for row in panel.story.rows]
    assert rows == [
        ("2 Mar 26", "", [(None, "Not measured yet.")]),
        ("29 Dec 25", "beyond a limit", []),
        ("30 Jun 25", "beyond a limit", [(2, "The store was flooded.")]),
        ("3 Jan 25", "", [(1, "A start.")]),
    ]
    assert panel.story.answer == "Two signals in 52 points; of one it is known what was behind it."
    assert [mark.word for mark in panel.controls[0].notes] == ["1", "2"]


def test_a_note_of_before_the_chart_explains_no_signal_on_it() -> None:
    its, shown = metric(), chart_of([60, *STEADY], metric())
    long_ago = ChartNote(begins_on=date(2020, 1, 6), ends_on=date(2020, 1, 12), text="Another store was flooded.")
    since = ChartNote(begins_on=date(2020, 1, 6), ends_on=week(0), text="It is flooded.")
    panel = ChartPanel(its, shown, USUAL, "", "EUR", 8.0, "80 %", (), (long_ago, since))
    signal = next(row for row in panel.story.rows if row.rule)
    assert [each.note.text for each in signal.notes] == ["It is flooded."]
    assert [each.number for each in panel.story.rows[-1].notes] == [None]


def test_limits_that_begin_after_the_last_period_are_the_newest() -> None:
    later = ChartPhase(pk=1, begins_on=week(60), reason="From next year")
    assert [row.when for row in story(phases=(later,)).story.rows] == ["2 Mar 26", "29 Dec 25", "30 Jun 25"]


def test_new_limits_are_told_and_what_shifted_is_the_answer() -> None:
    holds = ChartPhase(pk=1, begins_on=week(25), reason="Remote diagnosis first.")
    gone = ChartPhase(pk=2, begins_on=week(10), reason="A guess", taken_back_at=datetime(2026, 1, 1, tzinfo=UTC))
    panel = story(phases=(gone, holds))
    assert len(panel.shown.chart.phases) == 2
    assert [row.phase for row in panel.story.rows if row.phase] == [holds]
    assert panel.story.taken_back == [gone]
    assert panel.answer.startswith(
        "It shifted for the worse, from 11\u00a0h to 14.3\u00a0h, on 30 Jun 25: Remote diagnosis first. "
    )


def test_limits_named_for_one_period_do_not_hold_yet() -> None:
    its = metric()
    values = [29, 31] * 6 + [19, 21] * 6
    routing = ChartPhase(pk=1, begins_on=week(12), reason="New routing")
    halved = ChartPhase(pk=2, begins_on=week(24), reason="Team halved")
    days = [routing.begins_on, halved.begins_on]
    before, shown = (charted(its, weekly(each), since=days) for each in (values, [*values, 45]))
    assert before is not None
    assert shown is not None
    assert (shown.count, shown.newest_signal) == (25, "worse")
    assert shown.newest_phase.points[-1].ucl == before.newest_phase.points[-1].ucl
    for chart in (before, shown):
        panel = ChartPanel(its, chart, USUAL, "", "EUR", 25.0, "80 %", (routing, halved))
        assert panel.answer.startswith(
            "It shifted for the better, from 30\u00a0h to 20\u00a0h, on 31 Mar 25: New routing. "
        )
        assert [row.phase for row in panel.story.rows if row.waits] == [halved]
    limits = dict(CapabilityPanel(its, shown, "EUR", None, None).facts)["Limits"]
    assert limits.endswith(
        "from 12 points, none of them a signal; the limits of before hold until there are two periods"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
def test_single_periods_change_the_chart_and_not_what_is_said_about_the_process() -> None:
    its = MetricFactory(cadence_days=7)
    # The first hundred weeks, before the span of a chart, were far worse.
    Measurement.objects.bulk_create(
        MeasurementFactory.build(
            metric=its, period_end=NOON.date() - timedelta(days=7 * at), value=(19 if at % 2 else 21) + 80 * (at > 160)
        )
        for at in range(260)
    )
    recompute()
    client, address = signed_in("specialist"), reverse("metric_detail", args=[its.pk])
    plain, each = (client.get(f"{address}{query}").context["page"] for query in ("", "?each=period"))
    assert [page.panel.shown.count for page in (plain, each)] == [37, 260]
    assert plain.capability.facts[0][1].startswith("18 to 22\u00a0h, from 37 points")
    assert each.capability.facts == plain.capability.facts
    assert (each.answer, each.signal) == (plain.answer, plain.signal)


@pytest.mark.parametrize(
    ("customers", "reached", "answer"),
    [
        (2.0, Assurance.WILL_NOT, "No. At its best it reaches 5.57\u00a0h; customers need 2\u00a0h."),
        (12.0, Assurance.MAY, "Now and then. It varies from 5.57 to 16.4\u00a0h; customers need 12\u00a0h."),
        (20.0, Assurance.WILL, "Yes. At its worst it is 16.4\u00a0h; customers need 20\u00a0h."),
    ],
)
def test_whether_the_process_can_do_it_is_said_by_the_end_that_decides(
    customers: float, reached: Assurance, answer: str
) -> None:
    found = capability(STEADY, customers)
    assert (found.assurance, found.answer) == (reached, answer)


def test_capability_is_told_of_a_steady_process_against_both_levels() -> None:
    facts = dict(capability(STEADY, 8.0, target="12").facts)
    assert facts == {
        "Limits": "5.57 to 16.4\u00a0h, from 25 points, none of them a signal",
        "Capability": "Cpk \u22120.55 against 8\u00a0h, upper side only: missed more often than not "
        "(interval \u22120.76 to \u22120.35); Ppk \u22120.69 by all variation",
        "Against our target": "Cpk 0.18 against 12\u00a0h: hit and miss (interval 0.04 to 0.32)",
    }


def test_higher_is_better_turns_the_side_round() -> None:
    found = capability(STEADY, 8.0, direction="higher")
    assert found.answer == "Now and then. It varies from 5.57 to 16.4\u00a0h; customers need 8\u00a0h."
    assert "Cpk 0.55 against 8\u00a0h, lower side only: hit and miss" in dict(found.facts)["Capability"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (STEADY[:24], "Told from 25 points with the same limits on; there are 24."),
        ([*STEADY, 60], "Not told while 1 of 26 points are signals: a process that is not steady has none."),
        ([7] * 30, "No variation was recorded, so nothing can be told."),
    ],
)
def test_where_capability_is_not_told_the_reason_is(values: list[int], why: str) -> None:
    assert dict(capability(values, 8.0).facts)["Capability"] == why


def test_without_a_level_or_a_chart_nothing_is_claimed() -> None:
    assert capability(STEADY, None).answer == "Not known: no level that customers need can be compared."
    assert (
        CapabilityPanel(metric(), None, "EUR", 8.0, None).answer == "Not known: there are too few periods for limits."
    )
    assert CapabilityPanel(metric(), None, "EUR", 8.0, None).facts == []


def test_what_is_served_is_said_at_the_level_and_at_the_target() -> None:
    assert served_words(now=0.36, level="21.5 h", at_target=0.3) == (
        "36\u00a0% of customers' weight at 21.5 h; 30\u00a0% at our target"
    )
    assert served_words(now=None, level="", at_target=None) == ""
