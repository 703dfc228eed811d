"""Predicted against realised: which level and how many points came true, whose estimates they were, and who sees it."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from functions.models import Program
from functions.selectors import scope_for
from gap_scores.selectors import read_board
from improvements.calibrating import calibrations_for
from improvements.deciding import record_decision
from improvements.delivering import record_delivery
from improvements.initiatives import change_effect
from improvements.models import Initiative
from improvements.realised import checkpoints_of, realised_gain
from improvements.realised_words import level_says, points_say, within_words
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import Measurement
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


def measure(program: SmallProgram, value: str, day: date = LATER - timedelta(days=10)) -> Measurement:
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
    # The window of three months holds 9 and 11 h from before as well: (9 + 11 + 4) / 3 = 8 h.
    measure(program, "4", TODAY + timedelta(days=60))

    three, six, _twelve = checkpoints_of([initiative], today=LATER)[initiative.pk]

    assert (three.on, three.is_passed, six.is_passed) == (months_after(TODAY, 3), True, False)
    (level,) = three.levels
    assert (level.part.level.value, level_says(level), level.begins_before) == (8, "within its range", True)
    # Both who are newly served feel it already.
    assert points_say(three) == "4.2 points of the overall gap came true; predicted: 4.2 (0.0 to 8.3)."


def test_an_older_measurement_says_nothing_of_what_came_true(program):
    its = first_of(delivered(decided(program)))

    assert its.levels[0].why == "not measured since it is in force"
    assert (its.forecast, points_say(its)) == (None, "One of its levels is not known.")


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
    measure(program, "5", TODAY + timedelta(days=60))
    viewer, specialist = somebody("viewer"), somebody("specialist")

    told, own, none = (calibrations_for(scope_for(each), today=LATER) for each in (specialist, head, viewer))

    assert (told.whole.newest, [each.name for each in told.people]) == (Within(1, 1), [str(head)])
    assert (own.own.newest, own.whole, own.people, len(own.estimates)) == (Within(1, 1), None, [], 1)
    assert (none.own, none.whole, none.people, none.estimates) == (None, None, [], [])
    assert within_words(told.whole.newest) == "1 of 1 came true within its range; of fewer than 5 that says little"


def test_page_of_a_delivered_initiative_says_what_came_true_and_what_was_corrected_since(program, clock):
    initiative = delivered(decided(program), cost=120_000)
    measure(program, "4", TODAY + timedelta(days=60))
    Measurement.objects.update(created_at=NOON + timedelta(days=95))
    clock(NOON + timedelta(days=100))
    address = reverse("initiative_detail", args=[initiative.pk])

    page = text_of(signed_in("specialist").get(address))
    viewed = text_of(signed_in("viewer").get(address))

    assert "8 h , within its range; predicted low, likely, high: 9 h / 8 h / 4 h" in page
    assert "3 of its measurements were entered or corrected after that day" in page
    assert "It really cost 120k EUR in the first year; predicted: 100k EUR." in page
    assert "1 level of other functions" in viewed
    assert "4.2 points of the overall gap came true" in viewed


def test_api_gives_levels_and_points_to_whom_they_are_for(program, clock):
    initiative = delivered(decided(program))
    measure(program, "4", TODAY + timedelta(days=60))
    clock(NOON + timedelta(days=100))
    address = f"/api/v1/initiatives/{initiative.pk}/checkpoints/"

    told, viewed = (caller(role).get(address).json()["checkpoints"] for role in ("specialist", "viewer"))

    (level,) = told[0]["levels"]
    assert (level["came"], level["within"], level["n"]) == (8.0, True, 3)
    assert told[0]["realised"]["points"] == told[0]["predicted"]["points"] == pytest.approx(25 / 6)
    assert ([each["levels"] for each in viewed], viewed[0]["realised"]) == ([[], [], []], told[0]["realised"])
    found = caller("specialist").get("/api/v1/calibration/").json()
    assert found["whole"]["newest"] == {"n": 1, "within": 1, "share": None, "lo": None, "hi": None}
