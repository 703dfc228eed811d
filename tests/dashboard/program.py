"""A program small enough to work out by hand: eight customers, all of one weight, all heard today.

Support answers for repairs (levels in hours, 10 h measured) and the hotline, Supplies for parts; Case studies for
nothing. Every importance is 10, so each requirement has the same share.

    repairs  served and felt 2, served only 2, felt only 2, neither 2    gap 50
    hotline  felt by 6 of 8                                              gap 25
    parts    felt by all                                                 gap  0        overall 25, of it Support 25
"""

from dataclasses import dataclass
from decimal import Decimal

from accounts.models import User
from customers.models import Customer
from functions.models import Function, Program
from gap_scores.services import drain_all
from interviews import services as interviews
from interviews.answering import NewAnswer
from interviews.models import Coding, Interview, Part
from interviews.parts import Importance, Perception, RequiredLevel
from jobs import services as marks
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import Metric, MetricLink
from requirements_catalog.models import Product, RatingScale, Requirement
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.interviews import RoundFactory, VerbatimFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

TODAY = NOON.date()
REQUIRED = (2, 4, 8, 8, 12, 24, 24, 48)
REPAIRS_FELT = (False, False, True, True, True, True, False, False)
HOTLINE_FELT = (True,) * 6 + (False,) * 2
WORDS = "We run at night. I need it back before six."


@dataclass
class SmallProgram:
    product: Product
    scale: RatingScale
    support: Function
    supplies: Function
    case_studies: Function
    repairs: Requirement
    hotline: Requirement
    parts: Requirement
    metric: Metric
    customers: list[Customer]

    def hear_rarely(self) -> Requirement:
        """Add a requirement of Supplies about which only two customers were heard, both badly served."""
        rare = requirement("Prices are fair", self.supplies, self.product)
        for customer in self.customers[:2]:
            hear(customer.contacts.get(), [felt_answer(rare, self.product, self.scale, felt=False)])
        recompute()
        return rare


def requirement(statement: str, owner: Function, product: Product, **values: object) -> Requirement:
    made = RequirementFactory(statement=statement, owner=owner, products=[product], **values)
    marks.mark_requirement(requirement_id=made.pk)
    return made


def felt_answer(
    about: Requirement, product: Product, scale: RatingScale, *, felt: bool, level: int | None = None
) -> NewAnswer:
    return NewAnswer(
        requirement=about,
        product=product,
        importance=Importance.rated(10, scale),
        level=RequiredLevel.nothing(Part.NOT_ASKED) if level is None else RequiredLevel.known(level),
        perception=Perception.rated(8 if felt else 3, scale, None),
    )


def hear(contact: object, answers: list[NewAnswer]) -> Interview:
    interview = interviews.plan_interview(
        contact=contact, round=RoundFactory(), held_on=TODAY, state=Interview.State.IN_PROGRESS
    )
    interviews.record_answers(interview=interview, answers=answers)
    return interviews.complete_interview(interview=interview, now=NOON, today=TODAY)


def recompute() -> None:
    marks.mark_circle()
    drain_all(as_of=NOON)


def small_program() -> SmallProgram:
    Program.objects.create(id=1, name="Presses", currency="EUR")
    product, scale = ProductFactory(name="Press A"), RatingScaleFactory()
    support, supplies, case_studies = (FunctionFactory(name=name) for name in ("Support", "Supplies", "Case studies"))
    SupplyLinkFactory(supplier=support, supplied=supplies, strength=Decimal("0.75"))
    repairs = requirement("A stoppage is resolved in time", support, product, scale={"resolution": Decimal(1)})
    hotline = requirement("The hotline is reached", support, product)
    parts = requirement("Parts arrive on the promised day", supplies, product)
    customers = [CustomerFactory(name=f"Customer {number}") for number in range(8)]
    for customer, level, repaired, reached in zip(customers, REQUIRED, REPAIRS_FELT, HOTLINE_FELT, strict=True):
        answers = [
            felt_answer(repairs, product, scale, felt=repaired, level=level),
            felt_answer(hotline, product, scale, felt=reached),
            felt_answer(parts, product, scale, felt=True),
        ]
        interview = hear(ContactFactory(customer=customer, name=f"Contact of {customer}"), answers)
        words = VerbatimFactory(interview=interview, text=WORDS)
        Coding.objects.create(verbatim=words, requirement=repairs, start=17, end=43, coder_name="I. Moreau")
    metric = measured(repairs, support, product)
    recompute()
    return SmallProgram(product, scale, support, supplies, case_studies, repairs, hotline, parts, metric, customers)


def measured(about: Requirement, function: Function, product: Product) -> Metric:
    """Measure 10 h on average in two neighbouring weeks, against an internal target of 24 h."""
    metric = MetricFactory(name="Time to resolve", function=function, target=Decimal(24), cadence_days=7)
    metrics.link_metric(metric=metric, requirement=about, product=product, role=MetricLink.Role.MEASURES)
    for days, value in ((7, 9), (0, 11)):
        day = TODAY.fromordinal(TODAY.toordinal() - days)
        figures = Figures(period_start=day, period_end=day, value=Decimal(value))
        metrics.record_measurement(metric=metric, figures=figures, source="svc", today=TODAY)
    return metric


def grow(program: SmallProgram) -> None:
    """Twice as many of everything that a page lists, each with points of its own."""
    for unhappy in (1, 3, 5, 7, 8):
        function = FunctionFactory(name=f"More {unhappy}")
        added = requirement(f"Need {unhappy}", program.support if unhappy > 3 else function, program.product)
        for number, customer in enumerate(program.customers):
            answer = felt_answer(added, program.product, program.scale, felt=number >= unhappy)
            hear(customer.contacts.get(), [answer])
    recompute()


def somebody(role: str, function: Function | None = None, **values: object) -> User:
    user = User.objects.create_user(f"{role}-{User.objects.count()}", password="known to the test")
    MembershipFactory(user=user, role=role, function=function, **values)
    return user
