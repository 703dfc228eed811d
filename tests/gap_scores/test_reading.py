"""What readers get agrees with itself: totals with their parts, every scope with the answers in it."""

from datetime import date
from decimal import Decimal

import pytest

from customers.models import Customer, ValueBand
from gap_scores.board import Scope
from gap_scores.selectors import customer_gaps, read_board, read_function, read_requirement, read_stamp
from gap_scores.services import drain_all
from gap_scores.serving import needs_of_customers
from gap_scores.wanting import wanted_levels
from interviews import services as interviews
from interviews.answering import NewAnswer
from interviews.models import Interview
from interviews.parts import Importance, Perception, RequiredLevel
from jobs import services as marks
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import MetricLink
from scoring.ambassadors import Need
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import SupplyLinkFactory
from tests.factories.interviews import RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import RatingScaleFactory, RequirementFactory
from tests.gap_scores.world import TODAY, World

pytestmark = pytest.mark.django_db
SCOPES = [
    Scope(),
    Scope(lifecycle="past"),
    Scope(lifecycle=""),
    Scope(dimension="region", value="europe-south"),
    Scope(lifecycle="", dimension="industry", value="C"),
]


def the_hand_example():
    """Five customers want a stoppage resolved in 2, 4, 4, 8 and 24 hours; it takes 5 (method 9.5, gap-01)."""
    requirement = RequirementFactory(scale={"resolution": Decimal(1)})
    (product,) = requirement.products.all()
    scale, wave = RatingScaleFactory(), RoundFactory()
    for weight, importance, required, perceived in (
        (1, 10, 2, 6),
        (2, 8, 4, 4),
        (1, 6, 4, 8),
        (3, 8, 8, 6),
        (1, 4, 24, 30),
    ):
        band, _ = ValueBand.objects.get_or_create(name=str(weight), defaults={"weight": weight * 100})
        contact = ContactFactory(customer=CustomerFactory(value_band=band))
        interview = interviews.plan_interview(
            contact=contact, round=wave, held_on=TODAY, state=Interview.State.IN_PROGRESS
        )
        answer = NewAnswer(
            requirement=requirement,
            product=product,
            importance=Importance.rated(importance, scale),
            level=RequiredLevel.known(required),
            perception=Perception.at_level(perceived),
        )
        interviews.record_answers(interview=interview, answers=[answer])
        interviews.complete_interview(interview=interview, now=NOON, today=TODAY)
    metric = MetricFactory(function=requirement.owner, target=Decimal(6))
    metrics.link_metric(metric=metric, requirement=requirement, product=product, role=MetricLink.Role.MEASURES)
    metrics.record_measurement(
        metric=metric, figures=Figures(period_start=TODAY, period_end=TODAY, value=Decimal(5)), source="t", today=TODAY
    )
    marks.mark_circle()
    drain_all(as_of=NOON)
    return requirement


def test_the_hand_example_of_the_method_comes_out_of_the_whole_chain():
    requirement = the_hand_example()

    detail = read_requirement(requirement_id=requirement.pk)

    score = detail.row.score
    assert score.gap == pytest.approx(43.3333, abs=1e-4)
    assert score.n_eff == pytest.approx(3600 / 984)
    assert (score.lo, score.hi) == pytest.approx((11.1, 82.4), abs=0.05)
    assert (score.share_met, score.share_felt) == pytest.approx((28 / 60, 40 / 60))
    assert score.four == pytest.approx({"both": 0.4, "neither": 16 / 60, "felt_only": 16 / 60, "met_only": 4 / 60})
    assert detail.curve.share_met(5) == pytest.approx(28 / 60)
    assert (detail.wanted_level, detail.target, detail.share_at_target) == (4.0, Decimal(6), pytest.approx(28 / 60))
    assert detail.target_is_looser
    assert (detail.row.share, detail.row.points) == (1.0, score.gap)
    assert not detail.row.is_rankable
    assert detail.row.levels[0].value == 5


def test_the_overall_gap_is_the_sum_of_the_points_on_every_level():
    world = World(3)
    for _ in range(40):
        world.interview()
    for _ in range(10):
        world.measurement()
    world.drain()

    board = read_board()

    assert sum(row.points for row in board.requirements) == pytest.approx(board.overall.gap, rel=1e-12)
    assert sum(row.points for row in board.functions if row.points is not None) == pytest.approx(board.overall.gap)
    assert sum(row.share for row in board.requirements) == pytest.approx(1)
    for row in board.functions:
        detail = read_function(function_id=row.function_id)
        assert sum(each.points for each in detail.requirements) == pytest.approx(row.points or 0)
        if row.points is not None:
            assert row.share * row.own == pytest.approx(row.points)
    assert [row.points for row in board.requirements] == sorted(
        (row.points for row in board.requirements), reverse=True
    )


