"""Initiatives: what they are expected to change, what is refused, and the verdict on each in one sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from functions.models import Program
from gap_scores.selectors import read_board
from improvements import initiatives as services
from improvements.deciding import record_decision
from improvements.initiative_models import (
    Initiative,
    InitiativeDecision,
    InitiativeEffect,
    InitiativeExclusion,
)
from improvements.judging import Judge
from improvements.portfolio import Asked, portfolio_of, work_out
from improvements.verdict_words import cost_words, money_words, reach_sentence, verdict_sentence
from requirements_catalog.models import Requirement
from scoring.portfolios import Rules
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, recompute, small_program
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def program(noon) -> SmallProgram:
    return small_program()


def proposed(program: SmallProgram, name: str = "Second shift", cost: int | None = 100_000, **said) -> Initiative:
    costs = {
        "cost_fixed": None if cost is None else Decimal(cost),
        "cost_yearly": Decimal(0),
        "people_days": Decimal(0),
    }
    said = {"function": program.support, "purpose": "Repairs at night"} | costs | said
    return services.propose_initiative(name=name, created_by=None, created_by_name="Ines", now=NOON, **said)


def moving(program: SmallProgram, initiative: Initiative, *levels: float, **said) -> InitiativeEffect:
    low, likely, high = (Decimal(str(level)) for level in levels)
    said = {"metric": program.metric} | said
    return services.state_effect(initiative=initiative, low=low, likely=likely, high=high, today=TODAY, **said)


def judge_of() -> Judge:
    return Judge(read_board(), Program.objects.get())


def judged(initiative: Initiative, *, names_few: bool = True) -> str:
    judge = judge_of()
    return verdict_sentence(judge.verdict(judge.by_id[initiative.pk]), "EUR", names_few=names_few)


def refused(act, *args, **said) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        act(*args, **said)
    error = caught.value
    named = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    return [(name, message) for name, errors in named.items() for each in errors for message in each.messages]


# ---- The verdict


def test_verdict_says_whom_it_serves_how_much_and_what_the_money_could_do_else(program):
    # 8 h serves two more of eight on repairs, which has a third of all importance: 50 -> 37.5 there, 4.17 in all.
    shift, guide = proposed(program), proposed(program, "Repair guide", 50_000)
    moving(program, shift, 9, 8, 4)
    moving(program, guide, 8, 8, 8)

    assert judged(shift) == (
        "Serves 1 requirement of 8 customers; overall gap 25.0 → 20.8 (16.7 to 25.0); 4.2 points per 100k\xa0EUR. "
        "For the same money: Repair guide, 4.2 points."
    )
    verdict = judge_of().verdict(Initiative.objects.get(pk=shift.pk))
    assert [(each.requirement, each.gain.points, each.served) for each in verdict.touched] == [
        (program.repairs.pk, 12.5, 0.25)
    ]
    # No function of the small program faces customers.
    assert reach_sentence(verdict) == "Through the circle nothing changes in what reaches customers."


def test_what_serves_nobody_says_so_and_where_the_money_would_do_more(program):
    film, guide = proposed(program, "Brand film", 80_000), proposed(program, "Repair guide", 50_000)
    moving(program, guide, 8, 8, 8)
    supports = MetricFactory(function=program.support)
    MeasurementFactory(metric=supports, value=5, period_end=TODAY)
    moving(program, film, 4, 3, 2, metric=supports)

    instead = "The best use of 80k\xa0EUR now is Repair guide, 4.2 points."
    assert judged(film) == f"Serves no customer requirement. {instead}"


def test_a_cost_that_is_not_known_gives_points_without_a_ratio_and_is_not_weighed(program):
    shift = proposed(program, cost=None)
    moving(program, shift, 8, 8, 8)

    assert judged(shift).endswith("4.2 points, at a cost that is not known.")
    assert cost_words(judge_of().cost_of(shift), "EUR") == ("0\xa0EUR a year and 0 people days; not known: cost once")
    portfolio = portfolio_of(judge_of(), Asked(10**9))
    assert (portfolio.best.initiatives, portfolio.unknown) == ((), [shift])


def test_people_days_are_not_free_where_a_day_has_no_price(program):
    shift = proposed(program, people_days=Decimal(40))
    moving(program, shift, 8, 8, 8)

    assert "4.2 points, at a cost that is not known: no day rate is set in the settings" in judged(shift)
    portfolio = portfolio_of(judge_of(), Asked(10**9))
    assert (portfolio.best.initiatives, portfolio.unpriced, portfolio.unsaid) == ((), [shift], [])
    Program.objects.update(day_rate=500)
    assert "3.5 points per 100k\xa0EUR." in judged(shift)


def test_what_makes_customers_worse_off_says_that(program):
    saving = proposed(program, "One shift less", 0)
    moving(program, saving, 30, 20, 12, worse_is_meant=True)

    course = "overall gap 25.0 → 27.1 (25.0 to 31.2)"
    assert judged(saving) == (
        f"Serves no customer requirement and makes others worse: {course}. Doing nothing is better."
    )


def test_too_few_customers_are_not_counted_below_specialists(program):
    shift = proposed(program)
    moving(program, shift, 8, 8, 8)
    judge = judge_of()
    verdict = judge.verdict(judge.by_id[shift.pk])

    assert not verdict.is_of_few
    few = verdict_sentence(replace(verdict, customers=2), "EUR", names_few=False)
    assert few.startswith("Serves 1 requirement of too few customers to count;")


def test_two_small_effects_are_added_before_they_are_rounded(program):
    # 10 h now, in whole hours: 8.7 and 9.7 h are 9 and 10 h alone; together 8.4 h, which is 8.
    one, other = proposed(program, "One", 10), proposed(program, "Other", 10)
    moving(program, one, 8.7, 8.7, 8.7)
    moving(program, other, 9.7, 9.7, 9.7)
    judge = judge_of()

    assert [judge.gain(keys).points for keys in ([one.pk], [other.pk])] == [0.0, 0.0]
    assert judge.gain([one.pk, other.pk]).points == pytest.approx(12.5 / 3)


def test_money_is_written_as_short_as_it_comes_out_even():
    said = [money_words(amount, "EUR") for amount in (80_000, 1_250_000, 450, 12_345, 0)]
    assert said == ["80k\xa0EUR", "1.25M\xa0EUR", "450\xa0EUR", "12,345\xa0EUR", "0\xa0EUR"]


def test_what_only_internal_customers_require_counts_no_customers(program):
    shift = proposed(program)
    moving(program, shift, 8, 8, 8)
    Requirement.objects.filter(pk=program.repairs.pk).update(origin="internal")
    recompute()

    verdict = judge_of().verdict(shift)

    assert (verdict.served, verdict.customers, verdict.contacts) == ([], 0, 0)


def test_what_runs_or_is_done_says_what_was_believed(program):
    shift = proposed(program)
    moving(program, shift, 8, 8, 8)
    before = judged(shift)
    decided(shift)

    for state, said in (("running", "It is running"), ("done", "It is done")):
        services.change_initiative(initiative=shift, changes={"state": state})
        assert judged(shift) == f"{said}; believed when it was decided: {before}"


# ---- The portfolio


def test_what_excludes_something_that_runs_is_left_out_with_the_reason(program):
    shift, guide = proposed(program), proposed(program, "Repair guide")
    moving(program, guide, 8, 8, 8)
    services.change_initiative(initiative=guide, changes={"excludes": [shift]})
    assert portfolio_of(judge_of(), Asked(10**9)).best.initiatives == (guide,)
    decided(shift)
    services.change_initiative(initiative=shift, changes={"state": "running"})

    portfolio = portfolio_of(judge_of(), Asked(10**9))

    assert (portfolio.best.initiatives, portfolio.options) == ((), [])
    assert portfolio.left_out == [(guide, "it excludes Second shift, which runs")]


def test_more_than_twelve_options_are_drawn_by_a_job(program):
    made = [proposed(program, f"Option {number:02}", number + 1) for number in range(13)]
    moving(program, made[4], 8, 8, 8)
    judge, asked = judge_of(), Asked(50_00)

    quick = portfolio_of(judge, asked)
    whole = portfolio_of(judge, asked, work_out(judge, asked, lambda *_progress: None))

    assert (quick.best.initiatives, quick.is_proved, quick.draws) == ((made[4],), True, 0)
    assert quick.options[0].stays is None
    assert (whole.best, whole.frontier) == (quick.best, quick.frontier)
    assert (whole.draws, whole.options[0].row, whole.options[0].stays) == (200, made[4], 200)


def test_many_options_are_solved_at_once_and_the_rest_is_worked_out_apart(program, monkeypatch):
    made = [proposed(program, f"Option {number:02}", number + 1) for number in range(21)]
    moving(program, made[4], 8, 8, 8)
    monkeypatch.setattr("improvements.portfolio.DRAWS", 3)
    monkeypatch.setattr("improvements.portfolio.POINTS_OF_A_FRONTIER", 2)
    judge, asked = judge_of(), Asked(50_00, rules=Rules(forced_out=frozenset((made[0].pk,))))

    quick = portfolio_of(judge, asked)
    told: list[tuple[int, int]] = []
    whole = portfolio_of(judge, asked, work_out(judge, asked, lambda *progress: told.append(progress)))

    assert made[4] in quick.best.initiatives
    assert (quick.draws, quick.frontier) == (0, [])
    assert whole.best.initiatives == (made[4],)
    assert (whole.is_proved, whole.draws) == (True, 3)
    assert {each.row.name: each.stays for each in whole.options}["Option 04"] == 3
    assert told[-1] == (6, 6)


# ---- What is refused


def test_costs_are_not_negative_and_unknown_is_not_nothing(program):
    assert refused(proposed, program, cost=-1) == [
        ("cost_fixed", "A cost lies between 0 and 1,000,000,000. Leave it empty where it is not known.")
    ]
    assert Initiative.objects.count() == 0


def test_needs_that_go_in_a_circle_are_refused_by_name(program):
    first, second = proposed(program, "First"), proposed(program, "Second")
    third = proposed(program, "Third", needs=[second])
    services.change_initiative(initiative=second, changes={"needs": [first]})

    said = refused(services.change_initiative, initiative=first, changes={"needs": [third]})

    assert said == [
        ("needs", "These would wait for each other: First → Third → Second → First. Take one of these needs out.")
    ]
    # Second needs First: what First excludes, neither Second nor Third can be done with.
    for one, other, who in ((third, second, "Third needs Second"), (third, first, "Third needs First")):
        for changed, excluded in ((one, other), (other, one)):
            said = refused(services.change_initiative, initiative=changed, changes={"excludes": [excluded]})
            assert said == [("excludes", f"{who}, so the two cannot exclude each other. Take one of these out.")]
    fourth = proposed(program, "Fourth", excludes=[first])
    said = refused(services.change_initiative, initiative=fourth, changes={"needs": [second]})
    assert said == [("needs", "Fourth needs First, so the two cannot exclude each other. Take one of these out.")]
    assert (fourth.needs.count(), InitiativeExclusion.objects.count()) == (0, 1)
    assert refused(services.change_initiative, initiative=third, changes={"excludes": [third]})[0][0] == "excludes"
    assert refused(services.remove_initiative, initiative=second) == [("", "Third needs it. Change that first.")]


def test_expected_levels_are_comparable_in_order_in_range_and_not_worse_by_mistake(program):
    shift, silent = proposed(program), MetricFactory(name="Never measured", function=program.support)

    said = [
        refused(moving, program, shift, 8, 8, 8, metric=silent),
        refused(moving, program, shift, 4, 8, 9),
        refused(moving, program, shift, 8, 4, -1),
        refused(moving, program, shift, 14, 12, 8),
    ]

    assert said == [
        [
            (
                "metric",
                "Never measured has no level yet, so an expected one compares with nothing. Enter a measurement first.",
            )
        ],
        [("likely", "Lower is better here: the level if it does little is the highest, if all goes well the lowest.")],
        [("high", "A level in hours cannot be -1.")],
        [("worse_is_meant", "Today it is 10 h, so 12 h is worse. Correct the level, or say that this is meant.")],
    ]
    assert InitiativeEffect.objects.count() == 0
    effect = moving(program, shift, 14, 12, 8, worse_is_meant=True)
    changed = services.change_effect(effect=effect, changes={"likely": Decimal(9)}, today=TODAY)
    assert changed.likely == 9


def test_nobody_begins_what_nobody_decided_for(program):
    shift = proposed(program)

    for state in ("running", "for"):
        assert refused(services.change_initiative, initiative=shift, changes={"state": state})[0][0] == "state"
    decided(shift, "against")
    assert refused(services.change_initiative, initiative=shift, changes={"state": "proposed"}) == [
        ("state", "Somebody decided about it, and a decision stays. Record another one instead.")
    ]


# ---- Decisions


def decided(shift: Initiative, kind: str = "for", **said) -> InitiativeDecision:
    said = {"reason": "It serves most.", "decided_by": None, "decided_by_name": "Ines", "now": NOON} | said
    return record_decision(initiative=shift, kind=kind, board=read_board(), program=Program.objects.get(), **said)


def test_a_decision_keeps_what_was_believed_when_the_scores_move_on(program):
    shift, guide = proposed(program), proposed(program, "Repair guide", 50_000)
    moving(program, shift, 8, 8, 8)
    moving(program, guide, 9, 9, 9)
    before = judged(shift)

    decision = decided(shift)
    services.change_initiative(initiative=shift, changes={"cost_fixed": Decimal(1), "state": "running"})
    recompute()

    kept = InitiativeDecision.objects.get()
    assert (kept.believed["sentence"], kept.run) == (before, decision.run)
    assert kept.believed["alternatives"] == [{"name": "Repair guide", "points": 0.0}]
    (effect,) = kept.believed["effects"]
    assert effect == {
        "metric": program.metric.pk, "low": "8", "likely": "8", "high": "8", "unit": "hours", "version": 1,
        "by": None,
    }  # fmt: skip
    assert judged(shift) != before
    assert refused(decided, shift)[0][1] == "It has begun, so there is nothing left to decide."
    assert refused(services.remove_initiative, initiative=shift)[0][1].startswith("Somebody decided about it")


def test_a_decision_sent_twice_is_stored_once(program):
    shift = proposed(program)

    first, second = (decided(shift, "against", entry="a" * 32) for _time in range(2))

    assert first == second
    assert Initiative.objects.get().state == "against"
