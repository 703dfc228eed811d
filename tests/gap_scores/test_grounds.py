"""What gains are worked out on is what the evidence gives after any history, though most of it is kept."""

from dataclasses import replace
from decimal import Decimal

import pytest

from customers.models import Stratum
from gap_scores import investing
from gap_scores.board import Scope
from gap_scores.investing import read_ground
from gap_scores.models import LedgerEntry, ProjectionState, RequirementScore
from gap_scores.rebuilding import rebuild
from gap_scores.selectors import read_board
from interviews.models import Answer
from interviews.weight_models import WeightSet
from interviews.weight_sets import rest_weight_set, use_weight_set
from jobs.services import mark_units
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import MetricLink
from tests.factories.everything import weight_set_of
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
HEADLINE = Scope()
SCOPES = [HEADLINE, Scope(lifecycle="past"), Scope(dimension="industry", value="C")]


def read(scope=HEADLINE):
    return read_ground(read_board(scope=scope))


def worked_out(scope):
    return read_ground(replace(read_board(scope=scope), version=""))


@pytest.fixture
def added_up(monkeypatch):
    """The requirements of which answers were added up, in the order in which they were."""
    asked = []

    def noting(generation, requirements, **others):
        asked.append({each.requirement for each in requirements})
        return weighed_answers(generation, requirements, **others)

    weighed_answers = investing.weighed_answers
    monkeypatch.setattr(investing, "weighed_answers", noting)
    return asked


@pytest.fixture
def world():
    world = World(4)
    for _ in range(20):
        world.interview()
        world.measurement()
    world.drain()
    return world


class MoreEdits:
    """What a world does not do by itself: other factors of strata, another breakdown, everything worked out anew."""

    def __init__(self, world):
        self.world, self.chance = world, world.chance

    def weigh_strata(self):
        if (in_use := WeightSet.objects.filter(is_active=True).first()) and self.chance.random() < 0.3:
            rest_weight_set(weight_set=in_use)
            return
        its = WeightSet.objects.get(pk=weight_set_of(Stratum.objects.order_by("pk").first()))
        for stratum in Stratum.objects.order_by("pk")[1:]:
            its.factors.create(stratum=stratum, customers=1, factor=Decimal(self.chance.choice(["0.5", "2", "3"])))
        use_weight_set(weight_set=its)

    def part_the_level(self):
        """The level of a requirement is that of another metric, by region or over all."""
        link = MetricLink.objects.filter(requirement=self.world.requirements[1]).first()
        if link is None:
            self.world.link(self.world.parts, self.world.requirements[1], self.world.products[0])
        else:
            metrics.unlink_metric(link=link)

    def work_out_anew(self):
        rebuild(now=self.world.now)

    def edit(self):
        self.chance.choice([self.weigh_strata, self.part_the_level, self.work_out_anew])()


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_what_is_kept_equals_what_is_worked_out(seed):
    world = World(seed)
    more, heard = MoreEdits(world), 0
    world.interview()
    for _ in range(50):
        more.edit() if world.chance.random() < 0.1 else world.edit()
        # What a requirement says of itself is on the next board, before any drain.
        assert read() == worked_out(HEADLINE)
        world.drain()
        for scope in SCOPES:
            ground = read(scope)
            assert ground == worked_out(scope)
            heard += len(ground.heard)

    assert heard


def test_only_the_answers_to_what_changed_are_added_up_again(world, added_up):
    scaled = {each.pk for each in world.requirements if each.current_scale_id}
    read()
    assert added_up == [scaled]
    added_up.clear()

    before, figures = read(), Figures(period_start=world.today, period_end=world.today, value=Decimal(5000))
    metrics.record_measurement(metric=world.metric, figures=figures, source="test", today=world.today)
    world.drain()
    ground = read()
    assert added_up == []
    assert ground.lines != before.lines
    assert ground == worked_out(HEADLINE)
    added_up.clear()

    said = world.interview().answers.values_list("requirement", flat=True)
    world.drain()
    ground = read()
    assert added_up == [set(said) & scaled]
    assert ground.heard.keys() == scaled


def test_what_a_drain_of_an_earlier_release_changed_is_read_anew(world):
    """It writes the columns that it knows, and leaves those of this release as they were."""
    first = read()
    noted = dict(RequirementScore.objects.values_list("pk", "ledger_run_id"))
    noted_run = ProjectionState.objects.get().noted_run_id
    for _ in range(3):
        world.interview()
    world.drain()
    ProjectionState.objects.update(noted_run_id=noted_run)
    for requirement, run in noted.items():
        RequirementScore.objects.filter(pk=requirement).update(ledger_run_id=run)

    assert read() == worked_out(HEADLINE) != first
    world.measurement()
    world.drain()
    assert read() == worked_out(HEADLINE)
    assert ProjectionState.objects.get().noted_run_id > noted_run


def test_a_level_that_changes_no_score_is_read_anew(world):
    """A level that is met before and after leaves every sum as it is, so no headline tells of it."""
    requirement = world.requirements[0].pk
    entry = LedgerEntry.objects.filter(
        requirement_id=requirement,
        level__isnull=False,
        stratum_id__in=Stratum.objects.filter(lifecycle="current"),
        b__gt=0,
    ).latest("level")
    answer = Answer.objects.filter(
        requirement=requirement, contact=entry.contact_id, product=entry.product_id, interview__held_on=entry.day
    ).latest("pk")
    before, score = read().heard[requirement], RequirementScore.objects.filter(pk=requirement).values("gap", "run_id")
    scored = score.get()

    Answer.objects.filter(pk=answer.pk).update(required_level=answer.required_level + 1)
    mark_units(units=[(entry.customer_id, requirement)])
    world.drain()

    assert read().heard[requirement] != before
    assert score.get() == scored
