"""Predicted against realised: which level and how many points came true, whose estimates they were, and who sees it."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from functions.models import Program
from functions.selectors import scope_for
from gap_scores.selectors import read_board
from improvements.calibrating import calibration, calibrations_for
from improvements.deciding import record_decision
from improvements.delivering import record_delivery
from improvements.initiatives import change_effect, change_initiative
from improvements.models import Initiative, InitiativeDecision
from improvements.realised import checkpoints_of, entered_since, realised_gain
from improvements.realised_words import level_says, points_say, within_words
from improvements.verdict_words import UNTOLD
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import Measurement, Metric
from scoring.calibration import Within
from tests.api.callers import caller
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, small_program, somebody
from tests.dashboard.test_next_100k import text_of
from tests.factories.people import signed_in
from tests.improvements.test_initiatives import moving, proposed, refused
from web.months import months_after
from web.templatetags.show import day_words

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
LATER = TODAY + timedelta(days=100)  # three months have passed, six have not
# The first day on which a window of three months holds nothing from before.
WHOLE = months_after(TODAY, 3) - timedelta(days=1)


@pytest.fixture
def program(clock) -> SmallProgram:
    return small_program()


def decided(program: SmallProgram, name: str = "Second shift", *, by=None) -> Initiative:
    """An initiative of which 9, 8 and 4 h were expected: it meets two more of eight, 4.2 points (0 to 8.3)."""
    initiative = proposed(program, name)
    moving(program, initiative, 9, 8, 4, by=by)
    record_decision(
        initiative=initiative, kind="for", reason="At once", board=read_board(), program=Program.objects.get(),
        decided_by=None, decided_by_name="Ines", now=NOON,
    )  # fmt: skip
    return Initiative.objects.get(pk=initiative.pk)


def delivered(initiative: Initiative, day: date = TODAY, cost: int | None = None, today: date = LATER) -> Initiative:
    spent = None if cost is None else Decimal(cost)
    return record_delivery(initiative=initiative, delivered_on=day, cost_spent=spent, today=today)


def measure(program: SmallProgram, value: str, day: date = WHOLE) -> Measurement:
    figures = Figures(period_start=day, period_end=day, value=Decimal(value))
    return metrics.record_measurement(metric=program.metric, figures=figures, source="svc", today=LATER)


def first_of(initiative: Initiative, today: date = LATER):
    return checkpoints_of([initiative], today=today)[initiative.pk][0]


def test_exactly_the_likely_level_gives_exactly_the_predicted_gain(program):
    initiative = decided(program)
    believed = initiative.decisions.get().believed

    likely = realised_gain(believed["lines"], {program.metric.pk: Fraction(8)})
    low, unmoved = (realised_gain(believed["lines"], {program.metric.pk: Fraction(at)}) for at in (9, 10))

    assert likely.points == believed["points"][0] == pytest.approx(25 / 6)
    assert (low.points, unmoved.points) == (0, 0)


def test_what_came_true_is_compared_three_months_after_it_was_in_force(program):
    initiative = delivered(decided(program))
    measure(program, "5")

    # 11 h were measured on the day itself: (11 + 5) / 2 = 8 h.
    three, six, _twelve = checkpoints_of([initiative], today=LATER)[initiative.pk]

    assert (three.on, three.is_passed, six.is_passed) == (months_after(TODAY, 3), True, False)
    (level,) = three.levels
    assert (level.part.level.value, level.part.level.n, level_says(level)) == (8, 2, "within its range")
    # The points of 9, 8 and 4 h, without the 2.1 more if all who are served come to feel it: nobody estimated that.
    assert three.expected == (0.0, pytest.approx(25 / 6), pytest.approx(25 / 4))
    # Both who are newly served feel it already.
    assert points_say(three) == "4.2 points of the overall gap came true; predicted: 4.2 (0.0 to 8.3)."


def test_an_older_measurement_says_nothing_of_what_came_true(program):
    its = first_of(delivered(decided(program)))

    assert its.levels[0].why == "not measured since it is in force"
    assert (its.forecast, points_say(its)) == (None, "One of its levels is not known.")


def test_a_level_from_before_as_well_is_shown_and_not_counted(program):
    initiative = delivered(decided(program))
    # The window of three months begins a day too early.
    measure(program, "4", WHOLE - timedelta(days=1))

    its = first_of(initiative)

    (level,) = its.levels
    assert (level.came, level.forecast) == (7.5, None)
    assert level_says(level) == "its window begins before it was in force, so it is not counted"
    assert points_say(its) == "One of its levels still holds what was measured before it was in force."


def test_a_metric_that_means_something_else_now_is_not_compared(program):
    initiative = delivered(decided(program))
    measure(program, "5")
    Metric.objects.filter(pk=program.metric.pk).update(version=2)

    (level,) = first_of(initiative).levels

    assert (level.came, level.forecast, level.why) == (None, None, "its definition was changed since")


def test_points_that_could_not_be_told_then_are_not_told_now(program, clock):
    initiative = delivered(decided(program))
    measure(program, "5")
    decision = initiative.decisions.get()
    InitiativeDecision.objects.update(believed=decision.believed | {"sentence": UNTOLD})
    clock(NOON + timedelta(days=100))
    address = f"/api/v1/initiatives/{initiative.pk}/checkpoints/"

    told, viewed = (caller(role).get(address).json()["checkpoints"][0] for role in ("specialist", "viewer"))

    assert (viewed["predicted"], viewed["realised"]) == (None, None)
    assert told["realised"] is not None
    page = text_of(signed_in("viewer").get(reverse("initiative_detail", args=[initiative.pk])))
    assert "points of the overall gap came true" not in page


def test_what_fewer_than_three_people_estimated_is_left_out_below_specialists(program):
    delivered(decided(program, by=somebody("head", program.support)))
    measure(program, "5")
    checkpoints = [first_of(Initiative.objects.get())]

    few, everything = (calibration(checkpoints, None, "", fewest=fewest) for fewest in (3, 0))

    # Of later months there is nothing yet, and that tells nothing.
    assert ([months for months, _its in few.by_months], few.bias) == ([6, 12], None)
    assert (everything.by_months[0], everything.bias.n) == ((3, Within(1, 1)), 1)


def test_taken_back_from_done_it_is_in_force_no_more(program):
    initiative = delivered(decided(program))

    change_initiative(initiative=initiative, changes={"state": Initiative.State.RUNNING})

    assert Initiative.objects.get(pk=initiative.pk).delivered_on is None
    assert checkpoints_of([Initiative.objects.get(pk=initiative.pk)], today=LATER) == {}


def test_delivery_is_refused_with_a_sentence_where_nothing_was_predicted(program):
    open_one, initiative = proposed(program, "Film"), decided(program)

    said = [
        refused(delivered, open_one),
        refused(delivered, initiative, LATER + timedelta(days=1)),
        refused(delivered, initiative, TODAY - timedelta(days=1)),
        refused(delivered, initiative, TODAY, -1),
    ]

    assert said == [
        [("", "Nobody decided for it, so nothing was predicted that could come true. Record the decision first.")],
        [("delivered_on", f"{day_words(LATER + timedelta(days=1))} is still to come. Say it when it is in force.")],
        [("delivered_on", f"It was decided on {day_words(TODAY)}. What was in force before was not predicted.")],
        [("cost_spent", "A cost lies between 0 and 1,000,000,000. Leave it empty where it is not known.")],
    ]
    assert not Initiative.objects.filter(delivered_on__isnull=False).exists()


def test_an_estimate_is_of_whoever_stated_its_levels_last(program):
    head, other = somebody("head", program.support), somebody("specialist")
    initiative = proposed(program)
    effect = moving(program, initiative, 9, 8, 4, by=head)

    same = change_effect(effect=effect, changes={"worse_is_meant": True}, today=TODAY, by=other)
    assert same.stated_by == head
    changed = change_effect(effect=effect, changes={"likely": Decimal(7)}, today=TODAY, by=other)
    assert changed.stated_by == other


def test_names_of_estimators_and_figures_of_few_are_for_specialists(program):
    head = somebody("head", program.support)
    delivered(decided(program, by=head))
    measure(program, "5")
    viewer, specialist = somebody("viewer"), somebody("specialist")

    told, own, none = (calibrations_for(scope_for(each), today=LATER) for each in (specialist, head, viewer))

    assert (told.whole.newest, [each.name for each in told.people]) == (Within(1, 1), [str(head)])
    assert (own.own.newest, own.whole, own.people, len(own.estimates)) == (Within(1, 1), None, [], 1)
    assert (none.own, none.whole, none.people, none.estimates) == (None, None, [], [])
    assert within_words(told.whole.newest) == "1 of 1 came true within its range; of fewer than 5 that says little"


def test_page_of_a_delivered_initiative_says_what_came_true_and_what_was_corrected_since(program, clock):
    initiative = delivered(decided(program), cost=120_000)
    measure(program, "5")
    Measurement.objects.update(created_at=NOON + timedelta(days=95))
    clock(NOON + timedelta(days=100))
    address = reverse("initiative_detail", args=[initiative.pk])

    page = text_of(signed_in("specialist").get(address))
    viewed = text_of(signed_in("viewer").get(address))

    assert "8 h , within its range; predicted low, likely, high: 9 h / 8 h / 4 h" in page
    assert "2 of its measurements were entered or corrected after that day" in page
    assert "It really cost 120k EUR in the first year; predicted: 100k EUR." in page
    assert "1 level of other functions" in viewed
    assert "4.2 points of the overall gap came true" in viewed
    estimates = text_of(signed_in("specialist").get(reverse("estimates")))
    assert "Time to resolve 9 h / 8 h / 4 h 8 h within its range 3 months" in estimates


def test_a_measurement_that_a_correction_moved_out_of_the_window_counts_as_corrected_since(program, clock):
    initiative = delivered(decided(program))
    row = measure(program, "5")
    Measurement.objects.update(created_at=NOON)
    clock(NOON + timedelta(days=100))
    moved = Figures(period_start=LATER, period_end=LATER, value=Decimal(5))
    metrics.correct_measurement(measurement=row, figures=moved, reason="Another day", today=LATER)

    its = first_of(initiative)

    assert (entered_since(its, its.levels).count, entered_since(its, []).count) == (1, 0)


def test_api_gives_levels_and_points_to_whom_they_are_for(program, clock):
    initiative = delivered(decided(program))
    measure(program, "5")
    clock(NOON + timedelta(days=100))
    address = f"/api/v1/initiatives/{initiative.pk}/checkpoints/"

    told, viewed = (caller(role).get(address).json()["checkpoints"] for role in ("specialist", "viewer"))

    (level,) = told[0]["levels"]
    assert (level["came"], level["within"], level["n"]) == (8.0, True, 2)
    assert told[0]["realised"]["points"] == told[0]["predicted"]["points"] == pytest.approx(25 / 6)
    assert ([each["levels"] for each in viewed], viewed[0]["realised"]) == ([[], [], []], told[0]["realised"])
    found = caller("specialist").get("/api/v1/calibration/").json()
    assert found["whole"]["newest"] == {"n": 1, "within": 1, "share": None, "lo": None, "hi": None}
