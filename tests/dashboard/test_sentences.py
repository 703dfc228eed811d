"""The computed sentences, each finishing its own."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dashboard import sentences
from dashboard.drawing.bands import Band
from dashboard.words import counted, level_number, level_words, of_all, short
from gap_scores.board import (
    Board,
    Counts,
    FunctionRow,
    LevelView,
    Neglect,
    RequirementDetail,
    RequirementRow,
    Scope,
    Stamp,
)
from scoring.charts import Assurance
from scoring.rollup import Whole
from scoring.sums import ScopeScore
from web.templatetags.show import listed

HEARD = Neglect(date(2026, 3, 1), 15, False, date(2026, 3, 10), 6, False)
STAMP = Stamp(3, date(2026, 3, 16), None, "gap-1", is_behind=False)


def function(number: int = 1, name: str = "Support", **values: object) -> FunctionRow:
    made = FunctionRow(
        function_id=number, name=name, label=name, purpose="", position=number, is_customer_facing=False,
        own=40.0, own_lo=30.0, own_hi=50.0, n_eff=20.0, share=0.5, points=20.0, is_internal=False,
        transmitted=40.0, transmitted_lo=30.0, transmitted_hi=50.0, bottleneck_id=number, tied=(), path=(number,),
        requirements=1, scored=1, neglect=HEARD,
    )  # fmt: skip
    return replace(made, **values)


def score(**values: object) -> ScopeScore:
    made = ScopeScore(
        gap=40.0, lo=30.0, hi=50.0, n_eff=20.0, importance=8.0, share_met=0.5, share_felt=0.7, boxes={}, four=None,
        four_share=1.0,
    )  # fmt: skip
    return replace(made, **values)


def level(value: str = "10") -> LevelView:
    day = date(2026, 3, 10)
    return LevelView(1, "", 7, "Time to resolve", Decimal(value), None, None, 40, day, day, is_old=False)


def requirement(number: int = 1, statement: str = "It runs", **values: object) -> RequirementRow:
    made = RequirementRow(
        requirement_id=number, reference=f"R-{number}", statement=statement, attribute_id=1, attribute="Defects",
        owner_id=1, owner="Support", origin="customer", has_scale=True, unit="hours", half_life=12, score=score(),
        share=0.25, points=10.0, points_lo=7.5, points_hi=12.5, counts=Counts(8, 8, 8, date(2026, 3, 1), {}),
        levels=(level(),), is_stale=False, too_few=False,
    )  # fmt: skip
    return replace(made, **values)


def detail(row: RequirementRow | None = None, **values: object) -> RequirementDetail:
    made = RequirementDetail(
        row=row or requirement(), stamp=STAMP, scope=Scope(), rank=1, of=1, lifecycles=(), products=(), segments={},
        direction="lower", curve=None, target=None, share_at_target=None, wanted_share=0.8, wanted_level=4.0,
        oldest_on=None, contacts=8, depth=None, entries=(),
    )  # fmt: skip
    return replace(made, **values)


def board(*functions: FunctionRow, overall: float | None = 44.2, **values: object) -> Board:
    whole = None if overall is None else Whole(overall, 37.0, 52.0, 178.0, 10.0)
    made = Board(Scope(), STAMP, whole, (), (), functions, (), 0.0, use_recorded=True)
    return replace(made, **values)


# ---- The circle


def test_the_circle_names_the_function_with_most_points() -> None:
    both = board(function(1, "Sales", points=5.46), function(2, "Terms", points=8.93))
    assert sentences.circle_answer(both) == (
        "Terms hurts customers most: 8.9 of the 44.2 points of overall gap are its own."
    )


def test_the_circle_without_answers_claims_nothing() -> None:
    nothing = board(function(own=None, points=None), overall=None)
    assert sentences.circle_answer(nothing) == "Nobody was heard yet, so no gap is known."


def test_a_dot_of_few_answers_is_not_ranked() -> None:
    unsure = board(function(1, "Sales", points=5.0), function(2, "Terms", points=9.0, n_eff=4.9))
    assert sentences.circle_answer(unsure).startswith("Sales hurts customers most")
    assert sentences.circle_answer(board(function(n_eff=4.9))) == (
        "The overall gap lies between 37 and 52: too few answers to say which function hurts most."
    )


def test_a_circle_without_gap_is_good_news() -> None:
    assert sentences.circle_answer(board(function(points=0.0), overall=0.0)).endswith("the overall gap is 0.")


def test_the_circle_says_what_it_rests_on() -> None:
    weak = board(
        function(1, "Terms"), function(2, "Sales", bottleneck_id=1, points=5.0),
        function(3, "Case studies", own=None, points=None, bottleneck_id=None),
        points_on_little=2.4, use_recorded=False,
    )  # fmt: skip
    assert sentences.circle_notes(weak) == [
        "It also sets what customers meet in Sales.",
        "Case studies has no data; nobody was heard about it.",
        "2.4 points rest on fewer than 5 effective answers.",
        "Nobody's product use is recorded, so every requirement counts for the whole register.",
    ]


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ([], "There is no dot yet."),
        ([Band.SERVED], "The only dot is served."),
        ([Band.GAP, Band.GAP], "Both dots have a gap."),
        ([Band.SEVERE, Band.SEVERE, *[Band.GAP] * 5, Band.WATCH, Band.NONE],
         "Two of nine dots are severe, five have a gap, one is on watch, one has no data."),
        ([Band.SEVERE, *[Band.SERVED] * 11], "1 of 12 dots is severe, 11 are served."),
    ],
)  # fmt: skip
def test_the_bands_are_counted_from_the_worst(bands: list[Band], words: str) -> None:
    assert sentences.bands_answer(bands, "dot") == words


def test_silence_is_named() -> None:
    assert sentences.heard_answer(0.63, ["France"], ["Israel", "Italy"]) == (
        "Customers with 63\u00a0% of value were heard in 12 months. Nobody was heard in France. "
        "Israel and Italy are mostly silent."
    )
    assert sentences.heard_answer(None, [], []) == "The register holds no such customers yet."


# ---- One function


def test_the_head_is_told_which_requirements_make_the_gap() -> None:
    rows = [requirement(1, "Faults stay away", points=1.92), requirement(2, "Repairs are quick", points=1.72),
            requirement(3, "We are answered", points=0.2)]  # fmt: skip
    assert sentences.function_answer(function(points=7.59), rows, yours=True) == (
        "Your gap is 40. ‘Faults stay away’ and ‘Repairs are quick’ make 3.6 of your 7.6 points."
    )


def test_a_dot_of_few_answers_has_an_interval_and_no_number() -> None:
    assert sentences.function_answer(function(n_eff=3.7), [], yours=False) == (
        "Its gap lies between 30 and 50: too few answers for one number."
    )


def test_what_internal_customers_say_is_called_so() -> None:
    assert "as internal customers see it" in sentences.function_answer(function(is_internal=True), [], yours=False)


def test_a_dot_whose_requirements_may_not_be_named_does_not_name_them() -> None:
    assert sentences.function_answer(function(), [], yours=False) == (
        "Its gap is 40; each requirement alone has too few answers to show."
    )


def test_what_a_supplier_passes_on_is_said_with_where_it_starts() -> None:
    reached = function(2, "Sales", own=47.0, transmitted=56.0, path=(1, 2))
    assert sentences.reach_answer(reached, {1: "Terms", 2: "Sales"}, yours=True) == (
        "56, more than your own 47. The path starts in Terms."
    )


def test_a_tie_is_called_a_tie() -> None:
    tied = function(2, "Support", tied=(1, 2), bottleneck_id=None)
    assert sentences.tie_note(tied, {1: "Supplies", 2: "Support"}, yours=True) == (
        "Which gap is larger is within noise, so the bottleneck is tied: Supplies and Support. "
        "Fix yours, and ask Supplies."
    )


def test_a_neglected_dot_says_what_it_waits_for() -> None:
    silent = replace(HEARD, heard_on=None, heard_days=None, is_unheard=True)
    assert sentences.neglect_answer(function(neglect=silent)) == (
        "No customer was ever heard about it, measured 6\u00a0d ago."
    )
    late = replace(HEARD, measured_days=46, is_unmeasured=True)
    assert sentences.neglect_mark(function(neglect=late)) == "measured 46\u00a0d ago"
    assert sentences.neglect_mark(function()) == ""


def test_the_metrics_of_a_function_are_summed_up() -> None:
    assert sentences.metrics_answer(["none", "worse"], ["Hotline reached"]) == (
        "One metric gave a signal for the worse; one metric waits for a measurement."
    )
    assert sentences.metrics_answer([], []) == "No metric measures this function yet."


# ---- One requirement


def test_a_requirement_says_what_the_wanted_share_takes() -> None:
    assert sentences.requirement_answer(detail()) == (
        "At 10\u00a0h, 50\u00a0% of customers' weight is served. To serve 80\u00a0% it takes 4\u00a0h."
    )


def test_a_requirement_that_serves_enough_asks_for_nothing() -> None:
    enough = detail(requirement(score=score(share_met=0.8)))
    assert sentences.requirement_answer(enough) == "At 10\u00a0h, 80\u00a0% of customers' weight is served."


def test_a_requirement_without_a_metric_says_that_half_is_missing() -> None:
    unmeasured = detail(requirement(levels=(), score=score(share_met=None)))
    assert sentences.requirement_answer(unmeasured) == (
        "70\u00a0% of customers' weight feels served; no metric measures the level."
    )


def test_money_has_the_programs_currency() -> None:
    assert sentences.requirement_answer(detail(requirement(unit="money")), "EUR").startswith("At 10\u00a0EUR,")


def test_the_customer_goes_before_our_own_target() -> None:
    loose = detail(target=Decimal(24), share_at_target=0.36)
    headline, reason = sentences.looser_target(loose) or ("", "")
    assert headline == "Our target of 24\u00a0h is looser than what customers need."
    assert reason.startswith("Meeting it would serve 36\u00a0% of weight, below the 80\u00a0% that we want.")
    assert sentences.looser_target(detail(target=Decimal(4), share_at_target=0.8)) is None


@pytest.mark.parametrize(
    ("value", "felt", "start"),
    [("10", 0.3, "On target and not felt"), ("30", 0.9, "Off target and felt"), ("10", 0.9, ""), ("30", 0.3, "")],
)
def test_watermelons_are_named_both_ways(value: str, felt: float, start: str) -> None:
    melon = detail(requirement(levels=(level(value),), score=score(share_felt=felt)), target=Decimal(24))
    said = sentences.watermelon(melon.row, melon.target_view)
    assert said.startswith(start)
    assert bool(said) == bool(start)


def test_the_curve_names_the_two_steps_that_are_worth_most() -> None:
    steps = [("12 h", 0.20), ("8 h", 0.30), ("4 h", 0.12)]
    assert sentences.curve_answer(steps, 0.36) == "Two steps matter: 12 h and 8 h. Together they serve 50\u00a0% more."
    assert sentences.curve_answer(steps[:1], 0.8) == "One step matters: 12 h serves 20\u00a0% more."
    assert sentences.curve_answer([], 1.0).startswith("Every stated level is reached")


def test_the_largest_box_has_a_verdict() -> None:
    four = {"both": 0.14, "met_only": 0.22, "felt_only": 0.21, "neither": 0.43}
    assert sentences.boxes_answer(four) == ("The largest box is a real problem: 43\u00a0% neither served nor felt.")
    assert sentences.boxes_answer(None).startswith("Nobody's answer has both halves")


# ---- One metric


@pytest.mark.parametrize(
    ("assurance", "signal", "words"),
    [
        (Assurance.WILL_NOT, "", "It is stable at 22 h and will not reach the 8 h that customers need."),
        (Assurance.MAY, "worse", "It got worse against a mean of 22 h and reaches the 8 h that customers need only"),
        (Assurance.WILL, "better", "It got better against a mean of 22 h and will reach the 8 h that customers need."),
        (None, "", "It is stable at 22 h; no level that customers need is known."),
    ],
)
def test_a_metric_says_whether_it_is_enough(assurance: Assurance | None, signal: str, words: str) -> None:
    course = sentences.Course("22 h", signal)
    said = sentences.metric_answer(course, level="21 h", customers="8 h", served="36 %", assurance=assurance)
    assert said.startswith(words)


def test_only_a_change_of_the_process_helps_one_that_is_stable_and_not_enough() -> None:
    said = sentences.metric_answer(
        sentences.Course("22 h"), level="21 h", customers="8 h", served="", assurance=Assurance.WILL_NOT
    )
    assert said.endswith("Only a change of the process helps.")


def test_provisional_limits_promise_nothing_for_long() -> None:
    course = sentences.Course("22 h", is_firm=False)
    said = sentences.metric_answer(course, level="21 h", customers="8 h", served="", assurance=Assurance.WILL)
    assert said.startswith("So far it is stable at 22 h")


def test_a_metric_of_one_period_still_says_what_it_serves() -> None:
    said = sentences.metric_answer(None, level="180", customers="200", served="83 %", assurance=None)
    assert said == "At 180, 83 % of customers' weight is served; too few periods to say whether it is stable."


def test_a_metric_that_was_never_measured_claims_nothing() -> None:
    said = sentences.metric_answer(None, level="", customers="8 h", served="", assurance=None)
    assert said == "Nothing was measured yet."


# ---- Words


def test_numbers_up_to_ten_are_words() -> None:
    assert [counted(0, "dot"), counted(1, "dot"), counted(7, "dot"), counted(11, "dot")] == [
        "no dots", "one dot", "seven dots", "11 dots",
    ]  # fmt: skip
    assert (of_all(2, 9), of_all(2, 12)) == ("two of nine", "2 of 12")


def test_names_are_listed_as_people_say_them() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("level", "words"), [(Decimal("8.50"), "8.5"), (8.0, "8"), (Decimal("-0.25"), "−0.25"), (1 / 3, "0.333333"),
                         (Decimal("1E+3"), "1000"), (1e-7, "0")]
)  # fmt: skip
def test_levels_are_as_short_as_they_are(level: Decimal | float, words: str) -> None:
    assert level_number(level) == words


def test_a_level_is_never_torn_from_its_unit() -> None:
    assert level_words(Decimal("96.5"), "percent") == "96.5\u00a0%"
    assert level_words(None, "hours") == ""
    assert level_words(3, "rating") == "3"


def test_measured_numbers_have_three_digits() -> None:
    assert [short(value) for value in (15.6432, 1234.5, 0.0123456)] == [15.6, 1234.0, 0.0123]
