"""A small program and every kind of edit that can reach a score, for tests that compare folding with rebuilding."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from customers.models import Customer, Lifecycle, ProductUse, ValueBand
from customers.services import stratum_of
from functions.models import Function, SupplyLink
from gap_scores.services import drain_all
from interviews import services as interviews
from interviews.answering import NewAnswer
from interviews.models import Interview, Part
from interviews.parts import Importance, Perception, RequiredLevel
from jobs import services as marks
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import Measurement, MetricLink
from requirements_catalog.models import Product, Requirement, ScaleVersion
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, SupplyLinkFactory
from tests.factories.interviews import RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

TODAY = NOON.date()
INDUSTRIES, COUNTRIES, SIZES = "CGJ", ["DE", "IT", "US"], ["10-49", "250+", ""]
LIFECYCLES = [Lifecycle.CURRENT, Lifecycle.CURRENT, Lifecycle.CURRENT, Lifecycle.PAST, Lifecycle.PROSPECTIVE]


class World:
    """Three functions in a ring, four requirements of two products, six customers with two contacts each."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.today = TODAY
        self.scale = RatingScaleFactory()
        self.round = RoundFactory()
        self.products = [ProductFactory(), ProductFactory()]
        self.functions = [FunctionFactory() for _ in range(3)]
        for at, strength in enumerate(("0.75", "0.50", None)):
            SupplyLinkFactory(
                supplier=self.functions[at],
                supplied=self.functions[(at + 1) % 3],
                strength=strength and Decimal(strength),
            )
        self.requirements = [self._requirement(at) for at in range(4)]
        self.customers = [self._customer(at) for at in range(6)]
        self.contacts = [ContactFactory(customer=customer) for customer in self.customers for _ in range(2)]
        self.metric = MetricFactory(function=self.functions[0], window_months=2)
        self.parts = MetricFactory(function=self.functions[1], breakdown="region", direction="higher", unit="percent",
                                   kind="proportion")  # fmt: skip
        self.link(self.metric, self.requirements[0], self.products[0])
        self.link(self.parts, self.requirements[1], self.products[0])
        marks.mark_circle()
        marks.mark_register()
        for requirement in self.requirements:
            marks.mark_requirement(requirement_id=requirement.pk)

    def _requirement(self, at: int) -> Requirement:
        scales: list[dict[str, object] | None] = [{}, {"unit": "percent", "direction": "higher"}, {}, None]
        return RequirementFactory(
            owner=self.functions[at % 3],
            products=self.products,
            scale=scales[at],
            half_life_months=[None, 6, 3, 24][at],
        )

    def _customer(self, at: int) -> Customer:
        customer = CustomerFactory(
            lifecycle=LIFECYCLES[at % 5],
            industry=INDUSTRIES[at % 3],
            country=COUNTRIES[at % 3],
            size_band=SIZES[at % 3],
            region=["europe-west", "europe-south", "america-north"][at % 3],
        )
        ProductUse.objects.create(
            customer=customer,
            product=self.products[at % 2],
            kind="considered" if customer.lifecycle == "prospective" else "used",
        )
        return customer

    def link(self, metric: object, requirement: Requirement, product: Product) -> MetricLink:
        return metrics.link_metric(
            metric=metric, requirement=requirement, product=product, role=MetricLink.Role.MEASURES
        )

    # ---- Evidence

    def interview(self) -> Interview:
        """Record a completed interview of one contact on some day of the last two years."""
        contact = self.chance.choice(self.contacts)
        contact.refresh_from_db()
        held_on = self.today - timedelta(days=self.chance.randrange(700))
        interview = interviews.plan_interview(
            contact=contact, round=self.round, held_on=held_on, state=Interview.State.IN_PROGRESS
        )
        interviews.record_answers(interview=interview, answers=self.answers())
        return interviews.complete_interview(interview=interview, now=NOON, today=self.today)

    def answers(self) -> list[NewAnswer]:
        # By number and not by reference: R-9 stands behind R-10, so what chance picks hung on the tests run before.
        open_ones = Requirement.objects.exclude(state="retired").filter(merged_into=None).order_by("pk")
        asked = [
            (each, product)
            for each in open_ones.select_related("current_scale")
            for product in each.products.order_by("pk")
            if self.chance.random() < 0.6
        ]
        return [
            NewAnswer(
                requirement=requirement,
                product=product,
                importance=self.importance(),
                level=self.level(requirement),
                perception=self.perception(requirement),
            )
            for requirement, product in asked
        ]

    def importance(self) -> Importance:
        if self.chance.random() < 0.2:
            return Importance.nothing(self.chance.choice([Part.DOES_NOT_KNOW, Part.NOT_APPLICABLE, Part.NOT_ASKED]))
        if self.chance.random() < 0.3:
            return Importance.points(self.chance.choice([0, 7, 30]), 4)
        return Importance.rated(self.chance.randint(1, 10), self.scale)

    def level(self, requirement: Requirement) -> RequiredLevel:
        if not requirement.current_scale or self.chance.random() < 0.2:
            return RequiredLevel.nothing(self.chance.choice([Part.DOES_NOT_KNOW, Part.NOT_APPLICABLE, Part.NOT_ASKED]))
        return RequiredLevel.known(Decimal(self.chance.randint(1, 190)) / 2)

    def perception(self, requirement: Requirement) -> Perception:
        pick = self.chance.random()
        if pick < 0.2:
            return Perception.nothing(self.chance.choice([Part.DOES_NOT_KNOW, Part.NOT_APPLICABLE, Part.NOT_ASKED]))
        if pick < 0.4:
            return Perception.fixed(self.chance.random() < 0.5)
        if pick < 0.6 and requirement.current_scale:
            return Perception.at_level(self.chance.randint(1, 90))
        expected = self.chance.choice([None, self.chance.randint(1, 10)])
        return Perception.rated(self.chance.randint(1, 10), self.scale, expected)

    def measurement(self) -> Measurement:
        day = self.today - timedelta(days=self.chance.randrange(200))
        if self.chance.random() < 0.5:
            figures = Figures(period_start=day, period_end=day, value=Decimal(self.chance.randint(1, 200)) / 3 // 1)
            return metrics.record_measurement(metric=self.metric, figures=figures, source="test", today=self.today)
        figures = Figures(
            period_start=day, period_end=day, numerator=self.chance.randint(0, 40), denominator=40,
            part=self.chance.choice(["", "europe-west", "europe-south"]),
        )  # fmt: skip
        return metrics.record_measurement(metric=self.parts, figures=figures, source="test", today=self.today)

    # ---- Edits of every kind

    def reopen(self) -> None:
        done = Interview.objects.filter(state="completed").order_by("pk")
        if done:
            interviews.reopen_interview(interview=self.chance.choice(list(done)))

    def complete(self) -> None:
        waiting = Interview.objects.filter(state="in_progress").order_by("pk")
        if waiting:
            interviews.complete_interview(interview=self.chance.choice(list(waiting)), now=NOON, today=self.today)

    def move_interview(self) -> None:
        done = Interview.objects.filter(state="completed").order_by("pk")
        if done:
            chosen = self.chance.choice(list(done))
            day = self.today - timedelta(days=self.chance.randrange(900))
            interviews.change_interview(
                interview=chosen, held_on=day, mode=chosen.mode, interviewer=None, round=chosen.round, today=self.today
            )

    def correct_measurement(self) -> None:
        rows = Measurement.objects.filter(is_current=True, metric=self.metric).order_by("pk")
        if rows:
            old = self.chance.choice(list(rows))
            figures = Figures(
                period_start=old.period_start, period_end=old.period_end, value=(old.value or Decimal(0)) + 1
            )
            metrics.correct_measurement(measurement=old, figures=figures, reason="typing error", today=self.today)

    def weigh(self) -> None:
        customer = self.chance.choice(self.customers)
        band, _ = ValueBand.objects.get_or_create(name=str(weight := self.chance.choice([0, 50, 1000])),
                                                  defaults={"weight": weight})  # fmt: skip
        Customer.objects.filter(pk=customer.pk).update(value_band=band)
        marks.mark_customer(customer_id=customer.pk)
        marks.mark_register()

    def merge_customers(self) -> None:
        one, other = self.chance.sample(self.customers, 2)
        if Customer.objects.filter(merged_into__in=[one.pk, other.pk]).exists() or Customer.objects.filter(
            pk__in=[one.pk, other.pk], merged_into__isnull=False
        ):
            return
        Customer.objects.filter(pk=one.pk).update(merged_into=other)
        self._mark_customers(one.pk, other.pk)

    def part_customers(self) -> None:
        merged = list(Customer.objects.filter(merged_into__isnull=False).order_by("pk"))
        if merged:
            chosen = self.chance.choice(merged)
            root = chosen.merged_into_id
            Customer.objects.filter(pk=chosen.pk).update(merged_into=None)
            self._mark_customers(chosen.pk, root)

    def _mark_customers(self, *ids: int) -> None:
        for each in ids:
            marks.mark_customer(customer_id=each)
        marks.mark_register()

    def merge_requirements(self) -> None:
        child, root = self.requirements[2], self.requirements[0]
        if Requirement.objects.get(pk=child.pk).merged_into_id is None:
            Requirement.objects.filter(pk=child.pk).update(merged_into=root)
        else:
            Requirement.objects.filter(pk=child.pk).update(merged_into=None)
        for each in (child, root):
            marks.mark_requirement(requirement_id=each.pk)

    def change_scale(self) -> None:
        requirement = Requirement.objects.select_related("current_scale").get(pk=self.requirements[0].pk)
        current = requirement.current_scale
        version = ScaleVersion.objects.create(
            requirement=requirement, version=current.version + 1, unit="hours", direction="lower",
            resolution=self.chance.choice([Decimal("0.5"), Decimal(1), Decimal("0.25")]),
            factor_numerator=self.chance.choice([1, 2, None]), factor_denominator=1,
        ) if self.chance.random() < 0.5 else None  # fmt: skip
        if version is None:
            return
        requirement.current_scale = version
        requirement.save()
        marks.mark_requirement(requirement_id=requirement.pk)

    def change_half_life(self) -> None:
        requirement = self.chance.choice(self.requirements)
        Requirement.objects.filter(pk=requirement.pk).update(half_life_months=self.chance.choice([None, 1, 5, 30]))
        marks.mark_requirement(requirement_id=requirement.pk)

    def retire(self) -> None:
        requirement = self.chance.choice(self.requirements)
        state = self.chance.choice(["active", "retired"])
        Requirement.objects.filter(pk=requirement.pk).update(state=state)
        marks.mark_requirement(requirement_id=requirement.pk)

    def change_owner(self) -> None:
        requirement = self.chance.choice(self.requirements)
        Requirement.objects.filter(pk=requirement.pk).update(owner=self.chance.choice(self.functions))
        marks.mark_requirement(requirement_id=requirement.pk)

    def change_products(self) -> None:
        requirement = self.chance.choice(self.requirements)
        requirement.products.set(self.chance.choice([self.products, self.products[:1], self.products[1:]]))
        marks.mark_requirement(requirement_id=requirement.pk)

    def change_lifecycle(self) -> None:
        customer = self.chance.choice(self.customers)
        Customer.objects.filter(pk=customer.pk).update(lifecycle=self.chance.choice(LIFECYCLES))
        marks.mark_register()

    def correct_stratum(self) -> None:
        customer = self.chance.choice(self.customers)
        customer.refresh_from_db()
        customer.industry = self.chance.choice(INDUSTRIES)
        customer.save()
        Interview.objects.filter(customer=customer).update(stratum=stratum_of(customer=customer))
        marks.mark_customer(customer_id=customer.merged_into_id or customer.pk)
        marks.mark_register()

    def relink(self) -> None:
        links = list(MetricLink.objects.filter(requirement=self.requirements[0]))
        if links:
            metrics.unlink_metric(link=links[0])
        else:
            self.link(self.metric, self.requirements[0], self.products[0])

    def widen_window(self) -> None:
        metrics.update_metric(metric=self.metric, changes={"window_months": self.chance.choice([1, 2, 6])})

    def change_circle(self) -> None:
        SupplyLink.objects.filter(supplier=self.functions[0]).update(
            strength=self.chance.choice([None, Decimal("1.00"), Decimal("0.25")])
        )
        Function.objects.filter(pk=self.functions[2].pk).update(is_active=self.chance.random() < 0.7)
        marks.mark_circle()

    def next_day(self) -> None:
        self.today += timedelta(days=self.chance.choice([1, 20, 200]))

    def drain(self) -> None:
        drain_all(as_of=self.now)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, NOON.timetz())

    def edit(self) -> str:
        """Do one random edit; return its name."""
        edits: list[tuple[int, Callable[[], object]]] = [
            (12, self.interview), (6, self.measurement), (3, self.reopen), (3, self.complete), (2, self.move_interview),
            (2, self.correct_measurement), (2, self.weigh), (2, self.merge_customers), (2, self.part_customers),
            (1, self.merge_requirements), (1, self.change_scale), (1, self.change_half_life), (1, self.retire),
            (1, self.change_owner),
            (1, self.change_products), (1, self.change_lifecycle), (1, self.correct_stratum), (1, self.relink),
            (1, self.widen_window), (1, self.change_circle), (1, self.next_day), (8, self.drain),
        ]  # fmt: skip
        chosen = self.chance.choices([edit for _, edit in edits], [weight for weight, _ in edits])[0]
        chosen()
        return chosen.__name__