def test_every_scope_shows_the_score_of_exactly_the_answers_in_it():
    world = World(5)
    for _ in range(60):
        world.interview()
    for _ in range(20):
        world.measurement()
    world.drain()

    for scope in SCOPES:
        shows_its_answers(scope)
        shows_its_answers(Scope(scope.lifecycle, world.products[0].pk, scope.dimension, scope.value))


def test_wanted_levels_of_many_are_those_of_their_own_curves():
    world = World(11)
    for _ in range(60):
        world.interview()
    for _ in range(6):
        world.measurement()
    world.drain()
    ids = [row.requirement_id for row in read_board().requirements]

    for scope in SCOPES:
        found = wanted_levels(requirements=ids, scope=scope, wanted_share=80)
        own = {each: read_requirement(requirement_id=each, scope=scope) for each in ids}
        assert {each: level.level for each, level in found.items()} == {
            each: pytest.approx(detail.wanted_level) for each, detail in own.items() if detail.wanted_level is not None
        }


def shows_its_answers(scope):
    board = read_board(scope=scope)

    seen = 0
    for row in (*board.requirements, *board.unscored):
        entries = read_requirement(requirement_id=row.requirement_id, scope=scope).entries
        counted = [entry for entry in entries if entry.in_sums]
        served = sum(entry.share_of_weight * mean(entry.met, entry.felt) for entry in counted)
        assert row.counts.heard == len(entries), scope
        assert row.counts.n == len(counted), scope
        assert row.counts.customers == len({root(entry.customer_id) for entry in entries}), scope
        assert (row.score is None) == (not counted), scope
        if row.score:
            seen += 1
            assert row.score.gap == pytest.approx(100 * (1 - served), abs=1e-9), scope
    assert seen, scope


def mean(*halves):
    known = [half for half in halves if half is not None]
    return sum(known) / len(known)


def root(customer_id):
    return Customer.objects.get(pk=customer_id).merged_into_id or customer_id


def test_a_gap_reaches_customers_along_the_supply_links():
    requirement = the_hand_example()
    billing = SupplyLinkFactory(supplier=requirement.owner, strength=Decimal("0.50")).supplied
    marks.mark_circle()
    drain_all(as_of=NOON)

    row = read_board().function(billing.pk)

    assert (row.own, row.points) == (None, None)
    assert row.transmitted == pytest.approx(43.3333 / 2, abs=1e-4)
    assert row.bottleneck_id == requirement.owner_id
    assert row.path == (requirement.owner_id, billing.pk)


def test_a_customers_page_lists_what_is_not_served_first():
    requirement = the_hand_example()
    customer = Customer.objects.get(contacts__interviews__answers__required_level=Decimal(2))

    (gap,) = customer_gaps(customer_id=customer.pk)

    assert needs_of_customers({customer.pk, 0}) == {
        customer.pk: [Need(requirement.pk, gap.entry.importance, False, gap.entry.felt)]
    }
    assert (gap.requirement_id, gap.entry.level, gap.entry.measured, gap.entry.met) == (requirement.pk, 2, 5, False)
    assert gap.unserved == pytest.approx(10)


def test_too_few_counts_people_and_customers():
    requirement = the_hand_example()
    row = read_board().requirements[0]
    assert (row.counts.customers, row.too_few) == (5, False)

    Interview.objects.filter(contact__customer=Customer.objects.order_by("pk").first()).update(state="cancelled")
    marks.mark_requirement(requirement_id=requirement.pk)
    drain_all(as_of=NOON)

    assert read_board().requirements[0].too_few


def test_an_empty_program_has_a_board_without_numbers():
    board = read_board()

    assert (board.overall, board.requirements, board.functions, board.stamp.is_empty) == (None, (), (), True)
    assert read_requirement(requirement_id=1) is None
    assert read_function(function_id=1) is None


def test_the_stamp_says_when_evidence_waits():
    the_hand_example()
    assert not read_stamp().is_behind
    marks.mark_circle()

    stamp = read_stamp()

    assert stamp.is_behind
    assert stamp.as_of == date(2026, 3, 16)


def test_the_board_takes_the_same_queries_however_much_was_heard(
    django_assert_num_queries, django_assert_max_num_queries
):
    world = World(4)
    for _ in range(5):
        world.interview()
    world.drain()
    with django_assert_max_num_queries(20) as few:
        read_board()
    for _ in range(60):
        world.interview()
    world.drain()

    with django_assert_max_num_queries(len(few) + 1):
        read_board()
